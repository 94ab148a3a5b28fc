//! Search: what is wanted, and what was found.

mod excerpt;

use std::ops::Range;

use maud::{Markup, html};

use super::attachment;
use super::markdown::marked_prose;
use super::message::avatar;
use super::page_place::PagePlace;
use super::paths::message_path;
use super::quote::quote;
use super::room_title::RoomTitle;
use super::{Site, exact, isolated, local};
use crate::chat::{MessageView, Query, RoomId, SearchResults};
use crate::text::{self, Locale};

use excerpt::{excerpt, mentioned_within, within};

/// A search, as it was typed, and what came of it.
pub(crate) struct SearchPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) typed: SearchForm<'a>,
    /// The rooms to choose from.
    pub(crate) rooms: &'a [(RoomId, RoomTitle)],
    pub(crate) words: &'a Query,
    /// Nothing: nothing was searched for yet.
    pub(crate) found: Option<&'a SearchResults>,
    pub(crate) fault: Option<&'a str>,
}

#[derive(Clone, Copy)]
pub(crate) struct SearchForm<'a> {
    pub(crate) words: &'a str,
    pub(crate) author: &'a str,
    /// A room's number; empty: everywhere.
    pub(crate) room: &'a str,
}

impl SearchPage<'_> {
    /// The page's title, with the number of results, as screen readers say that first.
    pub(crate) fn title(&self) -> String {
        let texts = self.texts();
        match (self.found, self.typed.words.trim()) {
            (Some(found), "") => self.count(found),
            (Some(found), words) => (texts.title_of)(&self.count(found), words),
            (None, _) => texts.title.to_owned(),
        }
    }

    pub(crate) fn render(&self) -> Markup {
        html! {
            section.finder {
                h1 { (self.texts().title) }
                (self.form())
                (self.filters())
                @if let Some(found) = self.found { (self.found(found)) }
            }
        }
    }

    fn texts(&self) -> &'static text::SearchTexts {
        &self.locale.texts().search
    }

    fn form(&self) -> Markup {
        let texts = self.texts();
        html! {
            form.search #search role="search" method="get" action=(self.site.path("/search")) {
                @if let Some(text) = self.fault { p.fault role="alert" { (text) } }
                label for="q" { (texts.words) }
                div.field {
                    input #q type="search" name="q" value=(self.typed.words) dir="auto" autocomplete="off" enterkeyhint="search"
                        aria-describedby="q-hint" autofocus[self.found.is_none()];
                    button { (texts.submit) }
                }
                p.hint #q-hint { (texts.hint) }
            }
            @if let Some((_, heading)) = self.rooms.iter().find(|(room, _)| room.0.to_string() == self.typed.room) {
                p.within {
                    ((texts.within)(&isolated(&heading.label(self.locale.language)))) " · "
                    a href=(self.link("")) { (texts.everywhere) }
                }
            }
        }
    }

    /// Filters, and the jump to a day. Their fields belong to the form above.
    fn filters(&self) -> Markup {
        let (texts, author) = (self.texts(), self.typed.author);
        html! {
            details.filters open[!author.is_empty()] {
                summary { (texts.filters) }
                div.pair {
                    div {
                        label for="author" { (texts.from) }
                        datalist #names {}
                        input #author form="search" list="names" name="author" value=(author) placeholder=(texts.anyone) dir="auto"
                            autocomplete="off" autocapitalize="none" spellcheck="false";
                    }
                    div { label for="room" { (texts.room) } (self.room_choice("room", "search", Some(texts.all_rooms))) }
                    button.quiet form="search" { (texts.submit) }
                }
                form #jump method="get" action=(self.site.path("/day")) {
                    h2 { (texts.jump_to_date) }
                    div.pair {
                        div { label for="day" { (texts.date) } input #day type="date" name="day" required; }
                        div { label for="day-room" { (texts.room) } (self.room_choice("day-room", "jump", None)) }
                        button.quiet { (texts.go) }
                    }
                }
            }
        }
    }

    /// `none`: what it says where no room is chosen, if that may be.
    fn room_choice(&self, id: &str, form: &str, none: Option<&str>) -> Markup {
        html! {
            select #(id) form=(form) name="room" {
                @if let Some(none) = none { option value="" { (none) } }
                @for (room, heading) in self.rooms {
                    @let value = room.0.to_string();
                    option value=(value) selected[value == self.typed.room] { (heading.label(self.locale.language)) }
                }
            }
        }
    }

    fn found(&self, found: &SearchResults) -> Markup {
        let texts = self.texts();
        html! {
            div.found-head {
                h2 #found {
                    @match (found.messages.is_empty(), found.ended_early) {
                        (true, true) => (texts.no_time),
                        (true, false) => (texts.nothing),
                        (false, _) => (texts.results),
                    }
                }
                // Scripts say it once more, and how many there are when more were loaded.
                p.hidden #count role="status" { (self.count(found)) }
            }
            ol.hits #hits { @for said in &found.messages { (self.hit(said)) } }
            div #rest {
              @if found.ended_early { p.hint { (texts.ended_early) } }
              @if let Some(more) = found.more {
                p.edge { a rel="next" href={ (self.link(self.typed.room)) "&before=" (more) } { (texts.load_more) } }
            }
            }
        }
    }

    /// The number of results, as far as it is known.
    fn count(&self, found: &SearchResults) -> String {
        let (texts, count) = (self.texts(), found.messages.len());
        let shown = if found.more.is_some() { format!("{count}+") } else { count.to_string() };
        if count == 0 { texts.nothing.to_owned() } else { texts.count.shown(count, &shown) }
    }

    /// A message that was found. All of it leads there: the one link covers the rest, but for links in the text.
    fn hit(&self, said: &MessageView) -> Markup {
        let MessageView { message, author, .. } = said;
        let (texts, language) = (self.locale.texts(), self.locale.language);
        let at = self.locale.date_time(&local(message.at, self.locale));
        let room = self.rooms.iter().find(|(room, _)| *room == message.room).map(|(_, heading)| heading);
        let name = room.map_or("", |room| room.name(language));
        html! {
            li.hit {
                header {
                    (avatar(message.author, &author.name))
                    b.author { bdi { (author.name.as_str()) } }
                    @if author.former { " " small { (texts.removal.mark) } }
                    @if let Some(room) = room {
                        " " small.where { (room.sign()) " " (room.marked(language)) }
                    }
                    " "
                    a.to href=(self.site.path(&message_path(message.id, ""))) data-message=(message.id)
                        aria-label=((texts.search.place)(&isolated(author.name.as_str()), &isolated(name), &at)) {
                        time datetime=(exact(message.at)) { (at) }
                    }
                }
                (quote(PagePlace::Chat(self.site), self.locale, said))
                (part_of(said, &self.words.places(message.body.as_str())))
                (attachment::files(PagePlace::Chat(self.site), self.locale, &message.files))
            }
        }
    }

    /// The address of this search, in this room.
    fn link(&self, room: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", self.typed.words).append_pair("author", self.typed.author);
        query.append_pair("room", room);
        self.site.path("/search?") + &query.finish()
    }
}

/// The part of a message's text around the first of these places, which it marks; without any, its beginning.
pub(super) fn part_of(
    MessageView { message, mentioned, .. }: &MessageView,
    places: &[Range<usize>],
) -> Markup {
    let body = message.body.as_str();
    let part = excerpt(body, places);
    let text = &body[part.clone()];
    let prose = marked_prose(text, &mentioned_within(mentioned, &part), &within(places, &part));
    html! {
        @if !message.body.is_none() {
            div.said {
                @if part.start > 0 { p.cut-off aria-hidden="true" { "…" } }
                (prose)
                @if part.end < body.trim_end().len() { p.cut-off aria-hidden="true" { "…" } }
            }
        }
    }
}
