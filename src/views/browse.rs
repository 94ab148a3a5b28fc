//! Rooms that one is not in, and new ones.

use maud::{Markup, html};

use super::pager::Pager;
use super::sidebar::InvitationRow;
use super::{Site, empty_form_field, isolated};
use crate::chat::{ROOM_NAME_MAX, RoomId, RoomName, TOPIC_MAX, Topic};
use crate::text::Locale;

/// The form for a new room, as it was typed.
#[derive(Default)]
pub(crate) struct NewRoomForm<'a> {
    pub(crate) name: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) open: bool,
    /// The newest room that its author had opened, if it says so: a form that is sent twice opens one.
    pub(crate) opened: Option<RoomId>,
    /// The page was opened for it: it comes before the lists.
    pub(crate) first: bool,
}

/// An open room that the reader is not in.
pub(crate) struct OpenRoom {
    pub(crate) room: RoomId,
    pub(crate) name: RoomName,
    pub(crate) topic: Topic,
    pub(crate) members: usize,
}

/// The rooms that one is invited to, a part of those that one could join, and the form for a new one.
pub(crate) struct BrowsePage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) invitations: &'a [InvitationRow],
    pub(crate) query: &'a str,
    pub(crate) rooms: &'a [OpenRoom],
    /// There are enough rooms for a search field.
    pub(crate) searchable: bool,
    pub(crate) pager: &'a Pager,
    /// The newest room that the reader opened.
    pub(crate) opened: RoomId,
    pub(crate) new: &'a NewRoomForm<'a>,
}

impl BrowsePage<'_> {
    pub(crate) fn render(&self, fault: Option<&str>) -> Markup {
        let Self { site, locale, .. } = self;
        let texts = &locale.texts().rooms;
        html! {
            section.sheet.broad {
                h1 { (if self.new.first { locale.texts().sidebar.new_room } else { texts.browse }) }
                @if self.new.first { (self.new_room(fault)) }
                @if self.searchable {
                    form.find role="search" action=(site.path("/rooms")) autocomplete="off" {
                        label.hidden for="q" { (texts.search) }
                        input #q type="search" name="q" value=(self.query) placeholder=(texts.search) dir="auto";
                        button.quiet { (locale.texts().lists.search) }
                    }
                }
                // Scripts look at it again when the lists change.
                div data-fresh {
                    @if !self.invitations.is_empty() {
                        h2 { (locale.texts().sidebar.invitations) }
                        ul.rows { @for invited in self.invitations { (invited_to(site, *locale, invited)) } }
                    }
                    h2 { (texts.to_join) }
                    @if self.rooms.is_empty() {
                        p.hint { (if self.query.is_empty() { texts.none_to_join } else { texts.none_found }) }
                    }
                    ul.rows.beside { @for room in self.rooms { (self.row(room)) } }
                    (self.pager.render(*locale))
                }
                @if !self.new.first { (self.new_room(fault)) }
            }
        }
    }

    fn row(&self, OpenRoom { room, name, topic, members }: &OpenRoom) -> Markup {
        let Self { site, locale, .. } = self;
        let texts = &locale.texts().rooms;
        let (path, isolate) = (site.path(&format!("/rooms/{}", room.0)), isolated(name.as_str()));
        html! {
            li {
                div.name {
                    bdi { (name.as_str()) }
                    " " small { (texts.members.of(*members)) }
                    @if !topic.as_str().is_empty() { p.hint { bdi { (topic.as_str()) } } }
                }
                a.action href=(path) aria-label=((texts.preview_room)(&isolate)) { (texts.preview) }
                form method="post" action={ (path) "/join" } {
                    (empty_form_field())
                    button.quiet aria-label=((texts.join_room)(&isolate)) { (texts.join) }
                }
            }
        }
    }

    fn new_room(&self, fault: Option<&str>) -> Markup {
        let Self { site, locale, opened, new, .. } = self;
        let texts = &locale.texts().rooms;
        html! {
            h2 #new { (locale.texts().sidebar.new_room) }
            form method="post" action=(site.path("/rooms")) autocomplete="off" {
                (names(*locale, new.name, new.topic, fault, new.first))
                input type="hidden" name="opened" value=(new.opened.unwrap_or(*opened).0);
                fieldset {
                    legend { (texts.visibility) }
                    label.check { input type="radio" name="open" value="" checked[!new.open]; " " (texts.private) }
                    label.check { input type="radio" name="open" value="yes" checked[new.open]; " " (texts.open) }
                }
                button { (texts.create) }
            }
        }
    }
}

fn invited_to(site: &Site, locale: Locale, invited: &InvitationRow) -> Markup {
    let texts = &locale.texts().rooms;
    let name = isolated(invited.heading.name(locale.language));
    let path = site.path(&format!("/rooms/{}", invited.room.0));
    html! {
        li.invitation {
            p.name { ((texts.invited_by)(&isolated(invited.by.as_str()), &name)) }
            form method="post" action={ (path) "/join" } {
                (empty_form_field())
                button aria-label=((texts.join_room)(&name)) { (texts.join) }
            }
            form method="post" action={ (path) "/decline" } {
                (empty_form_field())
                button.quiet aria-label=((texts.decline_room)(&name)) { (texts.decline) }
            }
        }
    }
}

/// The fields that a new room and a changed one share; `focus`: the cursor starts there.
pub(super) fn names(locale: Locale, name: &str, topic: &str, fault: Option<&str>, focus: bool) -> Markup {
    let texts = &locale.texts().rooms;
    html! {
        @if let Some(text) = fault { p.fault #room-fault role="alert" { (text) } }
        label for="name" { (texts.name) }
        input #name name="name" value=(name) required maxlength=(ROOM_NAME_MAX) dir="auto" autocomplete="off"
            autofocus[focus] aria-describedby=[fault.map(|_| "room-fault")];
        label for="topic" { (texts.topic) }
        input #topic name="topic" value=(topic) maxlength=(TOPIC_MAX) dir="auto" autocomplete="off";
    }
}
