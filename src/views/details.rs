//! What there is to know and do about a room.

use maud::{Markup, html};

use super::browse::names;
use super::notifications::LevelForm;
use super::pager::Pager;
use super::people::rows;
use super::pins::PinsPage;
use super::room_title::RoomTitle;
use super::sidebar::PersonRow;
use super::{Site, empty_form_field, in_two_steps, isolated, room_files};
use crate::chat::{PinnedMessage, SentFile, Username};
use crate::text::Locale;

/// A room, for one who is in it or previews it.
pub(crate) struct DetailsPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) path: &'a str,
    pub(crate) heading: &'a RoomTitle,
    pub(crate) inside: bool,
    pub(crate) count: usize,
    pub(crate) members: &'a [PersonRow],
    /// Of a page that has nothing but their list.
    pub(crate) pager: Option<&'a Pager>,
    /// The pinned messages.
    pub(crate) pins: &'a [PinnedMessage],
    /// The newest photos and files.
    pub(crate) files: &'a [SentFile],
    /// None: the reader is not in it.
    pub(crate) level: Option<LevelForm<'a>>,
    /// Members who left it, and can come back.
    pub(crate) invited: &'a [Username],
    /// The room ends when the reader leaves.
    pub(crate) last: bool,
    pub(crate) done: Option<&'a DetailsOutcome>,
    /// A name that could not be added.
    pub(crate) added: &'a str,
    /// A name and a topic that could not be taken.
    pub(crate) typed: Option<(&'a str, &'a str)>,
    pub(crate) fault: Option<&'a str>,
}

/// A room's name, and its topic if it has one.
fn naming(name: &str, topic: &str) -> String {
    if topic.is_empty() { isolated(name) } else { format!("{} · {}", isolated(name), isolated(topic)) }
}

pub(crate) enum DetailsOutcome {
    Saved,
    Added(Username),
    /// A member who had left: they are invited instead.
    Invited(Username),
}

impl DetailsPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let RoomTitle::Named { name, topic, open } = self.heading else { return html! {} };
        let texts = &self.locale.texts().details;
        html! {
            section.sheet.broad {
                h1 { ((texts.title)(&isolated(name.as_str()))) }
                @if !topic.as_str().is_empty() { p { bdi { (topic.as_str()) } } }
                p.hint { (if *open { texts.open } else { texts.private }) }
                @if !self.inside {
                    form method="post" action={ (self.site.path(self.path)) "/join" } {
                        (empty_form_field())
                        button { (self.locale.texts().rooms.join) }
                    }
                }
                h2 { (self.locale.texts().rooms.members.of(self.count)) }
                (rows(self.site, self.locale, self.members))
                @if let Some(pager) = self.pager { (pager.render(self.locale)) } @else {
                    @if self.count > self.members.len() {
                        p.pager { a href={ (self.site.path(self.path)) "/about?skip=0" } { (texts.all_members.of(self.count)) } }
                    }
                    (self.pins())
                    @if let Some(level) = &self.level { (level.render()) }
                    (room_files::newest(self.site, self.locale, self.path, self.files))
                    @if self.inside { (self.forms(name.as_str(), topic.as_str())) }
                }
                p.aside { a href=(self.site.path(self.path)) { (texts.back) } }
            }
        }
    }

    fn pins(&self) -> Markup {
        let Self { site, locale, path, pins, .. } = *self;
        PinsPage { site, locale, path, pins, speak: false }.newest()
    }

    fn forms(&self, name: &str, topic: &str) -> Markup {
        html! {
            (self.add())
            (self.edit(name, topic))
            (self.leave())
        }
    }

    fn add(&self) -> Markup {
        let texts = &self.locale.texts().details;
        let fault = self.fault.filter(|_| self.typed.is_none());
        html! {
            @if !self.invited.is_empty() {
                h2 { (texts.invited) }
                ul.rows { @for name in self.invited { li { bdi { (name.as_str()) } } } }
            }
            h2 #add { (texts.add_people) }
            form method="post" action={ (self.site.path(self.path)) "/add" } autocomplete="off" {
                @if let Some(text) = fault { p.fault #add-fault role="alert" { (text) } }
                label for="username" { (texts.member_name) }
                input #username name="username" value=(self.added) required dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false"
                    list="names" aria-describedby=[fault.map(|_| "add-fault")];
                // Scripts fill it while one types.
                datalist #names {}
                button { (texts.add) }
                @match self.done {
                    Some(DetailsOutcome::Added(name)) => p.done role="status" { ((texts.added)(&isolated(name.as_str()))) },
                    Some(DetailsOutcome::Invited(name)) => p.done role="status" { ((texts.was_invited)(&isolated(name.as_str()))) },
                    _ => {}
                }
            }
        }
    }

    fn edit(&self, name: &str, topic: &str) -> Markup {
        let texts = &self.locale.texts().details;
        let (shown_name, shown_topic) = self.typed.unwrap_or((name, topic));
        html! {
            h2 #edit { (texts.edit) }
            form method="post" action={ (self.site.path(self.path)) "/about" } autocomplete="off" {
                (names(self.locale, shown_name, shown_topic, self.typed.and(self.fault), false))
                @if self.typed.is_some() { p.hint { ((texts.now)(&naming(name, topic))) } }
                input type="hidden" name="name_was" value=(name) autocomplete="off";
                input type="hidden" name="topic_was" value=(topic) autocomplete="off";
                button { (texts.save) }
                @if let Some(DetailsOutcome::Saved) = self.done { p.done role="status" { (texts.saved) } }
            }
        }
    }

    fn leave(&self) -> Markup {
        let texts = &self.locale.texts().details;
        let (label, hint) =
            if self.last { (texts.delete, texts.delete_hint) } else { (texts.leave, texts.leave_hint) };
        let form = html! {
            p.hint { (hint) }
            form method="post" action={ (self.site.path(self.path)) "/leave" } {
                (empty_form_field())
                button.quiet.grave { (label) }
            }
        };
        if self.last {
            in_two_steps(label, &form)
        } else {
            html! { h2 { (label) } (form) }
        }
    }
}
