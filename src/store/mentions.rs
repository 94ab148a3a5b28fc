//! Whom messages mention, in a table of its own.

use std::collections::HashSet;

use rusqlite::{Transaction, params};

use super::rows::{number, seq};
use crate::chat::{Body, Candidates, Directory, MemberId, Mention, Mentions, NameKey, RoomId, Seq, Username};

/// Notes whom a message mentions.
pub(super) fn add(
    change: &Transaction,
    message: Seq,
    room: RoomId,
    mentions: &Mentions,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO mentions (message, at, length, member, room) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut query = change.prepare_cached(sql)?;
    for Mention { at, length, member } in mentions.iter() {
        query.execute(params![number(message), at, length, number(member.0), number(room.0)])?;
    }
    Ok(())
}

/// Forgets whom a message mentions.
pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM mentions WHERE message = ?1")?.execute([number(message)])
}

/// Mentions as a query gives them, `at length member` of each with commas between. Nothing where they do not fit
/// the message.
pub(super) fn mentions_from_row(body: &Body, rows: Option<String>) -> Option<Mentions> {
    let Some(rows) = rows else { return Some(Mentions::default()) };
    let mention = |row: &str| {
        let mut numbers = row.split(' ');
        let (at, length) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let member = MemberId(Seq(numbers.next()?.parse().ok()?));
        Some(Mention { at, length, member })
    };
    Mentions::from_storage(body, rows.split(',').map(mention).collect::<Option<_>>()?)
}

/// Finds whom the messages of a file mention that was written before mentions were kept: those whose names these
/// are now, and who were members when the message was written.
pub(super) fn find_all(change: &Transaction) -> rusqlite::Result<()> {
    let (mut names, mut active) = (Directory::default(), HashSet::new());
    let mut members = change
        .prepare("SELECT id, name, removed_at IS NULL FROM members WHERE name_freed = 0 ORDER BY id")?;
    let mut rows = members.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name) = (MemberId(seq(row.get(0)?)), row.get::<_, String>(1)?);
        // What is damaged is told where it is read.
        if let Some(name) = Username::from_storage(&name) {
            names.claim(&name, id);
        }
        if row.get(2)? {
            active.insert(id);
        }
    }
    let mut messages = change.prepare("SELECT id, room, text FROM messages WHERE instr(text, '@') > 0")?;
    let mut rows = messages.query([])?;
    while let Some(row) = rows.next()? {
        let (id, room) = (seq(row.get(0)?), RoomId(seq(row.get(1)?)));
        if let Some(body) = row.get_ref(2)?.as_str().ok().and_then(Body::from_storage) {
            let find = |key: &NameKey| {
                let member = names.named(key)?;
                Some((member, active.contains(&member) && member.0 < id))
            };
            add(change, id, room, &Candidates::of(&body).resolve(find))?;
        }
    }
    Ok(())
}
