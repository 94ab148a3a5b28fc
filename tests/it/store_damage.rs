//! A chat in a file to which something happens: it is cut off, foreign, full, read-only or gone. What is
//! shown is the truth up to some moment, or it is said in one line why nothing is.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;

use crate::prelude::*;

/// Acknowledged messages from which copies are taken that are then cut.
const SAID_BEFORE: usize = 300;
/// Messages in memory: most of a history comes from the file.
const WINDOW: &str = "60";

/// The bytes of every file in a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(&path).unwrap_or_default())).collect()
}

/// That it was refused in one line.
#[track_caller]
fn assert_refused(code: Option<i32>, log: &str) {
    assert_eq!(code, Some(1), "{log}");
    assert!(log.starts_with("snug: ") && log.trim_end().lines().count() == 1, "{log}");
}

/// How a run that should end by itself, and says little, came to its end.
#[track_caller]
fn ended(mut command: Command) -> (Option<i32>, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + TIMEOUT;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it goes on: {:?}", child.wait_with_output());
        }
        thread::sleep(CRASH_LOOK);
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// That the program refuses this file in one line with this in it, and changes nothing beside it.
#[track_caller]
fn assert_refuses(command: Command, folder: &Path, words: &str) {
    let before = files(folder);
    let (code, log) = ended(command);
    assert_refused(code, &log);
    assert!(log.contains(words), "{words:?} is not in {log:?}");
    let after = files(folder);
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after), "files came or went; {log}");
    assert!(before == after, "a file changed; {log}");
}

/// A chat in which ann has said this, ended in good order.
fn made_by_ann(file: &Path, texts: &[&str]) -> Client {
    let server = Process::start(serve_command(file, &[]));
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    for text in texts {
        ann.say(text).expect(303);
    }
    server.signal("-TERM");
    assert!(server.end().success());
    ann
}

/// That this cannot be kept now, and that the person still has it.
#[track_caller]
fn assert_not_kept(client: &mut Client, text: &str) {
    let answer = client.say(text).expect(503);
    assert_eq!(textarea(&answer.body), text);
    answer.body.shows("role=\"alert\"");
    assert_ne!(answer.header("retry-after"), "");
}

// Torn writes.

/// What a kill left, to be cut.
struct Torn {
    main: Vec<u8>,
    wal: Vec<u8>,
}

impl Torn {
    fn of(file: &Path) -> Self {
        Self { main: fs::read(file).unwrap(), wal: fs::read(wal(file)).unwrap() }
    }

    /// The same, its parts no longer than this.
    fn cut(&self, main: usize, wal_length: usize) -> TempDir {
        let folder = TempDir::new();
        fs::write(folder.data_path(), &self.main[..main.min(self.main.len())]).unwrap();
        fs::write(wal(&folder.data_path()), &self.wal[..wal_length.min(self.wal.len())]).unwrap();
        for path in [folder.data_path(), wal(&folder.data_path())] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        folder
    }
}

fn wal(file: &Path) -> PathBuf {
    file.with_file_name("chat.db-wal")
}

/// Somewhere in a file of this length: anywhere, at the end of a page, or near one of its ends.
fn somewhere(dice: &mut SeededRandom, length: usize) -> usize {
    let length = length + 1;
    match dice.throw(4) {
        0 => dice.throw(length),
        1 => dice.throw(length) / 4096 * 4096,
        2 => dice.throw(length.min(9_000)),
        _ => length - 1 - dice.throw(length.min(9_000)),
    }
}

/// Waits until no thread of a stopped process runs any more.
fn wait_for_stop(server: &Process) {
    let stopped = |task: fs::DirEntry| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
    };
    wait_until("it stops", || {
        let tasks = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
        tasks.flatten().all(stopped)
    });
}

