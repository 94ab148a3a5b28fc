//! The quick switcher: where one could go.

use maud::{Markup, html};

use super::Site;
use super::badges::{mentions_badge, unread_badge};
use super::icons::Icon;
use super::room_title::RoomTitle;
use super::sidebar::ActivityLine;
use crate::text::Locale;

/// A room, or someone to talk to.
pub(crate) struct Destination {
    pub(crate) path: String,
    pub(crate) heading: RoomTitle,
    pub(crate) unread: usize,
    pub(crate) mentions: usize,
    /// False for a room that the reader could join.
    pub(crate) joined: bool,
}

/// The options of the switcher's list. `activity`: the way there, if it is among them.
pub(crate) fn destinations(
    site: &Site,
    locale: Locale,
    activity: Option<&ActivityLine>,
    all: &[Destination],
) -> Markup {
    html! {
        @if let Some(activity) = activity {
            li #to-activity role="option" aria-selected="false" aria-label=(activity.label(locale)) data-href=(site.path("/activity")) {
                span.sign { (Icon::Bell.render()) } " " span { (locale.texts().activity.title) } " " (activity.badge())
            }
        }
        @for (index, destination) in all.iter().enumerate() {
            li #{ "to" (index) } role="option" aria-selected="false" data-href=(site.path(&destination.path)) {
                (destination.heading.sign()) " "
                (destination.heading.marked(locale.language)) " "
                @if !destination.joined { small { (locale.texts().search.open_room) } " " }
                (mentions_badge(destination.mentions, locale.language)) " "
                (unread_badge(destination.unread, locale.language))
            }
        }
    }
}
