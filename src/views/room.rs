//! A room: its page, its frames, and what stands in them.

use maud::{Markup, html};

use super::actions::{self, Rights};
use super::composer::{Composer, compose_address};
use super::header::search_field;
use super::icons::Icon;
use super::message::{MessageRow, NewLine};
use super::page_place::PagePlace;
use super::quote::LinkedMessages;
use super::reader::Reader;
use super::room_title::RoomTitle;
use super::{Layout, Site, emoji, empty_form_field, outcome_line};
use crate::chat::{Before, History, MemberId, RoomId, Seq, Timestamp, Username};
use crate::text::{Language, Locale};

/// People online who are named; of more, only the number is told, as everybody is told of each.
const NAMES_SHOWN: usize = 8;
/// A page that streams ends after a while, or breaks: it is loaded again after this, in seconds.
/// Browsers begin to count when a page has ended.
const REFRESH: u32 = 4;
/// Messages in sight before the one where a page begins.
const CONTEXT: usize = 3;
/// Cut off a page that goes on as a stream.
const OPEN_END: &str = "</div></div></main></body></html>";

/// A room as one member sees it.
pub(crate) struct RoomPage<'a> {
    pub(crate) site: &'a Site,
    /// Nothing is a conversation that has not begun.
    pub(crate) id: Option<RoomId>,
    /// Its address, below the chat's own.
    pub(crate) path: &'a str,
    pub(crate) heading: &'a RoomTitle,
    /// The member is in it. If not, they may join.
    pub(crate) inside: bool,
    /// It is a conversation with a removed member.
    pub(crate) over: bool,
    pub(crate) me: MemberId,
    /// As whom the member reads it.
    pub(crate) reader: Reader,
    /// With which the frame of messages counts as read.
    pub(crate) frame_key: &'a str,
    pub(crate) locale: Locale,
    /// Up to where the member has seen it, if they are in it.
    pub(crate) seen: Option<Seq>,
    /// Messages that the member has not seen.
    pub(crate) unseen: usize,
    /// The page begins at the first of these.
    pub(crate) lands: bool,
    /// Those of them that mention the member, oldest first.
    pub(crate) mentions: &'a [Seq],
    /// The message that was asked for, if one was.
    pub(crate) at: Option<Seq>,
    /// The beginning of a day that was asked for, on which nothing was said.
    pub(crate) day: Option<Timestamp>,
    /// The result of the form that led to the page.
    pub(crate) outcome: Option<&'a str>,
    pub(crate) history: &'a History,
    /// The pinned messages, oldest pin first.
    pub(crate) pins: Vec<Seq>,
    pub(crate) linked: &'a LinkedMessages,
    /// Members online; in a conversation, the other one.
    pub(crate) here: Vec<Username>,
    pub(crate) composer: Composer<'a>,
    pub(crate) rights: Rights,
    pub(crate) layout: Layout,
}

