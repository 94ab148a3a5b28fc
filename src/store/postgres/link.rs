//! What is known of the database: where it is, which history is the newest, whether it answers.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::url::DatabaseUrl;
use crate::lock::lock;

/// Longest wait for an answer, and for a new connection.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Longest wait for one server.
pub(super) const CONNECT_TIME: Duration = Duration::from_secs(3);

/// What tasks on the runtime share.
pub(super) struct Link {
    pub(super) url: DatabaseUrl,
    pub(super) tls: Option<MakeRustlsConnect>,
    handle: Handle,
    /// The newest timeline seen: a server with an older one was left behind by a failover.
    timeline: AtomicU64,
    seen: Mutex<Seen>,
    /// False while it is away and a task looks for it.
    is_there: watch::Sender<bool>,
}

struct Seen {
    /// As `PostgreSQL 15.18 at db1:5432`.
    server: String,
    /// When it answered last.
    at: Instant,
}

impl Link {
    pub(super) fn new(url: DatabaseUrl, tls: Option<MakeRustlsConnect>, handle: Handle) -> Self {
        Self {
            handle,
            timeline: AtomicU64::new(0),
            seen: Mutex::new(Seen { server: url.to_string(), at: Instant::now() }),
            is_there: watch::Sender::new(true),
            tls,
            url,
        }
    }

    /// Notes that the server answers.
    pub(super) fn heard(&self) {
        lock(&self.seen).at = Instant::now();
    }

    pub(super) fn silent_for(&self) -> Duration {
        lock(&self.seen).at.elapsed()
    }

    pub(super) fn server(&self) -> String {
        lock(&self.seen).server.clone()
    }

    pub(super) fn timeline(&self) -> u64 {
        self.timeline.load(Ordering::Acquire)
    }

    /// Notes a session with the newest server, which is named so.
    pub(super) fn connected(&self, timeline: u64, server: &str) {
        self.timeline.fetch_max(timeline, Ordering::AcqRel);
        *lock(&self.seen) = Seen { server: server.into(), at: Instant::now() };
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(work));
    }

    /// Waits on this thread, which is not the runtime's.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.handle.block_on(work)
    }

    pub(super) async fn wait_until_there(&self) {
        // The sender lives as long as `self`.
        let _ = self.is_there.subscribe().wait_for(|there| *there).await;
    }

    pub(super) fn is_there(&self) -> bool {
        *self.is_there.borrow()
    }

    /// Notes that it went away; false where that is known, and somebody looks for it.
    pub(super) fn note_away(&self) -> bool {
        self.is_there.send_if_modified(|there| std::mem::replace(there, false))
    }

    pub(super) fn note_there(&self) {
        self.is_there.send_replace(true);
    }
}
