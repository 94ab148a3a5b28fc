//! Rooms and conversations.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{MemberId, RoomName, Seq, Topic};

/// Unread messages are counted up to here: "99+" is all that anybody wants to know.
pub const UNREAD_MAX: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Who opened it, or began the conversation, where that is known.
    pub(super) opened_by: Option<MemberId>,
    /// Who is in it. (Of the shared room: nobody is listed, as everybody is.)
    pub members: BTreeSet<MemberId>,
    pub(super) departed: BTreeSet<MemberId>,
    /// Who is invited to come back, and by whom.
    pub(super) invited: BTreeMap<MemberId, MemberId>,
    /// Up to here, changes of its messages may not be known any more.
    pub(super) changes_forgotten: Seq,
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
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.kind, RoomKind::Named { open: true, .. })
    }

    pub(super) fn is_named(&self) -> bool {
        matches!(self.kind, RoomKind::Named { .. })
    }
}

/// What kind of room it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// The one that everybody is in.
    Shared,
    /// One that a member opened.
    Named {
        name: RoomName,
        topic: Topic,
        /// Whether everybody may see and join it, or only those whom its members add.
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
