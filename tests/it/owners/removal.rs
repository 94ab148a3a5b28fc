//! Members who were removed.

use super::*;

#[test]
fn whoever_is_removed_is_out_on_every_device_and_hears_nothing_more() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let phone = server.login("bob");
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    ann.say_at("/people/bob", "hello");
    ann.say_at("/chat", "hello");
    let targets = [
        "/events".to_owned(),
        "/events?format=html".into(),
        format!("/events?room={room}"),
        format!("/events?format=html&room={room}"),
    ];
    let frames = ["/chat/live".to_owned(), format!("/rooms/{room}/live"), "/people/ann/live".into()];
    let open = |targets: &[String]| -> Vec<Stream> {
        let both = [&bob, &phone].into_iter().flat_map(|device| targets.iter().map(move |at| (device, at)));
        both.map(|(device, target)| Stream::open(device, target).patient(AT_ONCE)).collect()
    };
    let (mut events, mut pages) = (open(&targets), open(&frames));
    let last = ann.say_at("/chat", "the last that bob hears");
    for stream in &mut events {
        stream.events_until(last);
    }

    ann.remove_member("bob");
    for path in ["/chat", &format!("/rooms/{room}")] {
        ann.say_at(path, SECRET);
    }
    for device in [&bob, &phone] {
        assert!(!device.clone().is_in());
        assert_eq!(device.clone().get("/chat").location(), "/login?next=%2Fchat");
        device.clone().say("and I").expect(401);
        for target in &targets {
            assert_eq!(Stream::refused(device, target).status, 401, "{target}");
        }
    }
    for stream in &mut events {
        let rest: Vec<_> = std::iter::from_fn(|| stream.event()).collect();
        assert!(!rest.iter().any(|told| told.kind == "message"), "{rest:?}");
    }
    for page in &mut pages {
        let page = page.rest();
        page.lacks(SECRET);
    }
    // Nobody sees them here any more.
    let people = ann.clone().get("/people").body;
    people.lacks("<bdi>bob</bdi>");
    wait_until("bob is here no more", || !ann.clone().get("/chat").body.contains("bob is here"));
}

/// A stream that was granted before, and is held after.
#[test]
fn a_stream_that_begins_while_its_reader_is_removed_ends_too() {
    let (server, [ann]) =
        Server::with(|settings| (settings.register_rate, settings.post_rate) = (0, 0)).with_members(["ann"]);
    let targets = ["/events", "/events?format=html", "/chat/live"];
    for round in 0..30 {
        let name = format!("b{round}");
        let bob = server.member(&name);
        let asked = std::thread::scope(|scope| {
            let asking = scope.spawn(|| Stream::ask(&bob, targets[round % 3], ""));
            ann.remove_member(&name);
            asking.join().unwrap()
        });
        // What was said in rounds before is theirs.
        let secret = format!("{SECRET}-{round}!");
        ann.say_at("/chat", &secret);
        if let Ok(stream) = asked {
            let rest = stream.patient(AT_ONCE).rest();
            assert!(!rest.contains(&secret), "round {round}: {rest}");
        }
    }
}

#[test]
fn whoever_is_removed_is_as_unknown_at_the_door_as_anybody() {
    let (server, [ann, _bob]) = Server::open().with_members(["ann", "bob"]);
    ann.remove_member("bob");
    let attempt = |name: &str, password: &str| {
        let before = server.hashing.count();
        let answer = server.visitor().login(name, password);
        assert_eq!((answer.status, server.hashing.count() - before), (401, 1), "{name}");
        answer.body.replace(&format!("value=\"{name}\""), "value=\"NAME\"")
    };
    assert_eq!(attempt("bob", PASSWORD), attempt("nobody", PASSWORD));
    // An empty password is none either, although nothing is kept to compare with.
    assert_eq!(attempt("bob", ""), attempt("nobody", ""));
}

#[test]
fn a_name_that_is_kept_is_nobodys_any_more() {
    let (mut server, [ann, _bob]) = Server::open().with_members(["ann", "Bob"]);
    ann.say_at("/people/bob", "hello");
    ann.remove_member("bob");
    for _ in 0..2 {
        for name in ["bob", "BOB", "Ｂob"] {
            let answer = server.visitor().register(name, PASSWORD);
            assert_eq!(answer.status, 409, "{name}");
            assert!(field_error(&answer.body, "username").expect("said beside it").contains("taken"));
        }
        // Nor can they be added, made owner, or removed once more.
        let room = ann.open_room(false);
        let added = ann.clone().json().post(&format!("/rooms/{room}/add"), &[("username", "bob")]);
        assert_eq!((added.status, &added.value()["error"]), (422, &"nobody".into()));
        assert_eq!(role(&ann, "bob", "yes"), 404);
        ann.clone().post("/people/bob/remove", &[("free", "yes")]).expect(404);
        assert!(ann.clone().get("/people/bob/about").body.contains("No longer a member"));
        assert_eq!(ann.clone().json().get("/people?like=b").value()["people"], Value::Array(vec![]));
        server.restarts(|| {});
    }
}

