//! How much of a room one wants to be told of.

use maud::{Markup, html};

use super::{Site, isolated};
use crate::chat::NotificationLevel;
use crate::text::{Locale, NotificationsTexts};

/// The form that chooses it; scripts send it as soon as something is chosen.
pub(crate) struct LevelForm<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// Of the room, below the chat's own.
    pub(crate) path: &'a str,
    pub(crate) level: NotificationLevel,
    /// Just saved.
    pub(crate) saved: bool,
}

impl LevelForm<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = &self.locale.texts().notifications;
        html! {
            form.level #notifications method="post" action={ (self.site.path(self.path)) "/notifications" } autocomplete="off" data-saved=(texts.saved) {
                fieldset aria-describedby="level-hint" {
                    legend { (texts.title) }
                    @for level in NotificationLevel::ALL {
                        label.check {
                            input type="radio" name="level" value=(level.word()) checked[level == self.level];
                            " " span { (label(level, texts)) }
                        }
                    }
                }
                p.hint #level-hint { (texts.hint) }
                button.quiet { (texts.save) }
                p.done role="status" { @if self.saved { (texts.saved) } }
            }
        }
    }

    /// A page of its own, for a room without details.
    pub(crate) fn page(&self, room: &str) -> (String, Markup) {
        let title = (self.locale.texts().notifications.title_of)(&isolated(room));
        let page = html! {
            section.sheet.broad {
                h1 { (title) }
                (self.render())
                p.aside { a href=(self.site.path(self.path)) { (self.locale.texts().details.back) } }
            }
        };
        (title, page)
    }
}

fn label(level: NotificationLevel, texts: &NotificationsTexts) -> &'static str {
    match level {
        NotificationLevel::Everything => texts.everything,
        NotificationLevel::Mentions => texts.mentions,
        NotificationLevel::Nothing => texts.nothing,
    }
}
