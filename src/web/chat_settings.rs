//! What owners decide: about the chat, and about people.

use super::App;
use super::context::Context;
use super::form_page::{PageShell, form_fault, member_card};
use super::http_error::HttpError;
use super::invite_addresses::InviteAddresses;
use super::moment::Moment;
use super::notifications::is_saved;
use super::outcome::Outcome;
use super::reply::{HandlerResult, Reply, respond};
use super::room_access::must_mean;
use super::sessions::Sessions;
use crate::chat::{Configuration, Member, MemberId, NameKey, Refusal, Registration, Title, Username};
use crate::secrets::{draw_code, is_guessable};
use crate::views::chat_settings::{ChatSettingsPage, PersonPage, Role, invite_page};
use crate::views::notifications::LevelForm;
use crate::views::paths::person_path;
use crate::views::sign_in::Offer;

/// GET `/owner`.
pub(super) fn house(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![title, code])?;
    // A suggested code that was taken without a script.
    let typed = fields.code.given().map(|code| [&*fields.title, "invited", code]);
    house_page(cx, typed, None)
}

/// GET `/owner/invite`: how others get in, for who created the chat.
pub(super) fn invite(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![created])?;
    cx.app.chat.state().must_own(cx.visitor.member)?;
    let (ways, name) = (InviteAddresses::of(cx.app, cx.request), cx.request.locale.texts().invite.heading);
    let page =
        invite_page(&cx.app.site, cx.request.locale, &*fields.created == "yes", &ways.shown(cx.request));
    Ok(member_card(cx, name, &page, None))
}

/// `typed`: a title, registration and code that are not saved.
fn house_page(cx: &Context, typed: Option<[&str; 3]>, error: Option<&HttpError>) -> HandlerResult {
    let moment = Moment::now(cx);
    let state = &*moment.state;
    state.must_own(cx.visitor.member)?;
    let (decided, version) = (state.configuration().clone(), state.configured());
    let (registration, code) = decided.registration.as_ref().map(Registration::words).unwrap_or_default();
    let title = decided.title.as_ref().map(Title::as_str).unwrap_or_default();
    let decided = [title, registration, code.unwrap_or_default()];
    let [title, registration, code] = typed.unwrap_or(decided);
    let owners = state.active_members().filter(|(_, member)| member.owner);
    let mut owners: Vec<Username> = owners.map(|(_, member)| member.name.clone()).collect();
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    owners.sort_by(|one, other| one.key().cmp(other.key()));
    let suggested = is_guessable(code).then(|| suggested_code(cx.app, title));
    let ways = InviteAddresses::of(cx.app, cx.request);
    let saved = error.is_none() && cx.request.query(form![saved])?.saved.given().is_some();
    let page = ChatSettingsPage {
        site: &cx.app.site,
        locale: cx.request.locale,
        title,
        registration,
        code,
        version,
        meanwhile: matches!(error, Some(HttpError::Refused(Refusal::Outdated))).then_some(decided),
        suggested,
        default_title: &cx.app.default_title,
        default_is_invited: matches!(cx.app.default_registration, Registration::Invited(_)),
        owners: &owners,
        invite: ways.shown(cx.request),
        has_nodes: cx.app.node.is_some(),
        saved,
        fault: error.map(|error| form_fault(cx.request, error)),
    };
    let name = cx.request.locale.texts().settings.heading;
    Ok(shell.card(cx, name, &page.render(), error))
}

/// A code to take, beside the title that the form has.
fn suggested_code(app: &App, title: &str) -> Offer {
    let value = draw_code();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("title", title).append_pair("code", &value);
    Offer { href: app.site.path("/owner?") + &query.finish(), value }
}

/// POST `/owner`.
pub(super) fn configure(cx: &Context) -> HandlerResult {
    let form = cx.request.form(form![title, registration, code, version])?;
    let typed = [&*form.title, &*form.registration, &*form.code];
    let configured = (|| {
        let configuration = configuration(typed)?;
        let version = form.version.id()?;
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok(cx.app.chat.configure(cx.visitor.member, configuration, version, cx.request.now)?)
    })();
    let on = |()| Ok(Reply::see_other(cx.app.site.path("/owner?saved=yes")));
    respond(cx.request, configured, on, |error| house_page(cx, Some(typed), Some(&error)))
}

