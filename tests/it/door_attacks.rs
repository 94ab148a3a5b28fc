//! What a client does to stop, freeze or fatten the chat, and that it does not.
//!
//! The table of the design's section 2, row by row, and worse.

use crate::prelude::*;

/// As many people as come back at once after a restart.
const BROWSERS: usize = 200;

#[test]
fn one_request_with_a_huge_length_is_refused() {
    let mut snug = SeededProcess::run(&[]);
    let head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\nabc";
    let mut wire = snug.wire();
    wire.say(head);
    wire.answer().expect(413);
    wire.assert_closed();
    snug.assert_well();
}

#[test]
fn two_thousand_huge_lengths_are_refused_one_by_one() {
    let mut snug = SeededProcess::run(&[]);
    for chunk in 0..40 {
        let mut wires: Vec<RawConnection> = (0..50).map(|_| snug.wire()).collect();
        for (index, wire) in wires.iter_mut().enumerate() {
            let length = [u64::MAX, 1 << 40, 131_073, 99_999_999_999_999][(chunk + index) % 4];
            wire.say(format!(
                "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\nabc"
            ));
        }
        for wire in &mut wires {
            let answer = wire.answer();
            assert_eq!((answer.status, answer.header("connection")), (413, "close"));
            wire.assert_closed();
        }
    }
    snug.assert_well();
}

#[test]
fn bursts_of_browsers_are_all_answered_fifty_times_over() {
    let mut snug = SeededProcess::run(&[]);
    for _ in 0..50 {
        let mut wires: Vec<RawConnection> = (0..BROWSERS).map(|_| snug.wire()).collect();
        for wire in &mut wires {
            assert!(wire.say(get_request("/login")));
        }
        for wire in &mut wires {
            wire.answer().expect(200);
        }
        // They stay, and ask again.
        for wire in &mut wires {
            assert!(wire.say(get_request("/healthz")));
        }
        for wire in &mut wires {
            assert_eq!(wire.answer().body, "ok\n");
        }
    }
    snug.assert_well();
}

#[test]
fn a_header_line_without_end_is_cut_off() {
    let mut snug = SeededProcess::run(&[]);
    let mut wire = snug.wire();
    wire.say("GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: ");
    let piece = vec![b'x'; 1 << 20];
    let taken = (0..200).take_while(|_| wire.say(&piece)).count();
    assert!(taken < 50, "{taken} MiB of one header line were taken");
    snug.assert_well();
    let line = format!("GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: {}", "x".repeat(100_000));
    assert_refused(snug.address, line, 431);
    snug.assert_well();
}

#[test]
fn a_million_header_lines_are_cut_off() {
    let mut snug = SeededProcess::run(&[]);
    let mut wire = snug.wire();
    wire.say("GET /login HTTP/1.1\r\nHost: localhost\r\n");
    let lines = "A: b\r\n".repeat(10_000);
    let taken = (0..100).take_while(|_| wire.say(&lines)).count();
    assert!(taken < 100, "all the lines were taken");
    snug.assert_well();
    assert_refused(snug.address, get_request("/login").replace("\r\n\r\n", &format!("\r\n{lines}\r\n")), 431);
    let many = "A: b\r\n".repeat(70);
    assert_refused(snug.address, get_request("/login").replace("\r\n\r\n", &format!("\r\n{many}\r\n")), 431);
    snug.assert_well();
}

#[test]
fn who_pipelines_without_reading_occupies_nobody_and_fills_nothing() {
    let mut snug = SeededProcess::run(&[]);
    let gets = get_request("/login").repeat(300_000);
    let mut greedy: Vec<RawConnection> = (0..8).map(|_| snug.wire()).collect();
    for wire in &mut greedy {
        assert!(wire.say_without_waiting(gets.as_bytes()) < gets.len());
    }
    snug.assert_well();
    for wire in &mut greedy {
        wire.say_without_waiting(gets.as_bytes());
    }
    snug.assert_well();
}

#[test]
fn five_hundred_slow_heads_do_not_keep_anybody_from_talking() {
    let mut snug = SeededProcess::run(&[]);
    let head = get_request("/login");
    let mut slow: Vec<RawConnection> = (0..500).map(|_| snug.wire()).collect();
    for (round, byte) in head.bytes().take(5).enumerate() {
        for wire in &mut slow {
            assert!(wire.say([byte]));
        }
        snug.say(&format!("through it all {round}"));
    }
    snug.assert_well();
    // They were slow, and in time: each is answered in the end.
    let rest = &head.as_bytes()[5..];
    for wire in &mut slow {
        assert!(wire.say(rest));
    }
    for wire in &mut slow {
        wire.answer().expect(200);
    }
    snug.assert_well();
}

#[test]
fn five_hundred_slow_bodies_do_not_keep_anybody_from_talking() {
    let mut snug = SeededProcess::run(&[]);
    let mut slow: Vec<RawConnection> = (0..500).map(|_| snug.wire()).collect();
    for wire in &mut slow {
        wire.say("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 131072\r\n\r\n");
        wire.say(vec![b'x'; 60_000]);
    }
    snug.say("through it all");
    snug.assert_well_within(96);
}

