//! Coming in and going out.

use super::access::{go_on, own_path};
use super::composer::{ComposerDraft, MessageForm, Parties, compose_frame, is_from_frame};
use super::context::{Context, Visitor};
use super::form::NEXT_MAX;
use super::form_page::{form_fault, form_fault_at, member_card, stranger_card};
use super::http_error::HttpError;
use super::name_error::has_likeness;
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::sessions::{Opened, Sessions};
use super::{Admission, App};
use crate::chat::{Configuration, InviteCode, MemberId, NameKey, Refusal, Title, Username};
use crate::secrets::{Password, is_same_code};
use crate::time_zone::Zone;
use crate::time_zone::zone;
use crate::views::sign_in::{CreateChatPage, LoginPage, RegisterPage, logout as logout_view};

// The last two are of whoever creates the chat.
form! { RegisterForm { username, password, code, title, zone } }
form! { LoginForm { username, password, next } }

pub(super) fn home(app: &App, _: &Request, visitor: Option<&Visitor>) -> HandlerResult {
    let path = if visitor.is_some() { "/chat" } else { "/login" };
    Ok(Reply::see_other(app.site.path(path)))
}

/// True before the first registration, which creates the chat.
fn is_new(app: &App) -> bool {
    app.chat.state().member_count() == 0
}

/// Sends a stranger to the sign-in page, and back afterwards.
pub(super) fn sign_in_first(app: &App, request: &Request) -> Reply {
    let (login, target) = (app.site.path("/login"), app.site.path(&request.target()));
    if target.len() > NEXT_MAX {
        return Reply::see_other(login);
    }
    let next: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
    Reply::see_other(login + "?next=" + &next)
}

/// The sign-in page for somebody whose session ended while they wrote: the text is not lost.
pub(super) fn sign_in_again(app: &App, request: &Request) -> HandlerResult {
    // Any other form is none of a frame.
    let form = if request.is_multipart()? {
        Ok(request.multipart_fields(MessageForm::default()))
    } else {
        request.form(MessageForm::default())
    };
    let form = form.or_else(|_| request.query(form![]).map(|_| MessageForm::default()))?;
    if is_from_frame(app, &request.path, &form) {
        let removed = Sessions::is_revoked(app, request);
        let error = if removed { Refusal::NotAMember.into() } else { HttpError::SignedOutWriting };
        let draft = ComposerDraft::after(&form, &error);
        return Ok(compose_frame(app, request, &request.path, Parties::sent(&form), &draft));
    }
    let error = Sessions::error(app, request).with_unsent(&request.typed_text());
    let form = LoginForm { next: form.next, ..LoginForm::default() };
    Ok(login_page(app, request, &form, Some(&error)))
}

pub(super) fn register_form(app: &App, request: &Request, visitor: Option<&Visitor>) -> HandlerResult {
    if visitor.is_some() {
        return Ok(Reply::see_other(app.site.path("/chat")));
    }
    if app.admission() == Admission::Nobody {
        return Err(HttpError::Closed);
    }
    let link = request.query(form![code, username, title, zone])?;
    let (username, code, title, zone) = (link.username, link.code, link.title, link.zone);
    let form = RegisterForm { username, code, title, zone, ..RegisterForm::default() };
    Ok(register_page(app, request, &form, None))
}

pub(super) fn register(app: &App, request: &Request, former: Option<&Visitor>) -> HandlerResult {
    let form = request.form(RegisterForm::default())?;
    let registered = try_register(app, request, former, &form);
    let on = |(opened, created)| {
        let next = if created { "/owner/invite?created=yes" } else { "/chat" };
        Ok(enter(app, request, &app.site.path(next), &opened))
    };
    respond(request, registered, on, |error| match error {
        HttpError::Closed => Err(error),
        error => Ok(register_page(app, request, &form, Some(&error))),
    })
}

/// A new member's session, and whether they created the chat by the form for that.
fn try_register(
    app: &App,
    request: &Request,
    former: Option<&Visitor>,
    form: &RegisterForm,
) -> Result<(Opened, bool), HttpError> {
    check_code(app, request, &form.code)?;
    let founding = if is_new(app) { Founding::of(app, form)? } else { None };
    let name = choose_name(app, &form.username)?;
    let password = Password::choose(&form.password)?;
    let free = app.chat.may_register(&app.chat.state(), &name);
    free.map_err(|refusal| refused(app, refusal, &name))?;
    app.may_register_from(request)?;
    let hash = app.passwords.hash(&password)?;
    let key = name.key().clone();
    let mut member = None;
    let opened = Sessions::begin(app, request, former, |session| {
        member = Some(app.chat.register(name, hash, session, request.now)?);
        Ok(())
    })?;
    app.rates.sign_ins.succeeded(&key, request.instant);
    let created = founding.zip(member).is_some_and(|(founding, member)| founding.apply(app, request, member));
    Ok((opened, created))
}

