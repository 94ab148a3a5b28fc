//! Activity, notification levels, quiet hours and marking as unread, in the browser.

use crate::prelude::*;

/// Records notifications in place of showing them; they are allowed as soon as they are asked for.
const RECORDER: &str = "window.told = [];
    window.Notification = class {
      constructor(title, { body }) { told.push(`${title}: ${body}`); }
      static permission = sessionStorage.permission ?? 'default';
      static async requestPermission() { return (Notification.permission = sessionStorage.permission = 'granted'); }
    };";
const NOTIFY: &str = ".alerts label:nth-of-type(1) input";
const TEST: &str = "#alert-test button";

#[test]
fn the_badge_and_the_page_follow_what_happens() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let own = ann.client(&server).say_at("/chat", "who comes?");
    ann.opens("/activity");
    ann.settles();
    ann.browser.wait_for_text(".activity", "No activity yet");
    ann.has_activity("Activity");
    bob.say_at("/chat", "@ann, I do");
    ann.browser.wait_for_text(".activity li.unread .what", "bob\u{2069} mentioned you");
    ann.has_activity("Activity, 1 mention");
    bob.reacts(own, "👍", true).expect(200);
    ann.browser.wait_for_text(".activity li.unread[data-reactions] .what", "reacted 👍 to your message");
    let client = ann.client(&server);
    wait_until("it to be seen", || client.read_json("/sidebar")["activity"]["reactions"] == 0);
    ann.browser.wait_for_text(".activity li.unread[data-reactions] .new", "New");
    ann.has_stayed();
    ann.reloads();
    assert!(!ann.browser.exists(".activity li.unread[data-reactions]"));
    ann.follows(".activity li.unread .to");
    ann.reads("@ann, I do");
    ann.has_activity("Activity");
    bob.reacts(own, "🎉", true).expect(200);
    ann.has_activity("Activity, new reactions");
    ann.opens("/rooms");
    bob.say_at("/chat", "@ann, and more");
    ann.has_activity("Activity, 1 mention");
    ann.browser.execute(
        "document.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }))",
        &json!([]),
    );
    ann.browser.wait_for_text("#to-activity", "Activity");
    ann.has_a_quiet_console();
}

#[test]
fn activity_needs_no_scripts() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let bob = server.member("bob");
    let own = ann.client(&server).say_at("/chat", "who comes?");
    bob.reacts(own, "👍", true).expect(200);
    let said = bob.say_at("/chat", "@ann, I do");
    ann.opens("/activity");
    assert_eq!(ann.browser.find_all(".activity li.unread .new").len(), 2);
    ann.follows(".activity form[action='/activity/seen'] button");
    assert_eq!(ann.browser.find_all(".activity li.unread .new").len(), 1);
    ann.follows(".activity li.unread .to");
    ann.reads("@ann, I do");
    ann.opens(&format!("/messages/{said}/about"));
    ann.follows("form[action$='/unread'] button");
    ann.browser.wait_for_text(".outcome", "Marked as unread");
    assert_eq!(ann.browser.find_all(".activity li.unread .new").len(), 1);
    ann.follows(".activity .read-all button");
    ann.browser.wait_for_text(".outcome", "Everything is marked as read.");
    assert!(!ann.browser.exists(".activity li.unread"));
    ann.opens("/chat/notifications");
    ann.browser.click("input[value=nothing]");
    ann.sends_form("form.level");
    ann.browser.wait_for_text(".done", "Saved");
    ann.browser.wait_for_text(".sidebar a.muted[href='/chat'] .sign", "muted");
    ann.has_a_quiet_console();
}

#[test]
fn what_is_marked_as_unread_stays_so_while_its_page_is_open() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let client = ann.client(&server);
    let said = bob.say_at("/chat", "@ann, later");
    ann.reads("@ann, later");
    wait_until("it to be read", || client.unread_in_chat() == 0);
    ann.browser.click(&format!("#m{said} .more"));
    ann.browser.click(".actions [data-action=mark-unread]");
    ann.browser.wait_for_text(".told", "Marked as unread");
    ann.browser.wait_for_text(".unseen", "New");
    ann.has_activity("Activity, 1 mention");
    bob.say_at("/chat", "and more");
    ann.reads("and more");
    ann.browser.hide(true);
    ann.browser.hide(false);
    // By the page's own clock, longer than it takes to read.
    ann.browser.execute("return new Promise(done => setTimeout(done, 700))", &json!([]));
    assert_eq!(client.unread_in_chat(), 2);
    ann.opens("/rooms");
    ann.has_unread("/chat", "2");
    ann.follows(&link("/chat"));
    ann.browser.wait_for_text(".unseen", "New");
    wait_until("it to be read", || client.unread_in_chat() == 0);
    ann.has_activity("Activity");
    ann.has_a_quiet_console();
}

