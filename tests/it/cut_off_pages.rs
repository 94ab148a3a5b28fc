//! What people see in their browsers while the database is away: they read on, lose nothing, and reload nothing.

use crate::prelude::*;

const BANNER: &str = ".database-away";
const OUTBOX: &str = ".outbox";

impl BrowserUser {
    /// Is told that the database is away, or is not any more.
    #[track_caller]
    fn sees_the_banner(&self, shown: bool) {
        self.browser.wait_until("the banner", || self.browser.exists(BANNER) == shown);
    }
}

#[test]
fn a_page_that_is_open_says_so_and_sends_by_itself_when_it_is_over() {
    let node = SharedChat::default().node();
    let Some((node, ann)) = node.with_browser_member("ann", true) else { return };
    ann.says("before");
    ann.settles();
    let mut stream = Stream::open(&node.login("ann"), "/events");
    node.seat().is_cut_off_for(5);
    ann.browser.wait_for_text(BANNER, "The chat can't reach its database right now.");
    ann.browser.type_text("#message", "meanwhile\n");
    ann.browser.wait_for_text(OUTBOX, "meanwhile");
    node.seat().is_cut_off_for(10);
    assert_eq!(stream.message(), None, "all streams end");
    ann.browser.type_text("#message", "half a thought");
    ann.sees_the_banner(true);
    node.seat().is_back();
    ann.reads("meanwhile");
    ann.sees_the_banner(false);
    ann.has_said(&node, "meanwhile", 1);
    assert_eq!(ann.draft("message"), "half a thought");
    // What comes next is live again.
    node.login("ann").say("afterwards").expect(303);
    ann.reads("afterwards");
    ann.has_stayed();
}

#[test]
fn what_waits_to_be_sent_outlives_a_reload_and_goes_out_then() {
    let node = SharedChat::default().node();
    let Some((node, ann)) = node.with_browser_member("ann", true) else { return };
    node.seat().is_cut_off_for(20);
    ann.reloads();
    ann.sees_the_banner(true);
    ann.browser.type_text("#message", "meanwhile\n");
    ann.browser.wait_for_text(OUTBOX, "meanwhile");
    ann.browser.type_text("#message", "half a thought");
    ann.reloads();
    ann.browser.wait_for_text(OUTBOX, "meanwhile");
    assert_eq!(ann.draft("message"), "half a thought");
    node.seat().is_back();
    ann.reads("meanwhile");
    ann.sees_the_banner(false);
    ann.has_said(&node, "meanwhile", 1);
}

#[test]
fn a_page_that_shows_no_room_says_so_as_well() {
    let node = SharedChat::default().node();
    let Some((node, ann)) = node.with_browser_member("ann", true) else { return };
    ann.opens("/people");
    ann.settles();
    node.seat().is_cut_off_for(10);
    ann.sees_the_banner(true);
    node.seat().is_back();
    ann.sees_the_banner(false);
    ann.has_stayed();
}

#[test]
fn after_the_time_that_is_set_open_pages_still_come_back() {
    let node = SharedChat::default().node_with(|settings| settings.cut_off_time = 60);
    let Some((node, ann)) = node.with_browser_member("ann", true) else { return };
    ann.settles();
    node.seat().is_cut_off_for(60);
    ann.browser.wait_for_text(BANNER, "The chat can't reach its database right now. Try again in a moment.");
    node.seat().is_back();
    ann.sees_the_banner(false);
    node.login("ann").say("afterwards").expect(303);
    ann.reads("afterwards");
    ann.has_stayed();
}

#[test]
fn without_scripts_pages_say_so_and_what_was_typed_comes_back() {
    let node = SharedChat::default().node();
    let Some((node, ann)) = node.with_browser_member("ann", false) else { return };
    node.seat().is_cut_off_for(10);
    // The frame that was live is loaded again and again.
    ann.browser.wait_until("word in the frame", || ann.at_messages(|browser| browser.exists(BANNER)));
    ann.at_composer(|browser| browser.type_text("#message", "meanwhile"));
    ann.sends();
    ann.is_told("Nothing can be saved right now.");
    assert_eq!(ann.draft("message"), "meanwhile");
    ann.opens("/chat");
    assert!(ann.browser.exists(BANNER));
    node.seat().is_back();
    ann.browser.wait_until("a live frame", || ann.at_messages(|browser| !browser.exists(BANNER)));
    ann.says("afterwards");
    ann.reads("afterwards");
}
