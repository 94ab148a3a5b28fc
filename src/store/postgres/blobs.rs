//! The bytes of files, in parts. (Who asks: `files.rs`.)

use crate::chat::{
    Blob, BlobUsage, FileId, FileKey, HalfBlob, MemberId, NextPart, PART, UploadKey, Uploaded,
};
use crate::store::rows::{key, seq_in};
use crate::store::sql::{Error, Row, Sql, values};

/// Files that are looked for at once, to be removed.
const AT_ONCE: i64 = 100;
/// Bytes of a file that one statement removes: each is answered in time, however large the file is.
const REMOVED: u64 = if cfg!(test) { PART as u64 } else { 256 * PART as u64 };

pub(super) fn usage(sql: &impl Sql, owner: MemberId) -> Result<BlobUsage, Error> {
    let question = "SELECT coalesce(max(bytes) FILTER (WHERE owner = 0), 0) AS everyones,
            coalesce(max(bytes) FILTER (WHERE owner = ?1), 0) AS own,
            coalesce(max(version) FILTER (WHERE owner = 0), 0) AS version
        FROM blob_usage WHERE owner IN (0, ?1)";
    let usage = sql.one(question, values![owner], |row| {
        Ok(BlobUsage {
            all: whole(row, "everyones")?,
            own: whole(row, "own")?,
            version: whole(row, "version")?,
        })
    })?;
    usage.ok_or_else(|| Error::Other("nothing counts the files".into()))
}

/// One statement, so that nobody waits for a node that stops in between.
pub(super) fn reserve(sql: &impl Sql, blob: &Blob, seen: &BlobUsage) -> Result<bool, Error> {
    let statement =
        "WITH head AS (SELECT version FROM blob_usage WHERE owner = 0 AND version = ?5 FOR UPDATE)
        INSERT INTO blobs (key, owner, length, size)
        SELECT CAST(?1 AS BYTEA), CAST(?2 AS BIGINT), CAST(?3 AS BIGINT), CAST(?4 AS BIGINT) FROM head
        RETURNING owner";
    let Blob { key, owner, length, size } = blob;
    let values = values![&key.0, *owner, number(*length), number(*size), number(seen.version)];
    Ok(sql.one(statement, values, |_| Ok(()))?.is_some())
}

/// Takes the room for a file, whatever others have: the caller knows that nobody else writes.
pub(super) fn add(sql: &impl Sql, blob: &Blob) -> Result<(), Error> {
    let Blob { key, owner, length, size } = blob;
    sql.run(
        "INSERT INTO blobs (key, owner, length, size) VALUES (?1, ?2, ?3, ?4)",
        values![&key.0, *owner, number(*length), number(*size)],
    )
}

/// Adds parts from the byte `at` on, in a transaction; gives how many bytes they have. Each is there before the next is
/// read, so that no more than one is in memory.
pub(super) fn fill(sql: &impl Sql, key: FileKey, at: u64, next: NextPart<'_>) -> Result<u64, Error> {
    let statement = "INSERT INTO blob_parts (key, at, bytes) VALUES (?1, ?2, ?3) RETURNING at";
    let mut done = 0;
    loop {
        let part = next()?;
        if part.is_empty() {
            return Ok(done);
        }
        sql.one(statement, values![&key.0, number(at + done), &*part], |_| Ok(()))?;
        done += part.len() as u64;
    }
}

pub(super) fn open(sql: &impl Sql, key: FileKey) -> Result<Option<(u64, Vec<u8>)>, Error> {
    let question = "SELECT length, coalesce(bytes, '') AS bytes
        FROM blobs LEFT JOIN blob_parts ON blob_parts.key = blobs.key AND at = 0
        WHERE blobs.key = ?1 AND EXISTS (SELECT 1 FROM files WHERE (key = ?1 OR preview = ?1) AND NOT gone)";
    sql.one(question, values![&key.0], |row| Ok((whole(row, "length")?, row.get("bytes")?)))
}

/// The length of a file that a row tells of, or would: for those who read all at one moment.
pub(super) fn length(sql: &impl Sql, key: FileKey) -> Result<Option<u64>, Error> {
    sql.one("SELECT length FROM blobs WHERE key = ?1", values![&key.0], |row| whole(row, "length"))
}

pub(super) fn read(sql: &impl Sql, key: FileKey, at: u64) -> Result<Option<Vec<u8>>, Error> {
    let question = "SELECT bytes FROM blob_parts WHERE key = ?1 AND at = ?2";
    sql.one(question, values![&key.0, number(at)], |row| row.get("bytes"))
}

/// Removes a file, and an upload that it is of, last; tells if it was there. Not in a transaction: it takes as long as the
/// file is large. Errors: some of its bytes may be gone.
pub(super) fn remove(sql: &impl Sql, key: FileKey) -> Result<bool, Error> {
    let Some(length) = length(sql, key)? else { return Ok(false) };
    let mut at = 0;
    while length - at > REMOVED {
        let parts = "DELETE FROM blob_parts WHERE key = ?1 AND at >= ?2 AND at < ?3";
        sql.run(parts, values![&key.0, number(at), number(at + REMOVED)])?;
        at += REMOVED;
    }
    // With the parts that are left.
    let removed = "DELETE FROM blobs WHERE key = ?1 RETURNING key";
    Ok(sql.one(removed, values![&key.0], |_| Ok(()))?.is_some())
}

