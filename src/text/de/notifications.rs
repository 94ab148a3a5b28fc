//! What one wants to be told of, in German.

use crate::text::NotificationsTexts;

pub(super) const NOTIFICATIONS: NotificationsTexts = NotificationsTexts {
    title: "Benachrichtigungen",
    title_of: |room| format!("Benachrichtigungen für {room}"),
    everything: "Alle Nachrichten",
    mentions: "Erwähnungen und Antworten",
    nothing: "Nichts (stummschalten)",
    hint: "Stummgeschaltete Räume sind blass, stehen am Ende, und ihre Nachrichten werden nicht gezählt.",
    save: "Speichern",
    saved: "Gespeichert",
    muted: "stummgeschaltet",
    quiet_hours: "Ruhezeit",
    quiet_from: "Von",
    quiet_to: "Bis",
    quiet_hint: |zone| {
        format!(
            "In dieser Zeit ({zone}) zeigen deine Browser keine Benachrichtigungen und spielen keinen Ton. Ungelesenes wird weiter gezählt. Beides leer: keine Ruhezeit."
        )
    },
    no_quiet_hours: "Eine Ruhezeit braucht zwei verschiedene Uhrzeiten. Zum Beispiel 22:00 und 07:00.",
};
