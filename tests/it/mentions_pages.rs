//! Names that are called: they are completed as one types, stand out for whoever is called, and are told of
//! while nobody looks.

use crate::prelude::*;

/// Counts what the page asks for and tells, in place of showing it.
const RECORDER: &str = "const Real = window.Notification;
    window.asked = 0;
    window.told = [];
    window.shown = {};
    window.Notification = class {
      constructor(title, { body, tag, renotify }) {
        told.push(`${title}: ${body}`);
        if (tag in shown && !renotify) throw new Error('it would change without a word');
        shown[tag] = body;
      }
      static get permission() { return Real.permission; }
      static requestPermission() { asked += 1; return Real.requestPermission(); }
    }";
const NOTIFY: &str = ".alerts label:nth-of-type(1) input";
const SOUND: &str = ".alerts label:nth-of-type(2) input";

#[test]
fn names_are_completed_by_keyboard() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    for name in ["bob", "bertram", "प्रिया"] {
        server.member(name);
    }
    ann.browser.type_text("#message", "hello @b");
    ann.is_offered(&["bertram", "bob"]);
    ann.browser.wait_until("a mark", || ann.marked() == "bertram");
    ann.browser.press("#message", "ArrowDown");
    assert_eq!(ann.marked(), "bob");
    ann.browser.press("#message", "ArrowDown");
    assert_eq!(ann.marked(), "bertram", "from the end to the beginning");
    ann.browser.press("#message", "ArrowUp");
    assert_eq!(ann.marked(), "bob");
    ann.browser.press("#message", "Enter");
    assert_eq!(ann.draft("message"), "hello @bob ");
    ann.is_offered(&[]);
    ann.writes_in("message");
    ann.enters("there");
    ann.reads("hello @bob there");
    assert_eq!(ann.browser.text("article:last-of-type .mention"), "@bob");

    ann.browser.type_text("#message", "@pr");
    ann.is_offered(&[]);
    ann.browser.clear("#message");
    ann.browser.type_text("#message", "(@प्र");
    ann.is_offered(&["प्रिया"]);
    ann.browser.press("#message", "Tab");
    assert_eq!(ann.draft("message"), "(@प्रिया ");
    ann.writes_in("message");
    ann.enters(")");
    ann.reads("(@प्रिया )");
    assert_eq!(ann.browser.text("article:last-of-type .mention"), "@प्रिया");

    ann.browser.type_text("#message", "@be");
    ann.is_offered(&["bertram"]);
    ann.browser.press("#message", "Escape");
    ann.is_offered(&[]);
    assert_eq!(ann.draft("message"), "@be");
    ann.browser.press("#message", "Enter");
    ann.reads("@be");
    ann.has_nothing_left_to_send();
    assert!(!ann.browser.exists("article:last-of-type .mention"), "nobody has that name");
    ann.has_said(&server, "@be", 1);
    // Where no name begins, nothing is offered.
    ann.browser.type_text("#message", "mail b@b");
    ann.is_offered(&[]);
    ann.browser.clear("#message");
    ann.browser.type_text("#message", "ねえ＠bo");
    ann.is_offered(&["bob"]);
    ann.browser.press("#message", "Enter");
    assert_eq!(ann.draft("message"), "ねえ＠bob ");
    ann.has_a_quiet_console();
}

#[test]
fn names_are_completed_by_mouse_and_fit_on_a_phone() {
    let Some((server, ann)) =
        Server::with(|settings| settings.register_rate = 0).with_browser_member("ann", true)
    else {
        return;
    };
    let guests: Vec<String> = (0..30).map(|n| format!("guest{n:02}")).collect();
    for guest in &guests {
        server.member(guest);
    }
    ann.browser.type_text("#message", "@GUEST");
    let shown: Vec<&str> = guests.iter().take(8).map(String::as_str).collect();
    ann.is_offered(&shown);
    ann.browser.press("#message", "ArrowUp");
    assert_eq!(ann.marked(), "guest07");
    let in_view = "const box = document.querySelector('.names [aria-selected=true]').getBoundingClientRect();
        const list = document.querySelector('.names').getBoundingClientRect();
        return box.top >= list.top && box.bottom <= list.bottom && list.top >= 0 && list.left >= 0
          && list.right <= innerWidth && list.bottom <= innerHeight";
    assert_eq!(ann.browser.execute(in_view, &json!([])), true);
    let faults = Inspector::new().inspect(&ann, "the list of names");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    ann.browser.resize(320, 560, true);
    ann.browser.press("#message", "ArrowUp");
    assert_eq!(ann.browser.execute(in_view, &json!([])), true, "on a phone");
    ann.browser.resize(1280, 800, false);
    ann.browser.press("#message", "ArrowDown");
    ann.is_offered(&shown);
    ann.browser.click("#name-2");
    assert_eq!(ann.draft("message"), "@guest02 ");
    ann.writes_in("message");
    ann.is_offered(&[]);
    ann.enters("hello");
    ann.reads("@guest02 hello");
}

