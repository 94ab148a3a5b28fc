//! Reactions in the browser: one click, no page load, at once for everyone, and by forms alone.

use crate::prelude::*;

fn pill(id: u64, emoji: &str) -> String {
    format!("#m{id} form:has([value='{emoji}']) .pill")
}

impl BrowserUser {
    /// Sees so many reactions with an emoji, and whether one's own is among them.
    #[track_caller]
    fn counts_pills(&self, id: u64, emoji: &str, count: u64, own: bool) {
        let css = format!("{}[aria-pressed='{own}'] .tally", pill(id, emoji));
        self.at_messages(|browser| browser.wait_for_text(&css, &count.to_string()));
    }

    #[track_caller]
    fn has_no_pill(&self, id: u64, emoji: &str) {
        self.at_messages(|browser| {
            browser.wait_until("no pill", || {
                !browser.exists(&format!("#m{id} form:not([hidden]):has([value='{emoji}'])"))
            });
        });
    }

    fn is_on_pill(&self, id: u64, emoji: &str) -> bool {
        self.browser.exists(&format!("{}:focus", pill(id, emoji)))
    }

    /// Chooses one of the few from the toolbar.
    #[track_caller]
    fn reacts_with(&self, id: u64, emoji: &str) {
        self.takes(id, "react");
        self.browser.click(&format!(".react-menu [data-emoji='{emoji}']"));
    }
}

#[test]
fn one_click_reacts_for_all_to_see_and_another_takes_it_back() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    let Some(cai) = BrowserUser::arrives(&server, "cai", false) else { return };
    for person in [&ann, &bob, &cai] {
        person.registers();
    }
    ann.settles();
    bob.settles();
    ann.says("Shall we meet on Friday?");
    bob.reads("Shall we meet on Friday?");
    let id = ann.newest();
    bob.reacts_with(id, "👍");
    bob.counts_pills(id, "👍", 1, true);
    for person in [&ann, &cai] {
        person.counts_pills(id, "👍", 1, false);
    }
    ann.browser.click(&pill(id, "👍"));
    ann.counts_pills(id, "👍", 2, true);
    bob.counts_pills(id, "👍", 2, true);
    bob.browser.wait_until("the names", || {
        bob.browser.attribute(&pill(id, "👍"), "aria-label").is_some_and(|name| name.contains("thumbs up, 2"))
    });
    // Without scripts, by the form; and the page is the frame's own.
    cai.turns_page(|browser| {
        // The frame loaded itself anew.
        browser.frame("iframe.messages");
        browser.click(&pill(id, "👍"));
        browser.top_frame();
    });
    assert!(cai.path().ends_with(&format!("#m{id}")), "{}", cai.path());
    cai.counts_pills(id, "👍", 3, true);
    for person in [&ann, &bob] {
        person.counts_pills(id, "👍", 3, true);
    }
    for person in [&ann, &bob] {
        person.browser.click(&pill(id, "👍"));
    }
    for person in [&ann, &bob] {
        person.counts_pills(id, "👍", 1, false);
        person.has_stayed();
        person.has_a_quiet_console();
    }
    cai.counts_pills(id, "👍", 1, true);
    assert_eq!(ann.client(&server).reactions(id).len(), 1);
}

#[test]
fn a_double_click_counts_once_and_many_clicks_end_as_they_look() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.says("hello");
    let id = ann.newest();
    bob.reacts(id, "🎉", true).expect(200);
    ann.counts_pills(id, "🎉", 1, false);
    let place = ann.box_of(&pill(id, "🎉"));
    let (x, y) = (place.left + 8.0, f64::midpoint(place.top, place.bottom));
    for count in 1..=2 {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": count });
            ann.browser.cdp("Input.dispatchMouseEvent", &event);
        }
    }
    ann.counts_pills(id, "🎉", 2, true);
    wait_until("both are counted", || {
        bob.reactions(id) == [("🎉".to_owned(), vec!["bob".to_owned(), "ann".to_owned()])]
    });
    // An odd number.
    ann.browser.execute(
        "for (let n = 0; n < 7; n += 1) document.querySelector(arguments[0]).click()",
        &json!([pill(id, "🎉")]),
    );
    ann.counts_pills(id, "🎉", 1, false);
    wait_until("one is left", || bob.reactions(id) == [("🎉".to_owned(), vec!["bob".to_owned()])]);
    ann.counts_pills(id, "🎉", 1, false);
}

