//! Files that are written beside a chat's: what an upgrade keeps, backups and exports. Whatever breaks one off,
//! nothing half has its name, nothing is replaced, and what is left stops nobody.

use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;

use crate::prelude::*;

/// A chat's file as the first snug made it, with a megabyte of messages.
fn first_version(path: &str) {
    let mut file = Connection::open(path).unwrap();
    let change = file.transaction().unwrap();
    change.execute_batch(include_str!("../../src/store/sqlite/v1.sql")).unwrap();
    change.pragma_update(None, "application_id", i32::from_be_bytes(*b"snug")).unwrap();
    change.pragma_update(None, "user_version", 1).unwrap();
    change.execute("INSERT INTO members VALUES (1, 0, 'ann', '')", []).unwrap();
    for id in 2..200 {
        let text = format!("{id} {}", "x".repeat(3_900));
        change.execute("INSERT INTO messages VALUES (?1, 0, 1, ?2, NULL)", (id, text)).unwrap();
    }
    change.execute("UPDATE numbering SET newest = 199", []).unwrap();
    change.commit().unwrap();
}

fn version(path: &str) -> i64 {
    let file = Connection::open(path).unwrap();
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "{path}");
    file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// The file that a running chat has, and what goes with it while it runs.
fn is_companion(name: &str) -> bool {
    ["chat.db", "chat.db-journal", "chat.db-shm", "chat.db-wal", "chat.db.sock"].contains(&name)
}

/// What is there beside the chat.
fn beside(folder: &TempDir) -> Vec<String> {
    folder.names().into_iter().filter(|name| !is_companion(name)).collect()
}

#[test]
fn an_upgrade_that_is_killed_at_any_moment_is_done_at_the_next_start() {
    let mut dice = SeededRandom::new();
    for _ in 0..rounds(1) {
        let folder = TempDir::new();
        first_version(&folder.data());
        for _ in 0..3 {
            // Half of them while it is copied, which comes first.
            let end = 1 + dice.throw(120_000);
            let time = Duration::from_micros(dice.throw(end) as u64);
            start_and_kill(serve_command(&folder.data_path(), &[]), time);
            for name in beside(&folder).iter().filter(|name| !name.contains(".part-")) {
                assert_eq!((&**name, version(&folder.file(name))), ("chat.db.v1", 1));
            }
        }
        let program = folder.serve(&[]);
        assert_eq!(beside(&folder), ["chat.db.v1"], "one copy, and nothing half");
        assert_eq!(version(&folder.file("chat.db.v1")), 1);
        program.member("bob");
    }
}

#[test]
fn what_a_process_of_the_same_number_left_stops_no_start_and_goes() {
    let folder = TempDir::new();
    first_version(&folder.data());
    let (file, program) = (folder.data(), env!("CARGO_BIN_EXE_snug"));
    // In a container, each process has the number of the one before.
    let script = "for part in v1.part-$$ v1.part-$$-journal v1.part-abc; do echo half > \"$1.$part\"; done
        exec \"$0\" --data \"$1\" --listen 127.0.0.1:0";
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(program).arg(&file);
    let program = Process::start(command);
    assert_eq!(beside(&folder), ["chat.db.v1"]);
    assert_eq!(version(&folder.file("chat.db.v1")), 1);
    program.end_by("-TERM");
    // And so a backup.
    let script = "echo half > \"$2.part-$$\"; exec \"$0\" backup --data \"$1\" \"$2\"";
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_snug")).arg(&file).arg(folder.file("out.db"));
    assert_eq!(outcome(command).0, Some(0));
    assert_eq!(beside(&folder), ["chat.db.v1", "out.db"]);
}

#[test]
fn an_upgrade_keeps_a_copy_that_is_there_already() {
    let folder = TempDir::new();
    first_version(&folder.data());
    let before = fs::read(folder.data()).unwrap();
    fs::write(folder.file("chat.db.v1"), "precious").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.file("chat.db.v1.2")).unwrap();
    let program = folder.serve(&[]);
    assert_eq!(beside(&folder), ["chat.db.v1", "chat.db.v1.2", "chat.db.v1.3"]);
    assert_eq!(fs::read_to_string(folder.file("chat.db.v1")).unwrap(), "precious");
    assert_eq!(version(&folder.file("chat.db.v1.3")), 1);
    let log = program.kill();
    log.shows("chat.db.v1.3");
    // Once more with the same content: that is kept already.
    fs::write(folder.data(), &before).unwrap();
    for companion in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.data() + companion);
    }
    let program = folder.serve(&[]);
    assert_eq!(beside(&folder), ["chat.db.v1", "chat.db.v1.2", "chat.db.v1.3"]);
    assert!(program.kill().contains("chat.db.v1.3"));
}

