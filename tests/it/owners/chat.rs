//! Title and registration of the chat.

use super::*;

#[track_caller]
fn decides(owner: &Client, title: &str, registration: &str, code: &str) {
    let fields = [("title", title), ("registration", registration), ("code", code)];
    let answer = owner.clone().post("/owner", &fields);
    assert_eq!((answer.status, answer.location()), (303, "/owner?saved=yes"), "{}", answer.body);
}

#[test]
fn a_title_changes_on_every_page_at_once() {
    let (mut server, [ann, bob]) =
        Server::with(|settings| settings.title = "As started".into()).with_members(["ann", "bob"]);
    let named = |server: &Server, title: &str| {
        [server.visitor(), ann.clone(), bob.clone()].iter_mut().all(|who| {
            let path = if who.cookie.is_some() { "/chat" } else { "/login" };
            who.get(path).body.contains(title)
        })
    };
    assert!(named(&server, "As started"));
    decides(&ann, "  Ann's <b>place</b> \u{202e}", "", "");
    for _ in 0..2 {
        assert!(named(&server, "Ann's &lt;b&gt;place&lt;/b&gt;"));
        assert!(!bob.clone().get("/chat").body.contains("As started"));
        let page = ann.clone().get("/owner").body;
        assert_eq!(input_value(&page, "title").as_deref(), Some("Ann's <b>place</b>"));
        server.restarts(|| {});
    }
    decides(&ann, "   ", "", "");
    assert!(named(&server, "As started"));
    assert!(!bob.clone().get("/chat").body.contains("Ann's"));
}

#[test]
fn what_cannot_be_decided_comes_back_as_it_was_typed() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let (long, wide) = ("t".repeat(61), "c".repeat(101));
    for (title, registration, code, status, error) in [
        (&*long, "closed", "plugh", 422, "invalid_title"),
        ("\u{200b}", "open", "", 422, "invalid_title"),
        ("fine", "invited", "", 422, "invalid_code"),
        ("fine", "invited", " \n ", 422, "invalid_code"),
        ("fine", "invited", &wide, 422, "invalid_code"),
        ("fine", "everybody", "", 400, "bad_request"),
    ] {
        let fields = [("title", title), ("registration", registration), ("code", code)];
        let page = ann.clone().post("/owner", &fields);
        assert_eq!(page.status, status, "{title:?} {registration} {code:?}");
        assert_eq!(input_value(&page.body, "title").as_deref(), Some(title));
        assert_eq!(input_value(&page.body, "code").unwrap_or_default(), code);
        let field = ["title", "code"].into_iter().find(|field| error == format!("invalid_{field}"));
        let said_beside = ["title", "code"].map(|field| field_error(&page.body, field).is_some());
        assert_eq!(
            said_beside,
            ["title", "code"].map(|name| Some(name) == field),
            "{title:?} {registration} {code:?}"
        );
        assert!(!page.body.contains("by another owner"), "no one else saved anything: {}", page.body);
        let answer = ann.clone().json().post("/owner", &fields);
        assert_eq!((answer.status, &answer.value()["error"]), (status, &error.into()));
    }
    assert!(server.visitor().get("/login").body.contains("snug"));
    assert_eq!(server.visitor().register("bob", PASSWORD).status, 303, "nothing was decided");
}

#[test]
fn a_code_that_may_be_guessed_is_called_short_and_a_better_one_named() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let offer =
        |page: &str| page.split("<a ").find(|tag| tag.contains("data-fills=\"code\"")).map(str::to_owned);
    let suggested = |page: &str| offer(page).and_then(|tag| attribute(&tag, "data-value"));
    decides(&ann, "", "invited", "plugh");
    let page = ann.clone().get("/owner").body;
    page.shows("This code is short");
    let code = suggested(&page).expect("a code");
    decides(&ann, "", "invited", &code);
    let page = ann.clone().get("/owner").body;
    assert!(!page.contains("This code is short") && suggested(&page).is_none(), "{page}");
    assert_eq!(registers(&server.visitor(), "bob", &code.to_uppercase().replace('-', "")), 303);
}

