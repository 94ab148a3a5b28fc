//! Pinned messages, where no script says it.

pub(crate) struct PinsTexts {
    pub(crate) pin: &'static str,
    pub(crate) unpin: &'static str,
    pub(crate) pin_hint: &'static str,
    pub(crate) unpin_hint: &'static str,
    /// On a pinned message; name.
    pub(crate) pinned_by: fn(&str) -> String,
    /// In the list of them; name, date and time.
    pub(crate) pinned_at: fn(&str, &str) -> String,
    /// Of a room's: heads the list, and leads there.
    pub(crate) heading: &'static str,
    pub(crate) all: &'static str,
    /// Name of the room.
    pub(crate) title: fn(&str) -> String,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    /// In the place of a message that memory let go.
    pub(crate) gone: &'static str,
    /// The way to a message's place, for screen readers; author, date and time.
    pub(crate) place: fn(&str, &str) -> String,
}