#[test]
fn a_cut_copy_shows_the_beginning_of_the_history_or_is_refused() {
    let (folder, mut dice) = (TempDir::new(), SeededRandom::new());
    let server = Process::start(serve_command(&folder.data_path(), &["--history", WINDOW]));
    let mut crowd = Crowd::join(server.address);
    let mut torn = Vec::new();
    let mut late = None;
    crowd.talk(&mut dice, |count| {
        // One copy while the WAL has nearly everything, one after it was carried over.
        let enough = |at: usize| move || count.load(Ordering::Relaxed) >= at;
        wait_until("messages", enough(SAID_BEFORE / 6));
        server.signal("-STOP");
        wait_for_stop(&server);
        torn.push(Torn::of(&folder.data_path()));
        server.signal("-CONT");
        // Somebody who comes late has rows in the middle of it all.
        let mut client = server.visitor();
        client.register("late", PASSWORD).expect(303);
        late = Some(client);
        let carried_over = || fs::metadata(folder.data_path()).unwrap().len() > 1 << 20;
        wait_until("messages", enough(SAID_BEFORE));
        wait_until("a checkpoint", carried_over);
        server.signal("-STOP");
        wait_for_stop(&server);
        torn.push(Torn::of(&folder.data_path()));
        server.signal("-CONT");
        assert_calm(&server.kill());
    });
    torn.push(Torn::of(&folder.data_path()));
    let mut fates = [0; 4];
    let wholes: Vec<Vec<PostedMessage>> = torn.iter().map(|torn| whole(torn, &crowd)).collect();
    crowd.assert_kept(wholes.last().unwrap());
    for number in 0..rounds(5) {
        let (torn, whole) = (&torn[number % 3], &wholes[number % 3]);
        let (mut main, mut wal) = (torn.main.len(), torn.wal.len());
        let which = dice.throw(3);
        if which != 0 {
            main = somewhere(&mut dice, main);
        }
        if which != 1 {
            wal = somewhere(&mut dice, wal);
        }
        let about = format!(
            "copy {} cut to {main} of {} and {wal} of {}",
            number % 3,
            torn.main.len(),
            torn.wal.len()
        );
        let fate = match number % 4 {
            3 => export(&torn.cut(main, wal), whole, &about),
            _ => serve(&torn.cut(main, wal), &crowd, whole, &about),
        };
        fates[fate as usize] += 1;
    }
    let [refused, empty, part, all] = fates;
    eprintln!("{refused} refused, {empty} empty, {part} in part, {all} in full");
}

/// How a cut copy fared.
#[derive(Clone, Copy)]
enum Fate {
    Refused,
    Empty,
    Part,
    All,
}

impl Fate {
    /// By how much of the history was shown, which is from its beginning.
    fn of(found: &[PostedMessage], whole: &[PostedMessage], about: &str) -> Self {
        assert!(whole.starts_with(found), "{about}: {} messages are not how it began", found.len());
        match found.len() {
            0 => Self::Empty,
            count if count < whole.len() => Self::Part,
            _ => Self::All,
        }
    }
}

/// The history of a copy that nobody cut.
fn whole(torn: &Torn, crowd: &Crowd) -> Vec<PostedMessage> {
    let folder = torn.cut(usize::MAX, usize::MAX);
    let server = Process::start(serve_command(&folder.data_path(), &["--history", WINDOW]));
    let (found, whole) = history(&crowd.reader.clone().moved_to(server.address));
    assert!(whole && !found.is_empty());
    found
}

fn serve(folder: &TempDir, crowd: &Crowd, whole: &[PostedMessage], about: &str) -> Fate {
    let before = files(folder.path());
    let server = match Process::try_start(serve_command(&folder.data_path(), &["--history", WINDOW])) {
        Ok(server) => server,
        Err((code, log)) => {
            assert_refused(code, &log);
            let after = files(folder.path());
            // SQLite may take away a WAL that has nothing.
            for (path, bytes) in before.iter().filter(|(_, bytes)| !bytes.is_empty()) {
                let length = after.get(path).map(Vec::len);
                let now = (path.display(), bytes.len(), length);
                assert!(after.get(path) == Some(bytes), "{about}: changed {now:?}; {log}");
            }
            return Fate::Refused;
        }
    };
    let mut reader = crowd.reader.clone().moved_to(server.address);
    if !reader.is_in() {
        // Who came so early was cut off as well.
        reader = server.visitor();
        assert_eq!(reader.register("stranger", PASSWORD).status, 303, "{about}");
    }
    let (found, all) = history(&reader);
    // Where a page cannot be read, what came after it is still no other than it was.
    let begins =
        found.first().map_or(0, |first| whole.iter().position(|said| said.id >= first.id).unwrap_or(0));
    let fate = Fate::of(&found, &whole[if all { 0 } else { begins }..], about);
    // What is said on such a copy is kept like anything else, or it is refused.
    let answer = reader.clone().json().say("and on it goes");
    let log = server.kill();
    assert_calm(&log);
    if answer.status == 503 {
        return fate;
    }
    assert_eq!(answer.status, 201, "{about}: {}", answer.body);
    let server = Process::start(serve_command(&folder.data_path(), &["--history", WINDOW]));
    let (after, still_all) = history(&reader.moved_to(server.address));
    let (last, others) = after.split_last().unwrap();
    assert_eq!((last.id, &*last.text), (answer.value()["id"].as_u64().unwrap(), "and on it goes"), "{about}");
    // What is read page by page, up to one that cannot be read, begins elsewhere with one message more.
    let same = others.ends_with(&found) || (!all && !still_all && found.ends_with(others));
    assert!(
        same,
        "{about}: it was another history before the restart: {} ({all}), then {} ({still_all})",
        found.len(),
        others.len()
    );
    fate
}

