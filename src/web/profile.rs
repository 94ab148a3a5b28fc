//! One's own page: time zone, language, devices, password.

use super::App;
use super::context::Context;
use super::form_page::{PageShell, form_fault};
use super::http_error::HttpError;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply, respond};
use super::sessions::{Opened, Sessions};
use super::sign_in::enter;
use crate::chat::{PasswordChange, QuietHours, SessionsToEnd, TokenDigest};
use crate::secrets::Password;
use crate::text::Language;
use crate::time_zone::zone;
use crate::views::profile::{DeviceRow, ProfilePage, Saved};

// The name is for password managers.
form! { PasswordForm { username, current, password } }

/// GET `/me`.
pub(super) fn show(cx: &Context) -> HandlerResult {
    let saved = Saved::of(&cx.request.query(form![saved])?.saved);
    Ok(page(cx, saved, None))
}

/// A refused form of the page.
#[derive(Clone, Copy)]
enum Refused<'a> {
    /// With the zone, as it was typed.
    Zone(&'a str, &'a HttpError),
    /// With both times, as they were typed.
    Quiet([&'a str; 2], &'a HttpError),
    Password(&'a HttpError),
}

fn page(cx: &Context, saved: Option<Saved>, refused: Option<Refused>) -> Reply {
    let moment = Moment::now(cx);
    let state = &*moment.state;
    let own = state.member(cx.visitor.member);
    let chosen = own.and_then(|own| own.zone).map(|zone| zone.to_string());
    let language = own.and_then(|own| own.language);
    let owner = own.is_some_and(|own| own.owner);
    let quiet =
        own.and_then(|own| own.quiet_hours).map(|hours| [hours.from, hours.to].map(|at| at.to_string()));
    let this = cx.visitor.digest();
    let signed_in = |digest: &TokenDigest| {
        let session = state.session(digest)?;
        let (used, device) = (cx.app.sessions.last_used(digest, session), session.device.as_str().into());
        Some(DeviceRow { id: session.id, device, since: session.opened, used, this: *digest == this })
    };
    let devices: Vec<_> = own.into_iter().flat_map(|own| &own.sessions).filter_map(signed_in).collect();
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let text = |error: &HttpError| error.text(cx.request.locale.language);
    let zone = match refused {
        Some(Refused::Zone(typed, error)) => (typed, Some(text(error))),
        _ => (chosen.as_deref().unwrap_or_default(), None),
    };
    let quiet = match (refused, &quiet) {
        (Some(Refused::Quiet(typed, error)), _) => (typed, Some(text(error))),
        (_, Some([from, to])) => ([&**from, &**to], None),
        (_, None) => (["", ""], None),
    };
    let (password_fault, error) = match refused {
        Some(Refused::Password(error)) => (Some(error), Some(error)),
        Some(Refused::Zone(_, error) | Refused::Quiet(_, error)) => (None, Some(error)),
        None => (None, None),
    };
    let me = ProfilePage {
        site: &cx.app.site,
        name: &cx.visitor.name,
        owner,
        locale: cx.request.locale,
        zone: zone.0,
        quiet: quiet.0,
        language,
        devices: &devices,
        saved,
        password_fault: password_fault.map(|error| form_fault(cx.request, error)),
        zone_fault: zone.1.as_deref(),
        quiet_fault: quiet.1.as_deref(),
    };
    shell.card(cx, cx.visitor.name.as_str(), &me.render(), error)
}

/// POST `/me/zone`.
pub(super) fn choose_zone(cx: &Context) -> HandlerResult {
    let form = cx.request.form(form![zone])?;
    let typed = form.zone.trim();
    let chosen = (|| {
        let zone = (!typed.is_empty()).then(|| zone(typed)).transpose()?;
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok(cx.app.chat.choose_zone(cx.visitor.member, zone, cx.request.now)?)
    })();
    let again = |error| Ok(page(cx, None, Some(Refused::Zone(typed, &error))));
    respond(cx.request, chosen, |()| Ok(saved(cx.app, Saved::Zone)), again)
}

/// POST `/me/quiet`: the part of each day in which browsers are to be silent; two empty times for none.
pub(super) fn choose_quiet_hours(cx: &Context) -> HandlerResult {
    let form = cx.request.form(form![from, to])?;
    let typed = [form.from.trim(), form.to.trim()];
    let chosen = (|| {
        let hours = match typed {
            ["", ""] => None,
            [from, to] => Some(QuietHours::parse(from, to).ok_or(HttpError::QuietHours)?),
        };
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok(cx.app.chat.choose_quiet_hours(cx.visitor.member, hours, cx.request.now)?)
    })();
    let again = |error| Ok(page(cx, None, Some(Refused::Quiet(typed, &error))));
    respond(cx.request, chosen, |()| Ok(saved(cx.app, Saved::Notifications)), again)
}

/// POST `/me/language`.
pub(super) fn choose_language(cx: &Context) -> HandlerResult {
    let form = cx.request.form(form![language])?;
    let chosen = form.language.given().filter(|tag| !tag.is_empty());
    let no_language = HttpError::BadRequest(|t| t.no_language);
    let language = chosen.map(|tag| Language::tagged(tag).ok_or(no_language)).transpose()?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.choose_language(cx.visitor.member, language, cx.request.now)?;
    Ok(saved(cx.app, Saved::Language))
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
pub(super) fn sign_out(cx: &Context) -> HandlerResult {
    let which = match cx.request.form(form![session, sure])?.session.id()? {
        Some(id) => SessionsToEnd::One(id),
        None => SessionsToEnd::Others(cx.visitor.digest()),
    };
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.end_sessions(cx.visitor.member, which, cx.request.now)?;
    Sessions::forget_ended(cx.app);
    Ok(saved(cx.app, Saved::Devices))
}

/// POST `/me/password`: a new one, for whoever knows the one so far.
pub(super) fn change_password(cx: &Context) -> HandlerResult {
    let changed = try_change(cx, &cx.request.form(PasswordForm::default())?);
    let on = |token| Ok(enter(cx.app, cx.request, &saved_path(cx.app, Saved::Password), &token));
    let again = |error| Ok(page(cx, None, Some(Refused::Password(&error))));
    respond(cx.request, changed, on, again)
}

/// Guessing is slowed down here as it is at the door: a session may be in the wrong hands.
fn try_change(cx: &Context, form: &PasswordForm) -> Result<Opened, HttpError> {
    let (from, account, instant) = (cx.request.from, cx.visitor.name.key(), cx.request.instant);
    let device = Sessions::device_of(cx.app, cx.request, account);
    if let Some(wait) = cx.app.rates.sign_ins.wait(from, account, device.as_ref(), instant) {
        return Err(HttpError::TooManyFailures(wait));
    }
    let password = Password::choose(&form.password)?;
    cx.app.may_change(cx.request, cx.visitor)?;
    let known = cx.app.chat.state().active(cx.visitor.member)?.password.clone();
    if !cx.app.passwords.verify(&Password::given(&form.current), Some(&known))? {
        cx.app.rates.sign_ins.failed(from, account, device.as_ref(), instant);
        return Err(HttpError::WrongCurrentPassword);
    }
    let hash = cx.app.passwords.hash(&password)?;
    cx.app.rates.sign_ins.succeeded(account, instant);
    Ok(Sessions::begin(cx.app, cx.request, Some(cx.visitor), |session| {
        let change = PasswordChange { known, password: hash };
        cx.app.chat.change_password(cx.visitor.member, change, session, cx.request.now)
    })?)
}
