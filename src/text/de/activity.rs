//! Activity, in German.

use super::plural;
use crate::text::ActivityTexts;

pub(super) const ACTIVITY: ActivityTexts = ActivityTexts {
    title: "Aktivität",
    unread_mentions: plural(&[("one", "Aktivität, {n} Erwähnung"), ("other", "Aktivität, {n} Erwähnungen")]),
    new_reactions: "Aktivität, neue Reaktionen",
    unread: "Neu",
    mentioned: |name| format!("{name} hat dich erwähnt"),
    replied: |name| format!("{name} hat dir geantwortet"),
    reacted_one: |name, emoji| format!("{name} hat mit {emoji} auf deine Nachricht reagiert"),
    reacted_two: |one, other, emoji| {
        format!("{one} und {other} haben mit {emoji} auf deine Nachricht reagiert")
    },
    reacted_many: |name, others, emoji| {
        format!("{name} und {others} andere haben mit {emoji} auf deine Nachricht reagiert")
    },
    entry: |what, room, at| format!("{what}, {room}, {at}"),
    empty: "Noch keine Aktivität",
    empty_hint: "Wenn dich jemand erwähnt, dir antwortet oder auf deine Nachrichten reagiert, siehst du es hier.",
    older: "Ältere Aktivität",
    latest: "Neueste Aktivität",
    mark_seen: "Als gesehen markieren",
    mark_unread: "Als ungelesen markieren",
    read_all: "Alles als gelesen markieren",
    marked_unread: "Als ungelesen markiert",
    everything_read: "Alles ist als gelesen markiert.",
};
