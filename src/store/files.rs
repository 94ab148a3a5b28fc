//! Rows of files, without their bytes.

use rusqlite::{Row, Transaction, params};

use super::rows::{column, damaged, id, member_id, number, time};
use crate::chat::{AltText, FileId, FileKey, FileName, FileRecord, Record, StorageError, UnsentFile};
use crate::media::{Dimensions, FileType};

/// Adds one that no message has yet.
pub(super) fn add(
    change: &Transaction,
    record: &Record,
    owner: i64,
    file: &FileRecord,
) -> rusqlite::Result<usize> {
    let FileRecord { name, kind, size, dimensions, alt, key, sha256, preview } = file;
    let (width, height) = dimensions.map(|shown| (shown.width, shown.height)).unzip();
    let size = i64::try_from(*size).unwrap_or(i64::MAX);
    change
        .prepare_cached(
            "INSERT INTO files (id, added_at, owner, key, name, type, size, width, height, alt, sha256, preview)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            number(record.seq),
            record.at.0,
            owner,
            key.0,
            name.as_str(),
            kind.media_type(),
            size,
            width,
            height,
            alt.as_str(),
            sha256,
            preview.map(|key| key.0),
        ])
}

/// Their bytes are noted as to be removed.
pub(super) fn drop_all(change: &Transaction, ids: &[FileId]) -> rusqlite::Result<usize> {
    let mut query = change.prepare_cached("DELETE FROM files WHERE id = ?1")?;
    ids.iter().try_fold(0, |count, id| Ok(count + query.execute([number(id.0)])?))
}

pub(super) fn unsent(row: &Row) -> Result<(FileId, UnsentFile), StorageError> {
    let (owner, added) = (member_id(row, "owner")?, time(row, "added_at")?);
    Ok((FileId(id(row)?), UnsentFile { owner, added, file: file(row)? }))
}

fn file(row: &Row) -> Result<FileRecord, StorageError> {
    let fit = || damaged("file", row);
    let size: (Option<u16>, Option<u16>) = (column(row, "width")?, column(row, "height")?);
    Ok(FileRecord {
        name: FileName::of(&column::<String>(row, "name")?),
        kind: FileType::of_media_type(&column::<String>(row, "type")?).ok_or_else(fit)?,
        size: column::<i64>(row, "size")?.try_into().map_err(|_| fit())?,
        dimensions: size.0.zip(size.1).map(|(width, height)| Dimensions { width, height }),
        alt: AltText::of(&column::<String>(row, "alt")?),
        key: FileKey(column(row, "key")?),
        sha256: column(row, "sha256")?,
        preview: column::<Option<[u8; 16]>>(row, "preview")?.map(FileKey),
    })
}