/// The same by the commands: `check` finds nothing only where the export is whole and true.
fn export(folder: &TempDir, whole: &[PostedMessage], about: &str) -> Fate {
    let file = folder.data_path();
    let command = |name: &str| outcome(snug(&[name, "--data", file.to_str().unwrap()]));
    let (check, _, log) = command("check");
    if check != Some(0) {
        assert_refused(check, &log);
    }
    let (code, out, log) = command("export");
    assert!(check != Some(0) || code == Some(0), "{about}: sound, but {log}");
    let lines = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let found: Vec<PostedMessage> = lines
        .filter(|line| line["text"].is_string())
        .map(|line| PostedMessage {
            id: line["id"].as_u64().unwrap(),
            author: text(&line["name"]),
            text: text(&line["text"]),
        })
        .collect();
    let fate = Fate::of(&found, whole, about);
    if code == Some(0) {
        return fate;
    }
    assert_refused(code, &log);
    Fate::Refused
}

// What is no chat, or not ours to open.

#[test]
fn what_is_no_chat_of_ours_is_refused_and_not_touched() {
    let folder = TempDir::new();
    made_by_ann(&folder.data_path(), &["hello"]);
    let good = fs::read(folder.data_path()).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let foreign = {
        let folder = TempDir::new();
        let connection = rusqlite::Connection::open(folder.data_path()).unwrap();
        connection
            .execute_batch("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')")
            .unwrap();
        drop(connection);
        fs::read(folder.data_path()).unwrap()
    };
    let cases: [(&str, Vec<u8>, &str); 13] = [
        ("of a newer version", with(60, &99_u32.to_be_bytes()), "newer snug"),
        ("of a version that nobody will make", with(60, &u32::MAX.to_be_bytes()), "newer snug"),
        ("without a version", with(60, &0_u32.to_be_bytes()), ""),
        ("another program's", foreign.clone(), "another program"),
        ("another program's, by its mark", with(68, b"mail"), "another program"),
        ("a text", b"Dear diary,\n".repeat(50), "no file of snug's"),
        ("a short text", b"hi\n".to_vec(), "no file of snug's"),
        ("zeros", vec![0; 8192], "no file of snug's"),
        ("with another first word", with(0, b"SQLITE"), "no file of snug's"),
        ("with another page size", with(16, &[0x12, 0x34]), "damaged"),
        ("with a format to come", with(18, &[9, 9]), ""),
        ("with a schema that is none", with(100, &[0; 200]), "damaged"),
        ("the first half of a header", good[..50].to_vec(), "no file of snug's"),
    ];
    for (what, bytes, words) in &cases {
        let folder = TempDir::new();
        let file = folder.data_path();
        fs::write(&file, bytes).unwrap();
        let refuses = |command: Command| {
            let (what, words, folder) = (*what, *words, folder.path());
            let refused = std::panic::AssertUnwindSafe(|| assert_refuses(command, folder, words));
            if let Err(panic) = std::panic::catch_unwind(refused) {
                eprintln!("a file that is {what}");
                std::panic::resume_unwind(panic);
            }
        };
        refuses(serve_command(&file, &[]));
        for words in [
            &["check"][..],
            &["export"],
            &["export", "--html"],
            &["backup", "copy.db"],
            &["reset-password", "ann"],
        ] {
            let mut command = snug(words);
            command.arg("--data").arg(&file).current_dir(folder.path());
            refuses(command);
        }
    }
}