#[test]
fn a_suggested_code_is_taken_with_one_click_and_no_script() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    ann.opens("/owner");
    let code = ann.browser.attribute("a.offer", "data-value").expect("a code");
    ann.follows("a.offer");
    assert_eq!(ann.browser.property("#code", "value"), *code);
    assert_eq!(ann.browser.property("#by-invitation", "checked"), true);
    ann.sends_form("form[action='/owner']");
    ann.is_at("/owner?saved=yes");
    assert_eq!(registers(&server.visitor(), "bob", ""), 403);
    assert_eq!(registers(&server.visitor(), "bob", &code), 303);
}

#[test]
fn whatever_is_to_hold_by_default_is_one_choice_and_says_what_it_is() {
    let choices = |page: &str| page.matches("type=\"radio\"").count();
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    for registration in ["", "open"] {
        decides(&ann, "", registration, "");
        let page = ann.clone().get("/owner").body;
        assert_eq!((choices(&page), page.matches("Anyone with the address").count()), (3, 1), "{page}");
        let chosen =
            page.split("<input").find(|tag| tag.contains("type=\"radio\"") && tag.contains(" checked"));
        assert_eq!(attribute(chosen.expect("one that holds"), "value").as_deref(), Some(registration));
    }
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let mut ann = server.visitor();
    assert_eq!(registers(&ann, "ann", "sesame"), 303);
    ann.login("ann", PASSWORD).expect(303);
    let page = ann.get("/owner").body;
    assert_eq!(choices(&page), 4);
    page.shows("with the code that snug was started with");
}

#[test]
fn a_chat_that_takes_nobody_says_so_and_offers_no_form() {
    let (mut server, [ann]) = Server::open().with_members(["ann"]);
    assert!(server.visitor().get("/login").body.contains("href=\"/register\""));
    decides(&ann, "", "closed", "");
    for _ in 0..2 {
        let hashed = server.hashing.count();
        assert!(!server.visitor().get("/login").body.contains("/register"));
        let page = server.visitor().get("/register");
        assert_eq!((page.status, input_tag(&page.body, "username")), (403, None));
        let page = server.visitor().register("bob", PASSWORD);
        assert_eq!((page.status, input_tag(&page.body, "username")), (403, None));
        assert!(page.headers("set-cookie").is_empty());
        let answer = server.visitor().json().register("bob", PASSWORD);
        assert_eq!((answer.status, &answer.value()["error"]), (403, &"closed".into()));
        // Also for what is wrong anyway, and for who has an account.
        assert_eq!(registers(&server.visitor(), "ann", "x"), 403);
        assert_eq!(registers(&server.visitor(), "", ""), 403);
        assert_eq!(server.hashing.count(), hashed);
        assert_eq!(server.visitor().login("ann", PASSWORD).status, 303, "members come and go");
        server.restarts(|| {});
    }
    decides(&ann, "", "open", "");
    server.visitor().register("bob", PASSWORD).expect(303);
}

#[test]
fn the_owners_word_stands_over_that_of_the_flag() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
    ann.post("/register", &fields).expect(303);
    decides(&ann, "", "invited", "  plugh & co ");
    assert_eq!(registers(&server.visitor(), "b1", "sesame"), 403);
    assert_eq!(registers(&server.visitor(), "b1", ""), 403);
    assert_eq!(registers(&server.visitor(), "b1", "plugh & co"), 303);
    let page = ann.get("/owner").body;
    assert!(page.contains("/register?code=plugh+%26+co\""), "a link to send: {page}");
    let invited = server.visitor().get("/register?code=plugh+%26+co").body;
    assert_eq!(input_value(&invited, "code").as_deref(), Some("plugh & co"));
    assert!(!server.visitor().get("/register").body.contains("plugh"));
    decides(&ann, "", "open", "left over");
    assert_eq!(registers(&server.visitor(), "b2", ""), 303);
    // Nothing decided: as snug was started.
    decides(&ann, "", "", "");
    assert_eq!(registers(&server.visitor(), "b3", "plugh & co"), 403);
    assert_eq!(registers(&server.visitor(), "b3", "sesame"), 303);
    assert!(!ann.get("/owner").body.contains("sesame"), "the flag's word is the host's");
}

