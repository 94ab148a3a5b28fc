//! What was said before, as people read it: by scrolling, by links, and where a link leads to one message.

use crate::prelude::*;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Messages said before, and on how many days.
const SAID: usize = 300;
const DAYS: i64 = 4;

/// A server with a long history, and somebody who is new there.
fn long_history() -> (Server, Client) {
    history_over(DAYS)
}

fn history_over(days: i64) -> (Server, Client) {
    let (mut server, [mut bob]) = Server::with(|settings| settings.post_rate = 0).with_members(["bob"]);
    for n in 1..=SAID {
        bob.say(&format!("line {n} of {SAID}")).expect(303);
    }
    let records = i64::try_from(server.records().len()).unwrap();
    server.restarts_older(|seq| (days - i64::try_from(seq).unwrap() * days / (records + 1)) * DAY);
    (server, bob)
}

#[test]
fn scrolling_up_loads_what_was_said_before_without_a_jump() {
    let (server, mut bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.sees_the_newest(&format!("line {SAID} of {SAID}"));
    ann.settles();
    let mut pages = 0;
    while ann.browser.exists("a[rel=prev]") {
        pages += 1;
        assert!(pages <= SAID / 50, "it ends");
        let before = ann.heard().len();
        let (read, place) = ann.scrolls_to(200);
        ann.browser.wait_until("older messages", || ann.heard().len() > before);
        ann.still_reads(&read, place);
        // What comes meanwhile moves nothing either.
        bob.say(&format!("meanwhile {pages}"));
        ann.browser.wait_until("the news", || ann.heard().last() == ids(&bob).last());
        ann.still_reads(&read, place);
    }
    assert!(pages >= 4, "{pages}");
    ann.browser.wait_for_text("#messages .edge", "This is the start of General");
    assert_eq!(ann.heard(), ids(&bob), "each once and in order");
    ann.has_one_line_for_each_day();
    ann.browser.click(".latest");
    ann.sees_the_newest(&format!("meanwhile {pages}"));
    ann.says("what I think of it");
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn the_keyboard_gets_past_the_link_to_older_messages() {
    let (server, _) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.settles();
    ann.browser.execute("document.querySelector('a[rel=prev]').focus()", &json!([]));
    ann.browser.wait_until("its place", || ann.is_in_view("a[rel=prev]"));
    ann.browser.press(":focus", "Tab");
    assert!(ann.browser.exists("article:first-of-type :focus"));
}

#[test]
fn what_was_removed_while_older_messages_were_on_their_way_does_not_come_back() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.settles();
    let hold = "const real = fetch; window.held = [];
        window.fetch = async (url, options) => {
          const answer = await real(url, options);
          if (String(url).includes('?before=')) await new Promise(done => held.push(done));
          return answer;
        };
        document.querySelector('.log').scrollTop = -1e9";
    ann.browser.execute(hold, &json!([]));
    let waiting = || ann.browser.execute("return held.length", &json!([]));
    ann.browser.wait_until("the older page", || waiting() == 1);
    let oldest = ann.heard()[0];
    let id = ids(&bob).into_iter().rev().find(|id| *id < oldest).unwrap();
    // What is told next shows that she was told of it.
    for id in [id, oldest] {
        bob.clone().post(&format!("/messages/{id}/remove"), &[("sure", "yes")]).expect(303);
    }
    ann.browser.wait_until("word of both", || ann.browser.exists(&format!("#m{oldest} .gone")));
    ann.browser.execute("held.forEach(done => done())", &json!([]));
    ann.browser.wait_until("older messages", || ann.heard()[0] < oldest);
    assert!(!ann.heard().contains(&id));
    ann.has_a_quiet_console();
}

#[test]
fn older_pages_go_on_by_scrolling_too() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    let all = ids(&bob);
    ann.opens(&format!("/chat?before={}", all[150]));
    ann.browser.wait_for_text(".latest", "Jump to latest");
    let before = ann.heard().len();
    let (read, place) = ann.scrolls_to(200);
    ann.browser.wait_until("older messages", || ann.heard().len() > before);
    ann.still_reads(&read, place);
    ann.has_one_line_for_each_day();
    let heard = ann.heard();
    assert_eq!(heard[heard.len() - before..], all[150 - before..150]);
}

