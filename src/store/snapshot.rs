//! The file as a [`Snapshot`], table by table.

use rusqlite::{Connection, OptionalExtension, Params, Row};

use super::files;
use super::message_row::{MESSAGE, message};
use super::rows::{column, damaged, digest, id, member_id, member_or_none, room_id, seq, time};
use crate::chat::{
    ChangeKind, Configuration, Device, ForgottenChange, Kept, KeptInvitation, KeptMember, KeptReset,
    KeptRoom, KnownDevice, MemberId, Message, MessageChange, Nonce, NotificationLevel, PasswordHash,
    QuietHours, ReadMarker, Registration, RevokedSession, RoomKind, RoomName, Session, Snapshot,
    StorageError, Timestamp, Title, TokenDigest, Topic, Username,
};
use crate::text::Language;

/// Reads all but messages.
pub(super) fn outline(connection: &Connection) -> Result<Snapshot, StorageError> {
    let all = |table: &str| format!("SELECT * FROM {table} ORDER BY id");
    let mut rooms = rows(connection, &all("rooms"), [], room)?;
    rooms.extend(rows(connection, &all("pairs"), [], pair)?);
    rooms.sort_by_key(|room| room.id);
    Ok(Snapshot {
        newest: seq(connection.query_row("SELECT newest FROM numbering", [], |row| row.get(0))?),
        configuration: rows(connection, &all("configuration"), [], configuration)?.pop(),
        members: rows(connection, &all("members"), [], member)?,
        sessions: rows(connection, &all("sessions"), [], session)?,
        revoked_sessions: rows(connection, &all("revoked_sessions"), [], revoked_session)?,
        known_devices: rows(connection, &all("known_devices"), [], known_device)?,
        password_resets: rows(connection, &all("password_resets"), [], |row| {
            let (by, member, digest) =
                (member_or_none(row, "offered_by")?, member_id(row, "member")?, digest(row)?);
            kept(row, "offered_at", KeptReset { by, member, digest })
        })?,
        rooms,
        memberships: rows(connection, &all("room_members"), [], |row| {
            kept(row, "joined_at", (room_id(row)?, member_id(row, "member")?))
        })?,
        departures: rows(connection, "SELECT 0 AS id, * FROM departures ORDER BY room, member", [], |row| {
            Ok((room_id(row)?, member_id(row, "member")?))
        })?,
        invitations: rows(connection, &all("invitations"), [], |row| {
            let (room, member, by) =
                (room_id(row)?, member_id(row, "member")?, member_id(row, "invited_by")?);
            kept(row, "invited_at", KeptInvitation { room, member, by })
        })?,
        read_markers: rows(connection, "SELECT up_to AS id, * FROM read_marks", [], |row| {
            Ok(ReadMarker { member: member_id(row, "member")?, room: room_id(row)?, up_to: id(row)? })
        })?,
        pins: rows(
            connection,
            "SELECT id, room FROM messages WHERE pin IS NOT NULL ORDER BY pin",
            [],
            |row| Ok((room_id(row)?, id(row)?)),
        )?,
        notification_levels: rows(
            connection,
            "SELECT 0 AS id, * FROM notification_levels ORDER BY member, room",
            [],
            |row| {
                let level = NotificationLevel::of_word(&column::<String>(row, "level")?)
                    .ok_or_else(|| damaged("notification level", row))?;
                Ok((member_id(row, "member")?, room_id(row)?, level))
            },
        )?,
        changes: rows(connection, "SELECT * FROM changes ORDER BY id", [], change)?,
        forgotten_changes: rows(connection, "SELECT up_to AS id, * FROM changes_forgotten", [], |row| {
            Ok(ForgottenChange { room: room_id(row)?, seq: id(row)? })
        })?,
        unsent_files: rows(
            connection,
            "SELECT * FROM files WHERE message IS NULL ORDER BY id",
            [],
            files::unsent,
        )?,
        messages: Vec::new(),
        tail: Vec::new(),
    })
}

/// Reads all, and of messages as many as [`Log::restore`](crate::chat::Log::restore) says.
pub(super) fn restore(connection: &Connection, messages: usize) -> Result<Snapshot, StorageError> {
    let mut snapshot = outline(connection)?;
    let skipped = i64::try_from(messages.saturating_sub(1)).unwrap_or(i64::MAX);
    let first: Option<i64> = connection
        .query_row("SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ?1", [skipped], |row| row.get(0))
        .optional()?;
    // Where all are wanted, none is looked for apart.
    if let Some(first) = first {
        let share = (messages / rooms_in_use(connection)?.max(1)).max(1);
        let older = format!(
            "SELECT {MESSAGE}
            FROM (SELECT 0 AS one UNION ALL SELECT id FROM rooms UNION ALL SELECT id FROM pairs) AS every
            CROSS JOIN messages ON messages.id < ?1
                AND messages.id IN (SELECT id FROM messages WHERE room = every.one ORDER BY id DESC LIMIT ?2)
            ORDER BY messages.id"
        );
        let share = i64::try_from(share).unwrap_or(i64::MAX);
        snapshot.messages = rows(connection, &older, [first, share], |row| message(connection, row))?;
    }
    let newest = format!("SELECT {MESSAGE} FROM messages WHERE id >= ?1 ORDER BY id");
    snapshot
        .messages
        .extend(rows(connection, &newest, [first.unwrap_or(0)], |row| message(connection, row))?);
    Ok(snapshot)
}

