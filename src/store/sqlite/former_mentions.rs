//! Mentions of files that were written before mentions were kept.

use std::collections::HashSet;

use rusqlite::Transaction;

use crate::chat::{Body, Candidates, Directory, MemberId, NameKey, RoomId, Username};
use crate::store::mentions;
use crate::store::rows::seq;
use crate::store::sql::Error;

/// Fills the table: with those whose names these are now, and who were members when the message was written.
///
/// Cost: reads each message that has an `@`.
pub(super) fn find_all(change: &Transaction) -> Result<(), Error> {
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
            mentions::add(&**change, id, room, &Candidates::of(&body).resolve(find))?;
        }
    }
    Ok(())
}
