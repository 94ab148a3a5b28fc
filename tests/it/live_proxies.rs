//! Streams through real proxies, which gather what they pass on unless there is a reason not to.

use crate::prelude::*;

/// What is said arrives without anything else that could push it along.
fn streams_pass(snug: &SeededProcess, proxy: SocketAddr) {
    let mut ann = Client::at(proxy);
    ann.cookie = Some(snug.cookie());
    // Hang guards only, but below the heartbeat, which would push things along.
    let patience = Duration::from_secs(12);
    let mut json = Stream::open(&ann, "/events").patient(patience);
    let mut html = Stream::open(&ann, "/events?format=html").patient(patience);
    let mut page = Stream::open(&ann, "/chat/live").patient(patience);
    let mut poster = Poster::new(snug.address, &snug.ann);
    let mut ids = Vec::new();
    for text in ["small", "another", &"long ".repeat(700), "x"] {
        let id = poster.say(text);
        ids.push(id);
        assert_eq!(json.message().expect("a message").id, Some(id));
        assert_eq!(html.message().expect("a message").id, Some(id));
        page.page_until(id);
    }
    let mut missed = Stream::resume(&ann, "/events", ids[0]).patient(patience);
    assert_eq!(missed.ids_until(ids[3]), ids[1..]);
    // Whoever leaves the proxy leaves snug.
    drop((json, html, page, missed));
    sockets_pass(snug, &ann, ids[3]);
    let mut last = Stream::open(&ann, "/events?format=html").patient(patience);
    assert_eq!(last.next_of("people").kind, "people");
    wait_until("seats come back", || Stream::ask(&ann, "/chat/live", "").is_ok());
    // And streams that snug ends, end there.
    let mut ending = Stream::open(&ann, "/events").patient(patience);
    ann.clone().post("/logout", &[]).expect(303);
    assert!(ending.message().is_none());
}

/// Both ways, and also what is no message.
fn sockets_pass(snug: &SeededProcess, ann: &Client, last: u64) {
    let target = format!("/socket?after={last}");
    let mut poster = Poster::new(snug.address, &snug.ann);
    let missed = poster.say("missed");
    let mut socket = None;
    wait_until("seats come back", || {
        socket = Socket::ask(ann, &target, UPGRADE).ok();
        socket.is_some()
    });
    let mut socket = socket.unwrap().patient(Duration::from_secs(12));
    assert_eq!(socket.message().unwrap().id, Some(missed));
    for text in ["small", &"long ".repeat(700), "x"] {
        let id = socket.post(text);
        assert_eq!(socket.message().unwrap().id, Some(id));
        let id = poster.say(text);
        assert_eq!(socket.message().unwrap().id, Some(id));
    }
    socket.say_frame(PING, "there?");
    let pong = std::iter::from_fn(|| socket.frame()).find(|frame| frame.first == PONG);
    assert_eq!(pong.unwrap().payload, b"there?");
    socket.say_frame(CLOSE, close_payload(1000, b""));
    socket.assert_closed(1000);
    let foreign = format!("{UPGRADE}Origin: http://elsewhere.example\r\n");
    Socket::ask(ann, &target, &foreign).err().expect("no socket").expect(403);
    // And a socket that leaves, leaves there.
    for _ in 0..6 {
        wait_until("seats come back", || Socket::ask(ann, &target, UPGRADE).is_ok());
    }
}

#[test]
fn nginx_passes_streams_on_at_once() {
    let snug = SeededProcess::run(&["--streams", "4"]);
    let lines = readme_lines("location / {").replace(README_CHAT, &snug.address.to_string());
    let Some(proxy) = RealProxy::nginx("", &lines) else { return };
    streams_pass(&snug, proxy.address());
}

#[test]
fn caddy_passes_streams_on_at_once() {
    let snug = SeededProcess::run(&["--streams", "4"]);
    let lines = readme_lines("chat.example.org {").replace(README_CHAT, &snug.address.to_string());
    let Some(proxy) = RealProxy::caddy(&lines) else { return };
    streams_pass(&snug, proxy.address());
}
