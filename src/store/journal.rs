//! Writing: each event, as the rows that it makes or changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, params};

use super::database_file::DatabaseFile;
use super::reader::DatabaseReader;
use super::rows::{number, seq};
use super::{
    BUSY_TIME, Durability, connect, damaged, files, in_words, leave_wal_alone, mentions, messages, reactions,
    schema, search_index, snapshot, talk,
};
use crate::chat::{
    Appended, ChatId, Configuration, Event, FileKey, Identity, Log, MemberData, MemberId, NotificationLevel,
    OpenArchive, OwnedKey, Pin, Reaction, ReadMarker, Record, Registration, RoomId, Seq, Snapshot,
    StorageError, Timestamp, Title, TokenDigest,
};
use crate::text::Language;

/// A chat's file, claimed by this process, and kept up to date.
pub struct Store {
    connection: Connection,
    /// Dropped after the connection is.
    file: DatabaseFile,
    blocks: search_index::Blocks,
    /// When to take what was erased out of the WAL, if anything was.
    erase_due: Option<Instant>,
}

/// Pause before another try where other readers kept the WAL from being emptied.
const ERASE_PAUSE: Duration = Duration::from_secs(5);
/// Size to which a WAL that was larger is cut, in bytes.
const WAL_KEPT: i64 = 4 * 1024 * 1024;
/// Tables whose rows go with a room; those of its messages' mentions and terms go message by message.
const OF_A_ROOM: [&str; 12] = [
    "files", "reactions", "notified", "notification_levels", "messages", "word_blocks", "changes",
    "changes_forgotten", "read_marks", "room_members", "departures", "invitations",
];

impl Store {
    /// Opens the file, makes it where there is none, and brings one of an older version up to date. The
    /// error is one line for the operator; the file is as it was then.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, String> {
        let (mut file, content) = DatabaseFile::claim(path)?;
        let path = file.path.clone();
        let in_words_of = |error: rusqlite::Error| in_words(&path, &error);
        let mut connection = connect(&path).map_err(in_words_of)?;
        schema::bring_up_to_date(&mut connection, &path, content)?;
        search_index::bring_up_to_date(&mut connection).map_err(in_words_of)?;
        configure(&connection, durability).map_err(in_words_of)?;
        file.make_private();
        file.remember().map_err(|error| format!("{}: {error}", path.display()))?;
        // What was erased before a crash may still be in the WAL.
        let blocks = search_index::Blocks::default();
        Ok(Self { connection, file, blocks, erase_due: Some(Instant::now()) })
    }

    /// Appends records to what is kept, whatever that is.
    #[cfg(test)]
    pub(super) fn keep(&mut self, records: &[Record]) -> Result<(), StorageError> {
        let newest = self.connection.query_row("SELECT newest FROM numbering", [], |row| row.get(0));
        self.append(seq(newest.map_err(StorageError::from)?), records).map(drop)
    }

    #[cfg(test)]
    pub(super) fn erase_now(&mut self) {
        self.erase_due = Some(Instant::now());
    }

    /// The canonical path of the file.
    pub fn path(&self) -> PathBuf {
        self.file.path.clone()
    }

    /// Keeps all records that `next` gives, and then the newest number, in a file that has none yet: all
    /// or nothing. The error is one line for the operator.
    pub fn import(
        &mut self,
        mut next: impl FnMut() -> Result<Result<Record, Seq>, String>,
    ) -> Result<(), String> {
        let words = |error: rusqlite::Error| in_words(&self.file.path, &error);
        let change = self.connection.transaction().map_err(words)?;
        let newest: i64 =
            change.query_row("SELECT newest FROM numbering", [], |row| row.get(0)).map_err(words)?;
        if newest != 0 {
            return Err(format!("{} has a chat already", self.file.path.display()));
        }
        let newest = loop {
            match next()? {
                Ok(mut record) => {
                    if !talk::settle_quote(&change, &mut record).map_err(words)? {
                        return Err(format!("message {} answers none of its room", record.seq));
                    }
                    write(&change, &mut self.blocks, &record).map_err(words)?;
                }
                Err(newest) => break newest,
            }
        };
        change.execute("UPDATE numbering SET newest = ?1", [number(newest)]).map_err(words)?;
        // Nobody is told anew of reactions from elsewhere.
        change.execute("UPDATE members SET reactions_seen = ?1", [number(newest)]).map_err(words)?;
        change.commit().map_err(words)
    }

    /// Returns whether `expected` is the newest number; nothing is kept where it is not.
    fn commit(&mut self, expected: Seq, records: &[Record]) -> rusqlite::Result<bool> {
        let newest = records.last().map_or(expected, |record| record.seq);
        let change = self.connection.transaction()?;
        // It is the first statement, so that it takes the lock by which nobody else writes until the end.
        let sql = "UPDATE numbering SET newest = ?2 WHERE newest = ?1";
        if change.prepare_cached(sql)?.execute([number(expected), number(newest)])? == 0 {
            return Ok(false);
        }
        for record in records {
            write(&change, &mut self.blocks, record)?;
        }
        change.commit()?;
        Ok(true)
    }

    /// After something was erased, takes it out of the WAL as well. Others who read may be in the way;
    /// then it is done later. Nobody waits for them.
    fn erase(&mut self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.erase_due = (done.unwrap_or(1) != 0).then(|| Instant::now() + ERASE_PAUSE);
        self.connection.busy_timeout(BUSY_TIME)
    }
}

