//! Files in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::chat::FileKey;
use crate::transfer::Content;

/// Files with what they take, in the order in which they were kept.
#[derive(Default)]
pub(super) struct Memory {
    bytes: u64,
    next: u64,
    order: BTreeMap<u64, FileKey>,
    files: HashMap<FileKey, MemoryFile>,
}

struct MemoryFile {
    number: u64,
    size: u64,
    content: Arc<Content>,
}

impl Memory {
    /// Keeps a file that takes `size`, at most `bytes_max`; gives what has to go for it.
    pub(super) fn keep(
        &mut self,
        key: FileKey,
        content: Arc<Content>,
        size: u64,
        bytes_max: u64,
    ) -> Vec<(FileKey, Arc<Content>)> {
        let mut evicted = Vec::new();
        while self.bytes + size > bytes_max
            && let Some(key) = self.order.first_key_value().map(|(_, key)| *key)
        {
            evicted.extend(self.remove(key).map(|content| (key, content)));
        }
        self.bytes += size;
        self.next += 1;
        self.order.insert(self.next, key);
        self.files.insert(key, MemoryFile { number: self.next, size, content });
        evicted
    }

    pub(super) fn find(&self, key: FileKey) -> Option<Arc<Content>> {
        self.files.get(&key).map(|file| Arc::clone(&file.content))
    }

    pub(super) fn remove(&mut self, key: FileKey) -> Option<Arc<Content>> {
        let MemoryFile { number, size, content } = self.files.remove(&key)?;
        self.order.remove(&number);
        self.bytes -= size;
        Some(content)
    }
}
