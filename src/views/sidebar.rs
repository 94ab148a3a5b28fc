//! The list of rooms and people, which stands beside each page of a member.

use maud::{Markup, html};

use super::Site;
use super::badges::{mentions_badge, unread_badge};
use super::icons::Icon;
use super::paths::person_path;
use super::room_title::RoomTitle;
use crate::chat::{
    MemberId, NotificationLevel, QuietHours, RoomId, Seq, UNREAD_MAX, UnreadActivity, Username,
};
use crate::text::{Language, Locale};

/// Rooms and people, with unread counts.
pub(crate) struct Sidebar<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// The reader is an owner of the chat.
    pub(crate) is_owner: bool,
    pub(crate) activity: ActivityLine,
    /// Of the reader, in the zone of `locale`.
    pub(crate) quiet_hours: Option<QuietHours>,
    /// In the order of [`State::rooms_of`](crate::chat::State::rooms_of).
    pub(crate) lines: Vec<RoomRow>,
    pub(crate) invitations: Vec<InvitationRow>,
    /// Number of rooms to join.
    pub(crate) beside: usize,
    pub(crate) people: Vec<PersonRow>,
    /// Number of people who are not listed.
    pub(crate) more: usize,
}

/// The way to one's activity, and what is unread there.
pub(crate) struct ActivityLine {
    pub(crate) unread: UnreadActivity,
    /// The page shows it.
    pub(crate) current: bool,
}

impl ActivityLine {
    /// What it is called, with what is unread, for those who hear it.
    pub(super) fn label(&self, locale: Locale) -> String {
        let (texts, UnreadActivity { mentions, reactions }) = (&locale.texts().activity, self.unread);
        match (mentions, reactions) {
            (0, 0) => texts.title.to_owned(),
            (0, _) => texts.new_reactions.to_owned(),
            _ => texts.unread_mentions.shown(mentions, &self.number()),
        }
    }

    /// The number of unread mentions and replies, as far as it is told; a dot where only reactions are new.
    pub(super) fn badge(&self) -> Markup {
        let UnreadActivity { mentions, reactions } = self.unread;
        html! {
            @if mentions > 0 { span.waiting { (self.number()) } } @else if reactions > 0 { span.hint-dot {} }
        }
    }

    fn number(&self) -> String {
        let mentions = self.unread.mentions;
        if mentions < UNREAD_MAX { mentions.to_string() } else { format!("{}+", UNREAD_MAX - 1) }
    }

    fn render(&self, site: &Site, locale: Locale) -> Markup {
        html! {
            a.activity-link href=(site.path("/activity")) aria-label=(self.label(locale)) aria-current=[self.current.then_some("page")] {
                span.sign { (Icon::Bell.render()) } " " span.word { (locale.texts().activity.title) } " " (self.badge())
            }
        }
    }
}

/// A room of one's own.
pub(crate) struct RoomRow {
    pub(crate) room: RoomId,
    pub(crate) path: String,
    pub(crate) heading: RoomTitle,
    pub(crate) unread: usize,
    /// Of these, how many mention the reader.
    pub(crate) mentions: usize,
    pub(crate) level: NotificationLevel,
    pub(crate) newest: Seq,
    /// The page shows it.
    pub(crate) current: bool,
}

/// A room that the reader left, and is invited to: of a private one, they see no more than this.
pub(crate) struct InvitationRow {
    pub(crate) room: RoomId,
    pub(crate) heading: RoomTitle,
    pub(crate) by: Username,
}

/// Somebody to talk to.
pub(crate) struct PersonRow {
    pub(crate) id: MemberId,
    pub(crate) name: Username,
    pub(crate) here: bool,
    pub(crate) own: bool,
}

impl RoomRow {
    fn is_muted(&self) -> bool {
        self.level == NotificationLevel::Nothing
    }

    /// Unread messages that are counted before the reader's eyes.
    fn told(&self) -> usize {
        if self.is_muted() || self.current { 0 } else { self.unread }
    }
}

