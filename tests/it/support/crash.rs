//! A crowd that posts to a server which is killed meanwhile, and what has to be there afterwards.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use super::{Client, PASSWORD, Process, Response, snug};

/// Who post at the same time.
pub(crate) const CLIENTS: usize = 16;
/// How often something is looked at that is awaited.
pub(crate) const CRASH_LOOK: Duration = Duration::from_millis(1);

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
pub(crate) fn serve_command(file: &Path, flags: &[&str]) -> Command {
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

pub(crate) fn said(room: &serde_json::Value) -> Vec<PostedMessage> {
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
    pub(crate) fn post(&mut self, length: usize) -> bool {
        let Some(answer) = self.attempt(length) else { return false };
        assert_eq!(answer.status, 201, "{}", answer.body);
        true
    }

    /// The same; the answer, which may be that it is not taken now.
    pub(crate) fn attempt(&mut self, length: usize) -> Option<Response> {
        let (count, name) = (&mut self.count, &self.name);
        let (nonce, text) = self.pending.get_or_insert_with(|| {
            *count += 1;
            let nonce = format!("{name}-{count}");
            let text = format!("{nonce} {}", "x".repeat(length));
            (nonce, text.trim_end().to_owned())
        });
        let answer = self.client.try_post("/chat", &[("message", text), ("nonce", nonce)])?;
        if answer.status != 201 {
            return Some(answer);
        }
        let (id, author) = (answer.value()["id"].as_u64().unwrap(), self.name.clone());
        self.acknowledged.push(PostedMessage { id, author, text: text.clone() });
        self.pending = None;
        Some(answer)
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
    pub(crate) fn join(server: SocketAddr) -> Self {
        let member = |name: &str| {
            let mut client = Client::at(server);
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
                    thread::sleep(CRASH_LOOK);
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
    pub(crate) fn send_again(&mut self, found: &[PostedMessage]) {
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
