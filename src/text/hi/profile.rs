//! One's own page and the emoji, in Hindi.

use crate::text::{EmojiTexts, ProfileTexts};

pub(super) const PROFILE: ProfileTexts = ProfileTexts {
    notes: "मेरे नोट्स",
    chat_settings: "चैट सेटिंग",
    time_zone: "समय क्षेत्र",
    time_zone_hint: |zone| format!("जैसे Europe/Berlin या UTC+5:30। चैट के अपने समय, {zone}, के लिए खाली छोड़ें।"),
    language: "भाषा",
    automatic: "स्वचालित",
    language_hint: "स्वचालित का मतलब है आपके ब्राउज़र की भाषा।",
    save: "सेव करें",
    saved: "सेव हो गया",
    devices: "डिवाइस",
    this_device: "यह डिवाइस",
    device_on: |browser, system| format!("{system} पर {browser}"),
    unknown_device: "अज्ञात डिवाइस",
    since: "साइन इन किया:",
    used: "पिछली बार इस्तेमाल:",
    sign_out_device: |device| format!("साइन आउट करें: {device}"),
    sign_out: "साइन आउट करें",
    sign_out_elsewhere: "बाकी सभी जगह साइन आउट करें",
    signed_out_there: "वहाँ साइन आउट हो गया।",
    change_password: "पासवर्ड बदलें",
    current_password: "मौजूदा पासवर्ड",
    new_password: "नया पासवर्ड",
    password_hint: "इससे आपके बाकी डिवाइस साइन आउट हो जाएँगे।",
    password_changed: "पासवर्ड बदल गया। बाकी डिवाइस साइन आउट हो गए।",
    my_messages: "मेरे संदेश",
    view: "देखें",
    download_html: "HTML डाउनलोड करें",
    download_json: "JSON डाउनलोड करें",
    back: "चैट पर वापस जाएँ",
};

pub(super) const EMOJI: EmojiTexts = EmojiTexts {
    title: "इमोजी",
    search: "इमोजी खोजें",
    none: "कोई इमोजी नहीं मिला",
    groups: [
        "स्माइली और भावनाएँ",
        "लोग और शरीर",
        "जानवर और प्रकृति",
        "खाना-पीना",
        "यात्रा और जगहें",
        "गतिविधियाँ",
        "चीज़ें",
        "चिह्न",
        "झंडे",
    ],
};
