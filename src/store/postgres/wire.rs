//! Events as bytes, for the feed: a follower applies exactly what the writer applied.
//!
//! Numbers are in LEB128, texts and lists follow their length. A kind's number is never given to another, and its
//! fields never change: an event that needs other ones gets another number.

mod primitives;

use std::sync::Arc;

use primitives::{Wire, put_bytes, put_list, take_text};

use crate::chat::{
    AltText, Amendments, Body, Configuration, Device, Emoji, Event, Excerpt, FileId, FileKey, FileName,
    FileRecord, ForgottenChange, GroupMention, InviteCode, MemberId, Mention, Mentions, Nonce,
    NotificationLevel, PasswordHash, Pin, QuietHours, Quote, Reaction, Reactions, Registration, RoomId,
    RoomName, Seq, Timestamp, Title, TokenDigest, Topic, Username,
};
use crate::media::{Dimensions, FileType};
use crate::text::Language;
use crate::time_zone::Zone;

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireError {
    /// Of a kind that a newer version of snug writes.
    UnknownKind,
    Damaged,
}

/// A part of a message that refers to places in its text, and is checked against that.
trait InBody: Sized {
    fn put(&self, out: &mut Vec<u8>);

    fn take(input: &mut &[u8], body: &Body) -> Option<Self>;
}

macro_rules! take_field {
    ($input:ident, $field:ident) => {
        let $field = Wire::take($input)?;
    };
    ($input:ident, $field:ident, $body:ident) => {
        let $field = InBody::take($input, &$body)?;
    };
}

macro_rules! put_field {
    ($out:ident, $field:ident) => {
        Wire::put($field, $out);
    };
    ($out:ident, $field:ident, $body:ident) => {
        InBody::put($field, $out);
    };
}

/// The kinds of events: number, name and fields in the order in which they are written.
macro_rules! events {
    ($($number:literal $kind:ident { $($field:tt $(as $name:ident)? $(in $body:ident)?),* };)*) => {
        pub(super) fn encode(event: &Event) -> Vec<u8> {
            let mut bytes = Vec::new();
            let out = &mut bytes;
            match event {
                $(Event::$kind { $($field $(: $name)?),* } => {
                    let number: u64 = $number;
                    number.put(out);
                    $(events!(@put out $field $(as $name)? $(in $body)?);)*
                })*
            }
            bytes
        }

        fn take_event(input: &mut &[u8]) -> Option<Result<Event, WireError>> {
            Some(Ok(match u64::take(input)? {
                $($number => {
                    $(events!(@take input $field $(as $name)? $(in $body)?);)*
                    Event::$kind { $($field $(: $name)?),* }
                })*
                _ => return Some(Err(WireError::UnknownKind)),
            }))
        }
    };
    (@put $out:ident $index:tt as $name:ident) => { put_field!($out, $name) };
    (@put $out:ident $field:ident in $body:ident) => { put_field!($out, $field, $body) };
    (@put $out:ident $field:ident) => { put_field!($out, $field) };
    (@take $input:ident $index:tt as $name:ident) => { take_field!($input, $name) };
    (@take $input:ident $field:ident in $body:ident) => { take_field!($input, $field, $body) };
    (@take $input:ident $field:ident) => { take_field!($input, $field) };
}

events! {
    1 Registered { name, password, owner };
    2 SessionOpened { member, digest, device };
    3 SessionEnded { digest };
    4 SessionRevoked { member, digest };
    5 DeviceKnown { member, digest };
    6 DeviceForgotten { digest };
    7 RevokedSessionsForgotten { up_to };
    8 ResetOffered { by, member, digest };
    9 PasswordChanged { member, password };
    10 ZoneChosen { member, zone };
    11 LanguageChosen { member, language };
    12 RoleChanged { member, owner };
    13 MemberRemoved { member, name_freed, left };
    14 MemberReturned { member, name, conversations };
    15 Configured { 0 as configuration };
    16 RoomOpened { by, name, topic, open };
    17 RoomChanged { room, name, topic };
    18 RoomDeleted { open, room };
    19 PairOpened { by, one, other };
    20 Joined { room, member };
    21 Invited { room, member, by };
    22 InvitationDeclined { room, member };
    23 Left { room, member };
    24 Read { member, room, up_to };
    25 Posted { author, room, body, mentions in body, group in body, quote, files, nonce, amendments };
    26 FileAdded { owner, file };
    27 FilesDropped { ids };
    28 FileRemoved { message, room, file, gone, forgets };
    29 Edited { message, room, body, mentions in body, group in body, notified, forgets };
    30 Reacted { message, room, author, member, emoji, forgets };
    31 ReactionRemoved { message, room, author, reaction, forgets };
    32 Pinned { message, room, by, forgets };
    33 Unpinned { message, room, by, forgets };
    34 NotificationLevelChosen { member, room, level };
    35 QuietHoursChosen { member, hours };
    36 ReactionsSeen { member, up_to };
    37 MarkedUnread { member, room, after, mentions };
    38 Removed { message, room, sent, forgets };
}

