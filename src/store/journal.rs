//! Writing: each event, as the rows that it makes or changes.

use super::search::SearchIndex;
use super::sql::{Error, Sql, Value, values};
use super::{files, mentions, messages, reactions};
use crate::chat::{
    Configuration, Event, MemberData, MemberId, NotificationLevel, Pin, Reaction, ReadMarker, Record,
    Registration, RoomId, Seq, Timestamp, Title, TokenDigest,
};
use crate::text::Language;

/// Tables whose rows go with a room.
const OF_A_ROOM: [&str; 11] = [
    "files", "reactions", "notified", "notification_levels", "messages", "changes", "changes_forgotten",
    "read_marks", "room_members", "departures", "invitations",
];

/// Writes one record. Decides nothing: [`Event::ends`] and [`Record::read_markers`] say what goes with an event.
#[expect(clippy::too_many_lines, reason = "an arm for each event")]
pub(super) fn write<S: Sql>(sql: &S, index: &mut impl SearchIndex<S>, record: &Record) -> Result<(), Error> {
    let (id, at) = (record.seq, record.at);
    let run = |text: &str, values: &[Value]| sql.run(text, values);
    if let Some((member, data)) = record.event.ends() {
        for data in data {
            run(&format!("DELETE FROM {} WHERE member = ?1", table_of(*data)), values![member])?;
        }
    }
    match &record.event {
        Event::Registered { name, password, owner } => run(
            "INSERT INTO members (id, registered_at, name, password, owner) VALUES (?1, ?2, ?3, ?4, ?5)",
            values![id, at, name.as_str(), &*password.0, owner],
        ),
        Event::SessionOpened { member, digest, device } => run(
            "INSERT INTO sessions (id, opened_at, member, token_sha256, device) VALUES (?1, ?2, ?3, ?4, ?5)",
            values![id, at, member, &digest.0, device.as_str()],
        ),
        Event::SessionEnded { digest } => {
            run("DELETE FROM sessions WHERE token_sha256 = ?1", values![&digest.0])
        }
        Event::SessionRevoked { member, digest } => revoke(sql, record, *member, digest),
        Event::RevokedSessionsForgotten { up_to } => {
            run("DELETE FROM revoked_sessions WHERE id <= ?1", values![up_to])
        }
        Event::DeviceKnown { member, digest } => run(
            "INSERT INTO known_devices (id, seen_at, member, token_sha256) VALUES (?1, ?2, ?3, ?4)",
            values![id, at, member, &digest.0],
        ),
        Event::DeviceForgotten { digest } => {
            run("DELETE FROM known_devices WHERE token_sha256 = ?1", values![&digest.0])
        }
        Event::ResetOffered { by, member, digest } => {
            run(
                "DELETE FROM password_resets WHERE member = ?1 OR token_sha256 = ?2",
                values![member, &digest.0],
            )?;
            run(
                "INSERT INTO password_resets (id, offered_at, member, token_sha256, offered_by)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                values![id, at, member, &digest.0, *by],
            )
        }
        Event::PasswordChanged { member, password } => {
            run("UPDATE members SET password = ?2 WHERE id = ?1", values![member, &*password.0])
        }
        Event::ZoneChosen { member, zone } => {
            choose(sql, *member, "zone", zone.map(|zone| zone.to_string()).as_deref())
        }
        Event::LanguageChosen { member, language } => {
            choose(sql, *member, "language", language.map(Language::tag))
        }
        Event::RoleChanged { member, owner } => {
            run("UPDATE members SET owner = ?2 WHERE id = ?1", values![member, owner])
        }
        Event::MemberRemoved { member, name_freed, .. } => run(
            "UPDATE members SET password = '', zone = NULL, language = NULL, quiet_hours = NULL, owner = FALSE,
             removed_at = ?2, name_freed = ?3 WHERE id = ?1",
            values![member, at, name_freed],
        ),
        Event::MemberReturned { member, name, .. } => run(
            "UPDATE members SET name = ?2, removed_at = NULL, name_freed = FALSE, reactions_seen = ?3 WHERE id = ?1",
            values![member, name.as_str(), id],
        ),
        Event::Configured(configuration) => decide(sql, id, at, configuration),
        Event::RoomOpened { by, name, topic, open } => run(
            "INSERT INTO rooms (id, opened_at, name, topic, open, opened_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            values![id, at, name.as_str(), topic.as_str(), open, by],
        ),
        Event::RoomChanged { room, name, topic } => run(
            "UPDATE rooms SET name = ?2, topic = ?3 WHERE id = ?1",
            values![room, name.as_str(), topic.as_str()],
        ),
        Event::RoomDeleted { room, .. } => delete_room(sql, index, *room),
        Event::PairOpened { by, one, other } => run(
            "INSERT INTO pairs (id, opened_at, one, other, begun_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            values![id, at, one, other, by],
        ),
        Event::Joined { room, member } => join(sql, record, *room, *member),
        Event::Invited { room, member, by } => run(
            "INSERT INTO invitations (id, invited_at, room, member, invited_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            values![id, at, room, member, by],
        ),
        Event::InvitationDeclined { room, member } => run(
            "DELETE FROM invitations WHERE room = ?1 AND member = ?2",
            values![room, member],
        ),
        Event::Left { room, member } => leave(sql, *room, *member),
        Event::Read { .. } => Ok(()),
        Event::Posted { .. } => {
            record.message().map_or(Ok(()), |message| messages::add(sql, index, &message))
        }
        Event::FileAdded { owner, file } => files::add(sql, record.seq, record.at, *owner, file),
        Event::FilesDropped { ids } => files::drop_all(sql, ids),
        Event::FileRemoved { message, file, gone, .. } => {
            messages::remove_file(sql, index, *message, *file, *gone)?;
            messages::note_change(sql, record, None)
        }
        Event::Edited { message, room, body, mentions, group, notified, .. } => {
            let (message, room, group) = (*message, *room, group.as_deref());
            let edit = messages::Edit { message, room, body, mentions, group, notified, at: record.at };
            messages::edit(sql, index, edit)?;
            messages::note_change(sql, record, None)
        }
        Event::Reacted { message, room, author, member, emoji, .. } => {
            let reaction = Reaction { id: record.seq, at: record.at, member: *member, emoji: emoji.clone() };
            reactions::add(sql, (*message, *room, *author), &reaction)?;
            messages::note_change(sql, record, None)
        }
        Event::ReactionRemoved { reaction, .. } => {
            reactions::remove(sql, *reaction)?;
            messages::note_change(sql, record, None)
        }
        Event::Pinned { message, by, .. } => {
            messages::set_pin(sql, *message, Some(Pin { id: record.seq, by: *by, at: record.at }))?;
            messages::note_change(sql, record, None)
        }
        Event::Unpinned { message, .. } => {
            messages::set_pin(sql, *message, None)?;
            messages::note_change(sql, record, None)
        }
        Event::NotificationLevelChosen { member, room, level } => choose_level(sql, *member, *room, *level),
        Event::QuietHoursChosen { member, hours } => {
            let hours = hours.map(|hours| format!("{}-{}", hours.from, hours.to));
            choose(sql, *member, "quiet_hours", hours.as_deref())
        }
        Event::ReactionsSeen { member, up_to } => run(
            "UPDATE members SET reactions_seen = ?2 WHERE id = ?1",
            values![member, up_to],
        ),
        Event::MarkedUnread { member, room, after, .. } => run(
            "INSERT INTO read_marks (member, room, up_to) VALUES (?1, ?2, ?3)
             ON CONFLICT (member, room) DO UPDATE SET up_to = excluded.up_to",
            values![member, room, after],
        ),
        Event::Removed { message, sent, .. } => {
            messages::remove(sql, index, *message)?;
            messages::note_change(sql, record, sent.as_ref())
        }
    }?;
    record.read_markers().into_iter().try_for_each(|marker| advance_read_marker(sql, marker))
}