/// Choices of the member who creates the chat.
struct Founding {
    title: Option<Title>,
    /// Their own, also where it is the chat's: they are not asked again.
    zone: Option<Zone>,
}

impl Founding {
    /// Nothing where the form is another.
    fn of(app: &App, form: &RegisterForm) -> Result<Option<Self>, HttpError> {
        let Some(title) = form.title.given() else { return Ok(None) };
        let title = Some(title.trim()).filter(|title| !title.is_empty() && *title != app.default_title);
        let title = title.map(Title::parse).transpose()?;
        let zone = Some(form.zone.trim()).filter(|zone| !zone.is_empty()).map(zone).transpose()?;
        Ok(Some(Self { title, zone }))
    }

    /// False where someone else was quicker to create the chat; nothing is configured then.
    fn apply(self, app: &App, request: &Request, member: MemberId) -> bool {
        if !app.chat.state().is_owner(member) {
            return false;
        }
        let configuration = Configuration { title: self.title, registration: None };
        // They are in. What cannot be kept now can be decided again in the settings.
        let _ = app.chat.configure(member, configuration, None, request.now);
        let _ = app.chat.choose_zone(member, self.zone, request.now);
        true
    }
}

/// The name that was typed, or why it is none and what would be one.
pub(super) fn choose_name(app: &App, typed: &str) -> Result<Username, HttpError> {
    Username::choose(typed).map_err(|error| {
        let like = Username::suggested_by(typed).filter(|_| has_likeness(error));
        let offer = like.and_then(|name| app.chat.state().free_name_like(&name));
        HttpError::InvalidName(error, offer.map(Box::new))
    })
}

/// Why a name is not taken, and one like it that would be.
pub(super) fn refused(app: &App, refusal: Refusal, name: &Username) -> HttpError {
    let is_taken = matches!(refusal, Refusal::NameTaken | Refusal::NameLooksTaken);
    let offer = if is_taken { app.chat.state().free_name_like(name) } else { None };
    offer.map_or(refusal.into(), |offer| HttpError::NameTaken(refusal, Box::new(offer)))
}

/// Lets a member in, with the session's cookie.
pub(super) fn enter(app: &App, request: &Request, next: &str, opened: &Opened) -> Reply {
    let reply = go_on(app, next).cookie(app.cookies.set(request, opened.session.as_str()));
    let device = opened.device.iter().map(|token| app.cookies.set_device(request, token.as_str()));
    device.fold(reply, Reply::cookie)
}

/// Wrong codes are limited for the networks that they come from; a right one from elsewhere passes at any time.
fn check_code(app: &App, request: &Request, code: &str) -> Result<(), HttpError> {
    let (wanted, first) = match app.admission() {
        Admission::Anyone => return Ok(()),
        Admission::Nobody => return Err(HttpError::Closed),
        Admission::Invited(wanted) => (wanted.as_str().to_owned(), false),
        Admission::First(wanted) => (wanted, true),
    };
    if let Some(wait) = app.rates.codes.wait(request.from, request.instant) {
        return Err(HttpError::TooManyFailures(wait));
    }
    let given = InviteCode::parse(code);
    if is_same_code(given.as_ref().map_or("", InviteCode::as_str), &wanted) {
        return Ok(());
    }
    app.rates.codes.failed(request.from, request.instant);
    Err(if first { HttpError::WrongFirstCode } else { HttpError::WrongCode })
}

