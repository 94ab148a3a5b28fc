//! From rows to records. What does not fit was not written by snug, or is damaged.

use std::fmt::Display;

use rusqlite::Row;
use rusqlite::types::FromSql;

use super::mentions;
use crate::chat::{
    Body, Configuration, Device, Event, MemberId, Message, Nonce, PasswordHash, Record, Registration, RoomId,
    RoomName, Seq, StorageError, Timestamp, Title, TokenDigest, Topic, Username,
};
use crate::text::Language;

/// Every row of every table, as `id, at, what, member, text, word, token, room, more`, and last whether it
/// comes after others of its number. (Of a message, the token is what [`mentions::mentions_from_row`] reads.) The first parameter
/// is the first message wanted; before it come those that are of the newest of their room, as many of each as the
/// second parameter says.
pub(super) const RECORDS: &str = "
    SELECT id, registered_at, 'member', NULL, name, password, NULL, NULL, id = (SELECT min(id) FROM members), 0 FROM members
    UNION ALL SELECT id, opened_at, 'session', member, device, NULL, token_sha256, NULL, NULL, 0 FROM sessions
    UNION ALL SELECT id, revoked_at, 'revoked', member, NULL, NULL, token_sha256, NULL, NULL, 0 FROM revoked_sessions
    UNION ALL SELECT id, seen_at, 'device', member, NULL, NULL, token_sha256, NULL, NULL, 0 FROM known_devices
    UNION ALL SELECT id, offered_at, 'reset', member, NULL, NULL, token_sha256, NULL, offered_by, 0 FROM password_resets
    UNION ALL SELECT id, decided_at, 'configured', NULL, title, invite_code, NULL, NULL, registration, 0 FROM configuration
    UNION ALL SELECT id, opened_at, 'room', opened_by, name, topic, NULL, open, NULL, 0 FROM rooms
    UNION ALL SELECT id, opened_at, 'pair', one, NULL, NULL, NULL, other, begun_by, 0 FROM pairs
    UNION ALL SELECT id, joined_at, 'joined', member, NULL, NULL, NULL, room, NULL, 0 FROM room_members
    UNION ALL SELECT id, posted_at, 'message', author, text, nonce, (SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id), room, edited_at, 0 FROM messages WHERE id >= ?1
    UNION ALL SELECT id, posted_at, 'message', author, text, nonce, (SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id), messages.room, edited_at, 0
        FROM (SELECT 0 AS one UNION ALL SELECT id FROM rooms UNION ALL SELECT id FROM pairs) AS every CROSS JOIN messages
        ON messages.id < ?1 AND messages.id IN (SELECT id FROM messages WHERE room = every.one ORDER BY id DESC LIMIT ?2)
    UNION ALL SELECT changes.id, changed_at, 'change', changes.author, text, changes.nonce, (SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id), changes.room, message, 0
        FROM changes LEFT JOIN messages ON messages.id = message
    UNION ALL SELECT id, 0, 'zone', id, zone, NULL, NULL, NULL, NULL, 1 FROM members WHERE zone IS NOT NULL
    UNION ALL SELECT id, 0, 'language', id, language, NULL, NULL, NULL, NULL, 1 FROM members WHERE language IS NOT NULL
    UNION ALL SELECT id, 0, 'role', id, NULL, NULL, NULL, NULL, owner, 2 FROM members
        WHERE owner <> (id = (SELECT min(id) FROM members))
    UNION ALL SELECT id, removed_at, 'removed', id, NULL, NULL, NULL, NULL, name_freed, 3 FROM members
        WHERE removed_at IS NOT NULL
    UNION ALL SELECT max(room, member), 0, 'left', member, NULL, NULL, NULL, room, NULL, 4 FROM departures
    UNION ALL SELECT id, invited_at, 'invited', member, NULL, NULL, NULL, room, invited_by, 0 FROM invitations
    UNION ALL SELECT up_to, 0, 'read', member, NULL, NULL, NULL, room, NULL, 4 FROM read_marks
    ORDER BY 1, 10";