#[test]
fn an_empty_file_becomes_a_chat_unless_its_wal_is_left_alone() {
    let folder = TempDir::new();
    fs::write(folder.data_path(), b"").unwrap();
    assert_refuses(snug(&["check", "--data", &folder.data()]), folder.path(), "is empty");
    fs::write(wal(&folder.data_path()), b"what is left").unwrap();
    assert_refuses(serve_command(&folder.data_path(), &[]), folder.path(), "it is empty, and its WAL is not");
    fs::remove_file(wal(&folder.data_path())).unwrap();
    made_by_ann(&folder.data_path(), &["hello"]);
}

#[test]
fn what_a_killed_newer_snug_left_is_not_touched_either() {
    let folder = TempDir::new();
    made_by_ann(&folder.data_path(), &["hello"]);
    // Its version is in the WAL alone, as is what was said last.
    let connection = rusqlite::Connection::open(folder.data_path()).unwrap();
    connection.execute_batch("PRAGMA user_version = 99; UPDATE numbering SET newest = newest + 1").unwrap();
    let copy = Torn::of(&folder.data_path()).cut(usize::MAX, usize::MAX);
    // The index of the WAL is made anew each time; it has nothing that is not in the WAL.
    fs::copy(folder.path().join("chat.db-shm"), copy.path().join("chat.db-shm")).unwrap();
    let content = || [copy.data_path(), wal(&copy.data_path())].map(|path| fs::read(path).ok());
    let before = content();
    let path = copy.data_path();
    let path = path.to_str().unwrap();
    for command in [
        serve_command(&copy.data_path(), &[]),
        snug(&["check", "--data", path]),
        snug(&["export", "--data", path]),
    ] {
        let (code, _, log) = outcome(command);
        assert_refused(code, &log);
        log.shows("newer snug");
        assert!(before == content(), "it was changed: {log}");
    }
}

#[test]
fn a_file_that_another_server_has_is_left_to_it() {
    let folder = TempDir::new();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(folder.data_path(), &link).unwrap();
    let server = Process::start(serve_command(&folder.data_path(), &[]));
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    ann.say("first").expect(303);
    for path in [folder.data_path(), link] {
        assert_refuses(serve_command(&path, &[]), folder.path(), "in use by another snug");
        let mut import = snug(&["import", "/dev/null"]);
        import.arg("--data").arg(&path);
        assert_refuses(import, folder.path(), "in use by another snug");
    }
    // The first one still has its locks, its WAL and its socket.
    ann.say("second").expect(303);
    let mut link = snug(&["reset-password", "ann"]);
    link.arg("--data").arg(folder.data_path());
    assert_eq!(outcome(link).0, Some(0));
    assert_calm(&server.kill());
    let server = Process::start(serve_command(&folder.data_path(), &[]));
    assert_eq!(ann.moved_to(server.address).texts(), ["first", "second"]);
}

#[test]
fn after_an_end_in_good_order_one_file_has_it_all() {
    for _ in 0..rounds(4) {
        let folder = TempDir::new();
        made_by_ann(&folder.data_path(), &["hello"]);
        assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), [folder.data_path()]);
    }
}

// What happens to the place while the server runs.

