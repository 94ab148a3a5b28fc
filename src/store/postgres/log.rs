//! The log that several nodes write.
//!
//! A transaction first moves the head, whose lock orders all writers, if nothing came that matters to its records; then
//! it writes their rows and the records themselves into the feed, and wakes those who listen. Two round trips: the numbers
//! in the rows depend on where the head was. Where no other node has written for a while, it is optimistic: the numbers
//! are taken for granted, all travels at once, and the database refuses it if something came after all.
//!
//! All of it is of one session, in which the database's history was compared with what is known here.
//!
//! Where it is not known what became of a transaction (the session ended while it was committed), the next one *fences*:
//! it moves the head on by a number that no record has, so that the lost one, if it is still under way, finds that
//! something came before it, and keeps nothing. What the feed has of it then is what was kept.
//!
//! Where a standby *took over*, it may have lost records that people saw at other nodes: their numbers are left out.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::archive::DatabaseReader;
use super::cluster::PostgresCluster;
use super::connection::{Connection, ONE_MOMENT};
use super::engine::Engine;
use super::erasing;
use super::feed::{self, Batch, Part};
use super::files::PostgresBlobs;
use super::link::ANSWER_TIME;
use super::schema;
use super::search::{self, Words};
use super::url::DatabaseUrl;
use crate::chat::{
    Appended, BlobStore, ChatId, Cluster, FileKey, Identity, Log, News, OpenArchive, OwnedKey, Record, Seq,
    Snapshot, StorageError,
};
use crate::secrets::draw_id;
use crate::store::rows::seq_in;
use crate::store::sql::{Error, Row, Sql as _, values};
use crate::store::{files, journal, snapshot};

/// The chat in a database. Closed when it is dropped.
pub struct PostgresLog {
    connection: Connection,
    cluster: Arc<PostgresCluster>,
    progress: Cell<Progress>,
    /// The chat that was found first.
    chat: OnceCell<ChatId>,
    /// The session in which the database's history was found to be the one known here.
    checked_session: Cell<u64>,
    /// A batch of which it is not known whether it was kept.
    unsettled: Cell<Option<Batch>>,
    /// When something was last told of that another node appended.
    others_wrote: Cell<Option<Instant>>,
}

/// How far this node has come.
#[derive(Clone, Copy, Default)]
struct Progress {
    /// The newest record that the chat was given, or has given.
    given: Seq,
    /// Up to here the database has no other: numbers behind `given` were left out.
    known: Seq,
    /// The newest record that the feed had, by which histories are compared.
    mark: Option<(Seq, Batch)>,
}

/// Numbers that are left out where the database lost some that may have been seen: none of these is given twice.
const NUMBERS_LEFT_OUT: i64 = 1_000_000;
/// Whoever stops in the middle holds the head, and all others, no longer than this.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '3s'";

/// Moves the head, unless something came that matters. ?1: the records; ?2: the last of them that is not talk, counted
/// from 1, or 0; ?3: all up to here is known; ?4: talk matters.
const MOVE: &str = "UPDATE numbering SET newest = newest + ?1,
    newest_other = CASE WHEN CAST(?2 AS BIGINT) > 0 THEN newest + ?2 ELSE newest_other END
    WHERE newest_other <= ?3 AND newest >= ?3 AND (newest = ?3 OR NOT ?4) RETURNING newest - ?1 AS before";

/// The same where nothing at all came; else it is an error, `DIVISION_BY_ZERO`, and so is all that travels with it: the
/// server's log has a line for each.
const MOVE_OPTIMISTICALLY: &str = "WITH moved AS (UPDATE numbering SET newest = newest + ?1,
    newest_other = CASE WHEN CAST(?2 AS BIGINT) > 0 THEN newest + ?2 ELSE newest_other END
    WHERE newest = ?3 RETURNING newest) SELECT 1 / count(*) FROM moved";
/// After so long without a record of theirs, it is likely that other nodes do not write this moment either. (Tests meet
/// both ways.)
const ALONE_TIME: Duration = if cfg!(test) { Duration::from_millis(2) } else { Duration::from_secs(1) };

/// Moves the head past every transaction that began before.
const FENCE: &str = "UPDATE numbering SET newest = newest + 1, newest_other = newest + 1";

/// Leaves out numbers where a standby took over: it may have lost some that were seen at other nodes only. The first node
/// that comes to it does so for all. ?1: its timeline.
const TAKE_OVER: &str = "UPDATE numbering SET timeline = ?1,
    newest = CASE WHEN timeline IS NULL THEN newest ELSE newest + ?2 END,
    newest_other = CASE WHEN timeline IS NULL THEN newest_other ELSE newest + ?2 END
    WHERE timeline IS DISTINCT FROM CAST(?1 AS BIGINT)";

