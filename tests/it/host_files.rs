//! What is done on the host with the files that people sent: they are in a backup and in an export, and a check misses
//! them; while people send and delete more, and while the chat does not run.

mod exports;

use std::os::unix::fs::MetadataExt;

use crate::files::gif;
use crate::prelude::*;

/// A command that does what it should, and says nothing but its result.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!((code, &*stderr), (Some(0), ""), "{arguments:?}: {stdout}");
    stdout
}

/// A command that does not, and says why.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!((code, &*stdout), (Some(1), ""), "{stderr}");
    stderr
}

/// The n-th file, which is large enough to be written in several pieces.
fn content(n: u64) -> Vec<u8> {
    (0..20_000 + n % 7 * 9_001).map(|at| u8::try_from(at * (n + 3) % 251).unwrap()).collect()
}

fn send_forty(client: &Client) {
    for n in 0..40 {
        client.send_file("file.bin", &content(n));
    }
}

/// All files in a folder and in those in it, with their bytes.
fn files_in(folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut folders, mut files) = (vec![PathBuf::from(folder)], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.insert(entry.path(), fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

/// A file's name, alternative text and bytes, as the chat serves them.
type ServedFile = (String, String, Vec<u8>);

/// Of each message that has files: its text, and the files.
fn served(client: &Client) -> Vec<(String, Vec<ServedFile>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |message: &Value| {
        let files = message["files"].as_array().unwrap().iter().map(|file| {
            assert_eq!(file["gone"], false);
            let bytes = client.clone().get(file["url"].as_str().unwrap()).expect(200).bytes;
            (text(&file["name"]), text(&file["alt"]), bytes)
        });
        (text(&message["text"]), files.collect::<Vec<_>>())
    };
    client.all_messages().iter().map(of).filter(|(_, files)| !files.is_empty()).collect()
}

/// A stopped chat: a photo with a preview, a text, a page, files in a private room, and one that nobody has sent.
fn small_chat() -> (TempDir, Client) {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let ann = snug.member("ann");
    let photo = [Part::file("Kite.GIF", &gif(40, 30)), Part::file("small.gif", &gif(4, 3)).called("preview")];
    let photo = ann.clone().json().post_parts("/files", &photo).expect(201).value();
    assert_eq!(photo["preview"], true);
    let [photo, plan] = [photo["id"].as_u64().unwrap(), ann.upload_id("plan \"1\".md", &content(1))];
    let sent = [("file", photo), ("file", plan)].map(|(name, id)| (name, id.to_string()));
    let fields: Vec<_> = sent.iter().map(|(name, id)| (*name, &**id)).collect();
    let fields = [&fields[..], &[("alt", "A kite"), ("message", "look")]].concat();
    ann.clone().post("/chat", &fields).expect(303);
    ann.send_file("page.html", b"<script>alert(1)</script>");
    let secret = ann.upload_id("secret.bin", &content(2));
    let room = ann.open_room(false);
    ann.say_with(&format!("/rooms/{room}"), "", &[secret]);
    ann.upload_id("not sent.txt", b"not sent");
    snug.end_by("-TERM");
    (folder, ann)
}

#[test]
fn a_backup_has_all_files_of_a_moment_while_people_send_and_delete_them() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--durability", "normal", "--post-rate", "0"]);
    let clients = snug.members(["ann", "bob"]);
    let (elsewhere, over, sent) =
        (TempDir::within(Path::new("/dev/shm")), AtomicBool::new(false), AtomicUsize::new(0));
    let outs: Vec<String> = thread::scope(|scope| {
        for (client, who) in clients.iter().zip(0..) {
            let (over, sent) = (&over, &sent);
            scope.spawn(move || {
                let mut messages = Vec::new();
                for n in (who..).step_by(2).take_while(|_| !over.load(Ordering::SeqCst)) {
                    messages.push(client.send_file(&format!("{n}.bin"), &content(n)).0);
                    if n % 3 != 0 {
                        client.remove_message(messages.remove(messages.len() / 2));
                    }
                    sent.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let some = |count: usize| wait_until("more files", || sent.load(Ordering::SeqCst) >= count);
        let outs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            some(10);
            let outs = [folder.file("one.db"), elsewhere.file("two.db"), folder.file("three.db")];
            for out in &outs {
                let before = sent.load(Ordering::SeqCst);
                done(&["backup", "--data", &folder.data(), out]);
                // Nor does a check take what comes and goes for damage.
                assert!(done(&["check", "--data", &folder.data()]).contains(" is sound: 2 members, "));
                some(before + 2);
            }
            outs.to_vec()
        }));
        over.store(true, Ordering::SeqCst);
        outs.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    for out in outs {
        let copied = files_in(&format!("{out}.files"));
        assert!(!copied.is_empty() && copied.keys().all(|path| !path.ends_with("unfinished")));
        let mode = |path: &str| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!([mode(&out), mode(&format!("{out}.files"))], [0o600, 0o700]);
        assert!(done(&["check", "--data", &out]).contains(&format!(", {} files\n", copied.len())));
        let copy = Process::serve(&out, &[]);
        let all = served(&copy.client_of(&clients[0]));
        // Each of the two may have uploaded one that was not sent yet.
        assert!((all.len()..=all.len() + 2).contains(&copied.len()), "{} {}", all.len(), copied.len());
        for (_, files) in all {
            let (name, _, bytes) = &files[0];
            assert!(*bytes == content(name.strip_suffix(".bin").unwrap().parse().unwrap()), "{name}");
        }
    }
}

#[test]
fn a_backup_on_the_same_disk_takes_no_room_and_deletions_leave_it_as_it_is() {
    let (folder, ann) = small_chat();
    let out = folder.file("out.db");
    done(&["backup", "--data", &folder.data(), &out]);
    let copied = files_in(&format!("{out}.files"));
    assert_eq!(copied.len(), 6, "a preview, and one that nobody has sent yet");
    for path in copied.keys() {
        assert_eq!(fs::metadata(path).unwrap().nlink(), 2);
    }
    let snug = folder.serve(&[]);
    let ann = snug.client_of(&ann);
    let all = served(&ann);
    for message in ann.all_messages() {
        ann.remove_message(message["id"].as_u64().unwrap());
    }
    assert_eq!(files_in(&format!("{out}.files")), copied);
    assert_eq!(served(&Process::serve(&out, &[]).client_of(&ann)), all);
    // Neither the file nor the folder is written over.
    for taken in ["new.db", "new.db.files"] {
        let _ = ["new.db", "new.db.files"].map(|name| fs::remove_dir_all(folder.file(name)));
        fs::create_dir(folder.file(taken)).unwrap();
        fs::write(folder.file(&format!("{taken}/precious")), "").unwrap();
        refused(&["backup", "--data", &folder.data(), &folder.file("new.db")])
            .shows(format!("{taken} exists already"));
        assert_eq!(fs::read_dir(folder.file(taken)).unwrap().count(), 1);
        assert!(
            !["new.db", "new.db.files"]
                .iter()
                .any(|name| *name != taken && folder.names().contains(&(*name).to_owned()))
        );
    }
}

#[test]
fn a_backup_or_export_that_is_broken_off_leaves_nothing_that_stops_the_next_one() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--durability", "normal"]);
    let ann = snug.member("ann");
    send_forty(&ann);
    snug.end_by("-TERM");
    let (data, mut dice, elsewhere) =
        (folder.data(), SeededRandom::new(), TempDir::within(Path::new("/dev/shm")));
    let commands =
        [("backup", folder.file("out")), ("export", folder.file("lines")), ("backup", elsewhere.file("out"))];
    for round in 0..rounds(9) {
        let (command, out) = &commands[round % 3];
        let time = Duration::from_micros(dice.throw(60_000) as u64);
        start_and_kill(snug_command(command, &data, out), time);
        if Path::new(out).exists() {
            assert!(files_in(&format!("{out}.files")).len() >= 40, "{command}");
            fs::remove_file(out).unwrap();
            fs::remove_dir_all(format!("{out}.files")).unwrap();
        }
    }
    for (command, out) in &commands {
        assert_eq!(outcome(snug_command(command, &data, out)).0, Some(0));
        assert_eq!(files_in(&format!("{out}.files")).len(), 40);
    }
    for (folder, names) in [(&folder, 5), (&elsewhere, 2)] {
        let names_there: Vec<_> = folder
            .names()
            .into_iter()
            .filter(|name| name != "chat.db-wal" && name != "chat.db-shm" && name != "chat.db.sock")
            .collect();
        assert_eq!(names_there.len(), names + usize::from(names == 5), "{names_there:?}");
    }
}

fn snug_command(command: &str, data: &str, out: &str) -> Command {
    snug(&[command, "--data", data, out])
}

#[test]
fn a_check_finds_files_that_are_missing_altered_or_nobodys() {
    let (folder, _) = small_chat();
    let check = ["check", "--data", &folder.data()];
    assert!(done(&check).ends_with(", 5 files\n"));
    let files = files_in(&folder.file("chat.db.files"));
    let of = |bytes: &[u8]| files.iter().find(|(_, content)| *content == bytes).unwrap().0.clone();
    let damage = |path: &Path, bytes: Option<&[u8]>, words: &[&str]| {
        let whole = fs::read(path).unwrap();
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        let told = refused(&check);
        assert!(told.starts_with("snug: ") && words.iter().all(|word| told.contains(word)), "{told}");
        assert_eq!(told.lines().count(), 1);
        fs::write(path, whole).unwrap();
    };
    let plan = of(&content(1));
    damage(&plan, None, &["is missing", "of message"]);
    let mut altered = content(1);
    altered[7] ^= 1;
    damage(&plan, Some(&altered), &["is altered"]);
    damage(&plan, Some(&content(1)[1..]), &["is altered"]);
    damage(&of(&gif(4, 3)), None, &["the preview of", "is missing"]);
    damage(&of(b"not sent"), None, &["nobody has sent"]);
    // A stray one, once it cannot be on its way.
    let stray = plan.with_file_name(format!(
        "{}{}",
        plan.parent().unwrap().file_name().unwrap().to_str().unwrap(),
        "0".repeat(30)
    ));
    fs::write(&stray, "stray").unwrap();
    fs::write(plan.with_file_name("note"), "no file of ours").unwrap();
    assert!(done(&check).contains("is sound"));
    let hour = std::time::SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(&stray).unwrap().set_modified(hour).unwrap();
    refused(&check).shows(stray.to_str().unwrap()).shows("belongs to nothing");
    fs::remove_file(&stray).unwrap();
    assert!(done(&check).contains("is sound"));
    // A backup without it names it, and has all the rest; an export says that it is gone.
    fs::remove_file(&plan).unwrap();
    let told = refused(&["backup", "--data", &folder.data(), &folder.file("out.db")]);
    told.shows("out.db holds all of").shows("chat.db.files lacks:\nfile ").shows("is missing");
    assert_eq!(told.lines().count(), 2);
    let lacks = refused(&["check", "--data", &folder.file("out.db")]);
    assert!(lacks.lines().count() == 1 && lacks.contains(told.lines().nth(1).unwrap()), "{lacks}");
    assert_eq!(files_in(&folder.file("out.db.files")).len(), files.len() - 1);
    let (code, _, stderr) = outcome(snug(&["export", "--data", &folder.data(), &folder.file("out")]));
    assert!(code == Some(0) && stderr.contains("gone"), "{stderr}");
    done(&["import", "--data", &folder.file("new.db"), &folder.file("out")]);
    // Many are one line each, up to a bound.
    fs::remove_dir_all(folder.file("chat.db.files")).unwrap();
    assert_eq!(refused(&check).lines().count(), 6);
}

#[test]
fn a_file_that_was_deleted_is_nowhere_on_the_disk() {
    const GONE: &str = "the-treasure-is-below-the-oak";
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let ann = snug.member("ann");
    let holds = || {
        let all = files_in(folder.path().to_str().unwrap());
        let has = |bytes: &[u8]| bytes.windows(GONE.len()).any(|some| some == GONE.as_bytes());
        all.into_iter().filter(|(_, bytes)| has(bytes)).map(|(path, _)| path).collect::<Vec<_>>()
    };
    let name = format!("{GONE}.txt");
    let (kept, gone) = (ann.upload_id("kept.txt", b"kept"), ann.upload_id(&name, GONE.as_bytes()));
    ann.say_with("/chat", "two", &[kept, gone]);
    let (message, _) = ann.send_file(&name, GONE.as_bytes());
    let unsent = ann.upload_id(&name, GONE.as_bytes());
    assert!(holds().len() > 3, "the database, its WAL, and each file");
    ann.clone().post(&format!("/files/{gone}/remove"), &[]).expect(303);
    ann.remove_message(message);
    ann.clone().json().post(&format!("/files/{unsent}/remove"), &[]).expect(200);
    assert_eq!(holds(), [""; 0].map(PathBuf::from));
    assert_eq!(files_in(&folder.file("chat.db.files")).len(), 1);
}
