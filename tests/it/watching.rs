//! The live room where scripts run: what is said shows at once, in order and exactly once, and
//! neither a broken line nor a hidden tab nor a refusal loses anything.

use crate::prelude::*;

/// "Within a second or so", on a busy machine; a line that was only found dead would take 40.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn two_people_see_what_the_other_does_as_it_happens() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    ann.settles();
    bob.registers();
    bob.settles();
    ann.browser.wait_for_text(".here", "Online: ann, bob");
    bob.browser.wait_for_text(".here", "Online: ann, bob");

    bob.browser.type_text("#message", "h");
    ann.browser.wait_for_text(".typing", "bob is typing…");
    assert_eq!(bob.browser.text(".typing"), "", "he knows that himself");
    // Enter twice.
    bob.browser.type_text("#message", "ello\n\n");
    ann.reads("hello");
    ann.browser.wait_until("bob to type no more", || ann.browser.text(".typing").is_empty());
    ann.says("good morning");
    bob.reads("good morning");
    bob.has_said(&server, "hello", 1);

    let others = ["cyd", "dee", "eve"].map(|name| server.member(name));
    thread::scope(|scope| {
        for mut other in others.clone() {
            scope.spawn(move || {
                for n in 0..20 {
                    other.say(&format!("{n}")).expect(303);
                }
            });
        }
        ann.says("in between");
        bob.says("so do I");
    });
    ann.has_heard_all_of(&others[0]);
    bob.has_heard_all_of(&others[0]);
    ann.has_stayed();
    bob.has_stayed();
    bob.signs_out();
    ann.browser.wait_until("bob to be gone", || ann.browser.text(".here") == "Online: ann");
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn a_reader_further_up_is_not_disturbed_and_a_hidden_tab_counts() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let mut bob = server.member("bob");
    bob.say_lines(60);
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": HASTE }));
    ann.registers();
    ann.sees_the_newest("line 60\nof 60");
    reading_above(&ann, &mut bob);
    a_draft_outlives_a_reload(&ann);
    ann.settles();
    hidden(&ann, &mut bob);
    ann.has_stayed();
    ann.has_a_quiet_console();
}

fn reading_above(ann: &BrowserUser, bob: &mut Client) {
    let read = ann.browser.execute(
        "const log = document.querySelector('.log'), box = log.getBoundingClientRect();
         log.scrollTop = -900;
         return [...log.querySelectorAll('article')].find(one => one.getBoundingClientRect().bottom > box.y + box.height / 2).id",
        &json!([]),
    );
    let read = format!("#{}", read.as_str().unwrap());
    let before = ann.box_of(&read);
    bob.say_lines(5);
    ann.browser.wait_for_text(".jump.latest", "5 new messages · Jump to latest");
    ann.has_heard_all_of(bob);
    let after = ann.box_of(&read);
    assert!((before.top - after.top).abs() < 1.0, "{before:?} moved to {after:?}");
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("line 5\nof 5");
    ann.browser.wait_until("no button", || !ann.browser.exists(".jump.latest:not([hidden])"));

    bob.say_lines(3);
    ann.sees_the_newest("line 3\nof 3");
    assert!(!ann.browser.exists(".jump.latest:not([hidden])"), "nothing is new to somebody who sees it");
    // One's own message leads to the end.
    ann.browser.execute("document.querySelector('.log').scrollTop = -900", &json!([]));
    ann.says("back to the end");
    ann.sees_the_newest("back to the end");
}

fn a_draft_outlives_a_reload(ann: &BrowserUser) {
    for _ in 0..4 {
        ann.browser.type_text("#message", "and another line");
        ann.browser.press("#message", "Shift+Enter");
    }
    ann.sees_the_newest("back to the end");
    let draft = ann.draft("message");
    ann.reloads();
    assert_eq!(ann.draft("message"), draft);
    ann.browser.clear("#message");
}

fn hidden(ann: &BrowserUser, bob: &mut Client) {
    let is_here = |bob: &mut Client| between(&bob.get("/chat").body, "class=\"here\">", "<").contains("ann");
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.hide(true);
    let visitor = bob.clone();
    ann.browser.wait_until("the stream to end", || !is_here(&mut visitor.clone()));
    let heard = ann.heard();
    bob.say_lines(3);
    ann.browser.wait_until("the count", || ann.browser.title() == "(3) General · snug");
    bob.say_lines(60);
    ann.browser.wait_until("the count", || ann.browser.title() == "(63) General · snug");
    assert_eq!(ann.heard(), heard, "it only counts");

    ann.browser.hide(false);
    ann.browser.wait_until("no count", || ann.browser.title() == "General · snug");
    ann.has_heard_all_of(bob);
    assert_eq!(ann.browser.text(".unseen ~ article p"), "line 1\nof 3", "one goes on where one was");
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("line 60\nof 60");
    assert!(is_here(bob));
}

