//! Text as it is typed: emoji by their names and from the picker, and links that stay in the chat.

use crate::prelude::*;

/// Types at the composer, where there is nothing yet; what stands there then.
fn typed(ann: &BrowserUser, text: &str) -> String {
    ann.browser.clear("#message");
    ann.browser.type_text("#message", text);
    ann.draft("message")
}

#[test]
fn a_name_between_colons_becomes_its_emoji_while_it_is_typed() {
    let Some((mut server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.browser.type_text("#message", "well done :tada");
    ann.browser.type_text("#message", ":");
    ann.browser.wait_until("the emoji", || ann.draft("message") == "well done 🎉");
    ann.browser.press("#message", "Control+z");
    ann.browser.wait_until("what was typed", || ann.draft("message") == "well done :tada:");
    for (text, becomes) in [
        (":+1:", "👍"),
        ("(:smile:", "(😄"),
        (":nothing-of-that-name:", ":nothing-of-that-name:"),
        ("at 12:100:", "at 12:100:"),
        ("`:smile:", "`:smile:"),
    ] {
        ann.browser.wait_until(becomes, || typed(&ann, text) == becomes);
    }
    ann.browser.clear("#message");
    ann.browser.type_text("#message", ":heart: :tada:");
    ann.browser.wait_until("the emoji", || ann.draft("message") == "❤\u{FE0F} 🎉");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".said .large", "🎉");
    // Programs say what they mean.
    let mut bob = server.member("bob");
    bob.say(":smile:").expect(303);
    ann.reads(":smile:");
    ann.browser.wait_for_text("article:last-of-type .said", ":smile:");
    assert_eq!(ann.browser.find_all(".said .large").len(), 1);
    server.restarts(|| {});
    ann.has_a_quiet_console();
}

#[test]
fn the_picker_needs_no_mouse_and_no_time() {
    let Some((_server, ann)) = Server::open().with_browser("ann", true) else { return };
    let (inspector, mut faults) = (Inspector::new(), Vec::new());
    ann.registers();
    ann.browser.type_text("#message", "hello ");
    let keyboard = Keyboard(&ann.browser);
    keyboard.tabs_to("button.clip");
    keyboard.tabs_to("button.emoji");
    keyboard.press("Enter");
    keyboard.is_on("#emoji-picker input");
    let of = |what: &str| format!("#emoji-picker [role=option]{what}");
    let chosen = of("[aria-selected=true]");
    ann.browser.wait_for_text(&chosen, "😀");
    assert!(ann.browser.find_all(&of("")).len() > 1_800);
    keyboard.press("ArrowRight");
    ann.browser.wait_for_text(&chosen, "😃");
    keyboard.press("ArrowDown");
    keyboard.press("ArrowUp");
    ann.browser.wait_for_text(&chosen, "😃");
    keyboard.types("party pop");
    ann.browser.wait_for_text(&chosen, "🎉");
    ann.browser.wait_for_text("#emoji-picker .name", "party popper · :tada:");
    assert_eq!(ann.browser.find_all(&of(":not([hidden])")).len(), 1);
    faults.extend(inspector.inspect(&ann, "the emoji picker"));
    ann.browser.resize(1280, 800, false);
    keyboard.press("Enter");
    keyboard.is_on("#message");
    assert_eq!(ann.draft("message"), "hello 🎉");

    // By its code, before what only has it in its name.
    // On touch, the keyboard stays away until it is asked for.
    ann.browser.click("button.emoji");
    ann.browser.type_text("#emoji-picker input", "fire");
    ann.browser.wait_for_text(&chosen, "🔥");
    ann.browser.clear("#emoji-picker input");
    ann.browser.type_text("#emoji-picker input", "no such picture");
    ann.browser.wait_for_text("#emoji-picker .none", "No emoji found");
    faults.extend(inspector.inspect(&ann, "an emoji picker without any"));
    ann.browser.resize(1280, 800, false);
    keyboard.press("Escape");
    assert!(!ann.browser.exists("#emoji-picker:popover-open"));
    assert_eq!(ann.draft("message"), "hello 🎉");

    ann.browser.click("button.emoji");
    ann.browser.wait_for_text(&chosen, "😀");
    ann.browser.click(&of("[aria-label='thumbs up']"));
    assert_eq!(ann.draft("message"), "hello 🎉👍");
    ann.browser.press("#message", "Enter");
    ann.reads("hello 🎉👍");
    let loads = "return performance.getEntriesByType('resource').filter(({ name }) => name.includes('emoji.txt')).length";
    assert_eq!(ann.browser.execute(loads, &json!([])), Value::from(1), "the list comes once");
    assert_eq!(faults, Vec::<String>::new());
    ann.has_a_quiet_console();
}

#[test]
fn the_picker_is_within_the_window_at_any_size() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let lies_within = |width: u32, height: u32| {
        let picker = ann.box_of("#emoji-picker");
        let inside = picker.left >= 0.0 && picker.right <= f64::from(width) && picker.top >= 0.0;
        assert!(inside && picker.bottom <= f64::from(height), "{picker:?} in {width}x{height}");
    };
    for (width, height) in [(320, 568), (360, 740), (500, 740), (768, 1024), (1280, 800)] {
        ann.browser.resize(width, height, width < 768);
        ann.browser.click("button.emoji");
        ann.browser.wait_for_text("#emoji-picker [role=option]", "😀");
        lies_within(width, height);
        // The keyboard of a phone takes half of it.
        ann.browser.resize(width, height / 2, width < 768);
        lies_within(width, height / 2);
        ann.browser.press("#emoji-picker input", "Escape");
    }
    ann.has_a_quiet_console();
}

#[test]
fn links_into_the_chat_stay_in_their_tab() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    bob.say(&format!("look at {}", server.url("/people"))).expect(303);
    ann.browser.wait_for_text(".said a", "/people");
    assert_eq!(ann.browser.attribute(".said a", "rel").unwrap(), "noopener noreferrer nofollow ugc");
    ann.turns_page(|browser| browser.click(".said a"));
    ann.is_at("/people");
    assert_eq!(ann.browser.handles().len(), 1);
    ann.opens("/chat");
    // Nobody answers there, and it opens all the same.
    bob.say("or at http://127.0.0.1:1/people").expect(303);
    ann.reads("or at");
    ann.browser.click("article:last-of-type .said a");
    ann.browser.wait_until("another tab", || ann.browser.handles().len() == 2);
    ann.is_at("/chat");
}
