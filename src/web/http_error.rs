//! What goes wrong for a visitor: one table from cause to status, code and words.

use std::borrow::Cow;
use std::time::Duration;

use super::form::FormError;
use super::name_error;
use crate::chat::{
    BodyError, EMOJI_PER_MESSAGE, FILES_PER_MESSAGE, FileId, INVITE_CODE_MAX, MESSAGE_MAX, MessageView,
    NONCE_MAX, NameError, NonceError, PINS_MAX, REACTIONS_PER_MESSAGE, ROOM_NAME_MAX, Refusal, RoomTextError,
    TITLE_MAX, TOPIC_MAX, TitleError, Username,
};
use crate::fair::Overloaded;
use crate::live::StreamLimitReached;
use crate::secrets::{PASSWORD_MAX, PASSWORD_MIN, PasswordError};
use crate::text::{Catalogue, ErrorTexts, Language};
use crate::time_zone::ZoneError;
use crate::views::sign_in::Field;

/// A sentence without arguments.
pub(super) type ErrorSentence = fn(&'static ErrorTexts) -> &'static str;

/// The sentence that someone of this name is another member now.
pub(super) type SomeoneElse = fn(&'static ErrorTexts) -> fn(&str) -> String;

/// Status, the `error` of JSON answers, and the sentence for people.
type Row = (u16, &'static str, Cow<'static, str>);

/// `Retry-After` when the server is busy.
const BUSY: Duration = Duration::from_secs(2);

/// A file that was taken in for a message which is not sent.
#[derive(Debug)]
pub(super) struct UnsentFile {
    pub(super) id: FileId,
    pub(super) name: String,
}

/// What is wrong with a handshake, or with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SocketError {
    /// The address was asked for something else than a socket.
    NotUpgraded,
    NoHandshake,
    /// By its media type.
    NotJson,
    /// Not a JSON object.
    NoCommand,
    UnknownCommand,
    Tag,
    /// Of a field.
    Value,
}

/// Why a request is not done. The durations are those to wait.
#[derive(Debug)]
pub(super) enum HttpError {
    BadRequest(ErrorSentence),
    NotFound,
    Method,
    /// DNS rebinding, or a name that nobody has told us: the host as it was asked for.
    UnknownHost(String),
    Foreign,
    /// A foreign origin that may be the chat's own, behind a proxy that does not say how it was reached.
    ForeignOrigin,
    /// Older than what streams and programs can catch up with.
    Gone,
    SignedOut,
    SignedOutWriting,
    WrongPassword,
    WrongCurrentPassword,
    WrongCode,
    WrongFirstCode,
    /// Registration is closed.
    Closed,
    /// With a name that may be taken instead.
    InvalidName(NameError, Option<Box<Username>>),
    NameTaken(Refusal, Box<Username>),
    InvalidCode,
    LongQuery,
    NoWords,
    /// The message as it is now.
    MessageChanged(Box<MessageView>),
    /// The session is of the member with this name, and the message was written by another.
    WrittenByAnother(Username),
    /// The session is of the member with this name, and a page of another asks.
    AnotherMember(Username),
    /// The name, if it is known, is another member's now. The sentence says what became of what was asked for as well.
    SomeoneElse(Option<Username>, SomeoneElse),
    /// What a message answers is not in its room (any more).
    AnsweredGone,
    /// A text mentions more people than one is not asked about. The files wait for what its author says.
    ManyPeople(usize, Vec<UnsentFile>),
    /// The visitor reads along in a room, and is not in it.
    Outside,
    NoSuchName,
    TooManyFailures(Duration),
    TooManyMembers(Duration),
    TooManyMessages(Duration),
    TooManySearches(Duration),
    TooManyRooms(Duration),
    TooManyPairs(Duration),
    TooManyChanges(Duration),
    TooManyHints(Duration),
    TooManyReactions(Duration),
    TooManyFilesSent(Duration),
    Refused(Refusal),
    /// This node does not reach the engine that keeps the chat.
    CutOff,
    Form(FormError),
    Body(BodyError),
    RoomText(RoomTextError),
    Title(TitleError),
    Nonce(NonceError),
    Password(PasswordError),
    Zone(ZoneError),
    /// A text that is not exactly one emoji.
    NoEmoji,
    /// The quiet hours are no two different times.
    QuietHours,
    Streams(StreamLimitReached),
    /// The largest that is taken, in bytes.
    FileTooLarge(u64),
    /// A form with files; the largest file that is taken, in bytes.
    FormTooLarge(u64),
    UploadsFull,
    DownloadsFull,
    /// All files together have as many bytes as they may.
    FilesFull,
    /// What the member's files take, and might take, in bytes.
    FileShareFull {
        taken: u64,
        share: u64,
    },
    DiskFull,
    /// The disk failed otherwise.
    Disk,
    NoFile,
    FileGone,
    FileMissing,
    NoFilesForm,
    Socket(SocketError),
    /// The chat takes no files.
    FilesOff,
    /// Of one message.
    TooManyFiles,
    /// There is none, or are several, where one is expected.
    OneFile,
    /// With a text for which there is no form any more, to be copied.
    Unsent(Box<Self>, String),
}

macro_rules! from_causes {
    ($($cause:ident => $variant:ident),*) => {$(
        impl From<$cause> for HttpError {
            fn from(cause: $cause) -> Self {
                Self::$variant(cause)
            }
        }
    )*};
}

from_causes!(
    Refusal => Refused, FormError => Form, BodyError => Body, RoomTextError => RoomText, TitleError => Title,
    NonceError => Nonce, PasswordError => Password, ZoneError => Zone, StreamLimitReached => Streams,
    SocketError => Socket
);

impl From<Overloaded> for HttpError {
    fn from(_: Overloaded) -> Self {
        Refusal::Busy.into()
    }
}

impl HttpError {
    /// Adds a text that was not posted, unless it is blank.
    pub(super) fn with_unsent(self, text: &str) -> Self {
        if text.trim().is_empty() { self } else { Self::Unsent(Box::new(self), text.to_owned()) }
    }

    pub(super) fn status(&self) -> u16 {
        self.row(Language::English.texts()).0
    }

    /// For programs: the `error` of the JSON answer.
    pub(super) fn code(&self) -> &'static str {
        self.row(Language::English.texts()).1
    }

    /// The sentence for people, with a remedy.
    pub(super) fn text(&self, language: Language) -> String {
        self.row(language.texts()).2.into_owned()
    }

    /// The heading of a page that says nothing else.
    pub(super) fn heading(&self, language: Language) -> &'static str {
        let texts = &language.texts().notice;
        match self.status() {
            404 => texts.not_found,
            403 => texts.not_allowed,
            410 => texts.gone,
            503 => texts.not_now,
            _ => texts.did_not_work,
        }
    }

    /// The form's field that it is about.
    pub(super) fn field(&self) -> Option<Field> {
        match self {
            Self::InvalidName(..)
            | Self::NameTaken(..)
            | Self::Refused(Refusal::NameTaken | Refusal::NameLooksTaken) => Some(Field::Username),
            Self::WrongCode | Self::WrongFirstCode | Self::InvalidCode => Some(Field::Code),
            Self::WrongCurrentPassword => Some(Field::Current),
            Self::Password(_) => Some(Field::Password),
            Self::Title(_) => Some(Field::Title),
            Self::Zone(_) => Some(Field::Zone),
            Self::Unsent(cause, _) => cause.field(),
            _ => None,
        }
    }

    /// A free name like the refused one.
    pub(super) fn offer(&self) -> Option<&Username> {
        match self {
            Self::InvalidName(_, offer) => offer.as_deref(),
            Self::NameTaken(_, offer) => Some(offer),
            Self::Unsent(cause, _) => cause.offer(),
            _ => None,
        }
    }

    /// `Retry-After`, if trying again is worth it.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyFailures(wait)
            | Self::TooManyMembers(wait)
            | Self::TooManyMessages(wait)
            | Self::TooManySearches(wait)
            | Self::TooManyRooms(wait)
            | Self::TooManyPairs(wait)
            | Self::TooManyChanges(wait)
            | Self::TooManyHints(wait)
            | Self::TooManyReactions(wait)
            | Self::TooManyFilesSent(wait) => Some(*wait),
            Self::Streams(_)
            | Self::UploadsFull
            | Self::DownloadsFull
            | Self::Disk
            | Self::CutOff
            | Self::Refused(Refusal::NotKept | Refusal::NotRead | Refusal::Busy) => Some(BUSY),
            Self::Unsent(cause, _) => cause.retry_after(),
            _ => None,
        }
    }

    pub(super) fn unsent(&self) -> Option<&str> {
        if let Self::Unsent(_, text) = self { Some(text) } else { None }
    }

    fn row(&self, t: &'static Catalogue) -> Row {
        let (faults, entry) = (&t.faults, &t.entry);
        match self {
            Self::BadRequest(text) => (400, "bad_request", text(faults).into()),
            Self::NotFound => (404, "not_found", faults.not_found.into()),
            Self::Method => (405, "method", faults.method.into()),
            Self::UnknownHost(host) => (421, "unknown_host", (faults.unknown_host)(host).into()),
            Self::Foreign => (403, "foreign_origin", faults.foreign.into()),
            Self::ForeignOrigin => (403, "foreign_origin", faults.foreign_origin.into()),
            Self::Gone => (410, "gone", faults.gone.into()),
            Self::SignedOut => (401, "signed_out", entry.signed_out.into()),
            Self::SignedOutWriting => (401, "signed_out", entry.signed_out_writing.into()),
            Self::WrongPassword => (401, "wrong_password", entry.wrong_password.into()),
            Self::WrongCurrentPassword => (403, "wrong_password", faults.wrong_current_password.into()),
            Self::WrongCode => (403, "wrong_code", entry.wrong_code.into()),
            Self::WrongFirstCode => (403, "wrong_code", entry.wrong_printed_code.into()),
            Self::Closed => (403, "closed", entry.closed.into()),
            Self::InvalidName(error, offer) => {
                (422, "invalid_name", name_error::invalid(&t.names, *error, offer.as_deref()).into())
            }
            Self::NameTaken(refusal, offer) => {
                (409, "name_taken", name_error::taken(&t.names, *refusal, Some(offer)).into())
            }
            Self::InvalidCode => (422, "invalid_code", (t.settings.no_code)(INVITE_CODE_MAX).into()),
            Self::LongQuery => (422, "long_query", faults.long_query.into()),
            Self::NoWords => (422, "no_words", t.search.no_words.into()),
            Self::MessageChanged(_) => (409, "outdated", faults.message_changed.into()),
            Self::WrittenByAnother(now) => {
                (409, "somebody_else", (faults.written_by_another)(now.as_str()).into())
            }
            Self::AnotherMember(now) => (409, "somebody_else", (faults.another_member)(now.as_str()).into()),
            Self::SomeoneElse(name, text) => {
                let name = name.as_ref().map_or(faults.this_member, Username::as_str);
                (409, "someone_else", text(faults)(name).into())
            }
            Self::AnsweredGone => (404, "no_such_message", faults.answered_gone.into()),
            Self::ManyPeople(count, _) => (409, "many_people", (faults.many_people)(*count).into()),
            Self::Outside => (403, "outside", faults.outside.into()),
            Self::NoSuchName => (422, "nobody", faults.nobody.into()),
            Self::TooManyFailures(wait) => slow("too_many_attempts", faults.too_many_attempts, faults, *wait),
            Self::TooManyMembers(wait) => slow("too_many_members", faults.too_many_members, faults, *wait),
            Self::TooManyMessages(wait) => slow("too_many_messages", faults.too_many_messages, faults, *wait),
            Self::TooManySearches(wait) => slow("too_many_searches", faults.too_many_searches, faults, *wait),
            Self::TooManyRooms(wait) => slow("too_many_rooms", faults.too_many_rooms, faults, *wait),
            Self::TooManyPairs(wait) => slow("too_many_rooms", faults.too_many_pairs, faults, *wait),
            Self::TooManyChanges(wait) => slow("too_many_changes", faults.too_many_changes, faults, *wait),
            Self::TooManyHints(wait) => slow("too_many_hints", faults.too_many_hints, faults, *wait),
            Self::TooManyReactions(wait) => {
                slow("too_many_reactions", faults.too_many_reactions, faults, *wait)
            }
            Self::TooManyFilesSent(wait) => {
                slow("too_many_files_sent", faults.too_many_files_sent, faults, *wait)
            }
            Self::Refused(refusal) => refused(t, *refusal),
            Self::CutOff => (503, "cut_off", faults.cut_off.into()),
            Self::Form(error) => form(faults, *error),
            Self::Body(BodyError::Blank) => (422, "blank_message", faults.blank_message.into()),
            Self::Body(BodyError::TooLong(count)) => {
                (422, "long_message", (faults.long_message)(*count, MESSAGE_MAX).into())
            }
            Self::RoomText(RoomTextError::NameEmpty) => {
                (422, "invalid_room", faults.room_without_name.into())
            }
            Self::RoomText(RoomTextError::NameTooLong) => {
                (422, "invalid_room", (faults.long_room_name)(ROOM_NAME_MAX).into())
            }
            Self::RoomText(RoomTextError::TopicTooLong) => {
                (422, "invalid_room", (faults.long_topic)(TOPIC_MAX).into())
            }
            Self::Title(TitleError) => (422, "invalid_title", (t.settings.no_title)(TITLE_MAX).into()),
            Self::Nonce(NonceError) => (422, "invalid_nonce", (faults.no_nonce)(NONCE_MAX).into()),
            Self::Password(PasswordError::TooShort) => {
                (422, "invalid_password", (entry.password_too_short)(PASSWORD_MIN).into())
            }
            Self::Password(PasswordError::TooLong) => {
                (422, "invalid_password", (entry.password_too_long)(PASSWORD_MAX).into())
            }
            Self::NoEmoji => (422, "no_emoji", faults.no_emoji.into()),
            Self::QuietHours => (422, "invalid_quiet_hours", t.notifications.no_quiet_hours.into()),
            Self::Zone(error) => (422, "invalid_zone", zone(faults, error).into()),
            Self::Streams(limit) => streams(faults, *limit),
            Self::FileTooLarge(limit) => (413, "file_too_large", (faults.file_too_large)(limit >> 20).into()),
            Self::FormTooLarge(limit) => (413, "form_too_large", (faults.form_too_large)(limit >> 20).into()),
            Self::UploadsFull => (503, "uploads_full", faults.uploads_full.into()),
            Self::DownloadsFull => (503, "downloads_full", faults.downloads_full.into()),
            Self::DiskFull => (507, "disk_full", faults.disk_full.into()),
            // Only room makes another try worth it, as where a disk's quota is full (RFC 4331, 6); 413 is of a request
            // that is too large by itself.
            Self::FilesFull => (507, "files_full", faults.files_full.into()),
            Self::FileShareFull { taken, share } => file_share_full(t, *taken, *share),
            Self::Disk => (503, "not_kept", faults.not_kept.into()),
            Self::NoFile => (404, "no_such_file", faults.no_file.into()),
            Self::FileGone => (410, "file_gone", faults.file_gone.into()),
            Self::FileMissing => (404, "file_missing", faults.file_missing.into()),
            Self::FilesOff => (403, "files_off", faults.files_off.into()),
            Self::TooManyFiles => (422, "too_many_files", (faults.too_many_files)(FILES_PER_MESSAGE).into()),
            Self::OneFile => (422, "one_file", faults.one_file.into()),
            Self::NoFilesForm => (415, "content_type", faults.no_files_form.into()),
            Self::Socket(error) => socket(faults, *error),
            Self::Unsent(cause, _) => cause.row(t),
        }
    }
}

