//! Whose files take up how much of the room for all, and how much each member's may: a part of what is free for them
//! (dynamic thresholds, as in `chat/verbs/quotas.rs`).

use std::collections::HashMap;

use super::{BLOCK, KeepError};
use crate::chat::MemberId;

/// The files of one member take up at most this part of what all others' leave: alone, half of all, and whoever comes
/// then, half of the rest.
const ONE_MEMBER: u64 = 2;

/// How much there may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    bytes_max: u64,
    /// What the files of each of as many members as the chat takes may have in any case, if there is room.
    equal: u64,
}

impl Shares {
    pub(super) fn new(bytes_max: u64, members: usize) -> Self {
        let equal = bytes_max / u64::try_from(members).unwrap_or(u64::MAX).max(1);
        Self { bytes_max, equal }
    }

    /// Whether a file that takes `size` may come to those of a member, which take `taken` of `all`.
    pub(super) fn admit(&self, all: u64, taken: u64, size: u64) -> Result<(), KeepError> {
        let left_by_others = self.bytes_max.saturating_sub(all.saturating_sub(taken));
        let share = (left_by_others / ONE_MEMBER).max(self.equal).min(left_by_others);
        if taken.saturating_add(size) <= share {
            Ok(())
        } else if taken <= self.equal && taken + BLOCK > left_by_others {
            Err(KeepError::Full)
        } else {
            Err(KeepError::ShareFull { taken, share })
        }
    }
}

/// Bytes of all files, and of each member's. Invariant: `all` is the sum of `own`, and `own` has no zeros.
#[derive(Debug)]
pub(super) struct Accounts {
    shares: Shares,
    all: u64,
    own: HashMap<MemberId, u64>,
}

impl Accounts {
    pub(super) fn new(shares: Shares) -> Self {
        Self { shares, all: 0, own: HashMap::new() }
    }

    /// Whether a file that takes `size` may come to those of a member.
    pub(super) fn admit(&self, owner: MemberId, size: u64) -> Result<(), KeepError> {
        self.shares.admit(self.all, self.own.get(&owner).copied().unwrap_or(0), size)
    }

    pub(super) fn add(&mut self, owner: MemberId, size: u64) {
        if size > 0 {
            self.all += size;
            *self.own.entry(owner).or_default() += size;
        }
    }

    /// Subtracts at most what was added.
    pub(super) fn subtract(&mut self, owner: MemberId, size: u64) {
        let Some(own) = self.own.get_mut(&owner) else { return };
        let freed = size.min(*own);
        self.all -= freed;
        *own -= freed;
        if *own == 0 {
            self.own.remove(&owner);
        }
    }
}
