//! Coming in and going out.

use crate::prelude::*;

/// Where nobody may be sent.
const ELSEWHERE: [&str; 14] = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
    "\t//evil.example", "https://evil.example/", "http:evil.example", "javascript:alert(1)",
    "data:text/html,evil.example", "evil.example", "/chat\r\nSet-Cookie: snug=evil.example",
    "/\n//evil.example", "/evil.example\u{e9}",
];

#[test]
fn somebody_registers_talks_and_leaves() {
    let server = Server::open();
    let mut ann = server.visitor();
    assert_eq!(ann.get("/").location(), "/login");
    let answer = ann.register("ann", PASSWORD);
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
    assert_eq!(ann.get("/").location(), "/chat");
    assert_eq!(ann.say("hello").location(), "/chat");
    assert!(ann.get("/chat").body.contains("hello"));
    assert!(ann.get("/logout").body.contains("Sign out"));
    let cookie = ann.cookie.clone();
    assert_eq!(ann.post("/logout", &[]).location(), "/login");
    assert_eq!(ann.cookie, None, "the browser forgets");
    ann.cookie = cookie;
    assert_eq!(ann.get("/chat").location(), "/login?next=%2Fchat", "the server forgets as well");
}

#[test]
fn a_wrong_password_and_an_unknown_name_are_one_error() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    let attempt = |name: &str| {
        let before = server.hashing.count();
        let answer = server.visitor().login(name, "wrong horse").expect(401);
        assert!(answer.headers("set-cookie").is_empty());
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some(name));
        // The typed name is the one thing that may differ; so do the clock's headers.
        let page = answer.body.replace(&format!("value=\"{name}\""), "value=\"NAME\"");
        (page, server.hashing.count() - before)
    };
    let (known, work) = attempt("ann");
    let (unknown, same_work) = attempt("bob");
    assert_eq!(known, unknown);
    assert_eq!((work, same_work), (1, 1));
    known.shows("The name or the password is wrong.").lacks("wrong horse");
    let no_name = attempt("two words");
    assert_eq!(no_name, (known, 1), "also for what cannot be a name");
}

#[test]
fn one_signs_in_with_the_name_in_any_case() {
    let (server, [_]) = Server::open().with_members(["Straße"]);
    for name in ["Straße", "STRASSE", "strasse"] {
        let mut client = server.visitor();
        let answer = client.login(name, PASSWORD);
        assert_eq!((answer.status, answer.location()), (303, "/chat"));
        assert!(client.get("/chat").body.contains("Straße"));
    }
    server.visitor().login("Straße", "CORRECT HORSE").expect(401);
}

#[test]
fn the_sign_in_page_leads_back_to_where_one_wanted_to_go() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    let mut ann = server.visitor();
    let away = ann.get("/chat?before=12").expect(303);
    assert_eq!(away.location(), "/login?next=%2Fchat%3Fbefore%3D12");
    let page = ann.get(away.location()).body;
    let next = input_value(&page, "next").expect("the form takes it along");
    assert_eq!(next, "/chat?before=12");
    let sign_in = |client: &mut Client, password: &str| {
        let fields = [("username", "ann"), ("password", password), ("next", &*next)];
        client.post("/login", &fields)
    };
    let wrong = sign_in(&mut ann, "wrong horse");
    assert_eq!(input_value(&wrong.body, "next").as_deref(), Some(&*next));
    let right = sign_in(&mut ann, PASSWORD);
    assert_eq!((right.status, right.location()), (303, &*next));
}

#[test]
fn nobody_is_sent_elsewhere_and_it_is_no_error() {
    let (server, [mut ann]) = Server::with(|settings| settings.sign_in_rate = 0).with_members(["ann"]);
    for next in ELSEWHERE {
        let query: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let path = format!("/login?next={query}");
        let page = server.visitor().get(&path);
        assert_eq!(page.status, 200, "{next:?}");
        assert!(!page.body.contains("evil.example"), "{next:?}");
        assert!(!page.body.contains("alert(1)"), "{next:?}");
        let wrong = [("username", "ann"), ("password", "wrong"), ("next", next)];
        let wrong = server.visitor().post("/login", &wrong);
        assert_eq!(wrong.status, 401, "{next:?}");
        assert!(!wrong.body.contains("evil.example"), "{next:?}");
        let right = [("username", "ann"), ("password", PASSWORD), ("next", next)];
        let right = server.visitor().post("/login", &right);
        assert_eq!((right.status, right.location()), (303, "/chat"), "{next:?}");
        assert_eq!(right.headers("set-cookie").len(), 2, "{next:?}");
        right.head.lacks("evil");
        let posted = ann.post("/chat", &[("message", "hello"), ("next", next)]);
        assert_eq!((posted.status, posted.location()), (303, "/chat"));
    }
    // Whoever is in already is not asked again, and not sent elsewhere either.
    for next in ELSEWHERE {
        let query: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let answer = ann.get(&format!("/login?next={query}"));
        assert_eq!((answer.status, answer.location()), (303, "/chat"));
    }
}

#[test]
fn whoever_is_in_is_not_asked_to_sign_in_again() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for (path, to) in [
        ("/", "/chat"),
        ("/login", "/chat"),
        ("/login?next=/chat?before=7", "/chat?before=7"),
        ("/register", "/chat"),
    ] {
        let answer = ann.get(path);
        assert_eq!((answer.status, answer.location()), (303, to), "{path}");
    }
}

#[test]
fn asking_to_sign_out_changes_nothing_and_the_button_does() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let question = ann.get("/logout").expect(200);
    question.body.shows("<form method=\"post\" action=\"/logout\">");
    assert!(question.headers("set-cookie").is_empty());
    assert!(ann.is_in());
    let kept = ann.clone();
    let answer = ann.post("/logout", &[]);
    assert_eq!((answer.status, answer.location()), (303, "/login"));
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with(&format!("{}=;", server.cookie_name()))
            && cookie.contains("Max-Age=0")
            && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(!kept.clone().is_in(), "also for who kept the cookie");
    let stranger = server.visitor().post("/logout", &[]);
    assert_eq!((stranger.status, stranger.location()), (303, "/login"));
    assert_eq!(server.visitor().get("/logout").status, 200, "the button is for everybody");
}

#[test]
fn signing_out_here_leaves_the_other_devices_alone() {
    let (server, [mut desk]) = Server::open().with_members(["ann"]);
    let mut phone = server.visitor();
    phone.login("ann", PASSWORD);
    desk.post("/logout", &[]);
    assert!(phone.is_in());
}
