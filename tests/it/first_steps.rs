//! Who comes first creates the chat, and is told how others get in; whoever is refused gets by with one click.

use crate::prelude::*;

#[test]
fn who_opens_an_empty_chat_is_asked_to_create_it() {
    let server = Server::with(|settings| settings.title = "As started".into());
    let mut ann = server.visitor();
    for path in ["/login", "/register"] {
        let page = ann.get(path).body;
        assert!(
            page.contains("Create your chat") && page.contains("You will be the owner"),
            "{path}: {page}"
        );
        assert_eq!(input_value(&page, "title").as_deref(), Some("As started"));
        assert_eq!(input_value(&page, "zone").as_deref(), Some("Asia/Kolkata"));
        assert_eq!(input_tag(&page, "code"), None, "no one but this machine gets here");
    }
    let form = |title: &'static str, name: &'static str, zone: &'static str| {
        [("title", title), ("username", name), ("password", PASSWORD), ("zone", zone)]
    };
    for (fields, field) in [
        (form("\u{200b}", "ann", "Asia/Kolkata"), "title"),
        (form("The Millers", "ann miller", "Asia/Kolkata"), "username"),
        (form("The Millers", "ann", "Atlantis"), "zone"),
    ] {
        let page = ann.post("/register", &fields);
        assert_eq!(page.status, 422, "{field}");
        assert!(field_error(&page.body, field).is_some(), "{field}: {}", page.body);
        for (name, typed) in fields.iter().filter(|(name, _)| *name != "password") {
            assert_eq!(input_value(&page.body, name).as_deref(), Some(*typed), "{field}");
        }
    }
    let answer = ann.post("/register", &form("The Millers", "ann", "Europe/Berlin"));
    assert_eq!((answer.status, answer.location()), (303, "/owner/invite?created=yes"));
    let page = ann.get("/owner/invite?created=yes").body;
    for part in ["you are its owner", &server.url("/register"), "The Millers"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let port = server.url("").rsplit(':').next().unwrap().to_owned();
    assert_eq!(
        input_value(&page, "flag"),
        Some(format!("--listen 0.0.0.0:{port}")),
        "the port that it has now"
    );
    assert_eq!(input_value(&ann.get("/me").body, "zone").as_deref(), Some("Europe/Berlin"));
    // The next one just joins, whatever they send.
    let mut bob = server.visitor();
    assert!(bob.get("/register").body.contains("Join the chat"));
    assert_eq!(bob.post("/register", &form("Bob's", "bob", "")).location(), "/chat");
    assert!(bob.get("/chat").body.contains("The Millers"));
    bob.get("/owner/invite").expect(403);
}

#[test]
fn where_a_code_was_printed_the_chat_is_created_with_it() {
    let server = Server::with(|settings| settings.listen = vec!["0.0.0.0:0".parse().unwrap()]);
    let code = server.first_code.clone().unwrap();
    let mut ann = server.visitor();
    assert!(ann.get("/login").body.contains("snug printed it when it started"));
    let fields =
        [("title", "snug"), ("username", "ann"), ("password", PASSWORD), ("zone", ""), ("code", "x")];
    let page = ann.post("/register", &fields).expect(403);
    assert!(field_error(&page.body, "code").is_some());
    let fields = fields.map(|(name, value)| (name, if name == "code" { &*code } else { value }));
    assert_eq!(ann.post("/register", &fields).location(), "/owner/invite?created=yes");
    // Others reach it: by this machine's addresses, if it has any.
    let page = ann.get("/owner/invite").body;
    page.lacks("--listen").shows("/register\"");
}

#[test]
fn what_newcomers_need_is_there_to_be_copied() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
    ann.post("/register", &fields).expect(303);
    let page = ann.get("/owner").body;
    page.shows("need the invite code that snug was started with").lacks("sesame");
    for (registration, link, words) in [
        ("invited", Some("/register?code=tea+pot"), "Anyone with this link can join"),
        ("open", Some("/register"), "Anyone with this link can join"),
        ("closed", None, "No one new can join now"),
    ] {
        let fields = [("title", ""), ("registration", registration), ("code", "tea pot")];
        assert_eq!(ann.post("/owner", &fields).location(), "/owner?saved=yes");
        let page = ann.get("/owner?saved=yes").body;
        page.shows("role=\"status\">Saved");
        assert!(page.contains(words), "{registration}: {page}");
        let whole = link.map(|link| format!("value=\"{}\"", server.url(link)));
        assert!(whole.is_none_or(|link| page.contains(&link)), "{registration}: {page}");
        assert!(!ann.get("/owner").body.contains(">Saved<"));
    }
}

