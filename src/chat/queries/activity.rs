//! Activity: where a member was mentioned, and who answered or reacted to them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::chat::Chat;
use crate::chat::message::{Author, MessageView};
use crate::chat::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use crate::chat::notification::NotificationLevel;
use crate::chat::reaction::Emoji;
use crate::chat::state::State;

/// Something that concerns a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityRef {
    /// The number of its record: of the message, or of the reaction.
    pub id: Seq,
    /// The message that notifies the member, or theirs to which somebody reacted.
    pub message: Seq,
}

/// The same for a page.
#[derive(Clone, Debug)]
pub struct ActivityEntry {
    pub id: Seq,
    pub kind: ActivityKind,
    pub message: MessageView,
    pub unread: bool,
}

#[derive(Clone, Debug)]
pub enum ActivityKind {
    /// The message mentions the member, by name or as one of a group.
    Mention,
    /// It answers a message of theirs.
    Reply,
    /// Somebody reacted to their message.
    Reaction { by: Author, emoji: Emoji, at: Timestamp },
}

/// A page of them, newest first.
#[derive(Clone, Debug)]
pub struct Activity {
    pub entries: Vec<ActivityEntry>,
    /// The number before which the next page goes on, if there are more.
    pub more: Option<Seq>,
}

/// Counts of what is unread in a member's activity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnreadActivity {
    /// Mentions and replies, muted rooms aside.
    pub mentions: usize,
    pub reactions: usize,
}

impl State {
    /// What a member's badge counts. Cost: O(rooms of the member).
    pub fn unread_activity(&self, member: MemberId) -> UnreadActivity {
        let Ok(found) = self.active(member) else { return UnreadActivity::default() };
        let rooms = [RoomId::SHARED].iter().chain(&found.rooms);
        let mentions = rooms.map(|room| self.unread_mentions_in(member, *room)).sum();
        let reactions = self.unread_reactions.of(member).iter();
        let reactions = reactions.filter(|reaction| self.tells(member, reaction.room)).count();
        UnreadActivity { mentions, reactions }
    }

    /// Tells if a member is in a room that they have not muted.
    pub fn tells(&self, member: MemberId, room: RoomId) -> bool {
        self.is_in(member, room) && self.notification_level(member, room) != NotificationLevel::Nothing
    }

    fn activity_in_memory(&self, member: MemberId, rooms: &[RoomId], before: Seq) -> Vec<ActivityRef> {
        let mut all = Vec::new();
        for message in self.window.before(rooms, None) {
            if message.id < before && message.notifies(member) {
                all.push(ActivityRef { id: message.id, message: message.id });
            }
            if message.author == member {
                let reactions =
                    message.amendments.reactions.iter().filter(|reaction| reaction.member != member);
                let reactions = reactions.filter(|reaction| reaction.id < before);
                all.extend(reactions.map(|reaction| ActivityRef { id: reaction.id, message: message.id }));
            }
        }
        all.sort_by_key(|found| Reverse(found.id));
        all
    }

    fn activity_entry(
        &self,
        member: MemberId,
        found: ActivityRef,
        view: MessageView,
    ) -> Option<ActivityEntry> {
        let message = &view.message;
        let tells = self.tells(member, message.room);
        let (kind, unread) = if found.id == found.message {
            let answers = message.quote.as_ref().is_some_and(|quote| quote.author == member);
            let kind = if answers { ActivityKind::Reply } else { ActivityKind::Mention };
            let mut unread = self.unread_mentions.in_room(member, message.room);
            (kind, unread.any(|id| id == message.id))
        } else {
            let reaction = message.amendments.reactions.iter().find(|reaction| reaction.id == found.id)?;
            let (by, emoji) = (self.author(reaction.member)?, reaction.emoji.clone());
            let unread = self.unread_reactions.of(member).iter().any(|known| known.id == found.id);
            (ActivityKind::Reaction { by, emoji, at: reaction.at }, unread)
        };
        Some(ActivityEntry { id: found.id, kind, message: view, unread: unread && tells })
    }
}

impl Chat {
    /// What concerns a member in the rooms that they are in, newest first: `limit` of it, before a record or the newest.
    ///
    /// Cost: without an archive, O(messages in memory).
    pub fn activity(&self, member: MemberId, before: Option<Seq>, limit: usize) -> Result<Activity, Refusal> {
        let before = before.unwrap_or(Seq(u64::MAX >> 1));
        let rooms: Vec<RoomId> = {
            let state = self.state();
            let own = state.active(member)?.rooms.iter().copied();
            [RoomId::SHARED].into_iter().chain(own).collect()
        };
        let kept = self.old.ask(|archive| {
            let found = archive.activity(member, &rooms, before, limit + 1)?;
            // Many may have reacted to one message.
            let ids: BTreeSet<Seq> = found.iter().map(|found| found.message).collect();
            Ok((found, archive.some(&Vec::from_iter(ids))?))
        })?;
        let state = self.state();
        let (mut found, kept) =
            kept.unwrap_or_else(|| (state.activity_in_memory(member, &rooms, before), Vec::new()));
        let more = found.get(limit).and_then(|_| found.get(limit - 1)).map(|last| last.id);
        found.truncate(limit);
        let entry = |found: ActivityRef| {
            let kept = || kept.iter().find(|message| message.id == found.message).cloned();
            let message = state.at(found.message).cloned().or_else(kept)?;
            // What came after the archive was asked counts: nothing of a room that they left since.
            let view = state.is_in(member, message.room).then(|| state.resolve_names(message))??;
            state.activity_entry(member, found, view)
        };
        Ok(Activity { entries: found.into_iter().filter_map(entry).collect(), more })
    }
}