#[test]
fn scrolling_down_from_old_messages_loads_newer_ones_without_a_jump() {
    scrolls_down(DAYS, 150);
}

/// Where the last page begins with messages of several days that are there already.
#[test]
fn days_are_there_once_where_the_newest_page_overlaps() {
    scrolls_down(15, 130);
}

fn scrolls_down(days: i64, start: usize) {
    let (server, bob) = history_over(days);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    let all = ids(&bob);
    ann.opens(&format!("/chat?before={}", all[start]));
    ann.browser.wait_for_text(".latest", "Jump to latest");
    let mut pages = 0;
    while ann.heard().last() != all.last() {
        pages += 1;
        assert!(pages <= SAID / 50, "it ends");
        let before = ann.heard().last().copied();
        let (read, place) = ann.scrolls_to_bottom(200);
        ann.browser.wait_until("newer messages", || ann.heard().last().copied() != before);
        ann.still_reads(&read, place);
    }
    let heard = ann.heard();
    assert_eq!(heard, all[SAID - heard.len()..], "each once and in order");
    assert!(!ann.browser.exists("a[rel=next]"), "there is no more");
    ann.has_one_line_for_each_day();
    ann.has_a_quiet_console();
}

#[test]
fn a_search_by_keyboard_leads_to_the_place_of_a_message() {
    searches_by_keyboard(true);
}

#[test]
fn a_search_by_keyboard_leads_there_without_scripts() {
    searches_by_keyboard(false);
}

fn searches_by_keyboard(scripts: bool) {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", scripts) else { return };
    ann.registers();
    ann.opens("/chat");
    let keyboard = Keyboard(&ann.browser);
    keyboard.is_on("#message");
    // From the top, where those come from who leave the address bar.
    ann.browser.execute("document.querySelector('.skip').focus()", &json!([]));
    keyboard.press("Enter");
    ann.browser.wait_until("the content", || ann.browser.exists("main:focus"));
    keyboard.tabs_back_to(".head [type=search]");
    ann.turns_page(|_| keyboard.press("Enter"));
    keyboard.is_on("#q");
    keyboard.types("LIN 77");
    keyboard.tabs_to("#search button");
    keyboard.tabs_to(".within a");
    keyboard.tabs_to(".filters summary");
    keyboard.press("Enter");
    keyboard.tabs_to("#author");
    keyboard.types("Bob");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.browser.wait_for_text("h2#found", "Results, newest first");
    let all = ids(&bob);
    assert_eq!(ann.browser.find_all(".hit").len(), 1);
    assert_eq!(ann.browser.text(".hit .said"), format!("line 77 of {SAID}"));
    let marked =
        ann.browser.find_all(".hit mark").iter().map(crate::support::Element::text).collect::<Vec<_>>();
    assert_eq!(marked, ["line", "77"]);
    let typed = ["#q", "#author"].map(|field| ann.browser.property(field, "value"));
    assert_eq!(typed, ["LIN 77", "Bob"]);
    let result = ".hit a.to";
    while !ann.browser.exists(&format!("{result}:focus")) {
        keyboard.press("Tab");
        assert!(!ann.browser.exists("body:focus"), "the result is on the way");
    }
    // All of the card is the link, and shows the focus.
    let outlined = "const style = getComputedStyle(document.activeElement.closest('.hit'));
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2";
    assert_eq!(ann.browser.execute(outlined, &json!([])), true);
    ann.turns_page(|_| keyboard.press("Enter"));
    let shown = format!("#m{}", all[76]);
    ann.browser.wait_until("the message in view", || ann.is_in_view(&shown));
    assert!(ann.browser.exists(&format!("{shown}:target")));
    ann.has_a_quiet_console();
}

#[test]
fn without_a_line_older_messages_are_still_a_link_away() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.browser.offline(true);
    let before = ann.heard();
    ann.scrolls_to(0);
    ann.browser.execute("return new Promise(requestAnimationFrame)", &json!([]));
    assert_eq!(ann.heard(), before);
    assert!(ann.browser.exists("a[rel=prev]"));
    ann.browser.offline(false);
    // What was asked for in vain may still be given up, so one scroll may not be enough.
    let mut places = [250, 260].into_iter().cycle();
    ann.browser.wait_until("older messages", || {
        ann.scrolls_to(places.next().unwrap());
        ann.heard().len() > before.len()
    });
    let all = ids(&bob);
    let heard = ann.heard();
    assert_eq!(heard, all[all.len() - heard.len()..]);
}

