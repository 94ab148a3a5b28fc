//! Messages that are edited and removed in a chat with a file: what was there before is nowhere, and what
//! became of it outlives the process.

use rusqlite::Connection;
use snug::chat::CHANGES_MAX;

use crate::prelude::*;

/// What nobody may find any more.
const GONE: &str = "the-treasure-is-below-the-oak";
/// A memory of so few messages that most are in the file alone.
const SHORT: [&str; 4] = ["--history", "3", "--streams-per-member", "60"];

/// A command's output.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!((code, &*stderr), (Some(0), ""), "{arguments:?}: {stdout}");
    stdout
}

/// The files of a folder that have these bytes in them.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let has = |path: &Path| {
        fs::read(path).is_ok_and(|bytes| bytes.windows(text.len()).any(|some| some == text.as_bytes()))
    };
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = files.filter(|path| path.is_file() && has(path));
    found.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

// ---------------------------------------------------------------- older than memory

#[test]
fn what_memory_has_let_go_and_was_removed_is_not_sent_again() {
    let folder = TempDir::new();
    let program = folder.serve(&SHORT);
    let mut ann = program.member("ann");
    let poster = ann.clone().json();
    let sends = || poster.clone().post("/chat", &[("message", GONE), ("nonce", "n-1")]);
    let id = sends().value()["id"].as_u64().unwrap();
    ann.say_all((0..5).map(|n| format!("later {n}")));
    ann.remove_message(id);
    assert_eq!(sends().expect(409).value()["error"], "nonce_reused");
    assert_eq!(ann.all_messages().len(), 5);
}

