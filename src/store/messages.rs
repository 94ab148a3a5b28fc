//! Messages, and what became of them: their rows, and those that tell of them elsewhere.

use rusqlite::{Transaction, params};

use super::rows::number;
use super::{files, mentions, notified, reactions, search_index};
use crate::chat::{
    Amendments, Body, ChangeKind, Excerpt, FileId, ForgottenChange, GroupMention, MemberId, Mentions,
    Message, MessageChange, Nonce, Pin, Record, RoomId, Seq, Timestamp,
};

pub(super) fn add(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    message: &Message,
) -> rusqlite::Result<usize> {
    let Message { id, author, room, at, body, mentions, group, quote, files: _, amendments, nonce } = message;
    search_index::add(change, blocks, message)?;
    let Amendments { edited, reactions: _, pin } = amendments;
    let (nonce, edited) = (nonce.as_ref().map(Nonce::as_str), edited.map(|edited| edited.0));
    let (answers, answered) =
        quote.as_ref().map(|quote| (number(quote.message), number(quote.author.0))).unzip();
    let excerpt = quote.as_ref().and_then(|quote| quote.excerpt.as_ref()).map(Excerpt::as_str);
    let sql = "INSERT INTO messages (id, posted_at, author, room, text, nonce, edited_at, answers,
            answered_author, excerpt, pin, pinned_by, pinned_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let values = params![
        number(*id),
        at.0,
        number(author.0),
        number(room.0),
        body.as_str(),
        nonce,
        edited,
        answers,
        answered,
        excerpt,
        pin.as_ref().map(|pin| number(pin.id)),
        pin.as_ref().map(|pin| number(pin.by.0)),
        pin.as_ref().map(|pin| pin.at.0)
    ];
    change.prepare_cached(sql)?.execute(values)?;
    set_group(change, *id, group.as_deref())?;
    files::send(change, message)?;
    reactions::add_all(change, message)?;
    notified::add(change, *id, *room, message.notified())?;
    mentions::add(change, *id, *room, mentions).map(|()| 1)
}

/// Keeps the word of a message that mentions many, or that there is none.
fn set_group(change: &Transaction, message: Seq, group: Option<&GroupMention>) -> rusqlite::Result<()> {
    let members = group.map(|group| {
        let members = group.members.iter().map(|member| member.0.to_string());
        members.collect::<Vec<_>>().join(" ")
    });
    let (at, length) = group.map(|group| (group.at, group.length)).unzip();
    change
        .prepare_cached(
            "UPDATE messages SET group_at = ?2, group_length = ?3, group_members = ?4
             WHERE id = ?1 AND (group_at IS NOT NULL OR ?2 IS NOT NULL)",
        )?
        .execute(params![number(message), at, length, members])
        .map(drop)
}

/// Lets the replies to a message quote what it says now; nothing: it was removed.
fn quote_again(change: &Transaction, message: Seq, body: Option<&Body>) -> rusqlite::Result<()> {
    let excerpt = body.map(Excerpt::of);
    change
        .prepare_cached("UPDATE messages SET excerpt = ?2 WHERE answers = ?1")?
        .execute(params![number(message), excerpt.as_ref().map(Excerpt::as_str)])
        .map(drop)
}

/// Notes who pinned a message, and by which record; nobody: it is not pinned.
pub(super) fn set_pin(change: &Transaction, message: Seq, pin: Option<Pin>) -> rusqlite::Result<()> {
    let sql = "UPDATE messages SET pin = ?2, pinned_by = ?3, pinned_at = ?4 WHERE id = ?1";
    let (id, by) = pin.map(|pin| (number(pin.id), number(pin.by.0))).unzip();
    change.prepare_cached(sql)?.execute(params![number(message), id, by, pin.map(|pin| pin.at.0)]).map(drop)
}

/// Another text of a message, and those whom it mentions now.
pub(super) struct Edit<'a> {
    pub(super) message: Seq,
    pub(super) room: RoomId,
    pub(super) body: &'a Body,
    pub(super) mentions: &'a Mentions,
    pub(super) group: Option<&'a GroupMention>,
    pub(super) notified: &'a [MemberId],
    pub(super) at: Timestamp,
}

pub(super) fn edit(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    Edit { message, room, body, mentions, group, notified, at }: Edit,
) -> rusqlite::Result<()> {
    mentions::remove(change, message)?;
    mentions::add(change, message, room, mentions)?;
    set_group(change, message, group)?;
    notified::remove(change, message)?;
    notified::add(change, message, room, notified.iter().copied())?;
    quote_again(change, message, Some(body))?;
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
    notified::remove(change, message)?;
    reactions::remove_of_message(change, message)?;
    quote_again(change, message, None)?;
    search_index::remove(change, message)?;
    files::remove_of_message(change, message)?;
    change.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([number(message)]).map(drop)
}

/// Keeps the newest change of a message, in place of an earlier one.
pub(super) fn note_change(
    change: &Transaction,
    record: &Record,
    sent: Option<&(MemberId, Nonce)>,
) -> rusqlite::Result<usize> {
    let Some(MessageChange { seq, message, room, mut kind }) = record.change() else { return Ok(0) };
    let (author, nonce) = sent.map(|(author, nonce)| (number(author.0), nonce.as_str())).unzip();
    let sql = "DELETE FROM changes WHERE message = ?1 RETURNING kind";
    let earlier: Vec<String> = change
        .prepare_cached(sql)?
        .query_map([number(message)], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for earlier in earlier.iter().filter_map(|word| ChangeKind::of_word(word)) {
        kind = kind.max(earlier);
    }
    change
        .prepare_cached(
            "INSERT INTO changes (id, changed_at, message, room, kind, author, nonce)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            number(seq),
            record.at.0,
            number(message),
            number(room.0),
            kind.word(),
            author,
            nonce
        ])?;
    let Some(ForgottenChange { room, seq }) = record.forgets() else { return Ok(0) };
    change.prepare_cached("DELETE FROM changes WHERE id = ?1")?.execute([number(seq)])?;
    change
        .prepare_cached("INSERT OR REPLACE INTO changes_forgotten (room, up_to) VALUES (?1, ?2)")?
        .execute([number(room.0), number(seq)])
}
