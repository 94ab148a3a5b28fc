//! What one wants to be told of.

pub(crate) struct NotificationsTexts {
    pub(crate) title: &'static str,
    /// Heads the page of a room's: name of the room.
    pub(crate) title_of: fn(&str) -> String,
    pub(crate) everything: &'static str,
    pub(crate) mentions: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    /// Beside the name of a muted room.
    pub(crate) muted: &'static str,
    pub(crate) quiet_hours: &'static str,
    pub(crate) quiet_from: &'static str,
    pub(crate) quiet_to: &'static str,
    /// Name of the zone.
    pub(crate) quiet_hint: fn(&str) -> String,
    pub(crate) no_quiet_hours: &'static str,
}