impl RoomPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        // Where scripts do not run, the newest messages and the composer live in frames.
        let framed = self.layout.is_framed();
        let (path, texts) = (self.site.path(self.path), &self.locale.texts().room);
        let name = self.heading.name(self.locale.language);
        html! {
            (outcome_line(self.outcome))
            @if let Some(day) = self.day { p.notice role="status" { (self.nothing_on(day)) } }
            @if framed { noscript { iframe.messages src=(self.live_path()) title=(texts.messages) {} } }
            // Scripts say what is new: older messages come in as well.
            div.log.scripted[framed] role="log" aria-live="off" aria-label=(texts.messages) tabindex="0" { (self.messages()) }
            div.dock {
                div.jumps { (self.jumps()) }
                p.status role="status" hidden {}
            }
            @if self.over {
                p.join data-to=[self.composer.to.map(|to| to.0)] { ((texts.ended)(name)) }
            } @else if self.inside {
                @if self.layout == Layout::LiveRoom { noscript { iframe.compose.answers[self.composer.answers.is_some()].takes-files[self.composer.file_max > 0] #compose src=(self.compose_path()) title=(self.locale.texts().composer.write) {} } }
                (self.composer.render(self.site, self.locale, framed, None))
                (emoji::picker(self.site, self.locale))
            } @else {
                form.join method="post" action={ (path) "/join" } {
                    (empty_form_field())
                    p { ((texts.previewing)(&format!("#{name}"))) }
                    button { (texts.join) }
                }
            }
            (actions::parts(self.site, self.locale, self.rights))
            p.people.scripted[framed] { span.here { (online(&self.here, self.locale.language)) } span.typing {} }
        }
    }

    fn nothing_on(&self, day: Timestamp) -> String {
        let texts = &self.locale.texts().room;
        let text = if self.at.is_some() { texts.no_messages_on } else { texts.no_messages_since };
        text(&self.locale.day(&super::local(day, self.locale)))
    }

    /// The ways to what is out of sight. Scripts show each when it is needed, and go there without another page.
    fn jumps(&self) -> Markup {
        let Self { site, locale, history, seen, me, .. } = self;
        let (path, texts) = (site.path(self.path), locale.texts());
        let first = history
            .unseen(*seen, *me)
            .and_then(|id| history.messages.iter().position(|said| said.message.id == id));
        let first_is_here = first.is_some_and(|index| index > 0 || history.before != Before::More);
        html! {
            @if self.unseen > 0 && let Some(seen) = seen {
                a.jump.first href={ (path) "?since=" (seen) "#new" } hidden[first_is_here] { (texts.room.jump_to_first) }
                " "
            }
            @if let Some(first) = self.mentions.first() {
                @let ids = self.mentions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                a.jump.mentions href={ (path) "?at=" (first) "#m" (first) } data-ids=(ids) { (texts.scripts.mentions.of(self.mentions.len())) }
                " "
            }
            @let latest = html! { a.jump.latest href={ (path) "?latest" } { (texts.scripts.jump_to_latest) } };
            @if !history.newest {
                (latest)
            } @else if self.layout.is_framed() && self.unseen > 0 {
                // A frame begins at the line "New".
                noscript { (latest) (self.mark_as_read()) }
            }
        }
    }

    /// For text browsers: others have a script, or a frame.
    fn mark_as_read(&self) -> Markup {
        let path = self.site.path(self.path);
        html! {
            form.mark method="post" action={ (path) "/read" } {
                input type="hidden" name="up_to" value=(self.history.seq);
                input type="hidden" name="next" value=(path);
                button { (self.locale.texts().room.mark_as_read) }
            }
        }
    }

    /// Without the anchor, which would take the keyboard as the page is opened.
    fn compose_path(&self) -> String {
        let answers = self.composer.answers.map(|answered| answered.message);
        self.site.path(&compose_address(self.path, self.composer.to, answers))
    }

    /// The messages alone; the frame is to know what its reader had not seen when this page was loaded.
    fn live_path(&self) -> String {
        let path = self.site.path(self.path);
        let seen = self.seen.map(|seen| format!("seen={seen}&key={}", self.frame_key));
        let to = self.composer.to.map(|to| format!("to={}", to.0));
        let (place, anchor) = match self.at {
            Some(at) => (Some(format!("at={at}")), format!("#m{at}")),
            None if self.lands => (Some("new".to_owned()), "#new".to_owned()),
            None => (None, String::new()),
        };
        let query = seen.into_iter().chain(to).chain(place).collect::<Vec<_>>().join("&");
        format!("{path}/live?{query}{anchor}")
    }

    /// The room's part of the header.
    pub(crate) fn head(&self) -> Markup {
        let Self { heading, site, id, path, locale, .. } = self;
        let details = locale.texts().frame.details;
        html! {
            h1 { (heading.sign()) " " (heading.marked(locale.language)) }
            " "
            p.topic title=(heading.privacy(locale.language)) {
                @match heading {
                    RoomTitle::Named { topic, .. } if !topic.as_str().is_empty() => bdi { (topic.as_str()) },
                    _ => (heading.privacy(locale.language)),
                }
            }
            " "
            (search_field(site, *locale, *id))
            @if !matches!(heading, RoomTitle::Shared | RoomTitle::Notes) {
                " "
                a.about href={ (site.path(path)) "/about" } title=(details) {
                    (Icon::Details.render()) " " span.word { (details) }
                }
            }
            " "
            (pins_link(&format!("{}/pins", site.path(path)), &self.pins, locale.language))
            // All others have it in their details.
            @if matches!(heading, RoomTitle::Shared) && self.inside {
                " "
                @let notifications = locale.texts().notifications.title;
                a.bell href={ (site.path(path)) "/notifications" } title=(notifications) aria-label=(notifications) { (Icon::Bell.render()) }
            }
            // Of the others, the details have them.
            @if !matches!(heading, RoomTitle::Named { .. }) && self.composer.file_max > 0 {
                " "
                @let files = locale.texts().files.field;
                a.gallery href={ (site.path(path)) "/files" } title=(files) aria-label=(files) { (Icon::Photo.render()) }
            }
        }
    }

    /// The messages, with a line where those begin that the member has not seen.
    fn messages(&self) -> Markup {
        let Self { site, locale, id, path, heading, history, seen, me, lands, .. } = self;
        let unseen = history.unseen(*seen, *me);
        let start = (*lands && !self.layout.is_framed()).then_some(Landing::New);
        let list = MessageList {
            site,
            locale: *locale,
            room: *id,
            path,
            heading,
            history,
            reader: self.reader,
            linked: self.linked,
            seen: *seen,
            unseen,
            start,
        };
        list.render(!self.over, *lands)
    }
}

