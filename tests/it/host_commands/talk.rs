//! Replies, reactions, pins, words that mention many, levels and quiet hours go out and come in again, and what no chat
//! could have written does not.

use super::*;

/// What a chat of ann and bob exports, in which there is all of this.
fn exported() -> (TempDir, String) {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let [ann, bob] = snug.members(["ann", "bob"]);
    let plan = ann.say_at("/chat", "@room Sunday at *eight*");
    let reply = [("message", "fine"), ("reply_to", &*plan.to_string())];
    bob.clone().post("/chat", &reply).expect(303);
    for (who, emoji) in [(&ann, "🎉"), (&bob, "👍")] {
        who.clone().post(&format!("/messages/{plan}/react"), &[("emoji", emoji), ("on", "1")]).expect(303);
    }
    bob.pins(plan, true).expect(200);
    ann.open_room(true);
    bob.clone().post("/chat/notifications", &[("level", "nothing")]);
    ann.clone().post("/me/quiet", &[("from", "22:00"), ("to", "07:00")]);
    snug.end_by("-TERM");
    let lines = done(&["export", "--data", &folder.data()]);
    (folder, lines)
}

fn text_of(lines: &[Value]) -> String {
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n"
}

fn imported(folder: &TempDir, name: &str, lines: &str) -> (Option<i32>, String) {
    let (code, _, stderr) = fed(&["import", "--data", &folder.file(name)], lines.as_bytes());
    (code, stderr)
}

#[test]
fn an_export_carries_all_that_was_said_about_messages() {
    let (folder, lines) = exported();
    for part in [
        "\"answers\":", "\"group\":", "\"reactions\":", "\"pinned\":", "\"notifications\":",
        "\"quiet_from\":",
    ] {
        lines.shows(part);
    }
    assert_eq!(imported(&folder, "copy.db", &lines), (Some(0), String::new()));
    let copy = folder.file("copy.db");
    assert_eq!(done(&["export", "--data", &copy]), lines);
    done(&["check", "--data", &copy]);
    let page = done(&["export", "--html", "--data", &copy]);
    page.shows("Pinned by \u{2068}bob\u{2069}").shows("Sunday at eight").shows("🎉").shows("👍");
}

#[test]
fn what_no_chat_wrote_is_not_imported() {
    let (folder, lines) = exported();
    let values: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let place = |field: &str| values.iter().position(|line| line.get(field).is_some()).unwrap();
    let (plan, reply, level) = (place("reactions"), place("answers"), place("notifications"));
    let room = values.iter().find(|line| line.get("room_opened").is_some()).unwrap()["id"].clone();
    let newest = values.last().unwrap()["newest"].as_u64().unwrap();
    let bob = values[reply]["author"].clone();
    let own = values[plan]["author"].clone();
    let attacks: [(usize, &str, Value, &str); 9] = [
        (plan, "/reactions/1/id", json!(newest + 9), "comes after the newest"),
        (plan, "/reactions/0/id", values[reply]["id"].clone(), "is not its own"),
        (plan, "/reactions/1/id", values[plan]["reactions"][0]["id"].clone(), "\"reactions\" do not fit"),
        (plan, "/reactions/0/by", json!(999), "\"reactions\" is no member"),
        (plan, "/pinned/id", values[plan]["reactions"][0]["id"].clone(), "is not its own"),
        (plan, "/group/members", json!([own]), "\"group\" does not fit"),
        (plan, "/group/members", json!([bob, 999]), "\"group\" does not fit"),
        (reply, "/answers/author", bob.clone(), "answers none of its room"),
        (level, "/room", room, "is not in room"),
    ];
    for (at, pointer, value, why) in attacks {
        let mut changed = values.clone();
        *changed[at].pointer_mut(pointer).unwrap() = value;
        let text = text_of(&changed);
        let (code, stderr) = imported(&folder, "wrong.db", &text);
        assert!(code == Some(1) && stderr.contains(why), "{pointer}: {why}: {stderr}");
        assert!(!folder.path().join("wrong.db").exists(), "{pointer}: nothing is left");
    }
    // An excerpt is what the message says, whatever the export makes of it.
    let mut changed = values.clone();
    changed[reply]["answers"]["excerpt"] = json!("I owe you 500");
    let text = text_of(&changed);
    assert_eq!(imported(&folder, "excerpt.db", &text).0, Some(0));
    assert_eq!(done(&["export", "--data", &folder.file("excerpt.db")]), lines);
}

#[test]
fn a_check_finds_talk_that_contradicts_itself() {
    let (folder, _) = exported();
    for (index, change) in [
        "UPDATE messages SET answered_author = author WHERE answers IS NOT NULL",
        "UPDATE reactions SET room = 9",
        "UPDATE notified SET room = 9",
        "UPDATE notification_levels SET room = 999",
        "UPDATE messages SET pinned_by = 999 WHERE pin IS NOT NULL",
    ]
    .into_iter()
    .enumerate()
    {
        let copy = folder.file(&format!("{index}.db"));
        fs::copy(folder.data(), &copy).unwrap();
        let file = Connection::open(&copy).unwrap();
        file.execute_batch(&format!("PRAGMA foreign_keys = OFF; {change}")).unwrap();
        file.close().unwrap();
        refused(&["check", "--data", &copy]).shows("is damaged");
    }
}
