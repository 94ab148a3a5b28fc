//! A message, as every page and stream shows it.

use chrono::DateTime;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::prose::prose;
use super::{Site, exact, local};
use crate::chat::{Message, Username};

/// Messages of one author that follow each other within this time stand under one name: 5
/// minutes, in milliseconds.
const GROUP_MAX: i64 = 5 * 60 * 1000;
/// The avatars' colours in style.css.
const HUES: u64 = 8;

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
                div.said dir="auto" { (prose(message.body.as_str())) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Body, MemberId, RoomId, Seq, Timestamp};

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
}
