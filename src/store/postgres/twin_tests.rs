//! The same chat on both engines: each answer of one is that of the other.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::archive::DatabaseReader;
use super::connection::{Connection, ONE_MOMENT};
use super::engine::Engine;
use super::schema;
use super::search::Words;
use super::tests::{TestDatabase, database};
use super::url::DatabaseUrl;
use crate::chat::log_contract::{
    check_every_event, check_log_contract, verbs, verbs_that_change_messages, verbs_that_remove_members,
};
use crate::chat::{
    ActivityRef, Appended, Archive, FileId, FileKey, Identity, Log, MemberId, Message, Nonce, OpenArchive,
    OwnedKey, Query, Record, RoomId, Search, SearchResults, SentFile, Seq, Snapshot, StorageError, Timestamp,
    UnreadReaction,
};
use crate::store::sql::{Sql as _, values};
use crate::store::tests::Folder;
use crate::store::{Reader, Store, files, journal, snapshot};

/// A log that keeps everything twice.
struct Twin {
    file: Store,
    database: Connection,
}

impl Twin {
    fn open(folder: &Folder, database: &TestDatabase) -> Self {
        let engine = Engine::open(DatabaseUrl::parse(&database.url).unwrap()).unwrap();
        let database = Connection::new(&engine);
        schema::bring_up_to_date(&database).unwrap();
        Self { file: folder.open().unwrap(), database }
    }
}

#[track_caller]
fn same<T: Debug>(one: T, other: &T) -> T {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
    one
}

impl Log for Twin {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let appended = self.file.append(expected, records)?;
        let newest = records.last().map_or(expected, |record| record.seq);
        self.database.transaction("BEGIN", |sql| {
            records.iter().try_for_each(|record| journal::write(sql, &mut Words, record))?;
            sql.run("UPDATE numbering SET newest = ?1", values![newest])
        })?;
        Ok(appended)
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        let sorted = |mut snapshot: Snapshot| {
            snapshot.read_markers.sort_by_key(|marker| (marker.member, marker.room));
            snapshot.forgotten_changes.sort_by_key(|forgotten| forgotten.room);
            snapshot
        };
        let database = self.database.transaction(ONE_MOMENT, |sql| snapshot::restore(sql, messages))?;
        Ok(same(sorted(self.file.restore(messages)?), &sorted(database)))
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(snapshot::identity(&self.database)?)
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        let sorted = |mut keys: Vec<OwnedKey>| {
            keys.sort_by_key(|owned| owned.key.0);
            keys
        };
        Ok(same(sorted(self.file.dropped_files()?), &sorted(files::dropped(&self.database)?)))
    }

    fn forget_dropped_files(&mut self, keys: &[FileKey]) -> Result<(), StorageError> {
        files::forget_dropped(&self.database, keys)?;
        self.file.forget_dropped_files(keys)
    }

    fn archive(&self) -> Option<OpenArchive> {
        let (file, engine) = (self.file.archive()?, Arc::clone(self.database.engine()));
        Some(Box::new(move || {
            Ok(Box::new(TwinArchive { file: file()?, database: DatabaseReader::new(&engine) }))
        }))
    }
}

struct TwinArchive {
    file: Box<dyn Archive>,
    database: DatabaseReader,
}

macro_rules! both {
    ($self:ident.$question:ident($($value:expr),*)) => {
        Ok(same($self.file.$question($($value),*)?, &Archive::$question(&$self.database, $($value),*)?))
    };
}

