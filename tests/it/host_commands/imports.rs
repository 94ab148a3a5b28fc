//! An import of what was exported, and of what was not.

use super::*;

#[test]
fn what_was_exported_imports_to_the_same_chat() {
    let (folder, old) = small_chat();
    let lines = done(&["export", "--data", &folder.data()]);
    let out = folder.file("out.jsonl");
    assert_eq!(done(&["export", "--data", &folder.data(), &out]), "");
    assert_eq!(fs::read_to_string(&out).unwrap(), lines);
    let named = |name: &str| folder.file(name);
    done(&["import", "--data", &named("one.db"), &out]);
    assert_eq!(fed(&["import", "--data", &named("two.db")], lines.as_bytes()).0, Some(0));
    for name in ["one.db", "two.db"] {
        assert_eq!(fs::metadata(named(name)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(done(&["export", "--data", &named(name)]), lines, "{name}");
        let line = refused(&["import", "--data", &named(name), &out]);
        line.shows("has a chat already");
        assert_eq!(done(&["export", "--data", &named(name)]), lines, "{name}");
    }

    let snug = Process::serve(&named("one.db"), &[]);
    assert!(!snug.client_of(&old).is_in(), "sessions stay behind");
    let (mut ann, mut zoe) = (snug.visitor(), snug.visitor());
    ann.login("ann", "wrong horse").expect(401);
    ann.login("ann", PASSWORD).expect(303);
    zoe.login("ZOE\u{308}", PASSWORD).expect(303);
    let original = folder.serve(&[]);
    assert_eq!(ann.all_messages(), original.client_of(&old).all_messages());
    // A message that was sent before is known by its nonce.
    zoe.post("/chat", &[("message", "once"), ("nonce", "n-1")]).expect(303);
    assert_eq!(ann.texts().iter().filter(|text| *text == "once").count(), 1);
    ann.say("and on").expect(303);
    let all = ids(&ann);
    assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
}

#[test]
fn an_export_keeps_whom_messages_mention_and_in_an_older_one_they_are_found() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let [ann, bob] = snug.members(["ann", "bob"]);
    ann.clone().say("for @bob and @carol, not for x@ann").expect(303);
    ann.clone().post("/people/bob/remove", &[("free", "yes")]).expect(303);
    let bob = (bob, snug.member("bob")).1;
    for text in ["hello @Bob", "me@example.org", "plain"] {
        ann.clone().say(text).expect(303);
    }
    let mentions = |client: &Client| -> Vec<Value> {
        client.all_messages().iter().map(|message| message["mentions"].clone()).collect()
    };
    let expected = [json!(null), json!(["bob"]), json!(null), json!(null)];
    assert_eq!(mentions(&bob), expected);
    snug.end_by("-TERM");

    let lines = done(&["export", "--data", &folder.data()]);
    assert_eq!(lines.matches("\"mentions\":[]").count(), 1, "{lines}");
    let strip = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line.as_object_mut().unwrap().remove("mentions");
        line.to_string() + "\n"
    };
    // In the first form, each line stood where its number is.
    let number = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["id"].as_u64().or(line["of"].as_u64())
    };
    let mut placed: Vec<&str> = lines.lines().skip(1).collect();
    let end = placed.len() - 1;
    placed[..end].sort_by_key(number);
    let older: String = ["{\"snug\":1}"].into_iter().chain(placed).map(strip).collect();
    for (name, lines) in [("new.db", &lines), ("older.db", &older)] {
        let data = folder.file(name);
        assert_eq!(fed(&["import", "--data", &data], lines.as_bytes()).0, Some(0));
        let snug = Process::serve(&data, &[]);
        let mut ann = snug.visitor();
        ann.login("ann", PASSWORD).expect(303);
        assert_eq!(mentions(&ann), expected, "{name}");
    }
    let wrong = lines.replace("\"mentions\":[[6,4,", "\"mentions\":[[7,4,");
    assert_ne!(wrong, lines);
    let (code, _, stderr) = fed(&["import", "--data", &folder.file("wrong.db")], wrong.as_bytes());
    assert!(code == Some(1) && stderr.contains("\"mentions\" do not fit"), "{stderr}");
}

