//! Messages, as they are kept and as they are shown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::file::Files;
use super::mentions::{GroupMention, Mention, Mentioned, Mentions};
use super::model::{Body, MemberId, Nonce, RoomId, Seq, Timestamp};
use super::names::Username;
use super::quote::Quote;
use super::reaction::{Emoji, Reaction, Reactions};

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
    /// A word for many that it mentions.
    pub group: Option<Arc<GroupMention>>,
    /// The message that it answers.
    pub quote: Option<Box<Quote>>,
    pub files: Files,
    pub amendments: Amendments,
    /// The word by which a repeated request is known.
    pub nonce: Option<Nonce>,
}

/// What was added to a message after it was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendments {
    /// When it got its text, if it had another before.
    pub edited: Option<Timestamp>,
    pub reactions: Reactions,
    pub pin: Option<Box<Pin>>,
}

/// A message is pinned: its room shows it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The number of its record.
    pub id: Seq,
    pub by: MemberId,
    pub at: Timestamp,
}

impl Message {
    /// Those who are told of it, in whichever room they are: whom it mentions, by name or as one of a group, and whose
    /// message it answers. Its author is not.
    pub fn notified(&self) -> BTreeSet<MemberId> {
        let named = self.mentions.iter().map(|mention| mention.member);
        let group = self.group.iter().flat_map(|group| group.members.iter().copied());
        let answered = self.quote.iter().map(|quote| quote.author);
        named.chain(group).chain(answered).filter(|member| *member != self.author).collect()
    }

    /// Tells if a member is among [`Self::notified`].
    pub fn notifies(&self, member: MemberId) -> bool {
        let in_group =
            || self.group.as_ref().is_some_and(|group| group.members.binary_search(&member).is_ok());
        let answered = || self.quote.as_ref().is_some_and(|quote| quote.author == member);
        member != self.author && (self.mentions.has(member) || answered() || in_group())
    }

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
        let group = self.group.as_ref().map_or(0, |group| group.bytes());
        let quote = self.quote.as_ref().map_or(0, |quote| quote.bytes());
        let pin = self.amendments.pin.as_ref().map_or(0, |_| size_of::<Pin>() + 40);
        let reactions = self.amendments.reactions.bytes();
        MESSAGE_OVERHEAD
            + self.body.as_str().len()
            + mentions
            + group
            + quote
            + pin
            + files
            + reactions
            + nonce
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
    /// The author of the message that it answers.
    pub quoted: Option<Author>,
    /// In the order of each emoji's first one.
    pub reactions: Vec<ReactionView>,
    /// Who pinned it.
    pub pinned_by: Option<Author>,
}

#[cfg(test)]
impl Message {
    /// A message of the shared room in 1970, for tests.
    pub(crate) fn plain(id: Seq, author: MemberId, body: Body) -> Self {
        Self {
            id,
            author,
            room: RoomId::SHARED,
            at: Timestamp(0),
            body,
            mentions: Mentions::default(),
            group: None,
            quote: None,
            files: Files::default(),
            amendments: Amendments::default(),
            nonce: None,
        }
    }
}

impl MessageView {
    /// `author_of` knows everyone who ever was a member.
    pub(crate) fn new(
        message: Message,
        author: Author,
        mentioned: Vec<Mentioned>,
        author_of: impl Fn(MemberId) -> Option<Author>,
    ) -> Self {
        let quoted = message.quote.as_ref().and_then(|quote| author_of(quote.author));
        let pinned_by = message.amendments.pin.as_ref().and_then(|pin| author_of(pin.by));
        let mut reactions: Vec<ReactionView> = Vec::new();
        for Reaction { member, emoji, .. } in message.amendments.reactions.iter() {
            let known = reactions.iter().position(|view| view.emoji == *emoji);
            let place = known.unwrap_or_else(|| {
                reactions.push(ReactionView { emoji: emoji.clone(), members: Vec::new(), names: Vec::new() });
                reactions.len() - 1
            });
            let view = &mut reactions[place];
            view.members.push(*member);
            if view.names.len() < REACTION_NAMES_MAX {
                view.names.extend(author_of(*member).map(|author| author.name));
            }
        }
        Self { message, author, mentioned, quoted, reactions, pinned_by }
    }
}

/// The members who reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionView {
    pub emoji: Emoji,
    /// All of them, the first one first.
    pub members: Vec<MemberId>,
    /// The names of the first [`REACTION_NAMES_MAX`].
    pub names: Vec<Username>,
}

/// Names beside a reaction; of more, the number is told.
pub const REACTION_NAMES_MAX: usize = 20;

/// A message's author by their present name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: Username,
    /// Removed from the chat since.
    pub former: bool,
}

/// A message is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageChange {
    pub seq: Seq,
    pub message: Seq,
    pub room: RoomId,
    pub kind: ChangeKind,
}

/// In which way. Of several changes of one message, the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    Reactions,
    Pin,
    /// Its text, or its files.
    Content,
    Removed,
}

impl ChangeKind {
    #[cfg(feature = "sqlite")]
    pub(crate) const ALL: [Self; 4] = [Self::Reactions, Self::Pin, Self::Content, Self::Removed];

    /// Its word in events and in storage.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reactions => "reacted",
            Self::Pin => "pinned",
            Self::Content => "edited",
            Self::Removed => "removed",
        }
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl MessageChange {
    pub fn is_removal(&self) -> bool {
        self.kind == ChangeKind::Removed
    }
}

/// A message, as it was after some record.
pub(super) struct Versioned {
    pub(super) message: Message,
    pub(super) as_of: Seq,
}
