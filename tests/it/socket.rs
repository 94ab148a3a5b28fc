//! WebSocket: a program hears and says everything on one connection.

use crate::prelude::*;

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The answer to a command as a form's JSON answer: its status, and what it says.
fn as_form(answer: &Value) -> (u64, Value) {
    (answer["status"].as_u64().unwrap(), answer["data"].clone())
}

#[test]
fn what_is_said_on_one_socket_is_heard_on_all() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = ann.open_room(true);
    ann.add_to_room(room, "bob");
    ann.say_at("/people/bob", "in private");
    let private = ann.room_at("/people/bob");
    let mut stream = Stream::open(&bob, "/events");
    let [mut here, mut there] = [&ann, &bob].map(|who| Socket::open(who, "/socket"));
    for (place, text) in [(0, "hello"), (room, "in the room"), (private, "to bob")] {
        let command = json!({"do": "post", "tag": text, "room": place, "message": text, "nonce": place});
        let answer = here.command(&command);
        assert_eq!(answer["status"], 201, "{answer}");
        let id = answer["data"]["id"].as_u64();
        // Once more, as if its answer was lost.
        assert_eq!(here.command(&command)["data"]["id"].as_u64(), id);
        for socket in [&mut here, &mut there] {
            let told = socket.message().unwrap();
            assert_eq!((told.id, told.value()["room"].as_u64()), (id, Some(place)));
            assert_eq!(told.value()["text"], text);
        }
        let told = stream.message().unwrap();
        assert_eq!((told.id, &told.value()["text"]), (id, &json!(text)));
    }
    let id = there.post("to be changed");
    assert_eq!(here.message().unwrap().id, Some(id));
    bob.edit_message(id, "changed");
    let edited = here.next_among(&["edited"]).unwrap();
    assert_eq!((&edited.value()["id"], &edited.value()["text"]), (&json!(id), &json!("changed")));
    bob.remove_message(id);
    let removed = here.next_among(&["removed"]).unwrap();
    assert_eq!(removed.value(), json!({"id": id, "room": 0}));
    drop(server);
}

#[test]
fn typing_and_reading_are_told_on_it() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let id = ann.clone().say_at("/chat", "news");
    assert_eq!(bob.unread_in_chat(), 1);
    let mut page = Stream::open(&ann, "/events?format=html");
    let mut socket = Socket::open(&bob, "/socket");
    assert_eq!(socket.command(&json!({"do": "typing", "tag": 1})), json!({"tag": 1, "status": 200}));
    while !page.next_of("people").data.contains("\"name\":\"bob\"") {}
    let read = json!({"do": "read", "tag": 2, "room": "0", "up_to": id});
    assert_eq!(socket.command(&read), json!({"tag": 2, "status": 200}));
    wait_until("the read marker", || bob.unread_in_chat() == 0);
    drop(server);
}

