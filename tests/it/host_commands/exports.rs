//! Backups and exports while the chat is in use.

use super::*;

#[test]
fn a_backup_under_load_is_one_file_with_everything_up_to_a_moment() {
    let busy = Busy::start();
    let out = busy.folder.file("out.db");
    let (_, said) = busy.meanwhile(|| done(&["backup", &out, "--data", &busy.folder.data()]));
    let names = busy.folder.names();
    let of_it: Vec<_> = names.iter().filter(|name| name.starts_with("out")).collect();
    assert_eq!(of_it, ["out.db"], "one file");
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(done(&["check", "--data", &out]).contains("is sound: 2 members"));

    // It stands alone, and may be only readable.
    let alone = TempDir::new();
    fs::copy(&out, alone.data()).unwrap();
    let copy = alone.serve(&[]);
    said.begins_with(&ids(&copy.client_of(&busy.ann)));
    // Devices stay signed in, and it is a chat of its own.
    let mut bob = copy.client_of(&busy.bob);
    bob.say("in the copy").expect(303);
    assert_eq!(ids(&busy.ann), said.all);

    // And the same again after it was killed, and once it was stopped.
    let Busy { folder, snug, ann, .. } = busy;
    snug.end_by("-KILL");
    for (signal, name) in [("-KILL", "killed.db"), ("-TERM", "stopped.db")] {
        folder.serve(&[]).end_by(signal);
        let out = folder.file(name);
        done(&["backup", &out, "--data", &folder.data()]);
        assert_eq!(ids(&Process::serve(&out, &[]).client_of(&ann)), said.all, "{signal}");
    }
}

#[test]
fn nothing_is_written_over() {
    let (folder, _) = small_chat();
    let (data, out) = (folder.data(), folder.file("out"));
    fs::write(&out, "precious").unwrap();
    for arguments in [&["backup"][..], &["export"], &["export", "--html"]] {
        let line = refused(&[arguments, &["--data", &data, &out]].concat());
        line.shows("exists");
        // Nor is the chat itself.
        let line = refused(&[arguments, &["--data", &data, &data]].concat());
        line.shows("exists");
        let line = refused(&[arguments, &["--data", &data, &folder.file("no/such/folder")]].concat());
        line.shows("no/such/folder");
    }
    assert_eq!(fs::read_to_string(&out).unwrap(), "precious");
    assert_eq!(folder.names(), ["chat.db", "out"]);
    assert!(done(&["check", "--data", &data]).contains("is sound"));
}

#[test]
fn an_export_under_load_has_everything_up_to_a_moment() {
    let busy = Busy::start();
    let (data, out) = (busy.folder.data(), busy.folder.file("out.jsonl"));
    let (lines, said) = busy.meanwhile(|| {
        assert_eq!(done(&["export", "--data", &data, &out]), "");
        done(&["export", "--data", &data])
    });
    said.begins_with(&exported(&lines));
    let earlier = fs::read_to_string(&out).unwrap();
    said.begins_with(&exported(&earlier));
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);

    let (page, said) = busy.meanwhile(|| done(&["export", "--html", "--data", &data]));
    let shown: Vec<u64> = crate::support::articles(&page).iter().map(|article| article.id).collect();
    assert!(shown.len() >= said.before.len() && page.trim_end().ends_with("</html>"));

    // What was read under load can be read in.
    let other = TempDir::new();
    assert_eq!(done(&["import", "--data", &other.data(), &out]), "");
    assert_eq!(exported(&done(&["export", "--data", &other.data()])), exported(&earlier));
    assert!(done(&["check", "--data", &other.data()]).contains("is sound: 2 members"));
    // Not over a chat, whether it runs or not.
    assert!(refused(&["import", "--data", &data, &out]).contains("in use by another snug"));
    let snug = other.serve(&[]);
    assert!(refused(&["import", "--data", &other.data(), &out]).contains("in use"));
    snug.visitor().login("ann", PASSWORD).expect(303);
}

#[test]
fn an_export_that_nobody_reads_on_does_not_slow_the_chat_down() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--durability", "normal"]);
    let ann = snug.member("ann");
    // More than a pipe holds.
    ann.clone().say_all((0..60).map(|n| format!("{n} {}", "x".repeat(3900))));
    let mut export = standing_export(&folder);
    let begun = Instant::now();
    snug.post_many(&ann, 20);
    assert!(begun.elapsed() < UNLOCKED, "{:?}", begun.elapsed());
    assert!(ends_child(&mut export));
}

#[test]
fn nor_does_it_after_a_password_was_changed() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--durability", "normal"]);
    let ann = snug.member("ann");
    ann.clone().say_all((0..60).map(|n| format!("{n} {}", "x".repeat(3900))));
    snug.member("bob");
    let link = folder.reset_link("bob");
    let mut export = standing_export(&folder);
    let begun = Instant::now();
    snug.visitor().reset_password(&link, "another horse").expect(303);
    snug.post_many(&ann, 2);
    assert!(begun.elapsed() < UNLOCKED, "{:?}", begun.elapsed());
    assert!(ends_child(&mut export));
}

/// An export that has begun, and cannot go on, as nobody reads it.
fn standing_export(folder: &TempDir) -> std::process::Child {
    let mut command = snug(&["export", "--data", &folder.data()]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    // The first bytes are there when it has begun to read.
    let mut first = vec![0; 10_000];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    child
}

fn ends_child(child: &mut std::process::Child) -> bool {
    child.kill().is_ok() && child.wait().is_ok()
}
