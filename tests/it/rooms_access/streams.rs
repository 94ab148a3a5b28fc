//! Streams that run: they tell of a private room to those who are in it, and to nobody else.

use super::*;

/// The names of those who type, as the last news of it says.
fn typing(told: &StreamEvent) -> Vec<String> {
    let names = told.value()["typing"].as_array().unwrap().clone();
    names.iter().map(|typist| typist["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_private_message_reaches_all_tabs_of_its_members_and_nobody_elses() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let here = format!("/rooms/{room}");
    // Those who come back get what was said before, each what is theirs.
    let early = ann.say_at(&here, SECRET);
    let early_pair = ann.say_at("/people/bob", SECRET);
    let start = ann.say_at("/chat", "start");
    let pair = ann.room_at("/people/bob");
    let events: Vec<String> = EVERYWHERE
        .iter()
        .flat_map(|form| [(*form).to_owned(), format!("{form}&after=0"), format!("{form}&room={room}")])
        .collect();
    let open = |who: &Client, target: &String| (target.clone(), Stream::open(who, target));
    let mut inside: Vec<_> =
        [&ann, &bob].iter().flat_map(|who| events.iter().map(|target| open(who, target))).collect();
    let resumed = |who: &Client| {
        EVERYWHERE.map(|target| (target.to_owned() + "&after=0", Stream::resume(who, target, 0)))
    };
    inside.extend(resumed(&bob));
    let mut pages: Vec<_> = [&ann, &bob].map(|who| Stream::open(who, &format!("{here}/live"))).into();
    let mut pair_pages =
        [Stream::open(&ann, "/people/bob/live"), Stream::open(&bob, &format!("/rooms/{pair}/live"))];
    let mut outside: Vec<_> =
        events.iter().filter(|target| !target.contains("room=")).map(|target| open(&eve, target)).collect();
    outside.extend(resumed(&eve));
    let mut outside_page = Stream::open(&eve, "/chat/live");
    for target in
        [format!("/events?room={room}"), format!("/events?room={pair}&after=0"), format!("{here}/live")]
    {
        assert_eq!(Stream::refused(&eve, &target).status, 404, "{target}");
    }

    let secret = ann.say_at(&here, SECRET);
    let secret_pair = bob.say_at("/people/ann", SECRET);
    let end = ann.say_at("/chat", "end");

    for (target, stream) in &mut inside {
        let told = stream.events_until(end);
        let missed: &[u64] = if target.contains("after=0") { &[early, early_pair, start] } else { &[] };
        assert_eq!(event_ids(&told), [missed, &[secret, secret_pair, end]].concat(), "{target}");
        for told in told.iter().filter(|told| target.contains("json") && told.kind == "message") {
            let wanted = match told.id.unwrap() {
                id if [early, secret].contains(&id) => room,
                id if [early_pair, secret_pair].contains(&id) => pair,
                _ => 0,
            };
            assert_eq!(told.value()["room"], wanted, "{target}");
        }
    }
    for page in &mut pages {
        assert_eq!(page_ids(&page.page_until(secret)), [early, secret]);
    }
    for page in &mut pair_pages {
        assert_eq!(page_ids(&page.page_until(secret_pair)), [early_pair, secret_pair]);
    }
    for (target, stream) in &mut outside {
        let told = stream.events_until(end);
        let missed: &[u64] = if target.contains("after=0") { &[start] } else { &[] };
        assert_eq!(event_ids(&told), [missed, &[end]].concat(), "{target}");
        assert!(!told.iter().any(|told| told.data.contains(SECRET)), "{target}: {told:?}");
    }
    let page = outside_page.page_until(end);
    assert!(!page.contains(SECRET) && page_ids(&page) == [start, end], "{page}");
}

#[test]
fn an_outsider_who_is_slow_gets_what_is_theirs_and_nothing_else() {
    let (server, [ann, eve]) = Server::unlimited().with_members(["ann", "eve"]);
    let room = ann.open_room(false);
    let large = "🙂".repeat(4_000);
    let targets = ["/events", "/events?format=html", "/chat/live"];
    let slow = targets.map(|target| {
        PendingStream::narrow(server.address, &eve, target)
            .answer()
            .unwrap_or_else(|answer| panic!("{answer:?}"))
    });
    // More than the sockets' buffers hold, so that most waits in the ring, between what is private.
    let mut shared = Vec::new();
    for _ in 0..60 {
        ann.say_at(&format!("/rooms/{room}"), SECRET);
        shared.push(ann.say_at("/chat", &large));
    }
    let last = *shared.last().unwrap();
    let [mut json, mut html, mut page] = slow;
    for stream in [&mut json, &mut html] {
        let told = stream.events_until(last);
        assert_eq!(event_ids(&told), shared);
        assert!(!told.iter().any(|told| told.data.contains(SECRET)));
    }
    let page = page.page_until(last);
    page.lacks(SECRET);
    assert_eq!(page_ids(&page), shared);
}

#[test]
fn who_types_in_a_private_room_is_told_there_alone() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let type_in = |who: &Client, room: u64| {
        who.clone().post("/typing", &[("room", &room.to_string())]).expect(200);
    };
    let mut there = Stream::open(&bob, &format!("/events?format=html&room={room}"));
    let mut beside = [&bob, &eve].map(|who| Stream::open(who, "/events?format=html"));
    type_in(&ann, room);
    while typing(&there.next_of("people")) != ["ann"] {}
    // The same news are made for all rooms at once: what comes for the shared room comes after that.
    type_in(&eve, 0);
    for stream in &mut beside {
        loop {
            let names = typing(&stream.next_of("people"));
            assert!(!names.contains(&"ann".to_owned()), "{names:?}");
            if names == ["eve"] {
                break;
            }
        }
    }
}

#[test]
fn after_leaving_nothing_more_comes_while_four_go_on_posting() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let here = format!("/rooms/{room}");
    let first = ann.say_at(&here, "first");
    let mut elsewhere = EVERYWHERE.map(|target| Stream::open(&bob, target));
    let mut there = EVERYWHERE.map(|target| Stream::open(&bob, &format!("{target}&room={room}")));
    let mut page = Stream::open(&bob, &bob.messages_frame(&here));
    // That the page was looked at is kept soon after, and is not to fall between what follows.
    wait_until("the page is read", || bob.unread_in(room) == "0");
    let start = ann.say_at(&here, "start");
    let (done, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut said: Vec<u64> = thread::scope(|scope| {
        let poster = || {
            let mut own = Vec::new();
            while !done.load(Ordering::SeqCst) {
                own.push(ann.say_at(&here, SECRET));
                count.fetch_add(1, Ordering::SeqCst);
            }
            own
        };
        let posters: Vec<_> = (0..4).map(|_| scope.spawn(poster)).collect();
        wait_until("40 messages", || count.load(Ordering::SeqCst) >= 40);
        bob.leave_room(room);
        let before = count.load(Ordering::SeqCst);
        wait_until("40 more", || count.load(Ordering::SeqCst) >= before + 40);
        done.store(true, Ordering::SeqCst);
        posters.into_iter().flat_map(|poster| poster.join().unwrap()).collect()
    });
    said.push(start);
    said.sort_unstable();
    let records = server.records();
    let left = records.iter().find(|record| matches!(record.event, Event::Left { .. })).unwrap().seq.0;
    let end = ann.say_at("/chat", "end");
    let is_theirs = |ids: &[u64]| {
        let prefix = said.iter().take(ids.len()).copied().collect::<Vec<_>>();
        assert!(ids == prefix && ids.iter().all(|id| *id < left), "{ids:?}, left at {left}");
    };
    for stream in &mut elsewhere {
        let mut seen = event_ids(&stream.events_until(end));
        assert_eq!(seen.pop(), Some(end));
        is_theirs(&seen);
    }
    // What showed the room is over: it was closed, and not for the message that came after.
    for stream in &mut there {
        is_theirs(&std::iter::from_fn(|| stream.message()?.id).collect::<Vec<_>>());
    }
    let page = page_ids(&page.rest());
    assert_eq!(page.first(), Some(&first));
    is_theirs(&page[1..]);
    for target in [format!("/events?room={room}"), format!("{here}/live"), here.clone()] {
        assert_eq!(Stream::refused(&bob, &target).status, 404, "{target}");
    }
    // Nor does anything come by coming back with an old cursor.
    for target in EVERYWHERE {
        let mut back = Stream::resume(&bob, target, first);
        assert_eq!(event_ids(&back.events_until(end)), [end], "{target}");
    }
}

/// A stream that was granted before its reader left, and held after.
#[test]
fn a_stream_that_begins_while_its_reader_leaves_ends_too() {
    // Each round is two changes of bob, who may make 60 at once.
    const ROUNDS: usize = 28;
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    let mut survived = Vec::new();
    ann.add_to_room(room, "bob");
    for round in 0..ROUNDS {
        if round > 0 {
            bob.rejoin(room, &ann, "bob");
        }
        let target = format!("{}&room={room}", EVERYWHERE[round % 2]);
        let asked = thread::scope(|scope| {
            let asking = scope.spawn(|| Stream::ask(&bob, &target, ""));
            bob.leave_room(room);
            asking.join().unwrap()
        });
        let end = ann.say_at("/chat", "end");
        if let Ok(mut stream) = asked
            && std::iter::from_fn(|| stream.event()).any(|told| told.id == Some(end))
        {
            survived.push(round);
        }
    }
    assert!(survived.is_empty(), "{} of {ROUNDS} went on: {survived:?}", survived.len());
}

#[test]
fn whoever_is_added_hears_at_once_by_the_streams_that_run() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    let mut streams = EVERYWHERE.map(|target| Stream::open(&bob, target));
    let mut others = EVERYWHERE.map(|target| Stream::open(&eve, target));
    ann.say_at(&here, "before");
    ann.add_to_room(room, "bob");
    let after = ann.say_at(&here, "after");
    let pair = ann.say_at("/people/bob", "and a conversation begins");
    let end = ann.say_at("/chat", "end");
    let [json, html] = streams.each_mut().map(|stream| stream.events_until(end));
    for told in [&json, &html] {
        // What was said before may come or not: it is theirs to read from now on.
        let seen = event_ids(told);
        assert!(seen.ends_with(&[after, pair, end]), "{seen:?}");
    }
    let place = |wanted: &dyn Fn(&StreamEvent) -> bool| html.iter().position(wanted).expect("it is told");
    assert!(place(&|told| told.kind == "rooms") < place(&|told| told.id == Some(after)), "{html:?}");
    for stream in &mut others {
        assert_eq!(event_ids(&stream.events_until(end)), [end]);
    }
    let mut page = Stream::open(&bob, &format!("{here}/live"));
    page.page_until(after);
}