#[test]
fn a_conversation_with_somebody_who_left_can_be_read_and_no_more() {
    let (mut server, [ann, bob, cyd]) = Server::unlimited().with_members(["ann", "bob", "cyd"]);
    let mine = ann.say_at("/people/bob", "hello bob");
    let theirs = bob.say_at("/people/ann", "hello ann");
    let room = ann.room_at("/people/bob");
    ann.remove_member("bob");
    for _ in 0..2 {
        assert_eq!(paths(&ann), ["/chat", "/people/bob"], "it is still listed, where it is");
        for path in ["/people/bob", &format!("/rooms/{room}")] {
            let read: Vec<_> = ann.messages_at(path).iter().map(|message| message["id"].clone()).collect();
            assert_eq!(read, [mine, theirs], "{path}");
            let page = ann.clone().get(path).expect(200);
            page.body.shows("This conversation has ended").lacks("id=\"message\"");
            // The name may be another's one day.
            let marked = |text: &str| text.matches("<small>(removed)</small>").count();
            let heading =
                page.body.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>")).unwrap().0;
            let line = page.body.split_once(&format!("data-room=\"{room}\"")).unwrap().1;
            assert!(marked(heading) == 1 && marked(line.split_once("</a>").unwrap().0) == 1, "{}", page.body);
            page.body.shows("<title>bob (removed) ·");
            let refused = ann.clone().json().post(path, &[("message", "are you there?")]);
            assert_eq!((refused.status, &refused.value()["error"]), (403, &"partner_gone".into()), "{path}");
            let page = ann.clone().post(path, &[("message", "are you there?")]);
            assert_eq!(page.status, 403, "{path}");
            let fields = [("up_to", &*theirs.to_string())];
            assert_eq!(ann.clone().post(&format!("{path}/read"), &fields).status, 200, "{path}");
            Stream::open(&ann, &format!("{path}/live")).page_until(theirs);
        }
        // Her own words are hers to change; his are nobody's, although she owns the chat.
        let edited = ann.clone().post(&format!("/messages/{mine}/edit"), &[("message", "hello, bob")]);
        assert_eq!((edited.status, edited.location()), (303, &*format!("/people/bob?at={mine}#m{mine}")));
        ann.clone().post(&format!("/messages/{theirs}/remove"), &[]).expect(403);
        assert!(ann.clone().get("/search").body.contains(">bob (removed)</option>"));
        // With others none begins.
        cyd.clone().get("/people/bob").expect(404);
        cyd.clone().post("/people/bob", &[("message", "x")]).expect(404);
        server.restarts(|| {});
    }
    assert_eq!(ann.messages_at("/people/bob").len(), 2);
}

#[test]
fn what_somebody_said_stays_and_says_that_they_were_removed() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let start = ann.say_at("/chat", "start");
    let said = bob.say_at("/chat", "what bob said");
    assert!(!ann.clone().get("/chat").body.contains("(removed)"));
    ann.remove_member("bob");
    let end = ann.say_at("/chat", "end");
    let all = ann.messages_at("/chat");
    let former: Vec<_> = all.iter().map(|message| message["former"].as_bool()).collect();
    assert_eq!(former, [None, Some(true), None]);
    assert_eq!((&all[1]["author"], &all[1]["text"]), (&"bob".into(), &"what bob said".into()));
    assert_eq!(ann.clone().json().get(&format!("/messages/{said}")).value()["former"], true);
    for path in ["/chat", &format!("/messages/{said}/about")] {
        let page = ann.clone().get(path).body;
        assert_eq!(page.matches("(removed)").count(), 1, "{path}: {page}");
        assert!(!page.contains("href=\"/people/bob\""), "{path}: no link to nobody");
    }
    let mut json = Stream::open(&ann, &format!("/events?after={start}"));
    let told = json.events_until(end);
    let told: Vec<_> = told.iter().filter(|told| told.kind == "message").collect();
    assert_eq!((told[0].id, &told[0].value()["former"]), (Some(said), &true.into()));
    let mut html = Stream::open(&ann, &format!("/events?format=html&after={start}"));
    let told = html.events_until(end);
    assert!(told.iter().any(|told| told.id == Some(said) && told.data.contains("(removed)")));
    assert!(Stream::open(&ann, "/chat/live").page_until(end).contains("(removed)"));
    // An owner may still remove it.
    ann.clone().post(&format!("/messages/{said}/remove"), &[]).expect(303);
    assert_eq!(ann.clone().texts(), ["start", "end"]);
}

#[test]
fn a_removal_is_told_to_pages_that_are_open() {
    let (_server, [ann, _bob]) = Server::open().with_members(["ann", "bob"]);
    let mut page = Stream::open(&ann, "/events?format=html").patient(AT_ONCE);
    ann.remove_member("bob");
    page.next_of("rooms");
    assert!(!ann.clone().get("/sidebar").body.contains("bob"));
}
