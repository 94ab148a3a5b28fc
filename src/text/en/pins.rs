//! Pinned messages, in English.

use crate::text::PinsTexts;

pub(super) const PINS: PinsTexts = PinsTexts {
    pin: "Pin",
    unpin: "Unpin",
    pin_hint: "Everyone in this room finds it under pinned messages.",
    unpin_hint: "It will no longer be under pinned messages. The message itself stays.",
    pinned_by: |name| format!("Pinned by {name}"),
    pinned_at: |name, when| format!("Pinned by {name}, {when}"),
    heading: "Pinned messages",
    all: "All pinned messages",
    title: |room| format!("Pinned messages in {room}"),
    none: "No pinned messages yet",
    none_hint: "Pin what people need to find again: choose Pin from a message's menu.",
    gone: "This message is no longer kept.",
    place: |author, when| format!("Go to message from {author}, {when}"),
};
