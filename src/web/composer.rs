//! The form in which one writes: what stands in it, and the frame for browsers without scripts.

use super::App;
use super::context::{Context, Visitor};
use super::form::FieldText;
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use super::room_access::{RoomAccess, RoomPath};
use crate::chat::{Excerpt, MemberId, Nonce, Refusal, RoomId, Seq};
use crate::secrets::draw_nonce;
use crate::text::Language;
use crate::views::Site;
use crate::views::composer::{Composer, compose_path};
use crate::views::quote::Answered;

form! { MessageForm { message, nonce, next, author, r#as, to, reply_to, tell; file, alt } }

/// The author of a message, and in a conversation, the recipient.
#[derive(Clone, Copy)]
pub(super) struct Parties {
    pub(super) by: Option<MemberId>,
    pub(super) to: Option<MemberId>,
}

impl Parties {
    pub(super) fn of(visitor: &Visitor, access: &RoomAccess) -> Self {
        Self { by: Some(visitor.member), to: access.partner }
    }

    /// As a sent form says; None where it gives no id.
    pub(super) fn sent(form: &MessageForm) -> Self {
        let member = |field: &FieldText| field.id().ok().flatten().map(MemberId);
        Self { by: member(&form.r#as), to: member(&form.to) }
    }
}

/// The composer alone, for the frame in which browsers without scripts show it.
pub(super) fn compose(cx: &Context, path: &RoomPath) -> HandlerResult {
    let access = RoomAccess::inside(cx, path)?;
    let fields = cx.request.query(form![to, reply])?;
    access.must_mean(&fields.to, |t| t.someone_else)?;
    let draft = ComposerDraft::reply(cx, access.room(), fields.reply.id()?)?;
    let parties = Parties::of(cx.visitor, &access);
    Ok(compose_frame(cx.app, cx.request, &access.path, parties, &draft))
}

/// True of a form whose `next` leads back to the composer's frame.
pub(super) fn is_from_frame(app: &App, path: &str, form: &MessageForm) -> bool {
    let own = app.site.path(&compose_path(path, None));
    let bare = |path: &str| path.split(['?', '#']).next().map(str::to_owned);
    bare(&form.next) == bare(&own)
}

pub(super) struct ComposerDraft<'a> {
    text: &'a str,
    answers: Option<Answered>,
    nonce: String,
    /// Of files that are named or kept, the texts in their place.
    alt: &'a [String],
    pub(super) error: Option<&'a HttpError>,
}

impl<'a> ComposerDraft<'a> {
    /// Empty, with a new nonce.
    pub(super) fn new() -> Self {
        Self { text: "", answers: None, nonce: draw_nonce(), alt: &[], error: None }
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The beginning of a reply to a message of a room. Errors: `NoSuchMessage` where it is not there for the visitor.
    pub(super) fn reply(cx: &Context, room: Option<RoomId>, to: Option<Seq>) -> Result<Self, HttpError> {
        let Some(message) = to else { return Ok(Self::new()) };
        let found = cx.app.chat.message_for(cx.visitor.member, message)?;
        let found = found.filter(|view| Some(view.message.room) == room).ok_or(Refusal::NoSuchMessage)?;
        let quoted = Some((found.author.name, Excerpt::of(&found.message.body)));
        Ok(Self { answers: Some(Answered { message, quoted }), ..Self::new() })
    }

    /// With what a refused reply quotes, where that can be read now.
    pub(super) fn quoting(self, cx: &Context, room: Option<RoomId>) -> Self {
        let message = self.answers.as_ref().map(|answered| answered.message);
        match Self::reply(cx, room, message) {
            Ok(Self { answers, .. }) => Self { answers, ..self },
            Err(HttpError::Refused(Refusal::NoSuchMessage)) => Self { answers: None, ..self },
            Err(_) => self,
        }
    }

    /// A refused message. It keeps its nonce: should it turn out to be kept after all (a disk that
    /// failed late), sending it again makes no second message.
    pub(super) fn after(form: &'a MessageForm, error: &'a HttpError) -> Self {
        let nonce = Nonce::parse(&form.nonce)
            .ok()
            .filter(|_| !matches!(error, HttpError::Refused(Refusal::NonceReused)));
        let nonce = nonce.map_or_else(draw_nonce, |nonce| nonce.as_str().to_owned());
        let answers = form.reply_to.id().ok().flatten();
        let answers = answers.filter(|_| !matches!(error, HttpError::AnsweredGone));
        let answers = answers.map(|message| Answered { message, quoted: None });
        Self { text: &form.message, answers, nonce, alt: &form.alt, error: Some(error) }
    }

    /// The form that it stands in, with what is wrong with it.
    pub(super) fn composer<'b>(
        &'b self,
        site: &Site,
        path: &'b str,
        Parties { by, to }: Parties,
        language: Language,
    ) -> Composer<'b> {
        let fault = self.error.map(|error| error.text(language));
        let asked = match self.error {
            Some(HttpError::ManyPeople(_, files)) => {
                let texts = self.alt.iter().map(String::as_str).map(Some).chain(std::iter::repeat(None));
                let files = files.iter().zip(texts);
                Some(files.map(|(file, alt)| (file.id, &*file.name, alt)).collect())
            }
            _ => None,
        };
        let answers = self.answers.as_ref();
        Composer {
            path,
            by,
            to,
            nonce: &self.nonce,
            answers,
            draft: self.text,
            file_max: site.file_max,
            fault,
            asked,
        }
    }
}

/// The composer alone, as a page for its frame.
pub(super) fn compose_frame(
    app: &App,
    request: &Request,
    path: &str,
    parties: Parties,
    draft: &ComposerDraft,
) -> Reply {
    let composer = draft.composer(&app.site, path, parties, request.locale.language);
    Reply::page(draft.error, composer.frame(&app.site, request.locale))
}
