//! Becoming a member.

use crate::prelude::*;

#[test]
fn who_registers_is_signed_in_by_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let server = Server::open();
    let mut ann = server.visitor();
    let answer = ann.register("ann", PASSWORD);
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
    let cookies = answer.headers("set-cookie");
    // The session, and what the browser is known by.
    let names = ["", "-device"].map(|kind| server.cookie_name() + kind);
    assert_eq!(cookies.len(), names.len(), "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(names) {
        let mut parts = cookie.split("; ");
        let (own, token) = parts.next().unwrap().split_once('=').unwrap();
        assert_eq!(own, name);
        assert_eq!(token.len(), 43, "256 bits as base64url: {token}");
        let flags: Vec<&str> = parts.collect();
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(flags.contains(&flag), "{flag} in {flags:?}");
        }
        assert!(!flags.contains(&"Secure"), "plain http would lose a Secure cookie");
    }
    let page = ann.get("/chat").expect(200);
    assert!(page.body.contains("ann"), "who one is");
}

#[test]
fn names_of_every_script_can_join_and_come_back() {
    let server = Server::open();
    for name in ["प्रिया", "李小龍", "محمد", "৪২", "a.b-c_d", "x", "Zoë"] {
        let mut client = server.member(name);
        assert!(client.get("/chat").body.contains(name), "{name}");
        assert_eq!(server.visitor().login(name, PASSWORD).status, 303, "{name}");
    }
}

#[test]
fn a_taken_name_is_said_beside_the_field() {
    let (server, [_, _]) = Server::open().with_members(["Ann", "Straße"]);
    for name in ["Ann", "ann", "ANN", "STRASSE", "strasse", "Ａnn"] {
        let hashed = server.hashing.count();
        let answer = server.visitor().register(name, "another password");
        assert_eq!(answer.status, 409, "{name}");
        let said = field_error(&answer.body, "username").expect("said beside the name");
        said.shows("taken");
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some(name));
        assert!(answer.headers("set-cookie").is_empty());
        assert_eq!(server.hashing.count(), hashed, "no work for nothing");
    }
}

#[test]
fn what_was_typed_comes_back_but_never_the_password() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    for (name, password) in [("ann", "a taken secret"), ("no spaces", "a spaced secret"), ("bob", "2short")] {
        let page = server.visitor().register(name, password).body;
        assert_eq!(input_value(&page, "username").as_deref(), Some(name));
        assert_eq!(input_value(&page, "password"), None);
        page.lacks(password);
    }
}

#[test]
fn a_name_that_breaks_a_rule_is_told_which() {
    let server = Server::open();
    let long = "x".repeat(33);
    for (name, word) in [
        ("", "Choose a name"),
        ("   ", "Choose a name"),
        (&*long, "32"),
        ("two words", "spaces. Try two.words."),
        ("<b>", "can't contain <"),
        ("half½", "½"),
        (".ann", "begin and end"),
        ("ann-", "Try ann."),
        ("_", "begin and end"),
        ("\u{301}e", "begin and end"),
        ("ann\u{202e}bob", "invisible character U+202E. Try annbob."),
        ("ann\u{7}", "invisible character U+0007. Try ann."),
        ("🙂", "letters, digits"),
        ("O'Brien", "can't contain '. Try OBrien."),
    ] {
        let answer = server.visitor().register(name, PASSWORD);
        assert_eq!(answer.status, 422, "{name:?}");
        let said = field_error(&answer.body, "username").expect("said beside the name");
        assert!(said.contains(word), "{name:?}: {said}");
    }
    assert_eq!(server.hashing.count(), 0);
    server.member(&"x".repeat(32));
    server.member(&"é".repeat(32));
}

#[test]
fn one_name_in_two_unicode_forms_is_one_name() {
    let server = Server::open();
    server.member("Zoe\u{308}");
    server.visitor().register("Zo\u{eb}", PASSWORD).expect(409);
    server.visitor().login("ZO\u{cb}", PASSWORD).expect(303);
    let mut zoe = server.visitor();
    zoe.login("zo\u{eb}", PASSWORD);
    assert!(zoe.get("/chat").body.contains("Zo\u{eb}"), "shown in NFC");
}

#[test]
fn a_password_that_breaks_a_rule_is_told_which() {
    let server = Server::open();
    let long = "é".repeat(257);
    for (password, word) in [("", "at least 8"), ("1234567", "8"), (&*long, "256")] {
        let answer = server.visitor().register("ann", password);
        assert_eq!(answer.status, 422, "{password}");
        let said = field_error(&answer.body, "password").expect("said beside the password");
        said.shows(word);
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some("ann"));
    }
    for (name, password) in [
        ("ann", "        ".to_owned()),
        ("bob", "\u{1}\t\"'<>&\n\u{202e}".into()),
        ("cyd", "🔑".repeat(8)),
        ("dan", "é".repeat(256)),
    ] {
        server.visitor().register(name, &password).expect(303);
        assert_eq!(server.visitor().login(name, &password).status, 303, "{name}");
    }
}

#[test]
fn the_form_says_its_limits_before_anybody_trips_over_them() {
    let server = Server::open();
    let page = server.visitor().get("/register").body;
    for limit in ["no spaces", "At least 8"] {
        assert!(page.contains(limit), "{limit}");
    }
    for (name, kind) in [("username", "username"), ("password", "new-password")] {
        let tag = input_tag(&page, name).unwrap();
        tag.shows(format!("autocomplete=\"{kind}\""));
        assert!(page.contains(&format!("<label for=\"{name}\"")), "{name}");
    }
}

#[test]
fn a_closed_house_asks_for_the_word() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame  & co"));
    let page = server.visitor().get("/register").body;
    assert!(input_tag(&page, "code").is_some());
    page.lacks("sesame");
    let invited = server.visitor().get("/register?code=sesame+%26+co").body;
    assert_eq!(input_value(&invited, "code").as_deref(), Some("sesame & co"));
    // However many spaces there are.
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", " sesame   & co")];
    let answer = server.visitor().post("/register", &fields);
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
}

#[test]
fn a_wrong_word_is_refused_before_anything_else_is_told() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let register = |name: &str, password: &str, code: &str| {
        let fields = [("username", name), ("password", password), ("code", code)];
        server.visitor().post("/register", &fields)
    };
    register("ann", PASSWORD, "sesame").expect(303);
    let hashed = server.hashing.count();
    for (name, password, code) in
        [("ann", PASSWORD, "simsim"), ("bob", PASSWORD, ""), ("two words", "short", "SESAME")]
    {
        let answer = register(name, password, code).expect(403);
        assert!(field_error(&answer.body, "code").is_some(), "said beside it");
        assert_eq!(field_error(&answer.body, "username"), None);
        assert_eq!(field_error(&answer.body, "password"), None);
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some(name));
        answer.body.lacks("sesame");
    }
    assert_eq!(server.hashing.count(), hashed);
    server.visitor().register("cyd", PASSWORD).expect(403);
    register("ann", PASSWORD, "sesame").expect(409);
}

#[test]
fn an_open_house_asks_for_no_word() {
    let server = Server::open();
    let page = server.visitor().get("/register?code=x").body;
    assert!(input_tag(&page, "code").is_none());
}