#[test]
fn a_whole_name_is_sent_although_a_longer_one_begins_with_it() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    server.member("bob");
    server.member("bobby");
    ann.browser.type_text("#message", "@bo");
    ann.is_offered(&["bob", "bobby"]);
    ann.browser.type_text("#message", "b");
    ann.is_offered(&[]);
    ann.browser.press("#message", "Enter");
    ann.reads("@bob");
    ann.has_said(&server, "@bob", 1);
}

#[test]
fn an_answer_that_comes_too_late_offers_nothing() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    server.member("bob");
    let hold = "const real = fetch; window.held = [];
        window.fetch = (url, options) => !String(url).includes('/people?') ? real(url, options)
          : new Promise(done => held.push(() => done(real(url, options))))";
    let answer = "const count = held.length; held.splice(0).forEach(one => one());
        return new Promise(done => setTimeout(done, 300, count))";
    ann.browser.execute(hold, &json!([]));
    ann.enters("hi @b");
    ann.reads("hi @b");
    assert_ne!(ann.browser.execute(answer, &json!([])), 0);
    ann.is_offered(&[]);
    ann.browser.type_text("#message", "@b");
    ann.browser.press("#message", "Escape");
    assert_ne!(ann.browser.execute(answer, &json!([])), 0);
    ann.is_offered(&[]);
}

#[test]
fn whoever_is_called_sees_it_at_once_and_later() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "Bob", true) else { return };
    ann.registers();
    bob.registers();
    bob.browser.wait_for_text(".here", "Bob");
    ann.says("has somebody seen @bob?");
    ann.says("not @nobody, and not x@bob");
    bob.reads("not @nobody, and not x@bob");
    for again in [false, true] {
        if again {
            ann.reloads();
            bob.reloads();
        }
        bob.browser.wait_until("the highlight", || bob.browser.find_all(".calls-me").len() == 1);
        assert_eq!(bob.browser.text(".calls-me .said"), "has somebody seen @bob?");
        assert!(!ann.browser.exists(".calls-me"), "she called somebody else");
        assert_eq!(ann.browser.find_all(".mention").len(), 1);
    }

    let phone = bob.client(&server);
    wait_until("all of it to be read", || phone.unread_in_chat() == 0);
    let club = bob.client(&server).open_room_called("Book club", false);
    bob.opens(&club);
    bob.browser.wait_for_text(".here", "Bob");
    ann.says("plain talk");
    bob.has_unread("/chat", "1");
    bob.is_called_in("/chat", "");
    ann.says("@Bob, come");
    bob.is_called_in("/chat", "@1");
    bob.has_unread("/chat", "2");
    ann.says("@Bob and @BOB");
    bob.is_called_in("/chat", "@2");
    bob.reloads();
    bob.is_called_in("/chat", "@2");
    bob.follows(&link("/chat"));
    bob.reads("@Bob and @BOB");
    bob.is_called_in("/chat", "");
    wait_until("all of it to be read", || phone.unread_in_chat() == 0);
    bob.follows(&link(&club));
    bob.is_called_in("/chat", "");
    bob.has_unread("/chat", "");
    bob.has_a_quiet_console();
}

#[test]
fn whoever_is_called_sees_it_without_scripts() {
    let Some((server, bob)) = Server::open().with_browser_member("bob", false) else { return };
    let mut ann = server.member("ann");
    let club = bob.client(&server).open_room_called("Book club", false);
    bob.opens(&club);
    ann.say("hello @bob").expect(303);
    bob.reloads();
    bob.is_called_in("/chat", "@1");
    bob.follows(&link("/chat"));
    bob.reads("hello @bob");
    assert_eq!(bob.at_messages(|browser| browser.text(".mention")), "@bob");
    bob.follows(&link(&club));
    bob.is_called_in("/chat", "");
}

