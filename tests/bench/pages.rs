//! What a page costs beside the cheapest answer of the same server, and what all of it weighs: each line beside its aim.

mod people;
mod weight;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::load::{Pace, Process, answers, get, median};
use crate::temp_dir::TempDir;
use people::{People, text};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(1);
const CLIENTS: usize = 16;
/// From one message of whoever writes meanwhile to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// What browsers send over plain http, and where the connection is secure.
const PLAIN: &str = "gzip, deflate";
const SECURE: &str = "gzip, deflate, br, zstd";

/// What a figure has to be.
#[derive(Clone, Copy)]
enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// Shown beside the others.
    None,
}

/// The lines so far.
#[derive(Default)]
struct Table {
    missed: usize,
}

impl Table {
    fn line(&mut self, name: &str, figure: f64, aim: Aim, details: &str) {
        let (met, aim) = match aim {
            Aim::AtLeast(least) => (figure >= least, format!("at least {least:<5}")),
            Aim::AtMost(most) => (figure <= most, format!("at most  {most:<5}")),
            Aim::None => (true, String::new()),
        };
        self.missed += usize::from(!met);
        let verdict = if aim.is_empty() { "" } else { ["missed", "met"][usize::from(met)] };
        println!("  {name:<44} {figure:>6.2}  {aim:<14} {verdict:<6}  {details}");
    }

    /// How fast one side answers, as a part of how fast the other one does, in turn.
    fn ratio(&mut self, name: &str, aim: Aim, one: &Side, other: &Side) {
        let (mut ratios, mut ones, mut others) = (vec![], Tally::default(), Tally::default());
        for _ in 0..ROUNDS {
            ratios.push(ones.round(one) / others.round(other));
        }
        let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
        let details = format!("({}) {ones} beside {others}", each.join(" "));
        self.line(name, median(ratios), aim, &details);
    }
}

/// Clients that ask one server for one thing.
struct Side<'a> {
    process: &'a Process,
    clients: usize,
    keep: bool,
    /// By the client's number and how often it has asked.
    request: Box<dyn Fn(usize, usize) -> Vec<u8> + Sync + 'a>,
}

impl<'a> Side<'a> {
    fn healthz(process: &'a Process, clients: usize, keep: bool) -> Self {
        let request = get(process.address, "/healthz", closing(keep));
        Self { process, clients, keep, request: Box::new(move |_, _| request.clone()) }
    }

    /// Every member looks at this page.
    fn page(people: &'a People, path: &str, keep: bool, encodings: &str) -> Self {
        let requests: Vec<Vec<u8>> = people
            .members
            .iter()
            .map(|member| page_request(member, path, encodings, closing(keep)))
            .collect();
        let request = move |client: usize, _| requests[client % requests.len()].clone();
        Self { process: &people.process, clients: CLIENTS, keep, request: Box::new(request) }
    }

    /// Each client is a member, who writes to the shared room.
    fn posts(people: &'a People, clients: usize) -> Self {
        let request = |client: usize, number| {
            let body = format!("message={}", text(number).replace(' ', "+"));
            people.members[client].form("/chat", "Accept: application/json\r\n", &body)
        };
        Self { process: &people.process, clients, keep: true, request: Box::new(request) }
    }

    fn load(&self) -> Pace {
        answers(self.process.address, self.clients, self.keep, ROUND, &self.request)
    }
}

fn closing(keep: bool) -> &'static str {
    if keep { "" } else { "Connection: close\r\n" }
}

/// A browser's request for a page. `extra`: whole lines.
fn page_request(member: &Client, path: &str, encodings: &str, extra: &str) -> Vec<u8> {
    let accepted =
        if encodings.is_empty() { String::new() } else { format!("Accept-Encoding: {encodings}\r\n") };
    member.request("GET", path, &format!("Accept: text/html,*/*;q=0.8\r\n{accepted}{extra}"))
}

