//! A message, as every page and stream shows it.

use chrono::DateTime;
use chrono_tz::Tz;
use linkify::{LinkFinder, LinkKind};
use maud::{Markup, html};

use super::{Site, exact, local};
use crate::chat::{Author, Message, NameKey, Said, Seq, Username, mentions};

/// Messages of one author that follow each other within this time stand under one name: 5
/// minutes, in milliseconds.
const GROUP_MAX: i64 = 5 * 60 * 1000;
/// Links in one message that can be clicked: half of these. Each takes many times its own length
/// in a page, and a message of links alone is no message.
const SPANS_MAX: usize = 100;
/// The avatars' colours in style.css.
const HUES: u64 = 8;

/// One message, with a day line and a head where the one before calls for them.
pub(crate) struct Entry<'a> {
    /// Where its links lead; nothing for a page outside the chat.
    pub(crate) site: Option<&'a Site>,
    pub(crate) zone: Tz,
    pub(crate) earlier: Option<&'a Message>,
    pub(crate) said: &'a Said,
    /// Whether it is the first one that its reader has not seen.
    pub(crate) unseen: bool,
}

impl Entry<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, zone, earlier, said: Said { message, author, mentioned }, unseen } = self;
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
                        @if let (Some(site), false) = (site, author.former) {
                            a href=(site.path(&person_path(&author.name))) target="_top" { bdi { (author.name.as_str()) } }
                        } @else { bdi { (author.name.as_str()) } }
                    }
                    @if author.former { " " small { "(left)" } }
                    " "
                    (time(*site, message, &at))
                    @if let Some(edited) = message.edited {
                        " " small.edited title=(local(edited, *zone).format("%A, %-d %B %Y, %H:%M:%S %Z")) { "edited" }
                    }
                    @if let Some(site) = site {
                        " " a.more href=(site.path(&message_path(message.id, "/about"))) target="_top" aria-label="More about this message" { "⋯" }
                    }
                }
                p dir="auto" { (text(message.body.as_str(), mentioned)) }
            }
        }
    }
}

/// When it was said, as a link that others can follow.
fn time(site: Option<&Site>, message: &Message, at: &DateTime<Tz>) -> Markup {
    let link =
        site.map_or_else(|| format!("#m{}", message.id), |site| site.path(&message_path(message.id, "")));
    html! {
        a.time href=(link) target=[site.map(|_| "_top")] {
            time datetime=(exact(message.at)) title=(at.format("%A, %-d %B %Y, %H:%M:%S %Z")) { (at.format("%H:%M")) }
        }
    }
}

/// The address of a message, and of what one does with it.
pub(crate) fn message_path(id: Seq, rest: &str) -> String {
    format!("/messages/{id}{rest}")
}

/// The address of one's conversation with somebody, below the chat's own.
pub(crate) fn person_path(name: &Username) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_str().as_bytes()).collect();
    format!("/people/{name}")
}

fn initial(author: &Author) -> String {
    author.name.as_str().chars().take(1).flat_map(char::to_uppercase).collect()
}

/// Text with its line breaks, with links to the web made clickable, and with those marked whom it calls.
fn text(body: &str, mentioned: &[Username]) -> Markup {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    html! {
        @for (index, span) in finder.spans(body).enumerate() {
            @if index < SPANS_MAX && span.kind().is_some() && is_web(span.as_str()) {
                a href=(span.as_str()) rel="noopener noreferrer nofollow ugc" target="_blank" { (span.as_str()) }
            } @else {
                @for (index, line) in span.as_str().split('\n').enumerate() {
                    @if index > 0 { br; }
                    (called(line, mentioned))
                }
            }
        }
    }
}

/// A piece of text in which names stand out.
fn called(text: &str, mentioned: &[Username]) -> Markup {
    let names = mentions(text, |key: &NameKey| mentioned.iter().any(|name| name.key() == key).then_some(()));
    let mut pieces = Vec::with_capacity(2 * names.len() + 1);
    let mut end = 0;
    for (name, ()) in names {
        pieces.push((&text[end..name.start], Some(&text[name.clone()])));
        end = name.end;
    }
    pieces.push((&text[end..], None));
    html! {
        @for (plain, name) in pieces { (plain) @if let Some(name) = name { b.mention { (name) } } }
    }
}

fn is_web(link: &str) -> bool {
    let scheme = link.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::{Body, MemberId, RoomId, Timestamp};

    #[test]
    fn links_to_the_web_are_links_and_nothing_else_is() {
        let link = |url: &str| text(url, &[]).into_string().contains("<a href=");
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
            text("(https://example.org/a_(b)).\nnext", &[]).into_string(),
            "(<a href=\"https://example.org/a_(b)\" rel=\"noopener noreferrer nofollow ugc\" \
             target=\"_blank\">https://example.org/a_(b)</a>).<br>next"
        );
    }

    #[test]
    fn messages_of_one_author_within_five_minutes_of_one_day_stand_together() {
        let start = Timestamp(1_790_000_000_000); // 2026-09-21 14:13:20 UTC
        let message = |id, author, at| {
            let body = Body::parse("x").unwrap();
            let (id, author, at) = (Seq(id), MemberId(Seq(author)), Timestamp(start.0 + at));
            Message { id, author, room: RoomId::SHARED, at, body, edited: None, nonce: None }
        };
        let site = Site::new("", Tz::UTC, "");
        let author = Author { name: Username::parse("ann").unwrap(), former: false };
        let look = |earlier: Option<&Message>, message: &Message| {
            let said = Said { message: message.clone(), author: author.clone(), mentioned: vec![] };
            let entry = Entry { site: Some(&site), zone: Tz::UTC, earlier, said: &said, unseen: false };
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

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_place(body in "(?s)(.|https?://|[\"'<>&\\n]){0,60}") {
            let markup = text(&body, &[]).into_string();
            let tags: Vec<&str> = markup.split('<').skip(1).collect();
            for tag in tags {
                prop_assert!(tag.starts_with("a href=\"http") || tag.starts_with("a href=\"HTTP") || tag.starts_with("/a>") || tag.starts_with("br>"), "{}", markup);
            }
        }
    }
}
