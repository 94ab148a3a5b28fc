//! What goes wrong for a visitor: one table from cause to status, code and words.

use std::time::Duration;

use crate::chat::{
    BodyFault, INVITE_CODE_MAX, MESSAGE_MAX, NONCE_MAX, NonceFault, ROOM_NAME_MAX, Refusal, RoomFault,
    TITLE_MAX, TOPIC_MAX, TitleFault, Username,
};
use crate::fair::Overloaded;
use crate::secrets::{PASSWORD_MAX, PASSWORD_MIN, PasswordFault};
use crate::text::{Language, Sentence};
use crate::views::entry::Field;

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

    pub(super) fn bad_request(detail: &'static str) -> Self {
        Self::new(400, "bad_request", detail)
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "not_found", "There is no such page.")
    }

    pub(super) fn no_such_message() -> Self {
        Self::new(404, "no_such_message", "There is no such message. It may have been removed.")
    }

    pub(super) fn message_changed() -> Self {
        let detail = "This message was changed meanwhile. Compare the two texts, then save yours again to replace what it says now.";
        Self::new(409, OUTDATED, detail)
    }

    pub(super) fn gone() -> Self {
        Self::new(
            410,
            "gone",
            "Messages after that one, or changes of those before, are not known any more. Ask without after.",
        )
    }

    pub(super) fn method() -> Self {
        Self::new(405, "method", "This page cannot be asked for in that way.")
    }

    /// DNS rebinding, or a name that nobody has told us. What was asked for is shown as it came.
    pub(super) fn unknown_host(host: &str) -> Self {
        Self::new(
            421,
            "unknown_host",
            format!(
                "This chat does not answer to the name {host}. If it is yours, start snug with --host {host}."
            ),
        )
    }

    pub(super) fn foreign() -> Self {
        Self::new(
            403,
            "foreign_origin",
            "This came from another site, so nothing was changed. Open the chat itself and try again.",
        )
    }

    /// The same where the chat may be wrong: behind a proxy that does not say how it was reached.
    pub(super) fn foreign_origin() -> Self {
        Self::new(
            403,
            "foreign_origin",
            "This seems to have come from another site, so nothing was changed. If you sent it from the chat itself, \
             tell the person who runs it: snug's console says what to set.",
        )
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
        Self::new(403, WRONG_PASSWORD, "This is not your password so far.").beside(Field::Current)
    }

    pub(super) fn unknown_zone(why: &str) -> Self {
        let (first, rest) = why.split_at_checked(1).unwrap_or_default();
        let end = if why.ends_with('?') { "" } else { "." };
        Self::new(422, "invalid_zone", format!("{}{rest}{end}", first.to_ascii_uppercase()))
    }

    pub(super) fn no_code() -> Self {
        let detail = Sentence::new(|texts| (texts.settings.no_code)(INVITE_CODE_MAX));
        Self::new(422, "invalid_code", detail).beside(Field::Code)
    }

    pub(super) fn long_query() -> Self {
        Self::new(422, "long_query", "This is more than can be searched for at once.")
    }

    pub(super) fn no_words() -> Self {
        Self::new(422, "no_words", Sentence::new(|texts| texts.search.no_words.to_owned()))
    }

    pub(super) fn no_day() -> Self {
        Self::bad_request("A day is written as 2026-12-31.")
    }

    fn owners_only() -> Self {
        Self::new(403, "owners_only", Sentence::new(|texts| texts.settings.owners_only.into()))
    }

    pub(super) fn too_many_failures(wait: Duration) -> Self {
        Self::slow_down("too_many_attempts", "Too many attempts.", wait)
    }

    pub(super) fn too_many_members(wait: Duration) -> Self {
        Self::slow_down("too_many_members", "Many people registered from your network just now.", wait)
    }

    pub(super) fn too_many_messages(wait: Duration) -> Self {
        Self::slow_down("too_many_messages", "Too many messages at once.", wait)
    }

    pub(super) fn too_many_searches(wait: Duration) -> Self {
        Self::slow_down("too_many_searches", "Too many searches at once.", wait)
    }

    pub(super) fn too_many_rooms(wait: Duration) -> Self {
        Self::slow_down("too_many_rooms", "Too many new rooms at once.", wait)
    }

    pub(super) fn too_many_pairs(wait: Duration) -> Self {
        Self::slow_down("too_many_rooms", "Too many new conversations at once.", wait)
    }

    pub(super) fn too_many_changes(wait: Duration) -> Self {
        Self::slow_down("too_many_changes", "Too many changes at once.", wait)
    }

    pub(super) fn too_many_hints(wait: Duration) -> Self {
        Self::slow_down("too_many_hints", "Too many read markers or typing hints at once.", wait)
    }

    pub(super) fn somebody_else(now: &Username) -> Self {
        let detail = format!("This was written by somebody else: you are signed in as {} now.", now.as_str());
        Self::new(409, "somebody_else", detail)
    }

    /// `outcome`: what became of what was asked for.
    pub(super) fn someone_else(name: &str, outcome: &str) -> Self {
        Self::new(409, SOMEONE_ELSE, format!("{name} is someone else now. {outcome}"))
    }

    pub(super) fn outside() -> Self {
        Self::new(403, "outside", "Join the room first, to write in it.")
    }

    pub(super) fn nobody() -> Self {
        Self::new(422, "nobody", "Nobody here has that name.")
    }

    pub(super) fn too_many_streams() -> Self {
        Self::new(429, "too_many_streams", "You have this chat open in too many places at once.").later(BUSY)
    }

    pub(super) fn streams_full() -> Self {
        Self::new(503, "streams_full", "Too many people watch this chat live right now.").later(BUSY)
    }

    fn slow_down(error: &'static str, what: &str, wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let unit = if seconds == 1 { "second" } else { "seconds" };
        let detail = format!("{what} Wait {seconds} {unit}, then try again.");
        Self::new(429, error, detail).later(wait)
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
            BodyFault::Blank => Self::new(422, "blank_message", "Write something first."),
            BodyFault::TooLong(count) => {
                let detail = format!("A message has up to {MESSAGE_MAX} characters; this one has {count}.");
                Self::new(422, "long_message", detail)
            }
        }
    }
}

