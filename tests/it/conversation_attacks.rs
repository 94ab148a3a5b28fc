//! What hostile members, and many at once, make of replies, reactions and pins: nothing that others would notice.

use crate::prelude::*;

/// What nobody may find any more.
const GONE: &str = "the-treasure-is-below-the-oak";

#[test]
fn what_replies_quoted_and_who_reacted_is_nowhere_on_the_disk_once_the_message_is_removed() {
    const ONLY_HERE: &str = "🦤";
    let folder = TempDir::new();
    let program = folder.serve(&["--history", "3", "--post-rate", "0"]);
    let [ann, bob] = program.members(["ann", "bob"]);
    let holds = |text: &str| {
        let has = |path: &Path| {
            fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|some| some == text.as_bytes()))
        };
        let files = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file() && has(path)).collect::<Vec<_>>()
    };
    let [edited, removed] = [0, 1].map(|_| ann.say_at("/chat", GONE));
    let reply = |id: u64| {
        let answer = bob.clone().json().post("/chat", &[("message", "yes"), ("reply_to", &id.to_string())]);
        answer.expect(201).value()["id"].as_u64().unwrap()
    };
    let replies = [edited, removed].map(reply);
    bob.reacts(removed, ONLY_HERE, true).expect(200);
    // Memory has neither of them any more.
    for n in 0..5 {
        ann.say_at("/chat", &format!("between {n}"));
    }
    assert!(!holds(GONE).is_empty() && !holds(ONLY_HERE).is_empty());
    ann.edit_message(edited, "another");
    ann.remove_message(removed);
    assert_eq!((holds(GONE), holds(ONLY_HERE)), (Vec::new(), Vec::new()));
    let excerpts = replies.map(|id| ann.read_json(&format!("/messages/{id}"))["reply_to"]["excerpt"].clone());
    assert_eq!(excerpts, [json!("another"), Value::Null]);
    assert!(ann.read_json("/activity").to_string().find(ONLY_HERE).is_none());
}

#[test]
fn sixteen_people_react_at_once_to_what_memory_let_go_and_to_what_it_holds() {
    const EMOJI: [&str; 5] = ["👍", "🎉", "😂", "🙏", "🔥"];
    let folder = TempDir::new();
    let program = folder.serve(&["--history", "4", "--post-rate", "0"]);
    let names: [String; 16] = std::array::from_fn(|n| format!("member{n}"));
    let people = names.clone().map(|name| program.member(&name));
    let old = people[0].say_at("/chat", "Friday?");
    for n in 0..6 {
        people[0].say_at("/chat", &n.to_string());
    }
    let new = people[0].say_at("/chat", "Saturday?");
    thread::scope(|scope| {
        for (n, one) in people.iter().enumerate() {
            scope.spawn(move || {
                for id in [old, new] {
                    for emoji in EMOJI {
                        one.reacts(id, emoji, true).expect(200);
                    }
                    // One of them is taken back, and one comes again.
                    one.reacts(id, EMOJI[n % 4], false).expect(200);
                    one.reacts(id, EMOJI[4], false).expect(200);
                    one.reacts(id, EMOJI[4], true).expect(200);
                }
            });
        }
    });
    let counts = |who: &Client, id: u64| {
        let message = who.read_json(&format!("/messages/{id}"));
        let of = |one: &Value| (one["emoji"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap());
        message["reactions"].as_array().unwrap().iter().map(of).collect::<BTreeMap<_, _>>()
    };
    let wanted: BTreeMap<String, u64> = EMOJI
        .iter()
        .enumerate()
        .map(|(n, emoji)| ((*emoji).to_owned(), if n < 4 { 12 } else { 16 }))
        .collect();
    for id in [old, new] {
        for one in &people {
            assert_eq!(counts(one, id), wanted);
        }
    }
    program.end_by("-KILL");
    let program = folder.serve(&[]);
    let again = program.client_of(&people[3]);
    assert_eq!([counts(&again, old), counts(&again, new)], [wanted.clone(), wanted]);
}

#[test]
fn members_who_pin_at_once_pin_twenty_and_never_one_more() {
    let (_server, people) = Server::unlimited().with_members(["ann", "bob", "cyd", "dan"]);
    let ids: Vec<u64> = (0..40).map(|n| people[0].say_at("/chat", &n.to_string())).collect();
    let done: Vec<u16> = thread::scope(|scope| {
        let pins = |(n, who): (usize, &Client)| {
            let (who, ids) = (who.clone().json(), &ids);
            scope.spawn(move || {
                let own = ids.iter().skip(n).step_by(4);
                own.map(|id| who.clone().post(&format!("/messages/{id}/pin"), &[("on", "1")]).status)
                    .collect::<Vec<_>>()
            })
        };
        let all: Vec<_> = people.iter().enumerate().map(pins).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    let count = |status: u16| done.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(409)), (20, 20));
    assert_eq!(people[1].read_json("/chat/pins")["messages"].as_array().unwrap().len(), 20);
}

#[test]
fn what_is_no_emoji_is_no_reaction() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", "hello");
    let joined = ["👨"; 12].join("\u{200D}");
    let tags = format!("🏴{}", "\u{E0067}".repeat(20));
    let none = [
        "", " ", "a", "<b>", "👍👍", "👍<b>", "👍\u{200D}", "\u{200D}👍", "\u{202E}👍", "👍\u{200F}",
        "👍\u{0}", "1", "#", "🇩", "\u{FE0F}", "\u{20E3}", "🏻\u{200D}<script>", "&#128077;", ":thumbsup:",
        &joined, &tags,
    ];
    for emoji in none {
        let answer = ann.reacts(id, emoji, true);
        assert!([400, 422].contains(&answer.status), "{emoji:?}: {} {}", answer.status, answer.body);
    }
    let post =
        |fields: &[(&str, &str)]| ann.clone().json().post(&format!("/messages/{id}/react"), fields).status;
    assert_eq!(post(&[("emoji", "👍"), ("on", "2")]), 400);
    assert_eq!(post(&[("emoji", "👍")]), 400);
    assert_eq!(post(&[("emoji", "👍"), ("on", "1"), ("on", "0")]), 400);
    assert_eq!(post(&[("emoji", "👍"), ("emoji", "🎉"), ("on", "1")]), 400);
    for far in ["18446744073709551616", "-1", "9223372036854775808", "0", "x", "1%00"] {
        let answer =
            ann.clone().json().post(&format!("/messages/{far}/react"), &[("emoji", "👍"), ("on", "1")]);
        assert!([400, 404].contains(&answer.status), "{far}: {}", answer.status);
    }
    assert_eq!(ann.read_json(&format!("/messages/{id}"))["reactions"], Value::Null);
    // These are.
    for emoji in ["🇩🇪", "1\u{FE0F}\u{20E3}", "👍🏿", "👨\u{200D}👩\u{200D}👧", "🏳\u{FE0F}\u{200D}🌈"]
    {
        ann.reacts(id, emoji, true).expect(200);
    }
}

