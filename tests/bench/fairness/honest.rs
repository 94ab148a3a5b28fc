//! An honest member and what they do all day, measured.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Client, Origin, PASSWORD, PATIENCE, read_some};
use crate::load::percentile;

/// Accounts that sign in, in turn: each may do so 30 times at once, and then ten times a minute.
const ACCOUNTS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// GET `/chat`.
    Page,
    /// A page of older messages.
    Older,
    /// POST `/chat`.
    Post,
    /// From a post to its arrival on a stream that is held all the time.
    Live,
    /// Opens a stream and receives a message of one's own on it.
    Open,
    SignIn,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] =
        [Self::Page, Self::Older, Self::Post, Self::Live, Self::Open, Self::SignIn];

    /// How often a second; together 12 posts, as the rates let them do for long enough.
    fn rate(self) -> f64 {
        match self {
            Self::Page => 20.0,
            Self::Older => 6.0,
            Self::Post | Self::Live => 8.0,
            Self::Open => 4.0,
            Self::SignIn => 2.0,
        }
    }
}

/// What became of all that was done in one kind.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) times: Vec<Duration>,
    /// By what was answered instead.
    pub(crate) failed: BTreeMap<String, usize>,
}

impl Tally {
    pub(crate) fn asked(&self) -> usize {
        self.times.len() + self.failed.values().sum::<usize>()
    }

    /// In milliseconds; nothing where nothing was served.
    pub(crate) fn ms(&self, percent: usize) -> Option<f64> {
        (!self.times.is_empty()).then(|| percentile(&self.times, percent).as_secs_f64() * 1e3)
    }

    fn add(&mut self, begun: Instant, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.times.push(begun.elapsed()),
            Err(why) => *self.failed.entry(why).or_default() += 1,
        }
    }
}

pub(crate) type Figures = BTreeMap<Kind, Tally>;

/// See the module's text.
pub(crate) struct Honest {
    name: &'static str,
    member: Client,
    /// Where older pages are asked for.
    before: u64,
}

impl Honest {
    pub(crate) fn register(origin: Origin, name: &'static str, code: &str) -> io::Result<Self> {
        let member = Client::register(origin, name, code)?;
        for number in 0..ACCOUNTS {
            Client::register(origin, &format!("{name}{number}"), "")?;
        }
        Ok(Self { name, member, before: 0 })
    }

    /// The member, on a connection of their own.
    pub(crate) fn member(&self) -> Client {
        self.member.another()
    }

    pub(crate) fn reads_before(&mut self, id: u64) {
        self.before = id;
    }

    /// Does all of it for a while.
    pub(crate) fn spends(&self, time: Duration) -> Figures {
        let run = Run::new(self, time);
        let mut figures = Figures::new();
        std::thread::scope(|scope| {
            let run = &run;
            let held = scope.spawn(move || run.hold());
            // What is posted before that stream begins cannot arrive on it.
            run.await_stream();
            let workers = [Kind::Page, Kind::Older, Kind::Post, Kind::Open, Kind::SignIn]
                .map(|kind| (kind, scope.spawn(move || run.repeat(kind))));
            for (kind, worker) in workers {
                figures.insert(kind, worker.join().unwrap());
            }
            // What was posted last may still arrive.
            run.await_arrivals();
            run.over.store(true, Ordering::Relaxed);
            figures.insert(Kind::Live, held.join().unwrap());
        });
        for tally in figures.values_mut() {
            tally.times.sort_unstable();
        }
        figures
    }
}

struct Run<'a> {
    honest: &'a Honest,
    end: Instant,
    over: AtomicBool,
    watching: AtomicBool,
    /// What was posted and has not arrived, by its number.
    under_way: Mutex<HashMap<u64, Instant>>,
    next: AtomicU64,
}

impl<'a> Run<'a> {
    fn new(honest: &'a Honest, time: Duration) -> Self {
        let end = Instant::now() + time;
        let (over, watching) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { honest, end, over, watching, under_way: Mutex::default(), next: AtomicU64::new(1) }
    }

