//! What people do at the composer, with scripts and without: nothing they write is lost, and
//! nothing is said twice.

use crate::prelude::*;

#[test]
fn writing_is_easy_and_loses_nothing() {
    writing(true);
}

#[test]
fn writing_is_easy_and_loses_nothing_without_scripts() {
    writing(false);
}

fn writing(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser_member("ann", scripts) else { return };
    if scripts {
        enter_sends_and_shift_enter_breaks_the_line(&ann);
    } else {
        enter_breaks_the_line_and_the_button_sends(&ann);
    }
    the_newest_message_is_in_view_and_older_ones_are_a_link_away(&server, &ann, scripts);
    a_text_that_is_too_long_stays_in_the_form(&ann);
    sending_twice_says_it_once(&server, &ann);
    if scripts {
        leaving_and_going_back_loses_nothing(&server, &ann);
        ann.has_a_quiet_console();
        a_session_that_ended_elsewhere_is_said_and_keeps_the_text(&server, &ann);
    } else {
        going_back_in_the_composer_loses_nothing(&server, &ann);
        ann.has_a_quiet_console();
        a_session_that_ended_elsewhere_keeps_the_text(&server, &ann);
    }
}

fn enter_sends_and_shift_enter_breaks_the_line(ann: &BrowserUser) {
    ann.browser.wait_for_text(".keys", "Enter to send");
    ann.writes_in("message");
    ann.browser.type_text(":focus", "first line");
    ann.browser.press(":focus", "Shift+Enter");
    ann.browser.type_text(":focus", "second line");
    ann.browser.press(":focus", "Enter");
    ann.reads("first line\nsecond line");
    ann.has_nothing_left_to_send();
    ann.writes_in("message");
    ann.enters("and on without a click");
    ann.reads("and on without a click");
    ann.browser.type_text(":focus", "by the button");
    ann.sends();
    ann.reads("by the button");
    ann.has_nothing_left_to_send();
    ann.writes_in("message");
}

fn enter_breaks_the_line_and_the_button_sends(ann: &BrowserUser) {
    let hint = ann.at_composer(|browser| browser.text("#message-hint"));
    assert_eq!(hint, "Up to 4,000 characters.", "no word of keys that do not work");
    ann.says("first line\nsecond line");
    ann.at_composer(|browser| {
        browser.find("#message:focus");
    });
    ann.says("and on without a click");
    ann.says("by the button");
}

fn the_newest_message_is_in_view_and_older_ones_are_a_link_away(
    server: &Server,
    ann: &BrowserUser,
    scripts: bool,
) {
    let mut bob = server.member("bob");
    for n in 1..=60 {
        bob.say(&format!("line {n} of 60")).expect(303);
    }
    ann.sees_the_newest("line 60 of 60");
    if scripts {
        let phone = ann.client(server);
        wait_until("all of it to be read", || phone.unread_in_chat() == 0);
        ann.reloads();
    } else {
        // Nothing tells the server what was on the screen: one would land at what is new.
        ann.opens("/chat?latest");
    }
    ann.sees_the_newest("line 60 of 60");
    ann.says("so many lines");
    ann.sees_the_newest("so many lines");

    ann.pages_back();
    ann.browser.wait_for_text("#messages", "This is the start of General");
    ann.reads("first line\nsecond line");
    ann.sees_the_newest("line 10 of 60");
    ann.browser.wait_for_text(".latest", "Jump to latest");
    if scripts {
        ann.browser.click(".latest");
    } else {
        ann.follows(".latest");
    }
    ann.sees_the_newest("so many lines");
    assert_eq!(ann.at_messages(|browser| browser.find_all("article").len()), 50);
}

