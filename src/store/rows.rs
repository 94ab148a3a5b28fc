//! From rows to messages. What does not fit was not written by snug, or is damaged.

use std::fmt::Display;

use rusqlite::Row;
use rusqlite::types::FromSql;

use super::mentions;
use crate::chat::{Body, MemberId, Message, RoomId, Seq, StorageError, Timestamp};

/// Whom a message mentions, as [`mentions::mentions_from_row`] reads it.
pub(super) const MENTIONS: &str =
    "(SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id)";

/// What [`message`] reads.
pub(super) const COLUMNS: &str = "messages.id, posted_at, author, text, messages.room, edited_at,
    (SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id)";

/// The message that a row of [`COLUMNS`] stands for.
pub(super) fn message(row: &Row) -> Result<Message, StorageError> {
    let id: i64 = row.get(0)?;
    let text: String = column(row, 3, id)?;
    let fit = || StorageError(format!("message {id} is damaged"));
    let body = Body::from_storage(&text).ok_or_else(fit)?;
    let mentions = mentions::mentions_from_row(&body, column(row, 6, id)?).ok_or_else(fit)?;
    let (author, room) = (MemberId(seq(column(row, 2, id)?)), RoomId(seq(column(row, 4, id)?)));
    let (at, edited) = (Timestamp(column(row, 1, id)?), column::<Option<i64>>(row, 5, id)?.map(Timestamp));
    // How it was sent matters to nobody who reads.
    Ok(Message { id: seq(id), author, room, at, body, mentions, edited, nonce: None })
}

fn column<T: FromSql>(row: &Row, index: usize, id: impl Display) -> Result<T, StorageError> {
    row.get(index).map_err(|error| StorageError(format!("record {id} is damaged: {error}")))
}

/// A number that SQLite gave us: one of ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}

/// A number for SQLite. Ours never get there; a visitor's may.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
