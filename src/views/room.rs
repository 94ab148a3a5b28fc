//! A room: its page, its frames, and what stands in them.

use maud::{Markup, html};

use super::actions::{self, Rights};
use super::composer::{Composer, compose_path};
use super::header::search_field;
use super::icons::Icon;
use super::message::{Entry, NewLine};
use super::{CONFIRMATION, Kind, Site};
use crate::chat::{Before, History, MemberId, RoomId, RoomName, Seq, Topic, UNREAD_MAX, Username};
use crate::text::{Language, Locale};

/// People who are named; of more, only the number is told, as everybody is told of each.
const NAMES_SHOWN: usize = 30;
/// A page that streams ends after a while, or breaks: it is loaded again after this, in seconds.
/// Browsers begin to count when a page has ended.
const REFRESH: u32 = 4;
/// How a page that streams ends, until it goes on.
const OPEN_END: &str = "</div></div></main></body></html>";

/// What a room is to one who looks at it.
#[derive(Clone, Debug)]
pub(crate) enum Heading {
    Shared,
    Named {
        name: RoomName,
        topic: Topic,
        open: bool,
    },
    /// A conversation with this person.
    With(Username),
    /// One with oneself.
    Notes,
}

impl Heading {
    /// What the room is called, by one who reads in this language.
    pub(crate) fn name(&self, language: Language) -> &str {
        match self {
            Self::Shared => language.texts().room.general,
            Self::Named { name, .. } => name.as_str(),
            Self::With(name) => name.as_str(),
            Self::Notes => language.texts().room.notes,
        }
    }

    /// A sign before the name, for the eye alone.
    pub(crate) fn sign(&self) -> Markup {
        let icon = match self {
            Self::Shared => Icon::Home,
            Self::Named { open: true, .. } => Icon::Hash,
            Self::Named { open: false, .. } => Icon::Lock,
            Self::With(_) => Icon::Person,
            Self::Notes => Icon::Pencil,
        };
        html! { span.sign { (icon.render()) } }
    }

    /// Who may read what is said, in words.
    fn privacy(&self, language: Language) -> &'static str {
        let texts = &language.texts().room.privacy;
        match self {
            Self::Shared => texts.general,
            Self::Named { open: true, .. } => texts.open,
            Self::Named { open: false, .. } => texts.private,
            Self::With(_) => texts.direct,
            Self::Notes => texts.notes,
        }
    }
}

/// A room as one member sees it.
pub(crate) struct Room<'a> {
    pub(crate) site: &'a Site,
    /// Nothing is a conversation that has not begun.
    pub(crate) id: Option<RoomId>,
    /// Its address, below the chat's own.
    pub(crate) path: &'a str,
    pub(crate) heading: &'a Heading,
    /// Whether the member is in it; if not, they may join.
    pub(crate) inside: bool,
    /// Whether it is a conversation with somebody who is no member any more.
    pub(crate) over: bool,
    pub(crate) me: MemberId,
    pub(crate) locale: Locale,
    /// Up to where the member has seen it, if they are in it.
    pub(crate) seen: Option<Seq>,
    /// The message that was asked for, if one was.
    pub(crate) at: Option<Seq>,
    pub(crate) history: &'a History,
    /// Who watches now.
    pub(crate) here: Vec<Username>,
    pub(crate) composer: Composer<'a>,
    /// What they may do with messages: their own, and all.
    pub(crate) rights: Rights,
}

