//! Files, without their bytes.

use std::fmt;
use std::sync::Arc;

use super::model::{MemberId, Seq, Timestamp, one_line};
use crate::media::{Dimensions, FileType, Show};

/// Longest name of a file, in characters: what file systems take.
pub const FILE_NAME_MAX: usize = 200;
/// Files that one message may have.
pub const FILES_PER_MESSAGE: usize = 10;
/// Longest alternative text of a picture, in characters.
pub const ALT_TEXT_MAX: usize = 500;
/// Files that one member may have uploaded and not sent: two messages full.
pub const UNSENT_FILES_PER_MEMBER: usize = 20;
/// Files that all members together may have uploaded and not sent. Unit tests do not upload so much.
pub const UNSENT_FILES_MAX: usize = if cfg!(test) { 6 } else { 2_000 };

/// A file's id: the number of the record that added it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub Seq);

/// The random name under which a file's bytes lie. It is kept out of logs and pages.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileKey(pub [u8; 16]);

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(..)")
    }
}

/// The name of bytes, with the member in whose share of all files they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedKey {
    pub key: FileKey,
    pub owner: MemberId,
}

/// A file's name as its sender has it: up to [`FILE_NAME_MAX`] characters in one line, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(Arc<str>);

/// A picture in words: up to [`ALT_TEXT_MAX`] characters in one line, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AltText(Arc<str>);

impl FileName {
    /// Leaves out what would disturb, and what is too long before the last 20 characters, among which is the ending.
    pub fn of(text: &str) -> Self {
        const END: usize = 20;
        let line = one_line(text);
        let length = line.chars().count();
        if length <= FILE_NAME_MAX {
            return Self(line.into());
        }
        let end = line.chars().skip(length - END);
        Self(line.chars().take(FILE_NAME_MAX - END).chain(end).collect::<String>().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AltText {
    /// Leaves out what would disturb, and what is too long.
    pub fn of(text: &str) -> Self {
        let line: String = one_line(text).chars().take(ALT_TEXT_MAX).collect();
        Self(line.trim_end().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// All that is known of a file. Its bytes never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRecord {
    pub name: FileName,
    /// By the bytes.
    pub kind: FileType,
    /// In bytes.
    pub size: u64,
    /// None for what is not shown in place.
    pub dimensions: Option<Dimensions>,
    pub alt: AltText,
    pub key: FileKey,
    pub sha256: [u8; 32],
    /// A small picture of it, made by its sender's browser.
    pub preview: Option<FileKey>,
    /// Its bytes were let go of, as memory holds no more: its message says so in its place.
    pub gone: bool,
}

impl FileRecord {
    /// The names under which its bytes lie; none once they are gone.
    pub fn keys(&self) -> impl Iterator<Item = FileKey> + use<> {
        let gone = self.gone;
        [Some(self.key), self.preview].into_iter().flatten().filter(move |_| !gone)
    }

    /// The same of a file of this member's.
    pub fn owned_keys(&self, owner: MemberId) -> impl Iterator<Item = OwnedKey> + use<> {
        self.keys().map(move |key| OwnedKey { key, owner })
    }

    /// What pages do with it: a picture or film without dimensions, which may be larger than a browser bears, is not
    /// shown.
    pub(crate) fn show(&self) -> Show {
        match self.kind.show() {
            Show::Picture | Show::Video if self.dimensions.is_none() => Show::Download,
            show => show,
        }
    }

    /// Upper bound of its memory in a message, in bytes: its texts, each with the overhead of an allocation, and its
    /// place in the table of files, which is half empty.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.name.0.len() + self.alt.0.len() + 2 * 40;
        size_of::<(FileId, Self)>() + texts + 2 * (size_of::<(FileId, Seq)>() + 1)
    }
}

/// The files of one message, in its order: up to [`FILES_PER_MESSAGE`].
pub type Files = Arc<[(FileId, FileRecord)]>;

/// A file with the message that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFile {
    pub message: Seq,
    pub id: FileId,
    pub file: FileRecord,
}

/// A file that was uploaded and that no message has yet: nobody but its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentFile {
    pub owner: MemberId,
    pub added: Timestamp,
    pub file: FileRecord,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_ending_and_loses_what_disturbs() {
        assert_eq!(FileName::of(" a\r\nb\u{202e}.jpg ").as_str(), "a b.jpg");
        let long = FileName::of(&("é".repeat(300) + ".tar.gz"));
        assert!(long.as_str().chars().count() == FILE_NAME_MAX && long.as_str().ends_with("é.tar.gz"));
        assert_eq!(FileName::of(long.as_str()), long);
        assert_eq!(AltText::of(&"é".repeat(501)).as_str(), "é".repeat(500));
    }
}
