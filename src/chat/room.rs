//! Rooms and conversations.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{MemberId, RoomName, Seq, Topic};

/// Unread messages are counted up to here: "99+" is all that anybody wants to know.
pub const UNREAD_MAX: usize = 100;
/// Pinned messages of one room.
pub const PINS_MAX: usize = 20;

#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    pub kind: RoomKind,
    /// The member who opened it or began the conversation; None: a record of an older version, which does not say.
    pub(super) opened_by: Option<MemberId>,
    /// Empty for the shared room, which everybody is in.
    pub members: BTreeSet<MemberId>,
    pub(super) departed: BTreeSet<MemberId>,
    /// Each who is invited to come back, with who invited them.
    pub(super) invited: BTreeMap<MemberId, MemberId>,
    /// Up to here, changes of its messages may not be known any more.
    pub(super) changes_forgotten: Seq,
    /// Its pinned messages, the one first that was pinned first.
    pub pins: Vec<Seq>,
}

impl Room {
    pub(super) fn new(kind: RoomKind) -> Self {
        Self {
            kind,
            opened_by: None,
            members: BTreeSet::new(),
            departed: BTreeSet::new(),
            invited: BTreeMap::new(),
            changes_forgotten: Seq::default(),
            pins: Vec::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, RoomKind::Named { open: true, .. })
    }

    pub(super) fn is_named(&self) -> bool {
        matches!(self.kind, RoomKind::Named { .. })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// The one that everybody is in.
    Shared,
    /// One that a member opened.
    Named {
        name: RoomName,
        topic: Topic,
        /// All members may see and join it; else only those whom its members add.
        open: bool,
    },
    /// A conversation of two, or the notes of one.
    Pair(MemberId, MemberId),
}

impl RoomKind {
    /// In a conversation, the one who is not `member` (who may talk to themselves).
    pub fn partner(&self, member: MemberId) -> Option<MemberId> {
        match self {
            Self::Pair(one, other) => Some(if *one == member { *other } else { *one }),
            _ => None,
        }
    }
}