impl Room<'_> {
    /// Live where it shows the newest messages, and nothing that was typed has to be kept.
    pub(crate) fn kind(&self) -> Kind {
        match self.history.newest && self.composer.fault.is_none() {
            _ if self.over => Kind::RoomToRead,
            true if self.inside => Kind::LiveRoom,
            true => Kind::LivePreview,
            false if !self.inside => Kind::RoomToRead,
            false => Kind::Room,
        }
    }

    pub(crate) fn render(&self) -> Markup {
        // Where scripts do not run, the newest messages and the composer live in frames.
        let framed = self.kind().is_framed();
        let path = self.site.path(self.path);
        html! {
            @if framed { noscript { iframe.messages src=(self.live_path()) title="Messages" {} } }
            // Scripts say what is new (live.js): older messages come in as well.
            div.log.scripted[framed] role="log" aria-live="off" aria-label="Messages" tabindex="0" { (self.messages()) }
            @if !self.history.newest {
                p.elsewhere { "You are reading older messages. " a href=(path) { "Go to the newest" } }
            }
            div.dock { p.status role="status" hidden {} }
            @if self.over {
                p.join { "This conversation is over: " bdi { (self.heading.name(self.locale.language)) } " is not a member any more." }
            } @else if self.inside {
                @if framed { noscript { iframe.compose #compose src=(self.compose_path()) title=(self.locale.texts().composer.write) {} } }
                (self.composer.render(self.site, self.locale, framed, None))
            } @else {
                form.join method="post" action={ (path) "/join" } {
                    (CONFIRMATION.render())
                    p { "You are looking into an open room. Join it to write, and to be told what is new." }
                    button { "Join" }
                }
            }
            (actions::parts(self.locale, self.rights))
            @if self.history.newest {
                p.people.scripted[framed] { span.here { (here(&self.here)) } span.typing {} }
            }
        }
    }

    /// Without the anchor, which would take the keyboard as the page is opened.
    fn compose_path(&self) -> String {
        let path = self.site.path(&compose_path(self.path, self.composer.to));
        path.split('#').next().unwrap_or_default().to_owned()
    }

    /// The messages alone; the frame is to know what its reader had not seen when this page was loaded.
    fn live_path(&self) -> String {
        let path = self.site.path(self.path);
        let seen = self.seen.map(|seen| format!("seen={seen}"));
        let to = self.composer.to.map(|to| format!("to={}", to.0));
        let query = seen.into_iter().chain(to).collect::<Vec<_>>().join("&");
        let at = self.at.map_or_else(String::new, |at| format!("#m{at}"));
        format!("{path}/live?{query}{at}")
    }

    /// What stands in the header: what the room is called, who reads it, and the ways on from there.
    pub(crate) fn head(&self) -> Markup {
        let Self { heading, site, id, path, locale, .. } = self;
        let details = locale.texts().frame.details;
        html! {
            h1 { (heading.sign()) " " bdi { (heading.name(locale.language)) } }
            " "
            p.topic title=(heading.privacy(locale.language)) {
                @match heading {
                    Heading::Named { topic, .. } if !topic.as_str().is_empty() => bdi { (topic.as_str()) },
                    _ => (heading.privacy(locale.language)),
                }
            }
            " "
            (search_field(site, *locale, *id))
            @if !matches!(heading, Heading::Shared | Heading::Notes) {
                " "
                a.about href={ (site.path(path)) "/about" } title=(details) {
                    (Icon::Details.render()) " " span.word { (details) }
                }
            }
        }
    }

    /// The messages, with a line where those begin that the member has not seen.
    fn messages(&self) -> Markup {
        let Self { site, locale, id, path, history, seen, me, .. } = self;
        let unseen = history.unseen(*seen, *me);
        let list = List { site, locale: *locale, room: *id, path, history, seen: *seen, unseen };
        list.render(!self.over)
    }
}

/// How many messages wait; empty where none do, as text browsers know nothing of `hidden`.
pub(crate) fn badge(count: usize, language: Language) -> Markup {
    let unread = &language.texts().sidebar.unread;
    let shown = if count < UNREAD_MAX { count.to_string() } else { format!("{}+", UNREAD_MAX - 1) };
    let (before, after) = unread.around(count);
    html! {
        span.count data-count=(count) hidden[count == 0] title=[(count > 0).then(|| unread.shown(count, &shown))] {
            @if count > 0 {
                @if !before.is_empty() { span.hidden { (before) } }
                (shown) span.hidden { (after) }
            }
        }
    }
}

/// How many messages mention their reader.
pub(crate) fn mentions_badge(count: usize, language: Language) -> Markup {
    let mentions = &language.texts().sidebar.mentions;
    let (before, after) = mentions.around(count);
    html! {
        span.calls hidden[count == 0] title=[(count > 0).then(|| mentions.of(count))] {
            @if count > 0 {
                @if !before.is_empty() { span.hidden { (before) } }
                "@" (count) span.hidden { (after) }
            }
        }
    }
}

/// Who watches now, in words.
pub(crate) fn here(names: &[Username]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES_SHOWN).map(Username::as_str).collect();
    match names.len() {
        0 => String::new(),
        1..=NAMES_SHOWN => format!("Here now: {}", shown.join(", ")),
        count => format!("Here now: {} and {} more", shown.join(", "), count - NAMES_SHOWN),
    }
}

