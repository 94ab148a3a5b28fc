//! Activity: where a member was mentioned, and who answered or reacted to them.

use super::Plural;

pub(crate) struct ActivityTexts {
    pub(crate) title: &'static str,
    /// The link, with the number of unread mentions and replies.
    pub(crate) unread_mentions: Plural,
    /// The link, where only reactions are new.
    pub(crate) new_reactions: &'static str,
    /// Beside an entry that is unread.
    pub(crate) unread: &'static str,
    /// Name.
    pub(crate) mentioned: fn(&str) -> String,
    /// Name.
    pub(crate) replied: fn(&str) -> String,
    /// Name, emoji.
    pub(crate) reacted_one: fn(&str, &str) -> String,
    /// Two names, emoji.
    pub(crate) reacted_two: fn(&str, &str, &str) -> String,
    /// Name, number of others (two or more), emoji.
    pub(crate) reacted_many: fn(&str, usize, &str) -> String,
    /// The link of an entry, for those who hear it: what happened, room, time.
    pub(crate) entry: fn(&str, &str, &str) -> String,
    pub(crate) empty: &'static str,
    pub(crate) empty_hint: &'static str,
    pub(crate) older: &'static str,
    pub(crate) latest: &'static str,
    pub(crate) mark_seen: &'static str,
    /// What one does with a message.
    pub(crate) mark_unread: &'static str,
    pub(crate) read_all: &'static str,
    /// Outcomes.
    pub(crate) marked_unread: &'static str,
    pub(crate) everything_read: &'static str,
}
