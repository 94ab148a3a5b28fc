//! How many streams there may be, and that each seat comes back.

use crate::prelude::*;

/// That this many streams can be had, and no more: the refusal of the one too many.
#[track_caller]
fn assert_seats(client: &Client, count: usize) -> Response {
    let mut held = Vec::new();
    wait_until(&format!("{count} seats"), || {
        held.extend(Stream::ask(client, "/events", ""));
        held.len() == count
    });
    let refused = Stream::ask(client, "/events", "Accept: application/json\r\n");
    refused.err().unwrap_or_else(|| panic!("there are more than {count} seats"))
}

#[test]
fn when_all_seats_are_taken_whoever_has_most_is_told_so_until_one_is_free() {
    let (_server, [ann]) = Server::with(|settings| settings.streams = 3).with_members(["ann"]);
    let mut held: Vec<Stream> =
        ["/events", "/events?format=html", "/chat/live"].map(|target| Stream::open(&ann, target)).into();
    for target in ["/events", "/events?format=html", "/events?after=0"] {
        let answer = ann.clone().json().get(target);
        assert_eq!((answer.status, &answer.value()["error"]), (503, &"streams_full".into()), "{target}");
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
        Stream::refused(&ann, target).expect(503);
    }
    // One after the other ends, by a reset or in peace, and the next one comes.
    for n in 0..6 {
        let leaving = held.remove(0);
        if n % 2 == 0 {
            leaving.reset();
        } else {
            drop(leaving);
        }
        wait_until("a seat", || match Stream::ask(&ann, "/events", "") {
            Ok(stream) => {
                held.push(stream);
                true
            }
            Err(answer) => {
                assert_eq!(answer.status, 503);
                false
            }
        });
        Stream::refused(&ann, "/events").expect(503);
    }
}

#[test]
fn when_all_seats_are_taken_whoever_has_most_gives_way_to_others() {
    let (_server, [ann, bob]) = Server::with(|settings| settings.streams = 4).with_members(["ann", "bob"]);
    let mut first = Stream::open(&ann, "/events");
    let mut others: Vec<Stream> = (0..3).map(|_| Stream::open(&ann, "/events")).collect();
    let _bobs = [Stream::open(&bob, "/events"), Stream::open(&bob, "/events")];
    // Her newest ones ended; now they have two each, and no one has to give way any more.
    assert!(others.pop().unwrap().message().is_none());
    assert!(others.pop().unwrap().message().is_none());
    Stream::refused(&bob, "/events").expect(503);
    Stream::refused(&ann, "/events").expect(503);
    let id = ann.clone().json().say("still here").value()["id"].as_u64();
    assert_eq!(first.message().unwrap().id, id);
    assert_eq!(others[0].message().unwrap().id, id);
}

#[test]
fn one_member_has_so_many_seats_and_leaves_the_others_theirs() {
    let (server, [ann, bob]) =
        Server::with(|settings| settings.streams_per_member = 2).with_members(["ann", "bob"]);
    let held = [Stream::open(&ann, "/events"), Stream::open(&ann, "/chat/live")];
    let mut again = server.visitor();
    again.login("ann", crate::support::PASSWORD);
    for other in [&ann, &again] {
        let answer = other.clone().json().get("/events");
        assert_eq!((answer.status, &answer.value()["error"]), (429, &"too_many_streams".into()));
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    }
    assert_seats(&bob, 2).expect(429);
    drop(held);
    assert_seats(&again, 2).expect(429);
}

#[test]
fn a_session_has_three_pages_that_never_end_and_one_more_ends_the_oldest() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut elsewhere = server.visitor();
    elsewhere.login("ann", crate::support::PASSWORD);
    let mut events = Stream::open(&ann, "/events");
    let mut other = Stream::open(&elsewhere, "/chat/live");
    let mut poster = Poster::new(server.address, &ann);
    let mut pages: Vec<Stream> = Vec::new();
    for n in 0..6 {
        pages.push(Stream::open(&ann, "/chat/live"));
        let id = poster.say(&n.to_string());
        if n >= 3 {
            // It may have heard this one, as its successor began at the same moment.
            pages.remove(0).rest();
        }
        for page in &mut pages {
            assert_eq!(page_ids(&page.page_until(id)).last(), Some(&id));
        }
        assert_eq!(events.message().unwrap().id, Some(id));
        other.page_until(id);
    }
    assert_eq!(pages.len(), 3);
}