fn table_of(data: MemberData) -> &'static str {
    match data {
        MemberData::RevokedSessions => "revoked_sessions",
        MemberData::KnownDevices => "known_devices",
        MemberData::PasswordReset => "password_resets",
        MemberData::Memberships => "room_members",
        MemberData::ReadMarkers => "read_marks",
        MemberData::Departures => "departures",
        MemberData::Invitations => "invitations",
        MemberData::NotificationLevels => "notification_levels",
    }
}

/// Moves a session to those that a removal ended.
fn revoke(sql: &impl Sql, record: &Record, member: MemberId, digest: &TokenDigest) -> Result<(), Error> {
    sql.run("DELETE FROM sessions WHERE token_sha256 = ?1", values![&digest.0])?;
    sql.run(
        "INSERT INTO revoked_sessions (id, revoked_at, member, token_sha256) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (token_sha256) DO UPDATE SET id = excluded.id, revoked_at = excluded.revoked_at,
            member = excluded.member",
        values![record.seq, record.at, member, &digest.0],
    )
}

/// Whoever comes back to a room has not left it any more, and accepts an invitation by that.
fn join(sql: &impl Sql, record: &Record, room: RoomId, member: MemberId) -> Result<(), Error> {
    for table in ["departures", "invitations"] {
        let delete = format!("DELETE FROM {table} WHERE room = ?1 AND member = ?2");
        sql.run(&delete, values![room, member])?;
    }
    sql.run(
        "INSERT INTO room_members (id, joined_at, room, member) VALUES (?1, ?2, ?3, ?4)",
        values![record.seq, record.at, room, member],
    )
}

