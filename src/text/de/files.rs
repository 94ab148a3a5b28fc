//! Files of messages, in German.

use crate::text::FilesTexts;

pub(super) const FILES: FilesTexts = FilesTexts {
    field: "Fotos und Dateien",
    metadata: "Wo ein Foto oder MP4 entstand, wird nicht gesendet. Andere Dateien gehen, wie sie sind.",
    attach: "Fotos oder Dateien hinzufügen",
    photo_named: |name| format!("Foto {name}"),
    video_named: |name| format!("Video {name}"),
    audio_named: |name| format!("Audio {name}"),
    gone: |name| format!("{name} ist nicht mehr gespeichert"),
    kilobytes: |number| format!("{number} kB"),
    megabytes: |number| format!("{number} MB"),
    decimal_point: ',',
    remove: "Foto oder Datei entfernen",
    remove_hint: "Damit wird das Foto oder die Datei für alle entfernt.",
    remove_named: |name| format!("{name} entfernen"),
    title: |room| format!("Fotos und Dateien in {room}"),
    photos: "Fotos",
    files: "Dateien",
    none: "Noch keine Fotos oder Dateien",
    all: "Alle Fotos und Dateien",
    message: "Nachricht anzeigen",
    message_of: |name| format!("Nachricht anzeigen: {name}"),
};