/// The rounds of one side.
#[derive(Default)]
struct Tally {
    rates: Vec<f64>,
    answers: usize,
    cpu: Duration,
}

impl Tally {
    /// Answers a second.
    fn round(&mut self, side: &Side) -> f64 {
        let before = side.process.cpu();
        let pace = side.load();
        self.cpu += side.process.cpu().saturating_sub(before);
        self.answers += pace.count();
        self.rates.push(pace.per_second);
        pace.per_second
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        let each = self.cpu.as_secs_f64() * 1e6 / self.answers as f64;
        write!(to, "{:.0}/s (CPU {each:.0} us)", median(self.rates.clone()))
    }
}

/// Prints the table; gives whether every aim was met.
pub(crate) fn table() -> bool {
    let start = Instant::now();
    println!(
        "ratios of answers a second, {ROUNDS} rounds in turn: median (and each round), the server's processor time \
         for an answer; KB and MB are 1,000 and 1,000,000 bytes"
    );
    let mut table = Table::default();
    rooms(&mut table);
    bare(&mut table);
    posts(&mut table);
    weight::program(&mut table);
    weight::many_rooms(&mut table);
    println!("  {} missed; it took {:.0} s", table.missed, start.elapsed().as_secs_f64());
    table.missed == 0
}

/// A room that several members look at.
fn rooms(table: &mut Table) {
    const MEMBERS: usize = 4;
    let people = People::register(MEMBERS, &[]);
    people.fill("/chat");
    let other = people.open_room("Other");
    people.fill(&other);
    let healthz = |keep| Side::healthz(&people.process, CLIENTS, keep);
    let page = |path, keep, encodings| Side::page(&people, path, keep, encodings);
    for (name, keep) in [("kept connections", true), ("a connection each", false)] {
        let name = format!("room page / healthz, {name}");
        table.ratio(&name, Aim::AtLeast(0.7), &page("/chat", keep, PLAIN), &healthz(keep));
    }
    table.ratio("  the same, kept, nothing compressed", Aim::None, &page("/chat", true, ""), &healthz(true));
    // Its readers have not read what is new: by this address they see the newest all the same.
    let newest = page("/chat?latest=1", true, PLAIN);
    while_one_posts(&people, || {
        table.ratio(
            "room page / healthz, beside 10 posts a second",
            Aim::AtLeast(0.6),
            &newest,
            &healthz(true),
        );
    });
    weight::of_pages(table, &people, &other);
}

fn while_one_posts(people: &People, work: impl FnOnce()) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = people.members[0].another();
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                people::post(&mut writer, "/chat", &[("message", &text(number))]);
                thread::sleep(PAUSE);
            }
        });
        work();
        over.store(true, Ordering::Relaxed);
    });
}

/// The cheapest answer, beside that of `tiny_http` alone.
fn bare(table: &mut Table) {
    let (snug, bare) = (Process::snug(&[]), Process::bare());
    let [snug, bare] = [&snug, &bare].map(|process| Side::healthz(process, CLIENTS, true));
    table.ratio("healthz / that of bare tiny_http", Aim::AtLeast(0.85), &snug, &bare);
}

/// Messages to the shared room, in memory and in a file.
fn posts(table: &mut Table) {
    let folder = TempDir::new();
    let file = folder.path().join("chat.db");
    let with_file = ["--data", file.to_str().unwrap()];
    let ways = [("in memory", &[][..], Aim::AtLeast(0.6)), ("with a file", &with_file, Aim::None)];
    for (way, flags, aim) in ways {
        if cfg!(not(feature = "sqlite")) && !flags.is_empty() {
            continue;
        }
        let people = People::register(CLIENTS, flags);
        for clients in [1, CLIENTS] {
            let name = format!("post / healthz, {way}, {clients} at once");
            let healthz = Side::healthz(&people.process, clients, true);
            table.ratio(&name, aim, &Side::posts(&people, clients), &healthz);
        }
    }
}