#[test]
fn without_a_seat_a_page_is_whole_and_loaded_again_and_again() {
    for all in [true, false] {
        let server =
            Server::with(|settings| if all { settings.streams = 1 } else { settings.streams_per_member = 1 });
        let mut ann = server.member("ann");
        let ids: Vec<u64> = (0..3).map(|n| Poster::new(server.address, &ann).say(&n.to_string())).collect();
        let held = Stream::open(&ann, "/events");
        for _ in 0..2 {
            let page = ann.get("/chat/live").expect(200);
            assert_eq!(page.header("content-length"), page.body.len().to_string());
            assert_eq!(page_ids(&page.body), ids);
            page.body.shows("<meta http-equiv=\"refresh\"");
            assert!(!page.head.to_ascii_lowercase().contains("x-snug"), "{}", page.head);
        }
        drop(held);
        wait_until("a page that never ends", || Stream::ask(&ann, "/chat/live", "").is_ok());
    }
}

#[test]
fn who_only_asks_and_leaves_takes_no_seat_with_them() {
    let (_server, [ann]) =
        Server::with(|settings| (settings.streams, settings.post_rate) = (2, 0)).with_members(["ann"]);
    for target in ["/events", "/events?after=0", "/events?format=html", "/chat/live"] {
        for n in 0..20 {
            ann.clone().send("HEAD", target, "", b"");
            let whole = PendingStream::on(ann.connect(), &ann, target, "");
            if n % 2 == 0 {
                whole.reset();
            } else {
                drop(whole);
            }
            PendingStream::with_method("HEAD", ann.connect(), &ann, target, "").reset();
            // Half a request.
            let mut half = ann.connect();
            std::io::Write::write_all(&mut half, format!("GET {target} HTTP/1.1\r\nHost").as_bytes())
                .unwrap();
        }
    }
    assert_seats(&ann, 2).expect(503);
}

#[test]
fn who_leaves_while_the_beginning_is_written_gives_the_seat_back() {
    let (server, [ann]) =
        Server::with(|settings| (settings.streams, settings.post_rate) = (2, 0)).with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let first = poster.say("first");
    for _ in 0..14 {
        poster.say(&"🙂".repeat(4_000));
    }
    let target = format!("/events?after={first}");
    for _ in 0..3 {
        // The heads are there, and what follows is more than the sockets' buffers hold.
        let stalled = [(); 2].map(|()| {
            let mut stalled = None;
            wait_until("a seat", || {
                stalled = PendingStream::narrow(server.address, &ann, &target).answer().ok();
                stalled.is_some()
            });
            stalled.unwrap()
        });
        Stream::refused(&ann, "/events").expect(503);
        let [one, other] = stalled;
        one.reset();
        drop(other);
    }
    assert_seats(&ann, 2).expect(503);
}

#[test]
fn streams_count_apart_from_connections() {
    let snug = SeededProcess::run(&["--connections", "4"]);
    let mut streams = Vec::new();
    // A place is free again a little after the stream has begun.
    wait_until("twenty streams", || {
        streams.extend(Stream::ask(&snug.ann, "/events", ""));
        streams.len() == 20
    });
    for _ in 0..5 {
        snug.assert_page_for_a_fresh_client();
    }
    let mut poster = Poster::new(snug.address, &snug.ann);
    let id = poster.say("to all");
    for stream in &mut streams {
        assert_eq!(stream.message().unwrap().id, Some(id));
    }
    assert!(snug.clients() <= 4, "{} connections have a thread", snug.clients());
}

#[test]
fn two_thousand_who_come_and_go_leave_nothing_behind() {
    const AT_ONCE: usize = 4;
    const EACH: usize = 500;
    const SEATS: usize = 30;
    let mut snug = SeededProcess::run(&["--streams", &SEATS.to_string()]);
    let come_and_go = |each: usize| {
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    for n in 0..each {
                        let target = ["/events?after=0", "/events?format=html", "/chat/live"][n % 3];
                        let asked = PendingStream::on(snug.ann.connect(), &snug.ann, target, "");
                        match n % 4 {
                            0 => asked.reset(),
                            1 => drop(asked),
                            // Who leaves faster than seats come back may be refused.
                            2 => asked.answer().map(Stream::reset).unwrap_or_default(),
                            _ => drop(asked.answer()),
                        }
                    }
                });
            }
        });
    };
    // Threads that wait a moment for others count as well.
    come_and_go(10);
    let (threads, descriptors) = (snug.threads(), snug.descriptors());
    come_and_go(EACH);
    // Some may still wait for others: a worker ten seconds, a connection to it as long.
    snug.wait_until_back_to(threads.max(24), descriptors.max(80));
    assert_seats(&snug.ann, SEATS).expect(503);
    snug.assert_well();
}

#[test]
fn a_page_of_the_room_shows_all_when_streams_are_refused() {
    let (_server, [mut ann]) = Server::with(|settings| settings.streams_per_member = 1).with_members(["ann"]);
    let _held = Stream::open(&ann, "/events");
    ann.say("hello");
    assert_eq!(articles(&ann.get("/chat").body).len(), 1);
}
