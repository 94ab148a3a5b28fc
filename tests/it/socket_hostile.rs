//! Frames that no sound client sends (RFC 6455; the cases are those of Autobahn's test suite), and clients that say or take
//! too much, too little or too slowly: each ends as it should, and nobody else notices.

use crate::prelude::*;

const TEXT_BEGINS: u8 = 0x01;
const CONTINUES: u8 = 0x00;
const ENDS: u8 = 0x80;
const TAG: &str = "h\u{ef}nt \u{1f642}";
/// Longest message, in bytes.
const MESSAGE_MAX: usize = 64 * 1024;

/// A hint, as a text of this many bytes.
fn hint(bytes: usize) -> Vec<u8> {
    let mut text = json!({"do": "typing", "tag": TAG}).to_string().into_bytes();
    text.resize(bytes.max(text.len()), b' ');
    text
}

/// The same in one frame.
fn hint_frame() -> Vec<u8> {
    masked_frame(TEXT, &hint(0))
}

/// A text in frames of these parts.
fn fragments(parts: &[&[u8]]) -> Vec<u8> {
    let last = parts.len() - 1;
    let frame = |(index, part): (usize, &&[u8])| {
        let flags = if index == 0 { TEXT_BEGINS } else { CONTINUES } | if index == last { ENDS } else { 0 };
        masked_frame(flags, part)
    };
    parts.iter().enumerate().flat_map(frame).collect()
}

/// A head without a payload: flags and opcode, the second byte, the rest of the length.
fn head(first: u8, second: u8, length: &[u8]) -> Vec<u8> {
    [&[first, second][..], length].concat()
}