#[test]
fn a_number_that_is_no_message_of_the_room_is_not_answered() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "hello");
    let private = ann.say_at("/people/ann", "mine");
    let answer =
        |path: &str, to: &str| bob.clone().json().post(path, &[("message", "x"), ("reply_to", to)]).status;
    for far in ["18446744073709551616", "18446744073709551615", "9223372036854775808", "-1", "1e3", "+1", "١"]
    {
        assert!([400, 404].contains(&answer("/chat", far)), "{far}");
    }
    for never in [id + 1_000, private, 0, 1, id + 2] {
        assert_eq!(answer("/chat", &never.to_string()), 404, "{never}");
    }
    // One that does not exist yet, and a conversation that has not begun.
    assert_eq!(answer("/people/ann", &id.to_string()), 404);
    assert_eq!(answer("/people/bob", &id.to_string()), 404);
    let twice = [("message", "x"), ("reply_to", "1"), ("reply_to", "2")];
    bob.clone().json().post("/chat", &twice).expect(400);
    assert_eq!(bob.all_messages().len(), 1);
}

#[test]
fn a_storm_of_one_members_reactions_keeps_nobody_from_writing() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "hello");
    let statuses: Vec<u16> = (0..60).map(|n| bob.reacts(id, "👍", n % 2 == 0).status).collect();
    assert!(statuses.starts_with(&[200; 30]) && statuses.ends_with(&[429; 10]), "{statuses:?}");
    ann.say_at("/chat", "still here");
    ann.reacts(id, "🎉", true).expect(200);
    bob.say_at("/chat", "writing is another rate");
}

#[test]
fn a_quote_shows_a_text_and_runs_nothing() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let texts = [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\"><img src=x onerror=alert(1)>", "\"><img src=x onerror=alert(1)>"),
        ("**bold** `code <b>` [link](https://x.example/\"onload=1)", ""),
        ("> quoted\n> more", ""),
        ("a\u{202E}b\u{2066}c", ""),
        ("```\nlet x = \"<i>\";\n```", ""),
    ];
    let excerpt_of = |id: u64| {
        let reply = bob.reply("/chat", id, "re");
        bob.read_json(&format!("/messages/{reply}"))["reply_to"]["excerpt"].as_str().unwrap().to_owned()
    };
    for (text, excerpt) in texts {
        let id = ann.say_at("/chat", text);
        let shown = excerpt_of(id);
        assert!(excerpt.is_empty() || shown == excerpt, "{shown}");
        assert!(!shown.contains(['\n', '\u{202E}', '\u{2066}']), "{shown:?}");
    }
    let long = "🙂<".repeat(2_000);
    assert!(excerpt_of(ann.say_at("/chat", &long)).chars().count() <= 141);
    let page = bob.page("/chat");
    page.lacks("<script>alert").lacks("<img src=x").lacks("<i>");
    bob.page("/activity").lacks("<script>alert").lacks("<img src=x");
    ann.page("/activity").lacks("<script>alert").lacks("<img src=x");
}

