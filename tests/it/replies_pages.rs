//! Replies as people give and read them: by button, key and finger, with what they answer in sight, also without scripts.

use crate::prelude::*;

const BAR: &str = ".composer .answer";

impl BrowserUser {
    #[track_caller]
    fn answers(&self, to: &str, excerpt: &str) {
        self.browser.wait_for_text(&format!("{BAR} .to"), to);
        assert_eq!(self.browser.text(&format!("{BAR} .excerpt")), excerpt);
    }

    #[track_caller]
    fn answers_nothing(&self) {
        self.browser.wait_until("no reply", || !self.browser.exists(BAR));
    }

    #[track_caller]
    fn is_quoted(&self, reply: u64, text: &str) {
        self.browser.wait_for_text(&format!("#m{reply} .quote .excerpt"), text);
    }

    /// Pushes a message aside with a finger.
    #[track_caller]
    fn swipes(&self, id: u64, by: i64) {
        let place = self.box_of(&format!("#m{id} .text"));
        let (x, y) = (150.0, f64::midpoint(place.top, place.bottom));
        let touch = |kind: &str, points: Value| {
            self.browser.cdp("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": points }));
        };
        // A browser sends touches to where it has painted.
        self.browser.execute(
            "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))",
            &json!([]),
        );
        touch("touchStart", json!([{ "x": x, "y": y }]));
        for step in 1..=8_i32 {
            let way = f64::from(step) / 8.0 * f64::from(i32::try_from(by).unwrap());
            touch("touchMove", json!([{ "x": x + way, "y": y }]));
        }
        touch("touchEnd", json!([]));
    }

    fn is_focused(&self, css: &str) -> bool {
        self.browser.exists(&format!("{css}:focus"))
    }
}

#[test]
fn a_message_is_answered_by_its_button_and_its_key() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let original = bob.say_at("/chat", "who **comes**?");
    ann.reads("who comes?");
    ann.settles();
    ann.takes(original, "reply");
    ann.answers("Replying to bob", "who comes?");
    ann.browser.wait_until("the field", || ann.is_focused("#message"));
    let faults = Inspector::new().inspect(&ann, "a composer that answers");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    // Esc takes it back, and nothing else.
    ann.browser.type_text("#message", "I do");
    ann.browser.press("#message", "Escape");
    ann.answers_nothing();
    assert_eq!(ann.draft("message"), "I do");
    assert!(ann.is_focused("#message"));
    // So does its button; and the key begins it again.
    ann.browser.type_text(&format!("#m{original} .more"), "r");
    ann.answers("Replying to bob", "who comes?");
    ann.browser.click(&format!("{BAR} .away"));
    ann.answers_nothing();
    ann.browser.type_text(&format!("#m{original} .more"), "r");
    ann.answers("Replying to bob", "who comes?");
    assert_eq!(ann.draft("message"), "I do", "the key is none of its text");
    // It outlives a reload, with the text.
    ann.reloads();
    ann.answers("Replying to bob", "who comes?");
    assert_eq!(ann.draft("message"), "I do");
    ann.sends();
    ann.reads("I do");
    ann.answers_nothing();
    let reply = ann.newest();
    ann.is_quoted(reply, "who comes?");
    assert_eq!(ann.browser.text(&format!("#m{reply} .quote b")), "bob");
    assert_eq!(bob.messages_at("/chat").pop().unwrap()["reply_to"]["id"], original);
    let faults = Inspector::new().inspect(&ann, "a reply");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    ann.reloads();
    ann.answers_nothing();
    ann.has_a_quiet_console();
}

#[test]
fn what_is_marked_of_a_message_is_quoted() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let original = server.member("bob").say_at("/chat", "at eight\nat the station");
    ann.reads("at eight\nat the station");
    let mark = "const text = document.querySelector(arguments[0]).firstChild;
        getSelection().setBaseAndExtent(text, 3, text, 8);";
    ann.browser.execute(mark, &json!([format!("#m{original} .said p")]));
    ann.takes(original, "reply");
    ann.answers("Replying to bob", "at eight at the station");
    assert_eq!(ann.draft("message"), "> eight\n\n");
}