fn remove_all(sql: &impl Sql, keys: Vec<FileKey>) -> Result<(), Error> {
    keys.into_iter().try_for_each(|key| remove(sql, key).map(drop))
}

pub(super) fn ownerless(sql: &impl Sql, keys: &[FileKey]) -> Result<Vec<FileKey>, Error> {
    let question = "SELECT key FROM (SELECT substring(CAST(?1 AS BYTEA) FROM CAST(16 * n + 1 AS INTEGER) FOR 16) AS key
            FROM generate_series(0, CAST(?2 AS BIGINT) - 1) AS n) AS named
        WHERE NOT EXISTS (SELECT 1 FROM files WHERE (files.key = named.key OR files.preview = named.key) AND NOT gone)";
    let all: Vec<u8> = keys.iter().flat_map(|key| key.0).collect();
    sql.all(question, values![&*all, number(keys.len() as u64)], key)
}

/// Files that are older than a day and that nothing has.
const STRAYS: &str = "SELECT key FROM blobs WHERE kept_at < now() - interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM files WHERE files.key = blobs.key AND NOT gone)
    AND NOT EXISTS (SELECT 1 FROM files WHERE files.preview = blobs.key AND NOT gone)
    AND NOT EXISTS (SELECT 1 FROM half_uploads WHERE half_uploads.key = blobs.key)";

/// Removes these; gives how many.
pub(super) fn remove_strays(sql: &impl Sql) -> Result<u64, Error> {
    let mut all = 0;
    loop {
        let strays = sql.all(&format!("{STRAYS} LIMIT ?1"), values![AT_ONCE], key)?;
        if strays.is_empty() {
            return Ok(all);
        }
        all += strays.len() as u64;
        remove_all(sql, strays)?;
    }
}

/// Removes uploads with which nobody went on for ten minutes, but for those to which a piece is being added.
pub(super) fn remove_late_uploads(sql: &impl Sql) -> Result<(), Error> {
    let late = "SELECT key FROM half_uploads WHERE touched_at < now() - interval '10 minutes'
        FOR UPDATE SKIP LOCKED";
    remove_all(sql, sql.all(late, values![], key)?)
}

/// Not in a transaction: those in whose place it comes are removed.
pub(super) fn begin_upload(
    sql: &impl Sql,
    (member, nonce): &UploadKey,
    blob: &Blob,
    most: usize,
) -> Result<(), Error> {
    let replaced = sql.all(
        "SELECT key FROM half_uploads WHERE key IN (
            SELECT key FROM half_uploads WHERE member = ?1 AND nonce = ?2
            UNION SELECT key FROM (SELECT key FROM half_uploads WHERE member = ?1 AND nonce <> ?2
                ORDER BY touched_at DESC OFFSET ?3) AS oldest
        ) FOR UPDATE SKIP LOCKED",
        values![*member, nonce.as_str(), number(most.saturating_sub(1) as u64)],
        key,
    )?;
    remove_all(sql, replaced)?;
    sql.run(
        "INSERT INTO half_uploads (member, nonce, key, length, done) VALUES (?1, ?2, ?3, ?4, 0)",
        values![*member, nonce.as_str(), &blob.key.0, number(blob.length)],
    )
}

pub(super) fn upload(sql: &impl Sql, (member, nonce): &UploadKey) -> Result<Option<HalfBlob>, Error> {
    let question = "SELECT key, length, done FROM half_uploads WHERE member = ?1 AND nonce = ?2";
    sql.one(question, values![*member, nonce.as_str()], |row| {
        Ok(HalfBlob { key: key(row)?, length: whole(row, "length")?, done: whole(row, "done")? })
    })
}

/// Moves an upload on by so many bytes, if it is where it was.
pub(super) fn advance(
    sql: &impl Sql,
    (member, nonce): &UploadKey,
    half: &HalfBlob,
    by: u64,
) -> Result<bool, Error> {
    let statement = "UPDATE half_uploads SET done = done + ?5, touched_at = now()
        WHERE member = ?1 AND nonce = ?2 AND key = ?3 AND done = ?4 RETURNING done";
    let values = values![*member, nonce.as_str(), &half.key.0, number(half.done), number(by)];
    Ok(sql.one(statement, values, |_| Ok(()))?.is_some())
}

pub(super) fn remember(sql: &impl Sql, (member, nonce): &UploadKey, uploaded: Uploaded) -> Result<(), Error> {
    sql.run("DELETE FROM uploaded WHERE uploaded_at < now() - interval '1 hour'", values![])?;
    sql.run(
        "INSERT INTO uploaded (member, nonce, file, cleaned) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (member, nonce)
            DO UPDATE SET file = excluded.file, cleaned = excluded.cleaned, uploaded_at = excluded.uploaded_at",
        values![*member, nonce.as_str(), uploaded.id, uploaded.cleaned],
    )
}

pub(super) fn remembered(sql: &impl Sql, (member, nonce): &UploadKey) -> Result<Option<Uploaded>, Error> {
    let question = "SELECT file, cleaned FROM uploaded
        WHERE member = ?1 AND nonce = ?2 AND uploaded_at >= now() - interval '1 hour'";
    sql.one(question, values![*member, nonce.as_str()], |row| {
        Ok(Uploaded { id: FileId(seq_in(row, "file")?), cleaned: row.get("cleaned")? })
    })
}

/// A number of bytes, or a count.
fn whole(row: &Row, name: &str) -> Result<u64, Error> {
    Ok(u64::try_from(row.get::<i64>(name)?).unwrap_or(0))
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
