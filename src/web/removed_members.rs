//! Members who were removed, for owners: who they are, and how they come back.

use serde_json::json;

use super::App;
use super::form_page::card;
use super::http_error::HttpError;
use super::json::parse_id;
use super::people::{LISTED, part, skipped};
use super::reply::{HandlerResult, Reply, respond};
use super::request::Request;
use super::sessions::Visitor;
use crate::chat::{Member, MemberId, State};
use crate::views::EMPTY_FORM_FIELD;
use crate::views::pager::Pager;
use crate::views::removed_members::{RemovedMemberPage, RemovedRow, list as list_view};

/// GET `/owner/removed`.
pub(super) fn list(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let skip = skipped(&request.query(&["skip"])?)?;
    let state = app.chat.state();
    state.must_own(visitor.member)?;
    let mut former: Vec<RemovedRow> = state.removed_members().map(|(id, member)| shown(id, member)).collect();
    drop(state);
    former.sort_by_key(|member| std::cmp::Reverse((member.removed, member.id)));
    let pager = Pager::new(&app.site.path("/owner/removed"), &[], skip, LISTED, former.len());
    Ok(card(
        app,
        request,
        Some(visitor),
        request.locale.texts().removal.removed_members,
        &list_view(&app.site, request.locale, part(&former, skip), &pager),
        None,
    ))
}

/// GET `/owner/removed/ID`.
pub(super) fn person(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    page(app, request, visitor, None, None)
}

/// POST `/owner/removed/ID`: a link by which they come back.
pub(super) fn offer_return(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    request.form(&[EMPTY_FORM_FIELD.0])?;
    let offered = (|| {
        let id = named(&app.chat.state(), request, visitor)?.id;
        app.may_change(request, visitor)?;
        Ok(app.link_for(|token, now| app.chat.offer_return(visitor.member, id, token, now))?)
    })();
    let on = |path: String| {
        if request.wants_json() {
            return Ok(Reply::json(201, &json!({ "path": path })));
        }
        page(app, request, visitor, Some(&path), None)
    };
    respond(request, offered, on, |fault| page(app, request, visitor, None, Some(fault)))
}

fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    link: Option<&str>,
    fault: Option<&HttpError>,
) -> HandlerResult {
    let (member, name_is_free) = {
        let state = app.chat.state();
        let member = named(&state, request, visitor)?;
        let free = state.name_on_return(member.id, None).is_ok();
        (member, free)
    };
    let link = link.map(|path| request.origin() + path);
    let detail = fault.map(|fault| fault.text(request.locale.language));
    let page = RemovedMemberPage {
        site: &app.site,
        locale: request.locale,
        member: &member,
        name_is_free,
        link: link.as_deref(),
        fault: detail.as_deref(),
    };
    Ok(card(app, request, Some(visitor), member.name.as_str(), &page.render(), fault))
}

/// The removed member that a path names, for owners.
fn named(state: &State, request: &Request, visitor: &Visitor) -> Result<RemovedRow, HttpError> {
    state.must_own(visitor.member)?;
    let id = request.path.split('/').nth(3).and_then(|id| parse_id(id).ok()).map(MemberId);
    let member = id.and_then(|id| Some((id, state.member(id).filter(|member| member.is_former())?)));
    member.map(|(id, member)| shown(id, member)).ok_or_else(HttpError::not_found)
}

fn shown(id: MemberId, member: &Member) -> RemovedRow {
    RemovedRow {
        id,
        name: member.name.clone(),
        since: member.since,
        removed: member.removed.unwrap_or_default(),
    }
}
