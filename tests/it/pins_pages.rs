//! Pinned messages and the question before many are told, in a browser: in their places, live, and without scripts.

use crate::prelude::*;

const LINK: &str = "header .pins-link";

impl BrowserUser {
    /// Chooses an action from the menu of a message.
    #[track_caller]
    fn chooses(&self, id: u64, action: &str) {
        self.browser
            .execute("document.querySelector(arguments[0]).click()", &json!([format!("#m{id} .more")]));
        self.browser.click(&format!(".actions:popover-open [data-action={action}]"));
    }

    /// What the header says of pinned messages.
    #[track_caller]
    fn counts_pins(&self, count: usize) {
        self.browser.wait_until("the header's count", || {
            let shown = self.sees(LINK);
            shown == (count > 0)
                && (!shown || self.browser.text(&format!("{LINK} .number")) == count.to_string())
        });
    }

    #[track_caller]
    fn passes(&self, inspector: &Inspector, page: &str) {
        let faults = inspector.inspect(self, page);
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

#[test]
fn a_message_is_pinned_in_its_place_and_found_from_the_header() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    bob.settles();
    ann.says("Sunday at eight");
    let id = ann.newest();
    bob.reads("Sunday at eight");
    ann.settles();
    bob.counts_pins(0);

    ann.chooses(id, "pin");
    for person in [&ann, &bob] {
        person.browser.wait_for_text(&format!("#m{id} .pin"), "Pinned by \u{2068}ann\u{2069}");
        person.counts_pins(1);
    }
    // Anyone in the room takes it back, and the list follows.
    let inspector = Inspector::new();
    ann.passes(&inspector, "a pinned message");
    ann.opens("/chat");
    ann.follows(LINK);
    ann.is_at("/chat/pins");
    ann.browser.wait_for_text(".pins .said", "Sunday at eight");
    ann.passes(&inspector, "the pinned messages");
    ann.settles();
    bob.chooses(id, "unpin");
    bob.counts_pins(0);
    ann.browser.wait_for_text("[data-fresh]", "No pinned messages yet");
    bob.browser.wait_until("no sign", || !bob.browser.exists(&format!("#m{id} .pin")));

    // What happened while one slept is there as one wakes.
    bob.browser.hide(true);
    let client = ann.client(&server);
    client.pins(id, true).expect(200);
    let other = client.say_at("/chat", "bring cake");
    client.pins(other, true).expect(200);
    client.clone().post(&format!("/messages/{other}/remove"), &[]).expect(303);
    bob.browser.hide(false);
    bob.counts_pins(1);
    bob.has_stayed();
    // The link of the list leads to the message's place, and the button unpins.
    ann.browser.wait_for_text(".pins .said", "Sunday at eight");
    ann.follows(".pins .pinning button");
    ann.is_at("/chat/pins");
    ann.browser.wait_for_text("main", "No pinned messages yet");
    bob.counts_pins(0);
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn without_scripts_a_message_is_pinned_on_its_page() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    ann.says("Sunday at eight");
    let id = ann.client(&server).messages_at("/chat")[0]["id"].as_u64().unwrap();
    ann.opens(&format!("/messages/{id}/about"));
    ann.follows("form.pinning button");
    ann.at_messages(|browser| browser.wait_for_text(&format!("#m{id} .pin"), "Pinned by"));
    ann.counts_pins(1);
    ann.follows(LINK);
    ann.browser.wait_for_text(".pins .said", "Sunday at eight");
    ann.follows(".pins .to");
    ann.at_messages(|browser| browser.wait_for_text(&format!("#m{id} .said"), "Sunday at eight"));
    ann.opens("/chat/pins");
    ann.follows(".pins .pinning button");
    ann.browser.wait_for_text("main", "No pinned messages yet");
}

#[test]
fn the_page_asks_before_many_are_told() {
    let Some((server, ann)) = Server::unlimited().with_browser("ann", true) else { return };
    ann.registers();
    for number in 1..=13 {
        server.member(&format!("guest{number}"));
    }
    ann.opens("/chat");
    ann.settles();
    ann.browser.type_text("#message", "@ro");
    ann.browser.wait_for_text("#names [role=option]", "room everyone here (13)");
    ann.browser.press("#message", "Enter");
    assert_eq!(ann.draft("message"), "@room ");
    ann.browser.type_text("#message", "tea?\n");
    ann.browser.wait_for_text(".asked p", "Notify 13 people?");
    assert_eq!(ann.draft("message"), "@room tea?");
    let inspector = Inspector::new();
    ann.passes(&inspector, "the question whether many are told");
    assert!(ann.client(&server).texts().is_empty());
    ann.browser.click(".asked button.quiet");
    ann.browser.wait_until("no question", || !ann.sees(".asked"));
    assert_eq!(ann.draft("message"), "@room tea?");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".asked p", "Notify 13 people?");
    ann.browser.click(".asked button:not(.quiet)");
    ann.has_nothing_left_to_send();
    ann.reads("@room tea?");
    assert_eq!(ann.browser.text("article:last-of-type .mention"), "@room");
    assert!(!ann.browser.exists("article.calls-me"), "one is not told of one's own");
    assert_eq!(ann.client(&server).texts(), ["@room tea?"]);
    ann.has_stayed();
}

#[test]
fn without_scripts_the_form_asks_before_many_are_told() {
    let Some((server, ann)) = Server::unlimited().with_browser_member("ann", false) else { return };
    for number in 1..=13 {
        server.member(&format!("guest{number}"));
    }
    ann.at_composer(|browser| {
        browser.type_text("#message", "@room tea?");
        browser.click("button.send");
        browser.wait_for_text(".fault", "This will notify 13 people. Press Send again to send it.");
        browser.click("button.send[name=tell]");
    });
    ann.reads("@room tea?");
}

#[test]
fn who_is_mentioned_with_all_sees_it() {
    let Some((server, bob)) = Server::open().with_browser("bob", true) else { return };
    let ann = server.member("ann");
    bob.registers();
    bob.settles();
    let id = ann.say_at("/chat", "@room tea?");
    bob.browser.wait_until("it to stand out", || bob.browser.exists(&format!("#m{id}.calls-me")));
    // Where it may not be, it is said beside the text.
    for number in 1..=19 {
        server.member(&format!("guest{number}"));
    }
    bob.browser.type_text("#message", "@room hello");
    bob.browser.wait_for_text(".outside", "Only owners can mention everyone in rooms of more than 20.");
}
