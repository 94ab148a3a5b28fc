//! The one line above each page of a member.

use maud::{Markup, html};

use super::badges::{mentions_badge, unread_badge};
use super::icons::Icon;
use super::message::avatar;
use super::paths::person_path;
use super::sidebar::Sidebar;
use super::{Site, empty_form_field};
use crate::chat::{MemberId, RoomId, Username};
use crate::text::Locale;

pub(crate) struct Header<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) member: MemberId,
    pub(crate) name: &'a Username,
    pub(crate) sidebar: &'a Sidebar<'a>,
    /// They have chosen no zone: a script asks them where the browser is in another.
    pub(crate) asks_for_zone: bool,
    /// A room's own part. None: the page's name.
    pub(crate) head: Option<&'a Markup>,
}

impl Header<'_> {
    /// `page`: what the page is called. Nothing in it takes more or less place as counts change.
    pub(crate) fn render(&self, page: &str) -> Markup {
        let texts = &self.locale.texts().frame;
        html! {
            header.bar {
                button.quiet.drawer popovertarget="sidebar" title=(texts.rooms_and_people) {
                    (Icon::Menu.render())
                    span.hidden { (texts.rooms_and_people) " " }
                    (mentions_badge(self.sidebar.mentions_elsewhere(), self.locale.language)) " "
                    (unread_badge(self.sidebar.unread_elsewhere(), self.locale.language))
                }
                " "
                a.brand href=(self.site.path("/")) dir="auto" { (self.site.title()) }
                " "
                div.head {
                    @if let Some(head) = self.head { (head) } @else {
                        // The page's own heading says it to those who hear it.
                        p.name aria-hidden="true" dir="auto" { (page) }
                        " "
                        (search_field(self.site, self.locale, None))
                    }
                }
                " "
                (self.menu())
            }
        }
    }

    /// The menu under the reader's own name.
    fn menu(&self) -> Markup {
        let Self { site, member, name, .. } = self;
        let texts = &self.locale.texts().frame;
        html! {
            button.quiet.who popovertarget="menu" title=((texts.signed_in_as)(name.as_str())) {
                (avatar(*member, name)) " " bdi { (name.as_str()) }
            }
            div.menu #menu popover {
                a href=(site.path("/me")) { (Icon::Person.render()) " " (texts.profile) }
                a href=(site.path(&person_path(name))) { (Icon::Pencil.render()) " " (texts.notes) }
                @if self.sidebar.is_owner {
                    a href=(site.path("/owner")) { (Icon::Settings.render()) " " (texts.chat_settings) }
                }
                a href=(site.path("/shortcuts")) { (Icon::Keyboard.render()) " " (self.locale.texts().shortcuts.title) }
                form.read-all method="post" action=(site.path("/read-all")) {
                    (empty_form_field())
                    button.quiet { (Icon::Check.render()) " " (self.locale.texts().activity.read_all) }
                }
                form method="post" action=(site.path("/logout")) {
                    (empty_form_field())
                    button.quiet { (Icon::SignOut.render()) " " (texts.sign_out) }
                }
            }
        }
    }
}

/// The field that searches, within a room if one is shown; where there is no place for it, the way to one.
pub(super) fn search_field(site: &Site, locale: Locale, room: Option<RoomId>) -> Markup {
    let (path, texts) = (site.path("/search"), &locale.texts().frame);
    let within = room.map_or_else(String::new, |room| format!("?room={}", room.0));
    let text = if room.is_some() { texts.search_room } else { texts.search };
    html! {
        form.quick-search role="search" method="get" action=(path) {
            (Icon::Search.render())
            @if let Some(room) = room { input type="hidden" name="room" value=(room.0); }
            input type="search" name="q" placeholder=(text) aria-label=(text) dir="auto" autocomplete="off" enterkeyhint="search";
        }
        " "
        a.search href={ (path) (within) } title=(text) { (Icon::Search.render()) span.hidden { (text) } }
    }
}
