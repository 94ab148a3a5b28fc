//! What it costs to keep a chat in a file: a long history beside an empty one, and posts beside
//! what SQLite itself does on the same disk.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use snug::chat::{
    Body, Device, Event, Files, Log, MemberId, Mentions, PasswordHash, Record, RoomId, Seq, Timestamp,
    Username,
};
use snug::secrets::SecretToken;
use snug::store::{Durability, Store};

use crate::load::{Client, Pace, Process, answers, get, median, percentile, register};
use crate::temp_dir::TempDir;

const MEMBERS: u64 = 100;
/// As many as a page shows.
const PAGE: u64 = 50;
const LONG: u64 = 1_000_000;
/// Messages that memory may hold, and some more.
const RECENT: u64 = 20_000;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);

/// A directory on a real disk: in `SNUG_BENCH_DIR`, or else where Cargo puts what it builds.
pub(crate) fn real_disk() -> TempDir {
    let within = std::env::var_os("SNUG_BENCH_DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let folder = TempDir::within(Path::new(&within));
    let kind = file_system(folder.path());
    assert_ne!(kind, "tmpfs", "SNUG_BENCH_DIR takes a folder on a real disk");
    let syncs = sync_times(folder.path());
    let us = |percent| percentile(&syncs, percent).as_micros();
    println!(
        "in {} ({kind}): 4 KiB more and a sync take {} us (p50), {} us (p99)",
        folder.path().display(),
        us(50),
        us(99)
    );
    folder
}

/// What the mounted file system is called (Linux).
fn file_system(path: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let fields = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let holds = fields.filter(|fields| path.starts_with(fields[1]));
    // Of two at the same place the later one counts.
    holds.max_by_key(|fields| fields[1].len()).map_or("?".into(), |fields| fields[2].into())
}

fn sync_times(path: &Path) -> Vec<Duration> {
    let mut file = File::create(path.join("sync")).unwrap();
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            file.write_all(&[1; 4096]).unwrap();
            let start = Instant::now();
            file.sync_data().unwrap();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}

/// A chat's file, and the cookies of its members, who are all signed in.
pub(crate) struct Chat {
    path: PathBuf,
    cookies: Vec<String>,
}

impl Chat {
    pub(crate) fn new(folder: &TempDir, name: &str, messages: u64) -> Self {
        Self::with(folder, name, [messages, 0], text)
    }

    /// With as many messages more, each of which says "secret", in the second member's notes.
    pub(crate) fn with_hidden(folder: &TempDir, name: &str, messages: u64, hidden: u64) -> Self {
        Self::with(folder, name, [messages, hidden], text)
    }

    /// With messages that say this.
    pub(crate) fn saying(folder: &TempDir, name: &str, messages: u64, text: impl Fn(u64) -> String) -> Self {
        Self::with(folder, name, [messages, 0], text)
    }

    fn with(
        folder: &TempDir,
        name: &str,
        [messages, hidden]: [u64; 2],
        text: impl Fn(u64) -> String,
    ) -> Self {
        let path = folder.path().join(name);
        let tokens: Vec<SecretToken> = (0..MEMBERS).map(|_| SecretToken::draw()).collect();
        let member = |number: u64| MemberId(Seq(1 + number % MEMBERS));
        let registered = (1..=MEMBERS).map(|number| Event::Registered {
            owner: number == 1,
            name: Username::parse(&format!("member{number}")).unwrap(),
            password: PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$bm9ib2R5".into()),
        });
        let posted = (0..messages).map(|number| Event::Posted {
            author: member(number),
            room: RoomId::SHARED,
            body: Body::parse(&text(number)).unwrap(),
            mentions: Mentions::default(),
            files: Files::default(),
            nonce: None,
            group: None,
            quote: None,
            amendments: snug::chat::Amendments::default(),
        });
        let notes = Seq(MEMBERS + messages + 1);
        let owner = member(1);
        let hidden_events = (0..hidden).map(|number| match number {
            0 => Event::PairOpened { by: Some(owner), one: owner, other: owner },
            _ => Event::Posted {
                author: owner,
                room: RoomId(notes),
                body: Body::parse(&format!("a secret that is hidden, number {number}")).unwrap(),
                mentions: Mentions::default(),
                files: Files::default(),
                nonce: None,
                group: None,
                quote: None,
                amendments: snug::chat::Amendments::default(),
            },
        });
        let opened = (0..).zip(&tokens);
        let opened = opened.map(|(number, token)| Event::SessionOpened {
            member: member(number),
            digest: token.digest(),
            device: Device::default(),
        });
        let newest = Seq(MEMBERS + messages + hidden + MEMBERS);
        let now = Timestamp::now().0;
        // One a minute, up to now.
        let at = |seq: Seq| Timestamp(now - i64::try_from(newest.0 - seq.0).unwrap() * 60_000);
        let events = registered.chain(posted).chain(hidden_events).chain(opened);
        let mut records = (1..).map(Seq).zip(events).map(|(seq, event)| Record { seq, at: at(seq), event });
        let mut store = Store::open(&path, Durability::Full).unwrap();
        store.import(|| Ok(records.next().ok_or(newest))).unwrap();
        let id = store.identity().unwrap().unwrap().id;
        let cookie = |token: &SecretToken| format!("snug-{}={}", id.as_str(), token.as_str());
        let cookies = tokens.iter().map(cookie).collect();
        Self { path, cookies }
    }

    pub(crate) fn serve(&self, flags: &[&str]) -> Process {
        Process::snug(&[&["--data", self.path.to_str().unwrap()], flags].concat())
    }

    /// Bytes of the file, and of the index of words in it.
    pub(crate) fn sizes(&self) -> [u64; 2] {
        let file = Connection::open(&self.path).unwrap();
        let sql = "SELECT sum(octet_length(block)) FROM words_data";
        let index: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
        [fs::metadata(&self.path).unwrap().len(), index.unsigned_abs()]
    }

    /// How long snug takes to be open where it has to write the index anew.
    pub(crate) fn index_time(&self) -> Duration {
        let file = Connection::open(&self.path).unwrap();
        file.execute("UPDATE numbering SET words_form = 0", []).unwrap();
        drop(file);
        let start = Instant::now();
        let _snug = self.serve(&[]);
        start.elapsed()
    }

    /// A member's request for a page.
    pub(crate) fn get(&self, address: SocketAddr, path: &str) -> Vec<u8> {
        get(address, path, &format!("Cookie: {}\r\n", self.cookies[0]))
    }
}

/// About 80 characters.
fn text(number: u64) -> String {
    format!("message {number} says that dinner is at eight, and that whoever comes brings some bread")
}

/// Numbers from all over the older part of a long history, in no order.
fn somewhere(number: usize) -> u64 {
    const STRIDE: u64 = 7_368_787; // a prime
    let count = LONG - RECENT - PAGE;
    MEMBERS + PAGE + (number as u64).wrapping_mul(STRIDE) % count
}

/// What some rounds gave: the middle one, and the least and the greatest.
#[derive(Clone)]
struct Rounds(Vec<f64>);

impl Rounds {
    fn middle(&self) -> f64 {
        median(self.0.clone())
    }

    /// Round by round.
    fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect())
    }

    fn minus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one - other).collect())
    }
}

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} ({least:.digits$}-{greatest:.digits$})", self.middle())
    }
}

