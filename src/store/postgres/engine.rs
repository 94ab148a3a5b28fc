//! The database as all connections of this process see it.

use std::sync::Arc;
use std::time::Duration;

use super::driven_session::DrivenSession;
use super::failover::{self, AWAY};
use super::link::{ANSWER_TIME, Link};
use super::runtime::Runtime;
use super::tls;
use super::url::{DatabaseUrl, Encryption};

/// The database, with the thread for what goes on by itself.
pub(crate) struct Engine {
    pub(super) link: Arc<Link>,
    /// Held until the last connection is gone.
    _runtime: Runtime,
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
        DrivenSession::open(&link, ANSWER_TIME)
            .map_err(|why| format!("{} cannot be used: {why}", link.url))?;
        Ok(Arc::new(Self { link, _runtime: runtime }))
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
