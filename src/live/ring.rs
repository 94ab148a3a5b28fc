//! The newest feed items, rendered once for all streams with the same view.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use super::inbox::FeedItem;
use super::notices::SidebarNotice;
use super::{Audience, FeedSource, Format, Subscription, View};
use crate::chat::{MemberId, MessageChange, RoomId, Seq};

/// Messages kept for those who are slow.
const RING: usize = 1_024;
/// Rendered bytes kept for slow streams.
const RING_BYTES: usize = 8 * 1024 * 1024;
/// Messages in one write.
pub(super) const BATCH: usize = 64;
/// Members in the audiences that are remembered, in all: 8 bytes each.
const AUDIENCES: usize = 100_000;

/// Rendered bytes, shared by all streams that want them.
pub(super) type SharedBytes = Arc<[u8]>;

/// The newest news, each rendered once per view, when the first stream asks for it.
#[derive(Default)]
pub(super) struct Ring {
    entries: VecDeque<RingSlot>,
    bytes: usize,
    audiences: Audiences,
    /// The newest that is not kept any more.
    pub(super) forgotten: Seq,
}

struct RingSlot {
    id: Seq,
    news: FeedItem,
    views: Vec<(View, SharedBytes)>,
}

/// Audiences by room, cached until somebody comes or goes there.
#[derive(Default)]
pub(super) struct Audiences {
    rooms: BTreeMap<RoomId, Audience>,
    members: usize,
}

impl Audiences {
    pub(super) fn has(&mut self, room: RoomId, member: MemberId, source: &dyn FeedSource) -> bool {
        match self.of(room, source) {
            Some(Audience::Everybody) => true,
            Some(Audience::Members(members) | Audience::Open(members)) => {
                members.binary_search(&member).is_ok()
            }
            None => false,
        }
    }

    /// True for members of a room, and where it can be previewed.
    pub(super) fn may_read(&mut self, room: RoomId, member: MemberId, source: &dyn FeedSource) -> bool {
        matches!(self.of(room, source), Some(Audience::Open(_))) || self.has(room, member, source)
    }

    fn of(&mut self, room: RoomId, source: &dyn FeedSource) -> Option<&Audience> {
        if !self.rooms.contains_key(&room) {
            let audience = source.audience(room);
            let size = audience.listed();
            if self.members + size > AUDIENCES {
                self.forget_all();
            }
            self.members += size;
            self.rooms.insert(room, audience);
        }
        self.rooms.get(&room)
    }

    /// Others are in this room now.
    pub(super) fn forget(&mut self, room: RoomId) {
        self.members -= self.rooms.remove(&room).map_or(0, |audience| audience.listed());
    }

    pub(super) fn forget_all(&mut self) {
        *self = Self::default();
    }
}

impl Audience {
    /// Count of ids that it holds in memory.
    fn listed(&self) -> usize {
        match self {
            Self::Everybody => 0,
            Self::Members(members) | Self::Open(members) => members.len(),
        }
    }
}

impl RingSlot {
    fn is_for(
        &self,
        subscription: &Subscription,
        audiences: &mut Audiences,
        source: &dyn FeedSource,
    ) -> bool {
        let Some(room) = self.news.room() else { return false };
        if subscription.rooms.contains(&room) {
            return audiences.may_read(room, subscription.member, source);
        }
        // A page without a script has no other room.
        subscription.view.form != Format::Page && audiences.has(room, subscription.member, source)
    }

    fn bytes(&self) -> usize {
        self.views.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Index of a view among those that it was rendered in.
    fn place(&self, view: View) -> Option<u16> {
        (0..).zip(&self.views).find(|(_, (other, _))| *other == view).map(|(place, _)| place)
    }
}

/// What is due to one stream.
pub(super) struct Due {
    /// Indexes in the ring, each with that of the stream's view once it is rendered ([`Ring::render`]).
    slots: [(u16, u16); BATCH],
    pub(super) count: usize,
    /// Up to which number there is nothing else for this stream.
    pub(super) looked_at: Seq,
}

impl Due {
    fn slots(&self) -> &[(u16, u16)] {
        &self.slots[..self.count]
    }

    /// True where nothing is due after it.
    pub(super) fn reaches_newest(&self) -> bool {
        self.count < BATCH
    }
}

impl Ring {
    /// One that knows nothing of what was up to a record.
    pub(super) fn after(forgotten: Seq) -> Self {
        Self { forgotten, ..Self::default() }
    }

    pub(super) fn push(&mut self, id: Seq, news: FeedItem) {
        if let FeedItem::Changed(change) = news {
            self.forget_text(change);
        }
        self.entries.push_back(RingSlot { id, news, views: Vec::new() });
        while self.entries.len() > RING
            && let Some(old) = self.entries.pop_front()
        {
            self.forgotten = old.id;
            self.bytes -= old.bytes();
        }
        // However many views of a message there are: one that is asked for again is rendered again.
        for entry in &mut self.entries {
            if self.bytes <= RING_BYTES {
                break;
            }
            self.bytes -= entry.bytes();
            entry.views = Vec::new();
        }
    }

    /// Drops what was rendered of a message before this change, so that nobody is sent an earlier text.
    fn forget_text(&mut self, change: MessageChange) {
        let first = self.entries.partition_point(|entry| entry.id < change.message);
        for entry in self.entries.iter_mut().skip(first) {
            let about = match entry.news {
                FeedItem::Said(_) => entry.id,
                FeedItem::Changed(earlier) => earlier.message,
                FeedItem::Nothing => continue,
            };
            if about == change.message {
                self.bytes -= entry.bytes();
                entry.views.clear();
                if change.is_removal() || matches!(entry.news, FeedItem::Changed(_)) {
                    entry.news = FeedItem::Nothing;
                }
            }
        }
    }

