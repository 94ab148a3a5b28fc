//! Pinned messages, in German.

use crate::text::PinsTexts;

pub(super) const PINS: PinsTexts = PinsTexts {
    pin: "Anheften",
    unpin: "Lösen",
    pin_hint: "Alle in diesem Raum finden sie unter den angehefteten Nachrichten.",
    unpin_hint: "Sie steht dann nicht mehr unter den angehefteten Nachrichten. Die Nachricht selbst bleibt.",
    pinned_by: |name| format!("Angeheftet von {name}"),
    pinned_at: |name, when| format!("Angeheftet von {name}, {when}"),
    heading: "Angeheftete Nachrichten",
    all: "Alle angehefteten Nachrichten",
    title: |room| format!("Angeheftete Nachrichten in {room}"),
    none: "Noch keine angehefteten Nachrichten",
    none_hint: "Hefte an, was andere wiederfinden sollen: Wähle Anheften im Menü einer Nachricht.",
    gone: "Diese Nachricht ist nicht mehr gespeichert.",
    place: |author, when| format!("Zur Nachricht von {author}, {when}"),
};