fn configure(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Only macOS needs to be told that "synced" means the disk and not its cache.
    connection.pragma_update(None, "fullfsync", durability == Durability::Full)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    // The query that finds out runs now, and not under the first message.
    connection.query_row("SELECT newest FROM numbering", [], |_| Ok(()))
}

impl Log for Store {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        self.file.is_still_there()?;
        let kept = self.commit(expected, records).map_err(|error| {
            self.blocks.forget();
            StorageError(in_words(&self.file.path, &error))
        })?;
        if !kept {
            return Err(StorageError("another program has written to this chat; start snug again".into()));
        }
        if records.iter().any(|record| record.event.erases()) {
            self.erase_due.get_or_insert_with(Instant::now);
        }
        self.tidy();
        Ok(Appended::after(expected))
    }

    fn tidy(&mut self) {
        if self.erase_due.is_some_and(|due| Instant::now() >= due) {
            // What was changed is kept whatever becomes of this.
            let _ = self.erase();
        }
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        let snapshot = snapshot::restore(&self.connection, messages)?;
        // Now it is clear that the file is sound.
        leave_wal_alone(&self.connection, false)?;
        Ok(snapshot)
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        let sql = "SELECT chat_id, chat_id_since FROM numbering";
        let row = |row: &rusqlite::Row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?));
        let (id, since) = self.connection.query_row(sql, [], row)?;
        let id =
            ChatId::parse(&id).ok_or_else(|| StorageError(damaged(&self.file.path, "its id is none")))?;
        Ok(Some(Identity { id, given_at: since.map(Timestamp) }))
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        files::dropped(&self.connection)
    }

    fn forget_dropped_files(&mut self, keys: &[FileKey]) -> Result<(), StorageError> {
        Ok(files::forget_dropped(&mut self.connection, keys)?)
    }

    fn archive(&self) -> Option<OpenArchive> {
        let path = self.file.path.clone();
        Some(Box::new(move || Ok(Box::new(DatabaseReader::open(&path).map_err(StorageError)?))))
    }
}