fn leave(sql: &impl Sql, room: RoomId, member: MemberId) -> Result<(), Error> {
    for table in ["read_marks", "room_members", "notification_levels"] {
        let delete = format!("DELETE FROM {table} WHERE room = ?1 AND member = ?2");
        sql.run(&delete, values![room, member])?;
    }
    sql.run(
        "INSERT INTO departures (room, member) VALUES (?1, ?2) ON CONFLICT (room, member) DO NOTHING",
        values![room, member],
    )
}

fn delete_room<S: Sql>(sql: &S, index: &mut impl SearchIndex<S>, room: RoomId) -> Result<(), Error> {
    mentions::remove_of_room(sql, room)?;
    index.remove_room(sql, room)?;
    for table in OF_A_ROOM {
        sql.run(&format!("DELETE FROM {table} WHERE room = ?1"), values![room])?;
    }
    sql.run("DELETE FROM rooms WHERE id = ?1", values![room])
}

/// Keeps what a member chose in a column of their own.
fn choose(sql: &impl Sql, member: MemberId, column: &'static str, value: Option<&str>) -> Result<(), Error> {
    sql.run(&format!("UPDATE members SET {column} = ?2 WHERE id = ?1"), values![member, value])
}

fn choose_level(
    sql: &impl Sql,
    member: MemberId,
    room: RoomId,
    level: Option<NotificationLevel>,
) -> Result<(), Error> {
    match level {
        Some(level) => sql.run(
            "INSERT INTO notification_levels (member, room, level) VALUES (?1, ?2, ?3)
             ON CONFLICT (member, room) DO UPDATE SET level = excluded.level",
            values![member, room, level.word()],
        ),
        None => {
            sql.run("DELETE FROM notification_levels WHERE member = ?1 AND room = ?2", values![member, room])
        }
    }
}

fn decide(sql: &impl Sql, id: Seq, at: Timestamp, configuration: &Configuration) -> Result<(), Error> {
    let (registration, code) = configuration.registration.as_ref().map(Registration::words).unzip();
    sql.run("DELETE FROM configuration", values![])?;
    sql.run(
        "INSERT INTO configuration (id, decided_at, title, registration, invite_code) VALUES (?1, ?2, ?3, ?4, ?5)",
        values![id, at, configuration.title.as_ref().map(Title::as_str), registration, code.flatten()],
    )
}

fn advance_read_marker(sql: &impl Sql, marker: ReadMarker) -> Result<(), Error> {
    let ReadMarker { member, room, up_to } = marker;
    sql.run(
        "INSERT INTO read_marks (member, room, up_to) VALUES (?1, ?2, ?3)
         ON CONFLICT (member, room) DO UPDATE SET up_to = excluded.up_to WHERE read_marks.up_to < excluded.up_to",
        values![member, room, up_to],
    )
}
