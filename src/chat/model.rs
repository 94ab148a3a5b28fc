//! The words of the domain, each parsed once and valid for ever after.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::characters::{CharacterKind, is_disruptive, is_invisible, kind};
use crate::folding::fold;
use crate::look_alikes::{Look, is_like_any, mixed_scripts};
use crate::text::Language;

/// Longest message, in characters (Unicode scalar values) after line ends became `\n`.
pub const MESSAGE_MAX: usize = 4_000;
/// Longest name of a room, in characters.
pub const ROOM_NAME_MAX: usize = 60;
/// Former names of the rooms that everyone has; kept chats may show them still.
const OWN_ROOMS_ONCE: [&str; 1] = ["Shared room"];

/// The present names of the rooms that everyone has, in all languages of the interface.
pub(super) fn own_rooms() -> impl Iterator<Item = &'static str> {
    Language::ALL.into_iter().flat_map(|language| {
        let texts = language.texts();
        [texts.room.general, texts.room.notes, texts.frame.notes]
    })
}

/// Longest topic of a room, in characters.
pub const TOPIC_MAX: usize = 200;
/// Longest description of a device, in characters; longer ones are cut.
const DEVICE_MAX: usize = 60;
/// Longest nonce, in ASCII characters.
pub const NONCE_MAX: usize = 64;

/// The number of a record in the log; the first is 1, and 0 is before all. It is also the id of what the record made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A member's id: the number of the record that registered them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub Seq);

/// A room's id: the number of the record that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub Seq);

impl RoomId {
    /// The one room that everybody is in. Nobody opened it, so its number is nobody else's.
    pub const SHARED: Self = Self(Seq(0));
}

/// 1 to [`ROOM_NAME_MAX`] characters in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName {
    text: Arc<str>,
    look: Look,
}

/// Up to [`TOPIC_MAX`] characters in one line; may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic(Arc<str>);

/// Why something cannot be a room's name or topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTextError {
    /// A name with nothing in it that could be seen.
    NameEmpty,
    /// A name of more than [`ROOM_NAME_MAX`] characters.
    NameTooLong,
    /// A topic of more than [`TOPIC_MAX`] characters.
    TopicTooLong,
}

impl RoomName {
    /// White space becomes single spaces; what would disturb is left out.
    pub fn parse(text: &str) -> Result<Self, RoomTextError> {
        let line = one_line(text);
        match line.chars().count() {
            _ if line.chars().all(is_invisible) => Err(RoomTextError::NameEmpty),
            ..=ROOM_NAME_MAX => Ok(Self::of(&line)),
            _ => Err(RoomTextError::NameTooLong),
        }
    }

