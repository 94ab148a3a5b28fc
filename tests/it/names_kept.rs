//! Members of an older file whose names have become one since.

use rusqlite::Connection;

use crate::prelude::*;

/// A file in which an earlier snug registered all of these people, in this order.
fn kept(names: &[&str]) -> TempDir {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let stand_ins: Vec<String> = (0..names.len()).map(|n| format!("stand-in{n}")).collect();
    for name in &stand_ins {
        snug.member(name);
    }
    snug.end_by("-TERM");
    let file = Connection::open(folder.data()).unwrap();
    for (stand_in, name) in stand_ins.iter().zip(names) {
        file.execute("UPDATE members SET name = ?2 WHERE name = ?1", [stand_in, *name]).unwrap();
    }
    folder
}

/// Whom one signs in as by this name. All of them have the same password.
fn signs_in(snug: &Process, name: &str) -> Option<String> {
    let mut client = snug.visitor();
    match client.login(name, PASSWORD).status {
        303 => Some(name_of(&client)),
        status => {
            assert_eq!(status, 401, "{name}");
            None
        }
    }
}

fn name_of(client: &Client) -> String {
    let page = client.clone().get("/me").body;
    let (_, title) = page.split_once("<title>").unwrap();
    title.split_once(" · ").unwrap().0.to_owned()
}

#[test]
fn each_signs_in_as_before_and_nobody_as_another() {
    let folder = kept(&["ann", "Weiß", "WEIẞ", "İpek", "ipek"]);
    let snug = folder.serve(&["--sign-in-rate", "0"]);
    let signs_in = |name: &str| signs_in(&snug, name);
    for (typed, name) in [
        ("Weiß", "Weiß"),
        ("weiss", "Weiß"),
        ("WEISS", "Weiß"),
        ("WEIẞ", "WEIẞ"),
        ("İpek", "İpek"),
        ("ipek", "ipek"),
        ("IPEK", "ipek"),
        ("ANN", "ann"),
    ] {
        assert_eq!(signs_in(typed).as_deref(), Some(name), "{typed}");
    }
    // No third one joins them.
    for name in ["weiß", "WEISS", "Ipek", "İPEK"] {
        assert_eq!(snug.visitor().register(name, PASSWORD).status, 409, "{name}");
    }

    let mut ann = snug.visitor();
    ann.login("ann", PASSWORD).expect(303);
    ann.say("@Weiß and @WEIẞ and @ipek").expect(303);
    assert_eq!(ann.all_messages()[0]["mentions"], serde_json::json!(["Weiß", "WEIẞ", "ipek"]));
    // The younger one's page is theirs.
    for (path, name) in [("Wei%C3%9F", "Weiß"), ("WEI%E1%BA%9E", "WEIẞ"), ("weiss", "Weiß")] {
        let page = ann.get(&format!("/people/{path}/about")).body;
        assert!(page.contains(&format!("<title>{name} · ")), "{path}: {page}");
    }
    let link = folder.reset_link("WEIẞ");
    let mut younger = snug.visitor();
    younger.reset_password(&link, "another horse").expect(303);
    assert_eq!(name_of(&younger), "WEIẞ");
    assert_eq!(signs_in("Weiß").as_deref(), Some("Weiß"));

    // The operator is told at every start, by name, and nothing is refused.
    let log = snug.kill();
    for names in ["Weiß, WEIẞ", "İpek, ipek"] {
        assert!(log.contains(names), "{names}: {log}");
    }
    assert_eq!(log.matches("the same to snug").count(), 2, "{log}");
}

#[test]
fn once_one_of_them_is_removed_the_other_has_the_name() {
    let folder = kept(&["ann", "Weiß", "WEIẞ"]);
    let snug = folder.serve(&[]);
    let mut ann = snug.visitor();
    ann.login("ann", PASSWORD).expect(303);
    ann.post("/people/Wei%C3%9F/remove", &[("free", "yes")]).expect(303);
    assert_eq!(signs_in(&snug, "weiss").as_deref(), Some("WEIẞ"));
    snug.end_by("-TERM");
    let snug = folder.serve(&[]);
    assert_eq!(signs_in(&snug, "Weiß").as_deref(), Some("WEIẞ"));
    snug.visitor().register("WEISS", PASSWORD).expect(409);
    assert!(!snug.kill().contains("the same to snug"));
}

#[test]
fn names_that_nobody_may_choose_today_are_kept() {
    let folder = kept(&["room", "here", "mark", "mаrk", "tοm"]);
    let snug = folder.serve(&[]);
    for name in ["room", "here", "mark", "mаrk", "tοm"] {
        assert_eq!(signs_in(&snug, name).as_deref(), Some(name));
    }
    assert!(
        !snug.kill().contains("the same to snug"),
        "case and form do not tell them apart less than before"
    );
}

#[test]
fn they_are_checked_exported_and_imported() {
    let folder = kept(&["Weiß", "WEIẞ"]);
    let (data, lines, other) = (folder.data(), folder.file("chat.jsonl"), folder.file("other.db"));
    for arguments in [
        &["check", "--data", &data][..],
        &["export", "--data", &data, &lines],
        &["import", "--data", &other, &lines],
        &["check", "--data", &other],
    ] {
        let (code, _, stderr) = outcome(snug(arguments));
        assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    }
    let snug = Process::serve(&other, &[]);
    for name in ["Weiß", "WEIẞ"] {
        assert_eq!(signs_in(&snug, name).as_deref(), Some(name));
    }
    // Two who never had different names are no chat.
    let same = fs::read_to_string(&lines).unwrap().replace("WEIẞ", "WEISS");
    fs::write(&lines, same).unwrap();
    let (code, _, stderr) =
        outcome(crate::support::snug(&["import", "--data", &folder.file("third.db"), &lines]));
    assert!(code == Some(1) && stderr.contains("two members are called WEISS"), "{stderr}");
}
