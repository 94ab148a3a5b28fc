//! One's own page and the emoji, in English.

use crate::text::{EmojiTexts, ProfileTexts};

pub(super) const PROFILE: ProfileTexts = ProfileTexts {
    notes: "Notes to myself",
    chat_settings: "Chat settings",
    time_zone: "Time zone",
    time_zone_hint: |zone| {
        format!("For example Europe/Berlin or UTC+5:30. Leave empty for the chat's own, {zone}.")
    },
    language: "Language",
    automatic: "Automatic",
    language_hint: "Automatic is the language of your browser.",
    save: "Save",
    saved: "Saved",
    devices: "Devices",
    this_device: "this device",
    device_on: |browser, system| format!("{browser} on {system}"),
    unknown_device: "Unknown device",
    since: "Signed in:",
    used: "Last used:",
    sign_out_device: |device| format!("Sign out {device}"),
    sign_out: "Sign out",
    sign_out_elsewhere: "Sign out everywhere else",
    signed_out_there: "Signed out there.",
    change_password: "Change password",
    current_password: "Current password",
    new_password: "New password",
    password_hint: "This signs out your other devices.",
    password_changed: "Password changed. Other devices were signed out.",
    my_messages: "My messages",
    view: "View",
    download_html: "Download HTML",
    download_json: "Download JSON",
    back: "Back to the chat",
};

pub(super) const EMOJI: EmojiTexts = EmojiTexts {
    title: "Emoji",
    search: "Search emoji",
    none: "No emoji found",
    groups: [
        "Smileys & emotion", "People & body", "Animals & nature", "Food & drink", "Travel & places",
        "Activities", "Objects", "Symbols", "Flags",
    ],
};