    /// Accepts every name that an earlier version could keep. None: damage.
    pub fn from_storage(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains(is_disruptive)).then(|| Self::of(text))
    }

    fn of(text: &str) -> Self {
        Self { text: text.into(), look: Look::of(text) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Two scripts that one of its words mixes and no name may.
    pub(super) fn mixed_scripts(&self) -> Option<[&'static str; 2]> {
        self.text
            .split(|c| matches!(kind(c), CharacterKind::Inner | CharacterKind::Foreign))
            .find_map(mixed_scripts)
    }

    /// Tells if people could take it for a room that everyone has.
    pub(super) fn is_like_our_own(&self) -> bool {
        is_like_any(&self.text, &own_rooms().chain(OWN_ROOMS_ONCE).collect::<Vec<_>>())
    }

    /// Tells if it is another name that looks the same. (Rooms may have the same name.)
    pub(super) fn is_look_alike_of(&self, other: &Self) -> bool {
        self.look.is_like(&other.look) && fold(&self.text) != fold(&other.text)
    }
}

impl Topic {
    /// White space becomes single spaces; what would disturb is left out.
    pub fn parse(text: &str) -> Result<Self, RoomTextError> {
        let line = one_line(text);
        if line.chars().count() <= TOPIC_MAX {
            Ok(Self(line.into()))
        } else {
            Err(RoomTextError::TopicTooLong)
        }
    }

    /// Accepts every topic that an earlier version could keep. None: damage.
    pub fn from_storage(text: &str) -> Option<Self> {
        (!text.contains(is_disruptive)).then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A room's name and topic, which change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    pub name: RoomName,
    pub topic: Topic,
}

pub(super) fn one_line(text: &str) -> String {
    let kept: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|&c| !is_disruptive(c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The device of a session, as a person would call it: up to 60 characters in one line, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device(Arc<str>);

impl Device {
    /// Leaves out disruptive characters, and cuts at `DEVICE_MAX`.
    pub fn of(text: &str) -> Self {
        let line: String = one_line(text).chars().take(DEVICE_MAX).collect();
        Self(line.trim_end().into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A point in time: milliseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The text of a message: 1 to [`MESSAGE_MAX`] characters, or none where it is all files; `\n` between lines, nothing
/// that could disturb a terminal or turn the reading direction of the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(Arc<str>);

/// Why something cannot be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// Nothing that could be seen.
    Blank,
    /// More than [`MESSAGE_MAX`] characters: this many.
    TooLong(usize),
}

impl Body {
    /// Line ends become `\n`; control and bidirectional control characters are left out, as are
    /// blank lines before and white space after the text.
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let lines = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
        let kept: String = lines.chars().filter(|&c| !is_disruptive(c)).collect();
        let kept = kept.trim_start_matches('\n').trim_end();
        if kept.chars().all(is_invisible) {
            return Err(BodyError::Blank);
        }
        match kept.chars().count() {
            ..=MESSAGE_MAX => Ok(Self(kept.into())),
            count => Err(BodyError::TooLong(count)),
        }
    }

    /// The text of a message that is all files.
    pub fn none() -> Self {
        Self("".into())
    }

    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Accepts every text that an earlier version could keep, whatever today's rules are. None: damage.
    pub fn from_storage(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && !text.contains(is_disruptive);
        fits.then(|| Self(text.into()))
    }

    /// The text, with `\n` between lines.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A word that a client draws for one message, so that sending it twice makes one message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(Arc<str>);

/// Not 1 to [`NONCE_MAX`] of `A-Z a-z 0-9 _ -`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceError;

impl Nonce {
    /// Takes what [`NonceError`] describes.
    pub fn parse(text: &str) -> Result<Self, NonceError> {
        let fits = (1..=NONCE_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fits && plain { Ok(Self(text.into())) } else { Err(NonceError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password in its stored form, a PHC string. Its text is kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub Arc<str>);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// SHA-256 of a session token. The token itself is known to the browser alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(..)")
    }
}

/// Why the chat does not do what it was asked for. Data only: the wording is the web's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has this name, perhaps in other letter case.
    NameTaken,
    /// Somebody has a name that looks like this one.
    NameLooksTaken,
    /// The chat has as many members as it takes.
    MembersFull,
    /// The chat has as many open sessions as it takes.
    SessionsFull,
    /// The member used this nonce for another text, or for one that was edited or removed since.
    NonceReused,
    /// Whoever asks is no member (any more).
    NotAMember,
    /// There is no such member (any more).
    NoSuchMember,
    /// There is no such room, or not for whoever asks: the two are not told apart.
    NoSuchRoom,
    /// There is no such message, or not for whoever asks.
    NoSuchMessage,
    /// There is no such file (any more), or not for whoever asks.
    NoSuchFile,
    /// This may be seen by whoever asks, and is not theirs to change.
    NotTheirs,
    /// Only owners decide this.
    OwnersOnly,
    /// The value has changed since the form was shown: someone else was quicker, or oneself elsewhere.
    Outdated,
    /// The conversation is with somebody who is no member any more.
    PartnerGone,
    /// A chat needs an owner.
    LastOwner,
    /// A word of a room's name mixes letters of these two scripts.
    RoomNameMixed([&'static str; 2]),
    /// The name looks like that of a room that everyone has.
    RoomNameReserved,
    /// The name looks like that of another room that the member sees.
    RoomLooksTaken,
    /// The chat has as many rooms, or as many conversations, as it takes.
    RoomsFull,
    /// The member opened as many rooms as one may: this many.
    OwnRoomsFull(usize),
    /// The member opened as many rooms as one may in a chat as full as this one: this many.
    RoomShareFull(usize),
    /// The member began as many conversations as one may in a chat as full as this one.
    ConversationShareFull,
    /// The member is in as many rooms as one may in a chat as full as this one.
    MembershipShareFull,
    /// The member who was to be added is in as many rooms as one may in a chat as full as this one.
    TheirMembershipShareFull,
    /// The chat has as many members in rooms as it takes.
    MembershipsFull,
    /// The rooms of the member who opened this one have as many members together as they may.
    RoomFull,
    /// This offer to set a new password is over, or there never was one.
    ResetOver,
    /// The message has as many different emoji as it may.
    EmojiFull,
    /// The message has as many reactions as it may.
    ReactionsFull,
    /// The room has as many pinned messages as it may.
    PinsFull,
    /// The member, or all together, have uploaded as many files without sending them as they may.
    UnsentFilesFull,
    /// The log could not keep the record; nothing was changed.
    NotKept,
    /// Older messages could not be read.
    NotRead,
    /// So much is waiting to be kept that one more would only wait in vain.
    Busy,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_keeps_its_lines_and_loses_what_disturbs() {
        let text = |t: &str| Body::parse(t).unwrap().as_str().to_owned();
        assert_eq!(text("one\r\ntwo\rthree\n"), "one\ntwo\nthree");
        assert_eq!(text("\n\n  indented\tx \n\n"), "  indented\tx");
        assert_eq!(text("a\u{1b}[31m\u{0}b\u{202e}c\u{2066}"), "a[31mbc");
        for blank in ["", " \r\n\t", "\u{200b}\u{2060}", "\u{202e}"] {
            assert_eq!(Body::parse(blank), Err(BodyError::Blank));
        }
        assert!(Body::parse(&"é".repeat(MESSAGE_MAX)).is_ok());
        assert_eq!(Body::parse(&"é".repeat(MESSAGE_MAX + 1)), Err(BodyError::TooLong(MESSAGE_MAX + 1)));
    }

    proptest! {
        #[test]
        fn every_message_parses_to_itself_or_is_refused(text in "(?s).{0,80}") {
            if let Ok(body) = Body::parse(&text) {
                prop_assert!(!body.as_str().chars().any(is_disruptive));
                prop_assert_eq!(Body::parse(body.as_str()), Ok(body.clone()));
            }
        }
    }
}
