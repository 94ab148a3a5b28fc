//! The tables as a [`Snapshot`].

use super::files;
use super::message_row::{self, MESSAGE};
use super::rows::{column, damaged, digest, id, member_id, member_or_none, room_id, seq, time};
use super::sql::{Error, Row, Sql, number, values};
use crate::chat::{
    ChangeKind, ChatId, Configuration, Device, ForgottenChange, Identity, Kept, KeptInvitation, KeptMember,
    KeptReset, KeptRoom, KnownDevice, MemberId, Message, MessageChange, Nonce, NotificationLevel,
    PasswordHash, QuietHours, ReadMarker, Registration, RevokedSession, RoomId, RoomKind, RoomName, Seq,
    Session, Snapshot, StorageError, Timestamp, Title, TokenDigest, Topic, Username,
};
use crate::text::Language;

/// Messages that are read at once where all are wanted.
const PAGE: i64 = 1_000;

/// Reads all but messages.
pub(super) fn outline(sql: &impl Sql) -> Result<Snapshot, Error> {
    let mut rooms = table(sql, "rooms", room)?;
    rooms.extend(table(sql, "pairs", pair)?);
    rooms.sort_by_key(|room| room.id);
    Ok(Snapshot {
        newest: newest(sql)?,
        configuration: table(sql, "configuration", configuration)?.pop(),
        members: table(sql, "members", member)?,
        sessions: table(sql, "sessions", session)?,
        revoked_sessions: table(sql, "revoked_sessions", revoked_session)?,
        known_devices: table(sql, "known_devices", known_device)?,
        password_resets: table(sql, "password_resets", |row| {
            let (by, member, digest) =
                (member_or_none(row, "offered_by")?, member_id(row, "member")?, digest(row)?);
            kept(row, "offered_at", KeptReset { by, member, digest })
        })?,
        rooms,
        memberships: table(sql, "room_members", |row| {
            kept(row, "joined_at", (room_id(row)?, member_id(row, "member")?))
        })?,
        departures: sql.all("SELECT * FROM departures ORDER BY room, member", values![], |row| {
            Ok((room_id(row)?, member_id(row, "member")?))
        })?,
        invitations: table(sql, "invitations", |row| {
            let (room, member, by) =
                (room_id(row)?, member_id(row, "member")?, member_id(row, "invited_by")?);
            kept(row, "invited_at", KeptInvitation { room, member, by })
        })?,
        read_markers: sql.all("SELECT * FROM read_marks", values![], |row| {
            let (member, room) = (member_id(row, "member")?, room_id(row)?);
            Ok(ReadMarker { member, room, up_to: seq(column(row, "up_to")?) })
        })?,
        pins: sql.all(
            "SELECT id, room FROM messages WHERE pin IS NOT NULL ORDER BY pin",
            values![],
            |row| Ok((room_id(row)?, id(row)?)),
        )?,
        notification_levels: notification_levels(sql)?,
        changes: table(sql, "changes", change)?,
        forgotten_changes: sql.all("SELECT * FROM changes_forgotten", values![], |row| {
            Ok(ForgottenChange { room: room_id(row)?, seq: seq(column(row, "up_to")?) })
        })?,
        unsent_files: sql.all(
            "SELECT * FROM files WHERE message IS NULL ORDER BY id",
            values![],
            files::unsent,
        )?,
        messages: Vec::new(),
        tail: Vec::new(),
    })
}

/// Reads a table whose rows have ids.
fn table<T>(sql: &impl Sql, name: &str, read: impl Fn(&Row) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    sql.all(&format!("SELECT * FROM {name} ORDER BY id"), values![], read)
}

fn notification_levels(sql: &impl Sql) -> Result<Vec<(MemberId, RoomId, NotificationLevel)>, Error> {
    sql.all("SELECT * FROM notification_levels ORDER BY member, room", values![], |row| {
        let level = NotificationLevel::of_word(&column::<String>(row, "level")?)
            .ok_or_else(|| damaged("notification level", row))?;
        Ok((member_id(row, "member")?, room_id(row)?, level))
    })
}