/// What ends a socket, by code.
fn violations() -> Vec<(&'static str, Vec<u8>, u16)> {
    let masked = |first, payload: &[u8]| masked_frame(first, payload);
    let close = |code, reason: &[u8]| masked_frame(CLOSE, &close_payload(code, reason));
    let begun = masked(TEXT_BEGINS, b"begun");
    let mut all = vec![
        ("unmasked text", head(TEXT, 5, b"Hello"), 1002),
        ("unmasked ping", head(PING, 0, b""), 1002),
        ("binary", masked(0x82, b"\x00\xFF"), 1003),
        ("binary in fragments", masked(0x02, b"\x00"), 1003),
        ("long ping", masked(PING, &[b'p'; 126]), 1002),
        ("long pong", masked(PONG, &[b'p'; 126]), 1002),
        ("long close", close(1000, &[b'x'; 124]), 1002),
        ("ping in fragments", [masked(0x09, b"a"), masked(ENDS, b"b")].concat(), 1002),
        ("pong in fragments", masked(0x0A, b"a"), 1002),
        ("close in fragments", masked(0x08, b""), 1002),
        ("continuation of nothing", masked(ENDS, b"a"), 1002),
        ("continuation of nothing, to go on", masked(CONTINUES, b"a"), 1002),
        ("continuation of what is whole", [hint_frame(), masked(ENDS, b"a")].concat(), 1002),
        ("a text in another", [begun.clone(), hint_frame()].concat(), 1002),
        ("a text in fragments in another", [begun.clone(), begun.clone()].concat(), 1002),
        ("binary in a text", [begun.clone(), masked(0x82, b"a")].concat(), 1002),
        ("a length of 16 bits for 125", head(TEXT, 0xFE, &[0, 125]), 1002),
        ("a length of 64 bits for 65535", head(TEXT, 0xFF, &[0, 0, 0, 0, 0, 0, 0xFF, 0xFF]), 1002),
        ("a length of 2^63", head(TEXT, 0xFF, &[0x80, 0, 0, 0, 0, 0, 0, 0]), 1002),
        ("the greatest length", head(TEXT, 0xFF, &[0xFF; 8]), 1002),
        ("over 64 KiB, by its head", head(TEXT, 0xFF, &[0, 0, 0, 0, 0, 1, 0, 1]), 1009),
        (
            "2^63 - 1 bytes, by their head",
            head(TEXT, 0xFF, &[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            1009,
        ),
        ("over 64 KiB", masked(TEXT, &hint(MESSAGE_MAX + 1)), 1009),
        ("over 64 KiB in fragments", fragments(&[&vec![b'x'; 40_000], &vec![b'x'; 40_000]]), 1009),
        ("a close code of one byte", masked(CLOSE, b"\x03"), 1002),
        ("a close whose reason is not UTF-8", close(1000, b"\xCE\xBA\xED\xA0\x80"), 1007),
        ("a close inside a text, with a bad code", [begun, close(1005, b"")].concat(), 1002),
        ("HTTP", b"GET /chat HTTP/1.1\r\n\r\n".to_vec(), 1002),
    ];
    for bit in [0x40, 0x20, 0x10, 0x70] {
        all.push(("a reserved bit", [hint_frame(), masked(TEXT | bit, b"a")].concat(), 1002));
        all.push(("a reserved bit of a ping", masked(PING | bit, b"a"), 1002));
        all.push(("a reserved bit of a close", masked(CLOSE | bit, b""), 1002));
    }
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        all.push(("a reserved opcode", [hint_frame(), masked(0x80 | opcode, b"")].concat(), 1002));
        all.push(("a reserved opcode with a payload", masked(0x80 | opcode, b"a"), 1002));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        all.push(("a close code that is not sent", close(code, b""), 1002));
    }
    for bytes in [
        &b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xED\xA0\x80"[..],
        b"\x80",
        b"\xC0\x80",
        b"\xC3(",
        b"\xE0\x80\x80",
        b"\xED\xBF\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF4\x90\x80\x80",
        b"\xF8\x88\x80\x80\x80",
        b"\xFE",
        b"\xFF\xFF",
    ] {
        all.push(("not UTF-8", masked(TEXT, bytes), 1007));
        let each: Vec<&[u8]> = bytes.chunks(1).chain([&b""[..]]).collect();
        all.push(("not UTF-8, in fragments", fragments(&each), 1007));
        // Certain before the rest is there.
        all.push(("not UTF-8, and more to come", masked(TEXT_BEGINS, bytes), 1007));
        let mut half = masked(TEXT, &[bytes, &[b'x'; 60]].concat());
        half.truncate(6 + bytes.len());
        all.push(("not UTF-8, and more of the frame to come", half, 1007));
    }
    for bytes in [&b"a\xC3"[..], b"\xE2\x82", b"\xF0\x9F\x98"] {
        all.push(("half a character", masked(TEXT, bytes), 1007));
        all.push(("half a character, in fragments", fragments(&[bytes, b""]), 1007));
    }
    all
}

/// What a client may say, with one hint in it.
fn sound_oddities() -> Vec<(&'static str, Vec<u8>)> {
    let text = hint(0);
    let (one, two) = text.split_at(9);
    let smile = text.iter().position(|byte| *byte == 0xF0).unwrap();
    let mut each = Vec::new();
    for (index, byte) in text.iter().enumerate() {
        each.push(masked_frame(if index == 0 { TEXT_BEGINS } else { CONTINUES }, &[*byte]));
        each.push(masked_frame(PING, b"between"));
    }
    each.push(masked_frame(ENDS, b""));
    vec![
        ("two fragments", fragments(&[one, two])),
        ("a ping between fragments", {
            [masked_frame(TEXT_BEGINS, one), masked_frame(PING, b"p"), masked_frame(ENDS, two)].concat()
        }),
        ("a fragment for each byte, with pings", each.concat()),
        ("empty fragments", fragments(&[b"", one, b"", two, b""])),
        ("a character in two fragments", fragments(&[&text[..smile + 2], &text[smile + 2..]])),
        ("64 KiB in one frame", masked_frame(TEXT, &hint(MESSAGE_MAX))),
        ("64 KiB in fragments", fragments(&hint(MESSAGE_MAX).chunks(997).collect::<Vec<_>>())),
        ("126 and 65535 bytes", masked_frame(TEXT, &hint(126))),
        ("65535 bytes", masked_frame(TEXT, &hint(0xFFFF))),
        (
            "pongs to nothing",
            [
                masked_frame(PONG, b""),
                masked_frame(PONG, &[0xFF; 125]),
                hint_frame(),
                masked_frame(PONG, b"late"),
            ]
            .concat(),
        ),
        (
            "pings of any bytes",
            [
                masked_frame(PING, b""),
                masked_frame(PING, &[0xFF; 125]),
                hint_frame(),
                masked_frame(PING, b"\x00"),
            ]
            .concat(),
        ),
        ("a hundred pings", [masked_frame(PING, b"again").repeat(100), hint_frame()].concat()),
        ("a mask of zeroes", {
            let mut frame = head(TEXT, 0x80 | u8::try_from(text.len()).unwrap(), &[0; 4]);
            frame.extend(&text);
            frame
        }),
    ]
}

/// Says it in one piece, or in as many as there are bytes (of much, some).
fn say_in_pieces(socket: &mut Socket, bytes: &[u8], in_pieces: bool) {
    let size = if in_pieces { 1 + bytes.len() / 300 } else { bytes.len() };
    for piece in bytes.chunks(size) {
        if !socket.say_bytes(piece) {
            return;
        }
    }
}

#[test]
fn whatever_breaks_the_protocol_ends_the_socket_with_its_code() {
    let mut snug = SeededProcess::run(&["--streams-per-member", "4"]);
    let mut watching = Socket::open(&snug.ann, "/socket");
    for (what, bytes, code) in violations() {
        for in_pieces in [false, true] {
            let mut socket = Socket::open_when_free(&snug.ann, "/socket");
            say_in_pieces(&mut socket, &bytes, in_pieces);
            let closed = socket.ended().unwrap_or_else(|| panic!("{what}: no close"));
            assert_eq!(closed.code, code, "{what}: {closed:?} after {}", bytes.escape_ascii());
        }
    }
    assert_eq!(watching.command(&json!({"do": "typing", "tag": 1}))["status"], 200);
    snug.assert_well();
}

#[test]
fn whatever_is_odd_and_sound_is_answered() {
    let mut snug = SeededProcess::run(&["--streams-per-member", "4"]);
    for (what, bytes) in sound_oddities() {
        for in_pieces in [false, true] {
            let mut socket = Socket::open_when_free(&snug.ann, "/socket");
            say_in_pieces(&mut socket, &bytes, in_pieces);
            let answer = socket.answer();
            assert_eq!(answer, json!({"tag": TAG, "status": 200}), "{what}");
            socket.say_frame(CLOSE, close_payload(1000, b"bye"));
            socket.assert_closed(1000);
        }
    }
    snug.assert_well();
}

#[test]
fn a_ping_is_answered_with_what_it_says() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let mut socket = Socket::open(&ann, "/socket");
    for payload in [&b""[..], b"hello", b"\x00\xFF\xFE", &[0xAB; 125]] {
        socket.say_frame(PING, payload);
        let pong = std::iter::from_fn(|| socket.frame()).find(|frame| frame.first == PONG);
        assert_eq!(pong.expect("a pong").payload, payload);
    }
    // Of many that come at once the last one is.
    let many: Vec<u8> = (0..100_u8).flat_map(|n| masked_frame(PING, &[n])).collect();
    socket.say_bytes(many);
    let mut answered = Vec::new();
    while answered.last() != Some(&99) {
        let frame = socket.frame().expect("more");
        answered.extend(frame.payload.first().filter(|_| frame.first == PONG));
    }
    assert!(answered.is_sorted(), "{answered:?}");
}

