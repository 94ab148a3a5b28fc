//! Accounts of what clients hold.

use std::collections::HashMap;

use slab::Slab;

use super::{Account, Client};

/// The accounts of everyone who holds or waits for something. Bounded by the claims that there are.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Slab<LedgerAccount>,
    index: HashMap<Account, usize>,
    /// Counts turns that were given.
    clock: u64,
}

#[derive(Debug)]
struct LedgerAccount {
    account: Account,
    /// Units held or waited for.
    held: usize,
    /// Of these, turns that are being used now (semaphores only).
    running: usize,
    /// Value of `clock` at the last turn; 0 for none yet.
    served: u64,
    /// Open claims. The entry goes with the last one.
    claims: usize,
}

/// Keys of a client's three accounts, from the widest.
pub(super) type Path = [usize; 3];

impl Ledger {
    /// Opens a claim of this client.
    pub(super) fn open(&mut self, client: Client) -> Path {
        client.accounts().map(|account| {
            let key = *self.index.entry(account).or_insert_with(|| {
                self.entries.insert(LedgerAccount { account, held: 0, running: 0, served: 0, claims: 0 })
            });
            self.entries[key].claims += 1;
            key
        })
    }

    /// Closes it. What it held must have been given back.
    pub(super) fn close(&mut self, path: Path) {
        for key in path {
            self.entries[key].claims -= 1;
            if self.entries[key].claims == 0 {
                let entry = self.entries.remove(key);
                self.index.remove(&entry.account);
            }
        }
    }

    pub(super) fn add(&mut self, path: Path, units: usize) {
        for key in path {
            self.entries[key].held += units;
        }
    }

    pub(super) fn subtract(&mut self, path: Path, units: usize) {
        for key in path {
            self.entries[key].held -= units;
        }
    }

    pub(super) fn begin(&mut self, path: Path) {
        self.clock += 1;
        for key in path {
            self.entries[key].running += 1;
            self.entries[key].served = self.clock;
        }
    }

    pub(super) fn end(&mut self, path: Path) {
        for key in path {
            self.entries[key].running -= 1;
        }
    }

    /// Units of the accounts, from the widest: whoever has the highest holds most.
    pub(super) fn holdings(&self, path: Path) -> [usize; 3] {
        path.map(|key| self.entries[key].held)
    }

    pub(super) fn held_by(&self, account: Account) -> usize {
        self.index.get(&account).map_or(0, |key| self.entries[*key].held)
    }

    /// Rank for the next turn, the lowest first: by turns under way, then by the time of the last one, so that
    /// addresses, and members at one address, take turns.
    pub(super) fn turn(&self, path: Path) -> [(usize, u64); 3] {
        path.map(|key| (self.entries[key].running, self.entries[key].served))
    }

    /// True where `other` holds more than `own` would with `units` more, at the level where the two part. Never for two
    /// claims of one client.
    pub(super) fn exceeds(&self, other: Path, own: Path, units: usize) -> bool {
        let parted = other.iter().zip(own).find(|(other, own)| **other != *own);
        parted.is_some_and(|(other, own)| self.entries[*other].held > self.entries[own].held + units)
    }
}
