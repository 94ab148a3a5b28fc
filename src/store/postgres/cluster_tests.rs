//! Nodes that see each other; each is a log of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::log::PostgresLog;
use super::tests::{TestDatabase, database};
use crate::chat::{Cluster, ClusterWatcher, Event, Hint, Log as _, MemberId, Record, RoomId, Seq, Timestamp};
use crate::lock::lock;
use crate::text::Language;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Watcher {
    applied: AtomicU64,
    news: Mutex<Sender<()>>,
    hints: Mutex<Sender<(String, Hint)>>,
}

impl ClusterWatcher for Watcher {
    fn news(&self) {
        let _ = lock(&self.news).send(());
    }

    fn hint(&self, node: &str, hint: Hint) {
        let _ = lock(&self.hints).send((node.into(), hint));
    }

    fn applied(&self) -> Seq {
        Seq(self.applied.load(Ordering::Relaxed))
    }
}

struct Watched {
    log: PostgresLog,
    cluster: Arc<dyn Cluster>,
    watcher: Arc<Watcher>,
    news: Receiver<()>,
    hints: Receiver<(String, Hint)>,
}

impl Watched {
    fn start(database: &TestDatabase, applied: u64) -> Self {
        let log = database.log();
        let cluster = log.cluster().unwrap();
        let ((has_news, news), (has_hint, hints)) = (mpsc::channel(), mpsc::channel());
        let (news_of, hints_of) = (Mutex::new(has_news), Mutex::new(has_hint));
        let watcher = Arc::new(Watcher { applied: applied.into(), news: news_of, hints: hints_of });
        cluster.watch(Arc::clone(&watcher) as _);
        Self { log, cluster, watcher, news, hints }
    }

    /// Waits until it sees nodes that have applied so much.
    #[track_caller]
    fn sees(&self, applied: &[u64]) {
        let start = Instant::now();
        loop {
            let mut found: Vec<u64> = self.cluster.nodes().iter().map(|node| node.applied.0).collect();
            found.sort_unstable();
            if found == applied {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{found:?}");
            std::thread::yield_now();
        }
    }
}

fn spoken(seq: u64, language: Option<Language>) -> Record {
    Record {
        seq: Seq(seq),
        at: Timestamp(0),
        event: Event::LanguageChosen { member: MemberId(Seq(1)), language },
    }
}

#[test]
fn nodes_see_each_other_until_they_leave() {
    let Some(database) = database() else { return };
    let (one, other) = (Watched::start(&database, 4), Watched::start(&database, 7));
    one.sees(&[4, 7]);
    other.sees(&[4, 7]);
    assert_eq!(
        (one.cluster.live_nodes(), one.cluster.nodes().iter().filter(|node| node.is_this).count()),
        (2, 1)
    );
    let status = one.cluster.engine();
    assert!(status.name.starts_with("PostgreSQL ") && status.silent_for < PATIENCE, "{status:?}");
    assert!(one.cluster.clock_offset().abs() < 5_000, "the server has this machine's clock");
    other.watcher.applied.store(8, Ordering::Relaxed);
    one.sees(&[4, 8]);
    other.cluster.leave();
    one.sees(&[4]);
    assert_eq!(one.cluster.live_nodes(), 1);
    let start = Instant::now();
    while Arc::strong_count(&other.watcher) > 1 {
        assert!(start.elapsed() < PATIENCE, "whoever watches is let go of");
        std::thread::yield_now();
    }
}

#[test]
fn a_hint_reaches_the_others_and_not_its_node() {
    let Some(database) = database() else { return };
    let (one, other) = (Watched::start(&database, 0), Watched::start(&database, 0));
    one.sees(&[0, 0]);
    let hint = Hint::Typing { member: MemberId(Seq(3)), room: RoomId::SHARED };
    one.cluster.tell(&hint);
    let (node, heard) = other.hints.recv_timeout(PATIENCE).unwrap();
    assert!(heard == hint && other.cluster.nodes().iter().any(|seen| seen.name == node));
    // What comes next is the other's.
    let answer = Hint::SessionsUsed(vec![Seq(1)]);
    other.cluster.tell(&answer);
    assert_eq!(one.hints.recv_timeout(PATIENCE).unwrap().1, answer);
}

#[test]
fn a_node_hears_of_news_and_has_them_at_once() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (Watched::start(&database, 0), Watched::start(&database, 0));
    one.sees(&[0, 0]);
    one.log.append(Seq(0), &[spoken(1, None), spoken(2, Some(Language::Hindi))]).unwrap();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        other.news.recv_timeout(PATIENCE).unwrap();
        let crate::chat::News::Records(records) = other.log.follow(Seq(0)).unwrap() else { panic!() };
        heard = records;
    }
    assert_eq!(heard, [spoken(1, None), spoken(2, Some(Language::Hindi))]);
}

#[test]
fn a_node_finds_the_database_again_when_its_sessions_were_ended() {
    let Some(database) = database() else { return };
    let (one, other) = (Watched::start(&database, 1), Watched::start(&database, 2));
    one.sees(&[1, 2]);
    assert!(database.end_sessions() >= 2);
    other.watcher.applied.store(3, Ordering::Relaxed);
    one.sees(&[1, 3]);
}