fn slow(code: &'static str, text: &str, faults: &ErrorTexts, wait: Duration) -> Row {
    let seconds = usize::try_from(wait.as_secs() + 1).unwrap_or(usize::MAX);
    (429, code, [text, &faults.wait.of(seconds)].join(" ").into())
}

fn streams(faults: &ErrorTexts, limit: StreamLimitReached) -> Row {
    match limit {
        StreamLimitReached::MemberFull => (429, "too_many_streams", faults.too_many_streams.into()),
        StreamLimitReached::Full => (503, "streams_full", faults.streams_full.into()),
    }
}

fn file_share_full(t: &'static Catalogue, taken: u64, share: u64) -> Row {
    let [taken_size, share_size] = [taken, share].map(|bytes| t.files.size(bytes));
    let text = match taken {
        0 => (t.faults.file_share_small)(&share_size),
        _ => (t.faults.file_share_full)(&taken_size, &share_size),
    };
    (507, "file_share_full", text.into())
}

fn form(faults: &ErrorTexts, error: FormError) -> Row {
    match error {
        FormError::ContentType => (415, "content_type", faults.content_type.into()),
        FormError::Encoding => (400, "bad_request", faults.encoding.into()),
        FormError::Unknown => (400, "bad_request", faults.unknown_field.into()),
        FormError::Repeated => (400, "bad_request", faults.repeated_field.into()),
        FormError::Id => (400, "bad_request", faults.no_id.into()),
        FormError::Switch => (400, "bad_request", faults.no_switch.into()),
        FormError::TooLong(field, limit) => (422, "long_field", (faults.long_field)(field, limit).into()),
    }
}

