//! Files in memory. When it is full, the member whose files take most lets their oldest go (max-min fairness): nobody
//! loses a file to one who takes more.

use std::collections::{BTreeMap, BinaryHeap, HashMap, btree_map};
use std::sync::Arc;

use super::KeepError;
use crate::chat::{FileKey, MemberId};
use crate::transfer::Content;

/// Files with what they take.
pub(super) struct Memory {
    bytes_max: u64,
    bytes: u64,
    next: u64,
    files: HashMap<FileKey, MemoryFile>,
    /// Invariant: exactly those who have files.
    owners: HashMap<MemberId, Holdings>,
}

struct MemoryFile {
    owner: MemberId,
    number: u64,
    size: u64,
    content: Arc<Content>,
}

/// What one member's files take, and which they are, in the order in which they were kept.
#[derive(Default)]
struct Holdings {
    bytes: u64,
    order: BTreeMap<u64, FileKey>,
}

impl Memory {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, bytes: 0, next: 0, files: HashMap::new(), owners: HashMap::new() }
    }

    /// What has to go so that a member may keep a file that takes `size`.
    ///
    /// Errors: `ShareFull` where only files would be left to go of those who take no more than that.
    ///
    /// Cost: where memory is full, O(owners), and O(log owners) for each that goes.
    pub(super) fn room_for(&self, owner: MemberId, size: u64) -> Result<Vec<FileKey>, KeepError> {
        let mut wanted = self.bytes.saturating_add(size).saturating_sub(self.bytes_max);
        let mut gone = Vec::new();
        if wanted == 0 {
            return Ok(gone);
        }
        let own = self.owners.get(&owner).map_or(0, |own| own.bytes);
        let others = self.owners.iter().filter(|(other, _)| **other != owner);
        // Of those who take the same, whoever wants more gives way.
        let others = others.map(|(other, held)| (held.bytes, false, *other));
        let mut largest: BinaryHeap<_> = others.chain([(own.saturating_add(size), true, owner)]).collect();
        let share = self.bytes_max / largest.len() as u64;
        let mut left: HashMap<MemberId, btree_map::Values<u64, FileKey>> = HashMap::new();
        while wanted > 0 {
            let first = largest.pop().and_then(|(held, is_own, holder)| {
                let files = || self.owners.get(&holder).map(|held| held.order.values()).unwrap_or_default();
                let key = *left.entry(holder).or_insert_with(files).next()?;
                let size = self.files.get(&key)?.size;
                largest.push((held - size, is_own, holder));
                Some((key, size))
            });
            let Some((key, size)) = first else { return Err(KeepError::ShareFull { taken: 0, share }) };
            gone.push(key);
            wanted = wanted.saturating_sub(size);
        }
        Ok(gone)
    }

    /// Keeps a file that takes `size`; gives what went for it.
    pub(super) fn keep(
        &mut self,
        owner: MemberId,
        key: FileKey,
        content: Arc<Content>,
        size: u64,
    ) -> Result<Vec<(FileKey, Arc<Content>)>, KeepError> {
        let gone = self.room_for(owner, size)?;
        let gone = gone.into_iter().filter_map(|key| Some((key, self.remove(key)?))).collect();
        self.bytes += size;
        self.next += 1;
        let held = self.owners.entry(owner).or_default();
        held.bytes += size;
        held.order.insert(self.next, key);
        self.files.insert(key, MemoryFile { owner, number: self.next, size, content });
        Ok(gone)
    }

    pub(super) fn find(&self, key: FileKey) -> Option<Arc<Content>> {
        self.files.get(&key).map(|file| Arc::clone(&file.content))
    }

    pub(super) fn remove(&mut self, key: FileKey) -> Option<Arc<Content>> {
        let MemoryFile { owner, number, size, content } = self.files.remove(&key)?;
        self.bytes -= size;
        if let Some(held) = self.owners.get_mut(&owner) {
            held.bytes -= size;
            held.order.remove(&number);
            if held.order.is_empty() {
                self.owners.remove(&owner);
            }
        }
        Some(content)
    }
}
