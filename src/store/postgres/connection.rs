//! A connection as the store uses it: blocking, with a time limit on each answer, and statements that are put off so that
//! many travel at once.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::maybe_done;
use futures_util::stream::TryStreamExt as _;
use tokio_postgres::Statement;
use tokio_postgres::error::SqlState;

use super::driven_session::DrivenSession;
use super::engine::Engine;
use super::failover;
use super::parameter::{Parameter, numbered};
use super::pipeline::{Failure, PutOff, in_time, poll_once, send, settled};
use crate::store::sql::{Error, Row, Sql, Value};

/// Statements that are sent together, at most.
const AT_ONCE_MAX: usize = 256;
/// Texts whose plan the server keeps for one connection. There are fewer, unless something is wrong.
const PREPARED_MAX: usize = 500;

/// Begins a transaction in which all that is read is of one moment. It goes along indexes: a planner that knows nothing
/// of new tables yet would sort whole rooms to find their newest messages (2 s for a million of them, instead of 20 ms).
pub(crate) const ONE_MOMENT: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_bitmapscan = off";

/// Opens a session where it has none, or has an old server's; but never within a transaction, nor where it is to stay in
/// one session.
pub(crate) struct Connection {
    engine: Arc<Engine>,
    live: RefCell<Option<Live>>,
    in_transaction: Cell<bool>,
    /// No session is opened: what is asked belongs to the one that there is.
    keeps_session: Cell<bool>,
    /// The session ended while the last transaction was committed.
    unsettled: Cell<bool>,
    sessions: Cell<u64>,
    /// How long to wait for a database that is away; zero: such a question fails at once.
    patience: Cell<Duration>,
}

struct Live {
    session: DrivenSession,
    /// By their text with `?`.
    prepared: HashMap<String, Statement>,
    put_off: Vec<PutOff>,
}