/// Visits all messages, in order.
pub(super) fn messages(
    connection: &Connection,
    visit: &mut dyn FnMut(Message) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let sql = format!("SELECT {MESSAGE} FROM messages ORDER BY id");
    let mut query = connection.prepare(&sql)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        visit(message(connection, row)?)?;
    }
    Ok(())
}

/// The number of rooms in which there are messages.
fn rooms_in_use(connection: &Connection) -> rusqlite::Result<usize> {
    let sql =
        "SELECT count(*) FROM (SELECT 0 AS one UNION ALL SELECT id FROM rooms UNION ALL SELECT id FROM pairs)
        WHERE EXISTS (SELECT 1 FROM messages WHERE room = one)";
    let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl Fn(&Row) -> Result<T, StorageError>,
) -> Result<Vec<T>, StorageError> {
    let mut query = connection.prepare(sql)?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn member(row: &Row) -> Result<KeptMember, StorageError> {
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

fn session(row: &Row) -> Result<(TokenDigest, Session), StorageError> {
    let (member, device) = (member_id(row, "member")?, Device::of(&column::<String>(row, "device")?));
    Ok((digest(row)?, Session { id: id(row)?, member, opened: time(row, "opened_at")?, device }))
}

fn revoked_session(row: &Row) -> Result<(TokenDigest, RevokedSession), StorageError> {
    let (member, at) = (member_id(row, "member")?, time(row, "revoked_at")?);
    Ok((digest(row)?, RevokedSession { id: id(row)?, member, at }))
}

fn known_device(row: &Row) -> Result<(TokenDigest, KnownDevice), StorageError> {
    let (member, seen) = (member_id(row, "member")?, time(row, "seen_at")?);
    Ok((digest(row)?, KnownDevice { id: id(row)?, member, seen }))
}

fn room(row: &Row) -> Result<Kept<KeptRoom>, StorageError> {
    let fit = || damaged("room", row);
    let kind = RoomKind::Named {
        name: RoomName::from_storage(&column::<String>(row, "name")?).ok_or_else(fit)?,
        topic: Topic::from_storage(&column::<String>(row, "topic")?).ok_or_else(fit)?,
        open: column(row, "open")?,
    };
    kept(row, "opened_at", KeptRoom { by: member_or_none(row, "opened_by")?, kind })
}

fn pair(row: &Row) -> Result<Kept<KeptRoom>, StorageError> {
    let kind = RoomKind::Pair(member_id(row, "one")?, member_id(row, "other")?);
    kept(row, "opened_at", KeptRoom { by: member_or_none(row, "begun_by")?, kind })
}

/// A message that is there was edited; one that is not was removed, and keeps its nonce.
fn change(row: &Row) -> Result<(MessageChange, Option<(MemberId, Nonce)>), StorageError> {
    let kind = ChangeKind::of_word(&column::<String>(row, "kind")?).ok_or_else(|| damaged("change", row))?;
    let message = seq(column(row, "message")?);
    let nonce = column::<Option<String>>(row, "nonce")?.and_then(|nonce| Nonce::parse(&nonce).ok());
    let sent = member_or_none(row, "author")?.zip(nonce);
    let change = MessageChange { seq: id(row)?, message, room: room_id(row)?, kind };
    let sent = sent.filter(|_| change.is_removal());
    Ok((change, sent))
}

fn configuration(row: &Row) -> Result<Kept<Configuration>, StorageError> {
    let fit = || damaged("configuration", row);
    let title: Option<String> = column(row, "title")?;
    let title = title.map(|title| Title::parse(&title).map_err(|_| fit())).transpose()?;
    let code = column::<Option<String>>(row, "invite_code")?.unwrap_or_default();
    let registration: Option<String> = column(row, "registration")?;
    let registration = registration.map(|word| Registration::of(&word, &code).ok_or_else(fit)).transpose()?;
    kept(row, "decided_at", Configuration { title, registration })
}

fn kept<T>(row: &Row, at: &str, value: T) -> Result<Kept<T>, StorageError> {
    Ok(Kept { id: id(row)?, at: time(row, at)?, value })
}