fn socket(faults: &ErrorTexts, error: SocketError) -> Row {
    match error {
        SocketError::NotUpgraded => (426, "upgrade_required", faults.not_upgraded.into()),
        SocketError::NoHandshake => (400, "bad_request", faults.no_handshake.into()),
        SocketError::NotJson => (415, "content_type", faults.not_json.into()),
        SocketError::NoCommand => (400, "bad_request", faults.no_command.into()),
        SocketError::UnknownCommand => (422, "unknown_command", faults.unknown_command.into()),
        SocketError::Tag => (400, "bad_request", faults.no_tag.into()),
        SocketError::Value => (400, "bad_request", faults.no_value.into()),
    }
}

fn zone(faults: &ErrorTexts, error: &ZoneError) -> String {
    match error {
        ZoneError::Unknown(near) if near.is_empty() => (faults.unknown_zone)(faults.zone_hint),
        ZoneError::Unknown(near) => (faults.unknown_zone)(&(faults.did_you_mean)(&near.join(", "))),
        ZoneError::Ambiguous(short, zones) => {
            (faults.ambiguous_zone)(short, &(faults.did_you_mean)(&zones.join(", ")))
        }
        ZoneError::NoOffset => faults.no_offset.to_owned(),
    }
}

fn refused(t: &'static Catalogue, refusal: Refusal) -> Row {
    let faults = &t.faults;
    match refusal {
        Refusal::NameTaken | Refusal::NameLooksTaken => {
            (409, "name_taken", name_error::taken(&t.names, refusal, None).into())
        }
        Refusal::RoomNameMixed(_) => (422, "invalid_room", t.names.room_mixed.into()),
        Refusal::RoomNameReserved => (422, "invalid_room", t.names.room_reserved.into()),
        Refusal::RoomLooksTaken => (409, "room_taken", t.names.room_looks_taken.into()),
        Refusal::MembersFull => (503, "members_full", faults.members_full.into()),
        Refusal::SessionsFull => (503, "sessions_full", faults.sessions_full.into()),
        Refusal::NonceReused => (409, "nonce_reused", faults.nonce_reused.into()),
        // The session stood when the request came, or ended with its member's removal.
        Refusal::NotAMember => (401, "removed", t.removal.told.into()),
        Refusal::NoSuchMember => (404, "no_such_member", faults.nobody.into()),
        Refusal::NoSuchRoom => (404, "not_found", faults.not_found.into()),
        Refusal::NoSuchMessage => (404, "no_such_message", faults.no_such_message.into()),
        Refusal::NotTheirs => (403, "not_yours", faults.not_yours.into()),
        Refusal::OwnersOnly => (403, "owners_only", t.settings.owners_only.into()),
        Refusal::Outdated => (409, "outdated", faults.outdated.into()),
        Refusal::PartnerGone => (403, "partner_gone", faults.partner_gone.into()),
        Refusal::LastOwner => (409, "last_owner", t.settings.last_owner.into()),
        Refusal::RoomsFull => (503, "rooms_full", faults.rooms_full.into()),
        Refusal::OwnRoomsFull(count) => (409, "own_rooms_full", (faults.own_rooms_full)(count).into()),
        Refusal::RoomShareFull(count) => (409, "own_rooms_full", (faults.room_share_full)(count).into()),
        Refusal::ConversationShareFull => {
            (409, "own_conversations_full", faults.own_conversations_full.into())
        }
        Refusal::MembershipShareFull => (409, "own_memberships_full", faults.own_memberships_full.into()),
        Refusal::TheirMembershipShareFull => {
            (409, "their_memberships_full", faults.their_memberships_full.into())
        }
        Refusal::MembershipsFull => (503, "memberships_full", faults.memberships_full.into()),
        Refusal::RoomFull => (409, "room_full", faults.room_full.into()),
        Refusal::NoSuchFile => (404, "no_such_file", faults.no_file.into()),
        Refusal::UnsentFilesFull => (409, "unsent_files_full", faults.unsent_files_full.into()),
        Refusal::EmojiFull => (409, "reactions_full", (faults.emoji_full)(EMOJI_PER_MESSAGE).into()),
        Refusal::ReactionsFull => {
            (409, "reactions_full", (faults.reactions_full)(REACTIONS_PER_MESSAGE).into())
        }
        Refusal::PinsFull => (409, "pins_full", (faults.pins_full)(PINS_MAX).into()),
        Refusal::NotKept => (503, "not_kept", faults.not_kept.into()),
        Refusal::NotRead => (503, "not_read", faults.not_read.into()),
        Refusal::ResetOver => (410, "reset_over", faults.reset_over.into()),
        Refusal::Busy => (503, "busy", faults.busy.into()),
    }
}
