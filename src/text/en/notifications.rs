//! What one wants to be told of, in English.

use crate::text::NotificationsTexts;

pub(super) const NOTIFICATIONS: NotificationsTexts = NotificationsTexts {
    title: "Notifications",
    title_of: |room| format!("Notifications for {room}"),
    everything: "All messages",
    mentions: "Mentions and replies",
    nothing: "Nothing (mute)",
    hint: "Muted rooms are dimmed and listed last, and their messages aren't counted.",
    save: "Save",
    saved: "Saved",
    muted: "muted",
    quiet_hours: "Quiet hours",
    quiet_from: "From",
    quiet_to: "To",
    quiet_hint: |zone| {
        format!(
            "Your browsers show no notifications and play no sound in this time ({zone}). Unread messages are still counted. Leave both empty for none."
        )
    },
    no_quiet_hours: "Quiet hours need two different times. Try 22:00 and 07:00.",
};