#[test]
fn who_left_and_who_is_invited_survives_a_restart_and_an_import() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let [ann, bob, cyd] = snug.members(["ann", "bob", "cyd"]);
    let room = ann.open_room(false);
    for (who, name) in [(&bob, "bob"), (&cyd, "cyd")] {
        ann.add_to_room(room, name);
        who.leave_room(room);
    }
    ann.add_to_room(room, "bob");
    snug.end_by("-TERM");
    let lines = done(&["export", "--data", &folder.data()]);
    let copy = folder.file("copy.db");
    assert_eq!(fed(&["import", "--data", &copy], lines.as_bytes()).0, Some(0));
    assert_eq!(done(&["export", "--data", &copy]), lines);
    assert!(done(&["check", "--data", &copy]).contains("3 members"));
    for data in [folder.data(), copy] {
        let snug = Process::serve(&data, &[]);
        let [ann, bob, cyd] = ["ann", "bob", "cyd"].map(|name| {
            let mut client = snug.visitor();
            client.login(name, PASSWORD).expect(303);
            client
        });
        ann.add_to_room(room, "cyd");
        assert_eq!(cyd.clone().get(&format!("/rooms/{room}")).status, 404, "she was only invited");
        cyd.clone().post(&format!("/rooms/{room}/decline"), &[]).expect(303);
        bob.clone().post(&format!("/rooms/{room}/join"), &[]).expect(303);
        bob.clone().get(&format!("/rooms/{room}")).expect(200);
        snug.end_by("-TERM");
    }
}

#[test]
fn damage_to_what_only_search_reads_is_mended_by_export_and_import() {
    let (folder, old) = small_chat();
    let file = Connection::open(folder.data()).unwrap();
    // Its pages, and not the head of the list of them.
    assert_ne!(file.execute("UPDATE words_data SET block = zeroblob(5) WHERE id > 10", []).unwrap(), 0);
    file.close().unwrap();
    let line = refused(&["check", "--data", &folder.data()]);
    line.shows("is damaged").shows("all records can be read");

    let snug = folder.serve(&[]);
    let mut ann = snug.client_of(&old);
    assert_eq!(ann.all_messages().len(), 5, "what was said is there");
    ann.get("/search?q=needle").expect(503);
    assert_eq!(ann.all_messages().len(), 5);
    snug.end_by("-TERM");

    let (out, new) = (folder.file("out.jsonl"), folder.file("new.db"));
    done(&["export", "--data", &folder.data(), &out]);
    done(&["import", "--data", &new, &out]);
    assert!(done(&["check", "--data", &new]).contains("is sound"));
    let snug = Process::serve(&new, &[]);
    let mut ann = snug.visitor();
    ann.login("ann", PASSWORD).expect(303);
    assert!(ann.get("/search?q=needle").body.contains("<mark>needle</mark>"));
    ann.say("and on").expect(303);
}

#[test]
fn an_empty_chat_goes_through_every_command() {
    let folder = TempDir::new();
    folder.serve(&[]).end_by("-TERM");
    let lines = done(&["export", "--data", &folder.data()]);
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(done(&["export", "--html", "--data", &folder.data()]).contains("No messages"));
    assert!(done(&["check", "--data", &folder.data()]).contains("0 members, 0 messages"));
    done(&["backup", &folder.file("copy.db"), "--data", &folder.data()]);
    assert!(refused(&["reset-password", "ann", "--data", &folder.data()]).contains("nobody is called ann"));
    // A file without a chat takes one in.
    let (other, _) = small_chat();
    let lines = done(&["export", "--data", &other.data()]);
    assert_eq!(fed(&["import", "--data", &folder.data()], lines.as_bytes()).0, Some(0));
    assert_eq!(done(&["export", "--data", &folder.data()]), lines);
}

