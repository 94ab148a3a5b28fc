//! How every page looks and can be used: on a phone and on a desk, in light and in dark, by
//! keyboard, and with what a screen reader needs.

use crate::prelude::*;

const LONG_TITLE: &str = "An_unreasonably_long_title_for_a_chat_in_one_line_of_a_phone";

fn hard_messages() -> Vec<String> {
    let tower = format!("Z{}a{}lgo", "\u{30d}".repeat(60), "\u{325}".repeat(60));
    vec![
        "x".repeat(4000),
        format!("https://example.org/{}?q=a%20b", "long-path/".repeat(60)),
        "مرحبا، كيف حالكم؟ 123 (https://example.org) שלום".into(),
        tower,
        "नमस्ते, आप कैसे हैं? क्षत्रिय ज्ञान श्रीमान्".into(),
        "\tcode {\n\t\tindented\n\t}\n\n\nand 👩‍👩‍👧‍👦 after a gap".into(),
        "W".repeat(200),
        format!("```\nlet a = {};\n```\n`{}`", "1 + ".repeat(300), "long ".repeat(60)),
        format!(
            "# {0}\n{1}> a\n\n{1}1. b `{0}`\n\n1986. That *was* a [year](https://example.org/{0})\n\n   [*and*](javascript:x)\n***",
            "Word".repeat(60),
            "> - ".repeat(8)
        ),
    ]
}