/// Starting, memory and pages of a chat with a long history, beside those of an empty one.
pub(crate) fn a_long_history() {
    let folder = real_disk();
    let start = Instant::now();
    let long = Chat::new(&folder, "long.db", LONG);
    let size = fs::metadata(&long.path).unwrap().len() / 1024 / 1024;
    println!(
        "a file with {LONG} messages, made in {:.0} s, {size} MiB; {ROUNDS} rounds in turn: median (range)",
        start.elapsed().as_secs_f64()
    );
    let empty = Chat::new(&folder, "empty.db", 0);
    start_and_memory(&empty, &long);
    let page = Chat::new(&folder, "page.db", PAGE);
    for clients in [1, 4] {
        latency(&empty, &page, &long, clients);
    }
}

fn start_and_memory(empty: &Chat, long: &Chat) {
    let mut figures = [[vec![], vec![], vec![]], [vec![], vec![], vec![]]];
    for _ in 0..ROUNDS {
        for (chat, [starts, fresh, read]) in [empty, long].into_iter().zip(&mut figures) {
            let start = Instant::now();
            let snug = chat.serve(&[]);
            let mut client = Client::new(snug.address, true);
            let newest = chat.get(snug.address, "/chat");
            client.ask(&newest);
            starts.push(start.elapsed().as_secs_f64() * 1e3);
            (0..20).for_each(|_| client.ask(&newest));
            fresh.push(snug.resident() as f64 / 1024.0 / 1024.0);
            for number in 0..200 {
                let path = format!("/chat?before={}", somewhere(number));
                client.ask(&chat.get(snug.address, &path));
            }
            read.push(snug.resident() as f64 / 1024.0 / 1024.0);
        }
    }
    let [empty, long] = figures.map(|figures| figures.map(Rounds));
    println!(
        "  start to first page  long {:.0} ms   empty {:.0} ms (aim: long below 2000)",
        long[0], empty[0]
    );
    for (name, index) in [("after first pages", 1), ("after 200 old pages", 2)] {
        println!(
            "  memory, {name:<20} long {:.1} MiB   empty {:.1} MiB   difference {:.1} (aim: 8)",
            long[index],
            empty[index],
            long[index].minus(&empty[index])
        );
    }
}

