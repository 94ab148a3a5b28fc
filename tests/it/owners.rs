//! Owners: who they are, and what they decide about people and about the chat.

use crate::prelude::*;

/// Long enough for a slow machine, and well before a stream looks after its session by itself.
const AT_ONCE: Duration = Duration::from_secs(8);

fn owns(client: &Client) -> bool {
    match client.clone().get("/owner").status {
        200 => true,
        403 => false,
        other => panic!("neither owner nor member: {other}"),
    }
}

fn role(by: &Client, name: &str, owner: &str) -> u16 {
    by.clone().post(&format!("/people/{name}/role"), &[("owner", owner)]).status
}

/// Removes a member, whose name anybody may take then.
#[track_caller]
fn remove_and_free(by: &Client, name: &str) {
    by.clone().post(&format!("/people/{name}/remove"), &[("free", "yes")]).expect(303);
}

/// What programs read of a member's list.
fn listed(client: &Client) -> Vec<Value> {
    client.clone().json().get("/sidebar").value()["rooms"].as_array().unwrap().clone()
}

fn paths(client: &Client) -> Vec<String> {
    listed(client).iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect()
}

// ---------------------------------------------------------------- who owns the chat

#[test]
fn the_first_member_owns_the_chat_and_nobody_else() {
    let (mut server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    for round in ["at first", "after a restart"] {
        assert_eq!([&ann, &bob, &cyd].map(owns), [true, false, false], "{round}");
        let leads = |who: &Client| who.clone().get("/me").body.contains("href=\"/owner\"");
        assert_eq!([&ann, &bob].map(leads), [true, false], "{round}");
        let about = |name: &str| bob.clone().get(&format!("/people/{name}/about")).body;
        assert!(about("ann").contains("Owner, member since"), "{round}");
        assert!(!about("cyd").contains("Owner, member since"), "{round}");
        server.restarts(|| {});
    }
}

#[test]
fn an_owner_makes_another_one_who_may_take_it_from_the_first() {
    let (mut server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    assert_eq!(role(&ann, "bob", "yes"), 303);
    assert_eq!([&ann, &bob].map(owns), [true, true]);
    assert_eq!(role(&ann, "BOB", "yes"), 303, "once more is as good as once");
    assert_eq!(role(&bob, "ann", "no"), 303);
    assert_eq!([&ann, &bob].map(owns), [false, true]);
    assert_eq!((role(&ann, "ann", "yes"), role(&ann, "bob", "no")), (403, 403));
    for wrong in ["", "maybe", "YES"] {
        assert_eq!(role(&bob, "ann", wrong), 400, "{wrong}");
    }
    server.restarts(|| {});
    assert_eq!([&ann, &bob].map(owns), [false, true]);
}

#[test]
fn the_last_owner_stays_one() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    for what in [("role", ("owner", "no")), ("remove", ("free", "yes")), ("remove", ("free", ""))] {
        let path = format!("/people/ann/{}", what.0);
        let page = ann.clone().post(&path, &[what.1]);
        assert_eq!(page.status, 409, "{what:?}");
        assert!(page.body.contains("A chat needs an owner"), "said in words: {}", page.body);
        let answer = ann.clone().json().post(&path, &[what.1]);
        assert_eq!((answer.status, &answer.value()["error"]), (409, &"last_owner".into()), "{what:?}");
    }
    assert!(owns(&ann));
    // With another one, the first may go.
    ann.make_owner("bob");
    ann.remove_member("ann");
    assert!(!ann.clone().is_in() && owns(&bob));
    assert_eq!(role(&bob, "bob", "no"), 409);
}

#[test]
fn whoever_is_no_owner_decides_nothing() {
    let (server, [_ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let before = server.records().len();
    for (path, fields) in [
        ("/owner", &[("title", "Bob's"), ("registration", "closed"), ("code", "")][..]),
        ("/owner", &[("title", ""), ("registration", ""), ("code", "")]),
        ("/people/bob/role", &[("owner", "yes")]),
        ("/people/cyd/role", &[("owner", "yes")]),
        ("/people/ann/role", &[("owner", "no")]),
        ("/people/ann/remove", &[]),
        ("/people/cyd/remove", &[("free", "yes")]),
        ("/people/bob/remove", &[]),
    ] {
        let page = bob.clone().post(path, fields);
        let answer = bob.clone().json().post(path, fields);
        assert_eq!((page.status, answer.status), (403, 403), "{path}: {}", answer.body);
    }
    assert_eq!(server.records().len(), before, "nothing happened");
    assert!(cyd.clone().is_in());
    // Nor are they offered what they may not do.
    let about = bob.clone().get("/people/cyd/about").body;
    about.lacks("/people/cyd/remove").lacks("/people/cyd/role");
}

// ---------------------------------------------------------------- somebody is removed

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

// ---------------------------------------------------------------- a name is given to somebody else

/// Bob was an owner, in a room by invitation, in conversations, and left notes; he is removed and his name freed.
struct Freed {
    server: Server,
    ann: Client,
    old: Client,
    room: u64,
    pair: u64,
    notes: u64,
    /// What old bob said to ann.
    said: u64,
    /// What called old bob by his name.
    call: u64,
}

impl Freed {
    fn happens() -> Self {
        let (server, [ann, old]) = Server::unlimited().with_members(["ann", "bob"]);
        ann.make_owner("bob");
        let room = ann.open_room(false);
        ann.add_to_room(room, "bob");
        ann.say_at(&format!("/rooms/{room}"), SECRET);
        ann.say_at("/people/bob", SECRET);
        let said = old.say_at("/people/ann", "from old bob");
        let pair = ann.room_at("/people/bob");
        old.say_at("/people/bob", SECRET);
        let notes = old.room_at("/people/bob");
        let call = ann.say_at("/chat", "come here, @bob");
        old.clone().post("/me/zone", &[("zone", "Pacific/Kiritimati")]).expect(303);
        remove_and_free(&ann, "bob");
        Self { server, ann, old, room, pair, notes, said, call }
    }
}

#[test]
fn somebody_new_with_a_freed_name_inherits_nothing() {
    let Freed { mut server, ann, old, room, pair, notes, said, call: _ } = Freed::happens();
    assert_eq!(ann.clone().get("/people/bob").status, 404, "nobody is called so");
    server.visitor().login("bob", PASSWORD).expect(401);
    let mut bob = server.visitor();
    bob.register("Bob", "another horse").expect(303);
    for round in ["at first", "after a restart"] {
        assert!(!old.clone().is_in(), "{round}");
        assert_eq!(server.visitor().login("bob", PASSWORD).status, 401, "{round}");
        assert!(!owns(&bob), "{round}");
        let lines = listed(&bob);
        assert_eq!(lines.len(), 1, "{round}: the shared room alone: {lines:?}");
        assert_eq!((&lines[0]["unread"], &lines[0]["mentions"]), (&0.into(), &0.into()), "{round}");
        for path in ["/people/ann", "/people/bob"] {
            assert!(bob.messages_at(path).is_empty(), "{round}: {path}");
        }
        for number in [room, pair, notes] {
            for path in ["", "/live", "/compose", "/about"] {
                assert_eq!(bob.clone().get(&format!("/rooms/{number}{path}")).status, 404, "{round}: {path}");
            }
            assert_eq!(Stream::refused(&bob, &format!("/events?room={number}")).status, 404, "{round}");
        }
        for path in [format!("/messages/{said}"), format!("/messages/{said}/about")] {
            assert_eq!(bob.clone().get(&path).status, 404, "{round}: {path}");
        }
        let me = bob.clone().get("/me").body;
        assert_eq!(input_value(&me, "zone").as_deref(), Some(""), "{round}");
        assert_eq!(me.matches("(this device)").count(), 1, "{round}");
        assert_eq!(input_tag(&me, "session"), None, "{round}: no other device");
        server.restarts(|| {});
    }
    // Whoever comes back from the very beginning is told what was said to all, and nothing else.
    let end = ann.say_at("/chat", "end");
    let mut all = Stream::open(&bob, "/events?after=0");
    let told = all.events_until(end);
    assert!(!told.iter().any(|told| told.data.contains(SECRET)), "{told:?}");
    assert_eq!(event_ids(&told).len(), 2);
    // What old bob did with a nonce is not new bob's.
    bob.clone().json().post("/people/ann", &[("message", "mine"), ("nonce", "n1")]).expect(201);
}

#[test]
fn beside_the_new_conversation_the_old_one_stays_reachable_and_over() {
    let Freed { server, ann, pair, said, .. } = Freed::happens();
    let by_number = format!("/rooms/{pair}");
    assert_eq!(paths(&ann)[0], "/chat");
    assert!(paths(&ann).contains(&by_number), "a freed name leads nowhere: {:?}", paths(&ann));
    let bob = server.member("bob");
    let fresh = bob.say_at("/people/ann", "from new bob");
    assert!(paths(&ann).contains(&by_number) && paths(&ann).contains(&"/people/bob".to_owned()));
    let texts = |path: &str| -> Vec<(Value, bool)> {
        let all = ann.messages_at(path);
        all.iter().map(|message| (message["id"].clone(), message["former"] == true)).collect()
    };
    assert_eq!(texts("/people/bob"), [(fresh.into(), false)]);
    assert_eq!(texts(&by_number)[1], (said.into(), true));
    // What leads to an old message leads to the old conversation.
    let place = ann.clone().get(&format!("/messages/{said}")).location().to_owned();
    assert_eq!(place, format!("{by_number}?at={said}#m{said}"));
    // What is written there goes to nobody, and by the name to the new one.
    let refused = ann.clone().json().post(&by_number, &[("message", "for old bob")]);
    assert_eq!((refused.status, &refused.value()["error"]), (403, &"partner_gone".into()));
    let sidebar = ann.clone().get(&format!("/sidebar?path={by_number}")).body;
    assert_eq!(sidebar.matches("aria-current=\"page\"").count(), 1, "one of the two is the one: {sidebar}");
    ann.say_at("/people/bob", "for new bob");
    assert_eq!(bob.messages_at("/people/ann").len(), 2);
}

#[test]
fn what_called_the_old_one_by_name_does_not_call_the_new_one() {
    let Freed { server, call, .. } = Freed::happens();
    let bob = server.member("bob");
    let message = bob.clone().json().get(&format!("/messages/{call}")).value();
    assert_eq!(message.get("mentions"), None, "{message}");
}

#[cfg(feature = "sqlite")]
mod kept {
    use super::*;
    use crate::support::{TempDir, outcome, snug};

    #[test]
    fn a_removal_outlives_the_process_and_voids_the_way_back() {
        for (signal, free) in [("-TERM", ""), ("-KILL", ""), ("-KILL", "yes")] {
            let folder = TempDir::new();
            let program = folder.serve(&[]);
            let [ann, bob] = program.members(["ann", "bob"]);
            let said = bob.say_at("/chat", "what bob said");
            bob.say_at("/people/ann", "hello");
            let pair = ann.room_at("/people/bob");
            let link = folder.reset_link("bob");
            assert_eq!(program.visitor().get(&link).status, 200, "an offer is open");
            ann.clone().post("/people/bob/remove", &[("free", free)]).expect(303);
            let is_gone = |program: &crate::support::Process| {
                assert!(!program.client_of(&bob).is_in());
                program.visitor().login("bob", PASSWORD).expect(401);
                program.visitor().get(&link).expect(410);
                program.visitor().reset_password(&link, "another horse").expect(410);
                let (code, _, stderr) = outcome(snug(&["reset-password", "bob", "--data", &folder.data()]));
                assert_eq!(code, Some(1), "{stderr}");
            };
            is_gone(&program);
            program.end_by(signal);
            // While nobody serves it, too.
            let (code, _, stderr) = outcome(snug(&["reset-password", "bob", "--data", &folder.data()]));
            assert_eq!(code, Some(1), "{stderr}");
            let program = folder.serve(&[]);
            is_gone(&program);
            let ann = program.client_of(&ann);
            assert_eq!(ann.clone().json().get(&format!("/messages/{said}")).value()["former"], true);
            let path = if free.is_empty() { "/people/bob".to_owned() } else { format!("/rooms/{pair}") };
            assert_eq!(paths(&ann), ["/chat".to_owned(), path.clone()]);
            ann.clone().post(&path, &[("message", "x")]).expect(403);
            let again = program.visitor().register("bob", PASSWORD).status;
            assert_eq!(again, if free.is_empty() { 409 } else { 303 });
        }
    }

    #[test]
    fn somebody_new_with_a_freed_name_inherits_nothing_over_restarts() {
        let folder = TempDir::new();
        let program = folder.serve(&[]);
        let [ann, old] = program.members(["ann", "bob"]);
        ann.make_owner("bob");
        ann.say_at("/people/bob", SECRET);
        old.say_at("/chat", "from old bob");
        remove_and_free(&ann, "bob");
        let new = program.member("bob");
        new.say_at("/chat", "from new bob");
        new.say_at("/people/ann", "hello");
        program.end_by("-KILL");
        let program = folder.serve(&[]);
        let (ann, new) = (program.client_of(&ann), program.client_of(&new));
        assert!(!program.client_of(&old).is_in() && new.clone().is_in() && !owns(&new));
        assert_eq!(new.messages_at("/people/ann").len(), 1);
        let former: Vec<bool> =
            ann.messages_at("/chat").iter().map(|message| message["former"] == true).collect();
        assert_eq!(former, [true, false]);
        // The newest conversation first.
        assert_eq!(paths(&ann)[..2], ["/chat", "/people/bob"]);
        assert_eq!(paths(&ann).len(), 3);
        program.visitor().register("BOB", PASSWORD).expect(409);
    }

    #[test]
    fn what_owners_decided_outlives_the_process() {
        let folder = TempDir::new();
        let program = folder.serve(&["--title", "Flag", "--invite-code", "sesame"]);
        let mut ann = program.visitor();
        let fields = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
        ann.post("/register", &fields).expect(303);
        let decided = [("title", "Decided"), ("registration", "invited"), ("code", "plugh")];
        ann.post("/owner", &decided).expect(303);
        program.end_by("-KILL");
        let program = folder.serve(&["--title", "Flag", "--invite-code", "sesame"]);
        assert!(program.visitor().get("/login").body.contains("Decided"));
        assert_eq!(registers(&program.visitor(), "bob", "sesame"), 403);
        assert_eq!(registers(&program.visitor(), "bob", "plugh"), 303);
        // Back to what the flags say, whatever they say by then.
        let ann = program.client_of(&ann);
        ann.clone().post("/owner", &[]).expect(303);
        program.end_by("-TERM");
        let program = folder.serve(&["--title", "Another", "--invite-code", "xyzzy"]);
        assert!(program.visitor().get("/login").body.contains("Another"));
        assert_eq!(registers(&program.visitor(), "cyd", "plugh"), 403);
        assert_eq!(registers(&program.visitor(), "cyd", "xyzzy"), 303);
    }

    #[test]
    fn a_chat_that_others_reach_prints_a_code_until_somebody_owns_it() {
        let folder = TempDir::new();
        // As behind a proxy.
        let exposed = ["--trust-proxy", "127.0.0.9"];
        let code = |program: &crate::support::Process| {
            let lines =
                std::iter::from_fn(|| Some(program.line())).take_while(|line| !line.starts_with("Ctrl+C"));
            lines.filter_map(|line| Some(line.split_once("code: ")?.1.to_owned())).last()
        };
        let program = folder.serve(&exposed);
        let first = code(&program).expect("a code");
        program.visitor().register("eve", PASSWORD).expect(403);
        program.end_by("-TERM");
        // Nobody came, so there is another one.
        let program = folder.serve(&exposed);
        let second = code(&program).expect("a code");
        assert_ne!(first, second);
        assert_eq!(registers(&program.visitor(), "eve", &first), 403);
        assert_eq!(registers(&program.visitor(), "ann", &second), 303);
        program.end_by("-KILL");
        let program = folder.serve(&exposed);
        assert_eq!(code(&program), None);
        program.visitor().register("bob", PASSWORD).expect(303);
        // At home nobody is asked for one.
        let elsewhere = TempDir::new();
        let program = elsewhere.serve(&[]);
        assert_eq!(code(&program), None);
        program.visitor().register("ann", PASSWORD).expect(303);
    }
}

// ---------------------------------------------------------------- what the chat is, and who may come

/// Registers with this code; the status.
fn registers(visitor: &Client, name: &str, code: &str) -> u16 {
    visitor.clone().post("/register", &[("username", name), ("password", PASSWORD), ("code", code)]).status
}

#[track_caller]
fn decides(owner: &Client, title: &str, registration: &str, code: &str) {
    let fields = [("title", title), ("registration", registration), ("code", code)];
    let answer = owner.clone().post("/owner", &fields);
    assert_eq!((answer.status, answer.location()), (303, "/owner?saved=yes"), "{}", answer.body);
}

#[test]
fn a_title_changes_on_every_page_at_once() {
    let (mut server, [ann, bob]) =
        Server::with(|settings| settings.title = "As started".into()).with_members(["ann", "bob"]);
    let named = |server: &Server, title: &str| {
        [server.visitor(), ann.clone(), bob.clone()].iter_mut().all(|who| {
            let path = if who.cookie.is_some() { "/chat" } else { "/login" };
            who.get(path).body.contains(title)
        })
    };
    assert!(named(&server, "As started"));
    decides(&ann, "  Ann's <b>place</b> \u{202e}", "", "");
    for _ in 0..2 {
        assert!(named(&server, "Ann's &lt;b&gt;place&lt;/b&gt;"));
        assert!(!bob.clone().get("/chat").body.contains("As started"));
        let page = ann.clone().get("/owner").body;
        assert_eq!(input_value(&page, "title").as_deref(), Some("Ann's <b>place</b>"));
        server.restarts(|| {});
    }
    decides(&ann, "   ", "", "");
    assert!(named(&server, "As started"));
    assert!(!bob.clone().get("/chat").body.contains("Ann's"));
}

#[test]
fn what_cannot_be_decided_comes_back_as_it_was_typed() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let (long, wide) = ("t".repeat(61), "c".repeat(101));
    for (title, registration, code, status, error) in [
        (&*long, "closed", "plugh", 422, "invalid_title"),
        ("\u{200b}", "open", "", 422, "invalid_title"),
        ("fine", "invited", "", 422, "invalid_code"),
        ("fine", "invited", " \n ", 422, "invalid_code"),
        ("fine", "invited", &wide, 422, "invalid_code"),
        ("fine", "everybody", "", 400, "bad_request"),
    ] {
        let fields = [("title", title), ("registration", registration), ("code", code)];
        let page = ann.clone().post("/owner", &fields);
        assert_eq!(page.status, status, "{title:?} {registration} {code:?}");
        assert_eq!(input_value(&page.body, "title").as_deref(), Some(title));
        assert_eq!(input_value(&page.body, "code").unwrap_or_default(), code);
        let field = ["title", "code"].into_iter().find(|field| error == format!("invalid_{field}"));
        let said_beside = ["title", "code"].map(|field| field_error(&page.body, field).is_some());
        assert_eq!(
            said_beside,
            ["title", "code"].map(|name| Some(name) == field),
            "{title:?} {registration} {code:?}"
        );
        assert!(!page.body.contains("by another owner"), "no one else saved anything: {}", page.body);
        let answer = ann.clone().json().post("/owner", &fields);
        assert_eq!((answer.status, &answer.value()["error"]), (status, &error.into()));
    }
    assert!(server.visitor().get("/login").body.contains("snug"));
    assert_eq!(server.visitor().register("bob", PASSWORD).status, 303, "nothing was decided");
}

#[test]
fn a_code_that_may_be_guessed_is_called_short_and_a_better_one_named() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let offer =
        |page: &str| page.split("<a ").find(|tag| tag.contains("data-fills=\"code\"")).map(str::to_owned);
    let suggested = |page: &str| offer(page).and_then(|tag| attribute(&tag, "data-value"));
    decides(&ann, "", "invited", "plugh");
    let page = ann.clone().get("/owner").body;
    page.shows("This code is short");
    let code = suggested(&page).expect("a code");
    decides(&ann, "", "invited", &code);
    let page = ann.clone().get("/owner").body;
    assert!(!page.contains("This code is short") && suggested(&page).is_none(), "{page}");
    assert_eq!(registers(&server.visitor(), "bob", &code.to_uppercase().replace('-', "")), 303);
}

#[test]
fn a_suggested_code_is_taken_with_one_click_and_no_script() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    ann.opens("/owner");
    let code = ann.browser.attribute("a.offer", "data-value").expect("a code");
    ann.follows("a.offer");
    assert_eq!(ann.browser.property("#code", "value"), *code);
    assert_eq!(ann.browser.property("#by-invitation", "checked"), true);
    ann.sends_form("form[action='/owner']");
    ann.is_at("/owner?saved=yes");
    assert_eq!(registers(&server.visitor(), "bob", ""), 403);
    assert_eq!(registers(&server.visitor(), "bob", &code), 303);
}

