//! Reading while the server may write: older pages, backups, exports, checks.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::{Connection, ErrorCode, OptionalExtension, ToSql, params};

use super::database_file::check_kind;
use super::message_row::{MESSAGE, message};
use super::new_file::NewFile;
use super::rows::{number, seq};
use super::schema::{FileContent, look};
use super::search::SearchRun;
use super::{connect, copies, files, in_words, leave_wal_alone, notified, reactions, schema, snapshot, talk};
use crate::chat::{
    ActivityRef, Archive, FileId, FileKey, MemberId, Message, Nonce, OwnedKey, RoomId, Search, SearchResults,
    SentFile, Seq, Snapshot, StorageError, Timestamp, UnreadReaction,
};
use crate::lock::lock;

/// A chat's file, to read.
pub struct DatabaseReader {
    pub(super) connection: Connection,
    path: PathBuf,
    /// When to give up what is being read, if ever.
    deadline: Arc<Mutex<Option<Instant>>>,
}

/// Steps of SQLite's (some microseconds, all together) after which it asks whether it is time to give up.
const STEPS: i32 = 1_000;

impl DatabaseReader {
    /// Opens a file that a chat has made. The error is one line for the operator.
    pub fn open(path: &Path) -> Result<Self, String> {
        let words = |error: rusqlite::Error| in_words(path, &error);
        // Looked at through a descriptor of its own only where nobody in this process has the file
        // open: closing it would drop SQLite's locks.
        let mut connection = connect(path).map_err(words)?;
        connection.pragma_update(None, "query_only", true).map_err(words)?;
        let deadline = Arc::<Mutex<Option<Instant>>>::default();
        let until = Arc::clone(&deadline);
        let is_late = move || lock(&until).is_some_and(|deadline| Instant::now() >= deadline);
        connection.progress_handler(STEPS, Some(is_late)).map_err(words)?;
        Ok(Self { connection, path: path.into(), deadline })
    }

    /// Opens a file that this process has not opened yet and that may be anything.
    pub fn of_any(path: &Path) -> Result<Self, String> {
        check_kind(path)?;
        let cannot = |error: std::io::Error| format!("{} cannot be opened: {error}", path.display());
        let content = look(&File::open(path).map_err(cannot)?, path)?;
        if content == FileContent::Nothing {
            return Err(format!("{} is empty", path.display()));
        }
        let reader = Self::open(path)?;
        schema::check_newest(&reader.connection, path)?;
        leave_wal_alone(&reader.connection, false).map_err(|error| in_words(path, &error))?;
        Ok(reader)
    }

    /// A consistent copy as one file, while others write, to be published. `progress` is told pages done and in all.
    pub(crate) fn copy(&self, to: &Path, progress: impl Fn(u64, u64)) -> Result<NewFile, String> {
        copies::copy(&self.connection, &self.path, to, progress)
    }