#[test]
fn a_file_that_a_crash_left_with_two_names_opens() {
    let folder = TempDir::new();
    folder.serve(&[]).end_by("-TERM");
    fs::hard_link(folder.data(), folder.file("chat.db.part-abc")).unwrap();
    let program = folder.serve(&[]);
    assert_eq!(beside(&folder), [""; 0]);
    program.end_by("-TERM");
    fs::hard_link(folder.data(), folder.file("another.db")).unwrap();
    let (code, _, stderr) = outcome(snug(&["check", "--data", &folder.data()]));
    assert!(code == Some(1) && stderr.contains("several names"), "{stderr}");
}

#[test]
fn an_export_or_backup_that_is_broken_off_leaves_nothing_half() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let mut ann = program.member("ann");
    ann.say_all((0..400).map(|n| format!("{n} {}", "x".repeat(3_900))));
    program.end_by("-TERM");
    let (data, mut dice) = (folder.data(), SeededRandom::new());
    let whole = ["}\n", "</html>\n"];
    for round in 0..rounds(4) {
        let arguments = [&["export"][..], &["export", "--html"], &["backup"]][round % 3];
        let out = folder.file(&format!("out-{}", round % 3));
        let mut command = snug(&[arguments, &["--data", &data, &out]].concat());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(dice.throw(120_000) as u64));
        let signal = ["-INT", "-TERM", "-KILL"][round / 3 % 3];
        let _ = Command::new("kill").args([signal, &child.id().to_string()]).status();
        child.wait().unwrap();
        if let Ok(bytes) = fs::read(&out) {
            match whole.get(round % 3) {
                Some(end) => assert!(bytes.ends_with(end.as_bytes()), "{arguments:?} {signal}"),
                None => assert!(version(&out) > 0),
            }
            fs::remove_file(&out).unwrap();
        }
    }
    for (n, arguments) in [&["export"][..], &["export", "--html"], &["backup"]].iter().enumerate() {
        let out = folder.file(&format!("out-{n}"));
        assert_eq!(outcome(snug(&[arguments, &["--data", &data, &out][..]].concat())).0, Some(0));
    }
    assert_eq!(beside(&folder), ["out-0", "out-1", "out-2"], "what was left is gone");
}

#[test]
fn a_full_disk_leaves_nothing_of_an_export_or_backup() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let mut ann = program.member("ann");
    ann.say_all((0..60).map(|n| format!("{n} {}", "x".repeat(3_900))));
    program.end_by("-TERM");
    for arguments in ["export", "export --html", "backup"] {
        // A limit of file sizes ends a write as a full disk does; the signal for it is ignored.
        let script = format!("trap '' XFSZ; ulimit -f 100; exec \"$0\" {arguments} --data \"$1\" \"$2\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_snug")).arg(folder.data());
        command.arg(folder.file("out"));
        let (code, _, stderr) = outcome(command);
        assert_eq!(code, Some(1), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(beside(&folder), [""; 0], "{arguments}");
    }
}

/// Those of a folder's files that others than the owner may do anything with.
fn open_to_others(folder: &TempDir) -> Vec<String> {
    let mode = |name: &String| fs::symlink_metadata(folder.file(name)).unwrap().permissions().mode();
    folder.names().into_iter().filter(|name| mode(name) & 0o077 != 0).collect()
}

#[test]
fn a_file_that_was_put_back_open_to_others_is_its_owners_alone_again() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let ann = program.member("ann");
    program.end_by("-KILL");
    fs::write(folder.file("chat.db.v3"), "").unwrap();
    fs::write(folder.file("chat.db.v3.2"), "").unwrap();
    fs::write(folder.file("chat.db.notes"), "not ours").unwrap();
    for name in folder.names() {
        fs::set_permissions(folder.file(&name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::create_dir(folder.file("chat.db.files")).unwrap();
    std::os::unix::fs::symlink(folder.file("chat.db.notes"), folder.file("chat.db.v1")).unwrap();
    let program = folder.serve(&[]);
    assert!(program.client_of(&ann).is_in());
    let links = open_to_others(&folder);
    assert_eq!(links, ["chat.db.notes", "chat.db.v1"], "what is not ours, and the link to it");
    let log = program.kill();
    let (_, closed) = log.split_once("closed to other users of this machine: ").expect("a line");
    for name in ["chat.db,", "chat.db-wal,", "chat.db.files,", "chat.db.v3,", "chat.db.v3.2\n"] {
        assert!(closed.contains(name), "{name}: {log}");
    }
}

#[test]
fn without_a_mask_nothing_is_open_to_others() {
    let folder = TempDir::new();
    let unmasked = |words: &str| {
        let mut command = Command::new("sh");
        let script = format!("umask 0; exec \"$0\" {words} --data \"$1\"");
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_snug")).arg(folder.data());
        command.current_dir(folder.path());
        command
    };
    let program = Process::start(unmasked("--listen 127.0.0.1:0 --password-memory 7"));
    program.member("ann");
    for words in ["backup out.db", "export out.jsonl", "export --html out.html", "check"] {
        assert_eq!(outcome(unmasked(words)).0, Some(0), "{words}");
    }
    assert_eq!(open_to_others(&folder), [""; 0]);
    assert!(folder.names().len() > 6, "{:?}", folder.names());
    program.end_by("-TERM");
}
