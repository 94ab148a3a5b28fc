//! One's own page and the emoji, in German.

use crate::text::{EmojiTexts, ProfileTexts};

pub(super) const PROFILE: ProfileTexts = ProfileTexts {
    notes: "Notizen an mich",
    chat_settings: "Chat-Einstellungen",
    time_zone: "Zeitzone",
    time_zone_hint: |zone| format!("Zum Beispiel Europe/Berlin oder UTC+5:30. Leer: die des Chats, {zone}."),
    language: "Sprache",
    automatic: "Automatisch",
    language_hint: "Automatisch ist die Sprache deines Browsers.",
    save: "Speichern",
    saved: "Gespeichert",
    devices: "Geräte",
    this_device: "dieses Gerät",
    device_on: |browser, system| format!("{browser} auf {system}"),
    unknown_device: "Unbekanntes Gerät",
    since: "Angemeldet:",
    used: "Zuletzt benutzt:",
    sign_out_device: |device| format!("Abmelden: {device}"),
    sign_out: "Abmelden",
    sign_out_elsewhere: "Überall sonst abmelden",
    signed_out_there: "Dort abgemeldet.",
    change_password: "Passwort ändern",
    current_password: "Aktuelles Passwort",
    new_password: "Neues Passwort",
    password_hint: "Deine anderen Geräte werden dabei abgemeldet.",
    password_changed: "Passwort geändert. Andere Geräte wurden abgemeldet.",
    my_messages: "Meine Nachrichten",
    view: "Ansehen",
    download_html: "HTML herunterladen",
    download_json: "JSON herunterladen",
    back: "Zurück zum Chat",
};

pub(super) const EMOJI: EmojiTexts = EmojiTexts {
    title: "Emoji",
    search: "Emoji suchen",
    none: "Kein Emoji gefunden",
    groups: [
        "Smileys & Gefühle", "Menschen & Körper", "Tiere & Natur", "Essen & Trinken", "Reisen & Orte",
        "Aktivitäten", "Gegenstände", "Symbole", "Flaggen",
    ],
};
