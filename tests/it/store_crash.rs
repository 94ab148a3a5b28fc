//! A chat in a file whose server is killed: what was acknowledged is there, in order, once.
//!
//! `SNUG_CRASH_ROUNDS` is how often it is killed under load (12 unless it is set; 100 before a
//! release), and with it how many starts and damaged copies are tried. `SNUG_CRASH_SEED` repeats the
//! dice of a run that failed; what the scheduler does is different each time anyway.

use std::os::unix::fs::PermissionsExt;

use snug::chat::{
    Body, Chat, Device, MemberId, NewMessage, NewSession, Nonce, PasswordHash, RoomId, Scope, Seq, Timestamp,
    TokenDigest, Username,
};
use snug::store::{Durability, Store};

use crate::prelude::*;

/// Messages in the server's memory: older ones come from the file.
const WINDOW: usize = 200;

#[test]
fn what_was_acknowledged_survives_every_kill_once_and_in_order() {
    let (folder, mut dice) = (TempDir::new(), SeededRandom::new());
    let window = WINDOW.to_string();
    let start = |round: usize| {
        // Both survive the end of the process.
        let durability = ["full", "normal"][round % 2];
        Process::start(serve_command(
            &folder.data_path(),
            &["--history", &window, "--durability", durability],
        ))
    };
    let mut server = start(0);
    let mut crowd = Crowd::join(server.address);
    for round in 1..=rounds(1) {
        let (enough, moment) = (dice.throw(200), Duration::from_micros(dice.throw(3_000) as u64));
        let log = Mutex::new(String::new());
        crowd.talk(&mut dice, |count| {
            wait_until("messages", || count.load(Ordering::Relaxed) >= enough);
            thread::sleep(moment);
            *log.lock().unwrap() = server.kill();
        });
        assert_calm(&log.into_inner().unwrap());
        server = start(round);
        crowd.find(&server);
        let (found, whole) = history(&crowd.reader);
        assert!(whole, "a page cannot be read");
        crowd.assert_kept(&found);
        crowd.send_again(&found);
    }
    let (found, _) = history(&crowd.reader);
    crowd.assert_kept(&found);
    let acknowledged: usize = crowd.writers.iter().map(|writer| writer.acknowledged.len()).sum();
    assert_eq!(found.len(), acknowledged);
    eprintln!("{} kills, {acknowledged} messages, all of them there", rounds(1));
    let check = snug(&["check", "--data", &folder.data()]).output().unwrap();
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn a_server_that_is_killed_while_it_starts_starts_again() {
    let mut dice = SeededRandom::new();
    for _ in 0..rounds(2) {
        let folder = TempDir::new();
        // It makes its file within this time.
        let time = Duration::from_micros(dice.throw(20_000) as u64);
        start_and_kill(serve_command(&folder.data_path(), &[]), time);
        let server = Process::start(serve_command(&folder.data_path(), &[]));
        let mut ann = server.visitor();
        ann.register("ann", PASSWORD).expect(303);
        ann.say("here we are").expect(303);
        assert_calm(&server.kill());
    }
}

#[test]
fn a_file_whose_making_was_interrupted_is_made_anew() {
    let folder = TempDir::new();
    let (file, journal) = (folder.data_path(), folder.path().join("chat.db-journal"));
    // What SQLite leaves if it is killed after it wrote the file, and before it took away the journal by
    // which to undo that: without syncs, the journal's head is complete from the beginning.
    let mut connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "synchronous", false).unwrap();
    let change = connection.transaction().unwrap();
    change.execute_batch(include_str!("../../src/store/sqlite/v1.sql")).unwrap();
    change.pragma_update(None, "application_id", i32::from_be_bytes(*b"snug")).unwrap();
    change.pragma_update(None, "user_version", 1).unwrap();
    let head = fs::read(&journal).unwrap();
    change.commit().unwrap();
    drop(connection);
    fs::write(&journal, head).unwrap();

    let server = Process::start(serve_command(&file, &[]));
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    ann.say("here we are").expect(303);
    assert_eq!(ann.texts(), ["here we are"]);
}