#[test]
fn where_it_fails_the_pill_is_as_it_was_and_says_why() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.says("hello");
    let id = ann.newest();
    bob.reacts(id, "🎉", true).expect(200);
    ann.counts_pills(id, "🎉", 1, false);
    ann.browser.offline(true);
    ann.browser.click(&pill(id, "🎉"));
    ann.browser.wait_for_text(".told", "Not changed: the chat can't be reached. Try again.");
    ann.counts_pills(id, "🎉", 1, false);
    ann.reacts_with(id, "😮");
    ann.has_no_pill(id, "😮");
    ann.browser.offline(false);
    ann.browser.click(&pill(id, "🎉"));
    ann.counts_pills(id, "🎉", 2, true);
    wait_until("it is kept", || bob.reactions(id)[0].1.len() == 2);
}

#[test]
fn the_keyboard_and_what_is_typed_stay_where_they_are_while_others_react() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.settles();
    ann.says("hello");
    let id = ann.newest();
    bob.reacts(id, "👍", true).expect(200);
    ann.counts_pills(id, "👍", 1, false);
    ann.browser.execute("document.querySelector(arguments[0]).focus()", &json!([pill(id, "👍")]));
    Keyboard(&ann.browser).press("Space");
    ann.counts_pills(id, "👍", 2, true);
    bob.reacts(id, "😂", true).expect(200);
    ann.counts_pills(id, "😂", 1, false);
    assert!(ann.is_on_pill(id, "👍"));
    // Edited by its author elsewhere: another article stands there.
    ann.client(&server).edit_message(id, "hello again");
    ann.reads("hello again");
    assert!(ann.is_on_pill(id, "👍"));
    // Nor does a menu close, or an edit end.
    ann.browser.click(&format!("#m{id} .more"));
    bob.reacts(id, "🎉", true).expect(200);
    ann.counts_pills(id, "🎉", 1, false);
    ann.browser.click(".actions [data-action=edit]");
    ann.browser.type_text(&BrowserUser::field(id), " and again");
    bob.reacts(id, "🙏", true).expect(200);
    ann.counts_pills(id, "🙏", 1, false);
    assert!(ann.browser.exists(&format!("{}:focus", BrowserUser::field(id))));
    assert_eq!(ann.browser.property(&BrowserUser::field(id), "value"), "hello again and again");
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.reads("hello again and again");
    // What goes while the keyboard is on it leaves it to the next one.
    ann.browser.execute("document.querySelector(arguments[0]).focus()", &json!([pill(id, "😂")]));
    bob.reacts(id, "😂", false).expect(200);
    ann.has_no_pill(id, "😂");
    assert!(ann.browser.exists(&format!("#m{id} .pill:focus")));
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn any_emoji_is_found_in_the_picker_by_the_keyboard_alone() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.settles();
    ann.says("hello");
    let id = ann.newest();
    let keyboard = Keyboard(&ann.browser);
    let more = format!("#m{id} .more");
    keyboard.tabs_back_to(&more);
    keyboard.press("Enter");
    ann.browser.wait_until("a menu", || ann.browser.exists("[data-action=reply]:focus"));
    keyboard.press("ArrowUp");
    keyboard.press("ArrowLeft");
    keyboard.press("Enter");
    ann.browser.wait_until("the picker", || ann.browser.exists("#emoji-picker input:focus"));
    keyboard.types("rocket");
    ann.browser.wait_for_text("#emoji-picker .name", "rocket");
    keyboard.press("Enter");
    ann.counts_pills(id, "🚀", 1, true);
    assert!(ann.browser.exists(&format!("{more}:focus")));
    // From the end of the row as well; and Escape leads back.
    ann.browser.execute("document.querySelector(arguments[0]).focus()", &json!([format!("#m{id} .add")]));
    keyboard.press("Enter");
    ann.browser.wait_until("the picker", || ann.browser.exists("#emoji-picker input:focus"));
    keyboard.press("Escape");
    ann.browser.wait_until("the way back", || ann.browser.exists(&format!("#m{id} .add:focus")));
    // And one of the few, from the menu.
    ann.browser.click(&more);
    ann.browser.click(".actions [data-emoji='🙏']");
    ann.counts_pills(id, "🙏", 1, true);
    ann.browser.click(&more);
    ann.browser.find(".actions [data-emoji='🙏'][aria-checked='true']");
    keyboard.press("Escape");
    wait_until("both", || bob.reactions(id).len() == 2);
    // The composer is as it was.
    assert_eq!(ann.browser.property("#message", "value"), "");
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn on_a_phone_a_long_press_says_who_it_was_and_all_is_as_wide_as_a_finger() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let [bob, cai] = server.members(["bob", "cai"]);
    let id = bob.say_at("/chat", "on a phone");
    for emoji in ["👍", "🎉", "😂", "😮", "🙏", "🚀", "🔥", "👀"] {
        bob.reacts(id, emoji, true).expect(200);
    }
    cai.reacts(id, "👍", true).expect(200);
    ann.browser.resize(360, 740, true);
    ann.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    ann.reloads();
    ann.settles();
    ann.counts_pills(id, "👍", 2, false);
    for css in [pill(id, "👍"), format!("#m{id} .add")] {
        let size = ann.box_of(&css);
        assert!(size.bottom - size.top >= 44.0 && size.right - size.left >= 44.0, "{css}: {size:?}");
        assert!(size.right <= 360.0, "{css}: {size:?}");
    }
    let place = ann.box_of(&pill(id, "👍"));
    let point = json!([{ "x": place.left + 20.0, "y": f64::midpoint(place.top, place.bottom) }]);
    ann.browser.cdp("Input.dispatchTouchEvent", &json!({ "type": "touchStart", "touchPoints": point }));
    ann.browser.wait_for_text(".who-reacted", "bob");
    ann.browser.cdp("Input.dispatchTouchEvent", &json!({ "type": "touchEnd", "touchPoints": [] }));
    let named = ann.browser.text(".who-reacted").replace(['\u{2068}', '\u{2069}'], "");
    assert_eq!(named, "👍 bob and cai");
    ann.counts_pills(id, "👍", 2, false);
    ann.browser.click(&pill(id, "👍"));
    ann.counts_pills(id, "👍", 3, true);
    ann.browser.click(&format!("#m{id} .more"));
    let size = ann.box_of(".actions [data-emoji='👍']");
    assert!(size.bottom - size.top >= 44.0 && size.right - size.left >= 44.0, "{size:?}");
    ann.browser.click(".actions [data-emoji='🎉']");
    ann.counts_pills(id, "🎉", 2, true);
    let inspector = crate::support::Inspector::new();
    let mut faults = inspector.inspect(&ann, "reactions");
    let about = format!("/messages/{id}/about");
    ann.opens(&about);
    faults.extend(inspector.inspect(&ann, &about));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn without_scripts_the_page_of_a_message_has_the_few_any_other_and_who_it_was() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let bob = server.member("bob");
    let id = bob.say_at("/chat", "hello");
    bob.reacts(id, "😂", true).expect(200);
    let about = format!("/messages/{id}/about");
    ann.opens(&about);
    ann.browser.wait_for_text(".reactors", "bob");
    ann.follows(".react form:has([value='👍']) button");
    ann.counts_pills(id, "👍", 1, true);
    ann.opens(&about);
    ann.follows(".react form:has([value='👍']) button[aria-pressed='true']");
    ann.has_no_pill(id, "👍");
    ann.opens(&about);
    ann.browser.execute("document.querySelector('#react-emoji').value = '🦊'", &json!([]));
    ann.follows(".react form.any button");
    ann.counts_pills(id, "🦊", 1, true);
    ann.opens(&about);
    ann.browser.execute("document.querySelector('#react-emoji').value = 'fox'", &json!([]));
    ann.follows(".react form.any button");
    ann.browser.wait_for_text("#react-fault", "This is not one emoji.");
}

