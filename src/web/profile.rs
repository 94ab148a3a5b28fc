//! One's own page: time zone, language, devices, password.

use super::App;
use super::form::Fields;
use super::form_page::{card, form_fault};
use super::http_error::HttpError;
use super::json::parse_id;
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::sessions::{Opened, Sessions, Visitor};
use super::sign_in::enter;
use crate::chat::{SessionsToEnd, TokenDigest};
use crate::secrets::Password;
use crate::text::Language;
use crate::time_zone::zone;
use crate::views::EMPTY_FORM_FIELD;
use crate::views::profile::{DeviceRow, ProfilePage, Saved};

/// The name is for password managers.
const PASSWORD_FIELDS: &[&str] = &["username", "current", "password"];

/// GET `/me`.
pub(super) fn show(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.query(&["saved"])?;
    let saved = Saved::of(fields.get("saved"));
    Ok(page(app, request, visitor, saved, None))
}

/// What is wrong with one of the forms.
#[derive(Clone, Copy)]
enum Refused<'a> {
    /// With the zone, as it was typed.
    Zone(&'a str, &'a HttpError),
    Password(&'a HttpError),
}

fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    saved: Option<Saved>,
    refused: Option<Refused>,
) -> Reply {
    let state = app.chat.state();
    let own = state.member(visitor.member);
    let chosen = own.and_then(|own| own.zone).map(|zone| zone.to_string());
    let language = own.and_then(|own| own.language);
    let owner = own.is_some_and(|own| own.owner);
    let this = visitor.digest();
    let signed_in = |digest: &TokenDigest| {
        let session = state.session(digest)?;
        let (used, device) = (app.sessions.last_used(digest, session), session.device.as_str().into());
        Some(DeviceRow { id: session.id, device, since: session.opened, used, this: *digest == this })
    };
    let devices: Vec<_> = own.into_iter().flat_map(|own| &own.sessions).filter_map(signed_in).collect();
    drop(state);
    let (typed, zone_fault, password_fault) = match refused {
        Some(Refused::Zone(typed, fault)) => (Some(typed), Some(fault), None),
        Some(Refused::Password(fault)) => (None, None, Some(fault)),
        None => (None, None, None),
    };
    let detail = zone_fault.map(|fault| fault.text(request.locale.language));
    let me = ProfilePage {
        site: &app.site,
        name: &visitor.name,
        owner,
        locale: request.locale,
        zone: typed.or(chosen.as_deref()).unwrap_or_default(),
        language,
        devices: &devices,
        saved,
        password_fault: password_fault.map(|fault| form_fault(request, fault)),
        zone_fault: detail.as_deref(),
    };
    let fault = password_fault.or(zone_fault);
    card(app, request, Some(visitor), visitor.name.as_str(), &me.render(), fault)
}

/// POST `/me/zone`.
pub(super) fn choose_zone(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["zone"])?;
    let typed = fields.get("zone").trim();
    let chosen = (|| {
        let zone = (!typed.is_empty()).then(|| zone(typed)).transpose();
        let zone = zone.map_err(HttpError::unknown_zone)?;
        app.may_change(request, visitor)?;
        Ok(app.chat.choose_zone(visitor.member, zone, request.now)?)
    })();
    let again = |fault: &HttpError| Ok(page(app, request, visitor, None, Some(Refused::Zone(typed, fault))));
    respond(request, chosen, |()| Ok(saved(app, Saved::Zone)), again)
}

/// POST `/me/language`.
pub(super) fn choose_language(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["language"])?;
    let chosen = fields.given("language").filter(|tag| !tag.is_empty());
    let no_language = || HttpError::bad_request(|t| t.no_language);
    let language = chosen.map(|tag| Language::tagged(tag).ok_or_else(no_language)).transpose()?;
    app.may_change(request, visitor)?;
    app.chat.choose_language(visitor.member, language, request.now)?;
    Ok(saved(app, Saved::Language))
}

fn saved(app: &App, part: Saved) -> Reply {
    Reply::see_other(saved_path(app, part))
}

/// The page, which says beside it what was saved.
fn saved_path(app: &App, part: Saved) -> String {
    let word = part.word();
    app.site.path(&format!("/me?saved={word}#{word}"))
}

/// POST `/me/sessions`: signs out one of one's devices, or all others.
pub(super) fn sign_out(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["session", EMPTY_FORM_FIELD.0])?;
    let which = match fields.given("session") {
        Some(id) => SessionsToEnd::One(parse_id(id)?),
        None => SessionsToEnd::Others(visitor.digest()),
    };
    app.may_change(request, visitor)?;
    app.chat.end_sessions(visitor.member, which, request.now)?;
    Sessions::forget_ended(app);
    Ok(saved(app, Saved::Devices))
}

/// POST `/me/password`: a new one, for whoever knows the one so far.
pub(super) fn change_password(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(PASSWORD_FIELDS)?;
    let changed = try_change(app, request, visitor, &fields);
    let on = |token| Ok(enter(app, request, &saved_path(app, Saved::Password), &token));
    let again = |fault: &HttpError| Ok(page(app, request, visitor, None, Some(Refused::Password(fault))));
    respond(request, changed, on, again)
}

/// Guessing is slowed down here as it is at the door: a session may be in the wrong hands.
fn try_change(app: &App, request: &Request, visitor: &Visitor, fields: &Fields) -> Result<Opened, HttpError> {
    let (from, account, instant) = (request.from, visitor.name.key(), request.instant);
    let device = Sessions::device_of(app, request, account);
    if let Some(wait) = app.sign_in_throttle.wait(from, account, device.as_ref(), instant) {
        return Err(HttpError::too_many_failures(wait));
    }
    let password = Password::choose(fields.get("password"))?;
    app.may_change(request, visitor)?;
    let known = app.chat.state().active(visitor.member)?.password.clone();
    if !app.passwords.verify(&Password::given(fields.get("current")), Some(&known))? {
        app.sign_in_throttle.failed(from, account, device.as_ref(), instant);
        return Err(HttpError::wrong_current_password());
    }
    let hash = app.passwords.hash(&password)?;
    app.sign_in_throttle.succeeded(account, instant);
    Ok(Sessions::begin(app, request, Some(visitor), |session| {
        app.chat.change_password(visitor.member, &known, hash, session, request.now)
    })?)
}