#[test]
fn a_close_is_answered_and_nothing_behind_it_is_read() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let before = server.records().len();
    for close in [
        masked_frame(CLOSE, b""),
        masked_frame(CLOSE, &close_payload(1000, b"done")),
        masked_frame(CLOSE, &close_payload(1001, &[b'x'; 123])),
        masked_frame(CLOSE, &close_payload(4999, "gr\u{fc}\u{df}e".as_bytes())),
        [masked_frame(TEXT_BEGINS, b"begun"), masked_frame(CLOSE, b"")].concat(),
        // A pong, a second close, or no frame at all.
        [masked_frame(CLOSE, b""), masked_frame(PONG, b""), masked_frame(CLOSE, b"\x03")].concat(),
    ] {
        let mut socket = Socket::open(&ann, "/socket");
        let post = json!({"do": "post", "message": "too late"}).to_string();
        socket.say_bytes([close, masked_frame(TEXT, post.as_bytes())].concat());
        socket.assert_closed(1000);
    }
    assert_eq!(server.records().len(), before);
    assert!(ann.all_messages().is_empty());
}

#[test]
fn who_leaves_anyhow_gives_the_seat_back() {
    let (_server, [ann]) = Server::with(|settings| settings.streams_per_member = 1).with_members(["ann"]);
    for n in 0..12 {
        let mut socket = None;
        wait_until("the seat", || {
            socket = Socket::ask(&ann, "/socket", UPGRADE).ok();
            socket.is_some()
        });
        let mut socket = socket.unwrap();
        Socket::refused(&ann, "/socket").expect(429);
        match n % 4 {
            0 => socket.reset(),
            1 => drop(socket),
            2 => {
                socket.say_bytes(&hint_frame()[..9]);
                socket.reset();
            }
            // Its side is closed, and it goes on to read.
            _ => {
                socket.say_frame(TEXT_BEGINS, "half");
                socket.socket().shutdown(std::net::Shutdown::Write).unwrap();
                socket.ended();
            }
        }
    }
}

