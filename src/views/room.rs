//! The shared room.

use chrono::DateTime;
use chrono_tz::Tz;
use linkify::{LinkFinder, LinkKind};
use maud::{Markup, html};

use super::{CONFIRMATION, Kind, Site, exact, local};
use crate::chat::{
    Before, History, MESSAGE_MAX, Message, RoomId, RoomName, Seq, Topic, UNREAD_MAX, Username,
};

/// Messages of one author that follow each other within this time stand under one name: 5
/// minutes, in milliseconds.
const GROUP_MAX: i64 = 5 * 60 * 1000;
/// Links in one message that can be clicked: half of these. Each takes many times its own length
/// in a page, and a message of links alone is no message.
const SPANS_MAX: usize = 100;
/// The avatars' colours in style.css.
const HUES: u64 = 8;

/// People who are named; of more, only the number is told, as everybody is told of each.
const NAMES_SHOWN: usize = 30;
/// A page that streams ends after a while, or breaks: it is loaded again after this, in seconds.
/// Browsers begin to count when a page has ended.
const REFRESH: u32 = 4;
/// How a page that streams ends, until it goes on.
const OPEN_END: &str = "</div></div></main></body></html>";

/// The way back to the composer's own frame, with the keyboard in its field: browsers follow
/// `autofocus` only once, in the first of a page's frames.
pub(crate) fn compose_path(room: &str) -> String {
    format!("{room}/compose#message")
}

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
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Shared => "Shared room",
            Self::Named { name, .. } => name.as_str(),
            Self::With(name) => name.as_str(),
            Self::Notes => "Notes to myself",
        }
    }

    /// A sign before the name, for the eye alone.
    pub(crate) fn sign(&self) -> &'static str {
        match self {
            Self::Shared => "⌂",
            Self::Named { open: true, .. } => "#",
            Self::Named { open: false, .. } => "🔒",
            Self::With(_) => "✉",
            Self::Notes => "✎",
        }
    }

    /// Who may read what is said, in words.
    fn privacy(&self) -> &'static str {
        match self {
            Self::Shared => "Everybody in this chat reads along.",
            Self::Named { open: true, .. } => "Everybody in this chat may join and read.",
            Self::Named { open: false, .. } => "Only its members read this.",
            Self::With(_) => "Private: only the two of you read this.",
            Self::Notes => "Private: only you read this.",
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
    pub(crate) me: &'a Username,
    /// Up to where the member has seen it, if they are in it.
    pub(crate) seen: Option<Seq>,
    pub(crate) history: &'a History,
    /// Who watches now.
    pub(crate) here: Vec<Username>,
    pub(crate) composer: Composer<'a>,
    /// Messages that wait in other rooms.
    pub(crate) unread: usize,
}

/// The form that says something.
pub(crate) struct Composer<'a> {
    /// Where.
    pub(crate) path: &'a str,
    /// Draws the line between one message and the same one sent twice.
    pub(crate) nonce: &'a str,
    /// What was typed and could not be posted.
    pub(crate) draft: &'a str,
    /// Why it could not.
    pub(crate) fault: Option<&'a str>,
}

