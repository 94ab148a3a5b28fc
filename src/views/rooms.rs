//! The list of rooms and people, and the pages about them.

use maud::{Markup, html};

use super::room::{Heading, badge, calls};
use super::{CONFIRMATION, Site};
use crate::chat::{MemberId, ROOM_NAME_MAX, RoomId, Seq, TOPIC_MAX, Username};
use crate::text::Locale;

/// What stands beside every room: where one could go, and what waits there.
pub(crate) struct Sidebar<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) lines: Vec<Line>,
    pub(crate) invitations: Vec<Invited>,
    /// How many rooms one could join.
    pub(crate) beside: usize,
    pub(crate) people: Vec<Person>,
    /// How many people are not listed.
    pub(crate) more: usize,
}

/// A room of one's own.
pub(crate) struct Line {
    pub(crate) room: RoomId,
    pub(crate) path: String,
    pub(crate) heading: Heading,
    pub(crate) unread: usize,
    /// Of these, how many call the reader by name.
    pub(crate) mentions: usize,
    /// The newest message there.
    pub(crate) newest: Seq,
    /// Whether it is the one that is shown.
    pub(crate) current: bool,
}

/// A room that the reader left, and is invited to: of a private one, they see no more than this.
pub(crate) struct Invited {
    pub(crate) room: RoomId,
    pub(crate) heading: Heading,
    pub(crate) by: Username,
}

/// Somebody to talk to.
pub(crate) struct Person {
    pub(crate) id: MemberId,
    pub(crate) name: Username,
    pub(crate) path: String,
    pub(crate) here: bool,
    /// Whether it is the reader.
    pub(crate) own: bool,
}

impl Sidebar<'_> {
    /// What waits elsewhere: messages in rooms other than the one that is shown, and invitations.
    pub(crate) fn unread_elsewhere(&self) -> usize {
        let unread: usize = self.lines.iter().filter(|line| !line.current).map(|line| line.unread).sum();
        unread + self.invitations.len()
    }

    pub(crate) fn render(&self) -> Markup {
        let lines = |kind: fn(&Heading) -> bool| {
            let of_kind = self.lines.iter().filter(move |line| kind(&line.heading));
            html! { ul { @for line in of_kind { (self.line(line)) } } }
        };
        let private = |heading: &Heading| matches!(heading, Heading::With(_) | Heading::Notes);
        html! {
            nav.sidebar #sidebar popover aria-label="Rooms and people" {
                button.quiet.shut popovertarget="sidebar" { "Close" }
                div.lists {
                    (lines(|heading| matches!(heading, Heading::Shared)))
                    @if self.lines.iter().any(|line| private(&line.heading)) {
                        h2 { "Private" }
                        (lines(private))
                    }
                    h2 { "Rooms" }
                    (lines(|heading| matches!(heading, Heading::Named { .. })))
                    @if !self.invitations.is_empty() {
                        p.more {
                            a.invited href=(self.site.path("/rooms")) {
                                "Invitations " span.count data-count=(self.invitations.len()) { (self.invitations.len()) }
                            }
                        }
                    }
                    p.more {
                        a href=(self.site.path("/rooms")) {
                            @match self.beside {
                                0 => "New room",
                                1 => "1 more room, or a new one",
                                count => { (count) " more rooms, or a new one" }
                            }
                        }
                    }
                    h2 { "People" }
                    (people_list(self.site, &self.people))
                    @if self.more > 0 { p.more { a href=(self.site.path("/people")) { (self.more) " more" } } }
                }
            }
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let Line { room, path, heading, unread, mentions, current, .. } = line;
        let private = matches!(heading, Heading::With(_)).then_some("");
        html! {
            li {
                a href=(self.site.path(path)) data-room=(room.0) data-private=[private] aria-current=[current.then_some("page")] {
                    span.sign aria-hidden="true" { (heading.sign()) } " "
                    bdi title=(heading.name(self.locale.language)) { (heading.name(self.locale.language)) } " "
                    (calls(if *current { 0 } else { *mentions })) " "
                    (badge(if *current { 0 } else { *unread }, self.locale.language))
                }
            }
        }
    }
}

