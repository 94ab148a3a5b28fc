//! That lists of rooms are others now, without content.

use std::collections::VecDeque;

use crate::chat::{MemberId, RoomId, Seq};

/// Notices kept for streams that are on their way.
const RECENT_MAX: usize = 256;

/// Tells that a list of rooms changed, or what its reader has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum SidebarNotice {
    Member(MemberId),
    /// All who may read this room.
    Room(RoomId),
}

/// The newest notices: a stream may be granted before one and arrive after it.
#[derive(Default)]
pub(super) struct RecentNotices {
    /// The oldest first.
    notices: VecDeque<(Seq, SidebarNotice)>,
    /// The record of the newest that was dropped.
    dropped: Seq,
}

impl RecentNotices {
    pub(super) fn push(&mut self, id: Seq, notice: SidebarNotice) {
        if self.notices.len() == RECENT_MAX
            && let Some((id, _)) = self.notices.pop_front()
        {
            self.dropped = self.dropped.max(id);
        }
        self.notices.push_back((id, notice));
    }

    /// True where a notice after a record is `for_it`, or may have been dropped.
    pub(super) fn any_after(&self, after: Seq, mut for_it: impl FnMut(SidebarNotice) -> bool) -> bool {
        self.dropped > after || self.notices.iter().any(|(id, notice)| *id > after && for_it(*notice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_after_a_stream_was_granted_is_known_or_assumed() {
        let mut recent = RecentNotices::default();
        let [own, other] = [1, 2].map(|id| SidebarNotice::Member(MemberId(Seq(id))));
        recent.push(Seq(5), own);
        recent.push(Seq(6), other);
        let is_own = |notice| notice == own;
        assert!(recent.any_after(Seq(4), is_own));
        assert!(!recent.any_after(Seq(5), is_own), "it was granted after that");
        for id in 0..RECENT_MAX as u64 {
            recent.push(Seq(10 + id), other);
        }
        assert!(recent.any_after(Seq(5), is_own), "what was dropped may have been for it");
        assert!(!recent.any_after(Seq(6), is_own));
    }
}
