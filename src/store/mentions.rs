//! The table of mentions.

use std::collections::HashSet;

use rusqlite::{Transaction, params};

use super::rows::{number, seq};
use crate::chat::{Body, Candidates, Directory, MemberId, Mention, Mentions, NameKey, RoomId, Seq, Username};

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

pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM mentions WHERE message = ?1")?.execute([number(message)])
}

/// Fills the table for a file that was written before mentions were kept: with those whose names these are now, and
/// who were members when the message was written.
///
/// Cost: reads each message that has an `@`.
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
