//! Columns of rows as the chat's values.
//!
//! Errors: what does not fit was not written by snug, or is damaged; the text names the record.

use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::chat::{MemberId, RoomId, Seq, StorageError, Timestamp, TokenDigest};

pub(super) fn id(row: &Row) -> Result<Seq, StorageError> {
    Ok(seq(row.get("id")?))
}

pub(super) fn room_id(row: &Row) -> Result<RoomId, StorageError> {
    Ok(RoomId(seq(column(row, "room")?)))
}

pub(super) fn member_id(row: &Row, name: &str) -> Result<MemberId, StorageError> {
    Ok(MemberId(seq(column(row, name)?)))
}

pub(super) fn member_or_none(row: &Row, name: &str) -> Result<Option<MemberId>, StorageError> {
    Ok(column::<Option<i64>>(row, name)?.map(|id| MemberId(seq(id))))
}

pub(super) fn digest(row: &Row) -> Result<TokenDigest, StorageError> {
    column(row, "token_sha256").map(TokenDigest)
}

pub(super) fn time(row: &Row, name: &str) -> Result<Timestamp, StorageError> {
    column(row, name).map(Timestamp)
}

pub(super) fn column<T: FromSql>(row: &Row, name: &str) -> Result<T, StorageError> {
    row.get(name).map_err(|error| {
        let id = row.get::<_, i64>("id").unwrap_or_default();
        StorageError(format!("record {id} is damaged: {error}"))
    })
}

pub(super) fn damaged(what: &str, row: &Row) -> StorageError {
    StorageError(format!("{what} {} is damaged", row.get::<_, i64>("id").unwrap_or_default()))
}

/// A number from SQLite; 0 for one that is not ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}

/// A number for SQLite. Ours fit; one that a client made up may not, and becomes the highest.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