#[test]
fn whatever_is_to_hold_by_default_is_one_choice_and_says_what_it_is() {
    let choices = |page: &str| page.matches("type=\"radio\"").count();
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    for registration in ["", "open"] {
        decides(&ann, "", registration, "");
        let page = ann.clone().get("/owner").body;
        assert_eq!((choices(&page), page.matches("Anyone with the address").count()), (3, 1), "{page}");
        let chosen =
            page.split("<input").find(|tag| tag.contains("type=\"radio\"") && tag.contains(" checked"));
        assert_eq!(attribute(chosen.expect("one that holds"), "value").as_deref(), Some(registration));
    }
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let mut ann = server.visitor();
    assert_eq!(registers(&ann, "ann", "sesame"), 303);
    ann.login("ann", PASSWORD).expect(303);
    let page = ann.get("/owner").body;
    assert_eq!(choices(&page), 4);
    page.shows("with the code that snug was started with");
}

#[test]
fn a_chat_that_takes_nobody_says_so_and_offers_no_form() {
    let (mut server, [ann]) = Server::open().with_members(["ann"]);
    assert!(server.visitor().get("/login").body.contains("href=\"/register\""));
    decides(&ann, "", "closed", "");
    for _ in 0..2 {
        let hashed = server.hashing.count();
        assert!(!server.visitor().get("/login").body.contains("/register"));
        let page = server.visitor().get("/register");
        assert_eq!((page.status, input_tag(&page.body, "username")), (403, None));
        let page = server.visitor().register("bob", PASSWORD);
        assert_eq!((page.status, input_tag(&page.body, "username")), (403, None));
        assert!(page.headers("set-cookie").is_empty());
        let answer = server.visitor().json().register("bob", PASSWORD);
        assert_eq!((answer.status, &answer.value()["error"]), (403, &"closed".into()));
        // Also for what is wrong anyway, and for who has an account.
        assert_eq!(registers(&server.visitor(), "ann", "x"), 403);
        assert_eq!(registers(&server.visitor(), "", ""), 403);
        assert_eq!(server.hashing.count(), hashed);
        assert_eq!(server.visitor().login("ann", PASSWORD).status, 303, "members come and go");
        server.restarts(|| {});
    }
    decides(&ann, "", "open", "");
    server.visitor().register("bob", PASSWORD).expect(303);
}

