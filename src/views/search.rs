//! Search: what is wanted, and what was found.

use maud::{Markup, html};

use super::message::{author_link, message_path};
use super::room::Heading;
use super::{Site, exact, local};
use crate::chat::{Found, RoomId, Said, Words};
use crate::text::Locale;

/// A search, as it was typed, and what came of it.
pub(crate) struct Results<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) typed: Typed<'a>,
    /// The rooms to choose from.
    pub(crate) rooms: &'a [(RoomId, Heading)],
    pub(crate) words: &'a Words,
    /// Nothing: nothing was searched for yet.
    pub(crate) found: Option<&'a Found>,
    pub(crate) fault: Option<&'a str>,
}

/// The form's fields.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a> {
    pub(crate) words: &'a str,
    pub(crate) author: &'a str,
    /// A room's number; empty: everywhere.
    pub(crate) room: &'a str,
}

impl Results<'_> {
    pub(crate) fn render(&self) -> Markup {
        html! {
            section.sheet.broad {
                h1 { "Search" }
                (self.form())
                @if let Some(found) = self.found { (self.found(found)) } @else { (self.day_form()) }
                p.aside { a href=(self.site.path("/chat")) { "Back to the chat" } }
            }
        }
    }

    fn form(&self) -> Markup {
        html! {
            form.search role="search" method="get" action=(self.site.path("/search")) {
                @if let Some(text) = self.fault { p.fault role="alert" { (text) } }
                label for="q" { "Words" }
                input #q type="search" name="q" value=(self.typed.words) dir="auto" autocomplete="off" aria-describedby="q-hint" autofocus[self.found.is_none()];
                p.hint #q-hint { "Matches all words, or their beginnings. Use quotes for a phrase." }
                div.pair {
                    div {
                        label for="author" { "Said by" }
                        input #author name="author" value=(self.typed.author) placeholder="anybody" dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false";
                    }
                    div {
                        label for="room" { "In" }
                        (self.room_choice("room", "everywhere"))
                    }
                }
                button { "Search" }
            }
        }
    }

    /// `none`: what it says where no room is chosen.
    fn room_choice(&self, id: &str, none: &str) -> Markup {
        html! {
            select #(id) name="room" {
                @if !none.is_empty() { option value="" { (none) } }
                @for (room, heading) in self.rooms {
                    @let value = room.0.to_string();
                    option value=(value) selected[value == self.typed.room] { (heading.name(self.locale.language)) }
                }
            }
        }
    }

    fn day_form(&self) -> Markup {
        html! {
            h2 { "Go to a day" }
            form method="get" action=(self.site.path("/day")) {
                div.pair {
                    div { label for="day" { "Day" } input #day type="date" name="day" required; }
                    div { label for="day-room" { "In" } (self.room_choice("day-room", "")) }
                }
                button.quiet { "Go there" }
            }
        }
    }

    fn found(&self, found: &Found) -> Markup {
        html! {
            h2 #found {
                @match (found.messages.is_empty(), found.ended_early) {
                    (true, true) => "There was not enough time",
                    (true, false) => "Nothing was found",
                    (false, _) => "Found, newest first",
                }
            }
            ol.found { @for said in &found.messages { li { (self.one(said)) } } }
            @if found.ended_early {
                p.hint { "This took long, so not all messages were looked at. Longer words make it quicker." }
            }
            @if let Some(more) = found.more {
                p.edge { a rel="next" href={ (self.link()) "&before=" (more) } { "Look further back" } }
            }
        }
    }

    fn one(&self, Said { message, author, .. }: &Said) -> Markup {
        let at = local(message.at, self.locale);
        let room = self.rooms.iter().find(|(room, _)| *room == message.room).map(|(_, heading)| heading);
        let text = message.body.as_str();
        let mut end = 0;
        let marked = self.words.places(text).into_iter().map(|place| {
            let before = &text[end..place.start];
            end = place.end;
            (before, &text[place])
        });
        let marked: Vec<_> = marked.collect();
        html! {
            header {
                (author_link(Some(self.site), author)) " "
                @if let Some(room) = room { small { span aria-hidden="true" { (room.sign()) " " } bdi { (room.name(self.locale.language)) } } " " }
                a.time href=(self.site.path(&message_path(message.id, ""))) {
                    time datetime=(exact(message.at)) { (self.locale.date_time(&at)) }
                }
            }
            p.said dir="auto" { @for (before, word) in marked { (before) mark { (word) } } (text[end..]) }
        }
    }

    /// The address of this search.
    fn link(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let Typed { words, author, room } = self.typed;
        query.append_pair("q", words).append_pair("author", author).append_pair("room", room);
        self.site.path("/search?") + &query.finish()
    }
}
