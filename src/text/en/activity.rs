//! Activity, in English.

use super::plural;
use crate::text::ActivityTexts;

pub(super) const ACTIVITY: ActivityTexts = ActivityTexts {
    title: "Activity",
    unread_mentions: plural(&[("one", "Activity, {n} mention"), ("other", "Activity, {n} mentions")]),
    new_reactions: "Activity, new reactions",
    unread: "New",
    mentioned: |name| format!("{name} mentioned you"),
    replied: |name| format!("{name} replied to you"),
    reacted_one: |name, emoji| format!("{name} reacted {emoji} to your message"),
    reacted_two: |one, other, emoji| format!("{one} and {other} reacted {emoji} to your message"),
    reacted_many: |name, others, emoji| format!("{name} and {others} others reacted {emoji} to your message"),
    entry: |what, room, at| format!("{what}, {room}, {at}"),
    empty: "No activity yet",
    empty_hint: "When someone mentions you, replies to you or reacts to your messages, you'll see it here.",
    older: "Older activity",
    latest: "Latest activity",
    mark_seen: "Mark as seen",
    mark_unread: "Mark as unread",
    read_all: "Mark everything as read",
    marked_unread: "Marked as unread",
    everything_read: "Everything is marked as read.",
};