/// The way to the pinned messages, in sight where there are some. Scripts keep count of them.
fn pins_link(href: &str, pins: &[Seq], language: Language) -> Markup {
    let ids = pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let words = language.texts().scripts.pinned.of(pins.len());
    html! {
        a.pins-link href=(href) title=(words) aria-label=(words) data-ids=(ids) hidden[pins.is_empty()] {
            (Icon::Pin.render()) span.number aria-hidden="true" { (pins.len()) }
        }
    }
}

/// Splits members online into up to [`NAMES_SHOWN`] names and the number of the others.
pub(crate) fn named(names: &[Username]) -> (Vec<&str>, usize) {
    let shown = names.iter().take(NAMES_SHOWN).map(Username::as_str).collect();
    (shown, names.len().saturating_sub(NAMES_SHOWN))
}

/// Names those who are online, in the words that scripts use for presence in the streams.
fn online(names: &[Username], language: Language) -> String {
    let texts = &language.texts().scripts;
    let (shown, more) = named(names);
    let pattern = match (shown.len(), more) {
        (0, _) => return String::new(),
        (_, 0) => texts.online.to_owned(),
        (_, more) => texts.online_more.of(more),
    };
    pattern.replace("{names}", &shown.join(", "))
}

/// The messages of a room, with what lies before them.
struct MessageList<'a> {
    site: &'a Site,
    locale: Locale,
    room: Option<RoomId>,
    path: &'a str,
    heading: &'a RoomTitle,
    history: &'a History,
    reader: Reader,
    linked: &'a LinkedMessages,
    /// Up to where its reader had seen them.
    seen: Option<Seq>,
    /// The first one on the page that its reader has not seen.
    unseen: Option<Seq>,
    /// The first message in sight without a script, unless an anchor says so.
    start: Option<Landing>,
}

