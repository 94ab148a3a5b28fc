//! The shared room, as its page shows it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::prelude::*;

/// More than any story here has; who walks further walks in circles.
const PAGES_MAX: usize = 20;

/// The newest message's time, as the server tells programs.
fn last_at(client: &Client) -> DateTime<Utc> {
    let room = client.clone().json().get("/chat").value();
    let last = room["messages"].as_array().unwrap().last().unwrap().clone();
    DateTime::parse_from_rfc3339(last["at"].as_str().unwrap()).unwrap().to_utc()
}

/// All texts and links of the pages from the newest back to the first that is kept.
fn walk(client: &mut Client) -> (Vec<usize>, Vec<String>, String) {
    let (mut sizes, mut texts) = (Vec::new(), Vec::new());
    let mut page = client.get("/chat").body;
    for _ in 0..PAGES_MAX {
        let messages = articles(&page);
        sizes.push(messages.len());
        let earlier = messages.into_iter().map(|message| message.markup);
        texts = earlier.chain(texts).collect();
        let Some(link) = older_link(&page) else {
            return (sizes, texts, page);
        };
        let answer = client.get(&link);
        assert_eq!(answer.status, 200, "{link}");
        page = answer.body;
    }
    panic!("more than {PAGES_MAX} pages");
}

fn say_numbers(client: &mut Client, count: usize) -> Vec<String> {
    let texts: Vec<String> = (1..=count).map(|n| format!("message {n}")).collect();
    for text in &texts {
        client.say(text).expect(303);
    }
    texts
}

#[test]
fn a_stranger_sees_nothing_of_the_room() {
    let server = Server::open();
    server.member("ann").say("secret");
    let answer = server.visitor().get("/chat");
    assert_eq!((answer.status, answer.location()), (303, "/login?next=%2Fchat"));
    answer.body.lacks("secret");
}

#[test]
fn an_empty_room_invites_to_speak() {
    let server = Server::open();
    let page = server.member("ann").get("/chat").body;
    page.shows("No messages yet");
    assert!(page.contains(
        "<form class=\"composer scripted\" method=\"post\" action=\"/chat\" autocomplete=\"off\" enctype=\"multipart/form-data\""
    ));
    assert_eq!(textarea(&page), "");
    assert!(input_value(&page, "nonce").is_some_and(|nonce| nonce.len() >= 16));
    assert!(page.contains("4000"), "the limit is said");
    page.shows("action=\"/logout\"").shows("role=\"log\"");
}

#[test]
fn times_are_indian_by_default_and_exact_for_machines() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    ann.say("namaste");
    let (page, at) = (ann.get("/chat").body, last_at(&ann));
    let message = &articles(&page)[0];
    let ist = at.with_timezone(&Tz::Asia__Kolkata);
    assert_eq!(message.clock, ist.format("%H:%M").to_string());
    assert!(message.datetime.ends_with('Z'), "UTC says so: {}", message.datetime);
    let exact = DateTime::parse_from_rfc3339(&message.datetime).unwrap();
    assert_eq!(exact.to_utc(), at);
    page.shows("IST");
    let day = ist.format("%A, %-d %B %Y").to_string();
    page.shows(format!("<span>{day}</span></h2>"));
}

#[test]
fn times_are_those_of_the_zone_that_was_chosen() {
    // Half a day apart, so one of the two shows another hour than IST and often another day.
    for zone in [Tz::Pacific__Honolulu, Tz::Pacific__Kiritimati] {
        let (_server, [mut ann]) =
            Server::with(|settings| settings.time_zone = zone.into()).with_members(["ann"]);
        ann.say("aloha");
        let (page, at) = (ann.get("/chat").body, last_at(&ann));
        let local = at.with_timezone(&zone);
        let message = &articles(&page)[0];
        assert_eq!(message.clock, local.format("%H:%M").to_string());
        assert!(message.datetime.ends_with('Z'));
        assert!(page.contains(&local.format("%A, %-d %B %Y").to_string()));
        assert!(page.contains(zone.name()), "{zone}");
    }
}

#[test]
fn messages_stand_in_order_grouped_by_author() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    ann.say("one");
    ann.say("two");
    bob.say("three");
    ann.say("four");
    let page = bob.get("/chat").body;
    let seen: Vec<_> = articles(&page)
        .into_iter()
        .map(|message| (message.author, message.grouped, message.markup))
        .collect();
    let expected =
        [("ann", false, "one"), ("ann", true, "two"), ("bob", false, "three"), ("ann", false, "four")];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(author, grouped, text)| (author.to_owned(), grouped, text.to_owned()))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(page.matches("class=\"day\"").count(), 1, "one day, one line");
}

#[test]
fn line_breaks_are_kept_and_markup_is_text() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    ann.say("one\r\ntwo\n\n<b>three</b> & \"four\"");
    assert_eq!(
        articles(&ann.get("/chat").body)[0].markup,
        "<p>one<br>two</p><p>&lt;b&gt;three&lt;/b&gt; &amp; &quot;four&quot;</p>"
    );
}

