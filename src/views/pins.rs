//! The pinned messages of a room, newest pin first.

use maud::{Markup, html};

use super::icons::Icon;
use super::message::avatar;
use super::page_place::PagePlace;
use super::paths::message_path;
use super::{Site, attachment, exact, isolated, local};
use crate::chat::{Author, MessageView, Pin, PinnedMessage, Seq};
use crate::text::Locale;

/// Of them, on the page about a room.
const FEW: usize = 3;

pub(crate) struct PinsPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// The room's address, below the chat's own.
    pub(crate) path: &'a str,
    pub(crate) pins: &'a [PinnedMessage],
    /// The reader may pin and unpin.
    pub(crate) speak: bool,
}

impl PinsPage<'_> {
    pub(crate) fn render(&self, title: &str) -> Markup {
        let texts = &self.locale.texts().pins;
        html! {
            section.sheet.broad {
                h1 { (title) }
                // Scripts ask for it again when one of them is pinned, changed or gone.
                div data-fresh {
                    @if self.pins.is_empty() {
                        p { (texts.none) }
                        @if self.speak { p.hint { (texts.none_hint) } }
                    } @else {
                        (self.list(self.pins, true))
                    }
                }
                p.aside { a href=(self.site.path(self.path)) { (self.locale.texts().details.back) } }
            }
        }
    }

    /// The newest of them on the page about a room, and the way to all.
    pub(super) fn newest(&self) -> Markup {
        let texts = &self.locale.texts().pins;
        html! {
            @if !self.pins.is_empty() {
                h2 { (texts.heading) }
                (self.list(&self.pins[..self.pins.len().min(FEW)], false))
                p.pager { a href={ (self.site.path(self.path)) "/pins" } { (texts.all) } }
            }
        }
    }

    fn list(&self, pins: &[PinnedMessage], unpins: bool) -> Markup {
        html! { ol.hits.pins { @for pinned in pins { li.hit { (self.entry(pinned, unpins && self.speak)) } } } }
    }

    /// A pinned message. All of it leads to its place: the one link covers the rest, but for what one may press.
    fn entry(&self, PinnedMessage { id, view }: &PinnedMessage, unpins: bool) -> Markup {
        html! {
            @match view {
                Some(view) => (self.message(view)),
                None => p.hint { (self.locale.texts().pins.gone) },
            }
            @if unpins {
                @let next = format!("{}/pins", self.site.path(self.path));
                (pin_form(self.site, self.locale, *id, (false, Some(&next))))
            }
        }
    }

    fn message(&self, said: &MessageView) -> Markup {
        let MessageView { message, author, pinned_by, .. } = said;
        let texts = self.locale.texts();
        let at = self.locale.date_time(&local(message.at, self.locale));
        html! {
            header {
                (avatar(message.author, &author.name))
                b.author { bdi { (author.name.as_str()) } }
                @if author.former { " " small { (texts.removal.mark) } }
                " "
                a.to href=(self.site.path(&message_path(message.id, "")))
                    aria-label=((texts.pins.place)(&isolated(author.name.as_str()), &at)) {
                    time datetime=(exact(message.at)) { (at) }
                }
            }
            @if !message.body.is_none() { div.said { (self.site.rendered.of(said)) } }
            (attachment::files(PagePlace::Chat(self.site), self.locale, &message.files))
            @if let Some((pin, by)) = message.amendments.pin.as_deref().zip(pinned_by.as_ref()) {
                (self.pinned(pin, by))
            }
        }
    }

    fn pinned(&self, pin: &Pin, by: &Author) -> Markup {
        let at = self.locale.date_time(&local(pin.at, self.locale));
        html! {
            p.pin {
                (Icon::Pin.render()) " "
                ((self.locale.texts().pins.pinned_at)(&isolated(by.name.as_str()), &at))
            }
        }
    }
}

/// The form that pins a message, or unpins it. `next`: where it leads, if not to the message's place.
pub(super) fn pin_form(site: &Site, locale: Locale, id: Seq, (wanted, next): (bool, Option<&str>)) -> Markup {
    let texts = &locale.texts().pins;
    html! {
        form.pinning method="post" action=(site.path(&message_path(id, "/pin"))) {
            input type="hidden" name="on" value=(u8::from(wanted));
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            button.quiet { (if wanted { texts.pin } else { texts.unpin }) }
        }
    }
}