#[test]
fn a_broken_line_comes_back_by_itself_and_the_gap_is_filled() {
    let Some((mut server, ann)) = Server::open().with_browser("ann", true) else { return };
    let mut bob = server.member("bob");
    ann.registers();
    ann.says("all is well");
    ann.settles();
    ann.browser.type_text("#message", "half a thought");

    server.restarts(|| ann.browser.wait_for_text("[role=status]", "Reconnecting…"));
    bob.say("after the restart");
    ann.reads("after the restart");
    ann.is_told_of_no_trouble();

    ann.browser.offline(true);
    // What streams already would go on.
    server.restarts(|| {});
    ann.browser.wait_for_text("[role=status]", "Reconnecting…");
    bob.say_lines(3);
    ann.browser.offline(false);
    ann.reads("line 3\nof 3");
    ann.is_told_of_no_trouble();
    ann.has_heard_all_of(&bob);
    ann.has_stayed();
    assert_eq!(ann.draft("message"), "half a thought");

    server.restarts_empty();
    ann.browser.wait_for_text("[role=status]", "You are signed out.");
    assert_eq!(ann.draft("message"), "half a thought");
    ann.follows("[role=status] a");
    ann.is_at("/login?next=%2Fchat");
    ann.registers();
    assert_eq!(ann.draft("message"), "half a thought");
}

#[test]
fn eight_tabs_of_one_browser_can_each_send() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut tabs = vec![ann.browser.handle()];
    tabs.resize_with(8, || {
        ann.browser.hide(true);
        ann.opens_a_window()
    });
    ann.browser.hide(true);
    for (n, tab) in tabs.iter().enumerate() {
        ann.looks_at(tab);
        ann.says(&format!("from tab {n}"));
        ann.browser.hide(true);
    }
    let client = ann.client(&server);
    for tab in &tabs {
        ann.looks_at(tab);
        ann.has_heard_all_of(&client);
        ann.has_a_quiet_console();
        ann.browser.hide(true);
    }
}

#[test]
fn what_is_refused_or_cannot_be_sent_stays_with_its_writer() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.settles();
    let long = "x".repeat(4001);
    ann.writes(&long);
    ann.browser.press("#message", "Enter");
    ann.is_told("This message is too long (4,001 of 4,000 characters).");
    assert_eq!(ann.draft("message"), long);
    // More than the chat reads at all, and more than a browser sends for a page that was left.
    for (count, words) in [
        (70_000, "This message is too long (70,000 of 4,000 characters)."),
        (140_000, "This message is too long."),
    ] {
        let long = "x".repeat(count);
        ann.writes(&long);
        ann.browser.press("#message", "Enter");
        ann.is_told(words);
        assert_eq!(ann.draft("message").len(), count);
    }
    ann.browser.clear("#message");

    ann.enters("not kept");
    ann.reads("not kept");
    server.appending.break_after(0);
    ann.browser.type_text("#message", "kept at last\n");
    ann.is_told("Nothing can be saved right now.");
    assert_eq!(ann.draft("message"), "kept at last");
    server.appending.mend();
    ann.sends_again(&server, "kept at last");

    ann.browser.type_text("#message", "half a thought");
    signing_out_in_one_tab_tells_the_other(&ann);
}

#[test]
fn what_is_sent_while_the_chat_cannot_be_reached_goes_out_by_itself_in_order_and_once() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.settles();
    ann.browser.offline(true);
    ann.browser.type_text("#message", "far away\n");
    ann.browser.wait_for_text(".outbox", "Not sent yet. Will send when you're back online.");
    ann.browser.type_text("#message", "and on\n");
    ann.browser.wait_for_text(".outbox", "and on");
    assert_eq!(ann.draft("message"), "");
    // Also after the page was loaded anew, and what was taken back does not.
    ann.browser.offline(false);
    ann.reads("far away");
    ann.reads("and on");
    ann.browser.wait_until("an empty outbox", || !ann.sees(".outbox"));
    ann.browser.offline(true);
    ann.browser.type_text("#message", "one\n");
    ann.browser.wait_for_text(".outbox", "one");
    ann.browser.type_text("#message", "half");
    ann.browser.click(".outbox button");
    assert_eq!(ann.draft("message"), "one\nhalf");
    assert!(!ann.sees(".outbox"));
    ann.browser.offline(false);
    ann.sends();
    ann.reads("one\nhalf");
    ann.has_nothing_left_to_send();
    assert_eq!(ann.client(&server).texts(), ["far away", "and on", "one\nhalf"]);
}