#[test]
fn a_link_leads_to_a_message_wherever_it_is() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    let all = ids(&bob);
    for index in [0, 70, SAID - 40, SAID - 1] {
        ann.opens(&format!("/messages/{}", all[index]));
        let shown = format!("#m{}", all[index]);
        ann.browser.wait_until("the message in view", || ann.is_in_view(&shown));
        assert!(ann.browser.exists(&format!("{shown}:target")));
        assert_eq!(ann.browser.text(&format!("{shown} .said")), format!("line {} of {SAID}", index + 1));
    }
}

#[test]
fn without_scripts_older_messages_are_a_link_away() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", false) else { return };
    ann.registers();
    let all = ids(&bob);
    let mut heard = ann.heard();
    while heard.len() < all.len() {
        let before = heard.len();
        ann.pages_back();
        heard.splice(0..0, ann.heard());
        assert!(heard.len() > before);
        ann.has_one_line_for_each_day();
    }
    assert_eq!(heard, all);
    assert!(!ann.browser.exists("a[rel=prev]"));
    ann.follows(".latest");
    ann.sees_the_newest(&format!("line {SAID} of {SAID}"));
}

#[test]
fn without_scripts_a_link_leads_to_an_old_message() {
    let (server, bob) = long_history();
    let Some(ann) = BrowserUser::arrives(&server, "ann", false) else { return };
    ann.registers();
    let all = ids(&bob);
    for index in [0, 70, 200] {
        ann.opens(&format!("/messages/{}", all[index]));
        let shown = format!("#m{}", all[index]);
        ann.browser.wait_until("the message in view", || ann.is_in_view(&shown));
    }
}

fn ids(client: &Client) -> Vec<u64> {
    client.all_messages().iter().filter_map(|message| message["id"].as_u64()).collect()
}

impl BrowserUser {
    /// Scrolls to this far from the top of what is there. Gives a message in the middle of the view,
    /// and where it stands.
    #[track_caller]
    fn scrolls_to(&self, from_top: u32) -> (String, f64) {
        let found = self.browser.execute(
            "const log = document.querySelector('.log'), box = log.getBoundingClientRect();
             log.scrollTop = arguments[0] - (log.scrollHeight - log.clientHeight);
             const one = [...log.querySelectorAll('article')].find(one => one.getBoundingClientRect().top > box.y + 100);
             return [`#${one.id}`, one.getBoundingClientRect().top]",
            &json!([from_top]),
        );
        (found[0].as_str().unwrap().to_owned(), found[1].as_f64().unwrap())
    }

    /// The same, counted from its end.
    #[track_caller]
    fn scrolls_to_bottom(&self, from_end: u32) -> (String, f64) {
        let found = self.browser.execute(
            "const log = document.querySelector('.log'), box = log.getBoundingClientRect();
             log.scrollTop = -arguments[0];
             const one = [...log.querySelectorAll('article')].find(one => one.getBoundingClientRect().top > box.y + 100);
             return [`#${one.id}`, one.getBoundingClientRect().top]",
            &json!([from_end]),
        );
        (found[0].as_str().unwrap().to_owned(), found[1].as_f64().unwrap())
    }

    #[track_caller]
    fn still_reads(&self, message: &str, place: f64) {
        let now = self.box_of(message).top;
        assert!((now - place).abs() < 1.5, "{message} moved from {place} to {now}");
    }

    #[track_caller]
    fn has_one_line_for_each_day(&self) {
        let lines = self.at_messages(|browser| {
            let js = "return [...document.querySelectorAll('#messages .day')].map(one => one.textContent)";
            browser.execute(js, &json!([]))
        });
        let days = self.at_messages(|browser| {
            let js =
                "return [...document.querySelectorAll('article time')].map(one => one.dateTime.slice(0, 10))";
            browser.execute(js, &json!([]))
        });
        let lines: Vec<_> = lines.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let days: BTreeSet<_> = days.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(lines.len(), days.len(), "{lines:?} for {days:?}");
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "{lines:?}");
    }
}