#[test]
fn a_command_is_refused_as_its_form_is() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = bob.open_room(false);
    let mut socket = Socket::open(&ann, "/socket");
    socket.post("first");
    let long = "x".repeat(4_001);
    let nowhere = format!("/rooms/{room}");
    let mut same = |path: &str, fields: &[(&str, &str)], command: Value| {
        let answer = ann.clone().json().post(path, fields);
        let told = socket.command(&command);
        let form: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(as_form(&told), (answer.status.into(), form), "{command}");
        assert!(answer.status >= 400, "{command}: {answer:?}");
        assert_eq!(told.get("tag"), command.get("tag"));
    };
    same("/chat", &[("message", " ")], json!({"do": "post", "tag": "a", "message": " "}));
    same("/chat", &[("message", &long)], json!({"do": "post", "tag": 7, "message": long}));
    same("/chat", &[("message", "a\0")], json!({"do": "post", "message": "a\u{0}"}));
    same("/chat", &[("message", "a"), ("what", "b")], json!({"do": "post", "message": "a", "what": "b"}));
    same("/chat", &[("message", "a"), ("message", "b")], json!({"do": "post", "message": ["a", "b"]}));
    same("/chat", &[("message", "a"), ("file", "99")], json!({"do": "post", "message": "a", "file": [99]}));
    same("/chat", &[("message", "a"), ("as", "99")], json!({"do": "post", "message": "a", "as": 99}));
    same(
        "/chat",
        &[("message", "a"), ("nonce", "a b")],
        json!({"do": "post", "message": "a", "nonce": "a b"}),
    );
    same(
        "/chat",
        &[("message", "a"), ("reply_to", "1")],
        json!({"do": "post", "message": "a", "reply_to": 1}),
    );
    same(&nowhere, &[("message", "a")], json!({"do": "post", "room": room, "message": "a"}));
    same("/typing", &[("room", &room.to_string())], json!({"do": "typing", "room": room}));
    same("/typing", &[("room", "1.5")], json!({"do": "typing", "room": 1.5}));
    same("/chat/read", &[], json!({"do": "read"}));
    same("/chat/read", &[("up_to", "-1")], json!({"do": "read", "up_to": -1}));
    same(&format!("{nowhere}/read"), &[("up_to", "1")], json!({"do": "read", "room": room, "up_to": 1}));
    socket.post("last");
    drop(server);
}

#[test]
fn rates_are_those_of_the_forms() {
    let (_server, [ann]) = Server::with(|settings| settings.post_rate = 1).with_members(["ann"]);
    let mut socket = Socket::open(&ann, "/socket");
    for n in 0..199 {
        socket.post(&n.to_string());
    }
    ann.clone().json().post("/chat", &[("message", "the last")]).expect(201);
    let answer = socket.command(&json!({"do": "post", "tag": "t", "message": "one too many"}));
    assert_eq!((&answer["status"], &answer["data"]["error"]), (&json!(429), &json!("too_many_messages")));
    assert!(answer["retry_after"].as_u64().unwrap() > 0, "{answer}");
    let form = ann.clone().json().post("/chat", &[("message", "one too many")]).expect(429);
    assert!(!form.header("retry-after").is_empty());
}

#[test]
fn what_is_no_command_is_refused_and_the_socket_goes_on() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let mut socket = Socket::open(&ann, "/socket");
    for (text, status, code) in [
        ("", 400, "bad_request"),
        ("hello", 400, "bad_request"),
        ("[]", 400, "bad_request"),
        ("{\"do\":\"post\",\"message\":\"a\"", 400, "bad_request"),
        ("{}", 422, "unknown_command"),
        ("{\"do\":\"dance\"}", 422, "unknown_command"),
        ("{\"do\":[\"post\"]}", 422, "unknown_command"),
        ("{\"do\":\"post\",\"message\":{\"a\":1}}", 400, "bad_request"),
        ("{\"do\":\"post\",\"message\":null}", 400, "bad_request"),
        ("{\"do\":\"post\",\"message\":[[\"a\"]]}", 400, "bad_request"),
        ("{\"do\":\"post\",\"message\":\"a\",\"room\":true}", 400, "bad_request"),
        ("{\"do\":\"post\",\"message\":\"a\",\"tag\":{}}", 400, "bad_request"),
        (
            &format!("{{\"do\":\"post\",\"message\":\"a\",\"tag\":\"{}\"}}", "x".repeat(200)),
            400,
            "bad_request",
        ),
        (&"[".repeat(10_000), 400, "bad_request"),
    ] {
        assert!(socket.say_frame(TEXT, text));
        let answer = socket.answer();
        assert_eq!((&answer["status"], &answer["data"]["error"]), (&json!(status), &json!(code)), "{text}");
        assert_eq!(answer.get("tag"), None, "{text}");
    }
    let id = socket.post("still here");
    assert_eq!(socket.ids_until(id), [id]);
}