#[test]
fn an_exposed_chat_is_owned_by_whoever_has_the_printed_code() {
    let mut server = Server::with(|settings| {
        settings.listen = vec!["0.0.0.0:0".parse().unwrap()];
        settings.sign_in_rate = 2;
    });
    let code = server.first_code.clone().expect("a code");
    let page = server.visitor().get("/register").body;
    assert!(input_tag(&page, "code").is_some() && !page.contains(&code));
    let hashed = server.hashing.count();
    for wrong in ["", "wrong"] {
        let answer = server
            .visitor()
            .from("127.0.0.2")
            .post("/register", &[("username", "eve"), ("password", PASSWORD), ("code", wrong)])
            .expect(403);
        assert!(field_error(&answer.body, "code").is_some(), "said beside it");
        assert!(!answer.body.contains(&code));
    }
    // A guesser waits, as one of passwords does.
    assert_eq!(registers(&server.visitor().from("127.0.0.2"), "eve", &code), 429);
    assert_eq!(server.hashing.count(), hashed);
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", &*format!(" {code} "))];
    ann.post("/register", &fields).expect(303);
    assert!(owns(&ann));
    // From now on nobody needs it, and it opens nothing.
    assert_eq!(input_tag(&server.visitor().get("/register").body, "code"), None);
    server.visitor().register("bob", PASSWORD).expect(303);
    decides(&ann, "", "closed", "");
    assert_eq!(registers(&server.visitor(), "cyd", &code), 403);
    server.restarts(|| {});
    assert_eq!(server.first_code, None);
    server.restarts_empty();
    let again = server.first_code.clone().expect("nobody is there again");
    assert_ne!(again, code);
}

#[test]
fn two_who_come_first_with_the_code_make_one_owner() {
    let server = Server::with(|settings| settings.listen = vec!["0.0.0.0:0".parse().unwrap()]);
    let code = server.first_code.clone().unwrap();
    let mut both = [server.visitor(), server.visitor()];
    server.hashing.shut();
    std::thread::scope(|scope| {
        for (who, name) in both.iter_mut().zip(["ann", "bob"]) {
            let fields = [("username", name), ("password", PASSWORD), ("code", &*code)];
            let fields = fields.map(|(name, value)| (name, value.to_owned()));
            scope.spawn(move || {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
                who.post("/register", &fields).expect(303);
            });
        }
        server.hashing.wait_for_held(1);
        server.hashing.release();
    });
    assert_eq!(both.iter().filter(|who| owns(who)).count(), 1);
}

#[test]
fn a_chat_of_one_machine_asks_for_no_code() {
    for address in ["127.0.0.1:0", "127.0.0.9:80", "[::1]:0"] {
        let server = Server::with(|settings| settings.listen = vec![address.parse().unwrap()]);
        assert_eq!(server.first_code, None, "{address}");
        assert!(owns(&server.member("ann")));
    }
    for addresses in [&["0.0.0.0:0"][..], &["[::]:0"], &["192.0.2.1:80"], &["127.0.0.1:0", "192.0.2.1:80"]] {
        let server = Server::with(|settings| {
            settings.listen = addresses.iter().map(|address| address.parse().unwrap()).collect();
        });
        assert!(server.first_code.is_some(), "{addresses:?}");
        assert_eq!(server.visitor().register("ann", PASSWORD).status, 403, "{addresses:?}");
    }
}
