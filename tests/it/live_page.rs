//! The room without scripts: a page that never ends, and a composer beside it.

use crate::prelude::*;

#[test]
fn it_begins_with_the_newest_fifty_and_stays_open() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let ids: Vec<u64> = (0..60).map(|n| poster.say(&n.to_string())).collect();
    let mut page = Stream::open(&ann, "/chat/live");
    let head = &page.head;
    assert_eq!(head.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(head.headers("connection"), ["close"]);
    assert_eq!(head.headers("x-accel-buffering"), ["no"]);
    assert_eq!(head.headers("cache-control"), ["no-store"]);
    assert!(head.header("content-security-policy").contains("frame-ancestors 'self'"));
    for absent in ["content-length", "transfer-encoding", "x-snug-stream"] {
        assert!(head.headers(absent).is_empty(), "{absent}: {}", head.head);
    }
    let text = page.page_until(ids[59]);
    assert_eq!(page_ids(&text), ids[10..]);
    assert!(text.starts_with("<!DOCTYPE html>") && text.contains("<meta http-equiv=\"refresh\""), "{text}");
    assert!(!text.contains("</body>") && !text.contains("<script"), "it stays open, without scripts");
    let older = between(&text, "rel=\"prev\"", ">");
    assert!(older.contains("target=\"_top\""), "out of the frame: {older}");
    let next = poster.say("and on");
    assert_eq!(page_ids(&page.page_until(next)), [&ids[10..], &[next]].concat());
}

#[test]
fn each_message_is_added_once_and_as_in_the_room() {
    let (server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let mut page = Stream::open(&ann, "/chat/live");
    let texts =
        ["<script>alert(1)</script>", "</div></body>", "a & b\nc \"d\"", "https://example.org/?a&b", "x"];
    let mut last = 0;
    for author in [&ann, &bob] {
        let mut poster = Poster::new(server.address, author);
        for text in texts {
            last = poster.say(text);
        }
    }
    let text = page.page_until(last);
    text.lacks("<script").lacks("</body>");
    let look = |page: &str| {
        let articles = articles(page).into_iter();
        articles.map(|a| (a.id, a.grouped, a.author, a.clock, a.markup)).collect::<Vec<_>>()
    };
    assert_eq!(look(&text), look(&ann.get("/chat").body));
    assert_eq!(look(&text).len(), 10);
}

#[test]
fn it_ends_in_time_so_that_a_browser_stays_small() {
    let (server, [ann]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let before: Vec<u64> = (0..50).map(|n| poster.say(&n.to_string())).collect();
    let mut page = Stream::open(&ann, "/chat/live");
    // One after the other, so that each is told by itself.
    let mut last = 0;
    for n in 0..199 {
        last = poster.say(&n.to_string());
        page.page_until(last);
    }
    let end = poster.say("the 200th");
    let unheard = poster.say("for the next page");
    let ids = page_ids(&page.rest());
    assert_eq!(ids[..50], before);
    assert!(ids.contains(&last) && ids.contains(&end), "{ids:?}");
    assert!(ids.len() <= 251, "{}", ids.len());
    let mut next = Stream::open(&ann, "/chat/live");
    assert_eq!(page_ids(&next.page_until(unheard)).last(), Some(&unheard));
}

#[test]
fn in_a_frame_one_is_told_that_one_is_signed_out_and_led_out_of_it() {
    let (server, [mut former]) = Server::open().with_members(["ann"]);
    let kept = former.clone();
    former.post("/logout", &[]);
    for mut stranger in [server.visitor(), kept] {
        for target in ["/chat/live", "/chat/compose"] {
            let answer = stranger.get(target);
            assert_eq!((answer.status, answer.location()), (401, ""), "{target}");
            answer.body.shows("class=\"frame\"");
            let link = between(&answer.body, "<a ", ">");
            assert_eq!(link, "href=\"/login\" target=\"_top\"");
            let answer = stranger.clone().json().get(target);
            assert_eq!((answer.status, &answer.value()["error"]), (401, &"signed_out".into()));
        }
    }
}

#[test]
fn the_composer_comes_back_as_itself() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let mut live = Stream::open(&ann, "/chat/live");
    let frame = ann.get("/chat/compose").expect(200);
    frame.body.shows("class=\"frame\"").lacks("<iframe");
    let form = between(&frame.body, "<form", ">");
    form.shows("method=\"post\"").shows("action=\"/chat\"");
    let next = input_value(&frame.body, "next").expect("where the answer leads");
    assert_eq!(next, "/chat/compose#message", "with the keyboard in its field");
    let nonce = input_value(&frame.body, "nonce").expect("a nonce");
    let fields = |text| [("message", text), ("nonce", nonce.as_str()), ("next", next.as_str())];
    let answer = ann.post("/chat", &fields("hello"));
    assert_eq!((answer.status, answer.location()), (303, &*next));
    assert_eq!(ann.post("/chat", &fields("hello")).status, 303, "sent twice");
    assert_eq!(ann.texts(), ["hello"]);
    let id = articles(&ann.get("/chat").body)[0].id;
    assert_eq!(page_ids(&live.page_until(id)), [id], "beside it, it is told");
    assert_ne!(input_value(&ann.get("/chat/compose").body, "nonce"), Some(nonce));
}

#[test]
fn what_cannot_be_sent_stays_in_the_composer() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let long = format!("<b>\n{}", "long ".repeat(900));
    for (text, status) in [("  \n", 422), (&*long, 422)] {
        let nonce = "abc";
        let answer = ann.post("/chat", &[("message", text), ("nonce", nonce), ("next", "/chat/compose")]);
        assert_eq!(answer.status, status);
        answer.body.shows("class=\"frame\"").lacks("<iframe");
        assert!(!answer.body.contains("<article"), "the composer alone");
        assert_eq!(textarea(&answer.body), text);
        assert_eq!(
            input_value(&answer.body, "next").as_deref(),
            Some("/chat/compose#message"),
            "and it stays one"
        );
        let fault = between(&answer.body, "id=\"message-fault\"", "</p>");
        fault.shows("role=\"alert\"").lacks("hidden");
    }
    ann.post("/chat", &[("message", "one"), ("nonce", "n"), ("next", "/chat/compose")]).expect(303);
    let answer = ann.post("/chat", &[("message", "two"), ("nonce", "n"), ("next", "/chat/compose")]);
    assert_eq!((answer.status, textarea(&answer.body).as_str()), (409, "two"));
    let elsewhere = ann.post("/chat", &[("message", "three"), ("next", "https://evil.example/")]);
    assert_eq!(elsewhere.location(), "/chat");
}

#[test]
fn the_room_shows_frames_where_scripts_do_not_run() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    for n in 0..60 {
        ann.say(&n.to_string());
    }
    let page = ann.get("/chat").body;
    let framed: Vec<&str> = page.split("<noscript>").skip(1).collect();
    let framed: Vec<&str> = framed.iter().map(|rest| rest.split("</noscript>").next().unwrap()).collect();
    for target in ["/chat/live?seen=", "/chat/compose\""] {
        assert!(framed.iter().any(|markup| markup.contains(&format!("src=\"{target}"))), "{framed:?}");
    }
    // What is older is a plain page.
    let first = articles(&page)[0].id;
    assert!(!ann.get(&format!("/chat?before={first}")).body.contains("<iframe"));
    server.visitor().login("ann", PASSWORD).expect(303);
}