impl Connection {
    pub(crate) fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            live: RefCell::default(),
            in_transaction: Cell::new(false),
            keeps_session: Cell::new(false),
            unsettled: Cell::new(false),
            sessions: Cell::new(0),
            patience: Cell::new(Duration::ZERO),
        }
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Does something for which a database that is away is waited for, so long.
    pub(super) fn patiently<T>(&self, patience: Duration, work: impl FnOnce(&Self) -> T) -> T {
        let before = self.patience.replace(patience);
        let done = work(self);
        self.patience.set(before);
        done
    }

    /// Does something in one session, which is opened where there is none: where it ends meanwhile, that fails. Not nested.
    pub(super) fn in_one_session<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        // It is still set where something panicked.
        self.keeps_session.set(false);
        drop(self.live()?);
        self.keeps_session.set(true);
        let done = work();
        self.keeps_session.set(false);
        done
    }

    /// Does `work` in one transaction, which begins with this statement (BEGIN, and what is set for it).
    ///
    /// Errors: nothing is kept, unless [it is not known](Self::is_unsettled).
    pub(crate) fn transaction<T, E: From<Error>>(
        &self,
        begin: &str,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin(begin)?;
        match work(self) {
            Ok(done) => Ok(self.commit().map(|()| done)?),
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }

    /// Begins a transaction with this statement. Until [`roll_back`](Self::roll_back) all is within it.
    pub(crate) fn begin(&self, sql: &str) -> Result<(), Error> {
        self.live()?.put_off.push(PutOff::Plain(sql.into()));
        self.unsettled.set(false);
        self.in_transaction.set(true);
        Ok(())
    }

    /// Ends a transaction of which nothing is kept.
    pub(crate) fn roll_back(&self) {
        if let Some(live) = self.live.borrow_mut().as_mut() {
            live.put_off.clear();
        }
        if self.is_connected() && self.batch("ROLLBACK").is_err() {
            self.disconnect();
        }
        self.in_transaction.set(false);
    }

    fn commit(&self) -> Result<(), Error> {
        let committed = self.settle_commit();
        self.in_transaction.set(false);
        committed
    }

    /// A warning means that the standbys may not have it: it may be lost with this server, and then it never was.
    fn settle_commit(&self) -> Result<(), Error> {
        let warnings = {
            let mut live = self.live()?;
            live.put_off.push(PutOff::Plain("COMMIT".into()));
            live.session.warnings()
        };
        let settled = self.settle();
        let warned = self.live.borrow().as_ref().is_some_and(|live| live.session.warnings() != warnings);
        if warned {
            self.disconnect();
        }
        self.unsettled.set(!self.is_connected());
        if settled.is_ok() && warned {
            return Err(Error::Other(
                "the database warned of a commit that its standbys may not have".into(),
            ));
        }
        settled
    }

    /// After an error of a transaction: whether it may have been kept all the same.
    pub(super) fn is_unsettled(&self) -> bool {
        self.unsettled.get()
    }

    /// Counts the sessions that this connection has had.
    pub(super) fn sessions(&self) -> u64 {
        self.sessions.get()
    }

    /// Whether there is a session: an error that ends it leaves none.
    pub(super) fn is_connected(&self) -> bool {
        self.live.borrow().is_some()
    }

    /// Lets go of the session, as it cannot be trusted.
    pub(super) fn disconnect(&self) {
        self.live.take();
    }

    /// Carries out, at once, statements without values that return nothing.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), Error> {
        self.live()?.put_off.push(PutOff::Plain(sql.into()));
        self.settle()
    }

    /// The session, opened where there is none.
    fn live(&self) -> Result<RefMut<'_, Live>, Error> {
        let mut live = self.live.borrow_mut();
        let in_transaction = self.in_transaction.get();
        let is_current = |Live { session, .. }: &Live| {
            if !in_transaction {
                session.hear();
            }
            !session.has_ended() && session.timeline() >= self.engine.link.timeline()
        };
        if !live.as_ref().is_some_and(is_current) {
            *live = None;
            if in_transaction || self.keeps_session.get() {
                return Err(Error::Other("the connection to the database was lost".into()));
            }
            let session = self.engine.connect(self.patience.get()).map_err(Error::Other)?;
            self.sessions.set(self.sessions.get() + 1);
            *live = Some(Live { session, prepared: HashMap::new(), put_off: Vec::new() });
        }
        Ok(RefMut::map(live, |live| live.as_mut().expect("it was set")))
    }

    /// Lets go of a session that is over, and says why in words.
    fn noted<T>(&self, answer: Result<T, Failure>) -> Result<T, Error> {
        match answer {
            Ok(answer) => {
                self.engine.link.heard();
                Ok(answer)
            }
            Err(Failure::Refused(error)) => {
                // A plan of a table that an upgrade changed.
                if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
                    self.disconnect();
                }
                Err(Error::Postgres(error))
            }
            Err(Failure::Lost(why)) => {
                self.disconnect();
                failover::look_again(&self.engine.link, &why);
                Err(Error::Other(format!("the connection to the database was lost: {why}")))
            }
        }
    }

    fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        let mut live = self.live()?;
        if let Some(statement) = live.prepared.get(sql) {
            return Ok(statement.clone());
        }
        if live.prepared.len() >= PREPARED_MAX {
            live.prepared.clear();
        }
        let text = numbered(sql);
        let prepared =
            live.session.wait(async |client| in_time(async { Ok(client.prepare(&text).await?) }).await);
        if let Ok(statement) = &prepared {
            live.prepared.insert(sql.into(), statement.clone());
        }
        drop(live);
        self.noted(prepared)
    }

    /// Sends what was put off, and waits for its answers.
    fn settle(&self) -> Result<(), Error> {
        let answer = {
            let mut live = self.live()?;
            let put_off = std::mem::take(&mut live.put_off);
            live.session.wait(async |client| in_time(settled(send(client, put_off).await)).await)
        };
        self.noted(answer)
    }

    /// Sends what was put off and these questions behind it, in one round trip. Returns the rows of each.
    ///
    /// Cost: the memory of all rows.
    pub(super) fn ask<const N: usize>(
        &self,
        questions: [(&str, &[Value<'_>]); N],
    ) -> Result<[Vec<tokio_postgres::Row>; N], Error> {
        let mut answers = self.ask_many(&questions)?.into_iter();
        Ok(std::array::from_fn(|_| answers.next().unwrap_or_default()))
    }

    pub(super) fn ask_many(
        &self,
        questions: &[(&str, &[Value<'_>])],
    ) -> Result<Vec<Vec<tokio_postgres::Row>>, Error> {
        let mut asked = Vec::with_capacity(questions.len());
        for (sql, values) in questions {
            let values: Vec<Parameter> = values.iter().map(Parameter::from).collect();
            asked.push((self.prepared(sql)?, values));
        }
        let answer = {
            let mut live = self.live()?;
            let put_off = std::mem::take(&mut live.put_off);
            live.session.wait(async |client| {
                let sent = send(client, put_off).await;
                let mut answers = Vec::with_capacity(asked.len());
                for (statement, values) in asked {
                    let answer = async move { client.query_raw(&statement, values).await };
                    let mut answer = Box::pin(maybe_done(answer));
                    poll_once(answer.as_mut()).await;
                    answers.push(answer);
                }
                in_time(settled(sent)).await?;
                let mut found = Vec::with_capacity(answers.len());
                for answer in &mut answers {
                    in_time(async {
                        answer.as_mut().await;
                        Ok(())
                    })
                    .await?;
                    let rows = answer.as_mut().take_output().expect("it was awaited")?;
                    let (mut rows, mut all) = (pin!(rows), Vec::new());
                    // Each row has the time of an answer of its own, as all may be many.
                    while let Some(row) = in_time(async { Ok(rows.try_next().await?) }).await? {
                        all.push(row);
                    }
                    found.push(all);
                }
                Ok(found)
            })
        };
        self.noted(answer)
    }
}

impl Sql for Connection {
    /// Within a transaction it is put off.
    fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<(), Error> {
        let statement = self.prepared(sql)?;
        let mut live = self.live()?;
        live.put_off.push(PutOff::Prepared(statement, values.iter().map(Parameter::from).collect()));
        let is_full = live.put_off.len() >= AT_ONCE_MAX;
        drop(live);
        if is_full || !self.in_transaction.get() { self.settle() } else { Ok(()) }
    }

    /// Cost: the memory of all rows, as `visit` may ask.
    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let [rows] = self.ask([(sql, values)])?;
        rows.iter().try_for_each(|row| visit(&Row::Postgres(row)))
    }

    fn each_of<'v>(
        &self,
        sql: &str,
        sets: &[impl AsRef<[Value<'v>]>],
        mut visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for sets in sets.chunks(AT_ONCE_MAX) {
            let questions: Vec<_> = sets.iter().map(|values| (sql, values.as_ref())).collect();
            for row in self.ask_many(&questions)?.iter().flatten() {
                visit(&Row::Postgres(row))?;
            }
        }
        Ok(())
    }
}