fn people_list(site: &Site, people: &[Person]) -> Markup {
    html! {
        ul.persons {
            @for person in people {
                li {
                    a.is-here[person.here] href=(site.path(&person.path)) data-member=(person.id.0) {
                        span.dot aria-hidden="true" {} " "
                        bdi { (person.name.as_str()) }
                        @if person.own { " (you)" }
                        span.hidden hidden[!person.here] { ", here now" }
                    }
                }
            }
        }
    }
}

/// Everybody.
pub(crate) fn people(site: &Site, people: &[Person]) -> Markup {
    html! {
        section.sheet.sidebar {
            h1 { "People" }
            p { "Choose somebody to talk to in private." }
            (people_list(site, people))
            p.aside { a href=(site.path("/chat")) { "Back to the chat" } }
        }
    }
}

/// The form for a new room, as it was typed.
#[derive(Default)]
pub(crate) struct New<'a> {
    pub(crate) name: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) open: bool,
    /// The newest room that its author had opened, if it says so: a form that is sent twice opens one.
    pub(crate) opened: Option<RoomId>,
}

/// The rooms that one is invited to, those that one could join, and the form for a new one.
pub(crate) struct Rooms<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) invitations: &'a [Invited],
    pub(crate) beside: &'a [(String, Heading)],
    /// The newest room that the reader opened.
    pub(crate) opened: RoomId,
    pub(crate) new: &'a New<'a>,
}

impl Rooms<'_> {
    pub(crate) fn render(&self, fault: Option<&str>) -> Markup {
        let Self { site, locale, invitations, beside, opened, new } = self;
        html! {
            section.sheet {
                h1 { "Rooms" }
                @if !invitations.is_empty() {
                    h2 { "Invitations" }
                    @for invited in *invitations { (invited.render(site, *locale)) }
                }
                @if !beside.is_empty() {
                    h2 { "You could join" }
                    ul.beside {
                        @for (path, heading) in *beside {
                            li {
                                a href=(site.path(path)) { bdi { (heading.name(locale.language)) } }
                                @if let Heading::Named { topic, .. } = heading { " " small { bdi { (topic.as_str()) } } }
                            }
                        }
                    }
                }
                h2 { "Open a new room" }
                form method="post" action=(site.path("/rooms")) autocomplete="off" {
                    (names(new.name, new.topic, fault))
                    input type="hidden" name="opened" value=(new.opened.unwrap_or(*opened).0);
                    label.check {
                        input type="checkbox" name="open" value="yes" checked[new.open];
                        " Everybody in this chat may see and join it"
                    }
                    p.hint { "Otherwise only those whom its members add know that it exists." }
                    button { "Open the room" }
                }
                p.aside { a href=(site.path("/chat")) { "Back to the chat" } }
            }
        }
    }
}

impl Invited {
    fn render(&self, site: &Site, locale: Locale) -> Markup {
        let path = site.path(&format!("/rooms/{}", self.room.0));
        html! {
            p.invitation {
                bdi { (self.by.as_str()) } " invited you to "
                span.sign aria-hidden="true" { (self.heading.sign()) } " " bdi { (self.heading.name(locale.language)) }
            }
            div.choices {
                form method="post" action={ (path) "/join" } {
                    (CONFIRMATION.render())
                    button { "Join" span.hidden { " " (self.heading.name(locale.language)) } }
                }
                " "
                form method="post" action={ (path) "/decline" } {
                    (CONFIRMATION.render())
                    button.quiet { "Decline" span.hidden { " " (self.heading.name(locale.language)) } }
                }
            }
        }
    }
}

