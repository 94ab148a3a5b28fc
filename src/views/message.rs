//! A message, as every page and stream shows it.

use std::sync::Arc;

use chrono::DateTime;
use maud::{Markup, html};

use super::icons::Icon;
use super::markdown::prose;
use super::page_place::PagePlace;
use super::paths::{message_path, person_path};
use super::quote::{self, LinkedMessage};
use super::reader::Reader;
use super::{Site, exact, isolated, local};
use crate::chat::{Author, MemberId, Message, MessageView, Username};
use crate::text::Locale;
use crate::time_zone::Zone;

/// Messages of one author that follow each other within this time stand under one name: 5
/// minutes, in milliseconds.
const GROUP_MAX: i64 = 5 * 60 * 1000;
/// The avatars' colours in style/message.css.
const HUES: u64 = 8;

/// The line before the first message on a page that its reader has not seen.
pub(crate) struct NewLine {
    /// Address of the first unread message. None: it is here.
    pub(crate) from: Option<String>,
}

/// One message, with a day line and a head where the one before calls for them.
pub(crate) struct MessageRow<'a> {
    pub(crate) place: PagePlace<'a>,
    pub(crate) locale: Locale,
    pub(crate) earlier: Option<&'a Message>,
    pub(crate) said: &'a MessageView,
    pub(crate) reader: Reader,
    pub(crate) unseen: Option<NewLine>,
    /// To which it links.
    pub(crate) linked: &'a [LinkedMessage],
}

impl MessageRow<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { place, locale, earlier, said, reader, unseen, linked } = self;
        let MessageView { message, author, pinned_by, .. } = said;
        let site = place.site();
        let at = local(message.at, *locale);
        let new_day =
            earlier.is_none_or(|earlier| local(earlier.at, *locale).date_naive() != at.date_naive());
        let grouped = !new_day
            // The quote needs its author.
            && message.quote.is_none()
            && unseen.is_none()
            && earlier.is_some_and(|earlier| {
                let apart = message.at.0.saturating_sub(earlier.at.0);
                earlier.author == message.author && (0..=GROUP_MAX).contains(&apart)
            });
        let texts = locale.texts();
        let text = || match site {
            Some(site) => site.rendered.of(said),
            None => Arc::new(text(said)),
        };
        html! {
            @if new_day { h2.day data-day=(at.date_naive()) { span { (locale.day(&at)) } } }
            @if let Some(NewLine { from }) = unseen {
                h2.unseen #new {
                    span {
                        (texts.scripts.new_line)
                        @if let Some(first) = from { " · " a href=(first) target="_top" { (texts.room.jump_to_first) } }
                    }
                }
            }
            article.grouped[grouped] #{ "m" (message.id) } data-room=(message.room.0) data-author=(message.author.0) {
                header {
                    (avatar(message.author, &author.name))
                    b.author { (author_link(site, author, !grouped)) }
                    @if author.former { " " small { (texts.removal.mark) } }
                    " "
                    (time(site, *locale, message, &at))
                    @if let Some(site) = site {
                        " " a.more href=(site.path(&message_path(message.id, "/about"))) target="_top" aria-label=(texts.message.more) { "⋯" }
                    }
                }
                @if let Some(by) = pinned_by { (pin_sign(site, *locale, by)) }
                div.text {
                    (quote::quote(*place, *locale, self.said))
                    @if !message.body.is_none() { div.said { (text()) } }
                    @if let Some(edited) = message.amendments.edited {
                        " " small.edited title=(locale.in_full(&local(edited, *locale))) { (texts.message.edited) }
                    }
                    (super::attachment::files(*place, *locale, &message.files))
                    @if let Some(site) = site { (quote::linked(site, *locale, message.room, linked)) }
                }
                (super::reactions::row(*place, *locale, *reader, said))
            }
        }
    }
}

/// Renders a message's text. Cost: far more than all else around it (see [`RenderedTexts`](super::rendered_texts::RenderedTexts)).
pub(crate) fn text(said: &MessageView) -> Markup {
    prose(said.message.body.as_str(), &said.mentioned)
}

fn pin_sign(site: Option<&Site>, locale: Locale, by: &Author) -> Markup {
    html! {
        p.pin {
            @if site.is_some() { (Icon::Pin.render()) " " }
            ((locale.texts().pins.pinned_by)(&isolated(by.name.as_str())))
        }
    }
}

/// Links the author to a conversation, unless they left or this is no page of the chat. Unless `shown`, the eye does not
/// see it, and the keyboard passes over it.
pub(super) fn author_link(site: Option<&Site>, author: &Author, shown: bool) -> Markup {
    let name = html! { bdi { (author.name.as_str()) } };
    html! {
        @if let (Some(site), false) = (site, author.former) {
            a href=(site.path(&person_path(&author.name))) target="_top" tabindex=[(!shown).then_some("-1")] { (name) }
        } @else { (name) }
    }
}

/// The time, as a permanent link.
fn time(site: Option<&Site>, locale: Locale, message: &Message, at: &DateTime<Zone>) -> Markup {
    let link =
        site.map_or_else(|| format!("#m{}", message.id), |site| site.path(&message_path(message.id, "")));
    html! {
        a.time href=(link) target=[site.map(|_| "_top")] {
            time datetime=(exact(message.at)) title=(locale.in_full(at)) { (locale.time(at)) }
        }
    }
}

/// A member's colour and initial, for the eye alone.
pub(super) fn avatar(member: MemberId, name: &Username) -> Markup {
    let initial: String = name.as_str().chars().take(1).flat_map(char::to_uppercase).collect();
    html! { span.{ "avatar hue" (member.0.0 % HUES) } aria-hidden="true" data-initial=(initial) {} }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Body, Seq, Timestamp};

    #[test]
    fn messages_of_one_author_within_five_minutes_of_one_day_stand_together() {
        let start = Timestamp(1_790_000_000_000); // 2026-09-21 14:13:20 UTC
        let message = |id, author, at| {
            let plain = Message::plain(Seq(id), MemberId(Seq(author)), Body::parse("x").unwrap());
            Message { at: Timestamp(start.0 + at), ..plain }
        };
        let site = Site::new("", Zone::UTC, "");
        let author = Author { name: Username::parse("ann").unwrap(), former: false };
        let look = |earlier: Option<&Message>, message: &Message| {
            let said = MessageView::new(message.clone(), author.clone(), vec![], |_| None);
            let entry = MessageRow {
                place: PagePlace::Chat(&site),
                locale: Locale::PROGRAM,
                earlier,
                said: &said,
                reader: Reader::Anyone,
                unseen: None,
                linked: &[],
            };
            let markup = entry.render().into_string();
            (markup.contains("class=\"day\""), markup.contains("class=\"grouped\""))
        };
        let first = message(1, 1, 0);
        assert_eq!(look(None, &first), (true, false));
        assert_eq!(look(Some(&first), &message(2, 1, GROUP_MAX)), (false, true));
        assert_eq!(look(Some(&first), &message(2, 1, GROUP_MAX + 1)), (false, false));
        assert_eq!(look(Some(&first), &message(2, 2, 0)), (false, false));
        let midnight = (24 * 60 - 14 * 60 - 13) * 60_000;
        assert_eq!(look(Some(&message(2, 1, midnight - 60_000)), &message(3, 1, midnight)), (true, false));
        assert_eq!(look(Some(&first), &message(2, 1, -1)), (false, false), "the clock went back");
    }
}