#[test]
fn nothing_is_acknowledged_while_the_folder_is_elsewhere() {
    let outer = TempDir::new();
    let (home, elsewhere) = (outer.path().join("home"), outer.path().join("elsewhere"));
    fs::create_dir(&home).unwrap();
    // Nearly all comes from the file.
    let server = Process::start(serve_command(&home.join("chat.db"), &["--history", "2"]));
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    let mut texts: Vec<String> = (0..60).map(|n| format!("message {n}")).collect();
    for text in &texts {
        ann.say(text).expect(303);
    }
    let read = |ann: &Client| history(ann).0.into_iter().map(|said| said.text).collect::<Vec<_>>();
    for _ in 0..3 {
        fs::rename(&home, &elsewhere).unwrap();
        assert_not_kept(&mut ann, "\nwhere are <you>?");
        server.visitor().register("bob", PASSWORD).expect(503);
        server.visitor().login("ann", PASSWORD).expect(503);
        assert_eq!(read(&ann), texts, "reading goes on");
        fs::rename(&elsewhere, &home).unwrap();
        texts.push(format!("home again {}", texts.len()));
        ann.say(texts.last().unwrap()).expect(303);
        assert_eq!(read(&ann), texts);
    }
    // A part of it that is missing, or another file in its place, is no better.
    for name in ["chat.db", "chat.db-wal"] {
        let (path, aside) = (home.join(name), outer.path().join(name));
        fs::rename(&path, &aside).unwrap();
        assert_not_kept(&mut ann, "lost?");
        fs::copy(&aside, &path).unwrap();
        assert_not_kept(&mut ann, "lost?");
        fs::rename(&aside, &path).unwrap();
        texts.push(format!("with {name}"));
        ann.say(texts.last().unwrap()).expect(303);
    }
    assert_eq!(read(&ann), texts);
    assert_calm(&server.kill());
    let server = Process::start(serve_command(&home.join("chat.db"), &[]));
    let mut ann = ann.moved_to(server.address);
    assert_eq!(read(&ann), texts);
    // And where it is gone for good.
    fs::remove_dir_all(&home).unwrap();
    assert_not_kept(&mut ann, "gone");
    fs::create_dir(&home).unwrap();
    assert_not_kept(&mut ann, "still gone");
    assert_eq!(read(&ann), texts, "what is in memory can still be read");
    assert_calm(&server.kill());
    assert_eq!(files(&home).len(), 0);
}

/// Takes all the room that is left.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [64 * 1024, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

#[test]
fn a_full_disk_loses_nothing_and_recovers() {
    in_mounts_of_its_own("store_damage::on_eight_megabytes");
}

#[test]
#[ignore = "needs a file system of its own; a_full_disk_loses_nothing_and_recovers starts it there"]
fn on_eight_megabytes() {
    let folder = TempDir::new();
    let (ballast, rest) = (folder.path().join("ballast"), folder.path().join("rest"));
    fs::write(&ballast, vec![0; 4 << 20]).unwrap();
    let start = || Process::start(serve_command(&folder.data_path(), &["--history", "100"]));
    let server = start();
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    let read = |ann: &Client| history(ann).0.into_iter().map(|said| said.text).collect::<Vec<_>>();
    let mut texts = Vec::new();
    // The chat itself fills what there is: 4 MB, with 12 KB each.
    let message = |n: usize| format!("{n} {}", "\u{915}".repeat(3_900));
    let refused = loop {
        let text = message(texts.len());
        let answer = ann.say(&text);
        if answer.status != 303 {
            assert_eq!((answer.status, textarea(&answer.body)), (503, text.clone()));
            break text;
        }
        texts.push(text);
        assert!(texts.len() < 1_000, "it never gets full");
    };
    fill(&rest);
    // What fits into the pages that the WAL has already is still kept.
    for n in 0.. {
        assert!(n < 1_000, "it never gets full");
        let small = format!("small {n}");
        if ann.say(&small).status == 503 {
            break;
        }
        texts.push(small);
    }
    // A registration needs fewer pages than a message.
    for n in 0.. {
        assert!(n < 1_000, "it never gets full");
        if server.visitor().register(&format!("late{n}"), PASSWORD).status == 503 {
            break;
        }
    }
    // Again and again, and everything else that would be kept.
    for _ in 0..5 {
        assert_not_kept(&mut ann, &refused);
        server.visitor().register("bob", PASSWORD).expect(503);
        ann.get("/chat").expect(200);
    }
    assert_eq!(read(&ann), texts, "reading goes on, also of what is not in memory");
    let mut json = ann.clone().json();
    let answer = json.say(&refused);
    assert_eq!((answer.status, answer.value()["error"].as_str()), (503, Some("not_kept")));
    // There is room again, for a while.
    for round in 0..2 {
        fs::remove_file(&rest).unwrap();
        fs::write(&ballast, vec![0; (3 - round) << 20]).unwrap();
        texts.push(message(texts.len()));
        assert_eq!(ann.say(texts.last().unwrap()).status, 303, "it recovers by itself");
        assert_eq!(read(&ann), texts);
        fill(&rest);
        let answer = loop {
            let text = message(texts.len());
            let answer = ann.say(&text);
            if answer.status != 303 {
                break answer;
            }
            // What was free inside the file was taken.
            texts.push(text);
        };
        assert_eq!(answer.status, 503);
    }
    assert_calm(&server.kill());
    // It starts on a full disk, or says what is the matter.
    match Process::try_start(serve_command(&folder.data_path(), &["--history", "100"])) {
        Ok(server) => {
            assert_eq!(read(&ann.clone().moved_to(server.address)), texts);
            assert_calm(&server.kill());
        }
        Err((code, log)) => {
            assert_refused(code, &log);
            log.shows("no space left");
        }
    }
    fs::remove_file(&ballast).unwrap();
    let server = start();
    let mut ann = ann.moved_to(server.address);
    assert_eq!(read(&ann), texts);
    ann.say("room at last").expect(303);
    server.signal("-TERM");
    assert!(server.end().success());
    assert_eq!(outcome(snug(&["check", "--data", &folder.data()])).0, Some(0));
}

