//! A session that is driven by whoever waits for its answers.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::failover;
use super::link::Link;
use super::session::Session;

/// An answer wakes the thread that waits for it, and no other. While nobody waits, nothing that the server says is heard.
pub(super) struct DrivenSession {
    session: Session,
    runtime: LocalRuntime,
}

impl DrivenSession {
    /// Waits for the database where it is away, up to `limit`.
    ///
    /// Errors: one line for the operator.
    pub(super) fn open(link: &Arc<Link>, limit: Duration) -> Result<Self, String> {
        let runtime = LocalRuntime::new().map_err(|error| format!("no connection can be opened: {error}"))?;
        let connect = async {
            link.wait_until_there().await;
            failover::connect(link, None).await
        };
        let connected = runtime.run(async { timeout(limit, connect).await });
        let session = connected.unwrap_or_else(|_| Err("it does not answer".into()))?;
        Ok(Self { session, runtime })
    }

    /// Waits for answers.
    pub(super) fn wait<'s, T>(&'s self, ask: impl AsyncFnOnce(&'s Client) -> T) -> T {
        self.runtime.run(ask(&self.session.client))
    }

    /// Hears what the server has said while nobody waited. Does not wait.
    pub(super) fn hear(&self) {
        // What came is seen when the first of these has yielded, and heard before the last one goes on.
        self.runtime.run(async {
            for _ in 0..3 {
                yield_now().await;
            }
        });
    }

    /// Whether it is over, by all that was heard.
    pub(super) fn has_ended(&self) -> bool {
        self.session.client.is_closed()
    }

    pub(super) fn timeline(&self) -> u64 {
        self.session.timeline
    }

    /// See [`Session::warnings`].
    pub(super) fn warnings(&self) -> u64 {
        self.session.warnings()
    }
}

/// Runs on the thread that waits, only while it does. Its end closes all that was opened on it.
struct LocalRuntime(Option<Runtime>);

impl LocalRuntime {
    fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_io().enable_time().build().map(|runtime| Self(Some(runtime)))
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.as_ref().expect("it is there until it is dropped").block_on(work)
    }
}

impl Drop for LocalRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A name that is being looked up is not waited for.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::connection::Connection;
    use super::super::engine::Engine;
    use super::super::tests::database;
    use super::super::url::DatabaseUrl;
    use crate::store::sql::{Sql as _, values};

    #[test]
    fn a_session_that_ended_while_nobody_asked_is_not_asked() {
        let Some(database) = database() else { return };
        let engine = Engine::open(DatabaseUrl::parse(&database.url).unwrap()).unwrap();
        let [idle, other] = [(); 2].map(|()| Connection::new(&engine));
        let pid = "SELECT CAST(pg_backend_pid() AS BIGINT) AS pid";
        for _ in 0..20 {
            let ended = idle.one(pid, &[], |row| row.get::<i64>("pid")).unwrap().unwrap();
            // It waits until the process is gone.
            let end = "SELECT pg_terminate_backend(CAST(?1 AS INT), 10000) AS over";
            assert_eq!(other.one(end, values![ended], |row| row.get("over")).unwrap(), Some(true));
            idle.batch("SELECT 1").unwrap();
        }
        assert_eq!(idle.sessions(), 21);
    }

    #[test]
    fn a_server_is_rid_of_a_session_that_is_let_go_in_the_middle_of_something() {
        let Some(database) = database() else { return };
        let engine = Engine::open(DatabaseUrl::parse(&database.url).unwrap()).unwrap();
        let [one, other] = [(); 2].map(|()| Connection::new(&engine));
        one.begin("BEGIN").unwrap();
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))";
        let values = values![database.schema.as_str()];
        one.one(lock, values, |_| Ok(())).unwrap();
        let (let_go, taken) = (move || one.disconnect(), move || other.one(lock, values, |_| Ok(())));
        thread::scope(|scope| {
            let taken = scope.spawn(taken);
            let_go();
            taken.join().unwrap().unwrap();
        });
    }
}
