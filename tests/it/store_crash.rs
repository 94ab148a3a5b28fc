//! A chat in a file whose server is killed: what was acknowledged is there, in order, once.
//!
//! `SNUG_CRASH_ROUNDS` is how often it is killed under load (12 unless it is set; 100 before a
//! release), and with it how many starts and damaged copies are tried. `SNUG_CRASH_SEED` repeats the
//! dice of a run that failed; what the scheduler does is different each time anyway.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use snug::chat::{
    Body, Chat, Device, Limits, MemberId, NewSession, Nonce, PasswordHash, RoomId, Scope, Seq, Timestamp,
    TokenDigest, Username,
};
use snug::store::{Durability, Store};

use crate::support::{Client, PASSWORD, Process, TempDir, snug, wait_until};

/// Who post at the same time.
const CLIENTS: usize = 16;
/// Messages in the server's memory: older ones come from the file.
const WINDOW: usize = 200;
/// How often something is looked at that is awaited.
pub(crate) const LOOK: Duration = Duration::from_millis(1);

/// How often the server is killed, or as many times `each`.
pub(crate) fn rounds(each: usize) -> usize {
    let rounds = std::env::var("SNUG_CRASH_ROUNDS").map_or(12, |text| text.parse().unwrap());
    rounds * each
}

/// Random numbers whose seed can be repeated.
pub(crate) struct SeededRandom(u64);

impl SeededRandom {
    pub(crate) fn new() -> Self {
        let now = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros().to_string();
        let seed = std::env::var("SNUG_CRASH_SEED").unwrap_or_else(|_| now());
        eprintln!("SNUG_CRASH_SEED={seed}");
        Self(seed.parse().unwrap())
    }

    /// Below `end` (`SplitMix64`).
    pub(crate) fn throw(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// The program on this file.
pub(crate) fn on(file: &Path, flags: &[&str]) -> Command {
    let own =
        ["--listen", "127.0.0.1:0", "--password-memory", "7", "--register-rate", "0", "--post-rate", "0"];
    let mut command = snug(&own);
    command.arg("--data").arg(file).args(flags);
    command
}

/// A message as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PostedMessage {
    pub id: u64,
    pub author: String,
    pub text: String,
}

/// All messages, oldest first, page by page; and whether these are all, or a page could not be read.
pub(crate) fn history(client: &Client) -> (Vec<PostedMessage>, bool) {
    let (mut pages, mut path) = (Vec::new(), "/chat".to_owned());
    loop {
        let answer = client.clone().json().get(&path);
        if answer.status == 503 {
            return (pages.into_iter().rev().flatten().collect(), false);
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = said(&answer.value());
        let Some(first) = page.first() else {
            return (pages.into_iter().rev().flatten().collect(), true);
        };
        path = format!("/chat?before={}", first.id);
        pages.push(page);
    }
}

fn said(room: &serde_json::Value) -> Vec<PostedMessage> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let messages = room["messages"].as_array().unwrap().iter();
    let one = |message: &serde_json::Value| PostedMessage {
        id: message["id"].as_u64().unwrap(),
        author: text(&message["author"]),
        text: text(&message["text"]),
    };
    messages.map(one).collect()
}

/// Somebody who posts, and knows what they were told about it.
pub(crate) struct Writer {
    pub client: Client,
    name: String,
    count: usize,
    pub acknowledged: Vec<PostedMessage>,
    /// What they sent last, if no answer came: the nonce, and the text.
    pending: Option<(String, String)>,
}

impl Writer {
    /// Sends what is pending, or something new; whether there was an answer.
    fn post(&mut self, length: usize) -> bool {
        let (count, name) = (&mut self.count, &self.name);
        let (nonce, text) = self.pending.get_or_insert_with(|| {
            *count += 1;
            let nonce = format!("{name}-{count}");
            let text = format!("{nonce} {}", "x".repeat(length));
            (nonce, text.trim_end().to_owned())
        });
        let Some(answer) = self.client.try_post("/chat", &[("message", text), ("nonce", nonce)]) else {
            return false;
        };
        assert_eq!(answer.status, 201, "{}", answer.body);
        let (id, author) = (answer.value()["id"].as_u64().unwrap(), self.name.clone());
        self.acknowledged.push(PostedMessage { id, author, text: text.clone() });
        self.pending = None;
        true
    }
}

/// All who post.
pub(crate) struct Crowd {
    pub writers: Vec<Writer>,
    /// Somebody who reads and says nothing, and what they saw.
    pub reader: Client,
    seen: Vec<PostedMessage>,
}

impl Crowd {
    pub(crate) fn join(server: &Process) -> Self {
        let member = |name: &str| {
            let mut client = server.visitor();
            let answer = client.register(name, PASSWORD);
            assert_eq!(answer.status, 303, "{}", answer.body);
            client.json()
        };
        let writer = |number| {
            let name = format!("writer{number}");
            Writer { client: member(&name), name, count: 0, acknowledged: Vec::new(), pending: None }
        };
        let writers = (0..CLIENTS).map(writer).collect();
        Self { writers, reader: member("reader"), seen: Vec::new() }
    }