#[test]
fn a_message_that_does_not_become_whole_in_time_ends_it() {
    let mut snug = SeededProcess::run(&[]);
    // What comes is no excuse. A ping is not answered, since that would stand in the middle of what is unfinished.
    let dripping = |first: Vec<u8>, more: &'static [u8], pause: u64| {
        let mut socket = Socket::open(&snug.ann, "/socket");
        assert!(socket.say_bytes(first));
        move || {
            let deadline = Instant::now() + Duration::from_secs(60);
            let mut wire = socket.socket();
            let reading = thread::spawn(move || {
                std::iter::from_fn(|| socket.frame()).find(|frame| frame.first == CLOSE)
            });
            while !reading.is_finished() {
                assert!(Instant::now() < deadline, "it goes on");
                let _ = wire.write_all(more);
                thread::sleep(Duration::from_millis(pause));
            }
            let close = reading.join().unwrap().expect("a close");
            assert_eq!(close.payload[..2], 1008_u16.to_be_bytes(), "{close:?}");
        }
    };
    // Heads and payloads that are one byte each: the mask is zero.
    let empty_fragment = &[CONTINUES, 0x80, 0, 0, 0, 0];
    let ping = &[PING, 0x80, 0, 0, 0, 0];
    let slow = [
        dripping(vec![TEXT], b"", 100),
        dripping(head(TEXT, 0xFE, &[0xFF]), b"", 100),
        dripping(head(TEXT, 0xFE, &[0xFF, 0xFF, 0, 0, 0, 0]), b"x", 300),
        dripping(masked_frame(TEXT_BEGINS, b"a"), empty_fragment, 50),
        dripping(masked_frame(TEXT_BEGINS, b""), ping, 200),
        dripping(head(PING, 0xFD, &[0, 0, 0, 0]), b"p", 300),
    ];
    thread::scope(|scope| {
        for slow in slow {
            scope.spawn(slow);
        }
    });
    snug.assert_well();
}

#[test]
fn unfinished_messages_fill_no_memory_and_leave_room_for_others() {
    const HOLDING: usize = 500;
    let mut snug = SeededProcess::run(&["--streams-per-member", "600"]);
    let bob = snug.visitor().into_member("bob");
    let almost = masked_frame(TEXT_BEGINS, &hint(MESSAGE_MAX - 1));
    let holding: Vec<Socket> = (0..HOLDING)
        .map(|_| {
            let mut socket = Socket::open(&snug.ann, "/socket");
            // Some have to give way to others, and may be over already.
            socket.say_bytes(&almost);
            socket
        })
        .collect();
    let mut socket = Socket::open(&bob, "/socket");
    socket.say_bytes(fragments(&hint(MESSAGE_MAX).chunks(5_000).collect::<Vec<_>>()));
    assert_eq!(socket.answer()["status"], 200);
    let mut given_way = 0;
    for mut socket in holding {
        // Whole, it is answered.
        socket.say_frame(ENDS, " ");
        let frame = std::iter::from_fn(|| socket.frame()).find(|frame| frame.first != PING).expect("a frame");
        if frame.first == CLOSE {
            assert_eq!(frame.payload[..2], 1013_u16.to_be_bytes(), "{frame:?}");
            given_way += 1;
        }
    }
    assert!(given_way < HOLDING, "someone is answered");
    snug.assert_well();
}