    /// From now on and until it is dropped, all that is read is of one moment.
    pub fn at_one_moment(&self) -> Result<impl Drop + '_, StorageError> {
        let moment = self.connection.unchecked_transaction()?;
        moment.query_row("SELECT newest FROM numbering", [], |_| Ok(()))?;
        Ok(moment)
    }

    /// Restores everything but messages.
    pub fn outline(&self) -> Result<Snapshot, StorageError> {
        snapshot::outline(&self.connection)
    }

    /// Every message, in order.
    pub fn every_message(
        &self,
        visit: &mut dyn FnMut(Message) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        snapshot::messages(&self.connection, visit)
    }

    /// Cost: O(messages).
    pub fn message_count(&self) -> Result<u64, StorageError> {
        let count: i64 = self.connection.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether a message of this room has a file whose bytes are kept; of any room, if none is named.
    pub(crate) fn has_files(&self, room: Option<RoomId>) -> Result<bool, StorageError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM files WHERE room IS NOT NULL AND (?1 IS NULL OR room = ?1) AND NOT gone)";
        Ok(self.connection.query_row(sql, [room.map(|room| number(room.0))], |row| row.get(0))?)
    }

    /// Cost: O(files).
    pub(crate) fn file_count(&self) -> Result<u64, StorageError> {
        let count: i64 = self.connection.query_row("SELECT count(*) FROM files", [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The keys of files that are still to be removed from the disk.
    pub(crate) fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        files::dropped(&self.connection)
    }

    /// The file whose bytes, or whose preview's, have this name: its id, its message, and whether it is the preview.
    pub(crate) fn file_of_key(
        &self,
        key: FileKey,
    ) -> Result<Option<(FileId, Option<Seq>, bool)>, StorageError> {
        let sql = "SELECT id, message, key <> ?1 FROM files WHERE key = ?1 OR preview = ?1";
        let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get(2)?));
        let found = self.connection.query_row(sql, [key.0], row).optional()?;
        Ok(found.map(|(id, message, is_preview)| (FileId(seq(id)), message.map(seq), is_preview)))
    }

    /// The first message that does not fit what the file has about it, and why.
    pub fn talk_fault(&self) -> Result<Option<(Seq, &'static str)>, StorageError> {
        Ok(talk::fault(&self.connection)?)
    }

    /// Returns one line for each damage that SQLite finds in the file. Cost: reads all of it.
    pub fn faults(&self) -> Result<Vec<String>, StorageError> {
        // A connection of its own: one that has looked at the index before takes what a server wrote since for
        // damage (SQLite's check of FTS5 goes by what it remembers of the index's structure).
        let fresh = connect(&self.path)?;
        let mut check = fresh.prepare("PRAGMA integrity_check")?;
        let found = check.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        // The first row may have a heading, and lines of its own.
        let lines = found.iter().flat_map(|row| row.lines());
        Ok(lines.filter(|line| *line != "ok" && !line.starts_with("*** ")).map(str::to_owned).collect())
    }
}

