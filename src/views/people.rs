//! Lists of people on pages of their own.

use maud::{Markup, html};

use super::pager::Pager;
use super::paths::person_path;
use super::sidebar::PersonRow;
use super::{Site, isolated};
use crate::text::Locale;

/// A part of the list of all members.
pub(crate) struct PeoplePage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// The beginning of the names that are listed.
    pub(crate) like: &'a str,
    pub(crate) listed: &'a [PersonRow],
    pub(crate) pager: &'a Pager,
    /// The reader is an owner.
    pub(crate) is_owner: bool,
}

impl PeoplePage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = &self.locale.texts().people;
        html! {
            section.sheet.broad {
                h1 { (texts.title) }
                form.find role="search" action=(self.site.path("/people")) autocomplete="off" {
                    label.hidden for="like" { (texts.search) }
                    input #like type="search" name="like" value=(self.like) placeholder=(texts.search) dir="auto"
                        autocapitalize="none" spellcheck="false";
                    button.quiet { (self.locale.texts().lists.search) }
                }
                // Scripts look at it again when the lists change.
                div data-fresh {
                    @if self.listed.is_empty() { p.hint { (texts.none_found) } }
                    (rows(self.site, self.locale, self.listed))
                    (self.pager.render(self.locale))
                }
                @if self.is_owner {
                    p.aside { a href=(self.site.path("/owner/removed")) { (self.locale.texts().removal.removed_members) } }
                }
            }
        }
    }
}

/// People, each with the way to a conversation.
pub(super) fn rows(site: &Site, locale: Locale, people: &[PersonRow]) -> Markup {
    let (texts, shared) = (&locale.texts().people, &locale.texts().sidebar);
    html! {
        ul.rows.persons {
            @for person in people {
                @let (path, name) = (site.path(&person_path(&person.name)), person.name.as_str());
                li {
                    a.name.is-here[person.here] href={ (path) "/about" } data-member=(person.id.0) {
                        span.dot aria-hidden="true" {} " "
                        bdi { (name) }
                        @if person.own { " " small { (shared.you) } }
                        " " span.hidden hidden[!person.here] { (shared.online) }
                    }
                    " "
                    @if person.own { a.action href=(path) { (locale.texts().room.notes) } }
                    @else { a.action href=(path) aria-label=((texts.message_to)(&isolated(name))) { (texts.message) } }
                }
            }
        }
    }
}