#[test]
fn a_thousand_who_read_nothing_delay_nobody_and_fill_no_memory() {
    const SILENT: usize = 1_000;
    const MESSAGES: usize = 1_200;
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let most = (SILENT + 10).to_string();
    let snug = SeededProcess::run(&["--post-rate", "0", "--streams", &most, "--streams-per-member", &most]);
    let silent: Vec<Socket> = (0..SILENT)
        .map(|_| {
            let mut socket = Socket::narrow(snug.address, &snug.ann, "/socket");
            // Whose answers are not read either.
            assert!(socket.say_bytes(hint_frame().repeat(3)));
            socket
        })
        .collect();
    let mut healthy = Socket::open(&snug.ann, "/socket");
    let mut poster = Poster::new(snug.address, &snug.ann);
    let mut said = Vec::new();
    for n in 0..MESSAGES {
        said.push(poster.say(&format!("{n:>5}{}", "x".repeat(1_019))));
        if n % 100 == 99 {
            assert_eq!(healthy.ids_until(said[n]), said[n - 99..]);
        }
    }
    let most = snug.status("VmHWM") / 1024;
    assert!(most <= 64, "{most} MiB were resident");
    // Those who begin to read get what was taken for them, and then the end; nobody a gap.
    for mut socket in silent.into_iter().step_by(100) {
        let seen: Vec<u64> = std::iter::from_fn(|| socket.message()?.id).collect();
        assert!(seen.len() < said.len() && seen == said[..seen.len()], "a prefix: {}", seen.len());
    }
    let last = healthy.post("still there");
    assert_eq!(healthy.message().unwrap().id, Some(last));
    snug.assert_page_for_a_fresh_client();
}

#[test]
fn who_talks_without_end_does_not_hold_up_the_others() {
    let (_server, [ann, eve]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann", "eve"]);
    let mut healthy = Socket::open(&ann, "/socket").patient(Duration::from_secs(10));
    let floods = [
        hint_frame(),
        masked_frame(TEXT, br#"{"do":"post","message":"flood"}"#),
        masked_frame(TEXT, b"nothing that means something"),
        masked_frame(PING, b"ping"),
        masked_frame(PONG, b""),
        fragments(&hint(MESSAGE_MAX).chunks(1_000).collect::<Vec<_>>()),
    ];
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for flood in floods {
            let socket = Socket::open(&eve, "/socket");
            let (mut saying, mut hearing) = (socket.socket(), socket.socket());
            let done = &done;
            let flood = flood.repeat(1 + 64 * 1024 / flood.len());
            // A write that is not taken for long is over.
            saying.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
            scope.spawn(move || {
                let mut at = 0;
                while !done.load(Ordering::Relaxed) {
                    at = (at + saying.write(&flood[at..]).unwrap_or_default()) % flood.len();
                }
                drop(socket);
            });
            hearing.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let _ = hearing.read(&mut [0; 4096]);
                }
            });
        }
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for n in 0..50 {
                let id = healthy.post(&n.to_string());
                let mut seen = healthy.message().unwrap();
                while seen.value()["author"] == "eve" {
                    seen = healthy.message().unwrap();
                }
                assert_eq!((seen.id, &seen.value()["text"]), (Some(id), &json!(n.to_string())));
            }
        }));
        done.store(true, Ordering::Relaxed);
        if let Err(why) = told {
            std::panic::resume_unwind(why);
        }
    });
}
