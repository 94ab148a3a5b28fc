//! Where a story's chat is kept: a schema of its own on a server that stories share, or servers of its own.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use snug::store::{DatabaseUrl, PostgresLog};

use super::PostgresServer;

/// Empty at first.
pub(crate) struct Database {
    server: &'static PostgresServer,
    schema: String,
}

impl Database {
    /// On the server that all stories of this program share, and that none of them harms.
    pub(crate) fn shared() -> Option<Self> {
        static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let server = SERVER.get_or_init(|| PostgresServer::start(&[])).as_ref()?;
        Some(Self { server, schema: format!("story{}", COUNT.fetch_add(1, Ordering::Relaxed)) })
    }

    /// One more node's log.
    pub(crate) fn log(&self) -> PostgresLog {
        PostgresLog::open(&DatabaseUrl::parse(&self.url()).unwrap()).unwrap()
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// As for `--data`.
    pub(crate) fn url(&self) -> String {
        self.url_through(self.server.address)
    }

    /// The same by another way.
    pub(crate) fn url_through(&self, proxy: SocketAddr) -> String {
        format!("postgres://snug@{proxy}/chat?schema={}", self.schema)
    }

    /// What the server's own user is answered, with this schema's tables at hand.
    #[track_caller]
    pub(crate) fn ask(&self, sql: &str) -> String {
        self.server.ask("chat", &format!("SET search_path = {}; {sql}", self.schema))
    }
}

/// A primary that acknowledges what its standby has.
pub(crate) struct PrimaryAndStandby {
    pub(crate) primary: PostgresServer,
    pub(crate) standby: PostgresServer,
}

impl PrimaryAndStandby {
    pub(crate) fn start() -> Option<Self> {
        let primary = PostgresServer::start(&[])?;
        let standby = primary.standby(&[]);
        primary.wait_for_standby();
        Some(Self { primary, standby })
    }

    /// As for `--data`.
    pub(crate) fn url(&self) -> String {
        format!("postgres://snug@{},{}/chat", self.primary.address, self.standby.address)
    }
}