    fn repeat(&self, kind: Kind) -> Tally {
        favour_this_thread();
        let interval = Duration::from_secs_f64(1.0 / kind.rate());
        let (mut client, mut tally) = (self.honest.member(), Tally::default());
        let mut due = Instant::now();
        let mut number = 0;
        while Instant::now() < self.end {
            let begun = Instant::now();
            let outcome = match kind {
                Kind::Page => served(client.get("/chat"), 200),
                Kind::Older => served(client.get(&format!("/chat?before={}", self.honest.before)), 200),
                Kind::Post | Kind::Live => self.post(&mut client),
                Kind::Open => self.open(&mut client),
                Kind::SignIn => self.sign_in(number),
            };
            tally.add(begun, outcome);
            number += 1;
            due = (due + interval).max(Instant::now());
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        tally
    }

    /// A text of one's own that is told from all others.
    fn text(&self) -> (u64, String) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number, format!("{}~{number}~", self.honest.name))
    }

    fn post(&self, client: &mut Client) -> Result<(), String> {
        let (number, text) = self.text();
        self.under_way.lock().unwrap().insert(number, Instant::now());
        let outcome = served(client.post_json("/chat", &[("message", &text)]), 201);
        if outcome.is_err() {
            self.under_way.lock().unwrap().remove(&number);
        }
        outcome
    }

    fn open(&self, client: &mut Client) -> Result<(), String> {
        let mut stream = self.honest.member.origin.connect(None).map_err(|error| error.to_string())?;
        let request = self.honest.member.request("GET", "/events", "");
        stream.write_all(&request).map_err(|error| error.to_string())?;
        let mut heard = Vec::new();
        hear_until(&mut stream, &mut heard, b"\r\n\r\n")?;
        if !heard.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(&heard).split(' ').nth(1).unwrap_or("?").into());
        }
        let (_, text) = self.text();
        served(client.post_json("/chat", &[("message", &text)]), 201)?;
        hear_until(&mut stream, &mut heard, text.as_bytes())
    }

    fn sign_in(&self, number: usize) -> Result<(), String> {
        let account = format!("{}{}", self.honest.name, number % ACCOUNTS);
        let mut client = Client::at(self.honest.member.origin);
        client.sign("/login", &account, PASSWORD, "").map(drop).map_err(why)
    }

    /// Watches a stream all the time, and comes back as a browser does where it ends.
    fn hold(&self) -> Tally {
        favour_this_thread();
        let (mut tally, mut last) = (Tally::default(), None);
        while !self.over.load(Ordering::Relaxed) {
            let begun = Instant::now();
            if let Err(why) = self.watch(&mut tally, &mut last) {
                tally.add(begun, Err(why));
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        let missing = self.under_way.lock().unwrap().len();
        if missing > 0 {
            *tally.failed.entry("lost".into()).or_default() += missing;
        }
        tally
    }

    fn watch(&self, tally: &mut Tally, last: &mut Option<u64>) -> Result<(), String> {
        let mut stream = self.honest.member.origin.connect(None).map_err(|error| error.to_string())?;
        let from = last.map_or_else(String::new, |last| format!("Last-Event-ID: {last}\r\n"));
        let request = self.honest.member.request("GET", "/events", &from);
        stream.write_all(&request).map_err(|error| error.to_string())?;
        let mut heard = Vec::new();
        hear_until(&mut stream, &mut heard, b"\r\n\r\n")?;
        if !heard.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(&heard).split(' ').nth(1).unwrap_or("?").into());
        }
        self.watching.store(true, Ordering::Relaxed);
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            while let Some(end) = heard.windows(2).position(|two| two == b"\n\n") {
                self.note(tally, last, &String::from_utf8_lossy(&heard[..end]));
                heard.drain(..end + 2);
            }
            if self.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            match read_some(&mut stream, &mut buffer) {
                Ok(0) => return Err("cut off".into()),
                Ok(count) => heard.extend_from_slice(&buffer[..count]),
                Err(error) if crate::client::is_timeout(&error) => {}
                Err(_) => return Err("cut off".into()),
            }
        }
    }

    fn note(&self, tally: &mut Tally, last: &mut Option<u64>, event: &str) {
        let id = event.lines().find_map(|line| line.strip_prefix("id: ")).and_then(|id| id.parse().ok());
        *last = id.or(*last);
        let mark = format!("\"{}~", self.honest.name);
        let Some((_, rest)) = event.split_once(&mark) else { return };
        let number = rest.split('~').next().and_then(|number| number.parse().ok());
        let posted = number.and_then(|number: u64| self.under_way.lock().unwrap().remove(&number));
        if let Some(posted) = posted {
            tally.add(posted, Ok(()));
        }
    }

    fn await_stream(&self) {
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self.watching.load(Ordering::Relaxed) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn await_arrivals(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.under_way.lock().unwrap().is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn served(answer: io::Result<crate::client::Answer>, status: u16) -> Result<(), String> {
    match answer {
        Ok(answer) if answer.status == status => Ok(()),
        Ok(answer) => Err(answer.status.to_string()),
        Err(error) => Err(why(error)),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn why(error: io::Error) -> String {
    if crate::client::is_timeout(&error) { "no answer in time".into() } else { error.to_string() }
}

fn hear_until(stream: &mut TcpStream, heard: &mut Vec<u8>, end: &[u8]) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 16 * 1024];
    while !heard.windows(end.len()).any(|window| window == end) {
        let read = read_some(stream, &mut buffer).map_err(why)?;
        if read == 0 {
            return Err("cut off".into());
        }
        if Instant::now() > deadline {
            return Err("no answer in time".into());
        }
        heard.extend_from_slice(&buffer[..read]);
    }
    Ok(())
}

/// Honest clients are on other machines, so waiting for a processor here is no part of what they wait for.
/// Where that is not allowed they wait like all others.
fn favour_this_thread() {
    let Ok(thread) = std::fs::read_link("/proc/thread-self") else { return };
    let Some(id) = thread.file_name() else { return };
    let mut command = std::process::Command::new("renice");
    let quiet = std::process::Stdio::null;
    let _ = command.args(["-n", "-20", "-p"]).arg(id).stdout(quiet()).stderr(quiet()).status();
}