impl Archive for DatabaseReader {
    fn before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        let which = "room = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
        let mut messages = self.messages(which, params![number(room.0), number(id), whole(limit)])?;
        messages.reverse();
        Ok(messages)
    }

    fn ids_before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Seq>, StorageError> {
        let sql = "SELECT id FROM messages WHERE room = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let found = query.query_map(params![number(room.0), number(id), whole(limit)], |row| row.get(0))?;
        let mut ids = found.map(|id| id.map(seq)).collect::<Result<Vec<Seq>, _>>()?;
        ids.reverse();
        Ok(ids)
    }

    fn mentions_after(
        &self,
        member: MemberId,
        room: RoomId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<Seq>, StorageError> {
        Ok(notified::after(&self.connection, member, room, id, whole(limit))?)
    }

    fn reactions_after(
        &self,
        author: MemberId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<UnreadReaction>, StorageError> {
        reactions::unseen(&self.connection, author, id, whole(limit))
    }

    fn activity(
        &self,
        member: MemberId,
        rooms: &[RoomId],
        before: Seq,
        limit: usize,
    ) -> Result<Vec<ActivityRef>, StorageError> {
        Ok(notified::activity(&self.connection, member, rooms, before, limit)?)
    }

    fn by_nonce(&self, author: MemberId, nonce: &Nonce) -> Result<Option<Message>, StorageError> {
        let which = "author = ?1 AND nonce = ?2 LIMIT 1";
        Ok(self.messages(which, params![number(author.0), nonce.as_str()])?.pop())
    }

    fn some(&self, ids: &[Seq]) -> Result<Vec<Message>, StorageError> {
        let mut messages = Vec::new();
        for id in ids {
            messages.extend(self.messages("id = ?1", params![number(*id)])?);
        }
        Ok(messages)
    }

    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, StorageError> {
        let mut found = SearchResults::nothing(search.before);
        *lock(&self.deadline) = Some(deadline);
        let searched = SearchRun::new(&self.connection, search).run(limit, deadline, &mut found);
        *lock(&self.deadline) = None;
        match searched {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                found.ended_early = true;
            }
            searched => searched?,
        }
        Ok(found)
    }

    fn said_by(&self, author: MemberId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        // Room by room, as their index goes: each of the author's rooms once for all of their messages.
        let mut rooms = Vec::new();
        let sql = "SELECT min(room) FROM messages WHERE author = ?1 AND room > ?2";
        let mut next = self.connection.prepare_cached(sql)?;
        let mut after = -1;
        while let Some(room) =
            next.query_row([number(author.0), after], |row| row.get::<_, Option<i64>>(0))?
        {
            rooms.push(RoomId(seq(room)));
            after = room;
        }
        self.first(Some(author), &rooms, id, limit)
    }

    fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, StorageError> {
        let sql = "SELECT id, posted_at FROM messages WHERE room = ?1 AND id >= ?2 ORDER BY id LIMIT 1";
        let mut query = self.connection.prepare_cached(sql)?;
        let newest: i64 = self.connection.query_row("SELECT newest FROM numbering", [], |row| row.get(0))?;
        let mut next = |id: i64| {
            let row = query.query_row(params![number(room.0), id], |row| Ok((row.get(0)?, row.get(1)?)));
            row.optional().map(|found: Option<(i64, i64)>| found.filter(|(id, _)| *id <= newest))
        };
        // Ids grow with time (where the clock does), so halving the distance finds it without looking at all.
        let (mut low, mut high) = (0, newest.saturating_add(1));
        while low < high {
            let middle = low + (high - low) / 2;
            match next(middle)? {
                Some((id, posted)) if posted < at.0 => low = id + 1,
                _ => high = middle,
            }
        }
        Ok(next(low)?.map(|(id, _)| seq(id)))
    }

    fn after(&self, rooms: &[RoomId], id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        self.first(None, rooms, id, limit)
    }

    fn message_of_file(&self, id: FileId) -> Result<Option<Seq>, StorageError> {
        let mut query = self.connection.prepare_cached("SELECT message FROM files WHERE id = ?1")?;
        let message = query.query_row([number(id.0)], |row| row.get::<_, Option<i64>>(0)).optional()?;
        Ok(message.flatten().map(seq))
    }

    fn files_of_room(&self, room: RoomId, id: FileId, limit: usize) -> Result<Vec<SentFile>, StorageError> {
        files::of_room(&self.connection, room, id, limit)
    }

    fn file_keys(&self) -> Result<Vec<OwnedKey>, StorageError> {
        files::keys(&self.connection)
    }
}

impl DatabaseReader {
    /// The first `limit` messages of these rooms after one (exclusive), oldest first, by an author or by anyone.
    fn first(
        &self,
        author: Option<MemberId>,
        rooms: &[RoomId],
        id: Seq,
        limit: usize,
    ) -> Result<Vec<Message>, StorageError> {
        // Each room by its index: a query for all of them would read all that others say elsewhere. And the numbers
        // first: most of what many rooms together have is not wanted.
        let author = author.map(|author| number(author.0));
        let whose = if author.is_some() { "author = ?4" } else { "?4 IS NULL" };
        let sql =
            format!("SELECT id FROM messages WHERE {whose} AND room = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut ids: Vec<Seq> = Vec::new();
        for room in rooms {
            let values = params![number(room.0), number(id), whole(limit), author];
            for id in query.query_map(values, |row| row.get(0))? {
                ids.push(seq(id?));
            }
            ids.sort_unstable();
            ids.truncate(limit);
        }
        self.some(&ids)
    }

    /// The messages for which this holds.
    fn messages(&self, which: &str, values: &[&dyn ToSql]) -> Result<Vec<Message>, StorageError> {
        let sql = format!("SELECT {MESSAGE} FROM messages WHERE {which}");
        let mut query = self.connection.prepare_cached(&sql)?;
        let mut rows = query.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(message(&self.connection, row)?);
        }
        Ok(found)
    }
}

/// A number of rows for SQLite.
fn whole(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
