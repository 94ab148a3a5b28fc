//! What one wrote where one cannot write any more, or for a message that is gone: nothing of it is lost.

use crate::prelude::*;

const BOX: &str = ".unsent textarea";

impl BrowserUser {
    /// What the page shows that was not sent.
    #[track_caller]
    fn has_not_sent(&self, text: &str) {
        self.browser.wait_until(text, || self.browser.property(BOX, "value") == text);
    }

    #[track_caller]
    fn has_nothing_unsent(&self) {
        self.settles();
        assert!(!self.browser.exists(".unsent"));
    }
}

#[test]
fn an_edit_whose_message_is_gone_is_in_the_composer_after_a_reload() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    ann.says("and then");
    let (phone, id) = (ann.client(&server), ann.newest());
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", in more words");
    ann.browser.type_text("#message", "begun");
    phone.remove_message(id);
    ann.browser.wait_until("word of it", || ann.browser.exists(&format!("#m{id}[data-gone]")));
    ann.reloads();
    ann.browser.wait_until("the text", || ann.draft("message") == "and then, in more words\nbegun");
    ann.is_told("This message doesn't exist.");
    ann.sends();
    ann.reads("and then, in more words\nbegun");
    ann.has_nothing_left_to_send();
    ann.reloads();
    ann.settles();
    assert_eq!(ann.draft("message"), "");
    assert!(!ann.keeps("in more words"));
    ann.has_a_quiet_console();
}

#[test]
fn where_a_conversation_is_over_what_was_written_stays_to_be_copied() {
    let (server, [ann, _]) = Server::open().with_members(["ann", "carl"]);
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    bob.registers();
    let phone = bob.client(&server);
    let id = phone.say_at("/people/carl", "at first");
    bob.opens("/people/carl");
    bob.browser.type_text("#message", "half a thought");
    ann.clone().post("/people/carl/remove", &[]).expect(303);
    bob.reloads();
    bob.has_not_sent("half a thought");
    // An edit goes on there, and its message may be gone.
    bob.takes(id, "edit");
    bob.browser.type_text(&BrowserUser::field(id), ", too late");
    phone.remove_message(id);
    bob.browser.press(&BrowserUser::field(id), "Enter");
    bob.has_not_sent("at first, too late\nhalf a thought");
    bob.browser.wait_for_text(".unsent [role=alert]", "This message doesn't exist.");
    assert!(bob.browser.exists(&format!("{BOX}:focus")));
    bob.reloads();
    bob.has_not_sent("at first, too late\nhalf a thought");
    let faults = Inspector::new().inspect(&bob, "an unsent text");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    bob.browser.resize(1280, 800, false);
    bob.browser.click(".unsent button");
    bob.browser.wait_for_text(".unsent button", "Copied");
    bob.opens("/chat");
    assert_eq!(bob.pastes(), "at first, too late\nhalf a thought");
    bob.opens("/people/carl");
    bob.has_nothing_unsent();
    bob.has_a_quiet_console();
}

#[test]
fn what_was_written_for_a_room_that_one_left_elsewhere_is_shown_where_it_was() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut phone = ann.client(&server);
    let bob = server.member("bob");
    let [garden, attic] =
        [("Garden", true), ("Attic", false)].map(|(name, open)| phone.open_room_called(name, open));
    for room in [&garden, &attic] {
        phone.post(&format!("{room}/add"), &[("username", "bob")]).expect(303);
        bob.clone().post(&format!("{room}/join"), &[]).expect(303);
        ann.opens(room);
        ann.settles();
        ann.browser.type_text("#message", "half a thought");
        ann.turns_page(|_| assert_eq!(phone.clone().post(&format!("{room}/leave"), &[]).status, 303));
        ann.is_at(room);
        ann.has_not_sent("half a thought");
    }
    // Nothing is shown of the private one beside it.
    ann.browser.wait_for_text("main", "Not found");
    ann.browser.execute("document.querySelectorAll('.unsent button')[1].click()", &json!([]));
    assert!(!ann.browser.exists(".unsent"));
    ann.reloads();
    ann.browser.wait_for_text("main", "Not found");
    assert!(!ann.browser.exists(".unsent"));
    // Who comes back goes on.
    ann.opens(&garden);
    ann.has_not_sent("half a thought");
    ann.follows("form.join button");
    ann.browser.wait_until("the draft", || ann.draft("message") == "half a thought");
    ann.has_nothing_unsent();
    // With nothing left behind, one is where the others are.
    ann.browser.press("#message", "Control+a");
    ann.browser.press("#message", "Backspace");
    ann.turns_page(|_| assert_eq!(phone.clone().post(&format!("{garden}/leave"), &[]).status, 303));
    ann.is_at("/chat");
}
