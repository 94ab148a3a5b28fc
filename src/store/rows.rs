//! Columns of rows as the chat's values.
//!
//! Errors: what does not fit was not written by snug, or is damaged; the text names the record.

use super::sql::{Column, Error, Row};
use crate::chat::{FileKey, MemberId, RoomId, Seq, Timestamp, TokenDigest};

pub(super) fn id(row: &Row) -> Result<Seq, Error> {
    seq_in(row, "id")
}

/// Errors: there is no such column; a number that is not ours is 0.
pub(super) fn seq_in(row: &Row, name: &str) -> Result<Seq, Error> {
    row.get(name).map(seq)
}

pub(super) fn room_id(row: &Row) -> Result<RoomId, Error> {
    Ok(RoomId(seq(column(row, "room")?)))
}

pub(super) fn member_id(row: &Row, name: &str) -> Result<MemberId, Error> {
    Ok(MemberId(seq(column(row, name)?)))
}

pub(super) fn member_or_none(row: &Row, name: &str) -> Result<Option<MemberId>, Error> {
    Ok(column::<Option<i64>>(row, name)?.map(|id| MemberId(seq(id))))
}

pub(super) fn digest(row: &Row) -> Result<TokenDigest, Error> {
    bytes(row, "token_sha256").map(TokenDigest)
}

pub(super) fn key(row: &Row) -> Result<FileKey, Error> {
    bytes(row, "key").map(FileKey)
}

pub(super) fn time(row: &Row, name: &str) -> Result<Timestamp, Error> {
    column(row, name).map(Timestamp)
}

pub(super) fn bytes<const N: usize>(row: &Row, name: &str) -> Result<[u8; N], Error> {
    column::<Vec<u8>>(row, name)?.try_into().map_err(|_| damaged("record", row))
}

pub(super) fn column<T: Column>(row: &Row, name: &str) -> Result<T, Error> {
    row.get(name).map_err(|error| {
        let id = row.get::<i64>("id").unwrap_or_default();
        Error::Damaged(format!("record {id} is damaged: {error}"))
    })
}

pub(super) fn damaged(what: &str, row: &Row) -> Error {
    Error::Damaged(format!("{what} {} is damaged", row.get::<i64>("id").unwrap_or_default()))
}

/// A number from a database; 0 for one that is not ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}
