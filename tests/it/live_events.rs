//! `/events`: what programs and our script get, and from where on.

use crate::prelude::*;

const TEXTS: [&str; 7] = [
    "hello",
    "two\nlines",
    "\"quoted\" \\ and a\ttab",
    "data: x\n\nid: 99\nevent: reload\n\n:",
    "प्रिया 🙂 e\u{301} \u{2028}\u{2029}",
    "<b>bold</b> & https://example.org/?a=1&b=2",
    "a trailing colon:",
];

/// Posts these and gives their ids.
fn post_all(client: &Client, texts: &[&str]) -> Vec<u64> {
    let mut client = client.clone().json();
    let post = |text: &&str| {
        let answer = client.say(text).expect(201);
        answer.value()["id"].as_u64().unwrap()
    };
    texts.iter().map(post).collect()
}

/// The next messages of a stream.
fn messages(stream: &mut Stream, count: usize) -> Vec<Value> {
    let next = || stream.message().expect("another message");
    let told = std::iter::repeat_with(next).take(count);
    told.map(|told| {
        let value = told.value();
        assert_eq!(told.id, value["id"].as_u64(), "the event's id is the message's");
        value
    })
    .collect()
}

fn after(client: &Client, query: &str, extra: &str, count: usize) -> Vec<u64> {
    let mut stream = Stream::open_with(client, &format!("/events{query}"), extra);
    messages(&mut stream, count).iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[test]
fn events_come_as_a_stream_that_ends_with_the_connection() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    post_all(&ann, &["hello"]);
    for target in ["/events", "/events?after=0", "/events?format=html", "/events?after=0&format=html"] {
        let stream = Stream::open(&ann, target);
        let head = &stream.head;
        assert!(head.head.starts_with("HTTP/1.1 200 "), "{}", head.head);
        assert_eq!(head.header("content-type"), "text/event-stream");
        for absent in ["content-length", "transfer-encoding", "set-cookie"] {
            assert!(head.headers(absent).is_empty(), "{absent}: {}", head.head);
        }
        assert_eq!(head.headers("connection"), ["close"], "{}", head.head);
        assert_eq!(head.headers("x-accel-buffering"), ["no"], "{}", head.head);
        assert_eq!(head.headers("cache-control"), ["no-store"], "{}", head.head);
        assert_eq!(head.headers("x-content-type-options"), ["nosniff"], "{}", head.head);
        assert!(!head.head.to_ascii_lowercase().contains("x-snug"), "{}", head.head);
    }
}

#[test]
fn the_data_is_the_message_as_the_room_has_it_whether_missed_or_live() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let mut live = Stream::open(&ann, "/events");
    post_all(&ann, &TEXTS);
    let room = ann.all_messages();
    assert_eq!(messages(&mut live, TEXTS.len()), room);
    let mut missed = Stream::open(&ann, "/events?after=0&format=json");
    assert_eq!(missed.event().map(|told| told.kind).as_deref(), Some("retry"));
    assert_eq!(messages(&mut missed, TEXTS.len()), room);
}

#[test]
fn the_fragments_are_those_of_the_page() {
    let (_server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let mut live = Stream::open(&ann, "/events?format=html");
    for author in [&ann, &bob, &bob] {
        post_all(author, &TEXTS);
    }
    // Apart from the line at the first message that she has not seen.
    let page = ann.get("/chat").body.replace("<h2 class=\"unseen\" id=\"new\"><span>New</span></h2>", "");
    let mut missed = Stream::open(&ann, "/events?format=html&after=0");
    for stream in [&mut live, &mut missed] {
        let mut run = String::new();
        for expected in articles(&page) {
            let told = stream.message().unwrap();
            assert_eq!(told.id, Some(expected.id));
            assert!(page.contains(&told.data), "{}", told.data);
            run += &told.data;
        }
        assert!(page.contains(&run), "one after the other, they are the page's list");
        assert_eq!(articles(&run).len(), 3 * TEXTS.len());
    }
}

#[test]
fn a_stream_begins_now_or_after_what_was_seen() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let ids = post_all(&ann, &["a", "b", "c", "d"]);
    let mut now = Stream::open(&ann, "/events");
    let later = post_all(&ann, &["e"])[0];
    assert_eq!(now.message().unwrap().id, Some(later), "nothing that was before");
    let all = [&ids[..], &[later]].concat();
    assert_eq!(after(&ann, "?after=0", "", 5), all);
    assert_eq!(after(&ann, &format!("?after={}", ids[0]), "", 4), all[1..], "exclusive");
    assert_eq!(after(&ann, &format!("?after={}", ids[0] - 1), "", 5), all, "from between messages");
    let header = |id: u64| format!("Last-Event-ID: {id}\r\n");
    assert_eq!(after(&ann, "", &header(ids[1]), 3), all[2..]);
    let both = format!("?after={}", ids[0]);
    assert_eq!(after(&ann, &both, &header(ids[2]), 2), all[3..], "the header is newer");
    assert_eq!(after(&ann, &both, "Last-Event-ID: \r\n", 4), all[1..], "a browser that saw nothing yet");
}