fn a_text_that_is_too_long_stays_in_the_form(ann: &BrowserUser) {
    let long = format!("{}\n\n{}", "ab ".repeat(1000), "é".repeat(999));
    ann.writes(&long);
    ann.sends();
    ann.is_told("This message is too long (4,001 of 4,000 characters).");
    assert_eq!(ann.draft("message"), long);
    ann.at_composer(|browser| {
        browser.press("#message", "Control+End");
        browser.press("#message", "Backspace");
    });
    ann.sends();
    ann.reads(&"é".repeat(998));
    ann.has_nothing_left_to_send();
    assert!(!ann.at_composer(|browser| browser.exists("[role=alert]:not([hidden])")), "no complaint is left");
}

fn sending_twice_says_it_once(server: &Server, ann: &BrowserUser) {
    ann.writes("only once");
    let button = ann.place_of(".composer button:not([type])");
    // The first is still under way when the second click comes.
    server.appending.shut();
    ann.browser.wait_until("the first to be under way", || {
        // A frame that has just been loaded may take no click yet.
        clicks_at(&ann.browser, &button);
        server.appending.held() > 0
    });
    clicks_at(&ann.browser, &button);
    server.appending.release();
    ann.reads("only once");
    ann.has_nothing_left_to_send();
    ann.reloads();
    ann.reloads();
    ann.has_said(server, "only once", 1);
}

fn leaving_and_going_back_loses_nothing(server: &Server, ann: &BrowserUser) {
    ann.says("before going back");
    ann.browser.type_text("#message", "not finished");
    ann.pages_back();
    ann.turns_page(Browser::back);
    ann.browser.wait_until("the draft", || ann.draft("message") == "not finished");
    ann.browser.type_text("#message", ", now it is");
    ann.sends();
    ann.reads("not finished, now it is");
    ann.has_nothing_left_to_send();
    ann.reloads();
    ann.has_nothing_left_to_send();
    ann.has_said(server, "before going back", 1);
    ann.has_said(server, "not finished, now it is", 1);
}

fn going_back_in_the_composer_loses_nothing(server: &Server, ann: &BrowserUser) {
    ann.says("before going back");
    ann.at_composer(|browser| {
        browser.execute("document.documentElement.dataset.left = 'left'", &json!([]));
        browser.back();
        browser.find("html:not([data-left]) .composer button:not([type])");
    });
    ann.says("after going back");
    ann.reloads();
    ann.has_said(server, "before going back", 1);
    ann.has_said(server, "after going back", 1);
}

const THOUGHT: &str = "a long thought\n<b>with care</b>";

fn a_session_that_ended_elsewhere_is_said_and_keeps_the_text(server: &Server, ann: &BrowserUser) {
    ann.browser.type_text("#message", "a long");
    ann.browser.press("#message", "Shift+Enter");
    ann.browser.type_text("#message", "thought");
    ann.client(server).post("/logout", &[]).expect(303);
    ann.browser.wait_for_text("[role=status]", "You are signed out.");
    ann.sends();
    assert_eq!(ann.draft("message"), "a long\nthought");
    ann.follows("[role=status] a");
    ann.submits(&[("username", "ann"), ("password", PASSWORD)]);
    ann.is_at("/chat");
    assert_eq!(ann.draft("message"), "a long\nthought");
    ann.has_said(server, "a long\nthought", 0);
    ann.sends();
    ann.reads("a long\nthought");
}

fn a_session_that_ended_elsewhere_keeps_the_text(server: &Server, ann: &BrowserUser) {
    ann.writes(THOUGHT);
    ann.client(server).post("/logout", &[]).expect(303);
    ann.sends();
    ann.is_told("You are signed out.");
    let kept = ann.at_composer(|browser| browser.property("textarea", "value"));
    assert_eq!(kept, THOUGHT);
    let mut bob = server.visitor();
    bob.login("bob", PASSWORD);
    assert!(!bob.texts().contains(&THOUGHT.to_owned()), "it was not posted for her");
}

impl BrowserUser {
    #[track_caller]
    fn place_of(&self, css: &str) -> Value {
        let place = self.box_of(css);
        json!([f64::midpoint(place.left, place.right), f64::midpoint(place.top, place.bottom)])
    }
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
