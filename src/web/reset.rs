//! A new password for somebody who forgot theirs, by a link from whoever runs the chat.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use super::App;
use super::context::Visitor;
use super::form_page::{form_fault_at, stranger_card};
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::sessions::{Opened, Sessions};
use super::sign_in::{choose_name, enter, refused};
use crate::chat::{FreshStart, NameKey, Refusal, State, Timestamp, TokenDigest, Username};
use crate::lock::lock;
use crate::secrets::{Password, SecretToken, digest};
use crate::text::Language;
use crate::views::sign_in::NewPasswordPage;

// The name is for password managers.
form! { ResetForm { token, username, password } }

/// The offers that this process made: their age is counted by the steady clock. That of others, by the wall clock.
#[derive(Default)]
pub(super) struct Offers {
    /// Guards when each was made. Taken after the chat's locks; nothing is done under it but look-ups.
    made: Mutex<HashMap<TokenDigest, (Timestamp, Instant)>>,
}

impl Offers {
    /// Notes a new offer, and forgets those whose place was taken.
    fn note(&self, state: &State, offer: TokenDigest, now: Timestamp) {
        let mut made = lock(&self.made);
        made.retain(|offer, (at, _)| state.password_reset_for(offer, *at).is_some());
        made.insert(offer, (now, Instant::now()));
    }

    /// When the offer was made, and its age after that.
    fn as_of(&self, offer: &TokenDigest, request: &Request) -> Timestamp {
        let Some((made, instant)) = lock(&self.made).get(offer).copied() else { return request.now };
        let age = request.instant.saturating_duration_since(instant).as_millis();
        Timestamp(made.0.saturating_add(i64::try_from(age).unwrap_or(i64::MAX)))
    }
}

impl App {
    /// A path below our address by which this member can set a new password, once, within an hour. The
    /// error is one line for the operator.
    pub fn offer_reset(&self, name: &str) -> Result<String, String> {
        let member = self.chat.state().active_named(&NameKey::of(name)).map(|(id, _)| id);
        let member = member.ok_or_else(|| format!("nobody is called {name}"))?;
        let link = self.link_for(|token, now| self.chat.offer_reset(member, token, now));
        link.map_err(|refusal| HttpError::from(refusal).text(Language::English))
    }

    /// The path of a link to a new offer, which one of the chat's verbs makes.
    pub(super) fn link_for(
        &self,
        verb: impl FnOnce(TokenDigest, Timestamp) -> Result<(), Refusal>,
    ) -> Result<String, Refusal> {
        let (token, now) = (SecretToken::draw(), self.now());
        self.reset_offers.note(&self.chat.state(), token.digest(), now);
        verb(token.digest(), now)?;
        Ok(self.site.path("/reset?token=") + token.as_str())
    }
}

struct ResetRecipient {
    /// The name that they have, or had.
    name: Username,
    /// True of a removed member, who comes back.
    returns: bool,
    /// True if someone else has their name.
    needs_name: bool,
}

impl ResetRecipient {
    fn of(app: &App, request: &Request, offer: &TokenDigest) -> Result<Self, HttpError> {
        let as_of = app.reset_offers.as_of(offer, request);
        let state = app.chat.state();
        let (id, member) = state.password_reset_for(offer, as_of).ok_or(Refusal::ResetOver)?;
        let returns = member.is_former();
        let needs_name = returns && state.name_on_return(id, None).is_err();
        Ok(Self { name: member.name.clone(), returns, needs_name })
    }
}

pub(super) fn form(app: &App, request: &Request, _: Option<&Visitor>) -> HandlerResult {
    let link = request.query(form![token, username])?;
    let form = ResetForm { token: link.token, username: link.username, ..ResetForm::default() };
    let offered = ResetRecipient::of(app, request, &digest(&form.token))?;
    Ok(page(app, request, &form, &offered, None))
}

pub(super) fn set(app: &App, request: &Request, former: Option<&Visitor>) -> HandlerResult {
    let form = request.form(ResetForm::default())?;
    // First, so that nobody else makes us hash.
    let offered = ResetRecipient::of(app, request, &digest(&form.token))?;
    let set = try_set(app, request, former, &offered, &form);
    respond(
        request,
        set,
        |token| Ok(enter(app, request, "", &token)),
        |error| {
            // It may be over, or their name taken meanwhile.
            let offered = ResetRecipient::of(app, request, &digest(&form.token))?;
            Ok(page(app, request, &form, &offered, Some(&error)))
        },
    )
}

fn try_set(
    app: &App,
    request: &Request,
    former: Option<&Visitor>,
    offered: &ResetRecipient,
    form: &ResetForm,
) -> Result<Opened, HttpError> {
    let offer = digest(&form.token);
    let other = offered.needs_name.then(|| choose_name(app, &form.username)).transpose()?;
    if let Some(name) = &other {
        let free = app.chat.state().name_is_free(name);
        free.map_err(|refusal| refused(app, refusal, name))?;
    }
    let password = Password::choose(&form.password)?;
    let password = app.passwords.hash(&password)?;
    let name = other.clone().unwrap_or_else(|| offered.name.clone());
    let opened = Sessions::begin(app, request, former, |session| {
        let as_of = app.reset_offers.as_of(&offer, request);
        app.chat.reset_password(&offer, FreshStart { password, name: other, session }, as_of, request.now)
    })?;
    app.rates.sign_ins.succeeded(name.key(), request.instant);
    Ok(opened)
}

fn page(
    app: &App,
    request: &Request,
    form: &ResetForm,
    offered: &ResetRecipient,
    error: Option<&HttpError>,
) -> Reply {
    let page = NewPasswordPage {
        site: &app.site,
        name: offered.name.as_str(),
        token: &form.token,
        locale: request.locale,
        returns: offered.returns,
        other: offered.needs_name.then_some(&*form.username),
        fault: error.map(|error| form_fault_at(app, request, error, "/reset", &[("token", &form.token)])),
    };
    stranger_card(app, request, request.locale.texts().entry.new_password, &page.render(), error)
}
