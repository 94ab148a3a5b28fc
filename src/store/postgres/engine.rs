//! The database as all connections of this process see it.

use std::sync::Arc;
use std::time::Duration;

use super::driven_session::DrivenSession;
use super::failover::{self, AWAY};
use super::link::{ANSWER_TIME, Link};
use super::runtime::{Runtime, TimedOut};
use super::tls;
use super::url::{DatabaseUrl, Encryption};

/// The database, with the thread for what goes on by itself.
pub(crate) struct Engine {
    pub(super) link: Arc<Link>,
    pub(super) runtime: Runtime,
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
        let link = Arc::new(Link::new(url, tls, runtime.handle()));
        let engine = Self { link, runtime };
        let found = engine.runtime.wait(ANSWER_TIME, failover::connect(&engine.link, None));
        let found = found.unwrap_or_else(|TimedOut| Err("it does not answer".into()));
        found.map_err(|why| format!("{} cannot be used: {why}", engine.url()))?;
        Ok(Arc::new(engine))
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.link.url
    }

    /// Opens a session. Where the database is away, it fails at once, or waits for it up to `patience`.
    pub(super) fn connect(&self, patience: Duration) -> Result<DrivenSession, String> {
        if patience.is_zero() && !self.link.is_there() {
            return Err(AWAY.into());
        }
        let limit = if patience.is_zero() { ANSWER_TIME } else { patience };
        let connected = DrivenSession::open(&self.link, limit);
        connected.inspect_err(|why| failover::look_again(&self.link, why))
    }
}