#[test]
fn a_hidden_tab_tells_what_is_for_oneself_and_nothing_else() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives_and_may_be_notified(&server) else { return };
    ann.expects_alerts();
    ann.registers();
    let [mut bob, mut cyd] = server.members(["bob", "cyd"]);
    ann.browser.wait_for_text(".here", "ann");
    assert_eq!(ann.browser.execute("return asked", &json!([])), 0, "nothing is asked for without a click");
    assert_eq!(ann.browser.property(NOTIFY, "checked"), false);
    ann.browser.hide(true);
    bob.say("@ann, nothing was asked for").expect(303);
    ann.browser.wait_until("the count", || ann.browser.title() == "(1) General · snug");
    ann.browser.hide(false);
    assert_eq!(ann.told(), [""; 0]);

    ann.turns_notifications_on();
    assert_eq!(ann.browser.execute("return asked", &json!([])), 1);
    ann.reloads();
    assert_eq!(ann.browser.property(NOTIFY, "checked"), true, "it is kept");
    ann.browser.wait_for_text(".here", "ann");
    bob.say("@ann, you see this").expect(303);
    ann.reads("you see this");
    ann.browser.hide(true);
    cyd.say("plain talk").expect(303);
    ann.counts(1, "plain talk, as this is the room that is shown");
    bob.post("/people/ann", &[("message", "in **private**")]).expect(303);
    ann.is_told_of(&["bob: in private"]);
    ann.counts(2, "and a private message");
    cyd.say("hello @bob").expect(303);
    cyd.say("hello @Ann").expect(303);
    ann.is_told_of(&["bob: in private", "cyd · General: hello @Ann"]);
    ann.counts(4, "all of it");
    let club = bob.clone().open_room_called("Book club", false);
    bob.post(&format!("{club}/add"), &[("username", "ann")]).expect(303);
    bob.post(&club, &[("message", "not for anybody")]).expect(303);
    bob.post(&club, &[("message", "@ann: read this")]).expect(303);
    ann.is_told_of(&["bob: in private", "cyd · General: hello @Ann", "bob · Book club: @ann: read this"]);
    ann.counts(5, "only what is for her of the other room");
    // What she says herself elsewhere is nothing new.
    ann.client(&server).post("/people/bob", &[("message", "from my phone, @ann")]).expect(303);
    bob.post("/people/ann", &[("message", "and again")]).expect(303);
    ann.browser.wait_until("the next one", || ann.told().last().is_some_and(|told| told == "bob: and again"));
    assert_eq!(ann.told().len(), 4);

    ann.browser.hide(false);
    ann.browser.wait_until("no count", || ann.browser.title() == "General · snug");
    ann.browser.click(NOTIFY);
    assert_eq!(ann.browser.property(NOTIFY, "checked"), false);
    ann.browser.hide(true);
    bob.post("/people/ann", &[("message", "off again")]).expect(303);
    ann.browser.wait_until("it to be counted still", || ann.browser.title().starts_with('('));
    assert_eq!(ann.told().len(), 4);
    ann.browser.hide(false);
    ann.has_a_quiet_console();
}

#[test]
fn each_conversation_is_told_of_apart_and_by_its_newest() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives_and_may_be_notified(&server) else { return };
    ann.records_alerts();
    ann.registers();
    let [bob, mut cyd] = server.members(["bob", "cyd"]);
    ann.turns_notifications_on();
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.hide(true);
    // The page does not know the conversation yet, and asks for it while the next message comes.
    let shown = |expected: Value| {
        ann.browser.wait_until(&format!("{expected} to be shown"), || {
            let bodies = ann.browser.execute("return Object.values(shown).sort()", &json!([]));
            bodies == expected
        });
    };
    bob.clone().post("/people/ann", &[("message", "in private")]).expect(303);
    cyd.say("@ann, in the open").expect(303);
    shown(json!(["@ann, in the open", "in private"]));
    bob.clone().post("/people/ann", &[("message", "again")]).expect(303);
    shown(json!(["@ann, in the open", "again"]));
    assert_eq!(ann.told().len(), 3);
    // What stands on lines of its own does so there as well.
    let blocks =
        "one\ntwo @ann\n\nthree\n\n> a quote\n\n1. first\n2. second\n\n```\nlet x;\n  x = 1;\n```\n\n**end**";
    bob.clone().post("/people/ann", &[("message", blocks)]).expect(303);
    let plain = "one\ntwo @ann\nthree\na quote\nfirst\nsecond\nlet x;\n  x = 1;\nend";
    shown(json!(["@ann, in the open", plain]));
    let long = "🙂".repeat(300);
    bob.clone().post("/people/ann", &[("message", &long)]).expect(303);
    shown(json!(["@ann, in the open", format!("{}…", "🙂".repeat(200))]));
    ann.browser.hide(false);
    ann.has_a_quiet_console();
}

