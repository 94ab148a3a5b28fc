//! Members who were removed, and the link by which one of them comes back.

use maud::{Markup, html};

use super::chat_settings::copied;
use super::pager::Pager;
use super::{Site, empty_form_field, isolated, local};
use crate::chat::{MemberId, Timestamp, Username};
use crate::text::Locale;

/// Somebody who was removed.
pub(crate) struct RemovedRow {
    pub(crate) id: MemberId,
    pub(crate) name: Username,
    pub(crate) since: Timestamp,
    pub(crate) removed: Timestamp,
}

fn day(at: Timestamp, locale: Locale) -> String {
    locale.date(&local(at, locale))
}

/// A part of them, the newest first.
pub(crate) fn list(site: &Site, locale: Locale, former: &[RemovedRow], pager: &Pager) -> Markup {
    let texts = &locale.texts().removal;
    html! {
        section.sheet {
            h1 { (texts.removed_members) }
            @if former.is_empty() { p { (texts.none) } }
            ul.rooms {
                @for member in former {
                    li {
                        a href={ (site.path("/owner/removed/")) (member.id.0) } { bdi { (member.name.as_str()) } }
                        " " small { ((texts.removed_on)(&day(member.removed, locale))) }
                    }
                }
            }
            (pager.render(locale))
            p.aside { a href=(site.path("/owner")) { (locale.texts().settings.heading) } }
        }
    }
}

pub(crate) struct RemovedMemberPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) member: &'a RemovedRow,
    /// They come back under the name that they had.
    pub(crate) name_is_free: bool,
    /// The one that was just made.
    pub(crate) link: Option<&'a str>,
    pub(crate) fault: Option<&'a str>,
}

impl RemovedMemberPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let RemovedRow { id, name, since, removed } = self.member;
        let texts = &self.locale.texts().removal;
        html! {
            section.sheet {
                h1 { bdi { (name.as_str()) } " " (texts.mark) }
                p { ((texts.from_to)(&day(*since, self.locale), &day(*removed, self.locale))) }
                @if let Some(text) = self.fault { p.fault role="alert" { (text) } }
                @if let Some(link) = self.link {
                    p role="status" { ((texts.send_link)(&isolated(name.as_str()))) }
                    (copied(self.locale, texts.link, "link", link))
                } @else {
                    form method="post" action={ (self.site.path("/owner/removed/")) (id.0) } {
                        (empty_form_field())
                        p.hint { (texts.bring_back_hint) }
                        @if !self.name_is_free { p.hint { (texts.name_is_taken) } }
                        button { (texts.bring_back) }
                    }
                }
                p.aside { a href=(self.site.path("/owner/removed")) { (texts.removed_members) } }
            }
        }
    }
}
