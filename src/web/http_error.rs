//! What goes wrong for a visitor: one table from cause to status, code and words.

use std::time::Duration;

use crate::chat::{
    BodyError, INVITE_CODE_MAX, MESSAGE_MAX, NONCE_MAX, NonceError, ROOM_NAME_MAX, Refusal, RoomTextError,
    TITLE_MAX, TOPIC_MAX, TitleError, Username,
};
use crate::fair::Overloaded;
use crate::secrets::{PASSWORD_MAX, PASSWORD_MIN, PasswordError};
use crate::text::{Catalogue, ErrorTexts, Language, Sentence};
use crate::time_zone::ZoneError;
use crate::views::sign_in::Field;

/// A sentence without arguments.
pub(super) type ErrorSentence = fn(&'static ErrorTexts) -> &'static str;

/// The sentence that someone of this name is another member now.
pub(super) type SomeoneElse = fn(&'static ErrorTexts) -> fn(&str) -> String;

/// A request that is not done, and why.
#[derive(Debug)]
pub(super) struct HttpError {
    pub(super) status: u16,
    /// For programs: the `error` of the JSON answer.
    pub(super) error: &'static str,
    /// For people.
    detail: Sentence,
    /// The form's field that it is about.
    pub(super) field: Option<Field>,
    /// A name to take instead.
    pub(super) offer: Option<Box<Username>>,
    /// When it is worth trying again.
    pub(super) retry_after: Option<Duration>,
    /// A text for which there is no form any more, to be copied.
    pub(super) unsent: Option<String>,
}

/// The `error` of a nonce that stands for another message: the one after which a form needs a new one.
pub(super) const NONCE_REUSED: &str = "nonce_reused";
/// The `error` of a change of something that was changed meanwhile.
pub(super) const OUTDATED: &str = "outdated";
/// The `error` of a form for someone whose name is another's now: the one that may not come back as a form.
pub(super) const SOMEONE_ELSE: &str = "someone_else";
/// The `error` of a sign-in with a wrong name or password.
pub(super) const WRONG_PASSWORD: &str = "wrong_password";
/// How long to wait when the server is busy.
const BUSY: Duration = Duration::from_secs(2);

impl HttpError {
    pub(super) fn new<T: Into<String>>(
        status: u16,
        error: &'static str,
        text: impl Fn(&'static Catalogue) -> T + Send + Sync + 'static,
    ) -> Self {
        Self {
            status,
            error,
            detail: Sentence::new(text),
            field: None,
            offer: None,
            retry_after: None,
            unsent: None,
        }
    }

    /// What is wrong, and what to do.
    pub(super) fn text(&self, language: Language) -> String {
        self.detail.to(language)
    }

    pub(super) fn beside(self, field: Field) -> Self {
        Self { field: Some(field), ..self }
    }

    pub(super) fn offering(self, offer: Option<Username>) -> Self {
        Self { offer: offer.map(Box::new), ..self }
    }

    fn later(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// Gives back a text that was to be said.
    pub(super) fn with_unsent(self, text: &str) -> Self {
        Self { unsent: Some(text.to_owned()).filter(|text| !text.trim().is_empty()), ..self }
    }

    pub(super) fn bad_request(text: ErrorSentence) -> Self {
        Self::new(400, "bad_request", move |t| text(&t.faults))
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found", |t| t.faults.not_found)
    }

    pub(super) fn no_such_message() -> Self {
        Self::new(404, "no_such_message", |t| t.faults.no_such_message)
    }

    pub(super) fn message_changed() -> Self {
        Self::new(409, OUTDATED, |t| t.faults.message_changed)
    }

    pub(super) fn gone() -> Self {
        Self::new(410, "gone", |t| t.faults.gone)
    }

    pub(super) fn method() -> Self {
        Self::new(405, "method", |t| t.faults.method)
    }

    /// DNS rebinding, or a name that nobody has told us. What was asked for is shown as it came.
    pub(super) fn unknown_host(host: &str) -> Self {
        let host = host.to_owned();
        Self::new(421, "unknown_host", move |t| (t.faults.unknown_host)(&host))
    }

    pub(super) fn foreign() -> Self {
        Self::new(403, "foreign_origin", |t| t.faults.foreign)
    }

    /// A foreign origin that may be the chat's own, behind a proxy that does not say how it was reached.
    pub(super) fn foreign_origin() -> Self {
        Self::new(403, "foreign_origin", |t| t.faults.foreign_origin)
    }

    pub(super) fn signed_out() -> Self {
        Self::new(401, "signed_out", |t| t.entry.signed_out)
    }

    /// The session ended with its member's removal.
    pub(super) fn removed() -> Self {
        Self::new(401, "removed", |t| t.removal.told)
    }

    pub(super) fn signed_out_writing() -> Self {
        Self::new(401, "signed_out", |t| t.entry.signed_out_writing)
    }

    pub(super) fn wrong_password() -> Self {
        Self::new(401, WRONG_PASSWORD, |t| t.entry.wrong_password)
    }

    pub(super) fn wrong_code() -> Self {
        Self::new(403, "wrong_code", |t| t.entry.wrong_code).beside(Field::Code)
    }

    pub(super) fn wrong_first_code() -> Self {
        Self::new(403, "wrong_code", |t| t.entry.wrong_printed_code).beside(Field::Code)
    }

    pub(super) fn closed() -> Self {
        Self::new(403, "closed", |t| t.entry.closed)
    }

    pub(super) fn wrong_current_password() -> Self {
        Self::new(403, WRONG_PASSWORD, |t| t.faults.wrong_current_password).beside(Field::Current)
    }

    pub(super) fn unknown_zone(fault: ZoneError) -> Self {
        Self::new(422, "invalid_zone", move |t| match &fault {
            ZoneError::Unknown(near) => {
                let hint = if near.is_empty() {
                    t.faults.zone_hint.to_owned()
                } else {
                    (t.faults.did_you_mean)(&near.join(", "))
                };
                (t.faults.unknown_zone)(&hint)
            }
            ZoneError::Ambiguous(short, zones) => {
                (t.faults.ambiguous_zone)(short, &(t.faults.did_you_mean)(&zones.join(", ")))
            }
            ZoneError::NoOffset => t.faults.no_offset.to_owned(),
        })
    }

    pub(super) fn no_code() -> Self {
        Self::new(422, "invalid_code", |t| (t.settings.no_code)(INVITE_CODE_MAX)).beside(Field::Code)
    }

    pub(super) fn long_query() -> Self {
        Self::new(422, "long_query", |t| t.faults.long_query)
    }

    pub(super) fn no_words() -> Self {
        Self::new(422, "no_words", |t| t.search.no_words)
    }

    pub(super) fn no_day() -> Self {
        Self::bad_request(|t| t.no_day)
    }

    fn owners_only() -> Self {
        Self::new(403, "owners_only", |t| t.settings.owners_only)
    }

    pub(super) fn too_many_failures(wait: Duration) -> Self {
        Self::slow_down("too_many_attempts", |t| t.too_many_attempts, wait)
    }

    pub(super) fn too_many_members(wait: Duration) -> Self {
        Self::slow_down("too_many_members", |t| t.too_many_members, wait)
    }

    pub(super) fn too_many_messages(wait: Duration) -> Self {
        Self::slow_down("too_many_messages", |t| t.too_many_messages, wait)
    }

    pub(super) fn too_many_searches(wait: Duration) -> Self {
        Self::slow_down("too_many_searches", |t| t.too_many_searches, wait)
    }

    pub(super) fn too_many_rooms(wait: Duration) -> Self {
        Self::slow_down("too_many_rooms", |t| t.too_many_rooms, wait)
    }

    pub(super) fn too_many_pairs(wait: Duration) -> Self {
        Self::slow_down("too_many_rooms", |t| t.too_many_pairs, wait)
    }

    pub(super) fn too_many_changes(wait: Duration) -> Self {
        Self::slow_down("too_many_changes", |t| t.too_many_changes, wait)
    }

    pub(super) fn too_many_hints(wait: Duration) -> Self {
        Self::slow_down("too_many_hints", |t| t.too_many_hints, wait)
    }

    pub(super) fn somebody_else(now: &Username) -> Self {
        let now = now.clone();
        Self::new(409, "somebody_else", move |t| (t.faults.written_by_another)(now.as_str()))
    }

    /// `name`: if it is known. `text` says what became of what was asked for as well.
    pub(super) fn someone_else(name: Option<&Username>, text: SomeoneElse) -> Self {
        let name = name.cloned();
        Self::new(409, SOMEONE_ELSE, move |t| {
            text(&t.faults)(name.as_ref().map_or(t.faults.this_member, Username::as_str))
        })
    }

    pub(super) fn outside() -> Self {
        Self::new(403, "outside", |t| t.faults.outside)
    }

    pub(super) fn nobody() -> Self {
        Self::new(422, "nobody", |t| t.faults.nobody)
    }

    pub(super) fn too_many_streams() -> Self {
        Self::new(429, "too_many_streams", |t| t.faults.too_many_streams).later(BUSY)
    }

    pub(super) fn streams_full() -> Self {
        Self::new(503, "streams_full", |t| t.faults.streams_full).later(BUSY)
    }

    fn slow_down(error: &'static str, what: ErrorSentence, wait: Duration) -> Self {
        let seconds = usize::try_from(wait.as_secs() + 1).unwrap_or(usize::MAX);
        Self::new(429, error, move |t| [what(&t.faults), &t.faults.wait.of(seconds)].join(" ")).later(wait)
    }
}

impl From<PasswordError> for HttpError {
    fn from(fault: PasswordError) -> Self {
        let fault = Self::new(422, "invalid_password", move |t| match fault {
            PasswordError::TooShort => (t.entry.password_too_short)(PASSWORD_MIN),
            PasswordError::TooLong => (t.entry.password_too_long)(PASSWORD_MAX),
        });
        fault.beside(Field::Password)
    }
}

impl From<BodyError> for HttpError {
    fn from(fault: BodyError) -> Self {
        match fault {
            BodyError::Blank => Self::new(422, "blank_message", |t| t.faults.blank_message),
            BodyError::TooLong(count) => {
                Self::new(422, "long_message", move |t| (t.faults.long_message)(count, MESSAGE_MAX))
            }
        }
    }
}

impl From<RoomTextError> for HttpError {
    fn from(fault: RoomTextError) -> Self {
        const ERROR: &str = "invalid_room";
        match fault {
            RoomTextError::NameEmpty => Self::new(422, ERROR, |t| t.faults.room_without_name),
            RoomTextError::NameTooLong => Self::new(422, ERROR, |t| (t.faults.long_room_name)(ROOM_NAME_MAX)),
            RoomTextError::TopicTooLong => Self::new(422, ERROR, |t| (t.faults.long_topic)(TOPIC_MAX)),
        }
    }
}

impl From<TitleError> for HttpError {
    fn from(_: TitleError) -> Self {
        Self::new(422, "invalid_title", |t| (t.settings.no_title)(TITLE_MAX)).beside(Field::Title)
    }
}

impl From<NonceError> for HttpError {
    fn from(_: NonceError) -> Self {
        Self::new(422, "invalid_nonce", |t| (t.faults.no_nonce)(NONCE_MAX))
    }
}

impl From<Overloaded> for HttpError {
    fn from(_: Overloaded) -> Self {
        Self::new(503, "busy", |t| t.faults.busy).later(BUSY)
    }
}

impl From<Refusal> for HttpError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NameTaken | Refusal::NameLooksTaken => Self::name_taken(refusal, None),
            Refusal::RoomNameMixed(_) | Refusal::RoomNameReserved | Refusal::RoomLooksTaken => {
                Self::room_name(refusal)
            }
            Refusal::MembersFull => Self::new(503, "members_full", |t| t.faults.members_full),
            Refusal::SessionsFull => Self::new(503, "sessions_full", |t| t.faults.sessions_full),
            Refusal::NonceReused => Self::new(409, NONCE_REUSED, |t| t.faults.nonce_reused),
            // The session stood when the request came.
            Refusal::NotAMember => Self::removed(),
            Refusal::NoSuchMember => Self::new(404, "no_such_member", |t| t.faults.nobody),
            Refusal::NoSuchRoom => Self::not_found(),
            Refusal::NoSuchMessage => Self::no_such_message(),
            Refusal::NotTheirs => Self::new(403, "not_yours", |t| t.faults.not_yours),
            Refusal::OwnersOnly => Self::owners_only(),
            Refusal::Outdated => Self::new(409, OUTDATED, |t| t.faults.outdated),
            Refusal::PartnerGone => Self::new(403, "partner_gone", |t| t.faults.partner_gone),
            Refusal::LastOwner => Self::new(409, "last_owner", |t| t.settings.last_owner),
            Refusal::RoomsFull => Self::new(503, "rooms_full", |t| t.faults.rooms_full),
            Refusal::OwnRoomsFull(count) => {
                Self::new(409, "own_rooms_full", move |t| (t.faults.own_rooms_full)(count))
            }
            Refusal::RoomShareFull(count) => {
                Self::new(409, "own_rooms_full", move |t| (t.faults.room_share_full)(count))
            }
            Refusal::ConversationShareFull => {
                Self::new(409, "own_conversations_full", |t| t.faults.own_conversations_full)
            }
            Refusal::MembershipShareFull => {
                Self::new(409, "own_memberships_full", |t| t.faults.own_memberships_full)
            }
            Refusal::TheirMembershipShareFull => {
                Self::new(409, "their_memberships_full", |t| t.faults.their_memberships_full)
            }
            Refusal::MembershipsFull => Self::new(503, "memberships_full", |t| t.faults.memberships_full),
            Refusal::RoomFull => Self::new(409, "room_full", |t| t.faults.room_full),
            Refusal::NotKept => Self::new(503, "not_kept", |t| t.faults.not_kept).later(BUSY),
            Refusal::NotRead => Self::new(503, "not_read", |t| t.faults.not_read).later(BUSY),
            Refusal::ResetOver => Self::new(410, "reset_over", |t| t.faults.reset_over),
            Refusal::Busy => Overloaded.into(),
        }
    }
}
