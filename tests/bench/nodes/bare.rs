//! PostgreSQL alone: the statements of a post, by the same library, from clients that only wait for the answers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{try_join_all, try_join3};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use crate::load::Pace;

const BEGIN: &str = "BEGIN";
const NUMBERS: &str =
    "UPDATE numbering SET newest = newest + $2 WHERE newest_other <= $1 RETURNING newest, newest_other";
const NEWS: &str = "SELECT seq, at, batch, event FROM feed WHERE seq > $1 ORDER BY seq LIMIT 100";
const MESSAGE: &str = "INSERT INTO messages (id, posted_at, author, room, text) VALUES ($1, $2, $3, 0, $4)";
const READ: &str = "INSERT INTO read_marks (member, room, up_to) VALUES ($1, 0, $2)
     ON CONFLICT (member, room) DO UPDATE SET up_to = excluded.up_to WHERE read_marks.up_to < excluded.up_to";
const WORDS: &str = "INSERT INTO words (message, form, terms)
     VALUES ($1, 1, array_to_tsvector(string_to_array($2, ' ')))";
const FEED: &str = "INSERT INTO feed (seq, at, batch, event) VALUES ($1, $2, $3, $4)";
const NOTIFY: &str = "SELECT pg_notify('bare_feed', $1)";
const COMMIT: &str = "COMMIT";
/// By whom they are.
const MEMBERS: i64 = 16;

/// A client with the statements prepared, on a thread of its own.
struct Bare {
    client: Client,
    statements: Vec<Statement>,
    /// The newest number that it has seen.
    newest: i64,
}

/// `clients` write posts of these texts into the tables of a chat, `batch` of them in each transaction, for `time`.
pub(super) fn posts(address: SocketAddr, schema: &str, clients: usize, batch: i64, time: Duration) -> Pace {
    let over = AtomicBool::new(false);
    let work = |_| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut bare = Bare::connect(address, schema).await;
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let start = Instant::now();
                bare.post(batch).await;
                times.push(start.elapsed());
            }
            times
        })
    };
    Pace::of_threads(clients, time, &over, work).of_each(usize::try_from(batch).unwrap())
}

impl Bare {
    async fn connect(address: SocketAddr, schema: &str) -> Self {
        let (ip, port) = (address.ip(), address.port());
        let settings =
            format!("host={ip} port={port} user=snug dbname=chat options='-c search_path={schema}'");
        let (client, connection) = tokio_postgres::connect(&settings, NoTls).await.unwrap();
        tokio::spawn(async { connection.await.unwrap_or_default() });
        let mut statements = Vec::new();
        for sql in [BEGIN, NUMBERS, NEWS, MESSAGE, READ, WORDS, FEED, NOTIFY, COMMIT] {
            statements.push(client.prepare(sql).await.unwrap());
        }
        Self { client, statements, newest: 0 }
    }

    /// In two round trips, as a node does while others write.
    async fn post(&mut self, batch: i64) {
        let [begin, numbers, news, message, read, words, feed, notify, commit] = &self.statements[..] else {
            unreachable!("all of them")
        };
        let everything = i64::MAX;
        let (numbered_by, after): ([&(dyn ToSql + Sync); 2], [&(dyn ToSql + Sync); 1]) =
            ([&everything, &batch], [&self.newest]);
        let first = try_join3(
            self.client.query(begin, &[]),
            self.client.query(numbers, &numbered_by),
            self.client.query(news, &after),
        );
        let (_, numbered, _) = first.await.unwrap();
        let newest: i64 = numbered[0].get(0);
        let (batch_id, event) = (vec![7_u8; 16], vec![7_u8; 94]);
        let post = |id: i64| {
            let text = super::text(id.unsigned_abs());
            let words = text.replace(',', "");
            let terms: Vec<String> = words.split(' ').map(|word| format!("0x0x{word}")).collect();
            (id, id % MEMBERS, text, terms.join(" "))
        };
        let posts: Vec<_> = (newest - batch + 1..=newest).map(post).collect();
        let mut statements: Vec<(&Statement, Vec<&(dyn ToSql + Sync)>)> = Vec::new();
        for (id, author, text, terms) in &posts {
            statements.push((message, vec![id, &newest, author, text]));
            statements.push((read, vec![author, id]));
            statements.push((words, vec![id, terms]));
            statements.push((feed, vec![id, &newest, &batch_id, &event]));
        }
        statements.push((notify, vec![&"1"]));
        statements.push((commit, Vec::new()));
        let run = statements.iter().map(|(statement, values)| self.client.query(*statement, values));
        try_join_all(run).await.unwrap();
        self.newest = newest;
    }
}
