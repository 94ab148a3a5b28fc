//! Reactions: the pills below a message, and the ways to another one.

use maud::{Markup, html};

use super::icons::Icon;
use super::page_place::PagePlace;
use super::paths::message_path;
use super::reader::Reader;
use super::{Site, isolated};
use crate::chat::{EMOJI_PER_MESSAGE, Emoji, MemberId, MessageView, ReactionView, Seq};
use crate::emoji;
use crate::text::{Locale, ReactionsTexts};

/// One click away.
const QUICK: [&str; 6] = ["👍", "❤\u{FE0F}", "😂", "🎉", "😮", "🙏"];
/// Members whose numbers a pill bears, for scripts to find their reader among them; of more, scripts go by what they know.
const MEMBERS_LISTED: usize = 100;

/// The pills below a message; nothing where no one reacted.
pub(super) fn row(place: PagePlace, locale: Locale, reader: Reader, said: &MessageView) -> Markup {
    if said.reactions.is_empty() {
        return html! {};
    }
    let Some(site) = place.site() else { return printed(locale, &said.reactions) };
    let id = said.message.id;
    let pills = html! { @for view in &said.reactions { (pill(site, locale, reader, (id, view))) } };
    group(site, locale, id, &pills, reader != Reader::Onlooker && said.reactions.len() < EMOJI_PER_MESSAGE)
}

/// `grows`: whether another emoji may come to them. That of no message tells scripts how many may.
fn group(site: &Site, locale: Locale, id: Seq, pills: &Markup, grows: bool) -> Markup {
    let texts = &locale.texts().reactions;
    html! {
        div.reactions role="group" aria-label=(texts.title) data-most=[(id == Seq(0)).then_some(EMOJI_PER_MESSAGE)] {
            (pills)
            a.add href={ (site.path(&message_path(id, "/about"))) "#react" } target="_top" aria-label=(texts.add) title=(texts.add) hidden[!grows] {
                (Icon::React.render())
            }
        }
    }
}

/// A form that puts the reader's own reaction beside a message, or takes it back.
fn pill(site: &Site, locale: Locale, reader: Reader, (id, view): (Seq, &ReactionView)) -> Markup {
    let ReactionView { emoji, members, .. } = view;
    let texts = &locale.texts().reactions;
    let pressed = matches!(reader, Reader::Member(member) if members.contains(&member));
    let (count, who) = (members.len(), names(texts, view));
    let listed = (count <= MEMBERS_LISTED).then(|| listed(members));
    let label = (texts.pill)(&said_name(texts, emoji.as_str()), count, &who);
    html! {
        (form(site, id, emoji.as_str(), &html! {
            button.pill name="on" value=(switch(!pressed)) aria-pressed=(pressed.to_string()) aria-label=(label) title=(who)
                data-members=[listed] disabled[reader == Reader::Onlooker] {
                span.picture { (emoji.as_str()) } " " span.tally { (count) }
            }
        }))
    }
}

fn form(site: &Site, id: Seq, emoji: &str, button: &Markup) -> Markup {
    html! {
        form method="post" action=(site.path(&message_path(id, "/react"))) target="_top" {
            input type="hidden" name="emoji" value=(emoji);
            (button)
        }
    }
}

/// The value of the field `on`.
fn switch(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

fn listed(members: &[MemberId]) -> String {
    members.iter().map(|member| member.0.to_string()).collect::<Vec<_>>().join(" ")
}

/// Who reacted with one emoji, as far as names are told.
fn names(texts: &ReactionsTexts, view: &ReactionView) -> String {
    let names = view.names.iter().map(|name| isolated(name.as_str())).collect::<Vec<_>>();
    let others = view.members.len() - names.len();
    texts.names(names, others)
}

fn said_name(texts: &ReactionsTexts, emoji: &str) -> String {
    let name = if texts.named { emoji::name(emoji) } else { None };
    name.map_or_else(|| emoji.to_owned(), Into::into)
}

/// On a page outside the chat.
fn printed(locale: Locale, reactions: &[ReactionView]) -> Markup {
    let texts = &locale.texts().reactions;
    html! {
        div.reactions role="group" aria-label=(texts.title) {
            @for view in reactions {
                span.pill title=(names(texts, view)) {
                    span.picture { (view.emoji.as_str()) } " " span.tally { (view.members.len()) }
                }
            }
        }
    }
}

/// What scripts make pills of where there are none: the row, with one.
pub(super) fn blank(site: &Site, locale: Locale) -> Markup {
    let button = html! {
        button.pill name="on" value=(switch(true)) aria-pressed="false" { span.picture {} " " span.tally {} }
    };
    group(site, locale, Seq(0), &form(site, Seq(0), "", &button), true)
}

/// A few emoji and the way to all of them, for scripts: a line of a menu.
pub(super) fn quick(locale: Locale) -> Markup {
    let texts = &locale.texts().reactions;
    html! {
        div.quick role="group" aria-label=(texts.react) data-offered="writers" {
            @for emoji in QUICK {
                button type="button" tabindex="-1" role="menuitemcheckbox" aria-checked="false" data-emoji=(emoji)
                    aria-label=(said_name(texts, emoji)) { (emoji) }
            }
            button type="button" tabindex="-1" role="menuitem" data-emoji="" aria-label=(texts.more) title=(texts.more) { (Icon::React.render()) }
        }
    }
}

/// The same, opened from the toolbar.
pub(super) fn chooser(locale: Locale) -> Markup {
    html! { div.react-menu role="menu" popover="auto" aria-label=(locale.texts().reactions.react) { (quick(locale)) } }
}

/// The forms of one message's page: the few, any other, and who reacted so far.
pub(super) fn forms(
    site: &Site,
    locale: Locale,
    me: MemberId,
    said: &MessageView,
    fault: Option<&str>,
) -> Markup {
    let texts = &locale.texts().reactions;
    let id = said.message.id;
    let has = |emoji: &str| {
        let own =
            Emoji::parse(emoji).and_then(|emoji| said.message.amendments.reactions.find(me, &emoji).cloned());
        own.is_some()
    };
    html! {
        div.react #react {
            div.quick {
                @for emoji in QUICK {
                    @let pressed = has(emoji);
                    (form(site, id, emoji, &html! {
                        button.pill name="on" value=(switch(!pressed)) aria-pressed=(pressed.to_string()) aria-label=(said_name(texts, emoji)) {
                            span.picture { (emoji) }
                        }
                    }))
                }
            }
            form.any method="post" action=(site.path(&message_path(id, "/react"))) autocomplete="off" {
                p.fault #react-fault role="alert" hidden[fault.is_none()] { (fault.unwrap_or_default()) }
                label for="react-emoji" { (texts.any) }
                div.choices {
                    input #react-emoji name="emoji" required aria-invalid=[fault.map(|_| "true")] aria-describedby="react-fault";
                    " "
                    button name="on" value=(switch(true)) { (texts.react) }
                }
            }
            @if !said.reactions.is_empty() {
                ul.reactors aria-label=(texts.title) {
                    @for view in &said.reactions { li { span.picture { (view.emoji.as_str()) } " " (names(texts, view)) } }
                }
            }
        }
    }
}