#[test]
fn strangers_are_told_so_and_not_led_away() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let former = ann.clone();
    ann.post("/logout", &[]);
    for stranger in [server.visitor(), former] {
        for target in ["/events", "/events?format=html", "/events?after=0"] {
            let answer = Stream::refused(&stranger, target);
            assert_eq!((answer.status, answer.location()), (401, ""), "{target}");
            let answer = stranger.clone().json().get(target);
            assert_eq!((answer.status, &answer.value()["error"]), (401, &"signed_out".into()));
        }
    }
}

#[test]
fn what_makes_no_sense_is_a_bad_request() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let numbers = ["x", "-1", "+1", "1.5", "1e3", "0x10", "٣", "18446744073709551616", "1,2"];
    for number in numbers {
        let encoded: String = form_urlencoded::byte_serialize(number.as_bytes()).collect::<Vec<_>>().concat();
        let answer = Stream::refused(&ann, &format!("/events?after={encoded}"));
        assert_eq!(answer.status, 400, "after {number}");
        let extra = format!("Last-Event-ID: {number}\r\n");
        let answer = Stream::ask(&ann, "/events?after=0", &extra).err().expect("no stream");
        assert_eq!(answer.status, 400, "Last-Event-ID {number}");
    }
    for query in ["format=xml", "format=HTML", "format=json,html", "after=1&after=2", "after=%FF"] {
        assert_eq!(Stream::refused(&ann, &format!("/events?{query}")).status, 400, "{query}");
    }
    let twice = "Last-Event-ID: 1\r\nLast-Event-ID: 2\r\n";
    Stream::ask(&ann, "/events", twice).err().expect("no stream").expect(400);
    ann.clone().post("/events", &[]).expect(405);
}

#[test]
fn a_head_says_the_same_and_takes_no_seat() {
    let (_server, [ann]) = Server::with(|settings| settings.streams = 1).with_members(["ann"]);
    for _ in 0..3 {
        for (target, kind) in
            [("/events?after=0", "text/event-stream"), ("/chat/live", "text/html; charset=utf-8")]
        {
            let answer = ann.clone().send("HEAD", target, "", b"");
            assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{}", answer.head);
            assert_eq!(answer.header("content-type"), kind);
            assert!(!answer.head.to_ascii_lowercase().contains("x-snug"), "{}", answer.head);
        }
    }
    let mut stream = Stream::open(&ann, "/events");
    let id = post_all(&ann, &["hello"])[0];
    assert_eq!(stream.message().unwrap().id, Some(id));
}

#[test]
fn an_old_client_gets_a_stream_as_well() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let mut socket = ann.connect();
    let head = format!("GET /events HTTP/1.0\r\nCookie: {}\r\n\r\n", ann.cookies());
    socket.write_all(head.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let mut hear_until = |mark: &str| {
        while !String::from_utf8_lossy(&bytes).contains(mark) {
            let mut some = [0; 1024];
            let count = read_some(&mut socket, &mut some).unwrap();
            assert!(count > 0, "it ends before {mark}");
            bytes.extend_from_slice(&some[..count]);
        }
        String::from_utf8(bytes.clone()).unwrap()
    };
    hear_until("retry: 2000\n\n");
    let id = post_all(&ann, &["hello"])[0];
    let all = hear_until("\"text\":\"hello\"");
    let (head, body) = all.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "{head}");
    assert!(body.starts_with(&format!("retry: 2000\n\nid: {id}\ndata: {{")), "{body}");
}