/// Leaves out numbers that were given before some of history was lost. ?1: the newest one known.
const SKIP: &str =
    "UPDATE numbering SET newest = greatest(newest, ?1) + ?2, newest_other = greatest(newest, ?1) + ?2";

impl PostgresLog {
    /// Finds the database and brings its tables up to date.
    ///
    /// Errors: one line for the operator.
    pub fn open(url: &DatabaseUrl) -> Result<Self, String> {
        let engine = Engine::open(url.clone())?;
        let connection = Connection::new(&engine);
        schema::bring_up_to_date(&connection)?;
        search::bring_up_to_date(&connection).map_err(|error| format!("{url}: {error}"))?;
        Ok(Self {
            cluster: PostgresCluster::new(&engine),
            connection,
            progress: Cell::default(),
            chat: OnceCell::new(),
            checked_session: Cell::new(0),
            unsettled: Cell::new(None),
            others_wrote: Cell::new(None),
        })
    }

    fn engine(&self) -> &Arc<Engine> {
        self.connection.engine()
    }

    /// As if the server had ended it.
    #[cfg(test)]
    pub(super) fn end_session(&self) {
        self.connection.disconnect();
    }

    /// All that is known of what the caller has, who has everything up to `expected`.
    fn known(&self, expected: Seq) -> Seq {
        let progress = self.progress.get();
        if expected >= progress.given { expected.max(progress.known) } else { expected }
    }