#[test]
fn a_tab_that_looks_in_from_afar_tells_of_each_conversation() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives_and_may_be_notified(&server) else { return };
    ann.expects_alerts();
    // As on a plain-http network, where no tab stays on the line for the others.
    let alone = "Object.defineProperty(navigator, 'locks', { value: undefined })";
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": alone }));
    ann.registers();
    let [bob, mut cyd] = server.members(["bob", "cyd"]);
    ann.turns_notifications_on();
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.hide(true);
    cyd.say("@ann, in the open").expect(303);
    bob.clone().post("/people/ann", &[("message", "in private")]).expect(303);
    let told = || ann.browser.execute("return Object.keys(shown).length", &json!([]));
    ann.browser.wait_until("both to be told", || told() == 2);
    // Until there is more, nothing is told again.
    cyd.say("plain talk").expect(303);
    ann.browser.wait_until("it to be counted", || ann.browser.title().starts_with("(3)"));
    assert_eq!(ann.told().len(), 2, "{:?}", ann.told());
    ann.browser.hide(false);
    ann.has_a_quiet_console();
}

#[test]
fn several_tabs_tell_once_and_not_what_somebody_looks_at() {
    for has_shared_line in [true, false] {
        several_tabs_tell_once(has_shared_line);
    }
}

fn several_tabs_tell_once(has_shared_line: bool) {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives_and_may_be_notified(&server) else { return };
    let expects_alerts = || if has_shared_line { ann.records_alerts() } else { ann.expects_alerts() };
    expects_alerts();
    ann.has_a_slow_tab_that_is_seen();
    ann.registers();
    let mut bob = server.member("bob");
    ann.turns_notifications_on();
    let first = ann.browser.handle();
    ann.browser.hide(true);
    let second = ann.browser.new_window();
    ann.browser.resize(1280, 800, false);
    expects_alerts();
    ann.opens("/chat");
    ann.browser.wait_for_text(".here", "ann");
    // She looks at one of them.
    bob.say("@ann, seen").expect(303);
    ann.reads("@ann, seen");
    bob.post("/people/ann", &[("message", "shown beside")]).expect(303);
    ann.has_unread("/people/bob", "1");
    ann.browser.hide(true);
    bob.say("@ann, told").expect(303);
    let all = || {
        [&first, &second].map(|tab| {
            ann.browser.switch_to(tab);
            ann.told()
        })
    };
    let expect = |texts: &[&str]| {
        // What was told stays told.
        ann.browser.wait_until(&format!("{texts:?} to be told"), || all().concat().len() >= texts.len());
        let told = all().concat();
        assert_eq!(told.len(), texts.len(), "{told:?} for {texts:?}");
        for told in &told {
            // A tab that is not on the line, and here looks a hundred times as often, knows no more.
            let known = |text: &&str| told.ends_with(*text) || told.ends_with("You have new messages.");
            assert!(texts.iter().any(known), "{told:?} for {texts:?}");
        }
    };
    expect(&["@ann, told"]);
    for tab in [&first, &second] {
        ann.browser.switch_to(tab);
        ann.browser.wait_until("the count", || ann.browser.title().starts_with('('));
    }
    bob.say("@ann, told too").expect(303);
    expect(&["@ann, told", "@ann, told too"]);
}

#[test]
fn alerts_go_on_in_a_chat_that_began_anew() {
    let mut server = Server::open();
    let Some(ann) = BrowserUser::arrives_and_may_be_notified(&server) else { return };
    ann.expects_alerts();
    ann.registers();
    let mut bob = server.member("bob");
    for _ in 0..30 {
        bob.say("@ann, this is long ago");
    }
    ann.turns_notifications_on();
    bob.say("@ann, and seen");
    ann.reads("and seen");
    server.restarts_empty();
    ann.registers();
    let mut bob = server.member("bob");
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.hide(true);
    bob.say("@ann, told");
    ann.is_told_of(&["bob · General: @ann, told"]);
}

