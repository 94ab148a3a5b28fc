//! Files of messages, in Hindi.

use crate::text::FilesTexts;

pub(super) const FILES: FilesTexts = FilesTexts {
    field: "फ़ोटो और फ़ाइलें",
    metadata: "फ़ोटो या MP4 कहाँ बना, यह नहीं भेजा जाता। बाकी फ़ाइलें जैसी हैं वैसी भेजी जाती हैं।",
    attach: "फ़ोटो या फ़ाइलें जोड़ें",
    photo_named: |name| format!("फ़ोटो {name}"),
    video_named: |name| format!("वीडियो {name}"),
    audio_named: |name| format!("ऑडियो {name}"),
    gone: |name| format!("{name} अब उपलब्ध नहीं है"),
    kilobytes: |number| format!("{number} kB"),
    megabytes: |number| format!("{number} MB"),
    decimal_point: '.',
    remove: "फ़ोटो या फ़ाइल हटाएँ",
    remove_hint: "यह सबके लिए हट जाएगी।",
    remove_named: |name| format!("{name} हटाएँ"),
    title: |room| format!("{room} की फ़ोटो और फ़ाइलें"),
    photos: "फ़ोटो",
    files: "फ़ाइलें",
    none: "अभी कोई फ़ोटो या फ़ाइल नहीं",
    all: "सभी फ़ोटो और फ़ाइलें",
    message: "संदेश दिखाएँ",
    message_of: |name| format!("संदेश दिखाएँ: {name}"),
};
