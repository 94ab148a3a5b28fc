//! What the door costs, and what it is good for.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::load::{Client, Process, answers, connect, get, median, pages};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
const CLIENTS: usize = 16;

/// Answers through the door, beside the same answers from `tiny_http` alone, in turn: of those that are a few bytes, and of pages.
pub(crate) fn against_bare() {
    println!(
        "answers, {CLIENTS} clients, {ROUNDS} rounds in turn: median (and the ratio door / bare, each round), processor time each"
    );
    for path in ["/healthz", "/login"] {
        for (keep, name) in [(true, "kept connections"), (false, "a connection each")] {
            let (snug, bare) = (Process::snug(&[]), Process::bare());
            let (mut with, mut without, mut ratios) = (Rounds::default(), Rounds::default(), vec![]);
            for _ in 0..ROUNDS {
                let (door, alone) = (with.round(&snug, path, keep), without.round(&bare, path, keep));
                ratios.push(door / alone);
            }
            let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
            println!(
                "  {path:<8} {name:<18} door {}   bare {}   ratio {:.2} ({})",
                with.told(),
                without.told(),
                median(ratios),
                each.join(" "),
            );
        }
    }
}

/// What was measured of one server.
#[derive(Default)]
struct Rounds {
    per_second: Vec<f64>,
    /// In milliseconds.
    p99: Vec<f64>,
    /// Processor time of the server for each answer, in microseconds.
    cpu: Vec<f64>,
}

impl Rounds {
    /// Measures once more; gives the answers a second.
    fn round(&mut self, server: &Process, path: &str, keep: bool) -> f64 {
        let request = get(server.address, path, if keep { "" } else { "Connection: close\r\n" });
        let before = server.cpu();
        let pace = answers(server.address, CLIENTS, keep, ROUND, |_, _| request.clone());
        let used = server.cpu().saturating_sub(before);
        self.per_second.push(pace.per_second);
        self.p99.push(pace.ms(99));
        self.cpu.push(used.as_secs_f64() * 1e6 / (pace.per_second * ROUND.as_secs_f64()));
        pace.per_second
    }

    fn told(&self) -> String {
        let [rate, p99, cpu] = [&self.per_second, &self.p99, &self.cpu].map(|all| median(all.clone()));
        format!("{rate:>7.0}/s p99 {p99:.2} ms cpu {cpu:.0} us")
    }
}

/// Resident memory for each connection that was used once and now waits.
pub(crate) fn idle_memory() {
    const CONNECTIONS: usize = 1_000;
    let snug = Process::snug(&[]);
    pages(snug.address, CLIENTS, true, ROUND);
    let before = snug.resident();
    let mut kept = Vec::new();
    let request = get(snug.address, "/login", "");
    for _ in 0..CONNECTIONS {
        let mut client = Client::new(snug.address, true);
        client.ask(&request);
        kept.push(client);
    }
    let each = (snug.resident().saturating_sub(before)) / CONNECTIONS as u64;
    println!(
        "memory: {} KiB resident when idle, {each} bytes more for each of {CONNECTIONS} idle connections",
        before / 1024
    );
}

/// Pages for ordinary clients while others hang on and say nothing whole.
pub(crate) fn beside_slow_ones() {
    const SLOW: usize = 500;
    let snug = Process::snug(&[]);
    pages(snug.address, 4, true, ROUND);
    let (mut quiet, mut crowded, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..5 {
        let alone = pages(snug.address, 4, true, ROUND).ms(99);
        let mut slow: Vec<TcpStream> = (0..SLOW).map(|_| connect(snug.address)).collect();
        for stream in &mut slow {
            stream.write_all(b"GET /login HTTP/1.1\r\nHost: ").unwrap();
        }
        let beside = pages(snug.address, 4, true, ROUND).ms(99);
        quiet.push(alone);
        crowded.push(beside);
        ratios.push(beside / alone);
    }
    println!(
        "beside {SLOW} slow ones: p99 {:.2} ms, alone {:.2} ms, ratio {:.2}",
        median(crowded),
        median(quiet),
        median(ratios)
    );
}