/// The newest number that was given.
pub(super) fn newest(sql: &impl Sql) -> Result<Seq, Error> {
    let newest = sql.one("SELECT newest FROM numbering", values![], |row| row.get("newest").map(seq))?;
    newest.ok_or_else(|| Error::Other("the chat has no newest number".into()))
}

/// The chat's id; None: it is damaged.
pub(super) fn identity(sql: &impl Sql) -> Result<Option<Identity>, Error> {
    let identity = sql.one("SELECT chat_id, chat_id_since FROM numbering", values![], |row| {
        Ok((row.get::<String>("chat_id")?, row.get::<Option<i64>>("chat_id_since")?))
    })?;
    let identity = identity.and_then(|(id, since)| Some((ChatId::parse(&id)?, since)));
    Ok(identity.map(|(id, since)| Identity { id, given_at: since.map(Timestamp) }))
}

/// All rooms, conversations and the shared room included.
const ROOMS: &str =
    "(SELECT CAST(0 AS BIGINT) AS room UNION ALL SELECT id FROM rooms UNION ALL SELECT id FROM pairs)";

/// Reads all, and of messages as many as [`Log::restore`](crate::chat::Log::restore) says.
pub(super) fn restore(sql: &impl Sql, messages: usize) -> Result<Snapshot, Error> {
    let mut snapshot = outline(sql)?;
    let nth_newest = "SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ?1";
    let first = sql.one(nth_newest, values![index(messages)], id)?;
    // Where all are wanted, none is looked for apart.
    if let Some(first) = first {
        let share = messages / rooms_in_use(sql)?.max(1);
        // CROSS JOIN: SQLite takes the rooms first, and not each older message.
        let older = format!(
            "SELECT {MESSAGE}
            FROM (SELECT room, coalesce((SELECT id FROM messages WHERE room = every.room
                ORDER BY id DESC LIMIT 1 OFFSET ?2), 0) AS oldest FROM {ROOMS} AS every) AS shares
            CROSS JOIN messages
            WHERE messages.room = shares.room AND messages.id >= shares.oldest AND messages.id < ?1
            ORDER BY messages.id"
        );
        snapshot.messages = message_row::messages(sql, &older, &[values![first, index(share)]])?;
    }
    let newest = format!("SELECT {MESSAGE} FROM messages WHERE id >= ?1 ORDER BY id");
    snapshot.messages.extend(message_row::messages(sql, &newest, &[values![first.unwrap_or_default()]])?);
    Ok(snapshot)
}

/// The place of the last of so many rows, which are one at least, counted from 0.
fn index(count: usize) -> i64 {
    i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX)
}

/// Visits all messages, in order.
pub(super) fn messages(
    sql: &impl Sql,
    visit: &mut dyn FnMut(Message) -> Result<(), StorageError>,
) -> Result<(), Error> {
    let page = format!("SELECT {MESSAGE} FROM messages WHERE id > ?1 ORDER BY id LIMIT ?2");
    let mut last = -1;
    loop {
        let messages = message_row::messages(sql, &page, &[values![last, PAGE]])?;
        let Some(newest) = messages.last() else { return Ok(()) };
        last = number(newest.id);
        messages.into_iter().try_for_each(&mut *visit)?;
    }
}

