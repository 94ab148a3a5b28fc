//! Who reads which file, so that they can be ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::TransferSeat;
use crate::chat::{FileKey, TokenDigest};
use crate::fair::Revocable;
use crate::lock::lock;

/// The downloads that are reserved or under way.
#[derive(Default)]
pub(super) struct Readers(Mutex<ReaderTable>);

/// Guarded as a whole. Under it, seats are asked to give way, which does not wait.
#[derive(Default)]
struct ReaderTable {
    next: u64,
    readers: HashMap<u64, Reader>,
}

struct Reader {
    key: FileKey,
    session: TokenDigest,
    seat: Arc<TransferSeat>,
}

/// A place in the table, until this is dropped.
pub(super) struct Reading {
    readers: Arc<Readers>,
    number: u64,
}

impl Readers {
    pub(super) fn enter(
        self: &Arc<Self>,
        key: FileKey,
        session: TokenDigest,
        seat: &Arc<TransferSeat>,
    ) -> Reading {
        let mut table = lock(&self.0);
        let number = table.next;
        table.next += 1;
        table.readers.insert(number, Reader { key, session, seat: Arc::clone(seat) });
        Reading { readers: Arc::clone(self), number }
    }

    pub(super) fn files(&self) -> Vec<FileKey> {
        lock(&self.0).readers.values().map(|reader| reader.key).collect()
    }

    pub(super) fn revoke_file(&self, key: FileKey) {
        self.revoke(|reader| reader.key == key);
    }

    pub(super) fn revoke_sessions(&self, has_ended: impl Fn(&TokenDigest) -> bool) {
        self.revoke(|reader| has_ended(&reader.session));
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).readers.is_empty()
    }

    fn revoke(&self, whose: impl Fn(&Reader) -> bool) {
        for reader in lock(&self.0).readers.values().filter(|reader| whose(reader)) {
            reader.seat.revoke();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        lock(&self.readers.0).readers.remove(&self.number);
    }
}
