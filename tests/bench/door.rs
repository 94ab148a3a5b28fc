//! What the door costs, and what it is good for.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::load::{Client, Process, connect, get, median, pages};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
const CLIENTS: usize = 16;

/// Pages through the door, beside the same pages from `tiny_http` alone, in turn.
pub(crate) fn against_bare() {
    println!(
        "pages, {CLIENTS} clients, {ROUNDS} rounds in turn: median (and the ratio door / bare, each round)"
    );
    for (keep, name) in [(true, "kept connections"), (false, "a connection each")] {
        let (snug, bare) = (Process::snug(&[]), Process::bare());
        let (mut with, mut without, mut ratios) = (vec![], vec![], vec![]);
        let (mut p99_with, mut p99_without) = (vec![], vec![]);
        for _ in 0..ROUNDS {
            let (door, alone) =
                (pages(snug.address, CLIENTS, keep, ROUND), pages(bare.address, CLIENTS, keep, ROUND));
            with.push(door.per_second);
            without.push(alone.per_second);
            ratios.push(door.per_second / alone.per_second);
            p99_with.push(door.ms(99));
            p99_without.push(alone.ms(99));
        }
        let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
        println!(
            "  {name:<18} door {:>7.0}/s p99 {:.2} ms   bare {:>7.0}/s p99 {:.2} ms   ratio {:.2} ({})",
            median(with),
            median(p99_with),
            median(without),
            median(p99_without),
            median(ratios),
            each.join(" "),
        );
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