#[test]
fn what_cannot_be_is_said() {
    let server = Server::named("chat.example");
    let Some(ann) = BrowserUser::arrives_to_be_notified(&server) else { return };
    let deny =
        json!({ "permission": { "name": "notifications" }, "setting": "denied", "origin": server.url("") });
    ann.browser.cdp("Browser.setPermission", &deny);
    ann.registers();
    ann.browser.wait_for_text(".alerts", "Your browser blocks notifications here.");
    ann.browser.click(NOTIFY);
    ann.browser.wait_until("no mark", || ann.browser.property(NOTIFY, "checked") == false);
    ann.browser.click(SOUND);
    ann.reloads();
    assert_eq!(ann.browser.property(SOUND, "checked"), true, "it is kept");
    ann.has_a_quiet_console();

    let Some(bob) = BrowserUser::arrives_from_the_network(&server, "bob") else { return };
    bob.registers();
    bob.browser.wait_for_text(".alerts", "Browsers show notifications only over https");
    assert_eq!(bob.browser.property(NOTIFY, "disabled"), true);
    assert_eq!(bob.browser.property(SOUND, "disabled"), false);
    bob.has_a_quiet_console();
}

impl BrowserUser {
    /// The list below the message shows these names; nothing: there is none.
    #[track_caller]
    fn is_offered(&self, names: &[&str]) {
        let offered = |browser: &Browser| {
            let js = "const list = document.querySelector('.names');
                return list.checkVisibility() ? [...list.children].map(one => one.textContent) : []";
            browser.execute(js, &json!([]))
        };
        self.browser
            .wait_until(&format!("{names:?} to be offered"), || offered(&self.browser) == json!(names));
    }

    /// The name that Enter takes.
    #[track_caller]
    fn marked(&self) -> String {
        let js = "const id = document.querySelector('#message').getAttribute('aria-activedescendant');
            const one = document.getElementById(id);
            return one?.getAttribute('aria-selected') === 'true' ? one.textContent : ''";
        self.browser.execute(js, &json!([])).as_str().unwrap_or_default().to_owned()
    }

    /// The sidebar comes to tell that so many messages call one there.
    #[track_caller]
    fn is_called_in(&self, path: &str, calls: &str) {
        let js = "const calls = document.querySelector(arguments[0] + ' .calls');
            return calls?.checkVisibility() ? calls.firstChild.data : ''";
        let js = |browser: &Browser| browser.execute(js, &json!([link(path)]));
        self.browser.wait_until(&format!("{calls:?} in {path}"), || js(&self.browser) == calls);
    }

    /// Whose browser can show notifications, and has not been asked yet.
    #[track_caller]
    fn arrives_to_be_notified(server: &Server) -> Option<Self> {
        let options = BrowserOptions { await_load: false, notifications: true, ..BrowserOptions::default() };
        Some(Self::sits_at(Browser::start(options)?, "ann", server.url("")))
    }

    /// The same, and is allowed to.
    #[track_caller]
    fn arrives_and_may_be_notified(server: &Server) -> Option<Self> {
        let ann = Self::arrives_to_be_notified(server)?;
        let grant = json!({ "origin": server.url(""), "permissions": ["notifications"] });
        ann.browser.cdp("Browser.grantPermissions", &grant);
        Some(ann)
    }

    fn turns_notifications_on(&self) {
        self.browser.click(NOTIFY);
        self.browser.wait_until("the permission", || self.browser.property(NOTIFY, "checked") == true);
    }

    /// Records alerts in pages that load from now on.
    fn records_alerts(&self) {
        let source = format!("{{ {RECORDER} }}");
        self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
    }

    /// The same, and makes their slow clocks fast.
    fn expects_alerts(&self) {
        let source = format!("{{ {HASTE} }}");
        self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
        self.records_alerts();
    }

    /// Hidden tabs wait longer for the one that somebody looks at, which may be slow to say so.
    fn has_a_slow_tab_that_is_seen(&self) {
        let source = "{ const sooner = setTimeout; setTimeout = (action, time) => sooner(action, time === 400 ? 2_000 : time) }";
        self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
    }

    #[track_caller]
    fn told(&self) -> Vec<String> {
        let told = self.browser.execute("return told", &json!([]));
        told.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    #[track_caller]
    fn is_told_of(&self, texts: &[&str]) {
        self.browser.wait_until(&format!("{texts:?} to be told"), || self.told() == texts);
    }

    #[track_caller]
    fn counts(&self, number: usize, what: &str) {
        let title = format!("({number}) General · snug");
        self.browser.wait_until(&format!("{title}: {what}"), || self.browser.title() == title);
    }
}
