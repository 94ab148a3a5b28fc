//! Members who were removed, for owners: who they are, and how they come back.

use serde_json::json;

use super::context::{Context, Visitor};
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::moment::Moment;
use super::people::{LISTED, part, skipped};
use super::reply::{HandlerResult, Reply, respond};
use crate::chat::{Member, MemberId, State};
use crate::views::pager::Pager;
use crate::views::removed_members::{RemovedMemberPage, RemovedRow, list as list_view};

/// GET `/owner/removed`.
pub(super) fn list(cx: &Context) -> HandlerResult {
    let skip = skipped(&cx.request.query(form![skip])?.skip)?;
    let moment = Moment::now(cx);
    moment.state.must_own(cx.visitor.member)?;
    let mut former: Vec<RemovedRow> =
        moment.state.removed_members().map(|(id, member)| shown(id, member)).collect();
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    former.sort_by_key(|member| std::cmp::Reverse((member.removed, member.id)));
    let pager = Pager::new(&cx.app.site.path("/owner/removed"), &[], skip, LISTED, former.len());
    Ok(shell.card(
        cx,
        cx.request.locale.texts().removal.removed_members,
        &list_view(&cx.app.site, cx.request.locale, part(&former, skip), &pager),
        None,
    ))
}

/// GET `/owner/removed/ID`.
pub(super) fn person(cx: &Context, id: MemberId) -> HandlerResult {
    page(cx, id, None, None)
}

/// POST `/owner/removed/ID`: a link by which they come back.
pub(super) fn offer_return(cx: &Context, id: MemberId) -> HandlerResult {
    cx.request.form(form![sure])?;
    let offered = (|| {
        removed(&cx.app.chat.state(), cx.visitor, id)?;
        cx.app.may_change(cx.request, cx.visitor)?;
        Ok(cx.app.link_for(|token, now| cx.app.chat.offer_return(cx.visitor.member, id, token, now))?)
    })();
    let on = |path: String| {
        if cx.request.wants_json() {
            return Ok(Reply::json(201, &json!({ "path": path })));
        }
        page(cx, id, Some(&path), None)
    };
    respond(cx.request, offered, on, |error| page(cx, id, None, Some(&error)))
}

fn page(cx: &Context, id: MemberId, link: Option<&str>, error: Option<&HttpError>) -> HandlerResult {
    let moment = Moment::now(cx);
    let member = removed(&moment.state, cx.visitor, id)?;
    let name_is_free = moment.state.name_on_return(id, None).is_ok();
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let link = link.map(|path| cx.request.origin() + path);
    let detail = error.map(|error| error.text(cx.request.locale.language));
    let page = RemovedMemberPage {
        site: &cx.app.site,
        locale: cx.request.locale,
        member: &member,
        name_is_free,
        link: link.as_deref(),
        fault: detail.as_deref(),
    };
    Ok(shell.card(cx, member.name.as_str(), &page.render(), error))
}

/// Finds a removed member, for owners.
fn removed(state: &State, visitor: &Visitor, id: MemberId) -> Result<RemovedRow, HttpError> {
    state.must_own(visitor.member)?;
    let member = state.member(id).filter(|member| member.is_former());
    member.map(|member| shown(id, member)).ok_or(HttpError::NotFound)
}

fn shown(id: MemberId, member: &Member) -> RemovedRow {
    RemovedRow {
        id,
        name: member.name.clone(),
        since: member.since,
        removed: member.removed.unwrap_or_default(),
    }
}
