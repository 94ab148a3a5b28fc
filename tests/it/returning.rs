//! Who is removed is told so, and can be brought back.

use crate::prelude::*;

const TOLD: &str = "You were removed from this chat. Ask its owner if that was a mistake.";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The number by which owners find a removed member.
fn number(owner: &Client, name: &str) -> u64 {
    let page = owner.clone().get("/owner/removed").body;
    let page = between(&page, "<main", "</main>");
    let (before, _) = page.split_once(&format!("<bdi>{name}</bdi>")).expect("they are listed");
    let (_, link) = before.rsplit_once("/owner/removed/").expect("a link");
    link.split('"').next().unwrap().parse().unwrap()
}

/// The path of the link by which they come back.
fn link(owner: &Client, member: u64) -> String {
    let answer = owner.clone().json().post(&format!("/owner/removed/{member}"), &[]).expect(201);
    answer.value()["path"].as_str().unwrap().to_owned()
}

fn takes_up(who: &mut Client, path: &str, name: &str) -> u16 {
    let (_, token) = path.split_once("token=").unwrap();
    who.post("/reset", &[("token", token), ("username", name), ("password", "another horse")]).status
}

#[test]
fn a_browser_whose_session_a_removal_ended_is_told_so_and_no_other_is() {
    let (mut server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let phone = server.login("bob");
    let mut signed_out = server.login("bob");
    let cookie = signed_out.cookie.clone();
    signed_out.post("/logout", &[]);
    signed_out.cookie = cookie;
    ann.remove_member("bob");
    for _ in 0..2 {
        for mut who in [bob.clone(), phone.clone()] {
            let answer = who.clone().json().get("/sidebar");
            assert_eq!((answer.status, &answer.value()["error"]), (401, &"removed".into()));
            assert_eq!(answer.value()["detail"], TOLD);
            assert_eq!(who.clone().json().get("/chat").value()["error"], "removed");
            assert_eq!(who.get("/chat").location(), "/login?next=%2Fchat");
            assert!(who.get("/login?next=%2Fchat").body.contains(TOLD));
            for frame in ["/chat/live", "/chat/compose"] {
                let frame = who.get(frame);
                assert!(frame.status == 401 && frame.body.contains(TOLD), "{}", frame.body);
            }
            // What they were writing is not lost.
            let page = who.post("/chat", &[("message", "what I was writing")]).expect(401);
            page.body.shows(TOLD).shows("what I was writing");
        }
        for mut who in [server.visitor(), signed_out.clone()] {
            assert!(!who.get("/login").body.contains(TOLD));
            assert_eq!(who.json().get("/sidebar").value()["error"], "signed_out");
        }
        // The name tells a stranger nothing, nor does it tell who was removed more than who never was.
        for name in ["bob", "nobody"] {
            let answer = bob.clone().login(name, PASSWORD);
            assert!(answer.status == 401 && !answer.body.contains(TOLD), "{name}");
        }
        server.restarts(|| {});
    }
    server.ahead.store(31 * DAY, Ordering::SeqCst);
    assert!(!bob.clone().get("/login").body.contains(TOLD), "after a month nobody knows");
    assert_eq!(bob.clone().json().get("/sidebar").value()["error"], "signed_out");
}

#[test]
fn a_link_that_an_owner_made_leads_nowhere_once_they_are_none() {
    let (mut server, [ann, bob, mal, eve]) = Server::unlimited().with_members(["ann", "bob", "mal", "eve"]);
    ann.make_owner("mal");
    ann.make_owner("eve");
    ann.remove_member("bob");
    let member = number(&ann, "bob");
    let ends = [("/people/mal/role", &[("owner", "no")][..]), ("/people/eve/remove", &[])];
    for (owner, (path, fields)) in [&mal, &eve].into_iter().zip(ends) {
        let link = link(owner, member);
        server.visitor().get(&link).expect(200);
        ann.clone().post(path, fields).expect(303);
        for _ in 0..2 {
            assert_eq!(server.visitor().get(&link).status, 410, "{path}");
            assert_eq!(takes_up(&mut server.visitor(), &link, "bob"), 410, "{path}");
            server.restarts(|| {});
        }
    }
    assert_eq!(takes_up(&mut bob.clone(), &link(&ann, member), "bob"), 303);
}

#[test]
fn an_owner_brings_a_member_back_by_a_link() {
    let (mut server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.make_owner("bob");
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let mine = bob.say_at("/chat", "mine");
    bob.say_at("/people/ann", "between us");
    ann.remove_member("bob");
    ann.say_at("/chat", "while he was away");
    let member = number(&ann, "bob");
    let path = format!("/owner/removed/{member}");
    assert!(ann.clone().get("/owner").body.contains("href=\"/owner/removed\""));
    assert!(ann.clone().get("/people/bob/about").body.contains(&format!("href=\"{path}\"")));
    assert!(ann.clone().get(&path).body.contains("Bring back"));
    // People copy it from the page, which has all of the address.
    let page = ann.clone().post(&path, &[("sure", "yes")]).expect(200);
    let whole = input_value(&page.body, "link").expect("the link");
    assert!(whole.starts_with(&server.url("/reset?token=")), "{whole}");
    // Another one takes its place.
    let link = link(&ann, member);
    server.visitor().get(&whole.replace(&server.url(""), "")).expect(410);
    server.restarts(|| {});
    assert!(!bob.clone().is_in(), "not before it is used");
    server.visitor().login("bob", PASSWORD).expect(401);

    let mut back = bob.clone();
    let form = back.get(&link).body;
    form.shows("Welcome back").shows("as \u{2068}bob\u{2069}");
    assert_eq!(takes_up(&mut back, &link, "whatever a password manager has"), 303);
    assert_eq!(takes_up(&mut server.visitor(), &link, "bob"), 410, "once");
    for _ in 0..2 {
        assert!(back.clone().is_in());
        server.visitor().login("bob", PASSWORD).expect(401);
        server.visitor().login("Bob", "another horse").expect(303);
        // His old browser was somebody's who is a member.
        assert_eq!(bob.clone().json().get("/sidebar").value()["error"], "signed_out");
        // What he had is his, but he owns nothing, and is in the rooms of everyone and in his conversations.
        back.clone().get("/owner").expect(403);
        back.clone().get(&format!("/rooms/{room}")).expect(404);
        assert_eq!(back.messages_at("/people/ann").len(), 1);
        let lines = back.clone().json().get("/sidebar").value()["rooms"].clone();
        let unread: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["unread"].clone()).collect();
        assert_eq!(unread, [0, 0], "{lines}");
        assert!(ann.clone().get("/owner/removed").body.contains("No one was removed"));
        ann.clone().get(&path).expect(404);
        assert!(ann.clone().json().get(&format!("/messages/{mine}")).value()["former"].is_null());
        server.restarts(|| {});
    }
    back.post(&format!("/messages/{mine}/edit"), &[("message", "still mine")]).expect(303);
    ann.say_at("/people/bob", "welcome back");
    ann.add_to_room(room, "bob");
    back.get(&format!("/rooms/{room}")).expect(200);
}

#[test]
fn who_comes_back_and_whose_name_is_taken_chooses_another() {
    let (mut server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let said = bob.say_at("/chat", "from the first bob");
    ann.clone().post("/people/bob/remove", &[("free", "yes")]).expect(303);
    let new = server.member("bob");
    let member = number(&ann, "bob");
    assert!(
        ann.clone().get(&format!("/owner/removed/{member}")).body.contains("Someone else has this name now")
    );
    let link = link(&ann, member);
    let mut back = server.visitor();
    let form = back.get(&link).body;
    assert!(form.contains("choose another name") && input_tag(&form, "username").is_some());
    let (_, token) = link.split_once("token=").unwrap();
    for (name, password, field) in [
        ("bob", "another horse", "username"),
        ("BOB", "another horse", "username"),
        ("two words", "another horse", "username"),
        ("", "another horse", "username"),
        ("rob", "short", "password"),
    ] {
        let fields = [("token", token), ("username", name), ("password", password)];
        let page = back.post("/reset", &fields);
        assert!(page.status == 409 || page.status == 422, "{name}: {}", page.status);
        assert!(field_error(&page.body, field).is_some(), "{name}: {}", page.body);
        assert_eq!(input_value(&page.body, "username").unwrap_or_default(), name);
    }
    assert_eq!(takes_up(&mut back, &link, "rob"), 303);
    for _ in 0..2 {
        assert_eq!(ann.clone().json().get(&format!("/messages/{said}")).value()["author"], "rob");
        assert!(back.clone().is_in() && new.clone().is_in());
        assert_eq!(server.visitor().login("bob", PASSWORD).status, 303, "the new one's");
        server.visitor().login("rob", "another horse").expect(303);
        server.visitor().register("ROB", PASSWORD).expect(409);
        server.restarts(|| {});
    }
}

#[test]
fn who_comes_back_to_a_name_that_was_freed_and_is_free_has_it_again() {
    let (server, [ann, _bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.clone().post("/people/bob/remove", &[("free", "yes")]);
    let link = link(&ann, number(&ann, "bob"));
    // Someone is quicker, for a moment.
    let mut back = server.visitor();
    assert!(input_tag(&back.get(&link).body, "username").unwrap().contains("hidden"));
    server.member("bob");
    assert_eq!(takes_up(&mut back, &link, "bob"), 409);
    ann.remove_member("bob");
    assert_eq!(takes_up(&mut back, &link, "bob"), 409, "the second one's is kept for them");
    assert_eq!(takes_up(&mut back, &link, "bobby"), 303);
}

#[test]
fn only_owners_see_who_was_removed_and_bring_them_back() {
    let (server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    ann.remove_member("cyd");
    let member = number(&ann, "cyd");
    let path = format!("/owner/removed/{member}");
    let before = server.records().len();
    for (who, status) in [(&bob, 403), (&cyd, 401), (&server.visitor(), 401)] {
        for path in ["/owner/removed", &path] {
            assert_eq!(who.clone().json().get(path).status, status, "{path}");
        }
        assert_eq!(who.clone().json().post(&path, &[("sure", "yes")]).status, status);
    }
    assert_eq!(server.records().len(), before, "nothing happened");
    assert!(!bob.clone().get("/people/cyd/about").body.contains("/owner/removed"));
    // Nor do members come back, or people who never were here.
    for other in ["1", "99", "x"] {
        assert_eq!(ann.clone().get(&format!("/owner/removed/{other}")).status, 404, "{other}");
        assert_eq!(ann.clone().post(&format!("/owner/removed/{other}"), &[]).status, 404, "{other}");
    }
}

#[test]
fn a_link_to_come_back_ends_with_the_hour() {
    let (mut server, [ann, _bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.remove_member("bob");
    let link = link(&ann, number(&ann, "bob"));
    server.visitor().get(&link).expect(200);
    server.restarts_older(|_| 61 * 60 * 1000);
    server.visitor().get(&link).expect(410);
    assert_eq!(takes_up(&mut server.visitor(), &link, "bob"), 410);
    let page = ann.clone().get(&format!("/owner/removed/{}", number(&ann, "bob"))).body;
    assert!(!between(&page, "<main", "</main>").contains("token="), "a page never shows one again");
}

/// With a file, and as an export.
#[cfg(feature = "sqlite")]
mod kept {
    use super::{TOLD, link, number, takes_up};
    use crate::support::{PASSWORD, TempDir, outcome, snug};

    #[test]
    fn a_removal_and_a_return_outlive_the_process_and_an_export() {
        let folder = TempDir::new();
        let program = folder.serve(&[]);
        let [ann, bob, cyd] = program.members(["ann", "bob", "cyd"]);
        let said = bob.say_at("/chat", "from the first bob");
        bob.say_at("/people/ann", "between us");
        ann.remove_member("cyd");
        ann.clone().post("/people/bob/remove", &[("free", "yes")]);
        let new = program.member("bob");
        // A younger one whose name the first takes in the end.
        ann.clone().post("/people/bob/remove", &[("free", "yes")]);
        program.end_by("-KILL");
        let program = folder.serve(&[]);
        let ann = program.client_of(&ann);
        for who in [&bob, &cyd, &new] {
            assert!(program.client_of(who).get("/login").body.contains(TOLD));
        }
        let first = ann.clone().json().get(&format!("/messages/{said}")).value()["author"].clone();
        assert_eq!(first, "bob");
        let ids = ann.clone().get("/owner/removed").body;
        let oldest =
            ids.split("/owner/removed/").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
        let oldest: u64 = oldest.min().unwrap();
        let path = link(&ann, oldest);
        program.end_by("-KILL");
        let program = folder.serve(&[]);
        let mut back = program.visitor();
        assert_eq!(takes_up(&mut back, &path, "bob"), 303);
        let ann = program.client_of(&ann);
        ann.say_at("/people/bob", "welcome back");
        program.end_by("-KILL");
        let other = folder.file("other.db");
        let lines = folder.file("chat.jsonl");
        for arguments in [
            &["check", "--data", &folder.data()][..],
            &["export", "--data", &folder.data(), &lines],
            &["import", "--data", &other, &lines],
            &["check", "--data", &other],
        ] {
            let (code, _, stderr) = outcome(snug(arguments));
            assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
        }
        for data in [folder.data(), other] {
            let program = crate::support::Process::serve(&data, &[]);
            program.visitor().login("bob", PASSWORD).expect(401);
            let mut bob = program.visitor();
            bob.login("bob", "another horse").expect(303);
            assert_eq!(bob.messages_at("/people/ann").len(), 2);
            assert!(bob.clone().json().get(&format!("/messages/{said}")).value()["former"].is_null());
            let mut ann = program.visitor();
            ann.login("ann", PASSWORD).expect(303);
            assert_ne!(number(&ann, "cyd"), number(&ann, "bob"), "the second bob is still removed");
        }
    }
}
