//! Messages, and what became of them: their rows, and those that tell of them elsewhere.

use super::search::SearchIndex;
use super::sql::{Error, Sql, values};
use super::{files, mentions, notified, reactions};
use crate::chat::{
    Amendments, Body, ChangeKind, Excerpt, FileId, ForgottenChange, GroupMention, MemberId, Mentions,
    Message, MessageChange, Nonce, Pin, Record, RoomId, Seq, Timestamp,
};

pub(super) fn add<S: Sql>(sql: &S, index: &mut impl SearchIndex<S>, message: &Message) -> Result<(), Error> {
    let Message { id, author, room, at, body, mentions, group, quote, files: _, amendments, nonce } = message;
    index.add(sql, message)?;
    let Amendments { edited, reactions: _, pin } = amendments;
    let group = group.as_ref().map(|group| (group.at, group.length, listed(group)));
    sql.run(
        "INSERT INTO messages (id, posted_at, author, room, text, nonce, edited_at, answers, answered_author, excerpt,
            pin, pinned_by, pinned_at, group_at, group_length, group_members)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        values![
            *id,
            *at,
            *author,
            *room,
            body.as_str(),
            nonce.as_ref().map(Nonce::as_str),
            *edited,
            quote.as_ref().map(|quote| quote.message),
            quote.as_ref().map(|quote| quote.author),
            quote.as_ref().and_then(|quote| quote.excerpt.as_ref()).map(Excerpt::as_str),
            pin.as_ref().map(|pin| pin.id),
            pin.as_ref().map(|pin| pin.by),
            pin.as_ref().map(|pin| pin.at),
            group.as_ref().map(|(at, _, _)| *at),
            group.as_ref().map(|(_, length, _)| *length),
            group.as_ref().map(|(_, _, members)| members.as_str()),
        ],
    )?;
    files::send(sql, message)?;
    reactions::add_all(sql, message)?;
    notified::add(sql, *id, *room, message.notified())?;
    mentions::add(sql, *id, *room, mentions)
}

/// The members of a group as its column has them.
fn listed(group: &GroupMention) -> String {
    let members = group.members.iter().map(|member| member.0.to_string());
    members.collect::<Vec<_>>().join(" ")
}

/// Lets the replies to a message quote what it says now; nothing: it was removed.
fn quote_again(sql: &impl Sql, message: Seq, body: Option<&Body>) -> Result<(), Error> {
    let excerpt = body.map(Excerpt::of);
    sql.run(
        "UPDATE messages SET excerpt = ?2 WHERE answers = ?1",
        values![message, excerpt.as_ref().map(Excerpt::as_str)],
    )
}

/// Notes who pinned a message, and by which record; nobody: it is not pinned.
pub(super) fn set_pin(sql: &impl Sql, message: Seq, pin: Option<Pin>) -> Result<(), Error> {
    sql.run(
        "UPDATE messages SET pin = ?2, pinned_by = ?3, pinned_at = ?4 WHERE id = ?1",
        values![message, pin.map(|pin| pin.id), pin.map(|pin| pin.by), pin.map(|pin| pin.at)],
    )
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

pub(super) fn edit<S: Sql>(
    sql: &S,
    index: &mut impl SearchIndex<S>,
    Edit { message, room, body, mentions, group, notified, at }: Edit,
) -> Result<(), Error> {
    mentions::remove(sql, message)?;
    mentions::add(sql, message, room, mentions)?;
    notified::remove(sql, message)?;
    notified::add(sql, message, room, notified.iter().copied())?;
    quote_again(sql, message, Some(body))?;
    index.remove(sql, message)?;
    sql.run(
        "UPDATE messages SET text = ?2, edited_at = ?3, group_at = ?4, group_length = ?5, group_members = ?6
         WHERE id = ?1",
        values![
            message,
            body.as_str(),
            at,
            group.map(|group| group.at),
            group.map(|group| group.length),
            group.map(listed).as_deref(),
        ],
    )?;
    index.put_back(sql, message)
}

/// Takes a file out of a message, or notes that its bytes are gone; then its name stays.
pub(super) fn remove_file<S: Sql>(
    sql: &S,
    index: &mut impl SearchIndex<S>,
    message: Seq,
    file: FileId,
    gone: bool,
) -> Result<(), Error> {
    if gone {
        return files::let_go(sql, file);
    }
    index.remove(sql, message)?;
    files::drop_all(sql, &[file])?;
    index.put_back(sql, message)
}

/// Removes a message with its mentions and terms. What keeps them for longer (SQLite's WAL) is cleaned by the log.
pub(super) fn remove<S: Sql>(sql: &S, index: &mut impl SearchIndex<S>, message: Seq) -> Result<(), Error> {
    mentions::remove(sql, message)?;
    notified::remove(sql, message)?;
    reactions::remove_of_message(sql, message)?;
    quote_again(sql, message, None)?;
    index.remove(sql, message)?;
    files::remove_of_message(sql, message)?;
    sql.run("DELETE FROM messages WHERE id = ?1", values![message])
}

/// Keeps the newest change of a message, in place of an earlier one.
pub(super) fn note_change(
    sql: &impl Sql,
    record: &Record,
    sent: Option<&(MemberId, Nonce)>,
) -> Result<(), Error> {
    let Some(MessageChange { seq, message, room, kind }) = record.change() else { return Ok(()) };
    let greater =
        |nth| ChangeKind::ALL.into_iter().filter(|other| *other > kind).nth(nth).map(ChangeKind::word);
    sql.run(
        "INSERT INTO changes (id, changed_at, message, room, kind, author, nonce) VALUES (?1, ?2, ?3, ?4,
            coalesce((SELECT kind FROM changes WHERE message = ?3 AND kind IN (?8, ?9, ?10)), ?5), ?6, ?7)",
        values![
            seq,
            record.at,
            message,
            room,
            kind.word(),
            sent.map(|(author, _)| *author),
            sent.map(|(_, nonce)| nonce.as_str()),
            greater(0),
            greater(1),
            greater(2),
        ],
    )?;
    sql.run("DELETE FROM changes WHERE message = ?1 AND id <> ?2", values![message, seq])?;
    let Some(ForgottenChange { room, seq }) = record.forgets() else { return Ok(()) };
    sql.run("DELETE FROM changes WHERE id = ?1", values![seq])?;
    sql.run(
        "INSERT INTO changes_forgotten (room, up_to) VALUES (?1, ?2)
         ON CONFLICT (room) DO UPDATE SET up_to = excluded.up_to",
        values![room, seq],
    )
}