#[test]
fn whoever_asks_again_and_again_gets_what_came_after() {
    let server = Server::alone(|settings| settings.history = 130);
    let ann = server.member("ann").json();
    let texts: Vec<String> = (0..120).map(|n| n.to_string()).collect();
    let ids = post_all(&ann, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let page = |after: u64| {
        let answer = ann.clone().get(&format!("/chat?after={after}")).expect(200);
        let value = answer.value();
        let page = value["messages"].as_array().unwrap().iter();
        page.map(|message| message["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let (mut seen, mut sizes, mut last) = (Vec::new(), Vec::new(), 0);
    for _ in 0..4 {
        let page = page(last);
        last = page.last().copied().unwrap_or(last);
        sizes.push(page.len());
        seen.extend(page);
    }
    assert_eq!((seen, sizes), (ids.clone(), vec![50, 50, 20, 0]));
    assert_eq!(page(ids[118]), ids[119..], "exclusive");
    let status = |query: &str| {
        let answer = ann.clone().get(&format!("/chat?{query}"));
        (answer.status, answer.value()["error"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(status("after=1&before=9"), (400, "bad_request".into()));
    assert_eq!(status("after=x"), (400, "bad_request".into()));
    assert_eq!(status(&format!("after={}", ids[119] + 1)), (410, "gone".into()), "from another life");
    let more = post_all(&ann, &["x"; 11]);
    assert_eq!(status(&format!("after={}", ids[0] - 1)), (410, "gone".into()), "forgotten");
    assert_eq!(page(ids[0]), [&ids[1..51]].concat(), "nothing after this is forgotten");
    assert_eq!(page(ids[119]), more);
}

#[test]
fn whoever_is_behind_what_is_kept_is_told_to_load_anew() {
    let (_server, [ann]) =
        Server::alone(|settings| (settings.history, settings.post_rate) = (3, 0)).with_members(["ann"]);
    let ids = post_all(&ann, &["a", "b", "c", "d", "e"]);
    let reload = |target: String, extra: &str| {
        let answer = Stream::ask(&ann, &target, extra).err().expect("an end");
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
        assert!(answer.body.ends_with("\n\nevent: reload\ndata:\n\n"), "{}", answer.body);
        answer.body.lacks("id:");
    };
    for format in ["json", "html"] {
        reload(format!("/events?format={format}&after={}", ids[0]), "");
        reload(format!("/events?format={format}&after={}", ids[4] + 1), "");
        reload(format!("/events?format={format}"), &format!("Last-Event-ID: {}\r\n", u64::MAX));
    }
    assert_eq!(after(&ann, &format!("?after={}", ids[1]), "", 3), ids[2..]);
}

#[test]
fn whoever_missed_more_than_500_is_told_to_load_anew() {
    let (_server, [ann]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann"]);
    let ids = post_all(&ann, &["x"; 501]);
    let answer = Stream::refused(&ann, &format!("/events?after={}", ids[0] - 1));
    answer.body.shows("event: reload\n").lacks("id:");
    assert_eq!(after(&ann, &format!("?after={}", ids[0]), "", 500), ids[1..]);
}

#[test]
fn a_page_says_from_where_its_stream_goes_on() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let id = post_all(&ann, &["hello"])[0];
    server.member("bob"); // Records that are no messages count as well.
    let page = ann.get("/chat").body;
    let (_, list) = page.split_once("<div id=\"messages\"").unwrap();
    let seq: u64 = attribute(list.split('>').next().unwrap(), "data-seq").unwrap().parse().unwrap();
    assert!(seq > id);
    let mut stream = Stream::open(&ann, &format!("/events?after={seq}"));
    let next = post_all(&ann, &["next"])[0];
    assert_eq!(stream.message().unwrap().id, Some(next));
}

#[test]
fn a_client_that_says_more_than_its_request_still_gets_its_stream() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let more = "Content-Length: 5\r\n\r\nhelloGET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    let mut stream = Stream::open_with(&ann, "/events", more);
    let id = post_all(&ann, &["hello"])[0];
    assert_eq!(stream.message().unwrap().id, Some(id));
    stream.socket().write_all(b"and more").unwrap();
    let id = post_all(&ann, &["again"])[0];
    assert_eq!(stream.message().unwrap().id, Some(id));
}
