//! The end: what is under way is finished, the rest is sent home, and it does not take long.

use crate::prelude::*;

fn sign_in() -> String {
    post_request("/login", "", &format!("username=ann&password={}", PASSWORD.replace(' ', "+")))
}

/// As many who take one byte of a page, and no more: their answers are under way for as long as they are let.
fn never_reading(snug: &mut SeededProcess, count: usize) -> Vec<RawConnection> {
    for _ in 0..47 {
        snug.say(&"&".repeat(4000));
    }
    let page = get_request("/chat").replace("\r\n\r\n", &format!("\r\nCookie: {}\r\n\r\n", snug.cookie()));
    let mut readers: Vec<RawConnection> = (0..count).map(|_| RawConnection::narrow(snug.address)).collect();
    for wire in &mut readers {
        wire.say(&page);
        assert!(wire.sip(1) == 1, "its answer is under way");
    }
    readers
}

#[test]
fn answers_under_way_arrive() {
    let (mut server, [_]) = Server::open().with_members(["ann"]);
    let [mut idle, mut one, mut two] = [0; 3].map(|_| RawConnection::open(server.address));
    idle.say(get_request("/healthz"));
    idle.answer().expect(200);
    server.hashing.shut();
    for wire in [&mut one, &mut two] {
        assert!(wire.say(sign_in()));
    }
    server.hashing.wait_for_held(2);
    let hashing = Arc::clone(&server.hashing);
    let stopping = thread::spawn(move || server.restarts(|| {}));
    // Sent home at once: it ends.
    idle.assert_closed();
    hashing.release();
    for wire in [&mut one, &mut two] {
        assert_eq!(wire.answer().expect(303).header("connection"), "close");
        wire.assert_closed();
    }
    stopping.join().unwrap();
}

#[test]
fn whoever_waits_is_sent_home_at_the_end() {
    let mut snug = SeededProcess::run(&["--password-memory", "19"]);
    let _never_reading = never_reading(&mut snug, 5);
    let mut idle: Vec<RawConnection> = (0..20).map(|_| snug.wire()).collect();
    for wire in &mut idle {
        wire.say(get_request("/healthz"));
        wire.answer();
    }
    let mut half: Vec<RawConnection> = (0..20).map(|_| snug.wire()).collect();
    for wire in &mut half {
        assert!(wire.say("GET /login HTTP/1.1\r\nHo"));
    }
    let mut silent: Vec<RawConnection> = (0..20).map(|_| snug.wire()).collect();
    let mut signing_in: Vec<RawConnection> = (0..5).map(|_| snug.wire()).collect();
    for wire in &mut signing_in {
        assert!(wire.say(sign_in()));
    }
    // Each has a thread for as long as it is open.
    snug.wait_until(|snug| snug.clients() >= 70, "70 connections");
    snug.signal("-TERM");
    for wire in &mut signing_in {
        // Nobody is told anything else, in whatever moment the end finds them.
        let (answers, _) = wire.until_the_end();
        assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
    }
    for wire in idle.iter_mut().chain(&mut half).chain(&mut silent) {
        wire.assert_closed();
    }
    assert!(snug.ends_well_within(STOP), "{}", snug.log());
}

#[test]
fn readers_who_never_read_do_not_hold_up_the_end() {
    let mut snug = SeededProcess::run(&[]);
    // No more than there is room for: who takes nothing while others wait is sent away sooner.
    let _readers = never_reading(&mut snug, 12);
    snug.signal("-TERM");
    assert!(snug.ends_well_within(STOP), "{}", snug.log());
}

#[test]
fn work_that_takes_too_long_does_not_hold_up_the_end() {
    let mut snug = SeededProcess::run(&["--password-memory", "256"]);
    let quiet = snug.threads();
    let mut signing_in: Vec<RawConnection> = (0..30).map(|_| snug.wire()).collect();
    for wire in &mut signing_in {
        assert!(wire.say(sign_in()));
    }
    // Each connection has a thread, and half of those who sign in have a worker; all of it takes far longer than this.
    snug.wait_until(|snug| snug.threads() >= quiet + 30 + 15, "15 workers");
    snug.signal("-TERM");
    assert!(snug.ends_well_within(STOP), "{}", snug.log());
}

#[test]
fn its_private_folder_goes_with_it() {
    let folder = TempDir::new();
    let mut command = snug(&["--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", folder.path());
    let process = Process::start(command);
    assert_eq!(folder.names().len(), 1);
    process.end_by("-TERM");
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn who_knocks_while_it_ends_is_not_left_waiting() {
    let mut snug = SeededProcess::run(&[]);
    // So that it does not end at once.
    let _readers = never_reading(&mut snug, 3);
    snug.signal("-TERM");
    for _ in 0..20 {
        if let Ok(mut late) = RawConnection::try_open(snug.address, None) {
            late.say(get_request("/login"));
            // Let in just before, or not at all.
            assert!(matches!(late.next_answer(false), Ok(_) | Err(End::Closed | End::Reset)));
        }
    }
    assert!(snug.ends_well_within(STOP), "{}", snug.log());
}

#[test]
fn pages_are_answered_while_sixty_four_hash_and_sixty_four_append_on_kept_connections() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let cookie = ann.cookie.clone().unwrap();
    let kept = |count: usize| -> Vec<RawConnection> {
        let mut wires: Vec<RawConnection> = (0..count).map(|_| RawConnection::open(server.address)).collect();
        for wire in &mut wires {
            wire.say(get_request("/healthz"));
            wire.answer().expect(200);
        }
        wires
    };
    let (mut hashing, mut appending, mut reading) = (kept(64), kept(64), kept(64));
    server.hashing.shut();
    server.appending.shut();
    for (index, wire) in appending.iter_mut().enumerate() {
        wire.say(post_request("/chat", &cookie, &format!("message=m{index}")));
    }
    for wire in &mut hashing {
        assert!(wire.say(sign_in()));
    }
    server.appending.wait_for_held(1);
    server.hashing.wait_for_held(2);
    for _ in 0..3 {
        for wire in &mut reading {
            wire.say(get_request("/chat").replace("\r\n\r\n", &format!("\r\nCookie: {cookie}\r\n\r\n")));
        }
        for wire in &mut reading {
            let page = wire.answer();
            assert!(page.status == 200 && page.body.contains("No messages yet"));
        }
    }
    server.hashing.release();
    server.appending.release();
    let mut done = 0;
    for wire in hashing.iter_mut().chain(&mut appending) {
        let answer = wire.answer();
        match answer.status {
            303 => done += 1,
            503 => assert_ne!(answer.header("retry-after"), ""),
            other => panic!("{other}: {}", answer.body),
        }
        wire.say(get_request("/healthz"));
        assert_eq!(wire.answer().body, "ok\n", "its connection is kept all the while");
    }
    assert!(done >= 64, "{done} of 128 were admitted");
    assert!(ann.texts().len() >= 32);
}