impl Room<'_> {
    /// Live where it shows the newest messages, and nothing that was typed has to be kept.
    pub(crate) fn kind(&self) -> Kind {
        match self.history.newest && self.composer.fault.is_none() {
            _ if !self.inside => Kind::RoomToJoin,
            true => Kind::LiveRoom,
            false => Kind::Room,
        }
    }

    pub(crate) fn render(&self) -> Markup {
        // Where scripts do not run, the newest messages and the composer live in frames.
        let framed = self.kind() == Kind::LiveRoom;
        let path = self.site.path(self.path);
        html! {
            (self.head())
            @if framed { noscript { iframe.messages src=(self.live_path()) title="Messages" {} } }
            div.log.scripted[framed] role="log" aria-label="Messages" tabindex="0" { (self.messages()) }
            @if !self.history.newest {
                p.elsewhere { "You are reading older messages. " a href=(path) { "Go to the newest" } }
            }
            div.dock { p.status role="status" hidden {} }
            @if self.inside {
                @if framed { noscript { iframe.compose #compose src={ (path) "/compose" } title="Write a message" {} } }
                (self.composer.render(self.site, framed, None))
            } @else {
                form.join method="post" action={ (path) "/join" } {
                    (CONFIRMATION.render())
                    p { "You are looking into an open room. Join it to write, and to be told what is new." }
                    button { "Join" }
                }
            }
            @if self.history.newest {
                p.people.scripted[framed] { span.here { (here(&self.here)) } span.typing {} }
            }
        }
    }

    /// The messages alone; the frame is to know what its reader had not seen when this page was loaded.
    fn live_path(&self) -> String {
        let path = self.site.path(self.path);
        self.seen.map_or_else(|| format!("{path}/live"), |seen| format!("{path}/live?seen={seen}"))
    }

    fn head(&self) -> Markup {
        let Self { heading, site, path, unread, .. } = self;
        html! {
            div.head {
                button.quiet.drawer popovertarget="sidebar" {
                    "Rooms " (badge(*unread))
                }
                " "
                h1 { span.sign aria-hidden="true" { (heading.sign()) } " " bdi { (heading.as_str()) } }
                " "
                p.topic title=(heading.privacy()) {
                    @match heading {
                        Heading::Named { topic, .. } if !topic.as_str().is_empty() => bdi { (topic.as_str()) },
                        _ => (heading.privacy()),
                    }
                }
                @if matches!(heading, Heading::Named { .. }) {
                    " "
                    a.about href={ (site.path(path)) "/about" } { "About" }
                }
            }
        }
    }

    /// The messages, with a line where those begin that the member has not seen.
    fn messages(&self) -> Markup {
        let Self { site, id, path, history, seen, me, .. } = self;
        let list = List { site, room: *id, path, history, unseen: history.unseen(*seen, me) };
        list.render(self.inside)
    }
}

/// How many messages wait; empty where none do, as text browsers know nothing of `hidden`.
pub(crate) fn badge(count: usize) -> Markup {
    html! {
        span.count hidden[count == 0] {
            @match count {
                0 => {}
                1..UNREAD_MAX => { (count) span.hidden { " unread" } }
                _ => { (UNREAD_MAX - 1) "+" span.hidden { " unread" } }
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
    room: Option<RoomId>,
    path: &'a str,
    history: &'a History,
    /// The first one that its reader has not seen.
    unseen: Option<Seq>,
}

impl List<'_> {
    fn render(&self, live: bool) -> Markup {
        let Self { site, room, path, history, unseen } = self;
        html! {
            div #messages data-seq=(history.seq) data-live=[(live && history.newest).then_some("")]
                data-base=(site.base) data-path=(path) data-room=[room.map(|room| room.0)] {
                (self.before())
                @for (index, (message, author)) in history.messages.iter().enumerate() {
                    @let earlier = index.checked_sub(1).map(|index| &history.messages[index].0);
                    @let unseen = *unseen == Some(message.id);
                    (Entry { site: Some(site), zone: site.zone, earlier, message, author, unseen }.render())
                }
            }
        }
    }

    fn before(&self) -> Markup {
        let first = self.history.messages.first().map(|(message, _)| message.id);
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
    pub(crate) path: &'a str,
    pub(crate) room: Option<RoomId>,
    pub(crate) history: &'a History,
    /// The first message that its reader has not seen.
    pub(crate) unseen: Option<Seq>,
}

impl LiveFrame<'_> {
    /// The page up to where the next message belongs.
    pub(crate) fn beginning(&self) -> String {
        let Self { site, path, room, history, unseen } = self;
        let list = List { site, room: *room, path, history, unseen: *unseen };
        let log = html! {
            div.log role="log" aria-label="Messages" tabindex="0" { (list.render(true)) }
        };
        let page = super::frame(self.site, "Messages", Some(REFRESH), &log).into_string();
        page.strip_suffix(OPEN_END).map(str::to_owned).unwrap_or(page)
    }
}

/// One message, with a day line and a head where the one before calls for them.
pub(crate) struct Entry<'a> {
    /// Where its links lead; nothing for a page outside the chat.
    pub(crate) site: Option<&'a Site>,
    pub(crate) zone: Tz,
    pub(crate) earlier: Option<&'a Message>,
    pub(crate) message: &'a Message,
    pub(crate) author: &'a Username,
    /// Whether it is the first one that its reader has not seen.
    pub(crate) unseen: bool,
}

impl Entry<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, zone, earlier, message, author, unseen } = self;
        let at = local(message.at, *zone);
        let new_day = earlier.is_none_or(|earlier| local(earlier.at, *zone).date_naive() != at.date_naive());
        let grouped = !new_day
            && !unseen
            && earlier.is_some_and(|earlier| {
                let apart = message.at.0.saturating_sub(earlier.at.0);
                earlier.author == message.author && (0..=GROUP_MAX).contains(&apart)
            });
        html! {
            @if new_day { h2.day { span { (at.format("%A, %-d %B %Y")) } } }
            @if *unseen { h2.unseen { span { "New" } } }
            article.grouped[grouped] #{ "m" (message.id) } data-room=(message.room.0) {
                header {
                    span.{ "avatar hue" (message.author.0.0 % HUES) } aria-hidden="true" data-initial=(initial(author)) {}
                    b.author {
                        @if let Some(site) = site {
                            a href=(site.path(&person_path(author))) target="_top" { bdi { (author.as_str()) } }
                        } @else { bdi { (author.as_str()) } }
                    }
                    " "
                    (time(message, &at))
                }
                p dir="auto" { (text(message.body.as_str())) }
            }
        }
    }
}

