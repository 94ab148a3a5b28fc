//! Where one lands in a room: at what is new, with what came before it, at a message or a day, and where one was before.

use crate::prelude::*;

const LINE: &str = ".unseen";
/// Begins to add up what moves on the page without having been asked to.
const SHIFTS: &str = "window.shifts = 0, window.moved = [];
    const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
    const one = ({ node, previousRect, currentRect }) =>
      [node?.nodeName + '#' + node?.id + '.' + node?.className, place(previousRect), place(currentRect)];
    new PerformanceObserver(list => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) {
        shifts += shift.value;
        moved.push([shift.startTime, shift.value, shift.sources.map(one)]);
      }
    }).observe({ type: 'layout-shift', buffered: true })";

/// A server where ann knows the first 60 messages, and was away for as many as this. Gives the ids of all.
fn away(scripts: bool, missed: usize) -> Option<(Server, BrowserUser, Client, Vec<u64>)> {
    let server = Server::with(|settings| settings.post_rate = 0);
    let ann = BrowserUser::arrives(&server, "ann", scripts)?;
    let bob = server.member("bob");
    let mut ids: Vec<u64> = (1..=60).map(|n| bob.say_at("/chat", &format!("known {n}"))).collect();
    ann.registers();
    ann.reads("known 60");
    ann.opens("/people");
    ids.extend((1..=missed).map(|n| bob.say_at("/chat", &format!("new {n}"))));
    Some((server, ann, bob, ids))
}

fn sees_the_line(ann: &BrowserUser, first: &str) {
    ann.browser.wait_until("the line", || ann.at_messages(|_| ann.is_in_view(LINE)));
    ann.at_messages(|browser| {
        assert_eq!(browser.execute("return document.querySelector('.unseen').textContent", &json!([])), "New");
        let context = "const log = document.querySelector('.log').getBoundingClientRect(), line = document.querySelector('.unseen');
            const before = [...document.querySelectorAll('article')].filter(one => one.compareDocumentPosition(line) & 4);
            return before.filter(one => one.getBoundingClientRect().top >= log.top).length";
        assert!(browser.execute(context, &json!([])).as_u64().unwrap() > 1, "what came before it is in sight");
        assert_eq!(browser.text(".unseen ~ article p"), first);
    });
}

#[test]
fn a_room_opens_at_what_is_new_and_only_what_was_on_the_screen_is_read() {
    let Some((server, ann, bob, _)) = away(true, 30) else { return };
    let phone = ann.client(&server);
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": SHIFTS }));
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    assert!(!ann.sees(".jump.first"), "it is in sight");
    ann.browser.wait_until("the screen to be read", || phone.unread_in_chat() < 30);
    assert!(phone.unread_in_chat() > 0, "what is below was not seen");
    ann.browser.wait_for_text(".jump.latest", "Jump to latest");
    bob.say_at("/chat", "new 31");
    ann.browser.wait_for_text(".jump.latest", "1 new message · Jump to latest");
    sees_the_line(&ann, "new 1");
    ann.settles();
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("new 31");
    ann.browser.wait_until("no way to the latest", || !ann.sees(".jump.latest"));
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.has_stayed();
    ann.sees_no_jump();
    // And what one says oneself leads to the end.
    ann.browser.execute("document.querySelector('.log').scrollTop = -900", &json!([]));
    ann.says("my own");
    ann.sees_the_newest("my own");
    ann.has_a_quiet_console();
}

#[test]
fn on_a_slow_line_a_room_is_shown_as_a_whole() {
    let Some((_server, ann, ..)) = away(true, 30) else { return };
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": SHIFTS }));
    let line =
        json!({ "offline": false, "latency": 0, "downloadThroughput": 100_000, "uploadThroughput": -1 });
    ann.browser.cdp("Network.enable", &json!({}));
    ann.browser.cdp("Network.emulateNetworkConditions", &line);
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    ann.sees_no_jump();
}

#[test]
fn without_scripts_a_room_opens_at_what_is_new_and_what_its_frame_shows_is_read() {
    let Some((server, ann, bob, _)) = away(false, 30) else { return };
    let phone = ann.client(&server);
    assert_eq!(phone.unread_in_chat(), 30);
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    ann.browser.wait_until("it to be read", || phone.unread_in_chat() == 0);
    bob.say_at("/chat", "and live");
    ann.reads("and live");
    ann.follows(".jump.latest");
    ann.sees_the_newest("and live");
    ann.has_a_quiet_console();
}

