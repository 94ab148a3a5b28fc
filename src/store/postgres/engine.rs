//! The database as all connections of this process see it: where it is, which history is the newest, whether it answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failover;
use super::runtime::{Runtime, TimedOut};
use super::session::Session;
use super::tls;
use super::url::{DatabaseUrl, Encryption};
use crate::lock::lock;
use crate::log::log;

/// Longest wait for an answer, and for a new connection.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Pauses between attempts to reach a server that is away: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The database, with the thread on which its connections live.
pub(crate) struct Engine {
    pub(super) link: Arc<Link>,
    pub(super) runtime: Runtime,
}

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

impl Engine {
    /// Finds the database, for the first time.
    ///
    /// Errors: one line for the operator.
    pub(crate) fn open(url: DatabaseUrl) -> Result<Arc<Self>, String> {
        let runtime = Runtime::start().map_err(|error| format!("no thread for {url}: {error}"))?;
        let tls = match &url.encryption {
            Encryption::None => None,
            Encryption::Verified { roots } => Some(tls::connector(roots.as_deref())?),
        };
        let link = Link {
            handle: runtime.handle(),
            timeline: AtomicU64::new(0),
            seen: Mutex::new(Seen { server: url.to_string(), at: Instant::now() }),
            is_there: watch::Sender::new(true),
            tls,
            url,
        };
        let engine = Self { link: Arc::new(link), runtime };
        let found = engine.runtime.wait(ANSWER_TIME, failover::connect(&engine.link, None));
        let found = found.unwrap_or_else(|TimedOut| Err(SILENT.into()));
        found.map_err(|why| format!("{AWAY}: {why}"))?;
        Ok(Arc::new(engine))
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.link.url
    }

    /// Opens a session. Where the database is away, it fails at once, or waits for it up to `patience`.
    pub(super) fn connect(&self, patience: Duration) -> Result<Session, String> {
        let connect = async {
            self.link.wait_until_there().await;
            failover::connect(&self.link, None).await
        };
        if patience.is_zero() && !*self.link.is_there.borrow() {
            return Err(AWAY.into());
        }
        let limit = if patience.is_zero() { ANSWER_TIME } else { patience };
        let connected = self.runtime.wait(limit, connect);
        let connected = connected.unwrap_or_else(|TimedOut| Err(SILENT.into()));
        connected.inspect_err(|why| self.link.lost(why))
    }
}

const AWAY: &str = "the database cannot be reached";
const SILENT: &str = "it does not answer";

impl Link {
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

    /// Notes a session with the newest server.
    pub(super) fn connected(&self, session: &Session) {
        self.timeline.fetch_max(session.timeline, Ordering::AcqRel);
        *lock(&self.seen) = Seen { server: session.server.clone(), at: Instant::now() };
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.handle.spawn(work));
    }

    /// Waits on this thread, which is not the runtime's.
    pub(super) fn wait(&self, work: impl Future<Output = ()>) {
        self.handle.block_on(work);
    }

    pub(super) async fn wait_until_there(&self) {
        // The sender lives as long as `self`.
        let _ = self.is_there.subscribe().wait_for(|there| *there).await;
    }

    /// Notes that the server went away, or that none is found: from now on it is looked for, and whoever asks meanwhile
    /// is refused at once.
    pub(super) fn lost(self: &Arc<Self>, why: &str) {
        if !self.is_there.send_if_modified(|there| std::mem::replace(there, false)) {
            return;
        }
        let (link, why) = (Arc::clone(self), why.to_owned());
        drop(self.handle.spawn(async move {
            let since = Instant::now();
            let mut pause = PAUSES.0;
            let mut told = false;
            while let Err(error) = failover::connect(&link, None).await {
                if !told {
                    log(format_args!("{AWAY} ({why}; {error}); it is tried again and again"));
                    told = true;
                }
                sleep(pause).await;
                pause = (2 * pause).min(PAUSES.1);
            }
            let (server, silence) = (link.server(), since.elapsed().as_secs_f32());
            log(format_args!("{server}: a connection was lost ({why}), and is back after {silence:.1} s"));
            link.is_there.send_replace(true);
        }));
    }
}