#[test]
fn curl_sends_commands_as_well() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let say = |client: &Client, kind: &str, command: &Value| {
        client.clone().post_body("/socket", kind, command.to_string().as_bytes())
    };
    let command = json!({"do": "post", "tag": "t1", "message": "by curl"});
    let answer = say(&ann, "application/json; charset=utf-8", &command).expect(201);
    let id = server.records().last().unwrap().seq.0;
    assert_eq!(answer.value(), json!({"tag": "t1", "status": 201, "data": {"id": id}}));
    let answer = say(&server.visitor(), "application/json", &command).expect(401);
    assert_eq!((&answer.value()["status"], &answer.value()["tag"]), (&json!(401), &json!("t1")));
    say(&ann, FORM, &command).expect(415);
    say(&ann, "text/plain", &command).expect(415);
    let foreign = ann.clone().with_header("Origin", "https://elsewhere.example");
    say(&foreign, "application/json", &command).expect(403);
}

#[test]
fn commands_are_answered_in_their_order_and_nobody_else_waits_for_the_disk() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [mut ann, mut bob, mut other] = [&ann, &bob, &ann].map(|who| Socket::open(who, "/socket"));
    server.appending.shut();
    for n in 0..20 {
        ann.say(&json!({"do": "post", "tag": n, "message": n}));
    }
    server.appending.wait_for_held(1);
    for socket in [&mut bob, &mut other] {
        assert_eq!(socket.command(&json!({"do": "typing", "tag": "t"}))["status"], 200);
        assert!(socket.say_frame(PING, "still there?"));
        let frame = socket.frame().unwrap();
        assert_eq!((frame.first, &*frame.payload), (PONG, &b"still there?"[..]));
    }
    server.appending.release();
    let answers: Vec<Value> = (0..20).map(|_| ann.answer()).collect();
    let tags: Vec<_> = answers.iter().map(|answer| answer["tag"].as_u64().unwrap()).collect();
    assert_eq!(tags, (0..20).collect::<Vec<_>>());
    let ids: Vec<_> = answers.iter().map(|answer| answer["data"]["id"].as_u64().unwrap()).collect();
    assert_eq!(bob.ids_until(ids[19]), ids);
}

#[test]
fn what_was_missed_comes_first() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let first = ann.say_at("/chat", "first");
    let ids: Vec<u64> = (0..3).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    bob.clone().json().post(&format!("/messages/{}/react", ids[0]), &[("emoji", "👍")]);
    let last = ann.say_at("/chat", "last");
    let mut socket = Socket::open(&bob, &format!("/socket?after={first}"));
    let told = socket.changes_until(last);
    let mut stream = Stream::open(&bob, &format!("/events?after={first}"));
    let same = stream.changes_until(last);
    let values = |told: &[StreamEvent]| -> Vec<_> {
        told.iter().map(|told| (told.kind.clone(), told.id, told.value())).collect()
    };
    assert_eq!(values(&told), values(&same));
    let id = socket.post("and on");
    assert_eq!(socket.ids_until(id), [id]);
}

#[test]
fn whoever_missed_too_much_is_told_to_load_anew() {
    let (_server, [mut ann]) = Server::unlimited().with_members(["ann"]);
    ann.say_lines(501);
    let mut socket = Socket::open(&ann, "/socket?after=1");
    assert_eq!(socket.event().unwrap().kind, "reload");
    assert_eq!(socket.event(), None);
    socket.assert_closed(1000);
}

#[test]
fn it_ends_with_its_session_and_with_its_rooms() {
    let (server, [owner, mut ann, bob]) = Server::open().with_members(["owner", "ann", "bob"]);
    let room = bob.open_room(true);
    let own = bob.open_room(true);
    ann.clone().post(&format!("/rooms/{own}/join"), &[]).expect(303);
    let elsewhere = server.login("ann");
    let mut ending = Socket::open(&ann, "/socket");
    let mut leaving = Socket::open(&elsewhere, &format!("/socket?room={own}"));
    let mut previewing = Socket::open(&elsewhere, &format!("/socket?room={room}"));
    let mut going_on = Socket::open(&elsewhere, "/socket");
    ann.post("/logout", &[]).expect(303);
    let unheard = bob.say_at("/chat", "unheard of");
    assert_eq!(ending.message(), None);
    ending.assert_closed(1008);
    elsewhere.leave_room(own);
    leaving.assert_closed(1008);
    for socket in [&mut previewing, &mut going_on] {
        assert_eq!(socket.ids_until(unheard), [unheard]);
    }
    owner.remove_member("ann");
    going_on.assert_closed(1008);
}