/// The fields that a new room and a changed one share.
fn names(name: &str, topic: &str, fault: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = fault { p.fault #room-fault role="alert" { (text) } }
        label for="name" { "Name" }
        input #name name="name" value=(name) required maxlength=(ROOM_NAME_MAX) dir="auto" autocomplete="off"
            aria-describedby=[fault.map(|_| "room-fault")];
        label for="topic" { "What it is about (may stay empty)" }
        input #topic name="topic" value=(topic) maxlength=(TOPIC_MAX) dir="auto" autocomplete="off";
    }
}

fn names_of(names: &[Username]) -> Markup {
    html! { @for (index, name) in names.iter().enumerate() { @if index > 0 { ", " } bdi { (name.as_str()) } } }
}

/// What there is to know and do about a room.
pub(crate) struct About<'a> {
    pub(crate) site: &'a Site,
    pub(crate) path: &'a str,
    pub(crate) heading: &'a Heading,
    pub(crate) inside: bool,
    pub(crate) members: &'a [Username],
    /// Who left it, and can come back.
    pub(crate) invited: &'a [Username],
    /// Who was to be added, and is invited.
    /// Whether the room ends when the visitor leaves.
    pub(crate) last: bool,
    pub(crate) just_invited: Option<&'a Username>,
    /// A name that nobody has, who could not be added.
    pub(crate) added: &'a str,
    /// A name and a topic that could not be taken.
    pub(crate) typed: Option<(&'a str, &'a str)>,
    pub(crate) fault: Option<&'a str>,
}

impl About<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, heading, members, fault, .. } = self;
        let path = site.path(self.path);
        let Heading::Named { name, topic, open } = heading else { return html! {} };
        let (shown_name, shown_topic) = self.typed.unwrap_or((name.as_str(), topic.as_str()));
        html! {
            section.sheet {
                h1 { bdi { (name.as_str()) } }
                @if !topic.as_str().is_empty() { p { bdi { (topic.as_str()) } } }
                p.hint {
                    @if *open { "An open room: everybody in this chat may see, read and join it." }
                    @else { "A room by invitation: others do not know that it exists. Whoever is added reads all that was said." }
                }
                h2 { "In it" }
                p { (names_of(members)) }
                @if self.inside {
                    @if let Some(name) = self.just_invited {
                        p role="status" {
                            bdi { (name.as_str()) } " left this room before, so " bdi { (name.as_str()) } " was invited instead."
                        }
                    }
                    @if !self.invited.is_empty() { p.hint { "Invited: " (names_of(self.invited)) } }
                }
                @if self.inside {
                    form method="post" action={ (path) "/add" } {
                        @if self.typed.is_none() { @if let Some(text) = fault { p.fault role="alert" { (text) } } }
                        label for="username" { "Add somebody" }
                        input #username name="username" value=(self.added) required dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false";
                        button { "Add" }
                    }
                    h2 { "Change it" }
                    form method="post" action={ (path) "/about" } autocomplete="off" {
                        (names(shown_name, shown_topic, self.typed.and(*fault)))
                        @if self.typed.is_some() {
                            p.hint { "Now: " bdi { (name.as_str()) } @if !topic.as_str().is_empty() { " · " bdi { (topic.as_str()) } } }
                        }
                        input type="hidden" name="name_was" value=(name.as_str()) autocomplete="off";
                        input type="hidden" name="topic_was" value=(topic.as_str()) autocomplete="off";
                        button.quiet { "Change" }
                    }
                    h2 { "Leave it" }
                    p.hint {
                        @if self.last { "You are the last member. Leaving deletes this room and its messages." }
                        @else { "What is said here does not come to you any more." }
                    }
                    form method="post" action={ (path) "/leave" } {
                        (CONFIRMATION.render())
                        button.quiet.grave { "Leave the room" }
                    }
                } @else {
                    form method="post" action={ (path) "/join" } { (CONFIRMATION.render()) button { "Join" } }
                }
                p.aside { a href=(path) { "Back to the room" } }
            }
        }
    }
}