#[test]
fn the_owners_word_stands_over_that_of_the_flag() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
    ann.post("/register", &fields).expect(303);
    decides(&ann, "", "invited", "  plugh & co ");
    assert_eq!(registers(&server.visitor(), "b1", "sesame"), 403);
    assert_eq!(registers(&server.visitor(), "b1", ""), 403);
    assert_eq!(registers(&server.visitor(), "b1", "plugh & co"), 303);
    let page = ann.get("/owner").body;
    assert!(page.contains("/register?code=plugh+%26+co\""), "a link to send: {page}");
    let invited = server.visitor().get("/register?code=plugh+%26+co").body;
    assert_eq!(input_value(&invited, "code").as_deref(), Some("plugh & co"));
    assert!(!server.visitor().get("/register").body.contains("plugh"));
    decides(&ann, "", "open", "left over");
    assert_eq!(registers(&server.visitor(), "b2", ""), 303);
    // Nothing decided: as snug was started.
    decides(&ann, "", "", "");
    assert_eq!(registers(&server.visitor(), "b3", "plugh & co"), 403);
    assert_eq!(registers(&server.visitor(), "b3", "sesame"), 303);
    assert!(!ann.get("/owner").body.contains("sesame"), "the flag's word is the host's");
}

#[test]
fn an_exposed_chat_is_owned_by_whoever_has_the_printed_code() {
    let mut server = Server::with(|settings| {
        settings.listen = vec!["0.0.0.0:0".parse().unwrap()];
        settings.sign_in_rate = 2;
    });
    let code = server.first_code.clone().expect("a code");
    let page = server.visitor().get("/register").body;
    assert!(input_tag(&page, "code").is_some() && !page.contains(&code));
    let hashed = server.hashing.count();
    for wrong in ["", "wrong"] {
        let answer = server
            .visitor()
            .from("127.0.0.2")
            .post("/register", &[("username", "eve"), ("password", PASSWORD), ("code", wrong)])
            .expect(403);
        assert!(field_error(&answer.body, "code").is_some(), "said beside it");
        assert!(!answer.body.contains(&code));
    }
    // A guesser waits, as one of passwords does.
    assert_eq!(registers(&server.visitor().from("127.0.0.2"), "eve", &code), 429);
    assert_eq!(server.hashing.count(), hashed);
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", &*format!(" {code} "))];
    ann.post("/register", &fields).expect(303);
    assert!(owns(&ann));
    // From now on nobody needs it, and it opens nothing.
    assert_eq!(input_tag(&server.visitor().get("/register").body, "code"), None);
    server.visitor().register("bob", PASSWORD).expect(303);
    decides(&ann, "", "closed", "");
    assert_eq!(registers(&server.visitor(), "cyd", &code), 403);
    server.restarts(|| {});
    assert_eq!(server.first_code, None);
    server.restarts_empty();
    let again = server.first_code.clone().expect("nobody is there again");
    assert_ne!(again, code);
}

