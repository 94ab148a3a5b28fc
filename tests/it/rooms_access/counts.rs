//! Unread messages, over many devices and a restart.

use super::*;

#[test]
fn counts_are_right_for_eight_devices_and_sixteen_who_post() {
    const POSTERS: usize = 16;
    const EACH: usize = 3;
    let (mut server, [ann]) = Server::unlimited().with_members(["ann"]);
    let devices: Vec<Client> = (0..8).map(|_| server.login("ann")).collect();
    let posters: Vec<Client> = (0..POSTERS).map(|n| server.member(&format!("p{n}"))).collect();
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    (0..POSTERS).for_each(|n| ann.add_to_room(room, &format!("p{n}")));
    ann.say_at(&here, "my own");
    ann.say_at("/people/ann", "a note");
    // The shared room is read up to here.
    ann.read_all("/chat");
    wait_until("nothing is unread", || ann.unread_in(0) == "0");
    let post_all = |meanwhile: &(dyn Fn(&Client) + Sync)| {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for device in &devices {
                let done = &done;
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        meanwhile(device);
                    }
                });
            }
            let posting: Vec<_> = posters
                .iter()
                .map(|poster| {
                    let here = &here;
                    scope.spawn(move || {
                        for _ in 0..EACH {
                            poster.say_at(here, "in the room");
                        }
                        poster.say_at("/chat", "for all");
                    })
                })
                .collect();
            let failed = posting.into_iter().any(|one| one.join().is_err());
            done.store(true, Ordering::SeqCst);
            assert!(!failed);
        });
    };
    let in_all = |room: u64, count: usize| {
        wait_until(&format!("{count} unread in {room}"), || {
            devices.iter().all(|device| device.unread_in(room) == count.to_string())
        });
    };

    // While devices only look at their lists, all is counted.
    post_all(&|device| drop(device.unread_in(room)));
    for device in &devices {
        assert_eq!(
            (device.unread_in(room), device.unread_in(0)),
            ((POSTERS * EACH).to_string(), POSTERS.to_string())
        );
    }
    // What ann says herself elsewhere changes nothing, and never counts.
    let notes = ann.room_at("/people/ann");
    devices[1].say_at("/people/ann", "another note");
    in_all(notes, 0);
    in_all(room, POSTERS * EACH);
    // Read on one, read on all, and not in another room; a page that runs is told.
    let mut told = Stream::open(&devices[0], "/events?format=html");
    devices[3].read_all(&here);
    in_all(room, 0);
    told.next_of("rooms");
    in_all(0, POSTERS);

    // While all of them read on, each up to what it has seen, nothing is lost or counted twice.
    post_all(&|device| {
        let newest = device.messages_at(&here).pop().unwrap()["id"].to_string();
        device.clone().post(&format!("{here}/read"), &[("up_to", &newest)]).expect(200);
    });
    let last = ann.messages_at(&here).pop().unwrap()["id"].to_string();
    devices[7].clone().post(&format!("{here}/read"), &[("up_to", &last)]).expect(200);
    in_all(room, 0);
    in_all(0, 2 * POSTERS);
    // A late and older mark takes nothing back.
    devices[2].clone().post(&format!("{here}/read"), &[("up_to", "1")]).expect(200);
    post_all(&|_| thread::yield_now());
    in_all(room, POSTERS * EACH);
    server.restarts(|| {});
    for device in &devices {
        let counts = [room, 0, notes].map(|room| device.unread_in(room));
        assert_eq!(counts, [POSTERS * EACH, 3 * POSTERS, 0].map(|count| count.to_string()));
    }
    // The others read along: for each, all but what they said themselves since.
    let p0 = posters[0].clone();
    p0.read_all(&here);
    wait_until("p0 has read", || p0.unread_in(room) == "0");
    for _ in 0..99 {
        posters[1].say_at(&here, "much");
    }
    assert_eq!(p0.unread_in(room), "99");
    posters[1].say_at(&here, "more");
    assert_eq!(p0.unread_in(room), "99+");
}

#[test]
fn a_partial_mark_leaves_the_rest_unread_and_outsiders_leave_none() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(true);
    let here = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    let ids: Vec<u64> = (0..5).map(|_| ann.say_at(&here, "x")).collect();
    let read = |who: &Client, up_to: u64| {
        who.clone().post(&format!("{here}/read"), &[("up_to", &up_to.to_string())]).expect(200);
    };
    // HEAD and programs that fetch are nobody who looks, and of a page, its script tells what was on the screen.
    bob.clone().send("HEAD", &here, "", b"");
    bob.clone().send("HEAD", &format!("{here}/live"), "", b"");
    bob.clone().get(&here);
    bob.messages_at(&here);
    read(&bob, ids[1]);
    wait_until("three are left", || bob.unread_in(room) == "3");
    // A number beyond all is taken for what there is, and not for what is to come.
    read(&bob, u64::MAX);
    wait_until("none is left", || bob.unread_in(room) == "0");
    ann.say_at(&here, "y");
    assert_eq!(bob.unread_in(room), "1");
    // Whoever looks from outside and joins later begins with what comes then.
    read(&eve, u64::MAX);
    eve.clone().get(&here);
    eve.clone().post(&format!("{here}/join"), &[]).expect(303);
    assert_eq!(eve.unread_in(room), "0");
    ann.say_at(&here, "z");
    assert_eq!(eve.unread_in(room), "1");
    // Away and back: what was said meanwhile is no news.
    eve.leave_room(room);
    ann.say_at(&here, "away");
    eve.rejoin(room, &ann, "eve");
    assert_eq!(eve.unread_in(room), "0");
}

#[test]
fn what_was_read_just_before_the_end_is_read_after_it() {
    let (mut server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.say_at("/people/bob", "one");
    let room = ann.room_at("/people/bob");
    ann.say_at("/chat", "two");
    let mut watched = Stream::open(&ann, "/events");
    // The mark for the one is being written, slowly, when that for the other comes, and then the end.
    let appending = std::sync::Arc::clone(&server.appending);
    appending.shut();
    bob.read_all("/people/ann");
    appending.wait_for_held(1);
    bob.read_all("/chat");
    thread::scope(|scope| {
        let restarting = scope.spawn(|| server.restarts(|| {}));
        // Streams end last, right before what keeps the chat is closed.
        while watched.event().is_some() {}
        appending.release();
        restarting.join().unwrap();
    });
    assert_eq!([room, 0].map(|room| bob.unread_in(room)), ["0", "0"]);
}
