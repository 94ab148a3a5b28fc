//! Storage of records, in one order for all writers; and the archive of messages.

use std::time::Instant;

use super::blob_store::BlobStore;
use super::cluster::Cluster;
use super::event::Record;
use super::file::{FileId, FileKey, OwnedKey, SentFile};
use super::message::Message;
use super::model::{MemberId, Nonce, RoomId, Seq, Timestamp};
use super::queries::ActivityRef;
use super::search::{Search, SearchResults};
use super::shared::Shared;
use super::snapshot::Snapshot;
use super::state::UnreadReaction;
use super::storage_error::StorageError;

/// Tells chats on one host apart: 12 hexadecimal digits, drawn at random once for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatId(String);

impl ChatId {
    /// The id that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 12 && text.bytes().all(digit)).then(|| Self(text.into()))
    }

    /// The id of these 48 bits; higher ones are left out.
    pub fn from_bits(bits: u64) -> Self {
        Self(format!("{:012x}", bits & 0xffff_ffff_ffff))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Copies of a chat share it; an imported chat has one of its own.
    pub id: ChatId,
    /// When a chat that had none was given it by an upgrade.
    pub given_at: Option<Timestamp>,
}

/// Keeps records in one order, for one writer or several. The chat calls it from one thread at a time; it may be
/// slow (a disk, a network), and only those who change something wait for it. `log_contract.rs` checks every
/// implementation.
pub trait Log: Send {
    /// Keeps all of `records`, which were decided after `expected`, the newest that the caller has applied or restored;
    /// 0: none. They are numbered on from `expected`.
    ///
    /// Where others appended talk alone since ([`Event::is_talk`](super::Event::is_talk)), the records are kept behind
    /// it, under other numbers; where they appended anything else, or the same nonce, none is. Nor where they appended
    /// anything and one of `records` [heeds talk](super::Event::heeds_talk). A log that leaves numbers out (none is
    /// given twice) knows that nobody appended those: the caller cannot.
    ///
    /// Errors: none of `records` is kept, and none will be.
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError>;

    /// Returns what other writers appended after `after`, in order. A log that has one writer has none.
    fn follow(&mut self, _after: Seq) -> Result<News, StorageError> {
        Ok(News::Records(Vec::new()))
    }

    /// The nodes that serve this chat; None: this process alone does.
    fn cluster(&self) -> Option<Shared<dyn Cluster>> {
        None
    }

    /// The code by which the first member becomes the owner: `drawn`, or what another node has drawn before.
    fn first_code(&mut self, drawn: String) -> Result<String, StorageError> {
        Ok(drawn)
    }

    /// Returns a snapshot that restores the same [`super::State`] as all records that were ever kept. Of messages, the
    /// newest `messages` are enough, and of each room the newest of so many as would be its share if all rooms had the
    /// same; where some are left out, there is an archive that has them.
    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError>;

    /// The id of this chat; none where nothing is kept.
    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(None)
    }

    /// Does what was put off, if it is due. Called now and then, and not while somebody waits for something.
    fn tidy(&mut self) {}

    /// The names of bytes that no record has any more, and that are still to be removed.
    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        Ok(Vec::new())
    }

    /// Forgets names whose bytes are removed.
    fn forget_dropped_files(&mut self, _keys: &[FileKey]) -> Result<(), StorageError> {
        Ok(())
    }

    /// Where the bytes of files are kept; None: the log does not keep them.
    fn blobs(&self) -> Option<Shared<dyn BlobStore>> {
        None
    }

    /// How readers of all messages are opened, evicted ones included; None: nobody keeps those.
    fn archive(&self) -> Option<OpenArchive> {
        None
    }
}

/// Opens one more reader, which does not wait for the others.
pub type OpenArchive = Box<dyn Fn() -> Result<Box<dyn Archive>, StorageError> + Send>;

/// All messages that are kept, to be read while the log writes. Every question may wait for a disk, and fails where
/// that does, or where the file is damaged.
pub trait Archive: Send {
    /// The newest `limit` messages of a room before this one (exclusive), oldest first.
    fn before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError>;