#[test]
fn what_cannot_be_written_to_is_refused_and_not_touched() {
    in_mounts_of_its_own("store_damage::read_only");
}

/// That the file is refused, or read and nothing else; either way it stays as it is.
fn reads_or_refuses(folder: &TempDir, ann: &Client, texts: &[&str]) {
    let content = || [folder.data_path(), wal(&folder.data_path())].map(|path| fs::read(path).ok());
    let before = content();
    match Process::try_start(serve_command(&folder.data_path(), &[])) {
        Ok(server) => {
            let mut ann = ann.clone().moved_to(server.address);
            assert_not_kept(&mut ann, "nowhere to write");
            assert_eq!(ann.texts(), texts);
            assert_calm(&server.kill());
        }
        Err((code, log)) => assert_refused(code, &log),
    }
    assert!(before == content(), "it was changed");
}

#[test]
#[ignore = "needs mounts of its own; what_cannot_be_written_to_is_refused_and_not_touched starts it there"]
fn read_only() {
    let mount = |words: &[&str], path: &Path| {
        assert!(Command::new("mount").args(words).arg(path).status().unwrap().success());
    };
    let bind = |path: &Path| mount(&["--bind", path.to_str().unwrap()], path);
    // Once ended in good order, once killed, with its last words in the WAL.
    for killed in [false, true] {
        let folder = TempDir::new();
        let ann = made_by_ann(&folder.data_path(), &["hello"]);
        if killed {
            let server = Process::start(serve_command(&folder.data_path(), &[]));
            ann.clone().moved_to(server.address).say("still there?").expect(303);
            server.kill();
            fs::remove_file(folder.path().join("chat.db.sock")).unwrap();
        }
        let texts: &[&str] = if killed { &["hello", "still there?"] } else { &["hello"] };
        let refuses = |what: &str| {
            eprintln!("{what}, killed: {killed}");
            assert_refuses(serve_command(&folder.data_path(), &[]), folder.path(), "chat.db");
        };
        bind(&folder.data_path());
        mount(&["-o", "remount,bind,ro"], &folder.data_path());
        refuses("a file that is read-only");
        mount(&["-o", "remount,bind,rw"], &folder.data_path());
        bind(folder.path());
        bind(&folder.data_path());
        mount(&["-o", "remount,bind,ro"], folder.path());
        if wal(&folder.data_path()).exists() {
            // SQLite can use a WAL that is there; nothing can be added to it.
            reads_or_refuses(&folder, &ann, texts);
        } else {
            refuses("a folder that is read-only");
        }
        let unmade = folder.path().join("unmade.db");
        assert_refuses(serve_command(&unmade, &[]), folder.path(), "unmade.db");
        for path in [folder.data_path(), folder.path().to_owned(), folder.data_path()] {
            assert!(Command::new("umount").arg(path).status().unwrap().success());
        }
        // Nothing happened to it.
        let server = Process::start(serve_command(&folder.data_path(), &[]));
        assert_eq!(ann.moved_to(server.address).texts(), texts);
    }
}