    /// Others are in these rooms now: what is said there, and what was said and is not delivered, is for them.
    pub(super) fn ask_again(&mut self, moved: HashSet<RoomId>) {
        for room in moved {
            self.audiences.forget(room);
        }
    }

    pub(super) fn may_read(&mut self, room: RoomId, member: MemberId, source: &dyn FeedSource) -> bool {
        self.audiences.may_read(room, member, source)
    }

    /// True where a stream is to get a notice: only our own page has a list of rooms.
    pub(super) fn notifies(
        &mut self,
        notice: SidebarNotice,
        subscription: &Subscription,
        source: &dyn FeedSource,
    ) -> bool {
        subscription.view.form == Format::Html
            && match notice {
                SidebarNotice::Member(member) => member == subscription.member,
                SidebarNotice::Room(room) => self.audiences.may_read(room, subscription.member, source),
            }
    }

    /// The next news for a stream after `cursor`. Cost: as many steps as there are news after it, in any room.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most RING entries")]
    pub(super) fn next(&mut self, cursor: Seq, subscription: &Subscription, source: &dyn FeedSource) -> Due {
        let mut due = Due { slots: [(0, 0); BATCH], count: 0, looked_at: cursor };
        let after = self.entries.iter().rev().take_while(|entry| entry.id > cursor).count();
        let first = self.entries.len() - after;
        for (index, entry) in (first..).zip(self.entries.range(first..)) {
            if due.count == BATCH {
                break;
            }
            if entry.is_for(subscription, &mut self.audiences, source) {
                due.slots[due.count].0 = index as u16;
                due.count += 1;
            }
            due.looked_at = entry.id;
        }
        due
    }

    /// Sees to it that these entries are rendered; gives whether all of them still can be.
    pub(super) fn render(&mut self, due: &mut Due, view: View, source: &dyn FeedSource) -> bool {
        for (index, place) in &mut due.slots[..due.count] {
            let entry = &mut self.entries[usize::from(*index)];
            if entry.place(view).is_none() {
                let bytes = match entry.news {
                    FeedItem::Said(room) => source.message(room, entry.id, view),
                    FeedItem::Changed(change) => Some(source.change(change, view)),
                    FeedItem::Nothing => Some(Vec::new()),
                };
                let Some(bytes) = bytes else { return false };
                self.bytes += bytes.len();
                entry.views.push((view, bytes.into()));
            }
            *place = entry.place(view).unwrap_or_default();
        }
        true
    }

    /// True where a message is edited or removed.
    pub(super) fn changes_something(&self, due: &Due) -> bool {
        let news = |index: u16| self.entries[usize::from(index)].news;
        due.slots().iter().any(|(index, _)| matches!(news(*index), FeedItem::Changed(_)))
    }

    /// What [`Ring::render`] has rendered just before.
    pub(super) fn rendered(&self, due: &Due) -> impl Iterator<Item = (Seq, &SharedBytes)> {
        due.slots().iter().map(|(index, place)| {
            let entry = &self.entries[usize::from(*index)];
            (entry.id, &entry.views[usize::from(*place)].1)
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::TZ_VARIANTS;

    use super::*;
    use crate::chat::TokenDigest;
    use crate::text::Locale;
    use crate::time_zone::Zone;

    /// Every message takes 4 KiB, in whatever view.
    struct Large;

    impl FeedSource for Large {
        fn message(&self, _: RoomId, _: Seq, _: View) -> Option<Vec<u8>> {
            Some(vec![b'x'; 4 * 1024])
        }
        fn change(&self, _: MessageChange, _: View) -> Vec<u8> {
            Vec::new()
        }
        fn audience(&self, _: RoomId) -> Audience {
            Audience::Everybody
        }
        fn seen(&self, _: MemberId, _: RoomId, _: Seq) {}
        fn people(&self, _: RoomId, _: &[MemberId], _: &[MemberId]) -> Vec<u8> {
            Vec::new()
        }
        fn may_watch(&self, _: &Subscription) -> bool {
            true
        }
    }

    fn subscription(zone: Zone) -> Subscription {
        let (member, session) = (MemberId(Seq(1)), TokenDigest([0; 32]));
        let view = View { form: Format::Html, locale: Locale { zone, ..Locale::PROGRAM } };
        Subscription { view, rooms: [RoomId::SHARED].into(), after: Seq(0), member, session, reads: false }
    }

    #[test]
    fn whoever_reads_in_many_zones_makes_no_one_else_fall_behind() {
        let mut ring = Ring::default();
        for id in 1..=500 {
            ring.push(Seq(id), FeedItem::Said(RoomId::SHARED));
            for zone in TZ_VARIANTS.iter().take(60).map(|zone| Zone::from(*zone)) {
                let mut due = ring.next(Seq(id - 1), &subscription(zone), &Large);
                assert!(ring.render(
                    &mut due,
                    View { form: Format::Html, locale: Locale { zone, ..Locale::PROGRAM } },
                    &Large
                ));
            }
        }
        assert!(ring.bytes <= RING_BYTES + 60 * 4 * 1024, "{}", ring.bytes);
        assert_eq!(ring.forgotten, Seq(0));
        let mut slow = ring.next(Seq(0), &subscription(Zone::UTC), &Large);
        assert!(slow.count == BATCH && ring.render(&mut slow, subscription(Zone::UTC).view, &Large));
        assert_eq!(ring.rendered(&slow).count(), BATCH);
    }
}