    /// The numbers of the newest `limit` messages of a room before this one (exclusive), oldest first.
    fn ids_before(&self, room: RoomId, id: Seq, limit: usize) -> Result<Vec<Seq>, StorageError>;

    /// The numbers of the newest `limit` messages of a room after this one (exclusive) that notify a member.
    fn mentions_after(
        &self,
        member: MemberId,
        room: RoomId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<Seq>, StorageError>;

    /// The newest `limit` reactions of others to a member's messages after this one (exclusive).
    fn reactions_after(
        &self,
        author: MemberId,
        id: Seq,
        limit: usize,
    ) -> Result<Vec<UnreadReaction>, StorageError>;

    /// What happened to a member in these rooms before this record (exclusive), newest first.
    fn activity(
        &self,
        member: MemberId,
        rooms: &[RoomId],
        before: Seq,
        limit: usize,
    ) -> Result<Vec<ActivityRef>, StorageError>;

    /// The message that a member sent with this nonce.
    fn by_nonce(&self, author: MemberId, nonce: &Nonce) -> Result<Option<Message>, StorageError>;

    /// The messages with these numbers, of those that there are.
    fn some(&self, ids: &[Seq]) -> Result<Vec<Message>, StorageError>;

    /// The newest `limit` messages that match, as far as they are found until `deadline`.
    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, StorageError>;

    /// The first `limit` messages of a member after this one (exclusive), oldest first.
    fn said_by(&self, author: MemberId, id: Seq, limit: usize) -> Result<Vec<Message>, StorageError>;

    /// The first message of a room since some time.
    fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, StorageError>;

    /// The first `limit` messages of these rooms after this one (exclusive), oldest first.
    fn after(&self, rooms: &[RoomId], id: Seq, limit: usize) -> Result<Vec<Message>, StorageError>;

    /// The message that has a file.
    fn message_of_file(&self, id: FileId) -> Result<Option<Seq>, StorageError>;

    /// The newest `limit` files of a room before this one (exclusive), of those that are kept, newest first.
    fn files_of_room(&self, room: RoomId, id: FileId, limit: usize) -> Result<Vec<SentFile>, StorageError>;

    /// The names of all bytes that files have, unsent ones included.
    fn file_keys(&self) -> Result<Vec<OwnedKey>, StorageError>;
}

/// What became of records that were to be kept.
#[derive(Debug)]
pub struct Appended {
    /// What others appended before, to be applied first.
    pub news: News,
    /// The number of the first record, if they are kept; the others follow it. None: to be decided again, after the news.
    pub first: Option<Seq>,
}

/// What others appended.
#[derive(Debug)]
pub enum News {
    /// These, in order.
    Records(Vec<Record>),
    /// These come first, in order, and there may be more.
    First(Vec<Record>),
    /// More than is known record by record, or history is not what it was: the state is to be restored anew.
    Unknown,
}

/// Takes the place of a log that was closed.
#[derive(Debug)]
pub(super) struct ClosedLog;

impl Log for ClosedLog {
    fn append(&mut self, _: Seq, _: &[Record]) -> Result<Appended, StorageError> {
        Err(StorageError("the chat is closed".into()))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Err(StorageError("the chat is closed".into()))
    }
}

/// The log of a chat that lives in memory only: the state is all there is.
#[derive(Debug, Default)]
pub struct MemoryLog(Seq);

impl Log for MemoryLog {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        if self.0 != expected {
            return Err(StorageError("another program has written to this chat; start snug again".into()));
        }
        self.0 = records.last().map_or(self.0, |record| record.seq);
        Ok(Appended::after(expected))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot { newest: self.0, ..Snapshot::default() })
    }
}

impl Appended {
    /// Kept as they were numbered: nobody else appended anything.
    pub fn after(expected: Seq) -> Self {
        Self { news: News::Records(Vec::new()), first: Some(expected.next()) }
    }
}