/// Writes one record. Decides nothing: [`Event::ends`] and [`Record::read_markers`] say what goes with an event.
#[expect(clippy::too_many_lines, reason = "an arm for each event")]
fn write(change: &Transaction, blocks: &mut search_index::Blocks, record: &Record) -> rusqlite::Result<()> {
    let (id, at) = (number(record.seq), record.at.0);
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| change.prepare_cached(sql)?.execute(values);
    if let Some((member, data)) = record.event.ends() {
        for data in data {
            run(&format!("DELETE FROM {} WHERE member = ?1", table_of(*data)), params![number(member.0)])?;
        }
    }
    match &record.event {
        Event::Registered { name, password, owner } => run(
            "INSERT INTO members (id, registered_at, name, password, owner) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, at, name.as_str(), &*password.0, owner],
        ),
        Event::SessionOpened { member, digest, device } => run(
            "INSERT INTO sessions (id, opened_at, member, token_sha256, device) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, at, number(member.0), digest.0, device.as_str()],
        ),
        Event::SessionEnded { digest } => {
            run("DELETE FROM sessions WHERE token_sha256 = ?1", params![digest.0])
        }
        Event::SessionRevoked { member, digest } => revoke(change, record, *member, digest),
        Event::RevokedSessionsForgotten { up_to } => {
            run("DELETE FROM revoked_sessions WHERE id <= ?1", params![number(*up_to)])
        }
        Event::DeviceKnown { member, digest } => run(
            "INSERT INTO known_devices (id, seen_at, member, token_sha256) VALUES (?1, ?2, ?3, ?4)",
            params![id, at, number(member.0), digest.0],
        ),
        Event::DeviceForgotten { digest } => {
            run("DELETE FROM known_devices WHERE token_sha256 = ?1", params![digest.0])
        }
        Event::ResetOffered { by, member, digest } => run(
            "INSERT OR REPLACE INTO password_resets (id, offered_at, member, token_sha256, offered_by)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, at, number(member.0), digest.0, by.map(|by| number(by.0))],
        ),
        Event::PasswordChanged { member, password } => {
            run("UPDATE members SET password = ?2 WHERE id = ?1", params![number(member.0), &*password.0])
        }
        Event::ZoneChosen { member, zone } => {
            choose(change, *member, "zone", zone.map(|zone| zone.to_string()).as_deref())
        }
        Event::LanguageChosen { member, language } => {
            choose(change, *member, "language", language.map(Language::tag))
        }
        Event::RoleChanged { member, owner } => {
            run("UPDATE members SET owner = ?2 WHERE id = ?1", params![number(member.0), owner])
        }
        Event::MemberRemoved { member, name_freed, .. } => run(
            "UPDATE members SET password = '', zone = NULL, language = NULL, quiet_hours = NULL, owner = 0, removed_at = ?2,
             name_freed = ?3 WHERE id = ?1",
            params![number(member.0), at, name_freed],
        ),
        Event::MemberReturned { member, name, .. } => run(
            "UPDATE members SET name = ?2, removed_at = NULL, name_freed = 0, reactions_seen = ?3 WHERE id = ?1",
            params![number(member.0), name.as_str(), id],
        ),
        Event::Configured(configuration) => decide(change, id, at, configuration),
        Event::RoomOpened { by, name, topic, open } => run(
            "INSERT INTO rooms (id, opened_at, name, topic, open, opened_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id, at, name.as_str(), topic.as_str(), open, by.map(|by| number(by.0))],
        ),
        Event::RoomChanged { room, name, topic } => run(
            "UPDATE rooms SET name = ?2, topic = ?3 WHERE id = ?1",
            params![number(room.0), name.as_str(), topic.as_str()],
        ),
        Event::RoomDeleted { room, .. } => delete_room(change, blocks, *room),
        Event::PairOpened { by, one, other } => run(
            "INSERT INTO pairs (id, opened_at, one, other, begun_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, at, number(one.0), number(other.0), by.map(|by| number(by.0))],
        ),
        Event::Joined { room, member } => join(change, record, *room, *member),
        Event::Invited { room, member, by } => run(
            "INSERT INTO invitations (id, invited_at, room, member, invited_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, at, number(room.0), number(member.0), number(by.0)],
        ),
        Event::InvitationDeclined { room, member } => run(
            "DELETE FROM invitations WHERE room = ?1 AND member = ?2",
            params![number(room.0), number(member.0)],
        ),
        Event::Left { room, member } => leave(change, *room, *member),
        Event::Read { .. } => Ok(0),
        Event::Posted { .. } => {
            record.message().map_or(Ok(0), |message| messages::add(change, blocks, &message))
        }
        Event::FileAdded { owner, file } => files::add(change, record.seq, record.at, *owner, file),
        Event::FilesDropped { ids } => files::drop_all(change, ids),
        Event::FileRemoved { message, file, gone, .. } => {
            messages::remove_file(change, blocks, *message, *file, *gone)?;
            messages::note_change(change, record, None)
        }
        Event::Edited { message, room, body, mentions, group, notified, .. } => {
            let (message, room, group) = (*message, *room, group.as_deref());
            let edit = messages::Edit { message, room, body, mentions, group, notified, at: record.at };
            messages::edit(change, blocks, edit)?;
            messages::note_change(change, record, None)
        }
        Event::Reacted { message, room, author, member, emoji, .. } => {
            let reaction = Reaction { id: record.seq, at: record.at, member: *member, emoji: emoji.clone() };
            reactions::add(change, (*message, *room, *author), &reaction)?;
            messages::note_change(change, record, None)
        }
        Event::ReactionRemoved { reaction, .. } => {
            reactions::remove(change, *reaction)?;
            messages::note_change(change, record, None)
        }
        Event::Pinned { message, by, .. } => {
            messages::set_pin(change, *message, Some(Pin { id: record.seq, by: *by, at: record.at }))?;
            messages::note_change(change, record, None)
        }
        Event::Unpinned { message, .. } => {
            messages::set_pin(change, *message, None)?;
            messages::note_change(change, record, None)
        }
        Event::NotificationLevelChosen { member, room, level } => choose_level(change, *member, *room, *level),
        Event::QuietHoursChosen { member, hours } => {
            let hours = hours.map(|hours| format!("{}-{}", hours.from, hours.to));
            choose(change, *member, "quiet_hours", hours.as_deref())
        }
        Event::ReactionsSeen { member, up_to } => run(
            "UPDATE members SET reactions_seen = ?2 WHERE id = ?1",
            params![number(member.0), number(*up_to)],
        ),
        Event::MarkedUnread { member, room, after, .. } => run(
            "INSERT OR REPLACE INTO read_marks (member, room, up_to) VALUES (?1, ?2, ?3)",
            params![number(member.0), number(room.0), number(*after)],
        ),
        Event::Removed { message, sent, .. } => {
            messages::remove(change, *message)?;
            messages::note_change(change, record, sent.as_ref())
        }
    }?;
    record.read_markers().into_iter().try_for_each(|marker| advance_read_marker(change, marker))
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
fn revoke(
    change: &Transaction,
    record: &Record,
    member: MemberId,
    digest: &TokenDigest,
) -> rusqlite::Result<usize> {
    change.prepare_cached("DELETE FROM sessions WHERE token_sha256 = ?1")?.execute([digest.0])?;
    change
        .prepare_cached(
            "INSERT OR REPLACE INTO revoked_sessions (id, revoked_at, member, token_sha256) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![number(record.seq), record.at.0, number(member.0), digest.0])
}

/// Whoever comes back to a room has not left it any more, and accepts an invitation by that.
fn join(change: &Transaction, record: &Record, room: RoomId, member: MemberId) -> rusqlite::Result<usize> {
    let (room, member) = (number(room.0), number(member.0));
    for table in ["departures", "invitations"] {
        let sql = format!("DELETE FROM {table} WHERE room = ?1 AND member = ?2");
        change.prepare_cached(&sql)?.execute([room, member])?;
    }
    change
        .prepare_cached("INSERT INTO room_members (id, joined_at, room, member) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![number(record.seq), record.at.0, room, member])
}

fn leave(change: &Transaction, room: RoomId, member: MemberId) -> rusqlite::Result<usize> {
    let (room, member) = (number(room.0), number(member.0));
    for table in ["read_marks", "room_members", "notification_levels"] {
        let sql = format!("DELETE FROM {table} WHERE room = ?1 AND member = ?2");
        change.prepare_cached(&sql)?.execute([room, member])?;
    }
    change
        .prepare_cached("INSERT OR IGNORE INTO departures (room, member) VALUES (?1, ?2)")?
        .execute([room, member])
}

fn delete_room(
    change: &Transaction,
    blocks: &mut search_index::Blocks,
    room: RoomId,
) -> rusqlite::Result<usize> {
    let id = number(room.0);
    let mut messages = change.prepare_cached("SELECT id FROM messages WHERE room = ?1")?;
    let messages: Vec<i64> = messages.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for message in messages {
        mentions::remove(change, seq(message))?;
        search_index::remove(change, seq(message))?;
    }
    for table in OF_A_ROOM {
        change.execute(&format!("DELETE FROM {table} WHERE room = ?1"), [id])?;
    }
    blocks.forget();
    change.execute("DELETE FROM rooms WHERE id = ?1", [id])
}

/// Keeps what a member chose in a column of their own.
fn choose(
    change: &Transaction,
    member: MemberId,
    column: &'static str,
    value: Option<&str>,
) -> rusqlite::Result<usize> {
    change
        .execute(&format!("UPDATE members SET {column} = ?2 WHERE id = ?1"), params![number(member.0), value])
}

fn choose_level(
    change: &Transaction,
    member: MemberId,
    room: RoomId,
    level: Option<NotificationLevel>,
) -> rusqlite::Result<usize> {
    let (member, room) = (number(member.0), number(room.0));
    match level {
        Some(level) => change
            .prepare_cached(
                "INSERT OR REPLACE INTO notification_levels (member, room, level) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![member, room, level.word()]),
        None => change
            .prepare_cached("DELETE FROM notification_levels WHERE member = ?1 AND room = ?2")?
            .execute([member, room]),
    }
}

fn decide(change: &Transaction, id: i64, at: i64, configuration: &Configuration) -> rusqlite::Result<usize> {
    let (registration, code) = configuration.registration.as_ref().map(Registration::words).unzip();
    change.execute("DELETE FROM configuration", [])?;
    change.execute(
        "INSERT INTO configuration (id, decided_at, title, registration, invite_code) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, at, configuration.title.as_ref().map(Title::as_str), registration, code.flatten()],
    )
}

fn advance_read_marker(
    change: &Transaction,
    ReadMarker { member, room, up_to }: ReadMarker,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO read_marks (member, room, up_to) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET up_to = max(up_to, excluded.up_to)";
    let values = params![number(member.0), number(room.0), number(up_to)];
    change.prepare_cached(sql)?.execute(values).map(drop)
}