/// The newest page of three chats, and old pages of the long one.
fn latency(empty: &Chat, page: &Chat, long: &Chat, clients: usize) {
    let serve = |chat: &Chat| chat.serve(&[]);
    let (empty_snug, page_snug, long_snug) = (serve(empty), serve(page), serve(long));
    let newest = |chat: &Chat, snug: &Process| {
        let request = chat.get(snug.address, "/chat");
        answers(snug.address, clients, true, ROUND, |_, _| request.clone())
    };
    let mut rounds: [Vec<Pace>; 4] = Default::default();
    for round in 0..ROUNDS {
        let old = |client: usize, number: usize| {
            let number = number + (round * clients + client) * 10_000;
            long.get(long_snug.address, &format!("/chat?before={}", somewhere(number)))
        };
        rounds[0].push(newest(empty, &empty_snug));
        rounds[1].push(newest(page, &page_snug));
        rounds[2].push(newest(long, &long_snug));
        rounds[3].push(answers(long_snug.address, clients, true, ROUND, old));
    }
    let ms =
        |percent| rounds.each_ref().map(|paces| Rounds(paces.iter().map(|pace| pace.ms(percent)).collect()));
    let (p50, p99) = (ms(50), ms(99));
    println!(
        "  pages, {clients} signed in over kept connections: ms, and beside the newest of {PAGE} messages \
         (aim for the newest of the long one: p99 below x1.5)"
    );
    let names =
        ["newest, no messages", "newest of 50 messages", "newest of a million", "old ones of a million"];
    for (index, name) in names.into_iter().enumerate() {
        println!(
            "    {name:<21} p50 {:.2} x{:.2}   p99 {:.2} x{:.2}",
            p50[index],
            p50[index].over(&p50[1]).middle(),
            p99[index],
            p99[index].over(&p99[1])
        );
    }
}

/// One way of keeping messages.
enum Way {
    /// The real program, and who posts.
    Snug { process: Process, cookies: Vec<String>, clients: usize },
    /// SQLite alone, with so many messages in each commit.
    Bare { connection: Connection, batch: usize, next: i64 },
}

impl Way {
    fn snug(chat: &Chat, durability: &str, clients: usize) -> Self {
        let process = chat.serve(&["--post-rate", "0", "--durability", durability]);
        Self::Snug { process, cookies: chat.cookies.clone(), clients }
    }

