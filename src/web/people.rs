//! Lists of people on pages of their own, and what long lists share.

use serde_json::json;

use super::context::Context;
use super::form::{FieldText, FormError};
use super::form_page::PageShell;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::sidebar::{in_order, people_named};
use crate::views::pager::Pager;
use crate::views::people::PeoplePage;

/// Rooms or people on a page of a list.
pub(super) const LISTED: usize = 100;
/// People whose names are given at once to a program.
const NAMES_GIVEN: usize = 50;

/// GET `/people`; as JSON, the first of those whose names begin with `like`.
pub(super) fn all_people(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![like, skip])?;
    let (like, skip) = (&*fields.like, skipped(&fields.skip)?);
    let moment = Moment::now(cx);
    let mut list = people_named(&moment, like);
    let shell = (!cx.request.wants_json()).then(|| PageShell::read(cx, &moment, None));
    drop(moment);
    in_order(&mut list);
    let Some(shell) = shell else {
        // For those who type a name.
        let names = list.iter().take(NAMES_GIVEN);
        let names = names
            .map(|person| json!({ "id": person.id.0.0, "name": person.name.as_str(), "here": person.here }));
        return Ok(Reply::json(200, &json!({ "people": names.collect::<Vec<_>>() })));
    };
    let pager = Pager::new(&cx.app.site.path("/people"), &[("like", like)], skip, LISTED, list.len());
    let people = PeoplePage {
        site: &cx.app.site,
        locale: cx.request.locale,
        like,
        listed: part(&list, skip),
        pager: &pager,
        is_owner: shell.sidebar.is_owner,
    };
    let title = cx.request.locale.texts().people.title;
    let people = people.render();
    Ok(shell.card(cx, title, &people, None))
}

/// Items of a list before those that are asked for.
pub(super) fn skipped(skip: &FieldText) -> Result<usize, FormError> {
    let skip = skip.id()?.unwrap_or_default();
    Ok(usize::try_from(skip.0).unwrap_or(usize::MAX))
}

/// Returns up to [`LISTED`] items.
pub(super) fn part<T>(list: &[T], skip: usize) -> &[T] {
    let rest = list.get(skip..).unwrap_or_default();
    &rest[..rest.len().min(LISTED)]
}
