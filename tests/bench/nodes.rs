//! Several nodes on one PostgreSQL: what is acknowledged, and when others hear it, beside PostgreSQL alone doing the same
//! statements in the same run.

mod bare;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::load::{Pace, Process, answers, connect, get, percentile, register};
use crate::postgres::PostgresServer;

const ROUND: Duration = Duration::from_secs(4);
const NODES: [usize; 3] = [1, 2, 4];
/// Clients of each node, where there are many.
const MANY: usize = 16;
/// Messages that others hear, one at a time.
const HEARD: usize = 300;

/// About 80 characters.
fn text(number: u64) -> String {
    format!("message {number} says that dinner is at eight, and that whoever comes brings some bread")
}

/// With disks as they are: what is acknowledged is on one.
const SAFE: [&str; 2] = ["fsync=on", "full_page_writes=on"];

pub(crate) fn table() {
    for standby in [false, true] {
        let Some(primary) = PostgresServer::start(&SAFE) else { return };
        let standby = standby.then(|| primary.standby(&SAFE));
        if standby.is_some() {
            primary.wait_for_standby();
        }
        println!("PostgreSQL {} a synchronous standby", if standby.is_some() { "with" } else { "without" });
        for nodes in NODES {
            beside_bare(&primary, nodes);
        }
        heard_elsewhere(&primary);
    }
}

fn url(server: &PostgresServer, schema: &str) -> String {
    format!("postgres://snug@{}/chat?schema={schema}", server.address)
}

/// As many nodes, and the cookies of a member for each client.
struct Nodes {
    running: Vec<Process>,
    cookies: Vec<String>,
}

impl Nodes {
    fn start(server: &PostgresServer, schema: &str, count: usize) -> Self {
        let url = url(server, schema);
        let flags = ["--data", &*url, "--post-rate", "0", "--password-memory", "7", "--register-rate", "0"];
        let running: Vec<_> = (0..count).map(|_| Process::snug(&flags)).collect();
        let cookies = (0..MANY).map(|n| register(running[0].address, &format!("member{n}"))).collect();
        Self { running, cookies }
    }

    /// What all of them acknowledge, with as many clients at each.
    fn posts(&self, clients: usize) -> Pace {
        let at = |node: &Process| {
            let address = node.address;
            answers(address, clients, true, ROUND, |client, number| {
                self.post(address, client, &text(number as u64))
            })
        };
        thread::scope(|scope| {
            let at = &at;
            let nodes: Vec<_> = self.running.iter().map(|node| scope.spawn(move || at(node))).collect();
            Pace::together(nodes.into_iter().map(|node| node.join().unwrap()))
        })
    }

    fn post(&self, address: SocketAddr, client: usize, text: &str) -> Vec<u8> {
        let body = format!("message={}", text.replace(' ', "+"));
        let (cookie, length) = (&self.cookies[client], body.len());
        format!(
            "POST /chat HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

fn beside_bare(server: &PostgresServer, count: usize) {
    let schema = format!("nodes{count}");
    let nodes = Nodes::start(server, &schema, count);
    let bare_schema = format!("bare{count}");
    drop(Process::snug(&["--data", &url(server, &bare_schema)]));
    for clients in [1, MANY] {
        let ours = nodes.posts(clients);
        // While one half of the clients waits for a commit, the other half fills the next one.
        let batch = i64::try_from(clients.div_ceil(2)).unwrap();
        let bare = bare::posts(server.address, &bare_schema, count, batch, ROUND);
        println!(
            "  nodes: {count}, clients of each: {clients:>2}: {:>5.0}/s, p50 {:.1} ms, p99 {:.1} ms; PostgreSQL alone {:>5.0}/s, \
             p50 {:.1} ms, p99 {:.1} ms: {:.2}",
            ours.per_second,
            ours.ms(50),
            ours.ms(99),
            bare.per_second,
            bare.ms(50),
            bare.ms(99),
            ours.per_second / bare.per_second
        );
    }
}

/// When a stream at one node has what was posted at another, after it was sent and after it was acknowledged.
fn heard_elsewhere(server: &PostgresServer) {
    let nodes = Nodes::start(server, "heard", 2);
    let [here, there] = [0, 1].map(|n| nodes.running[n].address);
    let (sender, heard) = mpsc::channel();
    let request = get(there, "/events", &format!("Cookie: {}\r\n", nodes.cookies[0]));
    thread::spawn(move || {
        let mut stream = connect(there);
        stream.write_all(&request).unwrap();
        let (mut text, mut bytes) = (String::new(), [0; 4096]);
        // From its head on, it is told of all.
        let count = stream.read(&mut bytes).unwrap();
        text += &String::from_utf8_lossy(&bytes[..count]);
        sender.send(Instant::now()).unwrap();
        while let Ok(count @ 1..) = stream.read(&mut bytes) {
            text += &String::from_utf8_lossy(&bytes[..count]);
            while let Some((event, rest)) = text.split_once("\n\n") {
                if event.contains("says that dinner") && sender.send(Instant::now()).is_err() {
                    return;
                }
                text = rest.to_owned();
            }
        }
    });
    heard.recv_timeout(Duration::from_secs(10)).expect("the stream begins");
    let mut client = crate::load::Client::new(here, true);
    let (mut after_sending, mut after_answer) = (Vec::new(), Vec::new());
    // The first ones find everything cold.
    for number in 0..HEARD + 20 {
        let request = nodes.post(here, 1, &text(number as u64));
        let sent = Instant::now();
        client.ask(&request);
        let answered = Instant::now();
        let Ok(at) = heard.recv_timeout(Duration::from_secs(10)) else {
            panic!("message {number} is not heard")
        };
        if number >= 20 {
            after_sending.push(at - sent);
            after_answer.push(at.saturating_duration_since(answered));
        }
        thread::sleep(Duration::from_millis(5));
    }
    for times in [&mut after_sending, &mut after_answer] {
        times.sort_unstable();
    }
    let ms = |times: &[Duration], percent| percentile(times, percent).as_secs_f64() * 1e3;
    println!(
        "  heard at another node: p50 {:.1} ms, p99 {:.1} ms after sending; p50 {:.1} ms, p99 {:.1} ms after the answer",
        ms(&after_sending, 50),
        ms(&after_sending, 99),
        ms(&after_answer, 50),
        ms(&after_answer, 99)
    );
}