    /// The same without a file: what HTTP and the rest allow.
    fn in_memory(clients: usize) -> Self {
        let process = Process::snug(&["--post-rate", "0"]);
        let cookies = (0..clients).map(|number| register(process.address, &format!("member{number}")));
        Self::Snug { cookies: cookies.collect(), process, clients }
    }

    /// The same table as snug's, and nothing else.
    fn bare(folder: &TempDir, synchronous: &str, batch: usize) -> Self {
        let connection =
            Connection::open(folder.path().join(format!("bare-{synchronous}-{batch}.db"))).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.pragma_update(None, "synchronous", synchronous).unwrap();
        let table = "CREATE TABLE messages (id INTEGER PRIMARY KEY, posted_at INTEGER NOT NULL,
            author INTEGER NOT NULL, text TEXT NOT NULL, nonce TEXT) STRICT";
        connection.execute_batch(table).unwrap();
        Self::Bare { connection, batch, next: 1 }
    }

    /// Messages a second, over a round.
    fn rate(&mut self) -> f64 {
        match self {
            Self::Snug { process, cookies, clients } => {
                let address = process.address;
                let post = |client: usize, number: usize| {
                    let body = format!("message={}", text(number as u64).replace(' ', "+"));
                    let (cookie, length) = (&cookies[client], body.len());
                    format!(
                        "POST /chat HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\
                         Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                         Content-Length: {length}\r\n\r\n{body}"
                    )
                    .into_bytes()
                };
                answers(address, *clients, true, ROUND, post).per_second
            }
            Self::Bare { connection, batch, next } => {
                let (start, first) = (Instant::now(), *next);
                while start.elapsed() < ROUND {
                    let change = connection.transaction().unwrap();
                    for _ in 0..*batch {
                        let sql = "INSERT INTO messages VALUES (?1, ?2, ?3, ?4, NULL)";
                        let mut insert = change.prepare_cached(sql).unwrap();
                        insert
                            .execute((*next, Timestamp::now().0, *next % 100, text(next.unsigned_abs())))
                            .unwrap();
                        *next += 1;
                    }
                    change.commit().unwrap();
                }
                (*next - first) as f64 / start.elapsed().as_secs_f64()
            }
        }
    }
}

/// Posts a second, beside those of a chat without a file and the bare rate of SQLite on the same disk.
pub(crate) fn posts() {
    const MANY: usize = 16;
    let folder = real_disk();
    println!("messages a second, {ROUNDS} rounds in turn: median (range)");
    for durability in ["full", "normal"] {
        let chat = |name: &str| Chat::new(&folder, &format!("{durability}-{name}.db"), 0);
        let mut ways = [
            Way::snug(&chat("one"), durability, 1),
            Way::snug(&chat("many"), durability, MANY),
            Way::in_memory(1),
            Way::in_memory(MANY),
            Way::bare(&folder, durability, 1),
            Way::bare(&folder, durability, MANY),
        ];
        let mut rates: [Vec<f64>; 6] = Default::default();
        for _ in 0..ROUNDS {
            for (way, rates) in ways.iter_mut().zip(&mut rates) {
                rates.push(way.rate());
            }
        }
        let [one, many, memory_one, memory_many, bare, batches] = rates.map(Rounds);
        let aim = if durability == "full" { " (aim: 4)" } else { "" };
        println!(
            "  {durability:<7} 1 client {one:.0}   {MANY} clients {many:.0}   ratio {:.2}{aim}",
            many.over(&one)
        );
        println!(
            "    in memory    1 client {memory_one:.0}   {MANY} clients {memory_many:.0}   ratio {:.2}",
            memory_many.over(&memory_one)
        );
        println!("    SQLite alone 1 a commit {bare:.0}   {MANY} a commit {batches:.0}");
        println!(
            "    of SQLite alone: 1 client {:.2}   {MANY} clients {:.2}; {MANY} clients beside 1 a commit {:.2}",
            one.over(&bare),
            many.over(&batches),
            many.over(&bare)
        );
    }
}