#[test]
fn a_refused_name_comes_with_one_that_would_do() {
    let (server, [_ann, _two]) = Server::open().with_members(["ann", "ann2"]);
    for (typed, offered) in [
        ("Ann Miller", Some("Ann.Miller")),
        ("ann", Some("ann3")),
        ("ann!", Some("ann3")),
        ("room", None),
        ("everyone", None),
        ("सभी", None),
        ("mаrk", None),
    ] {
        let page = server.visitor().register(typed, PASSWORD);
        let said = field_error(&page.body, "username").expect("said beside it");
        let link = offered.map(|name| format!("href=\"/register?username={name}\""));
        assert_eq!(page.body.contains("data-fills=\"username\""), link.is_some(), "{typed}");
        assert!(link.is_none_or(|link| page.body.contains(&link)), "{typed}: {}", page.body);
        assert!(offered.is_none_or(|name| said.contains(&format!("Try {name}."))), "{typed}: {said}");
        assert!(!page.body.contains(PASSWORD), "no page has a password");
    }
    let page = server.visitor().get("/register?username=Ann.Miller").body;
    assert_eq!(input_value(&page, "username").as_deref(), Some("Ann.Miller"));
}

#[test]
fn strangers_read_the_language_of_their_browser() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    for (language, words) in [
        ("hi-IN,hi;q=0.9", ["साइन इन करें", "अकाउंट बनाएँ", "नाम या पासवर्ड ग़लत है।"]),
        ("de", ["Anmelden", "Konto erstellen", "Name oder Passwort ist falsch."]),
        ("fr", ["Sign in", "Create an account", "The name or the password is wrong."]),
    ] {
        let page = server.visitor().with_header("Accept-Language", language).login("ann", "wrong horse").body;
        for word in words {
            assert!(page.contains(word), "{language}: {word}: {page}");
        }
    }
}

#[test]
fn with_scripts_a_refused_form_keeps_its_password_and_takes_what_is_offered() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    bob.opens("/register");
    let loads = || bob.browser.execute("return performance.timeOrigin", &serde_json::json!([]));
    let before = loads();
    let typed = |field: &str| bob.browser.property(field, "value");
    // One sees what one types, if one wants to.
    bob.browser.type_text("#password", PASSWORD);
    bob.browser.click("button.reveal");
    assert_eq!(bob.browser.property("#password", "type"), "text");
    assert_eq!(bob.browser.text("button.reveal"), "Hide password");
    bob.browser.click("button.reveal");
    assert_eq!(bob.browser.property("#password", "type"), "password");
    bob.browser.type_text("#username", "Ann");
    bob.sends_form("form.kept");
    bob.is_told("This name is taken. Try Ann2.");
    assert_eq!((typed("#username"), typed("#password")), ("Ann".into(), Value::from(PASSWORD)));
    bob.browser.click("a.offer");
    assert_eq!((typed("#username"), loads()), ("Ann2".into(), before));
    bob.sends_form("form.kept");
    bob.is_at("/chat");
    server.visitor().login("ann2", PASSWORD).expect(303);
    bob.has_a_quiet_console();
}

#[test]
fn the_first_one_creates_a_chat_and_copies_the_link() {
    for scripts in [true, false] {
        let Some((server, ann)) = Server::open().with_browser("ann", scripts) else { return };
        ann.opens("/");
        let own = ann
            .browser
            .execute("return Intl.DateTimeFormat().resolvedOptions().timeZone", &Value::Array(vec![]));
        if scripts && own != "Asia/Kolkata" {
            ann.browser.click("button.offer");
            assert_eq!(ann.browser.property("#zone", "value"), own);
        }
        ann.submits(&[("title", "The Millers"), ("username", "ann"), ("password", PASSWORD)]);
        ann.is_at("/owner/invite?created=yes");
        assert!(ann.browser.text("main").contains("you are its owner"));
        assert_eq!(ann.browser.property("#invite-0", "value"), server.url("/register"));
        if scripts {
            ann.browser.click("[aria-controls=invite-0]");
            ann.browser.wait_for_text("[aria-controls=invite-0]", "Copied");
        } else {
            assert_eq!(ann.browser.property("[aria-controls=invite-0]", "hidden"), Value::Bool(true));
        }
        ann.follows("a[href='/chat'].button");
        ann.is_at("/chat");
        ann.has_a_quiet_console();
    }
}

#[test]
fn an_open_page_of_who_is_removed_says_so() {
    for scripts in [true, false] {
        let (server, [ann]) = Server::open().with_members(["ann"]);
        let Some(bob) = BrowserUser::arrives(&server, "bob", scripts) else { return };
        bob.registers();
        ann.remove_member("bob");
        let told = "You were removed from this chat. Ask its owner if that was a mistake.";
        if scripts {
            bob.browser.wait_for_text("[role=status]", told);
        } else {
            bob.reloads();
            bob.is_at("/login?next=%2Fchat");
            bob.is_told(told);
        }
    }
}
