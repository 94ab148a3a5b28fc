//! What people do at the composer, with scripts and without: nothing they write is lost, and
//! nothing is said twice.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::house::House;
use crate::people::Person;

#[test]
fn writing_is_easy_and_loses_nothing() {
    writing(true);
}

#[test]
fn writing_is_easy_and_loses_nothing_without_scripts() {
    writing(false);
}

fn writing(scripts: bool) {
    let house = House::open();
    let Some(ann) = Person::arrives(&house, "ann", scripts) else { return };
    ann.registers();
    if scripts {
        enter_sends_and_shift_enter_breaks_the_line(&ann);
    } else {
        enter_breaks_the_line_and_the_button_sends(&ann);
    }
    the_newest_message_is_in_view_and_older_ones_are_a_link_away(&house, &ann);
    a_text_that_is_too_long_stays_in_the_form(&ann);
    sending_twice_says_it_once(&house, &ann);
    going_back_loses_nothing(&house, &ann);
    ann.has_a_quiet_console();
    a_session_that_ended_elsewhere_keeps_the_text(&house, &ann);
}

fn enter_sends_and_shift_enter_breaks_the_line(ann: &Person) {
    ann.browser.wait_for_text(".keys", "Enter sends");
    ann.writes_in("message");
    ann.browser.type_text(":focus", "first line");
    ann.browser.press(":focus", "Shift+Enter");
    ann.browser.type_text(":focus", "second line");
    ann.turns_page(|browser| browser.press(":focus", "Enter"));
    ann.reads("first line\nsecond line");
    ann.browser.wait_until("the keyboard in the composer", || ann.browser.exists("#message:focus"));
    ann.browser.type_text(":focus", "and on without a click\n");
    ann.reads("and on without a click");
}

fn enter_breaks_the_line_and_the_button_sends(ann: &Person) {
    assert_eq!(
        ann.browser.text("#message-hint"),
        "Up to 4000 characters.",
        "no word of keys that do not work"
    );
    ann.says("first line\nsecond line");
}

fn the_newest_message_is_in_view_and_older_ones_are_a_link_away(house: &House, ann: &Person) {
    let mut bob = house.member("bob");
    for n in 1..=60 {
        assert_eq!(bob.say(&format!("line {n} of 60")).status, 303);
    }
    ann.reloads();
    ann.sees_the_newest("line 60 of 60");
    ann.says("so many lines");
    ann.sees_the_newest("so many lines");

    ann.follows("a[rel=prev]");
    ann.browser.wait_for_text("#messages", "The conversation begins here.");
    ann.reads("first line\nsecond line");
    ann.sees_the_newest("line 11 of 60");
    ann.browser.wait_for_text(".elsewhere", "You are reading older messages.");
    ann.follows(".elsewhere a");
    ann.sees_the_newest("so many lines");
    assert_eq!(ann.browser.find_all("article").len(), 50);
}

fn a_text_that_is_too_long_stays_in_the_form(ann: &Person) {
    let long = format!("{}\n\n{}", "ab ".repeat(1000), "é".repeat(999));
    ann.writes(&long);
    ann.follows(".composer button");
    ann.is_told("A message has up to 4000 characters; this one has 4001.");
    assert_eq!(ann.draft("message"), long);
    ann.browser.press("#message", "Control+End");
    ann.browser.press("#message", "Backspace");
    ann.follows(".composer button");
    ann.reads(&"é".repeat(998));
    assert_eq!(ann.draft("message"), "");
}

fn sending_twice_says_it_once(house: &House, ann: &Person) {
    ann.writes("only once");
    let button = middle_of(&ann.browser, ".composer button");
    ann.turns_page(|browser| {
        // The first is still under way when the second click comes.
        house.appending.shut();
        clicks_at(browser, &button);
        house.appending.wait_for_held(1);
        clicks_at(browser, &button);
        house.appending.release();
    });
    ann.reads("only once");
    ann.reloads();
    ann.reloads();
    ann.has_said(house, "only once", 1);
}

fn going_back_loses_nothing(house: &House, ann: &Person) {
    ann.says("before going back");
    ann.turns_page(Browser::back);
    // A page out of the back/forward cache reloads itself, where it may.
    ann.browser.find(".composer button:enabled");
    ann.browser.clear("#message");
    ann.browser.type_text("#message", "after going back");
    ann.follows(".composer button");
    if ann.browser.exists("#message-fault") {
        ann.is_told("Send once more");
        assert_eq!(ann.draft("message"), "after going back");
        ann.follows(".composer button");
    }
    ann.reads("after going back");
    ann.reloads();
    ann.has_said(house, "before going back", 1);
    ann.has_said(house, "after going back", 1);
}

fn a_session_that_ended_elsewhere_keeps_the_text(house: &House, ann: &Person) {
    let text = "a long thought\n<b>with care</b>";
    ann.writes(text);
    assert_eq!(ann.client(house).post("/logout", &[]).status, 303);
    ann.follows(".composer button");
    ann.is_told("You are signed out. Sign in to go on.");
    assert_eq!(ann.browser.property("#unsent", "value"), text);
    let mut bob = house.visitor();
    bob.login("bob", crate::house::PASSWORD);
    assert!(!bob.texts().contains(&text.to_owned()), "it was not posted for her");
}

impl Person {
    /// Puts a text into the composer at once, as by pasting.
    #[track_caller]
    fn writes(&self, text: &str) {
        self.browser.find("#message");
        self.browser.execute("document.querySelector('#message').value = arguments[0]", &json!([text]));
    }

    /// The last message stands above the composer, and nobody had to scroll.
    #[track_caller]
    fn sees_the_newest(&self, text: &str) {
        assert_eq!(self.browser.text("article:last-of-type p"), text);
        let geometry = self.browser.execute(
            "const [log, last, composer] = ['[role=log]', 'article:last-of-type', '.composer']
                .map(css => document.querySelector(css).getBoundingClientRect());
             return last.height > 0 && last.top >= log.top && last.bottom <= log.bottom
                && log.bottom <= composer.top && composer.bottom <= innerHeight
                && document.scrollingElement.scrollTop === 0",
            &json!([]),
        );
        assert_eq!(geometry, true, "the newest message is in view");
    }

    #[track_caller]
    fn has_said(&self, house: &House, text: &str, times: usize) {
        let texts = self.client(house).texts();
        assert_eq!(texts.iter().filter(|said| *said == text).count(), times, "{text:?} in {texts:?}");
    }
}

fn middle_of(browser: &Browser, css: &str) -> Value {
    browser.execute(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();
         return [box.x + box.width / 2, box.y + box.height / 2]",
        &json!([css]),
    )
}

/// A click of the mouse, on whatever is there, that waits for nothing.
fn clicks_at(browser: &Browser, place: &Value) {
    for kind in ["mousePressed", "mouseReleased"] {
        browser.cdp(
            "Input.dispatchMouseEvent",
            &json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 }),
        );
    }
}
