//! Two nodes of one chat: whoever goes from one to the other finds what they left.

use crate::prelude::*;

/// What a request is answered that comes before its node has heard of what it needs. `meanwhile` happens while it waits.
fn waiting_at<T: Send>(node: &Server, ask: impl FnOnce() -> T + Send, meanwhile: impl FnOnce()) -> T {
    let looked = node.seat().looked();
    thread::scope(|scope| {
        let asked = scope.spawn(ask);
        // It looks whether it is worth it, and waits.
        wait_until("a request waits", || node.seat().looked() > looked || asked.is_finished());
        meanwhile();
        asked.join().unwrap()
    })
}

#[test]
fn whoever_signs_in_at_one_node_is_in_at_another_that_has_not_heard_of_it() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    south.seat().lags();
    let ann = north.member("ann");
    let mut there = south.takes_over(&ann);
    let page = waiting_at(&south, || there.get("/chat"), || south.seat().hears_again());
    assert!(page.expect(200).body.contains("data-name=\"ann\""));
}

#[test]
fn what_one_wrote_at_one_node_is_on_the_next_page_at_another() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let mut ann = north.member("ann");
    south.seat().lags();
    ann.say("pomegranate").expect(303);
    let mut there = south.takes_over(&ann);
    let page = waiting_at(&south, || there.get("/chat"), || south.seat().hears_again());
    assert!(page.expect(200).body.contains("pomegranate"));
    assert!(there.say("and here").expect(303).header("set-cookie").contains("-seq="));
    assert_eq!(north.takes_over(&there).texts(), ["pomegranate", "and here"]);
}

#[test]
fn a_node_that_stays_behind_answers_all_the_same() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let mut ann = north.member("ann");
    let mut there = south.takes_over(&ann);
    there.get("/chat").expect(200);
    south.seat().lags();
    ann.say("pomegranate").expect(303);
    let mut there = south.takes_over(&ann);
    assert!(!there.get("/chat").expect(200).body.contains("pomegranate"));
    // Nobody waits for an engine that does not answer.
    south.seat().is_cut_off_for(6);
    assert!(!there.get("/chat").expect(200).body.contains("pomegranate"));
}

#[test]
fn a_cookie_that_somebody_planted_keeps_nobody_waiting_for_ever() {
    let chat = SharedChat::default();
    let north = chat.node();
    let ann = north.member("ann");
    let name = ann.seq.get().expect("a cookie").split('=').next().unwrap().to_owned();
    for planted in [u64::MAX.to_string(), "soon".into()] {
        ann.seq.set(format!("{name}={planted}"));
        ann.clone().get("/chat").expect(200);
    }
}

#[test]
fn a_stream_goes_on_at_another_node_where_it_was() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let mut ann = north.member("ann");
    let mut at_north = Stream::open(&ann, "/events");
    ann.say("one").expect(303);
    let one = at_north.message().unwrap().id.unwrap();
    south.seat().lags();
    ann.say("two").expect(303);
    let two = at_north.message().unwrap().id.unwrap();
    let there = south.takes_over(&ann);
    // It had the second one already, which this node is yet to hear of.
    let resumed = waiting_at(
        &south,
        || {
            let mut stream = Stream::resume(&there, "/events", two);
            ann.say("three").expect(303);
            let told = stream.events_until(two + 1);
            assert_eq!(event_ids(&told), [two + 1], "nothing twice, nothing left out");
            stream.head
        },
        || south.seat().hears_again(),
    );
    assert_eq!(resumed.status, 200);
    let mut from_the_first = Stream::resume(&there, "/events", one);
    assert_eq!(event_ids(&from_the_first.events_until(two + 1)), [two, two + 1]);
}

#[test]
fn a_node_that_is_behind_sends_streams_elsewhere_and_one_that_is_not_begins_anew() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let mut ann = north.member("ann");
    south.takes_over(&ann).get("/chat").expect(200);
    south.seat().lags();
    ann.say("one").expect(303);
    let one = Stream::open(&ann, "/events?after=0").next_of("message").id.unwrap();
    let there = south.takes_over(&ann);
    for refused in [
        Stream::refused(&there, &format!("/events?after={one}")),
        Socket::refused(&there, &format!("/socket?after={one}")),
    ] {
        assert_eq!((refused.status, refused.header("retry-after")), (503, "3"), "{}", refused.body);
    }
    // A number that nobody has is of a chat that was before this one.
    let anew = Stream::refused(&ann, &format!("/events?after={}", one + 1_000));
    assert!(anew.expect(200).body.contains("event: reload"));
}

#[test]
fn a_program_goes_on_at_another_node_with_what_it_heard() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let (ann, bob) = (north.member("ann"), north.member("bob"));
    south.takes_over(&bob).get("/chat").expect(200);
    let asks: [fn(&mut Client, u64) -> Response; 4] = [
        |bob, heard| bob.get(&format!("/chat?after={heard}")),
        |bob, heard| bob.get(&format!("/messages/{heard}")),
        |bob, heard| bob.post(&format!("/messages/{heard}/react"), &[("emoji", "👍"), ("on", "1")]),
        |bob, heard| bob.post("/chat", &[("message", "yes"), ("reply_to", &heard.to_string())]),
    ];
    for ask in asks {
        south.seat().lags();
        let heard = ann.say_at("/chat", "pomegranate?");
        let mut there = south.takes_over(&bob).json();
        let answer = waiting_at(&south, || ask(&mut there, heard), || south.seat().hears_again());
        assert!(matches!(answer.status, 200 | 201), "{} {}", answer.status, answer.body);
    }
    // What nobody has is of another history than this.
    bob.json().get("/chat?after=1000000").expect(410);
}