#[test]
fn what_memory_has_let_go_is_changed_in_the_file() {
    let folder = TempDir::new();
    let program = folder.serve(&SHORT);
    let [ann, bob] = program.members(["ann", "bob"]);
    let ids: Vec<u64> = (0..20).map(|n| ann.say_at("/chat", &format!("{GONE} {n}"))).collect();
    for (n, id) in ids.iter().enumerate().take(10) {
        bob.try_edit_message(*id, "x").expect(403);
        if n % 2 == 0 { ann.edit_message(*id, &format!("edited {n}")) } else { ann.remove_message(*id) }
    }
    ann.try_remove_message(ids[1]).expect(404);
    ann.try_edit_message(ids[1], "x").expect(404);
    let expected: Vec<(u64, String)> = (0..20)
        .filter(|n| n % 2 == 0 || *n >= 10)
        .map(|n| (ids[n], if n < 10 { format!("edited {n}") } else { format!("{GONE} {n}") }))
        .collect();
    let now = bob.all_messages();
    let told =
        |message: &Value| (message["id"].as_u64().unwrap(), message["text"].as_str().unwrap().to_owned());
    assert_eq!(now.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(now.iter().zip(&expected).all(|(one, (id, _))| one["edited"].is_string() == (*id < ids[10])));
    assert_eq!(bob.read_json(&format!("/messages/{}", ids[0]))["text"], "edited 0");
    let page = bob.clone().get(&format!("/chat?at={}", ids[0])).body;
    page.shows("<p dir=\"auto\">edited 0</p>");

    // As a page that was open all the time is told when it comes back, and the next time as well.
    let changes: Vec<_> = (0..10).map(|n| (if n % 2 == 0 { "edited" } else { "removed" }, ids[n])).collect();
    let last = bob.say_at("/chat", "last");
    let expected = [&changes[..], &[("message", last)]].concat();
    let missed = |who: &Client| {
        for form in ["/events?format=json", "/events?format=html"] {
            let told = Stream::resume(who, form, ids[19]).changes_until(last);
            let kinds: Vec<_> = told.iter().map(|told| &*told.kind).collect();
            assert_eq!(kinds, expected.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
            if form.ends_with("json") {
                assert_eq!(outline(&told), expected);
            }
        }
        let answer = who.read_json(&format!("/chat?after={}", ids[19]));
        let edited = answer["edited"].as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap());
        assert_eq!(edited.collect::<Vec<_>>(), [0, 2, 4, 6, 8].map(|n| ids[n]));
        assert_eq!(answer["removed"], json!([1, 3, 5, 7, 9].map(|n| ids[n])));
    };
    missed(&bob);
    program.end_by("-KILL");
    let program = folder.serve(&SHORT);
    missed(&program.client_of(&bob));
}

#[test]
fn what_nobody_keeps_any_more_cannot_be_changed() {
    let (_server, [ann]) =
        Server::with(|settings| (settings.history, settings.post_rate) = (3, 0)).with_members(["ann"]);
    let ids: Vec<u64> = (0..5).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    ann.try_edit_message(ids[0], "x").expect(404);
    ann.try_remove_message(ids[1]).expect(404);
    ann.edit_message(ids[2], "the oldest");
    assert_eq!(ann.clone().texts(), ["the oldest", "3", "4"]);
}

#[test]
fn an_edit_of_what_memory_has_let_go_is_told_live() {
    let folder = TempDir::new();
    let program = folder.serve(&SHORT);
    let ann = program.member("ann");
    let ids: Vec<u64> = (0..6).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    let mut stream = Stream::open(&ann, "/events");
    ann.edit_message(ids[0], "edited");
    let last = ann.say_at("/chat", "last");
    let told = stream.changes_until(last);
    assert_eq!(outline(&told), [("edited", ids[0]), ("message", last)]);
}

// ---------------------------------------------------------------- over a restart

#[test]
fn what_was_missed_of_changes_is_told_after_a_restart() {
    for flags in [&["--history", "10000"][..], &SHORT] {
        for signal in ["-TERM", "-KILL"] {
            let folder = TempDir::new();
            let program = folder.serve(flags);
            let [ann, bob] = program.members(["ann", "bob"]);
            let ids: Vec<u64> = (0..6).map(|n| ann.say_at("/chat", &format!("{GONE} {n}"))).collect();
            let private = ["one", "two"].map(|text| ann.say_at("/people/ann", text));
            ann.edit_message(ids[0], "once");
            ann.remove_message(ids[1]);
            ann.edit_message(ids[0], "twice");
            ann.edit_message(ids[2], &format!("{GONE} before it was removed"));
            ann.edit_message(private[0], "private");
            ann.remove_message(private[1]);
            ann.remove_message(ids[2]);
            ann.edit_message(ids[5], "newest");
            let before = (bob.all_messages(), ann.read_json("/people/ann"));
            program.end_by(signal);

            let program = folder.serve(flags);
            let (ann, bob) = (program.client_of(&ann), program.client_of(&bob));
            assert_eq!(bob.all_messages(), before.0);
            assert_eq!(ann.read_json("/people/ann")["messages"], before.1["messages"]);
            let last = ann.say_at("/chat", "last");
            let expected = [
                ("removed", ids[1]),
                ("edited", ids[0]),
                ("edited", private[0]),
                ("removed", private[1]),
                ("removed", ids[2]),
                ("edited", ids[5]),
                ("message", last),
            ];
            let own = Stream::resume(&ann, "/events", private[1]).changes_until(last);
            assert_eq!(outline(&own), expected, "{flags:?} {signal}");
            let of_bob: Vec<_> = expected.iter().filter(|(_, id)| !private.contains(id)).copied().collect();
            let others = Stream::resume(&bob, "/events", private[1]).changes_until(last);
            assert_eq!(outline(&others), of_bob, "{flags:?} {signal}");
            assert!(own.iter().chain(&others).all(|told| !told.data.contains(GONE)));
        }
    }
}

#[test]
fn what_one_changes_in_their_notes_leaves_others_changes_known_also_after_a_restart() {
    let folder = TempDir::new();
    let flags = ["--durability", "normal"];
    let program = folder.serve(&flags);
    let [ann, bob, cyd] = program.members(["ann", "bob", "cyd"]);
    let ids = ["first", "second", "third"].map(|text| bob.say_at("/chat", text));
    let mut poster = Poster::new(program.address, &ann);
    let notes: Vec<u64> = (0..CHANGES_MAX).map(|n| poster.say_at("/people/ann", &n.to_string())).collect();
    let away = notes[CHANGES_MAX - 1];
    bob.edit_message(ids[0], "edited");
    bob.remove_message(ids[1]);
    let is_known = |who: &Client, after: u64| {
        let answer = who.clone().json().get(&format!("/people/ann?after={after}"));
        assert!(answer.status == 410 || answer.value()["edited"].is_array(), "{}", answer.body);
        answer.status == 200
    };
    let (most, more) = notes.split_at(CHANGES_MAX - 2);
    for id in most {
        poster.edit_message(*id, "edited");
    }
    assert!(is_known(&ann, away));
    program.end_by("-TERM");
    let program = folder.serve(&flags);
    let [ann, bob, cyd] = [ann, bob, cyd].map(|who| program.client_of(&who));
    assert!(is_known(&ann, away), "as many as before");
    for id in more {
        ann.edit_message(*id, "edited");
    }
    // The first two edits of the notes, after the two changes in the shared room.
    let forgotten = away + 4;
    let last = bob.say_at("/chat", "last");
    let caught_up = |ann: &Client, cyd: &Client| {
        assert!(!is_known(ann, away) && !is_known(ann, forgotten - 1) && is_known(ann, forgotten));
        let answer = Stream::refused(ann, &format!("/events?after={away}"));
        answer.body.shows("event: reload\n");
        let answer = cyd.read_json(&format!("/chat?after={away}"));
        assert_eq!((&answer["edited"][0]["id"], &answer["edited"][1]), (&json!(ids[0]), &Value::Null));
        assert_eq!(answer["removed"], json!([ids[1]]));
        let told = Stream::resume(cyd, "/events", away).changes_until(last);
        assert_eq!(outline(&told), [("edited", ids[0]), ("removed", ids[1]), ("message", last)]);
    };
    caught_up(&ann, &cyd);
    program.end_by("-KILL");
    let program = folder.serve(&[]);
    caught_up(&program.client_of(&ann), &program.client_of(&cyd));
}

// ---------------------------------------------------------------- erased

#[test]
fn a_room_that_its_last_member_leaves_is_nowhere() {
    let folder = TempDir::new();
    let program = folder.serve(&["--history", "30"]);
    let [ann, bob] = program.members(["ann", "bob"]);
    let room = ann.open_room(false);
    let path = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    for n in 0..40 {
        bob.say_at(&path, &format!("{GONE} {n} @ann"));
    }
    let about = |who: &Client| who.clone().get(&format!("{path}/about")).body;
    let last = "You're the last member. When you leave, this room and its messages are deleted.";
    assert!(!about(&ann).contains(last));
    let leave = |who: &Client| who.clone().post(&format!("{path}/leave"), &[]).status;
    assert_eq!(leave(&bob), 303);
    assert!(about(&ann).contains(last) && !files_with(folder.path(), GONE).is_empty());
    let mut stream = Stream::open(&ann, &format!("/events?format=html&room={room}"));
    assert_eq!(leave(&ann), 303);
    while stream.event().is_some() {}
    wait_until("it is on the disk no more", || files_with(folder.path(), GONE).is_empty());
    ann.clone().get(&path).expect(404);
    assert!(!ann.clone().get("/search?q=treasure").body.contains(GONE));
    program.end_by("-KILL");
    let program = folder.serve(&[]);
    program.client_of(&ann).get(&path).expect(404);
    let rows = |sql: &str| {
        let file = Connection::open(folder.data()).unwrap();
        file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let tables = ["rooms", "messages", "mentions", "room_members", "departures", "word_blocks", "changes"];
    for table in tables {
        assert_eq!(rows(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    program.end_by("-TERM");
    let (code, _, stderr) = outcome(snug(&["check", "--data", &folder.data()]));
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn what_was_changed_is_nowhere() {
    let folder = TempDir::new();
    let program = folder.serve(&["--history", "30"]);
    let [ann, bob, eve] = program.members(["ann", "bob", "eve"]);
    let begin = ann.read_json("/chat")["seq"].as_u64().unwrap();
    // Small, and over several pages of the file; some of them older than memory.
    let long = format!("{GONE} {} {GONE}", "x".repeat(3_000));
    let mut poster = Poster::new(program.address, &ann);
    let mut ids: Vec<u64> = (0..40)
        .map(|n| if n % 3 == 0 { poster.say(&long) } else { poster.say(&format!("{GONE} {n}")) })
        .collect();
    ids.push(ann.say_at("/people/bob", GONE));
    ids.push(ann.say_at("/people/bob", GONE));
    let away = *ids.last().unwrap();
    assert!(!files_with(folder.path(), GONE).is_empty());
    for (n, id) in ids.iter().enumerate() {
        match n % 4 {
            0 => ann.edit_message(*id, "something else"),
            1 => {
                ann.edit_message(*id, &format!("{GONE} again"));
                ann.remove_message(*id);
            }
            2 => {
                ann.edit_message(*id, &format!("{GONE} again"));
                ann.edit_message(*id, "something else");
            }
            _ => ann.remove_message(*id),
        }
    }
    // The readers of a moment ago may have been in the way of the last one; this one was not.
    bob.say_at("/chat", "after it all");
    let nothing: [String; 0] = [];
    let (data, out) = (folder.data(), folder.file("out.db"));
    for who in [&ann, &bob, &eve] {
        let mut who = who.clone();
        for path in ["/chat", "/people/bob", "/people/ann", "/sidebar", "/rooms", "/people", "/me"] {
            assert!(!who.get(path).body.contains(GONE), "{path}");
            assert!(!who.clone().json().get(path).body.contains(GONE), "{path}");
        }
        for after in [begin, away] {
            assert!(!who.clone().json().get(&format!("/chat?after={after}")).body.contains(GONE));
            for form in ["json", "html"] {
                let mut stream = Stream::resume(&who, &format!("/events?format={form}"), after);
                let end = eve.say_at("/chat", "the end");
                assert!(news_until_id(&mut stream, end).iter().all(|data| !data.contains(GONE)));
            }
        }
        let end = eve.say_at("/chat", "the end");
        assert!(!Stream::open(&who, "/chat/live").page_until(end).contains(GONE));
        for message in who.all_messages() {
            assert!(!message.to_string().contains(GONE));
            let path = format!("/messages/{}/about", message["id"]);
            assert!(!who.get(&path).body.contains(GONE));
        }
    }
    for arguments in [&["export"][..], &["export", "--html"]] {
        assert!(!done(&[arguments, &["--data", &data]].concat()).contains(GONE));
    }
    done(&["backup", &out, "--data", &data]);
    assert!(done(&["check", "--data", &out]).contains("is sound"));
    // Both while it runs and once it has ended.
    program.end_by("-TERM");
    assert_eq!(files_with(folder.path(), GONE), nothing);
}

/// The data of events up to the one with this id.
fn news_until_id(stream: &mut Stream, last: u64) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let told = stream.next_change();
        all.push(told.data);
        if told.id == Some(last) {
            return all;
        }
    }
}

#[test]
fn while_the_chat_runs_it_is_out_of_its_files_as_soon_as_it_is_acknowledged() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let ann = program.member("ann");
    for change in [|who: &Client, id| who.edit_message(id, "else"), |who: &Client, id| who.remove_message(id)]
    {
        let id = ann.say_at("/chat", GONE);
        assert!(!files_with(folder.path(), GONE).is_empty());
        change(&ann, id);
        // Nobody reads from the file meanwhile, so nothing is in the way.
        assert!(files_with(folder.path(), GONE).is_empty(), "{:?}", files_with(folder.path(), GONE));
    }
}

/// A chat in which something was removed while somebody read its file, and who is in it.
fn removed_under_a_reader(folder: &TempDir) -> (Process, Client) {
    let program = folder.serve(&[]);
    let ann = program.member("ann");
    let id = ann.say_at("/chat", GONE);
    let reader = Connection::open(folder.data()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM messages").unwrap();
    ann.remove_message(id);
    assert!(!files_with(folder.path(), GONE).is_empty());
    reader.execute_batch("COMMIT").unwrap();
    (program, ann)
}

#[test]
fn whoever_reads_the_file_meanwhile_puts_it_off_for_some_seconds() {
    let folder = TempDir::new();
    let (program, _) = removed_under_a_reader(&folder);
    // Nobody changes anything any more.
    wait_until("it is gone", || files_with(folder.path(), GONE).is_empty());
    program.end_by("-TERM");
}

#[test]
fn a_crash_puts_it_off_until_the_next_start() {
    let folder = TempDir::new();
    let (program, ann) = removed_under_a_reader(&folder);
    program.end_by("-KILL");
    let program = folder.serve(&[]);
    wait_until("it is gone", || files_with(folder.path(), GONE).is_empty());
    assert!(program.client_of(&ann).texts().is_empty());
}

#[test]
fn what_was_acknowledged_as_removed_is_removed_after_a_crash() {
    let folder = TempDir::new();
    let mut program = folder.serve(&[]);
    let mut ann = program.member("ann");
    let mut kept = Vec::new();
    for round in 0..rounds(1).div_ceil(3) {
        let ids: Vec<u64> = (0..8).map(|n| ann.say_at("/chat", &format!("{GONE} {round} {n}"))).collect();
        for (n, id) in ids.iter().enumerate() {
            if n % 2 == 0 {
                ann.remove_message(*id);
            } else {
                let text = format!("{round} {n}");
                ann.edit_message(*id, &text);
                kept.push(text);
            }
        }
        program.end_by("-KILL");
        program = folder.serve(&[]);
        ann = program.client_of(&ann);
        let now: Vec<_> =
            ann.all_messages().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect();
        assert_eq!(now, kept, "round {round}");
        ann.try_remove_message(ids[0]).expect(404);
    }
    ann.say_at("/chat", "last");
    assert!(files_with(folder.path(), GONE).is_empty());
    assert!(done(&["check", "--data", &folder.data()]).contains("is sound"));
}

// ---------------------------------------------------------------- export and import

/// Takes lines into a new file.
#[track_caller]
fn import(data: &str, lines: &str) {
    let from = format!("{data}.lines");
    fs::write(&from, lines).unwrap();
    let mut command = snug(&["import", "--data", data, &from]);
    command.stdin(Stdio::null());
    let (code, _, stderr) = outcome(command);
    assert_eq!((code, &*stderr), (Some(0), ""));
}

/// A page without what is drawn anew each time, and without the numbers that what was read takes.
fn still(page: &str) -> String {
    // Where a conversation is over, there is none.
    let nonce = input_value(page, "nonce");
    let mut page = nonce.map_or_else(|| page.to_owned(), |nonce| page.replace(&nonce, "NONCE"));
    if let Some(key) = page.split_once("&amp;key=").map(|(_, rest)| rest[..22].to_owned()) {
        page = page.replace(&key, "KEY");
    }
    for number in [" data-seq=\"", " data-seen=\"", "/live?seen="] {
        let parts: Vec<String> =
            page.split(number)
                .enumerate()
                .map(|(n, part)| {
                    if n == 0 { part } else { part.trim_start_matches(|digit: char| digit.is_ascii_digit()) }
                })
                .map(str::to_owned)
                .collect();
        page = parts.join(number);
    }
    page
}

#[test]
fn an_export_that_is_imported_is_the_same_chat() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let mut clients = ["ann", "bob", "cyd", "dee"].map(|name| program.member(name));
    let [ann, bob, cyd, dee] = &mut clients;
    let form = |who: &Client, path: &str, fields: &[(&str, &str)]| {
        let answer = who.clone().post(path, fields);
        assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    };
    for (who, text) in [(&*ann, "from ann"), (bob, "from bob, to @ann"), (cyd, "from cyd"), (dee, "from dee")]
    {
        let id = who.say_at("/chat", text);
        who.edit_message(id, &format!("{text}, edited"));
        let other = who.say_at("/people/ann", &format!("private, {text}"));
        who.edit_message(other, &format!("private, edited, {text}"));
        who.remove_message(who.say_at("/chat", GONE));
        who.say_at("/chat", "not edited");
    }
    form(ann, "/rooms", &[("name", "Hall"), ("topic", "all"), ("open", "yes")]);
    form(ann, "/people/bob/role", &[("owner", "yes")]);
    form(bob, "/me/zone", &[("zone", "GMT\u{2212}3:30")]);
    form(bob, "/me/language", &[("language", "hi")]);
    form(ann, "/people/cyd/remove", &[("free", "yes"), ("sure", "yes")]);
    form(ann, "/people/dee/remove", &[("sure", "yes")]);
    form(ann, "/owner", &[("title", "Our house"), ("registration", "invited"), ("code", "sesame-and-more")]);
    ann.say_at("/chat", "the end");

    let lines = done(&["export", "--data", &folder.data()]);
    for part in [
        "\"owner\":true", "\"zone\":\"UTC-3:30\"", "\"language\":\"hi\"", "\"removed\":", "Our house",
        "\"edited\":",
    ] {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    lines.lacks(GONE);
    let again = folder.file("again.db");
    import(&again, &lines);
    assert_eq!(done(&["export", "--data", &again]), lines);
    assert!(done(&["check", "--data", &again]).contains("is sound"));

    let copy = Process::serve(&again, &[]);
    for name in ["ann", "bob"] {
        let (mut one, mut other) = (program.visitor(), copy.visitor());
        assert_eq!((one.login(name, PASSWORD).status, other.login(name, PASSWORD).status), (303, 303));
        let list = |who: &Client| who.read_json("/sidebar")["rooms"].as_array().unwrap().clone();
        let paths =
            |who: &Client| list(who).iter().map(|room| room["path"].as_str().unwrap().to_owned()).collect();
        let rooms: Vec<String> = paths(&one);
        assert_eq!(rooms, paths(&other));
        // What somebody has read is in no export: both have read all first.
        for who in [&mut one, &mut other] {
            for path in &rooms {
                who.read_all(path);
            }
            wait_until("all is read", || list(who).iter().all(|room| room["unread"] == 0));
        }
        for path in &rooms {
            let both = [&one, &other].map(|who| who.clone().json().get(path));
            assert_eq!(both[0].status, both[1].status, "{path} for {name}");
            if both[0].status == 200 {
                let [one_says, other_says] = both.map(|answer| answer.value()["messages"].clone());
                assert_eq!(one_says, other_says, "{path} for {name}");
                assert_eq!(still(&one.get(path).body), still(&other.get(path).body), "{path} for {name}");
            }
        }
        for path in ["/people", "/rooms", "/people/bob/about"] {
            assert_eq!(one.get(path).body, other.get(path).body, "{path} for {name}");
        }
        // It says at which port it was asked for.
        let [original, copied] = [&program, &copy].map(|it| format!(":{}", it.address.port()));
        assert_eq!(one.get("/owner").body.replace(&original, &copied), other.get("/owner").body);
        assert!(other.get("/owner").body.contains("sesame-and-more"));
        // He reads Hindi.
        let mark = if name == "bob" { "(हटाए गए)" } else { "(removed)" };
        let page = other.get("/chat").body;
        assert!(page.contains("Our house") && page.contains(mark), "{name}: {page}");
    }
    for name in ["cyd", "dee"] {
        copy.visitor().login(name, PASSWORD).expect(401);
    }
    // The freed name is free, the other is not, and whoever comes needs the code.
    let with_code = [("password", PASSWORD), ("code", "sesame-and-more")];
    let registers =
        |name| copy.visitor().post("/register", &[&[("username", name)], &with_code[..]].concat()).status;
    assert_eq!((registers("dee"), registers("cyd")), (409, 303));
}
