//! Messages, and what became of them: their rows, and those that tell of them elsewhere.

use rusqlite::{Transaction, params};

use super::rows::number;
use super::{files, mentions, search_index};
use crate::chat::{
    Body, FileId, ForgottenChange, MemberId, Mentions, Message, MessageChange, Nonce, Record, RoomId, Seq,
    Timestamp,
};

pub(super) fn add(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    message: &Message,
) -> rusqlite::Result<usize> {
    let Message { id, author, room, at, body, mentions, files: _, edited, nonce } = message;
    search_index::add(change, blocks, message)?;
    let (nonce, edited) = (nonce.as_ref().map(Nonce::as_str), edited.map(|edited| edited.0));
    let sql = "INSERT INTO messages (id, posted_at, author, room, text, nonce, edited_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let values = params![number(*id), at.0, number(author.0), number(room.0), body.as_str(), nonce, edited];
    change.prepare_cached(sql)?.execute(values)?;
    files::send(change, message)?;
    mentions::add(change, *id, *room, mentions).map(|()| 1)
}

/// Gives a message another text, and those whom it mentions now.
pub(super) fn edit(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    (message, room): (Seq, RoomId),
    (body, mentions, at): (&Body, &Mentions, Timestamp),
) -> rusqlite::Result<()> {
    mentions::remove(change, message)?;
    mentions::add(change, message, room, mentions)?;
    search_index::remove(change, message)?;
    change
        .prepare_cached("UPDATE messages SET text = ?2, edited_at = ?3 WHERE id = ?1")?
        .execute(params![number(message), body.as_str(), at.0])?;
    search_index::put_back(change, blocks, message)
}

/// Takes a file out of a message, or notes that its bytes are gone; then its name stays.
pub(super) fn remove_file(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    message: Seq,
    file: FileId,
    gone: bool,
) -> rusqlite::Result<()> {
    if gone {
        return files::let_go(change, file);
    }
    search_index::remove(change, message)?;
    files::drop_all(change, &[file])?;
    search_index::put_back(change, blocks, message)
}

/// Removes a message with its mentions and terms; `Store::erase` takes them out of the WAL.
pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<()> {
    mentions::remove(change, message)?;
    search_index::remove(change, message)?;
    files::remove_of_message(change, message)?;
    change.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([number(message)]).map(drop)
}

/// Keeps the newest change of a message, in place of an earlier one.
pub(super) fn note_change(
    change: &Transaction,
    record: &Record,
    sent: Option<&(MemberId, Nonce)>,
    forgets: Option<ForgottenChange>,
) -> rusqlite::Result<usize> {
    let Some(MessageChange { seq, message, room, .. }) = record.change() else { return Ok(0) };
    let (author, nonce) = sent.map(|(author, nonce)| (number(author.0), nonce.as_str())).unzip();
    change.prepare_cached("DELETE FROM changes WHERE message = ?1")?.execute([number(message)])?;
    change.execute(
        "INSERT INTO changes (id, changed_at, message, room, author, nonce) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![number(seq), record.at.0, number(message), number(room.0), author, nonce],
    )?;
    let Some(ForgottenChange { room, seq }) = forgets else { return Ok(0) };
    change.prepare_cached("DELETE FROM changes WHERE id = ?1")?.execute([number(seq)])?;
    change
        .prepare_cached("INSERT OR REPLACE INTO changes_forgotten (room, up_to) VALUES (?1, ?2)")?
        .execute([number(room.0), number(seq)])
}