#[test]
fn more_than_a_page_of_news_begins_where_it_begins_and_is_live_at_its_end() {
    let Some((server, ann, bob, ids)) = away(true, 90) else { return };
    let phone = ann.client(&server);
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    assert!(ann.heard().last() < ids.last());
    ann.settles();
    ann.browser.wait_until("to be online", || ann.browser.text(".here").contains("ann"));
    let live = bob.say_at("/chat", "live");
    ann.browser.wait_for_text(".jump.latest", "1 new message · Jump to latest");
    assert_ne!(ann.heard().last(), Some(&live), "nothing is left out before it");
    let mut pages = 0;
    while ann.heard().last() != Some(&live) {
        pages += 1;
        assert!(pages < 10, "it ends");
        let before = ann.heard().len();
        ann.browser.execute("document.querySelector('.log').scrollTop = -100", &json!([]));
        ann.browser.wait_until("newer messages", || ann.heard().len() > before);
    }
    assert!(phone.unread_in_chat() > 0);
    ann.browser.execute("document.querySelector('.log').scrollTop = 0", &json!([]));
    let more = bob.say_at("/chat", "from now on");
    ann.sees_the_newest("from now on");
    let heard = ann.heard();
    let all: Vec<u64> = ids.iter().copied().chain([live, more]).collect();
    assert_eq!(heard, all[all.len() - heard.len()..], "each once and in order");
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn from_old_messages_buttons_lead_to_the_first_unread_and_to_the_latest() {
    let Some((server, ann, bob, ids)) = away(true, 90) else { return };
    let phone = ann.client(&server);
    ann.opens(&format!("/messages/{}", ids[5]));
    ann.settles();
    let old = format!("#m{}", ids[5]);
    ann.browser.wait_until("the message", || ann.is_in_view(&old));
    assert_eq!(phone.unread_in_chat(), 90);
    ann.browser.click(".jump.first");
    sees_the_line(&ann, "new 1");
    assert!(!ann.sees(".jump.first"));
    bob.say_at("/chat", "the last word");
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("the last word");
    ann.has_heard_all_of(&bob);
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn what_one_was_brought_past_is_unread_until_it_was_on_the_screen() {
    let Some((server, ann, bob, ids)) = away(true, 60) else { return };
    let phone = ann.client(&server);
    ann.opens(&format!("/messages/{}", ids[110]));
    let hit = format!("#m{}", ids[110]);
    ann.browser.wait_until("the message", || ann.is_in_view(&hit));
    ann.looks_on();
    // What comes in is seen, and is not the next.
    bob.say_at("/chat", "new 61");
    ann.browser.execute("document.querySelector('.log').scrollTop = 0", &json!([]));
    ann.sees_the_newest("new 61");
    ann.looks_on();
    assert_eq!(phone.unread_in_chat(), 61);
    ann.browser.click(".jump.first");
    sees_the_line(&ann, "new 1");
    ann.browser.wait_until("the screen to be read", || phone.unread_in_chat() < 61);
    assert!(phone.unread_in_chat() > 30, "and no more");
    // And on from there as one scrolls.
    for _ in 0..10 {
        ann.browser.execute("document.querySelector('.log').scrollTop += 300", &json!([]));
        ann.looks_on();
    }
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.has_a_quiet_console();
}

#[test]
fn a_mention_that_one_jumps_to_leaves_what_is_before_it_unread() {
    let Some((server, ann, bob, _)) = away(true, 60) else { return };
    bob.say_at("/chat", "come here, @ann");
    for n in 61..=120 {
        bob.say_at("/chat", &format!("new {n}"));
    }
    let phone = ann.client(&server);
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    ann.browser.wait_until("the screen to be read", || phone.unread_in_chat() < 121);
    let before = phone.unread_in_chat();
    assert!(!ann.sees(".jump.first"));
    ann.browser.click(".jump.mentions");
    ann.browser.wait_until("the mention", || ann.is_in_view(".calls-me"));
    ann.looks_on();
    assert_eq!(phone.unread_in_chat(), before);
    ann.browser.click(".jump.first");
    sees_the_line(&ann, "new 1");
    ann.looks_on();
    assert!(!ann.sees(".jump.first"));
    assert_eq!(phone.unread_in_chat(), before);
    // What one says oneself leads to the latest, and there all is read.
    ann.says("here I am");
    ann.sees_the_newest("here I am");
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.has_a_quiet_console();
}

impl BrowserUser {
    /// The sum is that of the Layout Instability API, with what moved, when, and from where to where.
    #[track_caller]
    fn sees_no_jump(&self) {
        let shifts = self.browser.execute("return shifts", &json!([])).as_f64().unwrap();
        assert!(
            shifts < 0.02,
            "{shifts}: {}",
            self.browser.execute("return JSON.stringify(moved)", &json!([]))
        );
    }

    /// Longer than it takes until what is on the screen counts as read.
    fn looks_on(&self) {
        let now = || self.browser.execute("return performance.now()", &json!([])).as_f64().unwrap();
        let from = now();
        self.browser.wait_until("a moment", || now() > from + 800.0);
    }
}

#[test]
fn without_scripts_links_lead_to_the_first_unread_and_to_the_latest() {
    let Some((server, ann, _, ids)) = away(false, 90) else { return };
    let phone = ann.client(&server);
    ann.opens(&format!("/messages/{}", ids[5]));
    ann.follows(".jump.first");
    sees_the_line(&ann, "new 1");
    assert_eq!(phone.unread_in_chat(), 90, "the latest were not shown");
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    ann.follows(".jump.latest");
    ann.sees_the_newest("new 90");
    ann.browser.wait_until("all to be read", || phone.unread_in_chat() == 0);
    ann.opens("/chat");
    ann.sees_the_newest("new 90");
    assert!(!ann.at_messages(|browser| browser.exists(LINE)));
}

#[test]
fn a_link_to_a_recent_message_leads_into_the_live_room() {
    for scripts in [true, false] {
        let Some((_house, ann, bob, ids)) = away(scripts, 0) else { return };
        ann.opens(&format!("/messages/{}", ids[50]));
        let linked = format!("#m{}", ids[50]);
        ann.browser.wait_until("the message", || ann.at_messages(|_| ann.is_in_view(&linked)));
        assert_eq!(ann.browser.exists("iframe.messages"), !scripts);
        bob.say_at("/chat", "live");
        ann.reads("live");
        ann.has_a_quiet_console();
    }
}

#[test]
fn back_leads_to_where_one_was() {
    let Some((server, ann, bob, ids)) = away(true, 0) else { return };
    ann.opens("/chat");
    ann.browser.wait_until("older messages", || {
        ann.browser.execute("document.querySelector('.log').scrollTop = -1e6", &json!([]));
        ann.heard()[0] == ids[0]
    });
    let place = || {
        let js = "const log = document.querySelector('.log').getBoundingClientRect();
            const top = [...document.querySelectorAll('article')].find(one => one.getBoundingClientRect().top >= log.top);
            return [top.id, Math.round(top.getBoundingClientRect().top)]";
        ann.browser.execute(js, &json!([]))
    };
    ann.browser.execute("document.querySelector('.log').scrollTop += 200", &json!([]));
    let was = place();
    ann.turns_page(|browser| browser.goto(&server.url("/people")));
    for n in 0..60 {
        bob.say_at("/chat", &format!("meanwhile {n}"));
    }
    ann.turns_page(crate::support::Browser::back);
    // To the pixel, but for how the browser rounds.
    let is_back =
        |now: Value| now[0] == was[0] && now[1].as_i64().unwrap().abs_diff(was[1].as_i64().unwrap()) <= 1;
    ann.browser.wait_until("the place", || is_back(place()));
    // At the end, one was nowhere in particular.
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("meanwhile 59");
    ann.browser.wait_until("all to be read", || ann.client(&server).unread_in_chat() == 0);
    ann.follows(&link("/chat"));
    ann.sees_the_newest("meanwhile 59");
    ann.has_a_quiet_console();
}

#[test]
fn a_mention_is_one_button_away() {
    let Some((server, ann, bob, _)) = away(true, 50) else { return };
    bob.say_at("/chat", "come here, @ann");
    for n in 51..=100 {
        bob.say_at("/chat", &format!("new {n}"));
    }
    ann.opens("/chat");
    sees_the_line(&ann, "new 1");
    ann.settles();
    ann.browser.wait_for_text(".jump.mentions", "@ 1 mention");
    ann.browser.click(".jump.mentions");
    ann.browser.wait_until("the mention", || ann.is_in_view(".calls-me"));
    assert_eq!(ann.browser.text(".calls-me .said"), "come here, @ann");
    assert!(!ann.sees(".jump.mentions"));
    // One that comes while one reads above.
    ann.browser.execute("document.querySelector('.log').scrollTop = -1e6", &json!([]));
    bob.say_at("/chat", "@ann: and here");
    ann.browser.wait_for_text(".jump.mentions", "@ 1 mention");
    ann.has_stayed();
    let mut phone = ann.client(&server);
    let page = phone.get("/chat").body;
    let href = between(&page, "class=\"jump mentions\" href=\"", "\"").to_owned();
    let (path, id) = href.split_once('#').unwrap();
    assert!(phone.get(path).body.contains(&format!("id=\"{id}\"")), "{href}");
    ann.has_a_quiet_console();
}

#[test]
fn a_tab_that_stayed_open_shows_where_one_was_away() {
    let Some((server, ann, bob, _)) = away(true, 0) else { return };
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": crate::support::HASTE }));
    ann.opens("/chat");
    ann.sees_the_newest("known 60");
    ann.browser.wait_for_text(".here", "ann");
    ann.settles();
    ann.browser.hide(true);
    for n in 1..=40 {
        bob.say_at("/chat", &format!("while away {n}"));
    }
    ann.browser.wait_until("the count", || ann.browser.title().starts_with("(40) "));
    ann.browser.hide(false);
    ann.browser.wait_until("all", || ann.heard().len() >= 90);
    sees_the_line(&ann, "while away 1");
    bob.say_at("/chat", "one looks on");
    ann.browser.wait_for_text(".jump.latest", "Jump to latest");
    sees_the_line(&ann, "while away 1");
    ann.browser.click(".jump.latest");
    ann.sees_the_newest("one looks on");
    // And once more, a little later.
    ann.browser.wait_until("all to be read", || ann.client(&server).unread_in_chat() == 0);
    ann.browser.hide(true);
    bob.say_at("/chat", "again");
    ann.browser.wait_until("the count", || ann.browser.title().starts_with("(1) "));
    ann.browser.hide(false);
    ann.browser.wait_until("the line", || {
        ann.browser.execute("return document.querySelector('.unseen ~ article p')?.textContent", &json!([]))
            == "again"
    });
    ann.sees_the_newest("again");
    ann.has_stayed();
    ann.has_a_quiet_console();
}

#[test]
fn a_day_is_shown_with_its_line_and_one_without_messages_is_told() {
    for scripts in [true, false] {
        let (server, ids) = {
            let (mut server, [bob]) = Server::with(|settings| settings.post_rate = 0).with_members(["bob"]);
            let ids: Vec<u64> = (1..=120).map(|n| bob.say_at("/chat", &format!("line {n}"))).collect();
            // The first half on 1 March 2024, at noon in India, and the rest two days later.
            let at = |seq: u64| if seq < ids[60] { 1_709_274_600_000 } else { 1_709_447_400_000 };
            let now: Vec<(u64, i64)> =
                server.records().iter().map(|record| (record.seq.0, record.at.0)).collect();
            server.restarts_older(|seq| {
                now.iter().find(|(id, _)| *id == seq).map_or(0, |(_, was)| was - at(seq))
            });
            (server, ids)
        };
        let Some(ann) = BrowserUser::arrives(&server, "ann", scripts) else { return };
        ann.registers();
        let first = format!("#m{}", ids[60]);
        let day = |day: &str| ann.opens(&format!("/day?room=0&day={day}"));
        day("2024-03-03");
        ann.browser.wait_until("the message", || ann.is_in_view(&first));
        assert!(ann.is_in_view(&format!(".day:has(+ {first})")), "its line is in sight");
        assert!(ann.is_in_view(&format!("#m{}", ids[59])), "and what came before");
        assert!(!ann.browser.exists(".notice"));
        day("2024-03-02");
        ann.browser.wait_for_text(".notice", "No messages on Saturday, 2 March 2024. These came next.");
        ann.browser.wait_until("the message", || ann.is_in_view(&first));
        day("2030-01-01");
        ann.browser.wait_for_text(
            ".notice",
            "No messages on Tuesday, 1 January 2030 or later. These are the latest.",
        );
        ann.sees_the_newest("line 120");
    }
}

#[test]
fn what_frames_show_is_read_and_a_link_to_one_reads_nothing() {
    let (_server, [ann, bob, eve]) =
        Server::with(|settings| settings.post_rate = 0).with_members(["ann", "bob", "eve"]);
    let garden = bob.open_room(true);
    bob.add_to_room(garden, "ann");
    ann.say_at("/people/bob", "hello");
    let garden = format!("/rooms/{garden}");
    // What is noted is kept in its order.
    let all_is_kept = || {
        bob.say_at("/people/eve", "hi");
        eve.read_all("/people/bob");
        wait_until("another to have read", || eve.unread_at("/people/bob") == 0);
    };
    for (room, from) in [("/chat", "/chat"), (&*garden, &*garden), ("/people/bob", "/people/ann")] {
        bob.say_at(from, "before");
        let others = bob.messages_frame(from);
        let key = others.split(['?', '&']).find_map(|field| field.strip_prefix("key=")).unwrap();
        let bare = format!("{room}/live?seen=0");
        let links = [bare.clone(), format!("{bare}&key="), format!("{bare}&key={key}")];
        let mut linked = links.map(|link| Stream::open(&ann, &link));
        let shown = bob.say_at(from, "meanwhile");
        for page in &mut linked {
            page.page_until(shown);
        }
        all_is_kept();
        assert_eq!(ann.unread_at(room), 2, "{room}");
        let mut own = Stream::open(&ann, &ann.messages_frame(room));
        own.page_until(bob.say_at(from, "more"));
        wait_until("it to be read", || ann.unread_at(room) == 0);
    }
    // Nor does one at a message after others that were not shown.
    let ids: Vec<u64> = (0..60).map(|n| bob.say_at("/chat", &n.to_string())).collect();
    let mut past = Stream::open(&ann, &ann.messages_frame(&format!("/chat?at={}", ids[50])));
    let page = past.page_until(bob.say_at("/chat", "on"));
    assert!(page.contains(&format!("id=\"m{}\"", ids[50])) && !between(&page, "url=", "\"").contains("key="));
    all_is_kept();
    assert_eq!(ann.unread_in_chat(), 61);
    let mut latest = Stream::open(&ann, &ann.messages_frame("/chat?latest"));
    latest.page_until(bob.say_at("/chat", "and on"));
    wait_until("all to be read", || ann.unread_in_chat() == 0);
}

#[test]
fn pages_that_programs_fetch_read_nothing_and_text_browsers_have_a_button() {
    let (_server, [mut ann, bob]) =
        Server::with(|settings| settings.post_rate = 0).with_members(["ann", "bob"]);
    let ids: Vec<u64> = (0..3).map(|n| bob.say_at("/chat", &n.to_string())).collect();
    let page = ann.get("/chat").body;
    page.shows("<h2 class=\"unseen\" id=\"new\">");
    assert_eq!(ann.unread_in_chat(), 3);
    let form = between(&page, "<form class=\"mark\"", "</form>").to_owned();
    let up_to = between(&form, "name=\"up_to\" value=\"", "\"").to_owned();
    assert_eq!(up_to.parse::<u64>().unwrap(), ids[2]);
    let answer = ann.post("/chat/read", &[("up_to", &up_to), ("next", "/chat")]);
    assert_eq!((answer.status, answer.location()), (303, "/chat"));
    wait_until("it to be read", || ann.unread_in_chat() == 0);
    let page = ann.get("/chat").body;
    page.lacks("class=\"mark\"").lacks("class=\"unseen\"");
    assert_eq!(ann.post("/chat/read", &[("up_to", &up_to), ("next", "//evil.example")]).location(), "/chat");
    for (bad, status) in [
        ("day=x", 400),
        ("day=99999-01-01", 400),
        ("since=x", 400),
        ("since=18446744073709551615", 200),
        ("latest", 200),
    ] {
        assert_eq!(ann.get(&format!("/chat?{bad}")).status, status, "{bad}");
    }
}

#[test]
fn a_page_speaks_the_language_of_its_reader_live_as_well() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    ann.browser.cdp(
        "Emulation.setUserAgentOverride",
        &json!({ "userAgent": "Mozilla/5.0", "acceptLanguage": "de" }),
    );
    ann.registers();
    let [bob, cyd] = server.members(["bob", "cyd"]);
    let types = |who: &Client| assert_eq!(who.clone().post("/typing", &[]).status, 200);
    let shows = |css: &str, text: &str| {
        ann.browser.wait_until(text, || {
            ann.browser.execute("return document.querySelector(arguments[0])?.textContent", &json!([css]))
                == text
        });
    };
    shows("#messages .edge", "Noch keine Nachrichten. Sag hallo!");
    shows(".here", "Online: ann");
    types(&bob);
    shows(".typing", "bob schreibt …");
    types(&cyd);
    ann.browser.wait_for_text(".typing", "bob und cyd schreiben …");
    ann.has_a_quiet_console();
}