/// The record that a row of [`RECORDS`] stands for.
pub(super) fn record(row: &Row) -> Result<Record, StorageError> {
    let id: i64 = row.get(0)?;
    let what: String = column(row, 2, id)?;
    let fit = || StorageError(format!("{what} {id} is damaged"));
    let text = |index| column::<String>(row, index, id);
    let own = seq(id);
    let member = || column(row, 3, id).map(|id| MemberId(seq(id)));
    let member_or_none =
        |index| column::<Option<i64>>(row, index, id).map(|found| found.map(|found| MemberId(seq(found))));
    let digest = || column(row, 6, id).map(TokenDigest);
    let room = || column(row, 7, id).map(|id| RoomId(seq(id)));
    let event = match &*what {
        "member" => Event::Registered {
            name: Username::from_storage(&text(4)?).ok_or_else(fit)?,
            password: PasswordHash(text(5)?.into()),
            owner: column(row, 8, id)?,
        },
        "session" => {
            Event::SessionOpened { member: member()?, digest: digest()?, device: Device::of(&text(4)?) }
        }
        "revoked" => Event::SessionRevoked { member: member()?, digest: digest()? },
        "device" => Event::DeviceKnown { member: member()?, digest: digest()? },
        "reset" => Event::ResetOffered { by: member_or_none(8)?, member: member()?, digest: digest()? },
        "room" => Event::RoomOpened {
            by: member_or_none(3)?,
            name: RoomName::from_storage(&text(4)?).ok_or_else(fit)?,
            topic: Topic::from_storage(&text(5)?).ok_or_else(fit)?,
            open: column(row, 7, id)?,
        },
        "pair" => Event::PairOpened { by: member_or_none(8)?, one: member()?, other: MemberId(room()?.0) },
        "joined" => Event::Joined { room: room()?, member: member()? },
        "left" => Event::Left { room: room()?, member: member()? },
        "invited" => {
            Event::Invited { room: room()?, member: member()?, by: MemberId(seq(column(row, 8, id)?)) }
        }
        "read" => Event::Read { member: member()?, room: room()?, up_to: own },
        "zone" => Event::ZoneChosen { member: member()?, zone: Some(text(4)?.parse().map_err(|_| fit())?) },
        "language" => Event::LanguageChosen {
            member: member()?,
            language: Some(Language::tagged(&text(4)?).ok_or_else(fit)?),
        },
        "role" => Event::RoleChanged { member: member()?, owner: column(row, 8, id)? },
        "removed" => {
            Event::MemberRemoved { member: member()?, name_freed: column(row, 8, id)?, left: Vec::new() }
        }
        "configured" => Event::Configured(configuration(row, id)?),
        "change" => change(row, id)?,
        "message" => {
            let nonce: Option<String> = column(row, 5, id)?;
            let nonce = nonce.map(|nonce| Nonce::parse(&nonce).map_err(|_| fit())).transpose()?;
            let body = Body::from_storage(&text(4)?).ok_or_else(fit)?;
            let mentions = mentions::mentions_from_row(&body, column(row, 6, id)?).ok_or_else(fit)?;
            let edited = column::<Option<i64>>(row, 8, id)?.map(Timestamp);
            Event::Posted { author: member()?, room: room()?, body, mentions, nonce, edited }
        }
        _ => return Err(fit()),
    };
    Ok(Record { seq: own, at: Timestamp(column(row, 1, id)?), event })
}

/// What became of a message: of one that is there, it has its text, and of one that is not, it is gone.
fn change(row: &Row, id: i64) -> Result<Event, StorageError> {
    let (message, room) = (seq(column(row, 8, id)?), RoomId(seq(column(row, 7, id)?)));
    let Some(text) = column::<Option<String>>(row, 4, id)? else {
        let author = column::<Option<i64>>(row, 3, id)?.map(|author| MemberId(seq(author)));
        let nonce = column::<Option<String>>(row, 5, id)?.and_then(|nonce| Nonce::parse(&nonce).ok());
        return Ok(Event::Removed { message, room, sent: author.zip(nonce), forgets: None });
    };
    let fit = || StorageError(format!("message {message} is damaged"));
    let body = Body::from_storage(&text).ok_or_else(fit)?;
    let mentions = mentions::mentions_from_row(&body, column(row, 6, id)?).ok_or_else(fit)?;
    Ok(Event::Edited { message, room, body, mentions, forgets: None })
}

fn configuration(row: &Row, id: i64) -> Result<Configuration, StorageError> {
    let fit = || StorageError(format!("configuration {id} is damaged"));
    let title: Option<String> = column(row, 4, id)?;
    let title = title.map(|title| Title::parse(&title).map_err(|_| fit())).transpose()?;
    let code: Option<String> = column(row, 5, id)?;
    let code = code.unwrap_or_default();
    let registration: Option<String> = column(row, 8, id)?;
    let registration = registration.map(|word| Registration::of(&word, &code).ok_or_else(fit)).transpose()?;
    Ok(Configuration { title, registration })
}

/// What [`message`] reads.
pub(super) const COLUMNS: &str = "messages.id, posted_at, author, text, messages.room, edited_at,
    (SELECT group_concat(at || ' ' || length || ' ' || member) FROM mentions WHERE message = messages.id)";

/// The message that a row of [`COLUMNS`] stands for.
pub(super) fn message(row: &Row) -> Result<Message, StorageError> {
    let id: i64 = row.get(0)?;
    let text: String = column(row, 3, id)?;
    let fit = || StorageError(format!("message {id} is damaged"));
    let body = Body::from_storage(&text).ok_or_else(fit)?;
    let mentions = mentions::mentions_from_row(&body, column(row, 6, id)?).ok_or_else(fit)?;
    let (author, room) = (MemberId(seq(column(row, 2, id)?)), RoomId(seq(column(row, 4, id)?)));
    let (at, edited) = (Timestamp(column(row, 1, id)?), column::<Option<i64>>(row, 5, id)?.map(Timestamp));
    // How it was sent matters to nobody who reads.
    Ok(Message { id: seq(id), author, room, at, body, mentions, edited, nonce: None })
}

fn column<T: FromSql>(row: &Row, index: usize, id: impl Display) -> Result<T, StorageError> {
    row.get(index).map_err(|error| StorageError(format!("record {id} is damaged: {error}")))
}

/// A number that SQLite gave us: one of ours.
pub(super) fn seq(id: i64) -> Seq {
    Seq(u64::try_from(id).unwrap_or(0))
}

/// A number for SQLite. Ours never get there; a visitor's may.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}