#[test]
fn a_room_that_was_opened_at_another_node_is_there_for_streams() {
    type Open = fn(&Client, u64) -> Box<dyn EventSource + Send>;
    const STREAMS: [Open; 2] = [
        |bob, room| Box::new(Stream::open(bob, &format!("/events?room={room}"))),
        |bob, room| Box::new(Socket::open(bob, &format!("/socket?room=0&room={room}"))),
    ];
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let [ann, bob] = north.members(["ann", "bob"]);
    for (n, open) in STREAMS.into_iter().enumerate() {
        south.seat().lags();
        let room = ann.open_room_about(&format!("room {n}"), "", true);
        let there = south.takes_over(&bob);
        let mut stream = waiting_at(&south, || open(&there, room), || south.seat().hears_again());
        let said = ann.say_at(&format!("/rooms/{room}"), "pomegranate");
        let told = stream.next_among(&["gone", "message"]).unwrap();
        assert_eq!((&*told.kind, told.id), ("message", Some(said)));
    }
}

#[test]
fn who_was_let_in_at_another_node_is_let_in_at_all() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let [ann, bob] = north.members(["ann", "bob"]);
    let room = ann.open_room(false);
    south.takes_over(&ann).get(&format!("/rooms/{room}")).expect(200);
    south.seat().lags();
    ann.add_to_room(room, "bob");
    let there = south.takes_over(&bob);
    let frame = format!("/rooms/{room}/live");
    let mut stream = waiting_at(&south, || Stream::open(&there, &frame), || south.seat().hears_again());
    let said = ann.say_at(&format!("/rooms/{room}"), "pomegranate");
    assert!(stream.page_until(said).contains("pomegranate"));
    for (n, path) in ["", "/live", "/about"].iter().enumerate() {
        south.seat().lags();
        let name = format!("carl{n}");
        north.member(&name);
        let ask = || there.clone().get(&format!("/people/{name}{path}"));
        waiting_at(&south, ask, || south.seat().hears_again()).expect(200);
    }
    // What nobody has is looked for once.
    there.clone().get("/people/nobody").expect(404);
    there.clone().get("/rooms/1000000").expect(404);
    Stream::refused(&there, "/events?room=1000000").expect(404);
}

#[test]
fn people_are_online_and_type_for_those_at_other_nodes() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let (ann, bob) = (north.member("ann"), south.member("bob"));
    let mut watching = Stream::open(&ann, "/events?format=html");
    let here = |stream: &mut Stream, wanted: Value, typing: &[&str]| loop {
        let people = stream.next_of("people").value();
        let names: Vec<_> = people["typing"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        if people["here"] == wanted && names == typing {
            return;
        }
    };
    let there = Stream::open(&bob, "/events?format=html");
    here(&mut watching, json!(["ann", "bob"]), &[]);
    assert!(ann.clone().get("/chat").body.contains("Online: ann, bob<"));
    bob.clone().post("/typing", &[]).expect(200);
    here(&mut watching, json!(["ann", "bob"]), &["bob"]);
    drop(there);
    here(&mut watching, json!(["ann"]), &[]);
    let _again = Stream::open(&bob, "/events?format=html");
    here(&mut watching, json!(["ann", "bob"]), &[]);
    drop(south);
    here(&mut watching, json!(["ann"]), &[]);
}

#[test]
fn a_session_that_is_used_at_one_node_is_known_to_be_used_at_all() {
    let chat = SharedChat::default();
    let north = chat.node();
    let ann = north.member("ann");
    let south = chat.node();
    let phone = south.login("ann");
    // It begins to know nothing of what was before.
    let west = chat.node();
    for node in [&north, &south, &west] {
        node.standing.store(1_931_083_200_000, Ordering::SeqCst);
    }
    let used = || west.takes_over(&ann).get("/me").body.contains("datetime=\"2031-03-12T12:00:00");
    assert!(!used());
    phone.clone().get("/chat").expect(200);
    wait_until("the others are told", used);
}

#[test]
fn one_rate_is_shared_by_the_nodes_that_are_at_work() {
    let chat = SharedChat::default();
    let change = |settings: &mut Settings| settings.sign_in_rate = 6;
    let (north, south) = (chat.node_with(change), chat.node_with(change));
    north.member("ann");
    let wrong = |node: &Server| {
        let mut tries = (0..10).map(|_| node.visitor().login("ann", "wrong horse").status);
        tries.position(|status| status == 429)
    };
    assert_eq!(wrong(&north), Some(3));
    drop(north);
    assert_eq!(wrong(&south), Some(6), "the only one that is left");
}