#[test]
fn every_page_is_finished_on_a_phone_and_on_a_desk_in_light_and_in_dark() {
    let server = Server::with(|settings| {
        settings.title = LONG_TITLE.into();
        settings.invite_code = InviteCode::parse("sesame");
    });
    let Some(visitor) = BrowserUser::arrives(&server, "nobody", true) else { return };
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    let mut inspect = |page: &str| faults.extend(inspector.inspect(&visitor, page));

    visitor.opens("/login");
    inspect("an empty chat");
    let first = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
    server.visitor().post("/register", &first).expect(303);
    visitor.opens("/login");
    inspect("/login");
    visitor.submits(&[("username", LONG_NAME), ("password", PASSWORD)]);
    inspect("/login with an error");
    visitor.opens("/register?code=sesame");
    inspect("/register");
    visitor.submits(&[("username", &LONG_NAME.repeat(3)), ("password", PASSWORD)]);
    inspect("/register with a wrong name");
    visitor.submits(&[("username", LONG_NAME), ("password", PASSWORD), ("code", "simsim")]);
    inspect("/register with a wrong code");
    visitor.opens("/nowhere");
    inspect("a page that is not there");
    visitor.opens("/register?code=sesame");
    visitor.submits(&[("username", LONG_NAME), ("password", PASSWORD)]);
    visitor.is_at("/chat");
    inspect("an empty room");
    let mut priya = fill(&server, &visitor);
    visitor.reloads();
    visitor.browser.execute("document.querySelector('.log').scrollTop = -300", &json!([]));
    priya.say("just now").expect(303);
    visitor.browser.wait_for_text(".jump.latest", "Jump to latest");
    visitor.browser.execute("document.querySelector('#message').value = 'x'.repeat(4001)", &json!([]));
    visitor.sends();
    visitor.is_told("This message is too long");
    inspect("a full room with news and an error");
    visitor.pages_back();
    inspect("older messages");
    visitor.browser.execute("document.querySelector('#message').value = 'x'.repeat(4001)", &json!([]));
    visitor.sends();
    visitor.is_told("This message is too long");
    inspect("older messages and an error");
    visitor.turns_page(|browser| {
        browser.execute("document.querySelector('form.composer').submit()", &json!([]));
    });
    inspect("the room with an error, as the server gives it");
    visitor.opens("/logout");
    inspect("/logout");
    for (frame, content) in [("/chat/compose", ".composer"), ("/chat/live", "article")] {
        visitor.turns_to(content, |browser| browser.goto(&server.url(frame)));
        inspect(frame);
    }
    visitor.opens("/chat");
    visitor.pages_back();
    visitor.browser.execute("document.querySelector('#message').value = 'word'.repeat(500)", &json!([]));
    visitor.client(&server).post("/logout", &[]);
    visitor.sends();
    visitor.browser.wait_for_text(".status", "You are signed out.");
    inspect("older messages of somebody who is signed out");
    visitor.turns_page(|browser| {
        browser.execute("document.querySelector('form.composer').submit()", &json!([]));
    });
    inspect("/login with an unsent message");
    visitor.submits(&[("username", LONG_NAME), ("password", PASSWORD)]);
    visitor.is_at("/chat");
    visitor.client(&server).post("/logout", &[]);
    visitor.browser.wait_for_text("[role=status]", "You are signed out.");
    inspect("the room of somebody who is signed out");
    // The page before says so too.
    visitor.turns_to("body", |browser| browser.goto(&server.url("/chat/live")));
    visitor.browser.wait_for_text("body", "You are signed out.");
    inspect("/chat/live of somebody who is signed out");
    visitor.has_a_quiet_console();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_pages_of_people_messages_and_the_chat_are_finished() {
    let server = Server::open();
    let Some(owner) = BrowserUser::arrives(&server, LONG_NAME, true) else { return };
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    let mut inspect = |page: &str| {
        // Where something is wrong, the page begins there.
        owner.browser.execute("scrollTo(0, 0)", &json!([]));
        faults.extend(inspector.inspect(&owner, page));
        // The narrowest that WCAG 1.4.10 asks for.
        owner.browser.resize(320, 560, true);
        let wide = owner.browser.execute("return document.scrollingElement.scrollWidth", &json!([]));
        if wide != 320 {
            faults.push(format!("{page}, at 320: {wide} wide"));
        }
        owner.browser.resize(1280, 800, false);
    };
    owner.registers();
    for device in ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "", "curl/8"] {
        let mut other = server.visitor();
        if !device.is_empty() {
            other = other.with_header("User-Agent", device);
        }
        other.login(LONG_NAME, PASSWORD).expect(303);
    }
    owner.opens("/me");
    inspect("/me");
    owner.submits(&[("zone", &"Atlantis/".repeat(8))]);
    owner.is_told("zone");
    inspect("/me with a wrong zone");
    owner.opens("/me");
    owner.browser.type_text("[name=current]", "wrong horse");
    owner.browser.type_text("[name=password]", "battery staple");
    owner.follows("form[action$='/password'] button:not([type])");
    owner.is_told("password");
    inspect("/me with a wrong password");
    owner.opens("/owner");
    inspect("/owner");
    owner.browser.click("[value=invited]");
    owner.follows("main form button");
    owner.is_told("code");
    inspect("/owner with an error");
    owner.opens("/owner");
    owner.browser.click("[value=invited]");
    owner.browser.type_text("#code", &"W".repeat(30));
    owner.submits(&[("title", LONG_TITLE)]);
    inspect("/owner with a code");
    owner.opens(&format!("/people/{LONG_NAME}/about"));
    inspect("/people/NAME/about of oneself");
    owner.follows("form[action$='/role'] button");
    inspect("the last owner who would be none");
    owner.opens("/owner");
    owner.browser.click("[name=registration]");
    owner.follows("main form button");
    server.member("प्रिया");
    owner.opens("/people/प्रिया/about");
    inspect("/people/NAME/about");
    for text in hard_messages() {
        let sent = owner.client(&server).json().say(&text);
        assert_eq!(sent.status, 201, "{text}");
        owner.opens(&format!("/messages/{}/about", sent.value()["id"]));
        inspect(&format!("/messages/ID/about of {text:.20}"));
    }
    owner.browser.execute("document.querySelector('#edit-text').value = 'x'.repeat(4001)", &json!([]));
    owner.follows("form[action$='/edit'] button");
    owner.is_told("This message is too long");
    inspect("/messages/ID/about with an error");
    owner.opens("/search");
    inspect("/search");
    owner.browser.click(".filters summary");
    inspect("/search with filters");
    owner.browser.type_text("#author", &LONG_NAME.repeat(2));
    owner.submits(&[("q", "مرحبا")]);
    owner.is_told("No member has that name.");
    inspect("/search with an error");
    for words in ["word", "x", "wwww", "مرحبا", "long", "nothing that was said"] {
        owner.opens(&format!("/search?q={}", words.replace(' ', "+")));
        inspect(&format!("/search with results for {words}"));
    }
    owner.opens("/shortcuts");
    inspect("/shortcuts");
    owner.browser.press("body", "Control+k");
    owner.browser.wait_for_text(".switcher [aria-selected=true]", "");
    inspect("the quick switcher");
    owner.has_a_quiet_console();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Hard messages of one member and of another, who is returned, behind enough others for a second
/// page.
fn fill(server: &Server, somebody: &BrowserUser) -> Client {
    let mut long = somebody.client(server);
    let mut priya = server.visitor();
    let fields = [("username", "प्रिया"), ("password", PASSWORD), ("code", "sesame")];
    priya.post("/register", &fields).expect(303);
    for n in 0..50 {
        priya.say(&format!("Message {n}: see https://example.org/{n}."));
    }
    for text in hard_messages() {
        assert_eq!(long.say(&text).status, 303, "{text}");
        assert_eq!(priya.say(&text).status, 303, "{text}");
        priya.say("and so on");
    }
    priya
}

#[test]
fn a_keyboard_is_enough() {
    let Some((server, stranger)) = Server::open().with_browser("ann", false) else { return };
    let mut ann = server.member("ann");
    ann.say("said before");
    stranger.opens("/login");
    let keyboard = Keyboard(&stranger.browser);
    keyboard.is_on("#username");
    keyboard.types("ann");
    keyboard.tabs_to("#password");
    keyboard.types(PASSWORD);
    stranger.turns_page(|_| keyboard.press("Enter"));
    stranger.is_at("/chat");

    keyboard.is_on("#message");
    keyboard.types("by keyboard only");
    keyboard.tabs_to(".composer button:not([type])");
    keyboard.press("Enter");
    stranger.reads("by keyboard only");
    keyboard.is_on("#message");

    keyboard.tabs_back_to(".skip[href='#content']");
    assert_eq!(stranger.browser.text(".skip:focus"), "Skip to content");
    keyboard.press("Enter");
    stranger
        .browser
        .wait_until("the skip link to lead to the content", || stranger.browser.exists("main:focus"));
    keyboard.tabs_to("[role=log]");
    keyboard.tabs_back_to(".head [type=search]");
    keyboard.tabs_back_to(".skip[href='#compose']");
    assert_eq!(stranger.browser.text(".skip:focus"), "Skip to the message field");
    keyboard.press("Enter");
    keyboard.tabs_to("#message");

    keyboard.tabs_back_to(".brand");
    keyboard.tabs_to(".head [type=search]");
    keyboard.tabs_to(".head a[href='/chat/notifications']");
    keyboard.tabs_to(".head a[href='/chat/files']");
    keyboard.tabs_to(".who");
    keyboard.press("Enter");
    keyboard.tabs_to(".menu a[href='/me']");
    keyboard.press("Escape");
    keyboard.is_on(".who");
    keyboard.press("Enter");
    keyboard.tabs_to(".menu a[href='/me']");
    keyboard.tabs_to(".menu a[href='/people/ann']");
    keyboard.tabs_to(".menu a[href='/owner']");
    keyboard.tabs_to(".menu a[href='/shortcuts']");
    keyboard.tabs_to(".menu form[action='/read-all'] button");
    keyboard.tabs_to(".menu form[action='/logout'] button");
    stranger.turns_page(|_| keyboard.press("Space"));
    stranger.is_at("/login");
    assert_eq!(ann.texts(), ["said before", "by keyboard only"]);
}