#[test]
fn a_room_tells_as_much_as_was_chosen() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    ann.records_notifications();
    ann.registers();
    let bob = server.member("bob");
    let quiet = bob.open_room_called("Quiet", true);
    let loud = bob.open_room_called("Loud", true);
    for room in [&quiet, &loud] {
        bob.add_to_room(room.rsplit_once('/').unwrap().1.parse().unwrap(), "ann");
    }
    for (room, level) in [(&quiet, "nothing"), (&loud, "everything")] {
        ann.opens(&format!("{room}/about"));
        ann.settles();
        ann.browser.click(&format!("form.level input[value={level}]"));
        ann.browser.wait_for_text("form.level [role=status]", "Saved");
        ann.has_stayed();
    }
    ann.browser.wait_for_text(&format!(".sidebar a.muted[href='{quiet}'] .sign"), "muted");
    ann.browser.click(NOTIFY);
    ann.opens("/rooms");
    ann.browser.wait_for_text(&format!(".sidebar a[data-level=everything][href='{loud}']"), "Loud");
    ann.browser.hide(true);
    bob.say_at(&quiet, "@ann, in vain");
    bob.say_at("/chat", "plain talk");
    bob.say_at(&loud, "all of it");
    ann.is_notified(&["bob · Loud: all of it"]);
    ann.browser.wait_until("the count", || ann.browser.title().starts_with("(1) "));
    ann.browser.hide(false);
    ann.has_unread(&loud, "1");
    ann.has_unread(&quiet, "");
    ann.has_activity("Activity");
    ann.has_a_quiet_console();
}

#[test]
fn a_test_says_what_is_in_the_way_and_quiet_hours_are_silent() {
    let Some((server, ann)) = Server::named("chat.example").with_browser("ann", true) else { return };
    ann.records_notifications();
    ann.registers();
    let bob = server.member("bob");
    ann.opens("/me");
    let says = |text: &str| {
        ann.browser.click(TEST);
        ann.browser.wait_for_text("#alert-test [role=status]", text);
    };
    says("Notifications are off on this device");
    ann.is_notified(&["Test notification: This is how notifications look."]);
    ann.browser.click(NOTIFY);
    says("Sent. If you don't see it");
    ann.browser.execute("Notification.permission = 'denied'", &json!([]));
    says("Your browser blocks notifications here.");
    // Around now.
    let now = clock_in_india();
    let [from, to] =
        [now - 60, now + 60].map(|at| at.rem_euclid(1440)).map(|at| format!("{:02}:{:02}", at / 60, at % 60));
    ann.client(&server).post("/me/quiet", &[("from", &from), ("to", &to)]).expect(303);
    ann.reloads();
    says(&format!("Quiet hours are on until {to}"));
    ann.browser.hide(true);
    bob.say_at("/people/ann", "in the night");
    ann.browser.wait_until("the count", || ann.browser.title().starts_with("(1) "));
    ann.browser.hide(false);
    ann.client(&server).post("/me/quiet", &[("from", ""), ("to", "")]).expect(303);
    ann.reloads();
    ann.browser.hide(true);
    bob.say_at("/people/ann", "in the morning");
    ann.is_notified(&["bob: in the morning"]);
    ann.browser.hide(false);
    ann.has_a_quiet_console();

    let Some(cyd) = BrowserUser::arrives_from_the_network(&server, "cyd") else { return };
    cyd.registers();
    cyd.opens("/me");
    cyd.browser.click(TEST);
    cyd.browser.wait_for_text("#alert-test [role=status]", "Browsers show notifications only over https");
}

#[test]
fn activity_and_notifications_look_well_on_a_phone_and_on_a_desk() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let own = ann.client(&server).say_at("/chat", "who comes?");
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    let mut inspect = |page: &str| {
        ann.opens(page);
        faults.extend(inspector.inspect(&ann, page));
    };
    inspect("/activity");
    bob.reacts(own, "👍", true).expect(200);
    bob.say_at("/people/ann", "psst, @ann");
    bob.say_at("/chat", &format!("@ann, {}", "word ".repeat(200)));
    let club = bob.open_room_called("Book club", true);
    bob.add_to_room(club.rsplit_once('/').unwrap().1.parse().unwrap(), "ann");
    ann.client(&server).post(&format!("{club}/notifications"), &[("level", "nothing")]).expect(303);
    for page in ["/activity", "/chat/notifications", &*format!("{club}/about"), "/people/bob/about", "/me"] {
        inspect(page);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Minutes since midnight where the members read times.
fn clock_in_india() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    (i64::try_from(since.as_secs()).unwrap() / 60 + 330).rem_euclid(1440)
}

impl BrowserUser {
    /// What the way to one's activity is called, for those who hear it.
    #[track_caller]
    fn has_activity(&self, label: &str) {
        self.browser.wait_until(label, || {
            self.browser.attribute(".activity-link", "aria-label").as_deref() == Some(label)
        });
    }

    fn records_notifications(&self) {
        for source in [HASTE, RECORDER] {
            let source = format!("if (location.protocol === 'http:') {{ {source} }}");
            self.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
        }
    }

    #[track_caller]
    fn is_notified(&self, texts: &[&str]) {
        let told = || self.browser.execute("return told", &json!([]));
        self.browser.wait_until(&format!("{texts:?} to be told"), || told() == json!(texts));
    }
}
