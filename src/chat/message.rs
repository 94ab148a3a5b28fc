//! Messages, as they are kept and as they are shown.

use std::borrow::Cow;

use super::file::Files;
use super::mentions::{Mention, Mentioned, Mentions};
use super::model::{Body, MemberId, Nonce, RoomId, Seq, Timestamp};
use super::names::Username;

/// Upper bound of a message's memory without its content, in bytes: its place in a B-tree whose nodes are half full,
/// its id in its room's list, its nonce's in a table that is half empty, and for each of text, mentions, files and nonce the
/// overhead of an allocation (two counters, the allocator's header, rounding).
const MESSAGE_OVERHEAD: usize = 2 * size_of::<(Seq, Message)>()
    + 2 * size_of::<Seq>()
    + 2 * (size_of::<((MemberId, Nonce), Seq)>() + 1)
    + 4 * 40;

/// Messages of which the newest change is known, in all rooms together: people who come back are told of it. Those
/// who missed more load the page anew. Unit tests do not change so much.
pub const CHANGES_MAX: usize = if cfg!(test) { 4 } else { 1_000 };

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: Seq,
    pub author: MemberId,
    pub room: RoomId,
    pub at: Timestamp,
    pub body: Body,
    pub mentions: Mentions,
    pub files: Files,
    /// When it got this text, if it had another before.
    pub edited: Option<Timestamp>,
    /// The word by which a repeated request is known.
    pub nonce: Option<Nonce>,
}

impl Message {
    /// The length of its text in HTML, in bytes: characters that `maud` escapes are longer there.
    pub(super) fn size_as_html(&self) -> usize {
        let size = |byte| match byte {
            b'"' => "&quot;".len(),
            b'&' => "&amp;".len(),
            b'<' | b'>' => "&lt;".len(),
            _ => 1,
        };
        self.body.as_str().bytes().map(size).sum()
    }

    /// All that search looks at.
    pub fn searchable_text(&self) -> Cow<'_, str> {
        let files = self.files.iter().map(|(_, file)| (file.name.as_str(), file.alt.as_str()));
        searchable_text(self.body.as_str(), files)
    }

    /// Upper bound of its memory, in bytes.
    pub fn bytes(&self) -> usize {
        let nonce = self.nonce.as_ref().map_or(0, |nonce| nonce.as_str().len());
        let mentions = self.mentions.iter().count() * size_of::<Mention>();
        let files: usize = self.files.iter().map(|(_, file)| file.bytes()).sum();
        MESSAGE_OVERHEAD + self.body.as_str().len() + mentions + files + nonce
    }
}

/// What search looks at of a message with this text and these files, in their order: names and alternative texts.
pub(crate) fn searchable_text<N: AsRef<str>>(
    text: &str,
    files: impl Iterator<Item = (N, N)>,
) -> Cow<'_, str> {
    files.fold(Cow::Borrowed(text), |mut all, (name, alt)| {
        for part in [name, alt] {
            all.to_mut().push('\n');
            all.to_mut().push_str(part.as_ref());
        }
        all
    })
}

/// A message with the names that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    pub message: Message,
    pub author: Author,
    /// Whom it mentions, of those who are members still, in the order of the text.
    pub mentioned: Vec<Mentioned>,
}

/// A message's author by their present name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: Username,
    /// Removed from the chat since.
    pub former: bool,
}

/// A message was edited or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageChange {
    pub seq: Seq,
    pub message: Seq,
    pub room: RoomId,
    /// False: it was edited.
    pub removed: bool,
}

/// A message, as it was after some record.
pub(super) struct Versioned {
    pub(super) message: Message,
    pub(super) as_of: Seq,
}
