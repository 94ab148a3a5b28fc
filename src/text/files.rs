//! Files of messages, where no script says it.

pub(crate) struct FilesTexts {
    /// The field of a form without scripts.
    pub(crate) field: &'static str,
    /// What of a photo is not sent, and what is, where nothing can be said of each file.
    pub(crate) metadata: &'static str,
    /// The button with the paper clip.
    pub(crate) attach: &'static str,
    /// A photo that nobody described: name.
    pub(crate) photo_named: fn(&str) -> String,
    pub(crate) video_named: fn(&str) -> String,
    pub(crate) audio_named: fn(&str) -> String,
    /// In the place of a file that memory let go: name.
    pub(crate) gone: fn(&str) -> String,
    /// Sizes: the number as people write it.
    pub(crate) kilobytes: fn(&str) -> String,
    pub(crate) megabytes: fn(&str) -> String,
    pub(crate) decimal_point: char,
    /// What one does with one's own message, and asks before.
    pub(crate) remove: &'static str,
    pub(crate) remove_hint: &'static str,
    /// Name.
    pub(crate) remove_named: fn(&str) -> String,
    /// Heads the page of a room's: name of the room.
    pub(crate) title: fn(&str) -> String,
    pub(crate) photos: &'static str,
    pub(crate) files: &'static str,
    pub(crate) none: &'static str,
    pub(crate) all: &'static str,
    /// The way from a file to its message.
    pub(crate) message: &'static str,
    /// Name of the file.
    pub(crate) message_of: fn(&str) -> String,
}

impl FilesTexts {
    /// A size, of 1,024 bytes to the kB, as scripts have it too (script/tools.js).
    pub(crate) fn size(&self, bytes: u64) -> String {
        const KB: u64 = 1024;
        const MB: u64 = KB * KB;
        if bytes < MB {
            return (self.kilobytes)(&bytes.div_ceil(KB).to_string());
        }
        let tenths = (u128::from(bytes) * 10 + u128::from(MB / 2)) / u128::from(MB);
        let tenth = Some(tenths % 10).filter(|tenth| *tenth > 0);
        let tenth = tenth.map_or_else(String::new, |tenth| format!("{}{tenth}", self.decimal_point));
        (self.megabytes)(&format!("{}{tenth}", tenths / 10))
    }
}