fn register_page(app: &App, request: &Request, form: &RegisterForm, error: Option<&HttpError>) -> Reply {
    let (admission, texts) = (app.admission(), &request.locale.texts().entry);
    let (username, code) = (&*form.username, &*form.code);
    let again = [("code", code), ("title", &form.title), ("zone", &form.zone)];
    let code = (admission != Admission::Anyone).then_some(code);
    let form_fault = error.map(|error| form_fault_at(app, request, error, "/register", &again));
    if !is_new(app) {
        let page =
            RegisterPage { site: &app.site, locale: request.locale, username, code, fault: form_fault };
        return stranger_card(app, request, texts.join, &page.render(), error);
    }
    let own = app.site.zone.to_string();
    let page = CreateChatPage {
        site: &app.site,
        locale: request.locale,
        code,
        title: form.title.given().unwrap_or(&app.default_title),
        username,
        zone: form.zone.given().unwrap_or(&own),
        fault: form_fault,
    };
    stranger_card(app, request, texts.create, &page.render(), error)
}

pub(super) fn login_form(app: &App, request: &Request, visitor: Option<&Visitor>) -> HandlerResult {
    let next = request.query(form![next])?.next;
    if visitor.is_some() {
        return Ok(go_on(app, &next));
    }
    if is_new(app) {
        return register_form(app, request, None);
    }
    let removed = Sessions::is_revoked(app, request).then(|| Refusal::NotAMember.into());
    Ok(login_page(app, request, &LoginForm { next, ..LoginForm::default() }, removed.as_ref()))
}

pub(super) fn login(app: &App, request: &Request, former: Option<&Visitor>) -> HandlerResult {
    let form = request.form(LoginForm::default())?;
    let signed_in = try_login(app, request, former, &form);
    let on = |token| Ok(enter(app, request, &form.next, &token));
    respond(request, signed_in, on, |error| Ok(login_page(app, request, &form, Some(&error))))
}

/// An unknown name and a wrong password are the same: in the answer, in the work, in the count.
/// A name that could not be chosen today may be kept from before, or be written so by another keyboard (`ann＿lee`).
fn try_login(
    app: &App,
    request: &Request,
    former: Option<&Visitor>,
    form: &LoginForm,
) -> Result<Opened, HttpError> {
    let (from, instant) = (request.from, request.instant);
    let account = NameKey::of(&form.username);
    let device = Sessions::device_of(app, request, &account);
    if let Some(wait) = app.rates.sign_ins.wait(from, &account, device.as_ref(), instant) {
        return Err(HttpError::TooManyFailures(wait));
    }
    let known = {
        let state = app.chat.state();
        state.active_named(&account).map(|(id, member)| (id, member.password.clone()))
    };
    let hash = known.as_ref().map(|(_, hash)| hash);
    let right = app.passwords.verify(&Password::given(&form.password), hash)?;
    let Some((member, _)) = known.filter(|_| right) else {
        app.rates.sign_ins.failed(from, &account, device.as_ref(), instant);
        return Err(HttpError::WrongPassword);
    };
    let token = Sessions::open(app, request, former, member)?;
    app.rates.sign_ins.succeeded(&account, instant);
    Ok(token)
}

fn login_page(app: &App, request: &Request, form: &LoginForm, error: Option<&HttpError>) -> Reply {
    let page = LoginPage {
        site: &app.site,
        locale: request.locale,
        username: &form.username,
        next: own_path(&app.site.base, &form.next).unwrap_or_default(),
        fault: error.map(|error| form_fault(request, error)),
        failed: matches!(error, Some(HttpError::WrongPassword)),
        unsent: error.and_then(HttpError::unsent),
        registration: app.admission() != Admission::Nobody,
    };
    let name = request.locale.texts().entry.sign_in;
    stranger_card(app, request, name, &page.render(), error.filter(|_| request.method == "POST"))
}

pub(super) fn logout_form(app: &App, request: &Request, visitor: Option<&Visitor>) -> HandlerResult {
    let name = request.locale.texts().frame.sign_out;
    let page = logout_view(&app.site, request.locale);
    Ok(match visitor {
        Some(visitor) => member_card(&Context { app, request, visitor }, name, &page, None),
        None => stranger_card(app, request, name, &page, None),
    })
}

pub(super) fn logout(app: &App, request: &Request, _: Option<&Visitor>) -> HandlerResult {
    request.form(form![sure])?;
    let gone = Sessions::end_all(app, request)?;
    let reply = gone.into_iter().fold(Reply::see_other(app.site.path("/login")), Reply::cookie);
    // Not cookies or storage: other chats may live on this host. Elsewhere browsers do not heed it, and complain.
    let clear = request.is_trustworthy();
    Ok(if clear { reply.header("Clear-Site-Data", "\"cache\"".into()) } else { reply })
}