impl Archive for TwinArchive {
    fn before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        both!(self.before(room, id, limit))
    }

    fn ids_before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Seq>, StorageError> {
        both!(self.ids_before(room, id, limit))
    }

    fn mentions_after(
        &self,
        member: MemberId,
        room: RoomId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<Seq>, StorageError> {
        both!(self.mentions_after(member, room, id, limit))
    }

    fn reactions_after(
        &self,
        author: MemberId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<UnreadReaction>, StorageError> {
        both!(self.reactions_after(author, id, limit))
    }

    fn activity(
        &self,
        member: MemberId,
        rooms: &[RoomId],
        before: Seq,
        limit: usize,
    ) -> Result<Vec<ActivityRef>, StorageError> {
        both!(self.activity(member, rooms, before, limit))
    }

    fn by_nonce(&self, author: MemberId, nonce: &Nonce) -> Result<Option<Message>, StorageError> {
        both!(self.by_nonce(author, nonce))
    }

    fn some(&self, ids: &[Seq]) -> Result<Vec<Message>, StorageError> {
        both!(self.some(ids))
    }

    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, StorageError> {
        both!(self.search(search, limit, deadline))
    }

    fn said_by(&self, author: MemberId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        both!(self.said_by(author, id, limit))
    }

    fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, StorageError> {
        both!(self.first_since(room, at))
    }

    fn after(&self, rooms: &[RoomId], id: Seq, limit: usize) -> Result<Vec<Message>, StorageError> {
        both!(self.after(rooms, id, limit))
    }

    fn message_of_file(&self, id: FileId) -> Result<Option<Seq>, StorageError> {
        both!(self.message_of_file(id))
    }

    fn files_of_room(&self, room: RoomId, id: FileId, limit: usize) -> Result<Vec<SentFile>, StorageError> {
        both!(self.files_of_room(room, id, limit))
    }

    fn file_keys(&self) -> Result<Vec<OwnedKey>, StorageError> {
        let keys = |keys: Vec<OwnedKey>| keys.iter().map(|owned| owned.key.0).collect::<BTreeSet<_>>();
        let all = self.file.file_keys()?;
        assert_eq!(keys(all.clone()), keys(self.database.file_keys()?));
        Ok(all)
    }
}

/// Asks what the contract does not.
fn ask_the_rest(twin: &Twin) {
    let reader = twin.file.archive().unwrap()().unwrap();
    let archive = TwinArchive { file: reader, database: DatabaseReader::new(twin.database.engine()) };
    let kept = twin.restore(usize::MAX).unwrap();
    let rooms: Vec<RoomId> = kept.rooms.iter().map(|room| RoomId(room.id)).chain([RoomId::SHARED]).collect();
    for member in kept.members.iter().map(|member| member.id) {
        archive.said_by(member, Seq(0), 3).unwrap();
        archive.activity(member, &rooms, Seq(u64::MAX), 5).unwrap();
        archive.activity(member, &rooms[1..], Seq(50), 3).unwrap();
        archive.reactions_after(member, Seq(0), 3).unwrap();
        for room in &rooms {
            archive.mentions_after(member, *room, Seq(0), 3).unwrap();
        }
    }
    for room in &rooms {
        archive.files_of_room(*room, FileId(Seq(u64::MAX)), 2).unwrap();
        archive.first_since(*room, Timestamp(20)).unwrap();
    }
    let patience = Instant::now() + Duration::from_secs(60);
    for words in ["a", "e b", "member", "room", "", "file"] {
        let author = kept.members.last().map(|member| member.id).filter(|_| words.len() == 1);
        let search = Search { words: Query::of(words), author, rooms: rooms.clone(), before: None };
        archive.search(&search, 4, patience).unwrap();
    }
    let database: &dyn Reader = &archive.database;
    assert_eq!(database.message_count().unwrap(), kept.messages.len() as u64);
    assert_eq!(database.talk_fault().unwrap(), None);
    let mut messages = Vec::new();
    let moment = database.at_one_moment().unwrap();
    database
        .every_message(&mut |message| {
            messages.push(message);
            Ok(())
        })
        .unwrap();
    drop(moment);
    same(messages, &kept.messages);
}

fn check(verbs: Vec<crate::chat::log_contract::Verb>) {
    let Some(database) = database() else { return };
    let folder = Folder::new();
    check_log_contract(|| Box::new(Twin::open(&folder, &database)), verbs);
    ask_the_rest(&Twin::open(&folder, &database));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn both_keep_what_people_do(verbs in verbs()) {
        check(verbs);
    }

    #[test]
    fn both_keep_who_was_removed_and_who_came_back(verbs in verbs_that_remove_members()) {
        check(verbs);
    }

    #[test]
    fn both_keep_changes(verbs in verbs_that_change_messages()) {
        check(verbs);
    }
}

#[test]
fn both_keep_every_event() {
    let Some(database) = database() else { return };
    let folder = Folder::new();
    check_every_event(|| Box::new(Twin::open(&folder, &database)));
    ask_the_rest(&Twin::open(&folder, &database));
}
