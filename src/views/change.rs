//! The page of one message: what one may do with it.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::message::{Entry, message_path};
use super::{CONFIRMATION, Site};
use crate::chat::{MESSAGE_MAX, Said};

/// A message, and what its reader may do with it.
pub(crate) struct OneMessage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) zone: Tz,
    pub(crate) said: &'a Said,
    /// The text to go on with, for one who may give it another.
    pub(crate) draft: Option<&'a str>,
    pub(crate) may_remove: bool,
    pub(crate) fault: Option<&'a str>,
}

impl OneMessage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, zone, said, draft, may_remove, fault } = self;
        let path = |rest| site.path(&message_path(said.message.id, rest));
        html! {
            section.sheet.broad {
                h1 { "Message" }
                (Entry { site: Some(site), zone: *zone, earlier: None, said, unseen: None }.render())
                @if let Some((draft, cut)) = draft.map(super::echo) {
                    h2 { "Change it" }
                    form method="post" action=(path("/edit")) {
                        @if let Some(text) = fault { p.fault #message-fault role="alert" { (text) } }
                        (cut)
                        label for="message" { "Message" }
                        textarea #message name="message" rows="5" dir="auto" required aria-invalid=[fault.map(|_| "true")]
                            aria-describedby=[fault.map(|_| "message-fault")] { "\n" (draft) }
                        p.hint { "Up to " (MESSAGE_MAX) " characters. It is marked as edited, and what it said before is gone." }
                        button { "Change" }
                    }
                }
                @if *may_remove {
                    h2 { "Remove it" }
                    p.hint { "What it says is gone then, for everybody." }
                    form method="post" action=(path("/remove")) {
                        (CONFIRMATION.render())
                        button.quiet.grave { "Remove the message" }
                    }
                }
                @if draft.is_none() && !may_remove { p.hint { "Only whoever wrote it can change it." } }
                p.aside { a href=(path("")) { "Back to the room" } }
            }
        }
    }
}