    /// Does something in one session, in which all is settled. None: the database does not have what is known here.
    fn in_settled_session<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.connection.in_one_session(|| if self.settle()? { work().map(Some) } else { Ok(None) })
    }

    /// Sees to it that nothing of an earlier session is under way, and that the database has what is known here. Returns
    /// whether it has.
    fn settle(&self) -> Result<bool, Error> {
        let session = self.connection.sessions();
        if session == self.checked_session.get() {
            return Ok(true);
        }
        if self.unsettled.get().is_some() {
            self.connection.transaction(BEGIN, |sql| sql.run(FENCE, &[]))?;
            self.unsettled.set(None);
        }
        let timeline = i64::try_from(self.engine().link.timeline()).unwrap_or(i64::MAX);
        self.connection.run(TAKE_OVER, values![timeline, NUMBERS_LEFT_OUT])?;
        if !self.history_holds()? {
            return Ok(false);
        }
        self.checked_session.set(session);
        Ok(true)
    }

    /// Compares the newest record known here with what the database has in its place. Where that is lost, the numbers
    /// that may have been seen elsewhere are left out.
    fn history_holds(&self) -> Result<bool, Error> {
        let Some((seq, batch)) = self.progress.get().mark else { return Ok(true) };
        let sql = &self.connection;
        if feed::batch_of(sql, seq)? == Some(batch) {
            return Ok(true);
        }
        let head = sql.one("SELECT newest, feed_from FROM numbering", &[], |row| {
            Ok((seq_in(row, "newest")?, seq_in(row, "feed_from")?))
        })?;
        let (newest, feed_from) = head.unwrap_or_default();
        // Behind `feed_from` it is only too old to be compared.
        if seq > feed_from && newest < self.progress.get().known.next().max(seq.next()) || seq > newest {
            sql.transaction(BEGIN, |sql| {
                sql.run(SKIP, values![self.progress.get().known, NUMBERS_LEFT_OUT])
            })?;
        }
        Ok(false)
    }

    /// Notes that the caller is given this.
    fn give(&self, part: &Part) {
        self.note_others(part);
        let before = self.progress.get();
        let mark = part.last().or(before.mark);
        let given = part.last().map_or(before.given, |(seq, _)| seq.max(before.given));
        self.progress.set(Progress { given, known: part.known_up_to().max(given), mark });
    }

    fn news(&self, after: Seq) -> Result<News, Error> {
        let part = feed::after(&self.connection, after)?;
        if part.newest < after {
            return self.was_put_back();
        }
        if after >= self.progress.get().given {
            self.give(&part);
        }
        Ok(part.news())
    }

    /// The database has less than it had, in the same session: its tables are those of a backup.
    fn was_put_back(&self) -> Result<News, Error> {
        self.checked_session.set(0);
        self.settle().map(|_| News::Unknown)
    }

    /// One attempt to keep records. After an error that ended the session while it was committed, it is in `unsettled`.
    fn try_append(&self, expected: Seq, records: &[Record], batch: &Batch) -> Result<Appended, Error> {
        match self.write(expected, records, batch) {
            Ok((part, before)) => {
                let last = Seq(before.0 + records.len() as u64);
                self.note_others(&part);
                self.progress.set(Progress { given: last, known: last, mark: Some((last, *batch)) });
                Ok(Appended { news: part.news(), first: Some(before.next()) })
            }
            Err(Stopped::ByOthers(part)) if part.newest < expected => {
                Ok(Appended { news: self.was_put_back()?, first: None })
            }
            Err(Stopped::ByOthers(part)) => {
                self.give(&part);
                Ok(Appended { news: part.news(), first: None })
            }
            Err(Stopped::Failed(error)) if is_nonce_clash(&error) => {
                Ok(Appended { news: self.news(expected)?, first: None })
            }
            Err(Stopped::Failed(error)) => {
                if self.connection.is_unsettled() {
                    self.unsettled.set(Some(*batch));
                }
                Err(error)
            }
        }
    }

    /// Notes when other nodes write.
    fn note_others(&self, part: &Part) {
        if part.last().is_some() {
            self.others_wrote.set(Some(Instant::now()));
        }
    }

    /// Keeps the records in a transaction. Returns what others appended, and the number before the first.
    fn write(&self, expected: Seq, records: &[Record], batch: &Batch) -> Result<(Part, Seq), Stopped> {
        let known = self.known(expected);
        let [count, other] = places(records);
        if self.others_wrote.get().is_none_or(|at| at.elapsed() >= ALONE_TIME) {
            let written = self.connection.transaction(BEGIN, |sql| {
                sql.run(MOVE_OPTIMISTICALLY, values![count, other, known])?;
                self.write_behind(sql, known, expected, records, batch)
            });
            match written {
                Err(error) if code(&error) == Some(&SqlState::DIVISION_BY_ZERO) => {}
                outcome => return Ok(outcome.map(|()| (Part::nothing_after(expected), known))?),
            }
        }
        let heeds_talk = records.iter().any(|record| record.event.heeds_talk());
        self.connection.transaction(BEGIN, |sql| {
            let head = values![count, other, known, heeds_talk];
            let [moved, later] = sql.ask([(MOVE, head), (feed::AFTER, &feed::values_after(expected))])?;
            let part = feed::part(expected, &later)?;
            let Some(moved) = moved.first().filter(|_| part.is_all()) else {
                return Err(Stopped::ByOthers(part));
            };
            let before = seq_in(&Row::Postgres(moved), "before")?;
            self.write_behind(sql, before, expected, records, batch)?;
            Ok((part, before))
        })
    }

    /// Writes the records behind the head, which was moved.
    fn write_behind(
        &self,
        sql: &Connection,
        before: Seq,
        expected: Seq,
        records: &[Record],
        batch: &Batch,
    ) -> Result<(), Error> {
        for record in records {
            let mut record = record.clone();
            record.renumber(expected, before.0 - expected.0);
            journal::write(sql, &mut Words, &record)?;
            feed::put(sql, &record, batch)?;
        }
        if records.iter().any(|record| record.event.erases()) {
            sql.run(erasing::NOTE, &[])?;
        }
        let channel = self.engine().url().feed_channel();
        sql.run("SELECT pg_notify(?1, ?2)", values![channel.as_str(), self.cluster.id()])
    }

    /// Finds out, in a new session, what became of a batch.
    fn outcome(&self, expected: Seq, batch: &Batch) -> Result<Appended, Error> {
        let kept = feed::numbers_of(&self.connection, expected, batch)?;
        let part = feed::after(&self.connection, expected)?;
        let Some((first, last)) = kept else {
            self.give(&part);
            return Ok(Appended { news: part.news(), first: None });
        };
        if !part.is_all() {
            return Ok(Appended { news: News::Unknown, first: Some(first) });
        }
        self.progress.set(Progress { given: last, known: last, mark: Some((last, *batch)) });
        Ok(Appended { news: part.before(first).news(), first: Some(first) })
    }
}

/// How many records there are, and which is the last that is not talk, counted from 1, or 0.
fn places(records: &[Record]) -> [i64; 2] {
    let other = records.iter().rposition(|record| !record.event.is_talk()).map_or(0, |last| last + 1);
    [records.len(), other].map(|place| i64::try_from(place).unwrap_or(i64::MAX))
}

/// Nothing is kept, and the state is to be restored.
const NOTHING_KNOWN: Appended = Appended { news: News::Unknown, first: None };