#[test]
fn who_was_away_sees_the_reactions_of_now() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let id = bob.say_at("/chat", "hello");
    bob.reacts(id, "👍", true).expect(200);
    ann.counts_pills(id, "👍", 1, false);
    ann.settles();
    ann.browser.offline(true);
    bob.reacts(id, "👍", false).expect(200);
    bob.reacts(id, "🎉", true).expect(200);
    ann.browser.offline(false);
    ann.counts_pills(id, "🎉", 1, false);
    ann.has_no_pill(id, "👍");
    ann.has_stayed();
}

#[test]
fn who_previews_a_room_sees_what_others_think_and_has_nothing_to_press() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let room = bob.open_room(true);
    let path = format!("/rooms/{room}");
    let id = bob.say_at(&path, "hello");
    bob.reacts(id, "👍", true).expect(200);
    ann.opens(&path);
    bob.reacts(id, "🎉", true).expect(200);
    ann.counts_pills(id, "🎉", 1, false);
    assert!(!ann.browser.exists(&format!("#m{id} .pill:not(:disabled)")));
    ann.points_at(&format!("#m{id} .text"));
    ann.browser.find(&format!("#m{id} .toolbar"));
    assert!(!ann.browser.exists(".toolbar [data-action=react]:not([hidden])"));
}