/// The messages of a room, with what lies before them.
struct List<'a> {
    site: &'a Site,
    locale: Locale,
    room: Option<RoomId>,
    path: &'a str,
    history: &'a History,
    /// Up to where its reader had seen them.
    seen: Option<Seq>,
    /// The first one on the page that its reader has not seen.
    unseen: Option<Seq>,
}

impl List<'_> {
    fn render(&self, live: bool) -> Markup {
        let Self { site, locale, room, path, history, seen, unseen } = self;
        html! {
            div #messages data-seq=(history.seq) data-live=[(live && history.newest).then_some("")]
                data-path=(path) data-room=[room.map(|room| room.0)] data-seen=[seen.filter(|_| unseen.is_some())] {
                (self.before())
                @for (index, said) in history.messages.iter().enumerate() {
                    @let earlier = index.checked_sub(1).map(|index| &history.messages[index].message);
                    @let unseen = (*unseen == Some(said.message.id)).then(|| self.new_line(index));
                    (Entry { site: Some(site), locale: *locale, earlier, said, unseen }.render())
                }
                @if let Some(last) = history.messages.last().filter(|_| !history.newest) {
                    p.edge { a rel="next" href=(self.from(last.message.id)) target="_top" { "Newer messages" } }
                }
            }
        }
    }

    /// The address of the page that begins after a message.
    fn from(&self, id: Seq) -> String {
        format!("{}?after={id}#messages", self.site.path(self.path))
    }

    /// The line where what is new begins on this page, though it may begin on an earlier one.
    fn new_line(&self, index: usize) -> NewLine {
        let earlier = index == 0 && self.history.before == Before::More;
        NewLine { from: self.seen.filter(|_| earlier).map(|seen| self.from(seen)) }
    }

    fn before(&self) -> Markup {
        let first = self.history.messages.first().map(|said| said.message.id);
        html! {
            @match (self.history.before, first) {
                (Before::More, Some(first)) => {
                    p.edge {
                        a rel="prev" href={ (self.site.path(self.path)) "?before=" (first) } target="_top" { "Older messages" }
                    }
                }
                (Before::More, None) => {}
                (Before::Beginning, None) => {
                    p.edge { "Nothing has been said yet. Say hello!" }
                }
                (Before::Beginning, Some(_)) => p.edge { "The conversation begins here." },
                (Before::Forgotten, _) => p.edge { "Older messages are not kept." },
            }
        }
    }
}

/// The newest messages on a page that never ends.
pub(crate) struct LiveFrame<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) path: &'a str,
    pub(crate) room: Option<RoomId>,
    pub(crate) history: &'a History,
    /// Up to where its reader had seen the room.
    pub(crate) seen: Option<Seq>,
    /// The first message that its reader has not seen.
    pub(crate) unseen: Option<Seq>,
}

impl LiveFrame<'_> {
    /// The page up to where the next message belongs.
    pub(crate) fn beginning(&self) -> String {
        let Self { site, locale, path, room, history, seen, unseen } = self;
        let list = List { site, locale: *locale, room: *room, path, history, seen: *seen, unseen: *unseen };
        let log = html! {
            div.log role="log" aria-label="Messages" tabindex="0" { (list.render(true)) }
        };
        let page = super::frame(self.site, self.locale, "Messages", Some(REFRESH), &log).into_string();
        page.strip_suffix(OPEN_END).map(str::to_owned).unwrap_or(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_streams_stays_open() {
        let site = Site::new("x", crate::zone::Zone::UTC, "");
        let history = History { messages: vec![], before: Before::Beginning, newest: true, seq: Seq(0) };
        let open = LiveFrame {
            site: &site,
            locale: Locale::PROGRAM,
            path: "/chat",
            room: Some(RoomId::SHARED),
            history: &history,
            seen: None,
            unseen: None,
        }
        .beginning();
        assert!(open.contains("id=\"messages\"") && !open.contains("</body>"), "{open}");
    }
}