impl From<RoomFault> for Fault {
    fn from(fault: RoomFault) -> Self {
        let detail = match fault {
            RoomFault::NameEmpty => "Give the room a name.".into(),
            RoomFault::NameTooLong => format!("A room's name has up to {ROOM_NAME_MAX} characters."),
            RoomFault::TopicTooLong => format!("A topic has up to {TOPIC_MAX} characters."),
        };
        Self::new(422, "invalid_room", detail)
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
        Self::new(422, "invalid_nonce", format!("The nonce has 1 to {NONCE_MAX} letters, digits, _ or -."))
    }
}

impl From<Overloaded> for Fault {
    fn from(_: Overloaded) -> Self {
        Self::new(503, "busy", "Very many people want this at once. Try again in a moment.").later(BUSY)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NameTaken | Refusal::NameLooksTaken => Self::name_taken(refusal, None),
            Refusal::RoomNameMixed(_) | Refusal::RoomNameReserved | Refusal::RoomLooksTaken => {
                Self::room_name(refusal)
            }
            Refusal::MembersFull => Self::new(
                503,
                "members_full",
                "This chat has as many members as it takes. Tell whoever runs it.",
            ),
            Refusal::SessionsFull => Self::new(
                503,
                "sessions_full",
                "This chat has as many open sessions as it takes. Tell whoever runs it.",
            ),
            Refusal::NonceReused => Self::new(
                409,
                NONCE_REUSED,
                "Your earlier message was sent. This one is different: send it again to post it too.",
            ),
            // The session stood when the request came.
            Refusal::NotAMember => Self::removed(),
            Refusal::NoSuchMember => Self::new(404, "no_such_member", "Nobody here has that name."),
            Refusal::NoSuchRoom => Self::not_found(),
            Refusal::NoSuchMessage => Self::no_such_message(),
            Refusal::NotTheirs => Self::new(403, "not_yours", "This is not yours to decide."),
            Refusal::OwnersOnly => Self::owners_only(),
            Refusal::Outdated => Self::new(
                409,
                OUTDATED,
                "Someone else changed this meanwhile. Check what it is now, then try again.",
            ),
            Refusal::PartnerGone => Self::new(
                403,
                "partner_gone",
                "This conversation is over: the other one is not a member any more.",
            ),
            Refusal::LastOwner => {
                Self::new(409, "last_owner", Sentence::new(|texts| texts.settings.last_owner.into()))
            }
            Refusal::RoomsFull => Self::new(
                503,
                "rooms_full",
                "This chat has as many rooms or conversations as it takes. Tell whoever runs it.",
            ),
            Refusal::OwnRoomsFull(count) => Self::new(
                409,
                "own_rooms_full",
                format!(
                    "You opened {count} rooms, as many as one member may. Leave one where you are the last member."
                ),
            ),
            Refusal::RoomShareFull(count) => Self::new(
                409,
                "own_rooms_full",
                format!(
                    "You opened {count} rooms, as many as one member may in a chat as full as this one. Leave one where you are the last member."
                ),
            ),
            Refusal::ConversationShareFull => Self::new(
                409,
                "own_conversations_full",
                "You began as many conversations as one member may in a chat as full as this one. Use those that you have, or a room.",
            ),
            Refusal::MembershipShareFull => Self::new(
                409,
                "own_memberships_full",
                "You are in as many rooms as one member may in a chat as full as this one. Leave one first.",
            ),
            Refusal::TheirMembershipShareFull => Self::new(
                409,
                "their_memberships_full",
                "They are in so many rooms that they have to join the next ones themselves.",
            ),
            Refusal::MembershipsFull => Self::new(
                503,
                "memberships_full",
                "This chat has as many people in rooms as it takes. Leave a room, or tell whoever runs it.",
            ),
            Refusal::RoomFull => Self::new(
                409,
                "room_full",
                "The rooms that one member opened have as many people together as they may. Use a room that someone else opened.",
            ),
            Refusal::NotKept => {
                Self::new(503, "not_kept", "Nothing can be saved right now. Try again in a moment.")
                    .later(BUSY)
            }
            Refusal::NotRead => {
                Self::new(503, "not_read", "Older messages cannot be read right now. Try again in a moment.")
                    .later(BUSY)
            }
            Refusal::ResetOver => Self::new(
                410,
                "reset_over",
                "This link was used already or is too old. Ask whoever runs this chat for a new one.",
            ),
            Refusal::Busy => Overloaded.into(),
        }
    }
}
