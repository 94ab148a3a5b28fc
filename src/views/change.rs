//! The page of one message: what one may do with it.

use maud::{Markup, html};

use super::message::{Entry, message_path};
use super::{CONFIRMATION, Site};
use crate::chat::{MESSAGE_MAX, Said, TextVersion};
use crate::text::Locale;

/// A message, and what its reader may do with it.
pub(crate) struct OneMessage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) said: &'a Said,
    /// The text to go on with, for one who may give it another.
    pub(crate) draft: Option<Draft<'a>>,
    pub(crate) may_remove: bool,
    pub(crate) fault: Option<&'a str>,
}

/// What stands in the form.
pub(crate) struct Draft<'a> {
    pub(crate) text: &'a str,
    /// The text that it replaces.
    pub(crate) version: TextVersion,
    /// That text, where the draft was made from an earlier one.
    pub(crate) meanwhile: Option<&'a str>,
}

impl OneMessage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, locale, said, draft, may_remove, .. } = self;
        let path = |rest| site.path(&message_path(said.message.id, rest));
        html! {
            section.sheet.broad {
                h1 { "Message" }
                (Entry { site: Some(site), locale: *locale, earlier: None, said, unseen: None }.render())
                @if let Some(draft) = draft { (self.form(draft, &path("/edit"), &path(""))) }
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

    fn form(&self, draft: &Draft, action: &str, back: &str) -> Markup {
        let Draft { text, version, meanwhile } = draft;
        let (text, cut) = super::echo(text);
        let fault = self.fault;
        html! {
            h2 { "Change it" }
            form method="post" action=(action) autocomplete="off" {
                @if let Some(text) = fault { p.fault #message-fault role="alert" { (text) } }
                (cut)
                input type="hidden" name="version" value=(version) autocomplete="off";
                label for="message" { @if meanwhile.is_some() { "Your text" } @else { "Message" } }
                textarea #message name="message" rows="5" dir="auto" required aria-invalid=[fault.map(|_| "true")]
                    aria-describedby=[fault.map(|_| "message-fault")] { "\n" (text) }
                p.hint { "Up to " (MESSAGE_MAX) " characters. It is marked as edited, and what it said before is gone." }
                button { @if meanwhile.is_some() { "Replace with your text" } @else { "Change" } }
            }
            @if let Some(now) = meanwhile {
                label for="now" { "What it says now" }
                textarea #now readonly rows="5" dir="auto" { "\n" (now) }
                p { a href=(back) { "Keep what it says now" } }
            }
        }
    }
}
