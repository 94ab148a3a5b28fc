//! What messages and streams notice of a storm of reactions.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Client, Origin};
use crate::load::{Process, percentile};

/// Each may react 30 times at once, and then once a second.
const MEMBERS: usize = 130;
const STORM: usize = 5_000;
const TIME: Duration = Duration::from_secs(10);
/// Clients that react, one reaction after the other.
const CLIENTS: usize = 16;
/// From one message to the next.
const PAUSE: Duration = Duration::from_millis(50);
/// Messages to which they react.
const MESSAGES: usize = 10;

/// Messages in memory and in a file, with and without a storm.
pub(crate) fn storm() {
    let folder = crate::temp_dir::TempDir::new();
    let file = folder.path().join("chat.db");
    for (name, data) in [("in memory", vec![]), ("with a file", vec!["--data", file.to_str().unwrap()])] {
        let process = Process::snug(&[&["--post-rate", "0", "--register-rate", "0"], &*data].concat());
        let origin = Origin { server: process.address, from: Ipv4Addr::LOCALHOST.into(), forwarded: false };
        let members = (0..MEMBERS).map(|n| Client::register(origin, &format!("member{n}"), "").unwrap());
        let members: Vec<Client> = members.collect();
        let mut first = members[0].another();
        for _ in 0..MESSAGES {
            post(&mut first, "/chat", &[("message", "react")]);
        }
        let page = first.get_json("/chat").unwrap().json();
        let ids: Vec<u64> = page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["id"].as_u64().unwrap())
            .collect();
        let calm = messages(&mut first);
        let (reacted, start) = (AtomicUsize::new(0), Instant::now());
        let stormy = std::thread::scope(|scope| {
            for number in 0..CLIENTS {
                // A member's connection is kept, and nobody else's.
                let mut own: Vec<Client> =
                    members.iter().skip(number).step_by(CLIENTS).map(Client::another).collect();
                let (reacted, ids) = (&reacted, &ids);
                scope.spawn(move || {
                    for n in 0..STORM / CLIENTS {
                        let due = start + TIME.mul_f64((n * CLIENTS) as f64 / STORM as f64);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        if start.elapsed() > TIME {
                            break;
                        }
                        let (member, round) = (n % own.len(), n / own.len());
                        let path = format!("/messages/{}/react", ids[round % MESSAGES]);
                        let on = if (round / MESSAGES).is_multiple_of(2) { "1" } else { "0" };
                        post(&mut own[member], &path, &[("emoji", "👍"), ("on", on)]);
                        reacted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            messages(&mut first)
        });
        let reacted = reacted.into_inner();
        let ms = |times: &[Duration], percent| percentile(times, percent).as_secs_f64() * 1e3;
        println!(
            "{name}: a message every {} ms takes p50 {:.2} p99 {:.2} ms; beside {reacted} reactions in {} s p50 {:.2} p99 {:.2} ms",
            PAUSE.as_millis(),
            ms(&calm, 50),
            ms(&calm, 99),
            TIME.as_secs(),
            ms(&stormy, 50),
            ms(&stormy, 99),
        );
    }
}

/// The times until messages are acknowledged, sorted.
fn messages(client: &mut Client) -> Vec<Duration> {
    let start = Instant::now();
    let mut times = Vec::new();
    while start.elapsed() < TIME {
        let sent = Instant::now();
        post(client, "/chat", &[("message", "hello")]);
        times.push(sent.elapsed());
        std::thread::sleep(PAUSE);
    }
    times.sort_unstable();
    times
}

fn post(client: &mut Client, path: &str, fields: &[(&str, &str)]) {
    let answer = client.post(path, fields).unwrap();
    assert_eq!(answer.status, 303, "{}", answer.text);
}
