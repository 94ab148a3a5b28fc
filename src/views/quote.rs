//! What a reply answers: the line above it, and the one over the text of a reply that is being written.

use std::collections::HashMap;

use maud::{Markup, html};

use super::Site;
use super::icons::Icon;
use super::page_place::PagePlace;
use super::paths::message_path;
use crate::chat::{Author, Excerpt, MessageView, RoomId, Seq, Username};
use crate::text::Locale;

/// The line above a reply: a link to what it answers, while that is there. Scripts find the quotes of a message by
/// `data-answers`.
pub(super) fn quote(place: PagePlace, locale: Locale, said: &MessageView) -> Markup {
    let Some((quote, author)) = said.message.quote.as_ref().zip(said.quoted.as_ref()) else {
        return html! {};
    };
    let content = html! {
        @if let PagePlace::Chat(_) = place { (Icon::Reply.render()) }
        span.hidden { (locale.texts().replies.in_reply_to) }
        " "
        (beginning(locale, author, quote.excerpt.as_ref()))
    };
    let place = match place {
        PagePlace::Chat(site) => (site.path(&message_path(quote.message, "")), Some("_top")),
        PagePlace::Alone(_) => (format!("#m{}", quote.message), None),
    };
    let link = quote.excerpt.as_ref().map(|_| place);
    let (href, target) = link.unzip();
    html! {
        // Without an address, it is the place of a link.
        a.quote href=[href] target=[target.flatten()] data-answers=(quote.message) data-author=(quote.author.0) { (content) }
    }
}

fn beginning(locale: Locale, author: &Author, text: Option<&Excerpt>) -> Markup {
    html! {
        b { bdi { (author.name.as_str()) } }
        @if author.former { " " small { (locale.texts().removal.mark) } }
        " "
        (excerpt(locale, text.map(Excerpt::as_str)))
    }
}

/// A message to which another links, for a reader who sees both.
pub(crate) struct LinkedMessage {
    pub(crate) message: Seq,
    pub(crate) room: RoomId,
    pub(crate) author: Author,
    pub(crate) excerpt: Excerpt,
}

/// By the numbers of the messages that link to them.
pub(crate) type LinkedMessages = HashMap<Seq, Vec<LinkedMessage>>;

/// The lines below a message of a room that links to others.
pub(super) fn linked(site: &Site, locale: Locale, room: RoomId, all: &[LinkedMessage]) -> Markup {
    html! {
        @if !all.is_empty() {
            div.linked {
                @for LinkedMessage { message, room: its_room, author, excerpt } in all {
                    // What happens in other rooms is not told here.
                    @let followed = (*its_room == room).then_some(message);
                    a.quote href=(site.path(&message_path(*message, ""))) target="_top" data-answers=[followed] {
                        (Icon::Link.render()) " " (beginning(locale, author, Some(excerpt)))
                    }
                }
            }
        }
    }
}

/// `text`: None where the message was removed, empty where it is all files.
fn excerpt(locale: Locale, text: Option<&str>) -> Markup {
    let texts = &locale.texts().scripts;
    html! {
        @match text {
            None => span.excerpt.gone { (texts.quote_deleted) },
            Some("") => span.excerpt.gone { (texts.photo_or_file) },
            Some(text) => span.excerpt dir="auto" { (text) },
        }
    }
}

/// The message that a composer's text answers.
pub(crate) struct Answered {
    pub(crate) message: Seq,
    /// Its author, and what is quoted of it. None: it could not be read.
    pub(crate) quoted: Option<(Username, Excerpt)>,
}

/// The line over the text of a reply. `leave`: the address of the composer without it.
pub(super) fn answered(site: &Site, locale: Locale, answered: &Answered, leave: &str) -> Markup {
    let texts = locale.texts();
    html! {
        div.answer data-answers=(answered.message) {
            input type="hidden" name="reply_to" value=(answered.message) autocomplete="off";
            (Icon::Reply.render())
            " "
            @if let Some((author, text)) = &answered.quoted {
                b.to dir="auto" data-name=(author.as_str()) { (texts.scripts.replying_to.replace("{name}", author.as_str())) }
                " "
                (excerpt(locale, Some(text.as_str())))
            } @else {
                b.to { (texts.replies.reply) }
            }
            " "
            a.away href=(site.path(leave)) title=(texts.replies.cancel) aria-label=(texts.replies.cancel) { (Icon::Close.render()) }
        }
    }
}

/// The same for scripts, which fill it.
pub(super) fn blank(locale: Locale) -> Markup {
    let cancel = locale.texts().replies.cancel;
    html! {
        div.answer {
            input type="hidden" name="reply_to" autocomplete="off";
            (Icon::Reply.render())
            " "
            b.to dir="auto" {}
            " "
            span.excerpt dir="auto" {}
            " "
            button.quiet.away type="button" title=(cancel) aria-label=(cancel) { (Icon::Close.render()) }
        }
    }
}