fn time(message: &Message, at: &DateTime<Tz>) -> Markup {
    html! {
        a.time href={ "#m" (message.id) } {
            time datetime=(exact(message.at)) title=(at.format("%A, %-d %B %Y, %H:%M:%S %Z")) { (at.format("%H:%M")) }
        }
    }
}

/// The address of one's conversation with somebody, below the chat's own.
pub(crate) fn person_path(name: &Username) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_str().as_bytes()).collect();
    format!("/people/{name}")
}

fn initial(author: &Username) -> String {
    author.as_str().chars().take(1).flat_map(char::to_uppercase).collect()
}

/// Text with its line breaks, and with links to the web made clickable.
fn text(body: &str) -> Markup {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    html! {
        @for (index, span) in finder.spans(body).enumerate() {
            @if index < SPANS_MAX && span.kind().is_some() && is_web(span.as_str()) {
                a href=(span.as_str()) rel="noopener noreferrer nofollow ugc" target="_blank" { (span.as_str()) }
            } @else {
                @for (index, line) in span.as_str().split('\n').enumerate() {
                    @if index > 0 { br; }
                    (line)
                }
            }
        }
    }
}

fn is_web(link: &str) -> bool {
    let scheme = link.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

impl Composer<'_> {
    /// The form alone, as a page for a frame.
    pub(crate) fn frame(&self, site: &Site) -> Markup {
        super::frame(site, "Write a message", None, &self.render(site, false, Some(&compose_path(self.path))))
    }

    /// `scripted`: only where scripts run. `next`: where the answer leads, if not to the room.
    fn render(&self, site: &Site, scripted: bool, next: Option<&str>) -> Markup {
        let limit = format!("Up to {MESSAGE_MAX} characters.");
        html! {
            form.composer.scripted[scripted] method="post" action=(site.path(self.path)) {
                p.fault #message-fault role="alert" hidden[self.fault.is_none()] { (self.fault.unwrap_or_default()) }
                input type="hidden" name="nonce" value=(self.nonce) autocomplete="off";
                @if let Some(next) = next { input type="hidden" name="next" value=(site.path(next)); }
                label.hidden for="message" { "Message" }
                textarea #message name="message" rows="1" dir="auto" required placeholder="Write a message"
                    autofocus[next.is_some()] aria-describedby="message-fault message-hint"
                    aria-invalid=[self.fault.map(|_| "true")] {
                    // A textarea swallows one line break at its start.
                    "\n" (self.draft)
                }
                button { "Send" }
                p.hint #message-hint { (limit) " " span.keys {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::{Body, MemberId, Seq, Timestamp};

    #[test]
    fn links_to_the_web_are_links_and_nothing_else_is() {
        let link = |url: &str| text(url).into_string().contains("<a href=");
        assert!(link("http://example.org") && link("see HTTPS://example.org/a?b=1."));
        assert!(link("http://localhost:8080/x"));
        for other in [
            "javascript:alert(1)",
            "javascript://x/%0aalert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "ftp://example.org",
            "www.example.org",
            "a@b.example",
        ] {
            assert!(!link(other), "{other}");
        }
        assert_eq!(
            text("(https://example.org/a_(b)).\nnext").into_string(),
            "(<a href=\"https://example.org/a_(b)\" rel=\"noopener noreferrer nofollow ugc\" \
             target=\"_blank\">https://example.org/a_(b)</a>).<br>next"
        );
    }

    #[test]
    fn messages_of_one_author_within_five_minutes_of_one_day_stand_together() {
        let start = Timestamp(1_790_000_000_000); // 2026-09-21 14:13:20 UTC
        let message = |id, author, at| {
            let body = Body::parse("x").unwrap();
            Message::new(Seq(id), MemberId(Seq(author)), RoomId::SHARED, Timestamp(start.0 + at), body)
        };
        let site = Site { title: String::new(), zone: Tz::UTC, base: String::new() };
        let name = Username::parse("ann").unwrap();
        let look = |earlier: Option<&Message>, message: &Message| {
            let entry =
                Entry { site: Some(&site), zone: Tz::UTC, earlier, message, author: &name, unseen: false };
            let markup = entry.render().into_string();
            (markup.contains("class=\"day\""), markup.contains("class=\"grouped\""))
        };
        let first = message(1, 1, 0);
        assert_eq!(look(None, &first), (true, false));
        assert_eq!(look(Some(&first), &message(2, 1, GROUP_MAX)), (false, true));
        assert_eq!(look(Some(&first), &message(2, 1, GROUP_MAX + 1)), (false, false));
        assert_eq!(look(Some(&first), &message(2, 2, 0)), (false, false));
        let midnight = (24 * 60 - 14 * 60 - 13) * 60_000;
        assert_eq!(look(Some(&message(2, 1, midnight - 60_000)), &message(3, 1, midnight)), (true, false));
        assert_eq!(look(Some(&first), &message(2, 1, -1)), (false, false), "the clock went back");
    }

    #[test]
    fn a_page_that_streams_stays_open() {
        let site = Site { title: "x".into(), zone: Tz::UTC, base: String::new() };
        let history = History { messages: vec![], before: Before::Beginning, newest: true, seq: Seq(0) };
        let open = LiveFrame {
            site: &site,
            path: "/chat",
            room: Some(RoomId::SHARED),
            history: &history,
            unseen: None,
        }
        .beginning();
        assert!(open.contains("id=\"messages\"") && !open.contains("</body>"), "{open}");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_place(body in "(?s)(.|https?://|[\"'<>&\\n]){0,60}") {
            let markup = text(&body).into_string();
            let tags: Vec<&str> = markup.split('<').skip(1).collect();
            for tag in tags {
                prop_assert!(tag.starts_with("a href=\"http") || tag.starts_with("a href=\"HTTP") || tag.starts_with("/a>") || tag.starts_with("br>"), "{}", markup);
            }
        }
    }
}