fn configuration([title, registration, code]: [&str; 3]) -> Result<Configuration, HttpError> {
    let title = (!title.trim().is_empty()).then(|| Title::parse(title)).transpose()?;
    let registration = match (registration, code) {
        ("", _) => None,
        (word, code) => Some(Registration::of(word, code).ok_or(match word {
            "invited" => HttpError::InvalidCode,
            _ => HttpError::BadRequest(|t| t.no_registration),
        })?),
    };
    Ok(Configuration { title, registration })
}

/// GET `/people/NAME/about`.
pub(super) fn person(cx: &Context, name: &NameKey) -> HandlerResult {
    person_page(cx, name, None)
}

fn person_page(cx: &Context, name: &NameKey, error: Option<&HttpError>) -> HandlerResult {
    let moment = Moment::now(cx);
    let (id, member) = moment.state.member_named(name).ok_or(HttpError::NotFound)?;
    let own = cx.visitor.member;
    let pair = moment.state.pair(own, id).filter(|_| id != own && !member.is_former());
    let path = person_path(&member.name);
    let saved = error.is_none() && is_saved(&cx.request.query(form![done, who])?.done);
    let detail = error.map(|error| error.text(cx.request.locale.language));
    let page = PersonPage {
        site: &cx.app.site,
        locale: cx.request.locale,
        id,
        name: &member.name.clone(),
        since: member.since,
        standing: match member {
            Member { removed: Some(_), .. } => Role::Former,
            Member { owner: true, .. } => Role::Owner,
            _ => Role::Member,
        },
        here: moment.is_online(id),
        by_owner: moment.state.is_owner(own),
        level: pair.map(|room| LevelForm {
            site: &cx.app.site,
            locale: cx.request.locale,
            path: &path,
            level: moment.state.notification_level(own, room),
            saved,
        }),
        fault: detail.as_deref(),
    };
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    Ok(shell.card(cx, page.name.as_str(), &page.render(), error))
}

/// POST `/people/NAME/role`.
pub(super) fn change_role(cx: &Context, named: &NameKey) -> HandlerResult {
    let form = cx.request.form(form![owner, to])?;
    let owner = match &*form.owner {
        "yes" => true,
        "no" => false,
        _ => return Err(HttpError::BadRequest(|t| t.no_role)),
    };
    let (member, name) = active_person(cx.app, named)?;
    let changed = must_mean(member, Some(&name), &form.to, |t| t.someone_else_not_changed)
        .and_then(|()| cx.app.may_change(cx.request, cx.visitor))
        .and_then(|()| Ok(cx.app.chat.change_role(cx.visitor.member, member, owner, cx.request.now)?));
    let outcome = if owner { Outcome::OwnerMade(member) } else { Outcome::OwnerUnmade(member) };
    let on = |()| {
        let page = cx.app.site.path(&person_path(&name)) + "/about";
        Ok(Reply::see_other(outcome.told_at(&page)))
    };
    respond(cx.request, changed, on, |error| person_page(cx, named, Some(&error)))
}

/// POST `/people/NAME/remove`.
pub(super) fn remove(cx: &Context, named: &NameKey) -> HandlerResult {
    let form = cx.request.form(form![free, to, sure])?;
    let free = &*form.free == "yes";
    let (member, name) = active_person(cx.app, named)?;
    let removed = must_mean(member, Some(&name), &form.to, |t| t.someone_else_not_changed)
        .and_then(|()| cx.app.may_change(cx.request, cx.visitor))
        .and_then(|()| Ok(cx.app.chat.remove_member(cx.visitor.member, member, free, cx.request.now)?));
    let on = |()| {
        Sessions::forget_ended(cx.app);
        Ok(Reply::see_other(Outcome::MemberRemoved(member).told_at(&cx.app.site.path("/people"))))
    };
    respond(cx.request, removed, on, |error| person_page(cx, named, Some(&error)))
}

fn active_person(app: &App, name: &NameKey) -> Result<(MemberId, Username), HttpError> {
    let state = app.chat.state();
    let (id, member) = state.active_named(name).ok_or(Refusal::NoSuchMember)?;
    Ok((id, member.name.clone()))
}