#[test]
fn on_a_phone_a_message_is_pushed_aside_to_answer_it() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let original = server.member("bob").say_at("/chat", "who comes to the lake with us?");
    ann.browser.resize(360, 740, true);
    ann.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    ann.reloads();
    ann.reads("who comes to the lake with us?");
    ann.settles();
    ann.swipes(original, 30);
    ann.swipes(original, -120);
    assert!(!ann.browser.exists(BAR), "too little, and the other way");
    ann.swipes(original, 120);
    ann.answers("Replying to bob", "who comes to the lake with us?");
    ann.browser.wait_until("the field", || ann.is_focused("#message"));
    assert_eq!(
        ann.browser.execute("return document.documentElement.scrollWidth <= innerWidth", &json!([])),
        true
    );
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn a_quote_leads_to_its_original_and_back() {
    let Some((server, ann)) = Server::unlimited().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let far = bob.say_at("/chat", "long ago");
    bob.clone().say_lines(80);
    let near = bob.say_at("/chat", "just now");
    bob.clone().say_lines(25);
    let replies = [near, far].map(|original| bob.reply("/chat", original, "yes"));
    ann.opens("/chat?latest");
    ann.settles();
    for (original, reply) in [near, far].into_iter().zip(replies) {
        let quote = format!("#m{reply} a.quote");
        let (original, reply) = (format!("#m{original}"), format!("#m{reply}"));
        ann.browser.find(&quote);
        ann.browser.wait_until("the reply", || ann.is_in_view(&reply));
        ann.browser.click(&quote);
        ann.browser.wait_until("the original", || ann.is_in_view(&original));
        assert!(ann.browser.exists(&format!("{original}.spotted")));
        ann.browser.back();
        ann.browser.wait_until("the reply", || ann.is_in_view(&reply));
        // And by the way over the messages.
        ann.browser.click(&quote);
        ann.browser.wait_until("the original", || ann.is_in_view(&original));
        ann.browser.wait_until("a way back", || ann.sees(".jump.back"));
        ann.browser.click(".jump.back");
        ann.browser.wait_until("the reply", || ann.is_in_view(&reply));
        ann.browser.wait_until("no way back", || !ann.sees(".jump.back"));
    }
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn quotes_follow_their_original_while_one_looks() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let [edited, removed] = ["old", "gone soon"].map(|text| bob.say_at("/chat", text));
    let [one, other] = [edited, removed].map(|original| bob.reply("/chat", original, "yes"));
    ann.reads("yes");
    ann.is_quoted(other, "gone soon");
    bob.edit_message(edited, "a *new*\none");
    bob.remove_message(removed);
    ann.is_quoted(one, "a new one");
    ann.is_quoted(other, "Message deleted");
    assert_eq!(ann.browser.attribute(&format!("#m{other} .quote"), "href"), None);
    // Also over a text that is being written.
    ann.settles();
    ann.takes(edited, "reply");
    ann.answers("Replying to bob", "a new one");
    bob.edit_message(edited, "newer");
    ann.browser.wait_for_text(&format!("{BAR} .excerpt"), "newer");
    bob.remove_message(edited);
    ann.browser.wait_for_text(&format!("{BAR} .excerpt"), "Message deleted");
    ann.browser.type_text("#message", "an answer");
    ann.browser.press("#message", "Enter");
    ann.is_told("Send again to post this without the reply.");
    ann.answers_nothing();
    assert_eq!(ann.draft("message"), "an answer");
    ann.browser.press("#message", "Enter");
    ann.reads("an answer");
    ann.has_stayed();
}

#[test]
fn a_reply_waits_for_the_connection_with_what_it_answers() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let original = bob.say_at("/chat", "who comes?");
    ann.reads("who comes?");
    ann.settles();
    ann.takes(original, "reply");
    ann.answers("Replying to bob", "who comes?");
    ann.browser.offline(true);
    ann.enters("later");
    ann.browser.wait_for_text(".outbox li", "later");
    ann.answers_nothing();
    // Taken back, it still answers.
    ann.browser.click(".outbox button");
    ann.answers("Replying to bob", "who comes?");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".outbox li", "later");
    ann.browser.offline(false);
    ann.browser.wait_until("the reply", || bob.messages_at("/chat").len() == 2);
    assert_eq!(bob.messages_at("/chat").pop().unwrap()["reply_to"]["id"], original);
}

#[test]
fn without_scripts_one_answers_from_the_message_s_page() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let bob = server.member("bob");
    let original = bob.say_at("/chat", "who comes?");
    ann.opens(&format!("/messages/{original}/about"));
    ann.follows("a[href*='reply=']");
    let bar = |text: &str| ann.at_composer(|browser| browser.wait_for_text(&format!("{BAR} .to"), text));
    bar("Replying to bob");
    // Taken back, and begun again.
    ann.at_composer(|browser| browser.click(&format!("{BAR} .away")));
    ann.browser.wait_until("no reply", || ann.at_composer(|browser| !browser.exists(BAR)));
    ann.opens(&format!("/chat?reply={original}"));
    bar("Replying to bob");
    ann.at_composer(|browser| {
        browser.type_text("#message", "I do");
        browser.click("button.send");
    });
    ann.browser.wait_until("the reply", || bob.messages_at("/chat").len() == 2);
    let reply = bob.messages_at("/chat").pop().unwrap();
    assert_eq!(reply["reply_to"]["id"], original);
    let quote = format!("#m{} .quote .excerpt", reply["id"]);
    ann.at_messages(|browser| browser.wait_for_text(&quote, "who comes?"));
    // The frame is loaded anew where the original is another.
    bob.edit_message(original, "who comes along?");
    ann.browser.wait_until("its new text", || {
        ann.at_messages(|browser| browser.exists(&quote) && browser.text(&quote) == "who comes along?")
    });
}

#[test]
fn a_link_to_a_message_shows_it_in_place_at_once_and_for_its_readers_alone() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let [bob, cyd] = server.members(["bob", "cyd"]);
    let room = bob.open_room(false);
    let [open, secret] = [("/chat".into(), "for all"), (format!("/rooms/{room}"), "a secret")]
        .map(|(path, text): (String, &str)| bob.say_at(&path, text));
    ann.reads("for all");
    ann.settles();
    let link = |id: u64| ann.url(&format!("/messages/{id}"));
    let id = cyd.say_at("/chat", &format!("{} {}", link(secret), link(open)));
    ann.browser.wait_for_text(&format!("#m{id} .linked .excerpt"), "for all");
    assert_eq!(ann.browser.find_all(&format!("#m{id} .linked .quote")).len(), 1);
    bob.edit_message(open, "for everyone");
    ann.browser.wait_for_text(&format!("#m{id} .linked .excerpt"), "for everyone");
    ann.browser.click(&format!("#m{id} .linked .quote"));
    ann.browser.wait_until("the message", || ann.browser.exists(&format!("#m{open}.spotted")));
    ann.has_stayed();
    let faults = Inspector::new().inspect(&ann, "a message that links to another");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    ann.has_a_quiet_console();
}