/// A room whose page is about a megabyte.
fn with_a_large_page(flags: &[&str]) -> SeededProcess {
    let mut snug = SeededProcess::run(flags);
    for _ in 0..47 {
        snug.say(&"&".repeat(4000));
    }
    snug
}

fn large_page(snug: &SeededProcess) -> String {
    format!("GET /chat HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", snug.cookie())
}

#[test]
fn readers_who_never_read_cannot_fill_the_memory() {
    let mut snug = with_a_large_page(&[]);
    // More pages than the kernel's buffers take.
    let request = large_page(&snug).repeat(10);
    let mut readers: Vec<RawConnection> = (0..250).map(|_| RawConnection::narrow(snug.address)).collect();
    for wire in &mut readers {
        assert!(wire.say(&request));
    }
    // Each of them is sent away, as it takes nothing and others wait.
    snug.wait_until(|snug| snug.clients() < 20, "the readers are sent away");
    let most = snug.status("VmHWM") / 1024;
    drop(readers);
    // Pages of about 330 kB, in every lane and on their way through the door, and 16 MiB of those that nobody takes.
    assert!(most <= 128, "{most} MiB were resident");
    snug.assert_well_within(128);
}

#[test]
fn what_a_crowd_needed_is_given_back() {
    let snug = with_a_large_page(&[]);
    let request = large_page(&snug).repeat(10);
    let mut readers: Vec<RawConnection> = (0..200).map(|_| RawConnection::narrow(snug.address)).collect();
    for wire in &mut readers {
        assert!(wire.say(&request));
    }
    snug.wait_until(|snug| snug.clients() < 20, "the readers are sent away");
    drop(readers);
    snug.wait_until(|snug| snug.memory() < 48 * 1024, "memory is given back");
}

#[test]
fn readers_who_trickle_get_the_whole_page() {
    let mut snug = with_a_large_page(&[]);
    let request = large_page(&snug).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let whole = snug.ann.get("/chat").body.len();
    assert!(whole > 300_000, "{whole}");
    let mut readers: Vec<RawConnection> = (0..10).map(|_| RawConnection::narrow(snug.address)).collect();
    for wire in &mut readers {
        assert!(wire.say(&request));
    }
    let mut got = vec![0; readers.len()];
    // A little each, in turns; in between, somebody else gets a page.
    for _ in 0..50 {
        readers.iter_mut().zip(&mut got).for_each(|(wire, got)| *got += wire.sip(600));
    }
    snug.assert_page_for_a_fresh_client();
    for (wire, got) in readers.iter_mut().zip(&mut got) {
        while let count @ 1.. = wire.sip(1 << 20) {
            *got += count;
        }
        assert!(*got > whole, "{got} of {whole}");
    }
    snug.assert_well_within(128);
}

#[test]
fn a_page_behind_an_answer_that_nobody_takes_blocks_nobody() {
    let mut snug = with_a_large_page(&[]);
    let both = large_page(&snug) + &get_request("/login");
    // More of them than there are workers.
    let mut readers: Vec<RawConnection> = (0..100).map(|_| RawConnection::narrow(snug.address)).collect();
    for wire in &mut readers {
        assert!(wire.say(&both));
    }
    snug.assert_page_for_a_fresh_client();
    readers.truncate(4);
    for wire in &mut readers {
        if let Ok(page) = wire.next_answer(false) {
            assert!(page.body.len() > 300_000);
            wire.answer().expect(200);
        }
    }
    drop(readers);
    snug.assert_well_within(128);
}

#[test]
fn a_kept_connection_does_not_wait_for_acknowledgements() {
    let snug = SeededProcess::run(&[]);
    let hundred_pages = || {
        let mut wire = snug.wire();
        let start = std::time::Instant::now();
        for _ in 0..100 {
            wire.say(get_request("/login"));
            wire.answer().expect(200);
        }
        start.elapsed()
    };
    // 40 ms each without TCP_NODELAY. The best of three, as the machine may be busy.
    let best = (0..3).map(|_| hundred_pages()).min().unwrap();
    assert!(best < std::time::Duration::from_secs(3), "{best:?}");
}

#[test]
fn many_clients_at_once_each_get_their_own_answers() {
    let mut snug = SeededProcess::run(&[]);
    let address = snug.address;
    thread::scope(|scope| {
        for client in 0..32 {
            scope.spawn(move || {
                let mut wire = RawConnection::open(address);
                for round in 0..30 {
                    let next = format!("%2Fc{client}r{round}");
                    wire.say(get_request(&format!("/login?next={next}")));
                    let page = wire.answer().body;
                    page.shows(format!("/c{client}r{round}\""));
                }
                wire.hush();
                assert_eq!(wire.until_the_end().1, End::Closed);
            });
        }
    });
    snug.assert_well();
}
