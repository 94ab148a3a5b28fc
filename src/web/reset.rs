//! A new password for somebody who forgot theirs, by a link from whoever runs the chat.

use super::App;
use super::card::{card, form_fault};
use super::entry::enter;
use super::fault::Fault;
use super::form::Fields;
use super::reply::Reply;
use super::request::Request;
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{NameKey, Refusal, Timestamp, TokenDigest, Username};
use crate::secrets::{Password, Token, digest};
use crate::views::entry::NewPassword;

/// The name is for password managers.
const FIELDS: &[&str] = &["token", "username", "password"];

impl App {
    /// A path below our address by which this member can set a new password, once, within an hour. The
    /// error is one line for the operator.
    pub fn offer_reset(&self, name: &str) -> Result<String, String> {
        let member = self.chat.state().active_named(&NameKey::of(name)).map(|(id, _)| id);
        let member = member.ok_or_else(|| format!("nobody is called {name}"))?;
        let token = Token::draw();
        let offered = self.chat.offer_reset(member, token.digest(), Timestamp::now());
        offered.map_err(|refusal| Fault::from(refusal).detail)?;
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
            app.sign_in_throttle.succeeded(request.from, name.key(), request.instant);
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
) -> Result<Token, Fault> {
    let password = Password::choose(fields.get("password"))?;
    let hash = app.passwords.hash(&password)?;
    Ok(Sessions::begin(app, request, former, |session| {
        app.chat.reset_password(offer, hash, session, request.now)
    })?)
}

fn offered_to(app: &App, request: &Request, offer: &TokenDigest) -> Result<Username, Fault> {
    let state = app.chat.state();
    let offered = state.offered_to(offer, request.now).map(|(_, member)| member.name.clone());
    offered.ok_or_else(|| Refusal::ResetOver.into())
}

fn page(app: &App, request: &Request, fields: &Fields, name: &Username, fault: Option<&Fault>) -> Reply {
    let form = NewPassword {
        site: &app.site,
        name: name.as_str(),
        token: fields.get("token"),
        fault: fault.map(form_fault),
    };
    card(app, request, None, "New password", &form.render(), fault)
}