pub(super) fn decode(mut bytes: &[u8]) -> Result<Event, WireError> {
    let event = take_event(&mut bytes).ok_or(WireError::Damaged)??;
    if bytes.is_empty() { Ok(event) } else { Err(WireError::Damaged) }
}

/// What is written field by field.
macro_rules! structs {
    ($($type:ident { $($field:tt),* })*) => {
        $(impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $(self.$field.put(out);)*
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: Wire::take(input)?),* })
            }
        })*
    };
}

structs! {
    Seq { 0 }
    MemberId { 0 }
    RoomId { 0 }
    FileId { 0 }
    Timestamp { 0 }
    FileKey { 0 }
    TokenDigest { 0 }
    PasswordHash { 0 }
    Mention { at, length, member }
    Quote { message, author, excerpt }
    Amendments { edited, reactions, pin }
    Pin { id, by, at }
    Reaction { id, at, member, emoji }
    FileRecord { name, kind, size, dimensions, alt, key, sha256, preview, gone }
    Dimensions { width, height }
    ForgottenChange { room, seq }
    Configuration { title, registration }
}

/// What is written as a text, and read from one.
macro_rules! texts {
    ($($type:ident: |$value:ident| $text:expr, |$read:ident| $parsed:expr;)*) => {
        $(impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                let $value = self;
                let text: &str = $text;
                put_bytes(text.as_bytes(), out);
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                let $read = take_text(input)?;
                $parsed
            }
        })*
    };
}

texts! {
    Username: |name| name.as_str(), |text| Self::from_storage(text);
    RoomName: |name| name.as_str(), |text| Self::from_storage(text);
    Topic: |topic| topic.as_str(), |text| Self::from_storage(text);
    Body: |body| body.as_str(), |text| if text.is_empty() { Some(Self::none()) } else { Self::from_storage(text) };
    Excerpt: |excerpt| excerpt.as_str(), |text| Some(Self::from_storage(text));
    Device: |device| device.as_str(), |text| Some(Self::of(text));
    FileName: |name| name.as_str(), |text| Some(Self::of(text));
    AltText: |alt| alt.as_str(), |text| Some(Self::of(text));
    Nonce: |nonce| nonce.as_str(), |text| Self::parse(text).ok();
    Emoji: |emoji| emoji.as_str(), |text| Self::parse(text);
    Title: |title| title.as_str(), |text| Self::parse(text).ok();
    InviteCode: |code| code.as_str(), |text| Self::parse(text);
    Zone: |zone| &zone.to_string(), |text| text.parse().ok();
    Language: |language| language.tag(), |text| Self::tagged(text);
    NotificationLevel: |level| level.word(), |text| Self::of_word(text);
    FileType: |kind| kind.media_type(), |text| Self::of_media_type(text);
    QuietHours: |hours| &format!("{}-{}", hours.from, hours.to), |text| {
        let (from, to) = text.split_once('-')?;
        Self::parse(from, to)
    };
}

impl Wire for Registration {
    fn put(&self, out: &mut Vec<u8>) {
        let (word, code) = self.words();
        put_bytes(word.as_bytes(), out);
        put_bytes(code.unwrap_or_default().as_bytes(), out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Self::of(take_text(input)?, take_text(input)?)
    }
}

impl Wire for Reactions {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.iter(), out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Vec::take(input).map(Self::from_storage)
    }
}

impl InBody for Mentions {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.iter(), out);
    }

    fn take(input: &mut &[u8], body: &Body) -> Option<Self> {
        Self::from_storage(body, Vec::take(input)?)
    }
}

impl InBody for Option<Arc<GroupMention>> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(group) = self {
            group.at.put(out);
            group.length.put(out);
            put_list(group.members.iter(), out);
        }
    }

    fn take(input: &mut &[u8], body: &Body) -> Option<Self> {
        if !bool::take(input)? {
            return Some(None);
        }
        let (at, length, members) = (u32::take(input)?, u32::take(input)?, Vec::take(input)?);
        GroupMention::from_storage(body, at, length, members).map(|group| Some(Arc::new(group)))
    }
}