#[test]
fn a_client_that_closes_is_answered() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    for payload in [Vec::new(), close_payload(1000, b"bye"), close_payload(4321, b"")] {
        let mut socket = Socket::open(&ann, "/socket");
        socket.post("hello");
        assert!(socket.say_frame(CLOSE, payload));
        socket.assert_closed(1000);
    }
}

#[test]
fn what_was_said_before_a_close_is_answered_before_it() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut socket = Socket::open(&ann, "/socket");
    server.appending.shut();
    for tag in [1, 2] {
        socket.say(&json!({ "do": "post", "tag": tag, "message": format!("message {tag}") }));
    }
    assert!(socket.say_frame(CLOSE, close_payload(1000, b"")));
    socket.say(&json!({ "do": "post", "tag": 3, "message": "never" }));
    server.appending.wait_for_held(1);
    server.appending.release();
    for tag in [1, 2] {
        let answer = socket.answer();
        assert_eq!((&answer["tag"], &answer["status"]), (&json!(tag), &json!(201)));
    }
    socket.assert_closed(1000);
    assert_eq!(ann.messages_at("/chat").len(), 2);
}

#[test]
fn snug_stops_and_says_so_after_the_answers() {
    let (mut server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [mut ann, mut bob] = [&ann, &bob].map(|who| Socket::open(who, "/socket"));
    server.appending.shut();
    ann.say(&json!({"do": "post", "tag": "t", "message": "just in time"}));
    server.appending.wait_for_held(1);
    let appending = Arc::clone(&server.appending);
    let address = server.address;
    let stopping = thread::spawn(move || server.restarts(|| {}));
    wait_until("no new connection", || TcpStream::connect(address).is_err());
    appending.release();
    assert_eq!(ann.answer()["status"], 201);
    ann.assert_closed(1001);
    bob.assert_closed(1001);
    stopping.join().unwrap();
}

#[test]
fn a_handshake_is_whole_or_refused() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let connection = "Connection: keep-alive, Upgrade\r\n";
    let (upgrade, version) = ("Upgrade: WebSocket\r\n", "Sec-WebSocket-Version: 13\r\n");
    let status = |lines: &[&str]| match Socket::ask(&ann, "/socket", &lines.concat()) {
        Ok(socket) => socket.head,
        Err(answer) => answer,
    };
    for (lines, wanted) in [
        (&[connection, upgrade, version, KEY][..], 101),
        (&["Connection: keep-alive\r\n", "Connection: upgrade\r\n", upgrade, version, KEY], 101),
        (&[connection, "Upgrade: h2c, websocket\r\n", version, KEY], 101),
        (&[connection, upgrade, version, KEY, "Sec-WebSocket-Extensions: permessage-deflate\r\n"], 101),
        (&[connection, upgrade, version, KEY, "Sec-WebSocket-Protocol: chat\r\n"], 101),
        (&[], 426),
        (&[connection, version, KEY], 426),
        (&[connection, "Upgrade: h2c\r\n", version, KEY], 426),
        (&[connection, upgrade, KEY], 426),
        (&[connection, upgrade, "Sec-WebSocket-Version: 8\r\n", KEY], 426),
        (&[upgrade, version, KEY], 400),
        (&[connection, upgrade, version], 400),
        (&[connection, upgrade, version, "Sec-WebSocket-Key: c2hvcnQ=\r\n"], 400),
        (&[connection, upgrade, version, KEY, KEY], 400),
        (&[connection, upgrade, version, KEY, "Origin: https://elsewhere.example\r\n"], 403),
        (&[connection, upgrade, version, KEY, "Origin: null\r\n"], 403),
        (&[connection, upgrade, version, KEY, "Sec-Fetch-Site: cross-site\r\n"], 403),
        (&[connection, upgrade, version, KEY, &format!("Origin: {}\r\n", server.url(""))], 101),
    ] {
        let answer = status(lines);
        assert_eq!(answer.status, wanted, "{lines:?}: {answer:?}");
        if wanted == 426 {
            let told = ["upgrade", "sec-websocket-version", "connection"].map(|name| answer.header(name));
            assert_eq!(told, ["websocket", "13", "Upgrade"]);
        }
        for absent in ["sec-websocket-extensions", "sec-websocket-protocol", "content-length"] {
            assert!(wanted != 101 || answer.header(absent).is_empty(), "{answer:?}");
        }
    }
    let cookie = ann.cookie.as_ref().unwrap();
    let old =
        format!("GET /socket HTTP/1.0\r\nHost: {}\r\nCookie: {cookie}\r\n{UPGRADE}\r\n", server.address);
    assert_eq!(ann.send_raw(old.as_bytes()).status, 426);
    ann.clone().send("HEAD", "/socket", UPGRADE, b"").expect(426);
    server.visitor().send("GET", "/socket", UPGRADE, b"").expect(401);
    ann.clone().send("PUT", "/socket", "", b"").expect(405);
}

