//! Where a server of this process keeps its chat, and what a story sees of that from beside it.

use std::env;
use std::sync::{Arc, Mutex, MutexGuard};

use snug::chat::{
    Appended, BlobStore, ChatId, Cluster, FileKey, Identity, Log, News, OpenArchive, OwnedKey, Record, Seq,
    Snapshot, StorageError,
};

#[cfg(feature = "postgres")]
use super::Database;
use super::{Seat, Valve};

/// Where a chat is kept; gives each node its way to it.
pub(super) enum ChatPlace {
    /// In memory, for one node.
    Memory(MemoryChat),
    /// With nodes that the story starts itself.
    Seat(Seat),
    #[cfg(feature = "postgres")]
    Database(Database),
}

impl ChatPlace {
    /// Where chats are kept unless a story says otherwise, and by how many nodes: in memory, by one, or by so many as
    /// `SNUG_NODES` says, on PostgreSQL.
    pub(super) fn usual() -> (Self, usize) {
        #[cfg(feature = "postgres")]
        if let Some(nodes) = env::var_os("SNUG_NODES")
            && let Some(database) = Database::shared()
        {
            let nodes = nodes.to_str().and_then(|nodes| nodes.parse().ok());
            return (Self::Database(database), nodes.expect("how many nodes"));
        }
        (Self::memory(), 1)
    }

    pub(super) fn memory() -> Self {
        Self::Memory(MemoryChat::default())
    }

    /// Another place of this kind, where nothing is kept.
    pub(super) fn another(&self) -> Self {
        match self {
            Self::Memory(_) => Self::memory(),
            _ => Self::usual().0,
        }
    }

    /// What is kept in memory, while no server is there.
    pub(super) fn records(&self) -> MutexGuard<'_, Vec<Record>> {
        match self {
            Self::Memory(chat) => chat.records.lock().unwrap(),
            _ => panic!("not in memory: for a server that is alone"),
        }
    }

    /// A node's log, if it is kept in memory as a chat of this id.
    pub(super) fn log(&self, id: ChatId) -> Box<dyn Log> {
        match self {
            Self::Memory(chat) => Box::new(MemoryChat { id: Some(id), ..chat.clone() }),
            Self::Seat(seat) => seat.log(),
            #[cfg(feature = "postgres")]
            Self::Database(database) => Box::new(database.log()),
        }
    }
}

/// Records that outlive the server.
#[derive(Clone, Default)]
pub(super) struct MemoryChat {
    records: Arc<Mutex<Vec<Record>>>,
    id: Option<ChatId>,
}

impl Log for MemoryChat {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        self.records.lock().unwrap().extend_from_slice(records);
        Ok(Appended::after(expected))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot { tail: self.records.lock().unwrap().clone(), ..Snapshot::default() })
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        Ok(self.id.clone().map(|id| Identity { id, given_at: None }))
    }
}

/// A log that a story sees into.
pub(super) struct ObservedLog {
    pub(super) inner: Box<dyn Log>,
    /// What was kept, by all nodes that have this list.
    pub(super) kept: Arc<Mutex<Vec<Record>>>,
    /// What is to be kept passes it first.
    pub(super) valve: Arc<Valve>,
}

impl Log for ObservedLog {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        if !self.valve.pass() {
            return Err(StorageError("no space left".into()));
        }
        let appended = self.inner.append(expected, records)?;
        if let Some(first) = appended.first {
            let mut kept = records.to_vec();
            for record in &mut kept {
                record.renumber(expected, first.0 - expected.next().0);
            }
            self.kept.lock().unwrap().extend(kept);
        }
        Ok(appended)
    }

    fn follow(&mut self, after: Seq) -> Result<News, StorageError> {
        self.inner.follow(after)
    }

    fn cluster(&self) -> Option<Arc<dyn Cluster>> {
        self.inner.cluster()
    }

    fn first_code(&mut self, drawn: String) -> Result<String, StorageError> {
        self.inner.first_code(drawn)
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        self.inner.restore(messages)
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        self.inner.identity()
    }

    fn tidy(&mut self) {
        self.inner.tidy();
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        self.inner.dropped_files()
    }

    fn forget_dropped_files(&mut self, keys: &[FileKey]) -> Result<(), StorageError> {
        self.inner.forget_dropped_files(keys)
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        self.inner.blobs()
    }

    fn archive(&self) -> Option<OpenArchive> {
        self.inner.archive()
    }
}