#[test]
fn what_is_taken_back_too_late_and_corrected_is_lost_as_little_as_doubled() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    server.appending.shut();
    ann.browser.type_text("#message", "with a typpo\n");
    server.appending.wait_for_held(1);
    ann.browser.click(".outbox button");
    ann.browser.clear("#message");
    ann.browser.type_text("#message", "with a typo\n");
    server.appending.release();
    ann.is_told("Your earlier message was sent");
    assert_eq!(ann.draft("message"), "with a typo");
    ann.browser.press("#message", "Enter");
    ann.reads("with a typo");
    assert_eq!(ann.client(&server).texts(), ["with a typpo", "with a typo"]);
    // As it was, and on a page that was loaded anew, it is the same message.
    server.appending.shut();
    ann.browser.type_text("#message", "slow\n");
    server.appending.wait_for_held(1);
    ann.browser.click(".outbox button");
    server.appending.release();
    ann.reloads();
    ann.reads("slow");
    assert_eq!(ann.draft("message"), "slow");
    ann.browser.press("#message", "Enter");
    ann.has_nothing_left_to_send();
    ann.has_said(&server, "slow", 1);
}

#[test]
fn nobody_speaks_for_whoever_sat_here_before() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let room = ann.browser.handle();
    ann.browser.execute(
        "window.real = fetch; window.fetch = () => Promise.reject(new TypeError('no network'))",
        &json!([]),
    );
    ann.browser.type_text("#message", "by ann\n");
    ann.browser.wait_for_text(".outbox", "by ann");
    ann.opens_a_window();
    ann.signs_out();
    let eve = BrowserUser::sits_at(ann.browser, "eve", server.url(""));
    eve.registers();
    eve.browser.switch_to(&room);
    eve.browser.execute("window.fetch = real", &json!([]));
    eve.is_told("Someone else wrote this: you are signed in as eve now.");
    assert_eq!(eve.draft("message"), "by ann");
    assert!(eve.client(&server).texts().is_empty());
}

#[test]
fn what_waits_in_one_room_goes_out_from_another() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let bob = server.member("bob");
    ann.registers();
    // A connection that is lost after the page was loaded, and back when the next one is.
    ann.browser.execute("window.fetch = () => Promise.reject(new TypeError('no network'))", &json!([]));
    ann.browser.type_text("#message", "one\ntwo\n");
    ann.browser.wait_for_text(".outbox", "two");
    ann.opens("/people/bob");
    ann.browser.wait_until("both", || bob.clone().texts() == ["one", "two"]);
    ann.browser.type_text("#message", "and to you\n");
    ann.reads("and to you");
    ann.opens("/chat");
    ann.reads("two");
    assert_eq!(bob.clone().texts(), ["one", "two"]);
    ann.has_a_quiet_console();
}

#[test]
fn whoever_types_faster_than_the_chat_answers_loses_no_enter() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    server.appending.shut();
    ann.browser.type_text("#message", "yes\n");
    server.appending.wait_for_held(1);
    ann.browser.type_text("#message", "ok\nbye\nand so");
    ann.browser.wait_for_text(".outbox", "bye");
    server.appending.release();
    ann.reads("bye");
    assert_eq!(ann.draft("message"), "and so");
    assert_eq!(ann.client(&server).texts(), ["yes", "ok", "bye"]);
    // A page that is loaded anew before they arrive goes on with them.
    server.appending.shut();
    ann.browser.type_text("#message", " on\n");
    server.appending.wait_for_held(1);
    ann.browser.type_text("#message", "last\n");
    server.appending.release();
    ann.reloads();
    ann.reads("last");
    assert_eq!(ann.client(&server).texts(), ["yes", "ok", "bye", "and so on", "last"]);
    ann.has_a_quiet_console();
}

fn signing_out_in_one_tab_tells_the_other(ann: &BrowserUser) {
    let room = ann.browser.handle();
    ann.opens_a_window();
    ann.signs_out();
    let signed_out = Instant::now();
    ann.browser.switch_to(&room);
    ann.browser.wait_for_text("[role=status]", "You are signed out. Sign in");
    assert!(signed_out.elapsed() < SOON, "after {:?}", signed_out.elapsed());
    assert_eq!(ann.draft("message"), "half a thought");
}

impl BrowserUser {
    #[track_caller]
    fn is_told_of_no_trouble(&self) {
        let calm = || !self.browser.exists(".dock [role=status]:not([hidden])");
        self.browser.wait_until("no word of trouble", calm);
    }

    /// Enter once more, after a failure.
    #[track_caller]
    fn sends_again(&self, server: &Server, text: &str) {
        self.browser.press("#message", "Enter");
        self.reads(text);
        self.has_nothing_left_to_send();
        assert!(!self.browser.exists("[role=alert]:not([hidden])"), "no complaint is left");
        self.has_said(server, text, 1);
    }
}
