//! What goes wrong for a visitor: one table from cause to status, code and words.

use std::time::Duration;

use crate::chat::{
    BodyFault, INVITE_CODE_MAX, MESSAGE_MAX, NONCE_MAX, NonceFault, ROOM_NAME_MAX, Refusal, RoomFault,
    TITLE_MAX, TOPIC_MAX, TitleFault, Username,
};
use crate::fair::Overloaded;
use crate::secrets::{PASSWORD_MAX, PASSWORD_MIN, PasswordFault};
use crate::settings::ZoneFault;
use crate::text::{Faults, Language, Sentence};
use crate::views::entry::Field;

/// A sentence without arguments.
pub(super) type Text = fn(&'static Faults) -> &'static str;

/// The sentence that someone of this name is another member now.
pub(super) type SomeoneElse = fn(&'static Faults) -> fn(&str) -> String;

/// A request that is not done, and why.
#[derive(Debug)]
pub(super) struct Fault {
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

impl Fault {
    pub(super) fn new(status: u16, error: &'static str, detail: impl Into<Sentence>) -> Self {
        Self {
            status,
            error,
            detail: detail.into(),
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

    /// One whose text is a sentence of the catalogue.
    pub(super) fn told(status: u16, error: &'static str, text: Text) -> Self {
        Self::new(status, error, Sentence::new(move |texts| text(&texts.faults).to_owned()))
    }

    /// One whose text is made of one.
    pub(super) fn made(
        status: u16,
        error: &'static str,
        text: impl Fn(&'static Faults) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::new(status, error, Sentence::new(move |texts| text(&texts.faults)))
    }

    pub(super) fn bad_request(text: Text) -> Self {
        Self::told(400, "bad_request", text)
    }

    pub(super) fn not_found() -> Self {
        Self::told(404, "not_found", |t| t.not_found)
    }

    pub(super) fn no_such_message() -> Self {
        Self::told(404, "no_such_message", |t| t.no_such_message)
    }

    pub(super) fn message_changed() -> Self {
        Self::told(409, OUTDATED, |t| t.message_changed)
    }

    pub(super) fn gone() -> Self {
        Self::told(410, "gone", |t| t.gone)
    }

    pub(super) fn method() -> Self {
        Self::told(405, "method", |t| t.method)
    }

    /// DNS rebinding, or a name that nobody has told us. What was asked for is shown as it came.
    pub(super) fn unknown_host(host: &str) -> Self {
        let host = host.to_owned();
        Self::made(421, "unknown_host", move |t| (t.unknown_host)(&host))
    }

    pub(super) fn foreign() -> Self {
        Self::told(403, "foreign_origin", |t| t.foreign)
    }

    /// The same where the chat may be wrong: behind a proxy that does not say how it was reached.
    pub(super) fn foreign_origin() -> Self {
        Self::told(403, "foreign_origin", |t| t.foreign_origin)
    }

    pub(super) fn signed_out() -> Self {
        Self::new(401, "signed_out", Sentence::new(|texts| texts.entry.signed_out.into()))
    }

    /// The session ended with its member's removal.
    pub(super) fn removed() -> Self {
        Self::new(401, "removed", Sentence::new(|texts| texts.removal.told.into()))
    }

    pub(super) fn signed_out_writing() -> Self {
        Self::new(401, "signed_out", Sentence::new(|texts| texts.entry.signed_out_writing.into()))
    }

    pub(super) fn wrong_password() -> Self {
        Self::new(401, WRONG_PASSWORD, Sentence::new(|texts| texts.entry.wrong_password.into()))
    }

    pub(super) fn wrong_code() -> Self {
        Self::new(403, "wrong_code", Sentence::new(|texts| texts.entry.wrong_code.into())).beside(Field::Code)
    }

    pub(super) fn wrong_first_code() -> Self {
        let detail = Sentence::new(|texts| texts.entry.wrong_printed_code.into());
        Self::new(403, "wrong_code", detail).beside(Field::Code)
    }

    pub(super) fn closed() -> Self {
        Self::new(403, "closed", Sentence::new(|texts| texts.entry.closed.into()))
    }

    pub(super) fn wrong_current_password() -> Self {
        Self::told(403, WRONG_PASSWORD, |t| t.wrong_current_password).beside(Field::Current)
    }

    pub(super) fn unknown_zone(fault: ZoneFault) -> Self {
        Self::made(422, "invalid_zone", move |t| match &fault {
            ZoneFault::Unknown(near) => {
                let hint =
                    if near.is_empty() { t.zone_hint.to_owned() } else { (t.did_you_mean)(&near.join(", ")) };
                (t.unknown_zone)(&hint)
            }
            ZoneFault::Ambiguous(short, zones) => {
                (t.ambiguous_zone)(short, &(t.did_you_mean)(&zones.join(", ")))
            }
            ZoneFault::NoOffset => t.no_offset.to_owned(),
        })
    }

    pub(super) fn no_code() -> Self {
        let detail = Sentence::new(|texts| (texts.settings.no_code)(INVITE_CODE_MAX));
        Self::new(422, "invalid_code", detail).beside(Field::Code)
    }

    pub(super) fn long_query() -> Self {
        Self::told(422, "long_query", |t| t.long_query)
    }

    pub(super) fn no_words() -> Self {
        Self::new(422, "no_words", Sentence::new(|texts| texts.search.no_words.to_owned()))
    }

    pub(super) fn no_day() -> Self {
        Self::bad_request(|t| t.no_day)
    }

    fn owners_only() -> Self {
        Self::new(403, "owners_only", Sentence::new(|texts| texts.settings.owners_only.into()))
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
        Self::made(409, "somebody_else", move |t| (t.written_by_another)(now.as_str()))
    }

    /// `name`: if it is known. `text` says what became of what was asked for as well.
    pub(super) fn someone_else(name: Option<&Username>, text: SomeoneElse) -> Self {
        let name = name.cloned();
        Self::made(409, SOMEONE_ELSE, move |t| text(t)(name.as_ref().map_or(t.this_member, Username::as_str)))
    }

    pub(super) fn outside() -> Self {
        Self::told(403, "outside", |t| t.outside)
    }

    pub(super) fn nobody() -> Self {
        Self::told(422, "nobody", |t| t.nobody)
    }

    pub(super) fn too_many_streams() -> Self {
        Self::told(429, "too_many_streams", |t| t.too_many_streams).later(BUSY)
    }

    pub(super) fn streams_full() -> Self {
        Self::told(503, "streams_full", |t| t.streams_full).later(BUSY)
    }

    fn slow_down(error: &'static str, what: Text, wait: Duration) -> Self {
        let seconds = usize::try_from(wait.as_secs() + 1).unwrap_or(usize::MAX);
        Self::made(429, error, move |t| [what(t), &t.wait.of(seconds)].join(" ")).later(wait)
    }
}

impl From<PasswordFault> for Fault {
    fn from(fault: PasswordFault) -> Self {
        let detail = Sentence::new(move |texts| match fault {
            PasswordFault::TooShort => (texts.entry.password_too_short)(PASSWORD_MIN),
            PasswordFault::TooLong => (texts.entry.password_too_long)(PASSWORD_MAX),
        });
        Self::new(422, "invalid_password", detail).beside(Field::Password)
    }
}

impl From<BodyFault> for Fault {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::Blank => Self::told(422, "blank_message", |t| t.blank_message),
            BodyFault::TooLong(count) => {
                Self::made(422, "long_message", move |t| (t.long_message)(count, MESSAGE_MAX))
            }
        }
    }
}

impl From<RoomFault> for Fault {
    fn from(fault: RoomFault) -> Self {
        const ERROR: &str = "invalid_room";
        match fault {
            RoomFault::NameEmpty => Self::told(422, ERROR, |t| t.room_without_name),
            RoomFault::NameTooLong => Self::made(422, ERROR, |t| (t.long_room_name)(ROOM_NAME_MAX)),
            RoomFault::TopicTooLong => Self::made(422, ERROR, |t| (t.long_topic)(TOPIC_MAX)),
        }
    }
}

impl From<TitleFault> for Fault {
    fn from(_: TitleFault) -> Self {
        let detail = Sentence::new(|texts| (texts.settings.no_title)(TITLE_MAX));
        Self::new(422, "invalid_title", detail).beside(Field::Title)
    }
}

impl From<NonceFault> for Fault {
    fn from(_: NonceFault) -> Self {
        Self::made(422, "invalid_nonce", |t| (t.no_nonce)(NONCE_MAX))
    }
}

impl From<Overloaded> for Fault {
    fn from(_: Overloaded) -> Self {
        Self::told(503, "busy", |t| t.busy).later(BUSY)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NameTaken | Refusal::NameLooksTaken => Self::name_taken(refusal, None),
            Refusal::RoomNameMixed(_) | Refusal::RoomNameReserved | Refusal::RoomLooksTaken => {
                Self::room_name(refusal)
            }
            Refusal::MembersFull => Self::told(503, "members_full", |t| t.members_full),
            Refusal::SessionsFull => Self::told(503, "sessions_full", |t| t.sessions_full),
            Refusal::NonceReused => Self::told(409, NONCE_REUSED, |t| t.nonce_reused),
            // The session stood when the request came.
            Refusal::NotAMember => Self::removed(),
            Refusal::NoSuchMember => Self::told(404, "no_such_member", |t| t.nobody),
            Refusal::NoSuchRoom => Self::not_found(),
            Refusal::NoSuchMessage => Self::no_such_message(),
            Refusal::NotTheirs => Self::told(403, "not_yours", |t| t.not_yours),
            Refusal::OwnersOnly => Self::owners_only(),
            Refusal::Outdated => Self::told(409, OUTDATED, |t| t.outdated),
            Refusal::PartnerGone => Self::told(403, "partner_gone", |t| t.partner_gone),
            Refusal::LastOwner => {
                Self::new(409, "last_owner", Sentence::new(|texts| texts.settings.last_owner.into()))
            }
            Refusal::RoomsFull => Self::told(503, "rooms_full", |t| t.rooms_full),
            Refusal::OwnRoomsFull(count) => {
                Self::made(409, "own_rooms_full", move |t| (t.own_rooms_full)(count))
            }
            Refusal::RoomShareFull(count) => {
                Self::made(409, "own_rooms_full", move |t| (t.room_share_full)(count))
            }
            Refusal::ConversationShareFull => {
                Self::told(409, "own_conversations_full", |t| t.own_conversations_full)
            }
            Refusal::MembershipShareFull => {
                Self::told(409, "own_memberships_full", |t| t.own_memberships_full)
            }
            Refusal::TheirMembershipShareFull => {
                Self::told(409, "their_memberships_full", |t| t.their_memberships_full)
            }
            Refusal::MembershipsFull => Self::told(503, "memberships_full", |t| t.memberships_full),
            Refusal::RoomFull => Self::told(409, "room_full", |t| t.room_full),
            Refusal::NotKept => Self::told(503, "not_kept", |t| t.not_kept).later(BUSY),
            Refusal::NotRead => Self::told(503, "not_read", |t| t.not_read).later(BUSY),
            Refusal::ResetOver => Self::told(410, "reset_over", |t| t.reset_over),
            Refusal::Busy => Overloaded.into(),
        }
    }
}