#[test]
fn two_who_come_first_with_the_code_make_one_owner() {
    let server = Server::with(|settings| settings.listen = vec!["0.0.0.0:0".parse().unwrap()]);
    let code = server.first_code.clone().unwrap();
    let mut both = [server.visitor(), server.visitor()];
    server.hashing.shut();
    std::thread::scope(|scope| {
        for (who, name) in both.iter_mut().zip(["ann", "bob"]) {
            let fields = [("username", name), ("password", PASSWORD), ("code", &*code)];
            let fields = fields.map(|(name, value)| (name, value.to_owned()));
            scope.spawn(move || {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
                who.post("/register", &fields).expect(303);
            });
        }
        server.hashing.wait_for_held(1);
        server.hashing.release();
    });
    assert_eq!(both.iter().filter(|who| owns(who)).count(), 1);
}

#[test]
fn a_chat_of_one_machine_asks_for_no_code() {
    for address in ["127.0.0.1:0", "127.0.0.9:80", "[::1]:0"] {
        let server = Server::with(|settings| settings.listen = vec![address.parse().unwrap()]);
        assert_eq!(server.first_code, None, "{address}");
        assert!(owns(&server.member("ann")));
    }
    for addresses in [&["0.0.0.0:0"][..], &["[::]:0"], &["192.0.2.1:80"], &["127.0.0.1:0", "192.0.2.1:80"]] {
        let server = Server::with(|settings| {
            settings.listen = addresses.iter().map(|address| address.parse().unwrap()).collect();
        });
        assert!(server.first_code.is_some(), "{addresses:?}");
        assert_eq!(server.visitor().register("ann", PASSWORD).status, 403, "{addresses:?}");
    }
}
