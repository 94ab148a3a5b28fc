//! Nothing stays behind: not of ten thousand hostile connections, not of a reset at any moment,
//! not of anybody who falls silent.

use crate::prelude::*;

/// Hangs up in the middle of something. There are [`WAYS`] to do it.
fn be_hostile(snug: &SeededProcess, cookie: &str, way: usize) {
    let Ok(mut wire) = RawConnection::try_open(snug.address, way.is_multiple_of(5).then_some(2048)) else {
        return;
    };
    let chat = format!("GET /chat HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
    let form = post_request("/login", "", "username=x&password=y");
    match way % WAYS {
        0 => wire.reset(),
        1 => {
            wire.say("GET /login HTT");
            wire.reset();
        }
        2 => {
            wire.say(&form.as_bytes()[..form.len() - 5]);
            wire.reset();
        }
        3 => {
            wire.say("POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
            wire.reset();
        }
        4 => {
            wire.say(
                "POST /login HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
            );
            wire.sip(5);
            wire.reset();
        }
        5 => {
            wire.say(&chat);
            wire.reset();
        }
        6 => {
            wire.say(&chat);
            wire.sip(1);
            wire.reset();
        }
        7 => {
            wire.say(chat.repeat(20));
            wire.sip(100);
            wire.reset();
        }
        8 => {
            wire.say(get_request("/healthz"));
            wire.answer();
            wire.reset();
        }
        9 => {
            wire.say("nonsense\r\n\r\n");
            wire.sip(9);
            wire.reset();
        }
        10 => {
            wire.say("GET / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\nabc");
        }
        11 => {
            wire.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20));
        }
        12 => {
            wire.say("GET /login HTTP/1.1\r\nHost: localhost\r\nA: b");
            wire.hush();
            let (answers, end) = wire.until_the_end();
            assert!(answers.is_empty() && end == End::Closed);
        }
        13 => {
            wire.say(&form.as_bytes()[..form.len() - 5]);
            wire.hush();
        }
        _ => {}
    }
    // The rest hang up politely, in the middle.
}

const WAYS: usize = 15;

#[test]
fn ten_thousand_hostile_connections_leave_nothing_behind() {
    let mut snug = SeededProcess::run(&[]);
    let (threads, descriptors) = (snug.threads(), snug.descriptors());
    let cookie = snug.cookie();
    let start = Instant::now();
    thread::scope(|scope| {
        for crowd in 0..8 {
            let (snug, cookie) = (&snug, &cookie);
            scope.spawn(move || (0..1250).for_each(|way| be_hostile(snug, cookie, way + crowd)));
        }
    });
    eprintln!("10,000 hostile connections in {:?}", start.elapsed());
    snug.assert_well();
    // Workers and their connections grew with the need, and go when there is none.
    snug.wait_until_back_to(threads + 4, descriptors + 6);
    eprintln!("threads {threads} -> {}, descriptors {descriptors} -> {}", snug.threads(), snug.descriptors());
    snug.assert_well();
}

#[test]
fn who_falls_silent_is_sent_away_in_time() {
    let mut snug = SeededProcess::run(&[]);
    for _ in 0..47 {
        snug.say(&"&".repeat(4000));
    }
    let address = snug.address;
    let page = format!("GET /chat HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", snug.cookie());
    let slow_body = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
    let slow_chunks = "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    thread::scope(|scope| {
        // What is said, how long it may last, and what is heard before the close.
        let story = |said: String, kept: u64, heard: &'static [u16], drip: &'static str| {
            scope.spawn(move || {
                let mut wire = RawConnection::open(address);
                let start = Instant::now();
                wire.say(&said);
                // A trickle of bytes does not make it last longer.
                if !drip.is_empty() {
                    let tick = Duration::from_millis(500);
                    while start.elapsed() < Duration::from_secs(kept) && wire.say(drip) {
                        thread::sleep(tick);
                    }
                }
                let (answers, end) = wire.until_the_end();
                let lasted = start.elapsed();
                let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
                assert_eq!((&statuses[..], end), (heard, End::Closed), "{said:?}");
                let expected = Duration::from_secs(kept);
                assert!(
                    lasted + Duration::from_millis(500) > expected
                        && lasted < expected + Duration::from_secs(8),
                    "{lasted:?} and not {expected:?}: {said:?}"
                );
            });
        };
        story(String::new(), 10, &[], "");
        story("GET /login HTTP/1.1\r\nHost: localhost\r\nA: ".into(), 10, &[408], "");
        story("GET /login HTTP/1.1\r\nHost: localhost\r\nA: ".into(), 10, &[408], "a");
        story("\r\n".into(), 10, &[408], "\r\n");
        story(get_request("/healthz"), 15, &[200], "");
        story(get_request("/healthz") + "GET", 10, &[200, 408], "");
        story(slow_body.into(), 20, &[408], "");
        story(slow_body.into(), 20, &[408], "x");
        story(slow_chunks.into(), 20, &[408], "1\r\nx\r\n");
        story(format!("{slow_chunks}5;"), 20, &[408], "x");
        story(format!("{slow_chunks}5\r\nhello"), 20, &[408], "");
        scope.spawn(move || {
            // Who takes nothing of an answer is closed, in the middle of it.
            let mut wire = RawConnection::narrow(address);
            // More than the kernel's buffers take.
            wire.say(page.repeat(10));
            // Long after it was given up, and no longer than the others take.
            thread::sleep(Duration::from_secs(19));
            let mut got = 0;
            while let count @ 1.. = wire.sip(1 << 16) {
                got += count;
            }
            assert!(got < 9_000_000, "all of it came: {got}");
        });
    });
    snug.assert_well_within(96);
}

#[test]
fn an_idle_connection_costs_little() {
    let mut snug = SeededProcess::run(&["--connections", "2000"]);
    let mut warm: Vec<RawConnection> = (0..200).map(|_| snug.wire()).collect();
    for wire in &mut warm {
        assert!(wire.say(get_request("/login")));
    }
    for wire in &mut warm {
        wire.answer().expect(200);
    }
    let (memory, threads, descriptors) = (snug.memory(), snug.threads(), snug.descriptors());
    // One after the other: who has said nothing yet is waited for less long.
    let ask = |_| {
        let mut wire = snug.wire();
        wire.say(get_request("/healthz"));
        wire.answer().expect(200);
        wire
    };
    let idle: Vec<RawConnection> = (0..1000).map(ask).collect();
    let each = (snug.memory() - memory.min(snug.memory())) * 1024 / 1000;
    eprintln!(
        "an idle connection: {each} bytes; threads {threads} -> {}, descriptors {descriptors} -> {} for 1000",
        snug.threads(),
        snug.descriptors()
    );
    // 12 KiB in the program that people run; without optimisation, frames are larger.
    let most = if cfg!(debug_assertions) { 24 } else { 12 };
    assert!(each < most * 1024, "{each} bytes for an idle connection");
    drop((warm, idle));
    snug.wait_until_back_to(threads, descriptors);
    snug.assert_well();
}
