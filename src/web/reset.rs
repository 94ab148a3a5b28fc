//! A new password for somebody who forgot theirs, by a link from whoever runs the chat.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use super::App;
use super::card::{card, form_fault};
use super::entry::enter;
use super::fault::Fault;
use super::form::Fields;
use super::reply::Reply;
use super::request::Request;
use super::routes::Answer;
use super::sessions::{Opened, Sessions, Visitor};
use crate::chat::{NameKey, Refusal, State, Timestamp, TokenDigest, Username};
use crate::lock::lock;
use crate::secrets::{Password, Token, digest};
use crate::text::Language;
use crate::views::entry::NewPassword;

/// The name is for password managers.
const FIELDS: &[&str] = &["token", "username", "password"];

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
        made.retain(|offer, (at, _)| state.offered_to(offer, *at).is_some());
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
        let token = Token::draw();
        let now = self.now();
        self.reset_offers.note(&self.chat.state(), token.digest(), now);
        let offered = self.chat.offer_reset(member, token.digest(), now);
        offered.map_err(|refusal| Fault::from(refusal).text(Language::English))?;
        Ok(self.site.path("/reset?token=") + token.as_str())
    }
}

pub(super) fn form(app: &App, request: &Request, _: Option<&Visitor>) -> Answer {
    let fields = request.query(&["token"])?;
    let name = offered_to(app, request, &digest(fields.get("token")))?;
    Ok(page(app, request, &fields, &name, None))
}

pub(super) fn set(app: &App, request: &Request, former: Option<&Visitor>) -> Answer {
    let fields = request.form(FIELDS)?;
    let offer = digest(fields.get("token"));
    // First, so that nobody else makes us hash.
    let name = offered_to(app, request, &offer)?;
    match try_set(app, request, former, &offer, &fields) {
        Ok(token) => {
            app.sign_in_throttle.succeeded(name.key(), request.instant);
            Ok(enter(app, request, "", &token))
        }
        Err(fault) if request.wants_json() || fault.status == 410 => Err(fault),
        Err(fault) => Ok(page(app, request, &fields, &name, Some(&fault))),
    }
}

fn try_set(
    app: &App,
    request: &Request,
    former: Option<&Visitor>,
    offer: &TokenDigest,
    fields: &Fields,
) -> Result<Opened, Fault> {
    let password = Password::choose(fields.get("password"))?;
    let hash = app.passwords.hash(&password)?;
    Ok(Sessions::begin(app, request, former, |session| {
        let as_of = app.reset_offers.as_of(offer, request);
        app.chat.reset_password(offer, hash, session, as_of, request.now)
    })?)
}

fn offered_to(app: &App, request: &Request, offer: &TokenDigest) -> Result<Username, Fault> {
    let as_of = app.reset_offers.as_of(offer, request);
    let state = app.chat.state();
    let offered = state.offered_to(offer, as_of).map(|(_, member)| member.name.clone());
    offered.ok_or_else(|| Refusal::ResetOver.into())
}

fn page(app: &App, request: &Request, fields: &Fields, name: &Username, fault: Option<&Fault>) -> Reply {
    let form = NewPassword {
        site: &app.site,
        name: name.as_str(),
        token: fields.get("token"),
        fault: fault.map(|fault| form_fault(request, fault)),
    };
    card(app, request, None, "New password", &form.render(), fault)
}
