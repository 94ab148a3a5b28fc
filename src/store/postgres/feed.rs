//! The feed: each record as it is, in the order of its number, for a minute or so.

use super::connection::Connection;
use super::wire::{self, WireError};
use crate::chat::{News, Record, Seq, Timestamp};
use crate::store::rows::{seq, seq_in};
use crate::store::sql::{Error, Row, Sql as _, Value, values};

/// Tells the records of one transaction from all others.
pub(super) type Batch = [u8; 16];

/// Records that are read at once: who is further behind comes again.
const PART: i64 = if cfg!(test) { 50 } else { 5_000 };

/// What the database has after some record.
pub(super) struct Part {
    /// The newest number that was given.
    pub(super) newest: Seq,
    /// In order, with their batches.
    pub(super) records: Vec<(Record, Batch)>,
    /// The feed has more.
    more: bool,
    /// The feed has every record.
    whole: bool,
}

impl Part {
    pub(super) fn nothing_after(seq: Seq) -> Self {
        Self { newest: seq, records: Vec::new(), more: false, whole: true }
    }

    /// Up to which number all is known: numbers behind the last record were given to none.
    pub(super) fn known_up_to(&self) -> Seq {
        let last = self.last().map(|(seq, _)| seq);
        if self.more { last.unwrap_or_default() } else { self.newest }
    }

    /// The newest record and its batch.
    pub(super) fn last(&self) -> Option<(Seq, Batch)> {
        self.records.last().map(|(record, batch)| (record.seq, *batch))
    }

    /// Whether all that there is, is known.
    pub(super) fn is_all(&self) -> bool {
        self.whole && !self.more
    }

    /// What comes before a record.
    pub(super) fn before(mut self, first: Seq) -> Self {
        self.records.retain(|(record, _)| record.seq < first);
        self
    }

    pub(super) fn news(self) -> News {
        let records = self.records.into_iter().map(|(record, _)| record).collect();
        match (self.whole, self.more) {
            (true, false) => News::Records(records),
            (true, true) => News::First(records),
            (false, _) => News::Unknown,
        }
    }
}

/// The head and what follows one record, as of one moment. One row at least.
pub(super) const AFTER: &str =
    "SELECT numbering.newest, numbering.feed_from, later.seq, later.at, later.batch, later.event FROM numbering
    LEFT JOIN (SELECT seq, at, batch, event FROM feed WHERE seq > ?1 ORDER BY seq LIMIT ?2) AS later ON TRUE
    ORDER BY later.seq";

/// The values of [`AFTER`].
pub(super) fn values_after(after: Seq) -> [Value<'static>; 2] {
    [after.into(), PART.into()]
}

/// Reads the rows of [`AFTER`].
pub(super) fn part(after: Seq, rows: &[tokio_postgres::Row]) -> Result<Part, Error> {
    let mut part = Part { whole: false, ..Part::nothing_after(after) };
    for row in rows {
        let row = &Row::Postgres(row);
        part.newest = seq_in(row, "newest")?;
        part.whole = seq_in(row, "feed_from")? <= after;
        if let Some(number) = row.get::<Option<i64>>("seq")? {
            let event = wire::decode(&row.get::<Vec<u8>>("event")?).map_err(unreadable)?;
            let record = Record { seq: seq(number), at: Timestamp(row.get("at")?), event };
            part.records.push((record, batch(row)?));
        }
    }
    part.more = i64::try_from(part.records.len()).is_ok_and(|count| count >= PART);
    Ok(part)
}

pub(super) fn after(sql: &Connection, after: Seq) -> Result<Part, Error> {
    let [rows] = sql.ask([(AFTER, &values_after(after))])?;
    part(after, &rows)
}

/// Puts a record into it, whose rows the same transaction writes.
pub(super) fn put(sql: &Connection, record: &Record, batch: &Batch) -> Result<(), Error> {
    let event = wire::encode(&record.event);
    let values = values![record.seq, record.at, batch, &event[..]];
    sql.run("INSERT INTO feed (seq, at, batch, event) VALUES (?1, ?2, ?3, ?4)", values)
}

/// The newest record in it.
pub(super) fn newest(sql: &Connection) -> Result<Option<(Seq, Batch)>, Error> {
    sql.one("SELECT seq, batch FROM feed ORDER BY seq DESC LIMIT 1", &[], |row| {
        Ok((seq_in(row, "seq")?, batch(row)?))
    })
}

/// The batch that has a record.
pub(super) fn batch_of(sql: &Connection, seq: Seq) -> Result<Option<Batch>, Error> {
    sql.one("SELECT batch FROM feed WHERE seq = ?1", values![seq], batch)
}

/// The numbers of a batch's first record and of its last, if it is kept, behind `after`.
pub(super) fn numbers_of(sql: &Connection, after: Seq, batch: &Batch) -> Result<Option<(Seq, Seq)>, Error> {
    let numbers = "SELECT min(seq) AS first, max(seq) AS last FROM feed WHERE seq > ?1 AND batch = ?2
        HAVING count(*) > 0";
    sql.one(numbers, values![after, batch], |row| Ok((seq_in(row, "first")?, seq_in(row, "last")?)))
}

/// Removes what all live nodes have applied and is a minute old, and what is 10 minutes old in any case: a node that
/// lags more restores its state anew. The newest row stays, by which histories are compared.
pub(super) const TRIM: &str =
    "WITH gone AS (
        DELETE FROM feed WHERE seq < (SELECT max(seq) FROM feed) AND stamp < clock_timestamp() - interval '1 minute'
        AND (stamp < clock_timestamp() - interval '10 minutes' OR seq <= (
            SELECT min(applied) FROM nodes WHERE seen_at > clock_timestamp() - interval '10 seconds'))
        RETURNING seq)
    UPDATE numbering SET feed_from = gone.last FROM (SELECT max(seq) AS last FROM gone) AS gone
    WHERE gone.last > numbering.feed_from";

fn batch(row: &Row) -> Result<Batch, Error> {
    row.get::<Vec<u8>>("batch")?.try_into().map_err(|_| unreadable(WireError::Damaged))
}

fn unreadable(error: WireError) -> Error {
    match error {
        WireError::UnknownKind => Error::Newer,
        WireError::Damaged => Error::Other("the feed in the database is damaged".into()),
    }
}