#[test]
fn where_the_clock_jumps_back_the_order_of_ids_holds() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let folder = TempDir::new();
    let open = |window: usize| {
        // Programs that other stories are just starting have a copy of the former one's lock for a moment, as of
        // everything, until they begin.
        let mut store = Store::open(&folder.data_path(), Durability::Full);
        crate::support::wait_until("the file", || {
            if store.is_err() {
                store = Store::open(&folder.data_path(), Durability::Full);
            }
            store.is_ok()
        });
        let store = store.unwrap();
        let limits = Limits { history: window, ..Limits::default() };
        Chat::open(Box::new(store), limits, Box::new(|_| {})).unwrap()
    };
    let digest = TokenDigest([7; 32]);
    let session = NewSession { digest, device: Device::default(), former: None, known_by: None };
    let mut now = 1_000 * DAY;
    let mut expected = Vec::new();
    let mut member = MemberId(Seq(0));
    let shown = |chat: &Chat| {
        let page = chat.history(RoomId::SHARED, None, 50).unwrap().messages;
        let later =
            chat.since(Scope::Room(RoomId::SHARED), page[0].message.id, 50).unwrap().unwrap().messages;
        let one = |snug::chat::MessageView { message, .. }: &snug::chat::MessageView| {
            (message.id, message.at, message.body.as_str().to_owned())
        };
        let [page, later] = [page, later].map(|run| run.iter().map(one).collect::<Vec<_>>());
        assert_eq!(later, page[1..], "live tabs catch up in the same order");
        page
    };
    // Each start finds an earlier time than the one before, and so does every third message.
    for start in 0..4 {
        let chat = open(3);
        if start == 0 {
            let password = PasswordHash("hash".into());
            member = chat
                .register(Username::parse("ann").unwrap(), password, session.clone(), Timestamp(now))
                .unwrap();
        }
        assert!(chat.state().session(&digest).is_some(), "the session stands");
        for n in 0..9 {
            now += if n % 3 == 0 { -400 * DAY } else { DAY };
            let (text, nonce) = (format!("{start} {n}"), Nonce::parse(&format!("{start}-{n}")).unwrap());
            let body = Body::parse(&text).unwrap();
            let message = NewMessage {
                author: member,
                body,
                files: Vec::new(),
                answers: None,
                online: Vec::new(),
                nonce: Some(nonce),
            };
            let id = chat.post(RoomId::SHARED, message.clone(), Timestamp(now)).unwrap();
            assert_eq!(chat.post(RoomId::SHARED, message, Timestamp(now - DAY)).unwrap(), id);
            expected.push((id, Timestamp(now), text));
        }
        // Partly from memory, and once more as a new start finds them.
        assert_eq!(shown(&chat), expected);
        drop(chat);
        assert_eq!(shown(&open(3)), expected);
    }
    assert!(expected.is_sorted_by(|one, next| one.0 < next.0));
    assert!(expected.iter().any(|(_, at, _)| at.0 < 0), "some are from before 1970");
    // And the same with the real program, whose pages show these times.
    let server = Process::start(serve_command(&folder.data_path(), &["--history", "3"]));
    let mut bob = server.visitor();
    bob.register("bob", PASSWORD).expect(303);
    bob.say("now").expect(303);
    let texts: Vec<String> = expected.into_iter().map(|(_, _, text)| text).chain(["now".into()]).collect();
    assert_eq!(history(&bob).0.into_iter().map(|said| said.text).collect::<Vec<_>>(), texts);
    bob.get("/chat").expect(200);
    let check = snug(&["check", "--data", &folder.data()]).output().unwrap();
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn nobody_else_may_read_the_files_whatever_the_umask() {
    let folder = TempDir::new();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(env!("CARGO_BIN_EXE_snug"));
    command.args(serve_command(&folder.data_path(), &[]).get_args());
    let server = Process::start(command);
    let mut ann = server.visitor();
    ann.register("ann", PASSWORD).expect(303);
    ann.say("between us").expect(303);
    let mut files: Vec<(String, u32)> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    files.sort();
    let expected = ["chat.db", "chat.db-shm", "chat.db-wal", "chat.db.sock"].map(|name| (name.into(), 0o600));
    assert_eq!(files, expected);
}