#[test]
fn the_first_of_all_becomes_the_owner_by_one_code_at_whatever_node() {
    let chat = SharedChat::default();
    let exposed = |settings: &mut Settings| settings.trusted_proxies.0.push("192.0.2.1/32".parse().unwrap());
    let (north, south) = (chat.node_with(exposed), chat.node_with(exposed));
    let code = north.first_code.clone().expect("a code");
    assert_eq!(south.first_code.as_ref(), Some(&code));
    let register = |node: &Server, code: &str| {
        node.visitor().post("/register", &[("username", "ann"), ("password", PASSWORD), ("code", code)])
    };
    register(&north, "another").expect(403);
    register(&south, &code).expect(303);
    wait_until("the other hears of it", || !north.visitor().get("/register").body.contains("Create chat"));
    let west = chat.node_with(exposed);
    assert_eq!(west.first_code, None, "there is an owner");
}

#[test]
fn all_nodes_go_by_the_clock_of_the_engine() {
    const HOUR: i64 = 60 * 60 * 1000;
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    for node in [&north, &south] {
        node.standing.store(1_900_000_000_000, Ordering::SeqCst);
    }
    // The machine of one of them is an hour behind.
    south.standing.store(1_900_000_000_000 - HOUR, Ordering::SeqCst);
    south.seat().offset.store(HOUR, Ordering::SeqCst);
    let mut ann = north.member("ann");
    ann.say("here").expect(303);
    south.takes_over(&ann).say("there").expect(303);
    let said = ann.all_messages();
    let times: Vec<&str> = said.iter().map(|message| message["at"].as_str().unwrap()).collect();
    assert_eq!(times, ["2030-03-17T17:46:40.000Z"; 2]);
}

#[test]
fn what_is_marked_as_unread_at_one_node_is_not_read_by_a_page_that_is_open_at_another() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let [ann, bob, carl] = north.members(["ann", "bob", "carl"]);
    let say = |text: &str| bob.clone().json().say(text).value()["id"].as_u64().unwrap();
    let unread = |member: &Client| {
        let lists = south.takes_over(member).json().get("/sidebar").value();
        lists["rooms"][0]["unread"].as_u64()
    };
    let opens = || {
        let page = south.takes_over(&ann).get("/chat").body;
        let live = between(&page, "<iframe class=\"messages\" src=\"", "\"").replace("&amp;", "&");
        let address = live.split('#').next().unwrap();
        Stream::open(&south.takes_over(&ann), address)
    };
    let (first, mut open) = (say("pomegranate"), opens());
    wait_until("it is read", || unread(&ann) == Some(0));
    ann.clone().post(&format!("/messages/{first}/unread"), &[]).expect(303);
    wait_until("it is unread", || unread(&ann) == Some(1));
    let next = say("and a fig");
    open.page_until(next);
    // Noted after that, and kept with it or later.
    south.takes_over(&carl).post("/chat/read", &[("up_to", &next.to_string())]).expect(200);
    wait_until("markers are kept", || unread(&carl) == Some(0));
    assert_eq!(unread(&ann), Some(2));
    // Whoever opens the room again has read it, and goes on to.
    let mut again = opens();
    wait_until("all is read", || unread(&ann) == Some(0));
    again.page_until(say("and a lemon"));
    wait_until("that is read as well", || unread(&ann) == Some(0));
}

#[test]
fn a_script_of_another_version_is_asked_for_at_another_node() {
    let chat = SharedChat::default();
    let north = chat.node();
    let ask = |node: &Server| node.visitor().get("/script-0123456789abcdef.js");
    ask(&north).expect(404);
    let _south_of_another_version = chat.node();
    assert_ne!(ask(&north).expect(503).header("retry-after"), "");
    north.visitor().get("/scripts").expect(404);
}

#[test]
fn owners_see_the_nodes_and_how_they_are() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    let ([mut olga, mut ann], alone) = (north.members(["olga", "ann"]), Server::open());
    south.takes_over(&ann).get("/chat").expect(200);
    south.seat().lags();
    ann.say("pomegranate").expect(303);
    assert!(olga.get("/owner").body.contains("href=\"/owner/nodes\""));
    let page = olga.get("/owner/nodes").expect(200).body;
    for word in [
        "node-1", "(this node)", "node-2", "1 change behind", "an engine in memory",
        "There is no synchronous standby",
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    chat.has_a_synchronous_standby();
    assert!(!olga.get("/owner/nodes").body.contains("There is no synchronous standby"));
    let told = olga.clone().json().get("/owner/nodes").value();
    let behind =
        |index: usize| (told["nodes"][index]["name"].as_str(), told["nodes"][index]["behind"].as_u64());
    assert_eq!([behind(0), behind(1)], [(Some("node-1"), Some(0)), (Some("node-2"), Some(1))]);
    assert_eq!(told["database"]["synchronous_standbys"], 1);
    ann.get("/owner/nodes").expect(403);
    north.visitor().get("/owner/nodes").expect(303);
    let mut owner = alone.member("olga");
    owner.get("/owner/nodes").expect(404);
    assert!(!owner.get("/owner").body.contains("/owner/nodes"));
}
