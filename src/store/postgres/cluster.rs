//! This node among others: its sign of life, theirs, and what they tell each other.
//!
//! A task on the runtime's thread has a session of its own: it listens, says every two seconds that this node lives, and
//! removes from the feed what nobody needs. A thread asks the log for news whenever another node wrote.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_postgres::Notification;

use super::engine::{Engine, Link};
use super::heartbeat::{self, Pulse};
use super::hints;
use super::session::Listener;
use crate::chat::{Cluster, ClusterWatcher, EngineStatus, Hint, Node, Seq};
use crate::lock::lock;
use crate::log::log;
use crate::secrets::draw_nonce;

/// Longest time between two looks for news: a notification may be lost.
const NEWS_TIME: Duration = Duration::from_secs(1);
/// A node that was not seen for longer is not at work.
const LIVE_TIME: Duration = Duration::from_secs(10);
/// How long a node that stops waits to tell the others.
const LEAVE_TIME: Duration = Duration::from_secs(1);
/// Hints and notifications that may wait; more are lost, which costs a second.
const INBOX_MAX: usize = 1_000;

pub(super) struct PostgresCluster {
    shared: Arc<Shared>,
    /// Taken when the node begins its work.
    inbox: Mutex<Option<mpsc::Receiver<Inbox>>>,
}

/// What the task, the thread and those who ask have in common.
pub(super) struct Shared {
    pub(super) link: Arc<Link>,
    /// Drawn for this process; without spaces.
    pub(super) id: String,
    /// As `web1/4711`.
    pub(super) name: String,
    pub(super) sender: mpsc::Sender<Inbox>,
    /// What the newest heartbeat found. Never held while anything is waited for.
    pulse: Mutex<Pulse>,
    clock_offset: AtomicI64,
    newest: AtomicU64,
    fault: OnceLock<String>,
    /// Taken away when the node stops.
    watcher: Mutex<Option<Arc<dyn ClusterWatcher>>>,
    /// Whether there may be news; with `news_came`, for the thread that asks for them.
    has_news: Mutex<bool>,
    news_came: Condvar,
    left: AtomicBool,
    warned: AtomicBool,
}

/// What the task does next.
pub(super) enum Inbox {
    Heard(Notification),
    Tell(String),
    /// Says farewell, and that it is said.
    Leave(oneshot::Sender<()>),
}

impl PostgresCluster {
    pub(super) fn new(engine: &Engine) -> Arc<Self> {
        let (sender, inbox) = mpsc::channel(INBOX_MAX);
        let shared = Shared {
            link: Arc::clone(&engine.link),
            id: draw_nonce(),
            name: format!("{}/{}", host_name(), std::process::id()),
            sender,
            pulse: Mutex::default(),
            clock_offset: AtomicI64::new(0),
            newest: AtomicU64::new(0),
            fault: OnceLock::new(),
            watcher: Mutex::new(None),
            has_news: Mutex::new(false),
            news_came: Condvar::new(),
            left: AtomicBool::new(false),
            warned: AtomicBool::new(false),
        };
        Arc::new(Self { shared: Arc::new(shared), inbox: Mutex::new(Some(inbox)) })
    }

    /// By which this node knows what it has told itself.
    pub(super) fn id(&self) -> &str {
        &self.shared.id
    }

    /// Notes why this node has to stop.
    pub(super) fn fail(&self, why: String) {
        let _ = self.shared.fault.set(why);
    }
}

impl Cluster for PostgresCluster {
    fn engine(&self) -> EngineStatus {
        let (synchronous_standbys, other_standbys) = lock(&self.shared.pulse).standbys;
        EngineStatus {
            name: self.shared.link.server(),
            silent_for: self.shared.link.silent_for(),
            newest: Seq(self.shared.newest.load(Ordering::Relaxed)),
            synchronous_standbys,
            other_standbys,
        }
    }

    fn nodes(&self) -> Vec<Node> {
        let pulse = lock(&self.shared.pulse);
        let since = pulse.at.map_or(Duration::ZERO, |at| at.elapsed());
        let seen = |node: &Node| Node { seen_ago: node.seen_ago + since, ..node.clone() };
        pulse.nodes.iter().map(seen).collect()
    }