/// Why a transaction keeps nothing.
enum Stopped {
    /// Others appended this before.
    ByOthers(Part),
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The index that tells when another node was quicker to keep the same.
const NONCES: &str = "messages_by_nonce";

fn is_nonce_clash(error: &Error) -> bool {
    let Error::Postgres(refusal) = error else { return false };
    let index = refusal.as_db_error().and_then(tokio_postgres::error::DbError::constraint);
    code(error) == Some(&SqlState::UNIQUE_VIOLATION) && index == Some(NONCES)
}

/// Why the server refuses.
fn code(error: &Error) -> Option<&SqlState> {
    let Error::Postgres(refusal) = error else { return None };
    refusal.code()
}

impl Log for PostgresLog {
    /// Errors: as [`Log::append`] says, but for one of which the database does not tell in time whether it was kept: if
    /// it was, it comes as news.
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let (start, batch) = (Instant::now(), draw_id());
        let had_session = self.connection.is_connected();
        let attempt = || self.in_settled_session(|| self.try_append(expected, records, &batch));
        let error = match attempt() {
            Ok(appended) => return Ok(appended.unwrap_or(NOTHING_KNOWN)),
            Err(error) => error,
        };
        let rest = ANSWER_TIME.saturating_sub(start.elapsed());
        if !had_session || self.connection.is_connected() || rest.is_zero() {
            return Err(error.into());
        }
        // The session is gone: once more, in another one.
        let again = self.connection.patiently(rest, |_| match self.unsettled.get() {
            Some(_) => self.in_settled_session(|| self.outcome(expected, &batch)),
            None => attempt(),
        });
        Ok(again?.unwrap_or(NOTHING_KNOWN))
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        let news = self.in_settled_session(|| self.news(after)).inspect_err(|error| {
            if matches!(error, Error::Newer) {
                self.cluster.fail(error.to_string());
            }
        });
        Ok(news?.unwrap_or(News::Unknown))
    }

    fn cluster(&self) -> Option<Arc<dyn Cluster>> {
        Some(Arc::clone(&self.cluster) as _)
    }

    fn first_code(&mut self, drawn: String) -> Result<String, StorageError> {
        let first = "UPDATE numbering SET first_code = coalesce(first_code, ?1) RETURNING first_code";
        let code = self.connection.one(first, values![drawn.as_str()], |row| row.get("first_code"))?;
        Ok(code.unwrap_or(drawn))
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        let sql = &self.connection;
        let (snapshot, mark, identity) = sql.transaction(ONE_MOMENT, |sql| {
            Ok::<_, Error>((snapshot::restore(sql, messages)?, feed::newest(sql)?, snapshot::identity(sql)?))
        })?;
        if let Some(Identity { id, .. }) = identity
            && *self.chat.get_or_init(|| id.clone()) != id
        {
            let why = format!("{} has another chat now", self.engine().url());
            self.cluster.fail(why.clone());
            return Err(StorageError(why));
        }
        self.progress.set(Progress { given: snapshot.newest, known: snapshot.newest, mark });
        Ok(snapshot)
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(snapshot::identity(&self.connection)?)
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        Ok(files::dropped(&self.connection)?)
    }

    fn forget_dropped_files(&mut self, keys: &[FileKey]) -> Result<(), StorageError> {
        Ok(self.connection.transaction("BEGIN", |sql| files::forget_dropped(sql, keys))?)
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        Some(Arc::new(PostgresBlobs::new(self.engine())))
    }

    fn archive(&self) -> Option<OpenArchive> {
        let engine = Arc::clone(self.engine());
        Some(Box::new(move || Ok(Box::new(DatabaseReader::new(&engine)))))
    }
}

impl Drop for PostgresLog {
    fn drop(&mut self) {
        self.cluster.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::database;
    use super::*;
    use crate::chat::log_contract::samples::{record, registered};

    #[test]
    fn nothing_is_kept_or_told_in_a_session_in_which_nothing_is_settled() {
        let Some(database) = database() else { return };
        let mut log = database.log();
        log.append(Seq(0), &[record(1, registered("ann", false))]).unwrap();
        let bob = [record(2, registered("bob", false))];
        let in_another = |ask: &dyn Fn()| {
            log.in_settled_session(|| {
                log.end_session();
                ask();
                Ok(())
            })
        };
        for others_write in [false, true] {
            log.others_wrote.set(others_write.then(Instant::now));
            in_another(&|| {
                assert!(matches!(log.write(Seq(1), &bob, &[7; 16]), Err(Stopped::Failed(_))));
            })
            .unwrap();
        }
        in_another(&|| assert!(log.news(Seq(1)).is_err())).unwrap();
        assert_eq!(log.append(Seq(1), &bob).unwrap().first, Some(Seq(2)));
    }
}
