//! The list of rooms and people.

use maud::{Markup, html};

use super::Site;
use super::room::{Heading, badge, calls};
use crate::chat::{MemberId, RoomId, Seq, Username};
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