#[test]
fn what_is_cut_off_edited_or_garbage_is_refused_by_its_line_and_leaves_nothing() {
    let (folder, _) = small_chat();
    let whole = done(&["export", "--data", &folder.data()]);
    let lines: Vec<&str> = whole.lines().collect();
    let with = |index: usize, line: &str| {
        let mut lines = lines.clone();
        lines[index] = line;
        lines.join("\n") + "\n"
    };
    let edited = |index: usize, name: &str, value: Value| {
        let mut line: Value = serde_json::from_str(lines[index]).unwrap();
        line[name] = value;
        with(index, &line.to_string())
    };
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.join("\n") + "\n"
    };
    // A header, two members, five messages, an end.
    assert_eq!(lines.len(), 9);
    let refusals = [
        (String::new(), "cut off"),
        (without(8), "cut off"),
        (whole[..whole.len() / 2].into(), "line "),
        (without(0), "line 1: "),
        ("{\"snug\":3}\n".into(), "line 1: it was made by a newer snug"),
        ("{}\n".into(), "line 1: "),
        ("[]\n".into(), "line 1: "),
        ("\n".into(), "line 1: "),
        (with(3, "\u{0}\u{1}"), "line 4: "),
        (with(3, ""), "line 4: "),
        (with(3, "[1, 2]"), "line 4: "),
        (with(3, "{}"), "line 4: "),
        (with(3, "null"), "line 4: "),
        // A message of somebody who is not there; of a number that is a message.
        (without(1), "line 3: "),
        (edited(3, "author", json!(99)), "line 4: \"author\" is no member"),
        (edited(4, "author", serde_json::from_str::<Value>(lines[3]).unwrap()["id"].clone()), "line 5: "),
        // Something is missing in the middle, or there twice, or in another order.
        (without(5), "line 8: "),
        (with(5, lines[4]), "line 6: the ids do not grow"),
        (with(5, &[lines[5], lines[5]].join("\n")), "line 7: "),
        (edited(2, "member", json!("ANN")), "line 4: two members are called ANN"),
        (edited(2, "member", json!("")), "line 3: "),
        (edited(2, "member", json!("a\u{0}b")), "line 3: "),
        (edited(2, "password", json!(7)), "line 3: "),
        (edited(2, "id", json!(-1)), "line 3: "),
        (edited(2, "id", json!(1.5)), "line 3: "),
        (edited(3, "text", json!("nul \u{0} in it")), "line 4: \"text\" is no message"),
        (edited(3, "text", json!("")), "line 4: "),
        (edited(3, "text", json!(["a"])), "line 4: "),
        (edited(3, "at", json!("yesterday")), "line 4: \"at\""),
        (edited(7, "nonce", json!("x".repeat(500))), "line 8: "),
        (edited(8, "records", json!(8)), "line 9: "),
        (whole.clone() + lines[3] + "\n", "line 10: something follows the end"),
    ];
    let file = folder.file("new.db");
    let names = folder.names();
    for (text, words) in &refusals {
        let line = one_line(fed(&["import", "--data", &file], text.as_bytes()), 1);
        assert!(line.contains(words), "{line} for {text}");
        assert_eq!(folder.names(), names, "{line}");
    }
    // Not UTF-8.
    let mut bytes = whole.clone().into_bytes();
    let at = whole.find("needle").unwrap();
    bytes[at] = 0xff;
    assert!(one_line(fed(&["import", "--data", &file], &bytes), 1).contains("line 4: "));
    assert!(refused(&["import", "--data", &file, &folder.file("missing")]).contains("missing"));
    assert_eq!(folder.names(), names);
    // Cut off at any byte but the last.
    for end in (0..whole.len() - 1).step_by(41) {
        let Some(text) = whole.get(..end) else { continue };
        one_line(fed(&["import", "--data", &file], text.as_bytes()), 1);
        assert_eq!(folder.names(), names, "cut off at {end}");
    }
    // A file that was there before stays, without a chat.
    let empty = folder.file("empty.db");
    Process::serve(&empty, &[]).end_by("-TERM");
    one_line(fed(&["import", "--data", &empty], without(8).as_bytes()), 1);
    assert!(done(&["check", "--data", &empty]).contains("0 members, 0 messages"));
    assert_eq!(fed(&["import", "--data", &empty], whole.as_bytes()).0, Some(0));
}

#[test]
fn a_chat_that_nobody_owns_or_whose_passwords_cost_too_much_is_refused_by_its_line() {
    let (folder, _) = small_chat();
    let whole = done(&["export", "--data", &folder.data()]);
    let (file, out) = (folder.file("new.db"), folder.file("out.jsonl"));
    let first: Value = serde_json::from_str(whole.lines().nth(1).unwrap()).unwrap();
    // The last line counts one more then.
    let with = |line: Value| {
        let (before, last) = whole.trim_end().rsplit_once('\n').unwrap();
        let mut last: Value = serde_json::from_str(last).unwrap();
        last["records"] = (last["records"].as_u64().unwrap() + 1).into();
        format!("{before}\n{line}\n{last}\n")
    };
    let of = first["id"].clone();
    let removed = json!({ "of": of, "removed": "2026-01-01T00:00:00Z", "name_freed": false });
    for line in [json!({ "of": of, "owner": false }), removed] {
        fs::write(&out, with(line)).unwrap();
        let line = refused(&["import", "--data", &file, &out]);
        line.shows("line 10: none of its members is an owner");
    }
    let hash = first["password"].as_str().unwrap();
    let cost = hash.split('$').nth(3).unwrap();
    for much in ["m=1048576,t=2,p=1", "m=8,t=4294967295,p=1"] {
        fs::write(&out, whole.replace(hash, &hash.replace(cost, much))).unwrap();
        let line = refused(&["import", "--data", &file, &out]);
        line.shows("line 2: \"password\"").shows("--password-memory");
    }
    fs::write(&out, whole.replace(hash, &hash.replace(cost, "m=1048576,t=2,p=1"))).unwrap();
    done(&["import", "--data", &file, &out, "--password-memory", "1024"]);
    // In a file that is there already, such a hash is tried no more than any wrong password.
    let snug = Process::serve(&file, &[]);
    let begun = Instant::now();
    snug.visitor().login("ann", PASSWORD).expect(401);
    assert!(begun.elapsed() < WELL, "{:?}", begun.elapsed());
}

