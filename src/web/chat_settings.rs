//! What owners decide: about the chat, and about people.

use super::App;
use super::form::Fields;
use super::form_page::{card, form_fault};
use super::http_error::{HttpError, OUTDATED};
use super::invite_addresses::InviteAddresses;
use super::json::parse_id;
use super::outcome::Outcome;
use super::people::online;
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::room_access::{must_mean, named_person};
use super::sessions::{Sessions, Visitor};
use crate::chat::{Configuration, Member, MemberId, Refusal, Registration, Title, Username};
use crate::secrets::{draw_code, is_guessable};
use crate::views::EMPTY_FORM_FIELD;
use crate::views::chat_settings::{ChatSettingsPage, PersonPage, Role, invite_page};
use crate::views::message::person_path;
use crate::views::sign_in::Offer;

/// GET `/owner`.
pub(super) fn house(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.query(&["title", "code"])?;
    // A suggested code that was taken without a script.
    let typed = fields.given("code").map(|code| [fields.get("title"), "invited", code]);
    house_page(app, request, visitor, typed, None)
}

/// GET `/owner/invite`: how others get in, for who created the chat.
pub(super) fn invite(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.query(&["created"])?;
    app.chat.state().must_own(visitor.member)?;
    let (ways, name) = (InviteAddresses::of(app, request), request.locale.texts().invite.heading);
    let page = invite_page(&app.site, request.locale, fields.get("created") == "yes", &ways.shown(request));
    Ok(card(app, request, Some(visitor), name, &page, None))
}

/// `typed`: a title, registration and code that are not saved.
fn house_page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    typed: Option<[&str; 3]>,
    fault: Option<&HttpError>,
) -> HandlerResult {
    let state = app.chat.state();
    state.must_own(visitor.member)?;
    let (decided, version) = (state.configuration().clone(), state.configured());
    let (registration, code) = decided.registration.as_ref().map(Registration::words).unwrap_or_default();
    let title = decided.title.as_ref().map(Title::as_str).unwrap_or_default();
    let decided = [title, registration, code.unwrap_or_default()];
    let [title, registration, code] = typed.unwrap_or(decided);
    let owners = state.everybody().filter(|(_, member)| member.owner);
    let mut owners: Vec<Username> = owners.map(|(_, member)| member.name.clone()).collect();
    drop(state);
    owners.sort_by(|one, other| one.key().cmp(other.key()));
    let suggested = is_guessable(code).then(|| suggested_code(app, title));
    let ways = InviteAddresses::of(app, request);
    let saved = fault.is_none() && request.query(&["saved"])?.given("saved").is_some();
    let page = ChatSettingsPage {
        site: &app.site,
        locale: request.locale,
        title,
        registration,
        code,
        version,
        meanwhile: fault.filter(|fault| fault.error == OUTDATED).map(|_| decided),
        suggested,
        default_title: &app.default_title,
        default_is_invited: matches!(app.default_registration, Registration::Invited(_)),
        owners: &owners,
        invite: ways.shown(request),
        saved,
        fault: fault.map(|fault| form_fault(request, fault)),
    };
    let name = request.locale.texts().settings.heading;
    Ok(card(app, request, Some(visitor), name, &page.render(), fault))
}

/// A code to take, beside the title that the form has.
fn suggested_code(app: &App, title: &str) -> Offer {
    let value = draw_code();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("title", title).append_pair("code", &value);
    Offer { href: app.site.path("/owner?") + &query.finish(), value }
}

/// POST `/owner`.
pub(super) fn configure(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["title", "registration", "code", "version"])?;
    let configured = (|| {
        let configuration = configuration(&fields)?;
        let version = fields.given("version").map(parse_id).transpose()?;
        app.may_change(request, visitor)?;
        Ok(app.chat.configure(visitor.member, configuration, version, request.now)?)
    })();
    let on = |()| Ok(Reply::see_other(app.site.path("/owner?saved=yes")));
    let typed = ["title", "registration", "code"].map(|name| fields.get(name));
    respond(request, configured, on, |fault| house_page(app, request, visitor, Some(typed), Some(fault)))
}

fn configuration(fields: &Fields) -> Result<Configuration, HttpError> {
    let title = fields.get("title");
    let title = (!title.trim().is_empty()).then(|| Title::parse(title)).transpose()?;
    let registration = match (fields.get("registration"), fields.get("code")) {
        ("", _) => None,
        (word, code) => Some(Registration::of(word, code).ok_or_else(|| match word {
            "invited" => HttpError::no_code(),
            _ => HttpError::bad_request(|t| t.no_registration),
        })?),
    };
    Ok(Configuration { title, registration })
}

/// GET `/people/NAME/about`.
pub(super) fn person(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    person_page(app, request, visitor, None)
}

fn person_page(app: &App, request: &Request, visitor: &Visitor, fault: Option<&HttpError>) -> HandlerResult {
    let here = online(app, visitor);
    let state = app.chat.state();
    let (id, member) = named_person(&state, request).ok_or_else(HttpError::not_found)?;
    let detail = fault.map(|fault| fault.text(request.locale.language));
    let page = PersonPage {
        site: &app.site,
        locale: request.locale,
        id,
        name: &member.name.clone(),
        since: member.since,
        standing: match member {
            Member { removed: Some(_), .. } => Role::Former,
            Member { owner: true, .. } => Role::Owner,
            _ => Role::Member,
        },
        here: here.contains(&id),
        by_owner: state.is_owner(visitor.member),
        fault: detail.as_deref(),
    };
    drop(state);
    Ok(card(app, request, Some(visitor), page.name.as_str(), &page.render(), fault))
}

/// POST `/people/NAME/role`.
pub(super) fn change_role(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["owner", "to"])?;
    let owner = match fields.get("owner") {
        "yes" => true,
        "no" => false,
        _ => return Err(HttpError::bad_request(|t| t.no_role)),
    };
    let (member, name) = active_person(app, request)?;
    let changed = must_mean(member, Some(&name), &fields, |t| t.someone_else_not_changed)
        .and_then(|()| app.may_change(request, visitor))
        .and_then(|()| Ok(app.chat.change_role(visitor.member, member, owner, request.now)?));
    let outcome = if owner { Outcome::OwnerMade(member) } else { Outcome::OwnerUnmade(member) };
    let on = |()| {
        let page = app.site.path(&person_path(&name)) + "/about";
        Ok(Reply::see_other(outcome.told_at(&page)))
    };
    respond(request, changed, on, |fault| person_page(app, request, visitor, Some(fault)))
}

/// POST `/people/NAME/remove`.
pub(super) fn remove(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.form(&["free", "to", EMPTY_FORM_FIELD.0])?;
    let free = fields.get("free") == "yes";
    let (member, name) = active_person(app, request)?;
    let removed = must_mean(member, Some(&name), &fields, |t| t.someone_else_not_changed)
        .and_then(|()| app.may_change(request, visitor))
        .and_then(|()| Ok(app.chat.remove_member(visitor.member, member, free, request.now)?));
    let on = |()| {
        Sessions::forget_ended(app);
        Ok(Reply::see_other(Outcome::MemberRemoved(member).told_at(&app.site.path("/people"))))
    };
    respond(request, removed, on, |fault| person_page(app, request, visitor, Some(fault)))
}

fn active_person(app: &App, request: &Request) -> Result<(MemberId, Username), HttpError> {
    let state = app.chat.state();
    let found = named_person(&state, request).filter(|(_, member)| !member.is_former());
    let (id, member) = found.ok_or(Refusal::NoSuchMember)?;
    Ok((id, member.name.clone()))
}