    /// They find the server again after a restart.
    pub(crate) fn find(&mut self, server: &Process) {
        let moved = |client: &mut Client| *client = client.clone().moved_to(server.address);
        self.writers.iter_mut().for_each(|writer| moved(&mut writer.client));
        moved(&mut self.reader);
    }

    /// They post while `meanwhile` takes place, which is given the count of what was acknowledged,
    /// and for as long as the server is there after that.
    pub(crate) fn talk(&mut self, dice: &mut SeededRandom, meanwhile: impl FnOnce(&AtomicUsize)) {
        let (count, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        // Most are short, some need pages of their own in the file.
        let lengths: Vec<usize> = (0..64).map(|_| [8, 60, 400, 3_900][dice.throw(4)]).collect();
        let (reader, seen) = (&self.reader, &mut self.seen);
        thread::scope(|scope| {
            for (number, writer) in self.writers.iter_mut().enumerate() {
                let (count, over, lengths) = (&count, &over, &lengths);
                scope.spawn(move || {
                    for length in lengths.iter().cycle().skip(number) {
                        if over.load(Ordering::Relaxed) || !writer.post(*length) {
                            return;
                        }
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            scope.spawn(|| {
                let after = |seen: &[PostedMessage]| seen.last().map_or(0, |last| last.id);
                while !over.load(Ordering::Relaxed) {
                    let Some(answer) = reader.try_get(&format!("/chat?after={}", after(seen))) else {
                        return;
                    };
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    seen.extend(said(&answer.value()));
                    thread::sleep(LOOK);
                }
            });
            meanwhile(&count);
            over.store(true, Ordering::Relaxed);
        });
    }

    /// That this history has all that was acknowledged or seen, in order and once, and nothing that
    /// nobody sent.
    pub(crate) fn assert_kept(&self, found: &[PostedMessage]) {
        assert!(found.is_sorted_by(|one, next| one.id < next.id), "the ids do not grow");
        let has = |said: &PostedMessage| {
            found.binary_search_by_key(&said.id, |one| one.id).map(|index| &found[index])
        };
        for said in self.writers.iter().flat_map(|writer| &writer.acknowledged).chain(&self.seen) {
            assert_eq!(has(said), Ok(said), "it was acknowledged or seen");
        }
        let mut texts: Vec<&str> = found.iter().map(|said| &*said.text).collect();
        texts.sort_unstable();
        assert!(texts.windows(2).all(|two| two[0] != two[1]), "something appears twice");
        let sent = |writer: &Writer| {
            let own = found.iter().filter(|said| said.author == writer.name);
            let others = own.filter(|said| !writer.acknowledged.contains(said));
            // At most the one message of which they have not heard yet.
            let mut others = others.map(|said| said.text.as_str());
            let first = others.next();
            let pending = writer.pending.as_ref().map(|(_, text)| text.as_str());
            assert!(first.is_none() || (first == pending && others.next().is_none()), "{first:?}");
        };
        self.writers.iter().for_each(sent);
    }

    /// They send again what was not answered, and now it is there once.
    fn send_again(&mut self, found: &[PostedMessage]) {
        for writer in &mut self.writers {
            assert!(writer.client.clone().is_in(), "{} was signed out", writer.name);
            let Some((_, text)) = writer.pending.clone() else { continue };
            assert!(writer.post(0), "no answer from a server that nobody kills");
            let last = writer.acknowledged.last().unwrap();
            if let Some(kept) = found.iter().find(|said| said.text == text) {
                assert_eq!(kept, last, "it was kept before, and now it is another");
            }
        }
    }
}

#[track_caller]
pub(crate) fn assert_calm(log: &str) {
    assert!(!log.contains("panicked") && !log.contains("internal error"), "{log}");
}

#[test]
fn what_was_acknowledged_survives_every_kill_once_and_in_order() {
    let (folder, mut dice) = (TempDir::new(), SeededRandom::new());
    let window = WINDOW.to_string();
    let start = |round: usize| {
        // Both survive the end of the process.
        let durability = ["full", "normal"][round % 2];
        Process::start(on(&folder.data_path(), &["--history", &window, "--durability", durability]))
    };
    let mut server = start(0);
    let mut crowd = Crowd::join(&server);
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
        let mut child = on(&folder.data_path(), &[]).stdout(std::process::Stdio::null()).spawn().unwrap();
        // It makes its file within this time.
        thread::sleep(Duration::from_micros(dice.throw(20_000) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let server = Process::start(on(&folder.data_path(), &[]));
        let mut ann = server.visitor();
        assert_eq!(ann.register("ann", PASSWORD).status, 303);
        assert_eq!(ann.say("here we are").status, 303);
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
    change.execute_batch(include_str!("../../src/store/v1.sql")).unwrap();
    change.pragma_update(None, "application_id", i32::from_be_bytes(*b"snug")).unwrap();
    change.pragma_update(None, "user_version", 1).unwrap();
    let head = fs::read(&journal).unwrap();
    change.commit().unwrap();
    drop(connection);
    fs::write(&journal, head).unwrap();

    let server = Process::start(on(&file, &[]));
    let mut ann = server.visitor();
    assert_eq!(ann.register("ann", PASSWORD).status, 303);
    assert_eq!(ann.say("here we are").status, 303);
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
            let id =
                chat.post(member, RoomId::SHARED, body.clone(), Some(nonce.clone()), Timestamp(now)).unwrap();
            assert_eq!(
                chat.post(member, RoomId::SHARED, body, Some(nonce), Timestamp(now - DAY)).unwrap(),
                id
            );
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
    let server = Process::start(on(&folder.data_path(), &["--history", "3"]));
    let mut bob = server.visitor();
    assert_eq!(bob.register("bob", PASSWORD).status, 303);
    assert_eq!(bob.say("now").status, 303);
    let texts: Vec<String> = expected.into_iter().map(|(_, _, text)| text).chain(["now".into()]).collect();
    assert_eq!(history(&bob).0.into_iter().map(|said| said.text).collect::<Vec<_>>(), texts);
    assert_eq!(bob.get("/chat").status, 200);
    let check = snug(&["check", "--data", &folder.data()]).output().unwrap();
    assert!(check.status.success(), "{check:?}");
}

#[test]
fn nobody_else_may_read_the_files_whatever_the_umask() {
    let folder = TempDir::new();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(env!("CARGO_BIN_EXE_snug"));
    command.args(on(&folder.data_path(), &[]).get_args());
    let server = Process::start(command);
    let mut ann = server.visitor();
    assert_eq!(ann.register("ann", PASSWORD).status, 303);
    assert_eq!(ann.say("between us").status, 303);
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