/// The number of rooms in which there are messages.
fn rooms_in_use(sql: &impl Sql) -> Result<usize, Error> {
    let used = format!(
        "SELECT count(*) AS count FROM {ROOMS} AS every
         WHERE EXISTS (SELECT 1 FROM messages WHERE messages.room = every.room)"
    );
    let count: Option<i64> = sql.one(&used, values![], |row| row.get("count"))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

fn member(row: &Row) -> Result<KeptMember, Error> {
    let fit = || damaged("member", row);
    let (zone, language): (Option<String>, Option<String>) = (column(row, "zone")?, column(row, "language")?);
    let hours: Option<String> = column(row, "quiet_hours")?;
    Ok(KeptMember {
        id: MemberId(id(row)?),
        since: time(row, "registered_at")?,
        name: Username::from_storage(&column::<String>(row, "name")?).ok_or_else(fit)?,
        password: PasswordHash(column::<String>(row, "password")?.into()),
        zone: zone.map(|zone| zone.parse().map_err(|_| fit())).transpose()?,
        language: language.map(|tag| Language::tagged(&tag).ok_or_else(fit)).transpose()?,
        quiet_hours: hours.map(|hours| quiet_hours(&hours).ok_or_else(fit)).transpose()?,
        reactions_seen: seq(column(row, "reactions_seen")?),
        owner: column(row, "owner")?,
        removed: column::<Option<i64>>(row, "removed_at")?.map(Timestamp),
        name_freed: column(row, "name_freed")?,
    })
}

fn quiet_hours(text: &str) -> Option<QuietHours> {
    let (from, to) = text.split_once('-')?;
    QuietHours::parse(from, to)
}

fn session(row: &Row) -> Result<(TokenDigest, Session), Error> {
    let (member, device) = (member_id(row, "member")?, Device::of(&column::<String>(row, "device")?));
    Ok((digest(row)?, Session { id: id(row)?, member, opened: time(row, "opened_at")?, device }))
}

fn revoked_session(row: &Row) -> Result<(TokenDigest, RevokedSession), Error> {
    let (member, at) = (member_id(row, "member")?, time(row, "revoked_at")?);
    Ok((digest(row)?, RevokedSession { id: id(row)?, member, at }))
}

fn known_device(row: &Row) -> Result<(TokenDigest, KnownDevice), Error> {
    let (member, seen) = (member_id(row, "member")?, time(row, "seen_at")?);
    Ok((digest(row)?, KnownDevice { id: id(row)?, member, seen }))
}

fn room(row: &Row) -> Result<Kept<KeptRoom>, Error> {
    let fit = || damaged("room", row);
    let kind = RoomKind::Named {
        name: RoomName::from_storage(&column::<String>(row, "name")?).ok_or_else(fit)?,
        topic: Topic::from_storage(&column::<String>(row, "topic")?).ok_or_else(fit)?,
        open: column(row, "open")?,
    };
    kept(row, "opened_at", KeptRoom { by: member_or_none(row, "opened_by")?, kind })
}

fn pair(row: &Row) -> Result<Kept<KeptRoom>, Error> {
    let kind = RoomKind::Pair(member_id(row, "one")?, member_id(row, "other")?);
    kept(row, "opened_at", KeptRoom { by: member_or_none(row, "begun_by")?, kind })
}

/// A message that is there was edited; one that is not was removed, and keeps its nonce.
fn change(row: &Row) -> Result<(MessageChange, Option<(MemberId, Nonce)>), Error> {
    let kind = ChangeKind::of_word(&column::<String>(row, "kind")?).ok_or_else(|| damaged("change", row))?;
    let message = seq(column(row, "message")?);
    let nonce = column::<Option<String>>(row, "nonce")?.and_then(|nonce| Nonce::parse(&nonce).ok());
    let sent = member_or_none(row, "author")?.zip(nonce);
    let change = MessageChange { seq: id(row)?, message, room: room_id(row)?, kind };
    let sent = sent.filter(|_| change.is_removal());
    Ok((change, sent))
}

fn configuration(row: &Row) -> Result<Kept<Configuration>, Error> {
    let fit = || damaged("configuration", row);
    let title: Option<String> = column(row, "title")?;
    let title = title.map(|title| Title::parse(&title).map_err(|_| fit())).transpose()?;
    let code = column::<Option<String>>(row, "invite_code")?.unwrap_or_default();
    let registration: Option<String> = column(row, "registration")?;
    let registration = registration.map(|word| Registration::of(&word, &code).ok_or_else(fit)).transpose()?;
    kept(row, "decided_at", Configuration { title, registration })
}

fn kept<T>(row: &Row, at: &str, value: T) -> Result<Kept<T>, Error> {
    Ok(Kept { id: id(row)?, at: time(row, at)?, value })
}