/// Every place that gives messages, names or counts.
const PLACES: [&str; 10] = [
    "/activity", "/search?q=oak", "/search?q=thanks", "/me/messages", "/switch", "/switch?q=oak", "/sidebar",
    "/rooms", "/chat", "/chat/pins",
];

#[test]
fn of_a_room_that_one_is_not_in_there_is_no_quote_no_reaction_and_no_pin() {
    let (server, [ann, bob, cyd, lea]) = Server::unlimited().with_members(["ann", "bob", "cyd", "lea"]);
    let room = ann.open_room(false);
    for name in ["bob", "lea"] {
        ann.add_to_room(room, name);
    }
    let path = format!("/rooms/{room}");
    let by_lea = lea.say_at(&path, &format!("{GONE} @bob"));
    let id = ann.say_at(&path, &format!("{GONE} @lea @cyd"));
    let fields = [("message", "thanks"), ("reply_to", &*by_lea.to_string())];
    bob.clone().json().post(&path, &fields).expect(201);
    bob.reacts(by_lea, "🦤", true).expect(200);
    bob.reacts(id, "🦤", true).expect(200);
    bob.clone().json().post(&format!("/messages/{by_lea}/pin"), &[("on", "1")]).expect(200);
    lea.reply(&path, id, "a reply of hers");
    // Before she leaves, and after.
    assert!(lea.page("/activity").contains(GONE));
    lea.leave_room(room);
    // The link to a message of that room, in the shared one.
    ann.say_at(
        "/chat",
        &format!(
            "see {} and {}",
            server.url(&format!("/messages/{id}")),
            server.url(&format!("{path}?at={id}"))
        ),
    );
    for outsider in [&cyd, &lea] {
        for json in [false, true] {
            for place in
                PLACES.iter().copied().chain([&*format!("{path}/pins"), &*path, &*format!("/messages/{id}")])
            {
                let client = if json { outsider.clone().json() } else { outsider.clone() };
                let answer = client.clone().get(place);
                // What she said is hers.
                if place == "/me/messages" {
                    assert!(
                        !answer.body.contains("🦤") && !answer.body.contains("thanks"),
                        "{place}: {}",
                        answer.body
                    );
                    continue;
                }
                for secret in [GONE, "🦤", "thanks"] {
                    let asked = place.contains("thanks") && secret == "thanks";
                    assert!(asked || !answer.body.contains(secret), "{place}: {}", answer.body);
                }
            }
        }
        for (action, fields) in
            [("react", &[("emoji", "👍"), ("on", "1")][..]), ("pin", &[("on", "0")]), ("unread", &[])]
        {
            let ask = |id: u64| {
                let answer = outsider.clone().json().post(&format!("/messages/{id}/{action}"), fields);
                (answer.status, answer.body)
            };
            assert_eq!(ask(by_lea), ask(999_999), "{action}");
            assert_eq!(ask(by_lea).0, 404, "{action}");
        }
        for level in ["everything", "nothing", "loud"] {
            let ask = |room: u64| {
                let fields = [("level", level)];
                outsider.clone().json().post(&format!("/rooms/{room}/notifications"), &fields).status
            };
            assert_eq!((ask(room), ask(999_999)), (404, 404), "{level}");
        }
    }
    // She comes back, and has it all again; then the message goes, and all of it with it.
    lea.rejoin(room, &ann, "lea");
    assert!(lea.read_json("/activity").to_string().contains("🦤"));
    lea.remove_message(by_lea);
    for who in [&ann, &bob, &lea] {
        for place in ["/activity", &*path, &format!("{path}/pins")] {
            let page = who.clone().json().get(place).body;
            assert!(!page.contains(&format!("{GONE} @bob")), "{place}: {page}");
        }
        assert_eq!(who.read_json(&format!("{path}/pins"))["messages"], json!([]));
    }
    let activity = lea.read_json("/activity");
    let mut entries = activity["entries"].as_array().unwrap().iter();
    assert!(entries.all(|entry| entry["kind"] != "reaction"), "{activity}");
}