    fn live_nodes(&self) -> u32 {
        let pulse = lock(&self.shared.pulse);
        let live = pulse.nodes.iter().filter(|node| node.is_this || node.seen_ago < LIVE_TIME).count();
        u32::try_from(live).unwrap_or(u32::MAX).max(1)
    }

    fn clock_offset(&self) -> i64 {
        self.shared.clock_offset.load(Ordering::Relaxed)
    }

    fn fault(&self) -> Option<String> {
        self.shared.fault.get().cloned()
    }

    fn tell(&self, hint: &Hint) {
        let text = format!("{} {}", self.shared.id, hints::encode(hint));
        let _ = self.shared.sender.try_send(Inbox::Tell(format!("{} {text}", self.shared.name)));
    }

    fn watch(&self, watcher: Arc<dyn ClusterWatcher>) {
        let Some(inbox) = lock(&self.inbox).take() else { return };
        *lock(&self.shared.watcher) = Some(watcher);
        self.shared.link.spawn(heartbeat::serve(Arc::clone(&self.shared), inbox));
        let shared = Arc::clone(&self.shared);
        let follow = move || shared.follow();
        if let Err(error) = thread::Builder::new().name("follow".into()).spawn(follow) {
            log(format_args!("no thread to follow other nodes: {error}"));
        }
    }

    fn leave(&self) {
        if self.shared.left.swap(true, Ordering::AcqRel) {
            return;
        }
        let was_watching = lock(&self.shared.watcher).take().is_some();
        self.shared.wake();
        let (said, farewell) = oneshot::channel();
        if was_watching && self.shared.sender.try_send(Inbox::Leave(said)).is_ok() {
            self.shared.link.wait(async {
                // Whether it was said or not: the others find out within seconds.
                let _ = timeout(LEAVE_TIME, farewell).await;
            });
        }
    }
}

impl Shared {
    /// Asks for news, until the node stops.
    fn follow(&self) {
        loop {
            let mut has_news = lock(&self.has_news);
            if !*has_news {
                let waited = self.news_came.wait_timeout(has_news, NEWS_TIME);
                has_news = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            }
            *has_news = false;
            drop(has_news);
            let Some(watcher) = lock(&self.watcher).clone() else { return };
            watcher.news();
        }
    }

    fn wake(&self) {
        *lock(&self.has_news) = true;
        self.news_came.notify_one();
    }

    pub(super) fn watcher(&self) -> Option<Arc<dyn ClusterWatcher>> {
        lock(&self.watcher).clone()
    }

    /// Takes what came by a notification into this node's inbox.
    pub(super) fn listener(&self) -> Listener {
        let sender = self.sender.clone();
        Arc::new(move |notification| drop(sender.try_send(Inbox::Heard(notification))))
    }

    /// A node wrote into the feed (its id), or has a hint (its name and id, and the hint).
    pub(super) fn heard(&self, notification: &Notification) {
        let text = notification.payload();
        if notification.channel() == self.link.url.feed_channel() {
            if text != self.id {
                self.wake();
            }
            return;
        }
        let mut words = text.splitn(3, ' ');
        let (Some(name), Some(id), Some(hint)) = (words.next(), words.next(), words.next()) else { return };
        if id != self.id
            && let (Some(watcher), Some(hint)) = (self.watcher(), hints::decode(hint))
        {
            watcher.hint(name, hint);
        }
    }

    /// Tells whoever runs this, once, where messages may be lost with one machine.
    pub(super) fn warn_of_no_standby(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            log(format_args!(
                "{} waits for no standby: if its machine is lost, so are the newest messages (set \
                 synchronous_standby_names, to ANY 1 of two)",
                self.link.server()
            ));
        }
    }

    /// Notes what a heartbeat found.
    pub(super) fn beat(&self, pulse: Pulse, clock_offset: Option<i64>, newest: u64) {
        if let Some(offset) = clock_offset {
            self.clock_offset.store(offset, Ordering::Relaxed);
        }
        self.newest.store(newest, Ordering::Relaxed);
        *lock(&self.pulse) = Pulse { at: Some(Instant::now()), ..pulse };
    }
}

/// Of this machine, for people; without spaces.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let name: String = name.trim().chars().filter(char::is_ascii_graphic).take(60).collect();
    if name.is_empty() { "snug".into() } else { name }
}