impl Sidebar<'_> {
    /// Counts unread messages of other rooms, and invitations.
    pub(crate) fn unread_elsewhere(&self) -> usize {
        let unread: usize = self.lines.iter().map(RoomRow::told).sum();
        unread + self.invitations.len()
    }

    /// Messages in other rooms that mention the reader.
    pub(crate) fn mentions_elsewhere(&self) -> usize {
        self.lines.iter().filter(|line| !line.current).map(|line| line.mentions).sum()
    }

    /// A drawer where there is no place for it. `footer` stands at its end.
    pub(crate) fn render(&self, footer: &Markup) -> Markup {
        let texts = &self.locale.texts().sidebar;
        html! {
            @let quiet = self.quiet_hours.map(|QuietHours { from, to }| format!("{from} {to}"));
            div.sidebar #sidebar popover data-quiet=[quiet] data-zone=(self.locale.zone) {
                nav aria-label=(texts.title) {
                    div.top {
                        button.quiet.shut popovertarget="sidebar" title=(texts.close) {
                            (Icon::Close.render()) span.hidden { (texts.close) }
                        }
                        " "
                        a.brand href=(self.site.path("/")) dir="auto" { (self.site.title()) }
                    }
                    button.quiet.jump type="button" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K" {
                        (texts.jump_to) " " kbd aria-hidden="true" { (self.locale.texts().shortcuts.control) " K" }
                    }
                    (self.lists())
                }
                (footer)
            }
        }
    }

    /// The part that scripts replace. Rooms and people scroll apart, so that neither takes the other out of reach.
    pub(crate) fn lists(&self) -> Markup {
        let texts = &self.locale.texts().sidebar;
        let lines = |kind: fn(&RoomTitle) -> bool| {
            let of_kind = self.lines.iter().filter(move |line| kind(&line.heading));
            html! { ul { @for line in of_kind { (self.line(line)) } } }
        };
        let is_direct = |heading: &RoomTitle| matches!(heading, RoomTitle::With { .. } | RoomTitle::Notes);
        html! {
            div.lists {
                (self.activity.render(self.site, self.locale))
                div.places {
                    (lines(|heading| matches!(heading, RoomTitle::Shared)))
                    @if self.lines.iter().any(|line| is_direct(&line.heading)) {
                        h2 { (texts.direct_messages) }
                        (lines(is_direct))
                    }
                    h2 { (texts.rooms) }
                    (lines(|heading| matches!(heading, RoomTitle::Named { .. })))
                }
                (self.more())
                div.places {
                    h2 { (texts.people) }
                    (people_list(self.site, self.locale, &self.people))
                    @if self.more > 0 {
                        p.more { a href=(self.site.path("/people")) { (texts.more_people.of(self.more)) } }
                    }
                }
            }
        }
    }

    /// The ways to rooms that are not listed.
    fn more(&self) -> Markup {
        let texts = &self.locale.texts().sidebar;
        let (path, invited) = (self.site.path("/rooms"), self.invitations.len());
        html! {
            p.more {
                @if invited > 0 {
                    a.invited href=(path) { (texts.invitations) " " span.count data-count=(invited) { (invited) } }
                    " · "
                }
                @if self.beside > 0 { a href=(path) { ((texts.browse_rooms)(self.beside)) } " · " }
                a href={ (path) "?new" } { (texts.new_room) }
            }
        }
    }

    fn line(&self, line: &RoomRow) -> Markup {
        let RoomRow { room, path, heading, mentions, level, current, .. } = line;
        let (private, language) =
            (matches!(heading, RoomTitle::With { .. }).then_some(""), self.locale.language);
        html! {
            li {
                a.muted[line.is_muted()] href=(self.site.path(path)) data-room=(room.0) data-private=[private] data-level=(level.word()) aria-current=[current.then_some("page")] {
                    (heading.sign()) " "
                    bdi title=(heading.label(language)) { (heading.name(language)) } " "
                    @if let Some(mark) = heading.mark(language) { small { (mark) } " " }
                    @if line.is_muted() { (muted_sign(language)) " " }
                    (mentions_badge(if *current { 0 } else { *mentions }, language)) " "
                    (unread_badge(line.told(), language))
                }
            }
        }
    }
}

/// Beside the name of a muted room.
pub(super) fn muted_sign(language: Language) -> Markup {
    let muted = language.texts().notifications.muted;
    html! { span.sign title=(muted) { (Icon::BellOff.render()) span.hidden { (muted) } } }
}

/// Links to conversations with people.
pub(super) fn people_list(site: &Site, locale: Locale, people: &[PersonRow]) -> Markup {
    let texts = &locale.texts().sidebar;
    html! {
        ul.persons {
            @for person in people {
                li {
                    a.is-here[person.here] href=(site.path(&person_path(&person.name))) data-member=(person.id.0) {
                        span.dot aria-hidden="true" {} " "
                        bdi { (person.name.as_str()) }
                        @if person.own { " " small { (texts.you) } }
                        " " span.hidden hidden[!person.here] { (texts.online) }
                    }
                }
            }
        }
    }
}