#[test]
fn what_people_type_comes_out_as_they_mean_it() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for (typed, shown) in [
        (
            "> ann: shall we meet at 5?\nNo way!",
            "<blockquote><p>ann: shall we meet at 5?</p></blockquote><p>No way!</p>",
        ),
        ("\u{af}\\_(ツ)_/\u{af} src/__init__.py &copy;", "\u{af}\\_(ツ)_/\u{af} src/__init__.py &amp;copy;"),
        ("**注意：**正文", "<strong>注意：</strong>正文"),
        (
            "```\ndo this\nfrustration```\nand then?",
            "<pre dir=\"ltr\" tabindex=\"0\"><code>do this\nfrustration</code></pre><p>and then?</p>",
        ),
        ("9. nine\n  - sub", "<ol start=\"9\"><li>nine<ul><li>sub</li></ul></li></ol>"),
    ] {
        ann.say(typed);
        assert_eq!(articles(&ann.get("/chat").body).pop().unwrap().markup, shown);
    }
}

#[test]
fn links_to_the_web_can_be_clicked_and_no_others() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let link = |ann: &mut Client, text: &str| {
        ann.say(text).expect(303);
        articles(&ann.get("/chat").body).pop().unwrap().markup
    };
    for url in ["http://example.org/a", "https://example.org/?b=1&c=(d)"] {
        let markup = link(&mut ann, &format!("see ({url}), please"));
        let escaped = url.replace('&', "&amp;");
        markup.shows(format!("<a href=\"{escaped}\"")).shows(format!(">{escaped}</a>)"));
        markup.shows("noopener").shows("noreferrer");
    }
    for text in [
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://example.org/",
        "vbscript:x",
    ] {
        let markup = link(&mut ann, text);
        markup.lacks("<a");
    }
    let tricky = link(&mut ann, "https://example.org/\"onmouseover=\"alert(1)");
    tricky.lacks("\"onmouseover");
}

#[test]
fn paging_back_shows_every_message_once_and_in_order() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let said = say_numbers(&mut ann, 123);
    let (sizes, seen, first_page) = walk(&mut ann);
    assert_eq!(sizes, [50, 50, 23]);
    assert_eq!(seen, said);
    first_page.shows("This is the start of General").shows("class=\"jump latest\"");
    assert!(!ann.get("/chat").body.contains("class=\"jump latest\""));
}

#[test]
fn exactly_one_page_of_messages_has_no_page_before() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let said = say_numbers(&mut ann, 50);
    let (sizes, seen, _) = walk(&mut ann);
    assert_eq!((sizes, seen), (vec![50], said));
    ann.say("one more");
    let (sizes, ..) = walk(&mut ann);
    assert_eq!(sizes, [50, 1]);
}

#[test]
fn what_memory_does_not_hold_is_said_to_be_gone() {
    let (_server, [mut ann]) = Server::alone(|settings| settings.history = 60).with_members(["ann"]);
    let said = say_numbers(&mut ann, 75);
    let (sizes, seen, first_page) = walk(&mut ann);
    assert_eq!(sizes, [50, 10]);
    assert_eq!(seen, said[15..]);
    first_page.shows("Older messages are not kept").lacks("This is the start of General");
    let older = ann.get("/chat?before=1").expect(200);
    older.body.shows("Older messages are not kept");
}

#[test]
fn before_excludes_the_message_that_it_names() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    say_numbers(&mut ann, 3);
    let ids: Vec<u64> = articles(&ann.get("/chat").body).iter().map(|message| message.id).collect();
    let before = |ann: &mut Client, id: u64| -> Vec<u64> {
        let page = ann.get(&format!("/chat?before={id}")).body;
        articles(&page).iter().map(|message| message.id).collect()
    };
    assert_eq!(before(&mut ann, ids[2]), ids[..2]);
    assert_eq!(before(&mut ann, ids[0]), [0_u64; 0]);
    assert_eq!(before(&mut ann, 0), [0_u64; 0]);
    assert_eq!(before(&mut ann, u64::MAX), ids, "beyond the newest");
}

#[test]
fn a_before_that_is_no_id_is_refused() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let ours = ann.get("/chat?before=x").body.matches("<script>").count();
    for before in [
        "", "x", "-1", "1.5", "%201", "%2B1", "1e3", "0x10", "18446744073709551616", "%D9%A1", "%00", "%zz",
        "1&before=2", "<script>",
    ] {
        let answer = ann.get(&format!("/chat?before={before}"));
        assert_eq!(answer.status, 400, "{before:?}");
        assert!(answer.body.contains("<header"), "{before:?}");
        assert_eq!(answer.body.matches("<script>").count(), ours, "{before:?}");
        let answer = ann.clone().json().get(&format!("/chat?before={before}"));
        assert_eq!(answer.status, 400, "{before:?}");
        assert_eq!(answer.value()["error"], "bad_request");
    }
}