impl MessageList<'_> {
    /// `live`: whether messages go on to come; `lands`: whether the page begins at the line "New".
    fn render(&self, live: bool, lands: bool) -> Markup {
        let Self { site, locale, room, path, history, reader, seen, unseen, .. } = self;
        let start = self.start.and_then(|start| match start {
            Landing::New => *unseen,
            Landing::Message(id) => Some(id),
        });
        let start = history.messages.iter().position(|said| Some(said.message.id) == start);
        let start = start.map(|index| index.saturating_sub(CONTEXT));
        html! {
            div #messages data-seq=(history.seq) data-live=[live.then_some("")] data-lands=[lands.then_some("")]
                data-path=(path) data-room=[room.map(|room| room.0)] data-seen=[*seen] {
                (self.before())
                @for (index, said) in history.messages.iter().enumerate() {
                    @let earlier = index.checked_sub(1).map(|index| &history.messages[index].message);
                    @let unseen = (*unseen == Some(said.message.id)).then(|| self.new_line(index));
                    @if start == Some(index) { span.start {} }
                    @if self.start == Some(Landing::Message(said.message.id)) { span.sought {} }
                    @let linked = self.linked.get(&said.message.id).map_or(&[][..], Vec::as_slice);
                    (MessageRow { place: PagePlace::Chat(site), locale: *locale, earlier, said, reader: *reader, unseen, linked }.render())
                }
                @if let Some(last) = history.messages.last().filter(|_| !history.newest) {
                    p.edge { a rel="next" href=(self.from(last.message.id)) target="_top" { (locale.texts().room.newer) } }
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
        let from = |seen| format!("{}?since={seen}#new", self.site.path(self.path));
        NewLine { from: self.seen.filter(|_| earlier).map(from) }
    }

    fn before(&self) -> Markup {
        let first = self.history.messages.first().map(|said| said.message.id);
        let texts = &self.locale.texts().room;
        html! {
            @match (self.history.before, first) {
                (Before::More, Some(first)) => {
                    p.edge {
                        a rel="prev" href={ (self.site.path(self.path)) "?before=" (first) } target="_top" { (self.locale.texts().scripts.older) }
                    }
                }
                (Before::More, None) => {}
                (Before::Beginning, None) => {
                    p.edge {
                        (texts.empty)
                        // Who sees a private room is in it.
                        @if let RoomTitle::Named { open: false, .. } = self.heading {
                            br;
                            a href={ (self.site.path(self.path)) "/about#add" } target="_top" { (self.locale.texts().details.add_people) }
                        }
                    }
                }
                (Before::Beginning, Some(_)) => p.edge { (self.heading.start(self.locale.language)) },
                (Before::Evicted, _) => p.edge { (texts.forgotten) },
            }
        }
    }
}

/// The newest messages on a page that never ends.
pub(crate) struct LiveFrame<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) path: &'a str,
    pub(crate) heading: &'a RoomTitle,
    pub(crate) room: Option<RoomId>,
    pub(crate) history: &'a History,
    pub(crate) reader: Reader,
    pub(crate) linked: &'a LinkedMessages,
    /// Up to where its reader had seen the room.
    pub(crate) seen: Option<Seq>,
    /// The first message that its reader has not seen.
    pub(crate) unseen: Option<Seq>,
    pub(crate) cut_off: bool,
    /// The first message in sight: browsers look for an anchor when a page has ended.
    pub(crate) start: Option<Landing>,
    /// The address of the same page, from where it is to go on.
    pub(crate) again: &'a str,
}

/// A place in the messages other than their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// At the line "New".
    New,
    Message(Seq),
}

impl LiveFrame<'_> {
    /// The page up to where the next message belongs.
    pub(crate) fn beginning(&self) -> String {
        let Self { site, locale, path, heading, room, history, reader, seen, unseen, start, .. } = self;
        let (room, reader, seen, unseen, start) = (*room, *reader, *seen, *unseen, *start);
        let linked = self.linked;
        let list = MessageList {
            site,
            locale: *locale,
            room,
            path,
            heading,
            history,
            reader,
            linked,
            seen,
            unseen,
            start,
        };
        let name = locale.texts().room.messages;
        let log = html! {
            (super::cut_off_line(self.cut_off, self.locale))
            div.log role="log" aria-label=(name) tabindex="0" { (list.render(true, false)) }
        };
        let page = super::frame::page(
            self.site,
            self.locale,
            name,
            Some(&format!("{REFRESH}; url={}", self.again)),
            &log,
        )
        .into_string();
        page.strip_suffix(OPEN_END).map(str::to_owned).unwrap_or(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_streams_stays_open() {
        let site = Site::new("x", crate::time_zone::Zone::UTC, "");
        let history = History { messages: vec![], before: Before::Beginning, newest: true, seq: Seq(0) };
        let open = LiveFrame {
            site: &site,
            locale: Locale::PROGRAM,
            path: "/chat",
            heading: &RoomTitle::Shared,
            room: Some(RoomId::SHARED),
            history: &history,
            reader: Reader::Onlooker,
            linked: &LinkedMessages::new(),
            seen: None,
            unseen: None,
            cut_off: false,
            start: None,
            again: "/chat/live",
        }
        .beginning();
        assert!(open.contains("id=\"messages\"") && !open.contains("</body>"), "{open}");
    }
}
