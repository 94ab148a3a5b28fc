//! What a cookie is worth.

use base64ct::{Base64Url, Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::prelude::*;

#[test]
fn a_cookie_that_somebody_planted_is_never_adopted() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    let planted = "A".repeat(43);
    for enter in [
        |client: &mut Client| client.login("ann", PASSWORD).status,
        |client: &mut Client| client.register("bob", PASSWORD).status,
    ] {
        let mut victim = server.visitor();
        victim.cookie = Some(format!("{}={planted}", server.cookie_name()));
        victim.get("/login");
        assert_eq!(enter(&mut victim), 303);
        assert_ne!(victim.token(), planted);
        assert!(victim.is_in());
        let mut attacker = server.visitor();
        attacker.cookie = Some(format!("{}={planted}", server.cookie_name()));
        assert!(!attacker.is_in());
    }
}

#[test]
fn signing_in_draws_a_new_token_and_ends_the_browsers_former_session() {
    let (_server, [mut browser]) = Server::open().with_members(["ann"]);
    let former = browser.clone();
    browser.login("ann", PASSWORD).expect(303);
    assert_ne!(browser.token(), former.token());
    assert!(browser.is_in());
    assert!(!former.clone().is_in(), "also if it was stolen before");
    let as_ann = browser.clone();
    browser.register("bob", PASSWORD).expect(303);
    assert!(browser.get("/chat").body.contains("bob"));
    assert!(!as_ann.clone().is_in());
}

#[test]
fn a_failed_sign_in_leaves_the_session_as_it_was() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    ann.login("ann", "wrong horse").expect(401);
    assert!(ann.is_in());
}

#[test]
fn a_digest_is_no_token() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let digest = Sha256::digest(ann.token());
    let padded = Base64Url::encode_string(&digest);
    for stolen in [Base64UrlUnpadded::encode_string(&digest), padded] {
        let mut thief = server.visitor();
        thief.cookie = Some(format!("{}={stolen}", server.cookie_name()));
        assert!(!thief.is_in());
    }
}

#[test]
fn the_21st_session_ends_the_one_that_was_not_used_for_longest() {
    // Several nodes tell each other some seconds later which sessions are used.
    let server = Server::alone(|_| {});
    let mut sessions = vec![server.member("ann")];
    for _ in 1..20 {
        sessions.push(server.login("ann"));
    }
    // The oldest is used again, so the second is now the least recently used.
    assert!(sessions[0].is_in());
    sessions.push(server.login("ann"));
    let lost: Vec<usize> = sessions
        .iter_mut()
        .enumerate()
        .filter_map(|(index, session)| (!session.is_in()).then_some(index))
        .collect();
    assert_eq!(lost, [1]);
}

#[test]
fn one_members_many_sessions_cost_others_none() {
    let (server, [mut bob, _]) = Server::open().with_members(["bob", "ann"]);
    for _ in 0..21 {
        server.login("ann");
    }
    assert!(bob.is_in());
}

#[test]
fn garbage_in_the_cookie_is_nobody() {
    let server = Server::open();
    let long = format!("SNUG={}", "x".repeat(5_000));
    for cookie in [
        "SNUG", "SNUG=", "SNUG==", "=", ";;;", "SNUG=\"quoted\"", "SNUG=%00%ff",
        "SNUG='; DROP TABLE sessions; --", "snug=x; Snug=x; snug-=y; __Host-SNUG=", &*long,
    ] {
        let mut client = server.visitor();
        let cookie = cookie.replace("SNUG", &server.cookie_name());
        client.cookie = Some(cookie.clone());
        assert!(!client.is_in(), "{cookie}");
        assert_eq!(client.get("/login").status, 200, "{cookie}");
        assert_eq!(client.get("/chat").status, 303, "{cookie}");
        let kept = client.clone();
        assert_eq!(client.post("/logout", &[]).status, 303, "{cookie}");
        let mut entering = kept;
        let name = format!("n{}", server.hashing.count());
        assert_eq!(entering.register(&name, PASSWORD).status, 303, "{cookie}");
        assert!(entering.is_in());
    }
}

#[test]
fn cookies_of_neighbours_on_the_same_host_do_not_matter() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let own = ann.cookie.clone().unwrap();
    for cookies in [
        format!("theme=dark; {own}"),
        format!("{own}; theme=dark"),
        format!("x{own}1;{own};{own}2=2;snug=3"),
        format!("broken; {own}"),
    ] {
        let mut client = ann.clone();
        client.cookie = Some(cookies.clone());
        assert!(client.is_in(), "{cookies}");
    }
    // Two header lines are as good as one (HTTP/2 gateways split them).
    let mut client = ann.clone().with_header("Cookie", "theme=dark");
    assert!(client.is_in());
}

#[test]
fn of_two_session_cookies_none_makes_a_mixture() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let name = server.cookie_name();
    let mut both = ann.clone();
    both.cookie = Some(format!("{name}={}; {name}={}", ann.token(), bob.token()));
    let page = both.get("/chat").body;
    page.shows("title=\"Signed in as ann\"");
    // Somebody else's rubbish after one's own changes nothing.
    let mut beside = ann.clone();
    beside.cookie = Some(format!("{name}={}; {name}=planted", ann.token()));
    assert!(beside.is_in());
}

#[test]
fn a_planted_cookie_before_ones_own_does_not_lock_one_out() {
    // Cookies know no ports and longer paths come first: any program on this host can plant one.
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let name = server.cookie_name();
    ann.cookie = Some(format!("{name}=planted; {name}={}", ann.token()));
    assert!(ann.is_in());
}

#[test]
fn the_chat_page_gives_the_browser_its_cookie_for_longer() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let token = ann.token().to_owned();
    let page = ann.get("/chat");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with(&format!("{}={token};", server.cookie_name())), "{cookie}");
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(flag), "{flag} in {cookie}");
    }
}

#[test]
fn signing_in_as_somebody_else_happens_whole_or_not_at_all() {
    let (server, [_, mut browser]) = Server::open().with_members(["bob", "ann"]);
    let former = browser.clone();
    // The first record is kept, then the disk is full.
    server.appending.break_after(1);
    let answer = browser.login("bob", PASSWORD);
    server.appending.mend();
    match answer.status {
        303 => assert!(browser.is_in()),
        503 => assert!(former.clone().is_in(), "refused, and yet signed out"),
        other => panic!("{other}"),
    }
}

#[test]
fn registering_happens_whole_or_not_at_all() {
    let (server, [mut browser]) = Server::open().with_members(["ann"]);
    server.appending.break_after(1);
    let answer = browser.register("bob", PASSWORD);
    server.appending.mend();
    if answer.status != 303 {
        let again = browser.register("bob", PASSWORD);
        assert_eq!(again.status, 303, "refused, and yet the name is gone");
    }
}
