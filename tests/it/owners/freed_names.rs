//! A name is given to somebody else.

use super::*;

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