#[test]
fn what_no_snug_has_written_is_not_taken_in() {
    let (folder, _) = small_chat();
    let whole = done(&["export", "--data", &folder.data()]);
    let lines: Vec<&str> = whole.lines().collect();
    let edited = |changes: &[(usize, &str, Value)]| {
        let mut values: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (index, name, value) in changes {
            values[*index][name] = value.clone();
        }
        values.iter().map(|value| value.to_string() + "\n").collect::<String>()
    };
    let mut taken = Vec::new();
    for (what, text) in [
        // No number is left for the next message: every change fails with 503.
        ("the last number", edited(&[(7, "id", json!(i64::MAX)), (8, "newest", json!(i64::MAX))])),
        ("a newest number that SQLite has not", edited(&[(8, "newest", json!(u64::MAX))])),
        ("a password that is no hash", edited(&[(1, "password", json!("correct horse"))])),
        ("a message of a million letters", edited(&[(3, "text", json!("x".repeat(1_000_000)))])),
        ("a name of a thousand letters", edited(&[(1, "member", json!("x".repeat(1000)))])),
        ("a nonce that is a number", edited(&[(7, "nonce", json!(7))])),
    ] {
        let file = folder.file(&format!("{}.db", taken.len()));
        if fed(&["import", "--data", &file], text.as_bytes()).0 == Some(0) {
            taken.push(what);
        }
    }
    assert_eq!(taken, [""; 0]);
}

#[test]
fn the_page_of_an_export_needs_nobody_and_runs_nothing() {
    let (folder, _) = small_chat();
    let out = folder.file("chat.html");
    let title = ["--title", "The <Millers> & \"Co\"", "--time-zone", "Pacific/Kiritimati"];
    done(&[&["export", "--html", "--data", &folder.data(), &out], &title[..]].concat());
    let page = fs::read_to_string(&out).unwrap();
    assert_eq!(
        done(&[&["export", "--html", "--data", &folder.data()], &title[..]].concat()).len(),
        page.len()
    );
    for word in ["<script", "<img", "<iframe", "javascript:", "@import", "url(http", "$argon2id"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    for word in ["needle in a haystack", "Zoë", "&lt;script&gt;", "The &lt;Millers&gt; &amp;"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    // Nothing but what people wrote leads elsewhere.
    for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let ours = link.starts_with("#m") || link.starts_with("data:");
        assert!(ours || link.starts_with("https://example.org/"), "{link}");
    }
    assert_eq!(crate::support::articles(&page).len(), 5);

    let Some(browser) = Browser::start(BrowserOptions::default()) else { return };
    browser.goto(&format!("file://{out}"));
    browser.wait_for_text("article p", "needle in a haystack");
    assert_eq!(browser.title(), "The <Millers> & \"Co\"");
    assert_eq!(browser.find_all("article").len(), 5);
    let script = "</p></article><script>document.title = 'pwned'</script><img src=x onerror=alert(1)>";
    assert!(browser.find_all("article p").iter().any(|text| text.text() == script));
    assert!(!browser.exists("script, img, iframe, form, input"));
    let seen = browser.execute(
        "const box = document.querySelector('article p').getBoundingClientRect(), root = document.scrollingElement;
         return box.width > 50 && box.height > 5 && root.scrollWidth <= root.clientWidth",
        &json!([]),
    );
    assert_eq!(seen, Value::Bool(true), "to be seen, and not wider than the window");
    assert_eq!(browser.console_errors(), [""; 0]);
}
