//! This node among others, as its task, its thread and those who ask see it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc, oneshot};
use tokio_postgres::Notification;

use super::hints;
use super::link::Link;
use super::session::{Listener, in_words};
use crate::chat::{ClusterWatcher, Node};
use crate::lock::{lock, wait_timeout};
use crate::log::{SparseLog, log};
use crate::secrets::draw_nonce;

/// Longest time between two looks for news: a notification may be lost.
const NEWS_TIME: Duration = Duration::from_secs(1);

/// What the task, the thread and those who ask have in common.
pub(super) struct Shared {
    pub(super) link: Arc<Link>,
    /// Drawn for this process; without spaces.
    pub(super) id: String,
    /// As `web1/4711`.
    pub(super) name: String,
    pub(super) sender: mpsc::Sender<Inbox>,
    /// What the newest heartbeat found. Never held while anything is waited for.
    pub(super) pulse: Mutex<Pulse>,
    pub(super) clock_offset: AtomicI64,
    pub(super) newest: AtomicU64,
    pub(super) fault: OnceLock<String>,
    /// Taken away when the node stops.
    pub(super) watcher: Mutex<Option<Arc<dyn ClusterWatcher>>>,
    /// Whether there may be news; with `news_came`, for the thread that asks for them.
    has_news: Mutex<bool>,
    news_came: Condvar,
    pub(super) left: AtomicBool,
    /// Told when what was erased is to be taken out of the database's files.
    pub(super) erasing: Notify,
    warned: AtomicBool,
    refusals: SparseLog,
}

/// What the task does next.
pub(super) enum Inbox {
    Heard(Notification),
    Tell(String),
    /// Says farewell, and that it is said.
    Leave(oneshot::Sender<()>),
}

/// What a heartbeat found.
#[derive(Default)]
pub(super) struct Pulse {
    pub(super) at: Option<Instant>,
    /// In the order of their names.
    pub(super) nodes: Vec<Node>,
    /// Synchronous ones, and others.
    pub(super) standbys: (u32, u32),
}

impl Shared {
    pub(super) fn new(link: Arc<Link>, sender: mpsc::Sender<Inbox>) -> Self {
        Self {
            link,
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
            erasing: Notify::new(),
            warned: AtomicBool::new(false),
            refusals: SparseLog::default(),
        }
    }

    /// Asks for news, until the node stops.
    pub(super) fn follow(&self) {
        loop {
            let mut has_news = lock(&self.has_news);
            if !*has_news {
                has_news = wait_timeout(&self.news_came, has_news, NEWS_TIME);
            }
            *has_news = false;
            drop(has_news);
            let Some(watcher) = lock(&self.watcher).clone() else { return };
            watcher.news();
        }
    }

    pub(super) fn wake(&self) {
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
                 synchronous_standby_names there, as to 'ANY 1 (one, two)')",
                self.link.server()
            ));
        }
    }

    /// Tells whoever runs this, now and then, what the server does not let this node do.
    pub(super) fn note_refusal(&self, error: &tokio_postgres::Error) {
        let (server, why) = (self.link.server(), in_words(error));
        self.refusals.log(Instant::now(), format_args!("{server} refuses a sign of life: {why}"));
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