#[test]
fn what_is_sent_behind_the_handshake_is_heard() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let cookie = ann.cookies();
    let head =
        format!("GET /socket HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n{UPGRADE}\r\n", server.address);
    let said: Vec<u8> = (0..30)
        .flat_map(|n| masked_frame(TEXT, json!({"do": "typing", "tag": n}).to_string().as_bytes()))
        .collect();
    let mut wire = ann.connect();
    wire.write_all(&[head.as_bytes(), &said].concat()).unwrap();
    let mut answers = Vec::new();
    let last = br#"{"tag":29,"status":200}"#;
    while !answers.ends_with(last) {
        let mut some = [0; 4096];
        let count = read_some(&mut wire, &mut some).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&answers));
        answers.extend_from_slice(&some[..count]);
    }
}

#[test]
fn sockets_count_as_streams() {
    let few = |settings: &mut Settings| (settings.streams, settings.streams_per_member) = (3, 2);
    let (_server, [ann, bob, cyd]) = Server::with(few).with_members(["ann", "bob", "cyd"]);
    let mut page = Stream::open(&cyd, "/events?format=html");
    let mut first = Socket::open(&ann, "/socket");
    while !page.next_of("people").data.contains("ann") {}
    let mut second = Socket::open(&ann, "/socket");
    Socket::refused(&ann, "/socket").expect(429);
    Stream::refused(&ann, "/events").expect(429);
    // She has most.
    let mut third = Socket::open(&bob, "/socket");
    second.assert_closed(1013);
    first.post("one of hers is left");
    third.post("and his is there");
}

#[test]
fn whoever_hangs_up_has_their_place_until_the_command_is_answered() {
    let one = |settings: &mut Settings| settings.streams_per_member = 1;
    let (server, [ann, bob]) = Server::with(one).with_members(["ann", "bob"]);
    let mut page = Stream::open(&bob, "/events?format=html");
    let mut socket = Socket::open(&ann, "/socket");
    while !page.next_of("people").data.contains("ann") {}
    server.appending.shut();
    socket.say(&json!({"do": "post", "message": "not heard"}));
    server.appending.wait_for_held(1);
    drop(socket);
    while page.next_of("people").data.contains("ann") {}
    Socket::refused(&ann, "/socket").expect(429);
    server.appending.release();
    wait_until("her place", || Socket::ask(&ann, "/socket", UPGRADE).is_ok());
}
