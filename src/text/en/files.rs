//! Files of messages, in English.

use crate::text::FilesTexts;

pub(super) const FILES: FilesTexts = FilesTexts {
    field: "Photos and files",
    metadata: "Where a photo or MP4 was made is not sent. Other files are sent as they are.",
    attach: "Add photos or files",
    photo_named: |name| format!("Photo {name}"),
    video_named: |name| format!("Video {name}"),
    audio_named: |name| format!("Audio {name}"),
    gone: |name| format!("{name} is no longer kept"),
    kilobytes: |number| format!("{number} kB"),
    megabytes: |number| format!("{number} MB"),
    decimal_point: '.',
    remove: "Remove photo or file",
    remove_hint: "This removes it for everyone.",
    remove_named: |name| format!("Remove {name}"),
    title: |room| format!("Photos and files in {room}"),
    photos: "Photos",
    files: "Files",
    none: "No photos or files yet",
    all: "All photos and files",
    message: "Show message",
    message_of: |name| format!("Show message of {name}"),
};
