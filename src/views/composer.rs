//! The form in which one writes.

use maud::{Markup, html};

use super::icons::Icon;
use super::quote::{Answered, answered};
use super::{Site, emoji, isolated};
use crate::chat::{FileId, MESSAGE_MAX, MemberId, Seq};
use crate::text::Locale;

/// The address of the composer's own frame, in which it answers a message.
pub(super) fn compose_address(room: &str, to: Option<MemberId>, answers: Option<Seq>) -> String {
    let to = to.map(|to| format!("to={}", to.0));
    let answers = answers.map(|id| format!("reply={id}"));
    let query = to.into_iter().chain(answers).collect::<Vec<_>>().join("&");
    let start = if query.is_empty() { "" } else { "?" };
    format!("{room}/compose{start}{query}")
}

/// The way back to the composer's own frame, with the keyboard in its field: browsers follow
/// `autofocus` only once, in the first of a page's frames.
pub(crate) fn compose_path(room: &str, to: Option<MemberId>) -> String {
    compose_address(room, to, None) + "#message"
}

/// The form that says something.
pub(crate) struct Composer<'a> {
    pub(crate) path: &'a str,
    /// The author: in the same browser, another member may sign in meanwhile.
    pub(crate) by: Option<MemberId>,
    /// In a conversation, to whom: their name may be another's by then.
    pub(crate) to: Option<MemberId>,
    /// Draws the line between one message and the same one sent twice.
    pub(crate) nonce: &'a str,
    /// The message that it answers.
    pub(crate) answers: Option<&'a Answered>,
    /// A text that was refused.
    pub(crate) draft: &'a str,
    /// Bytes of the largest file; 0: it takes none.
    pub(crate) file_max: u64,
    pub(crate) fault: Option<String>,
    /// Its author is asked whether to tell many of it, and sends it by the same button, with files that wait: the id, the
    /// name, and the text in place of each.
    pub(crate) asked: Option<Vec<(FileId, &'a str, Option<&'a str>)>>,
}

const _: () = assert!(MESSAGE_MAX == 4_000, "the hint says so");

impl Composer<'_> {
    /// The form alone, as a page for a frame.
    pub(crate) fn frame(&self, site: &Site, locale: Locale) -> Markup {
        let next = compose_path(self.path, self.to);
        super::frame::page(
            site,
            locale,
            locale.texts().composer.write,
            None,
            &self.render(site, locale, false, Some(&next)),
        )
    }

    /// `scripted`: only where scripts run. `next`: where the answer leads, if not to the room.
    pub(super) fn render(&self, site: &Site, locale: Locale, scripted: bool, next: Option<&str>) -> Markup {
        let texts = &locale.texts().composer;
        let tell = self.asked.as_ref().map(|_| "1");
        let file_max = Some(self.file_max).filter(|most| *most > 0);
        html! {
            // Going back is not to bring back what was sent: it would have a new nonce.
            form.composer.scripted[scripted] method="post" action=(site.path(self.path)) autocomplete="off"
                enctype=[file_max.map(|_| "multipart/form-data")] data-file-max=[file_max] {
                p.fault #message-fault role="alert" hidden[self.fault.is_none()] { (self.fault.as_deref().unwrap_or_default()) }
                input type="hidden" name="nonce" value=(self.nonce) autocomplete="off";
                @if let Some(by) = self.by { input type="hidden" name="as" value=(by.0) autocomplete="off"; }
                @if let Some(to) = self.to { input type="hidden" name="to" value=(to.0) autocomplete="off"; }
                @if let Some(next) = next { input type="hidden" name="next" value=(site.path(next)); }
                @if let Some(message) = self.answers { (answered(site, locale, message, next.unwrap_or(self.path))) }
                (self.field(locale, next.is_some()))
                (self.kept_files(locale))
                button.send name=[tell.map(|_| "tell")] value=[tell] { (Icon::Send.render()) span.word { (texts.send) } }
                // Scripts have a paper clip in its place.
                @if file_max.is_some() {
                    label.chooser {
                        span { (locale.texts().files.field) } " " input type="file" name="file" multiple;
                        " " small { (locale.texts().files.metadata) }
                    }
                }
                p.hint #message-hint { span.keys { (texts.limit) } " " span.length {} }
            }
        }
    }

    fn kept_files(&self, locale: Locale) -> Markup {
        let files = self.asked.as_deref().unwrap_or_default();
        let names: Vec<String> = files.iter().map(|(_, name, _)| isolated(name)).collect();
        html! {
            @for (id, _, alt) in files {
                input type="hidden" name="file" value=(id.0);
                @if let Some(alt) = alt { input type="hidden" name="alt" value=(alt); }
            }
            @if !files.is_empty() { p.kept { ((locale.texts().composer.with_files)(&names.join(", "))) } }
        }
    }

    /// The field for the text, with what scripts have at it. In a frame they do not run.
    fn field(&self, locale: Locale, framed: bool) -> Markup {
        let (texts, attach) = (&locale.texts().composer, locale.texts().files.attach);
        let (draft, cut) = super::echo(self.draft, locale);
        let textarea = html! {
            textarea #message name="message" rows="1" dir="auto" required[self.file_max == 0] placeholder=(texts.write)
                data-most=(MESSAGE_MAX) autofocus[framed] aria-describedby="message-fault message-hint"
                aria-invalid=[self.fault.as_ref().map(|_| "true")] {
                // A textarea swallows one line break at its start.
                "\n" (draft)
            }
        };
        html! {
            (cut)
            label.hidden for="message" { (texts.field) }
            @if framed { (textarea) } @else {
                div.field {
                    (textarea)
                    @if self.file_max > 0 {
                        button.quiet.clip type="button" hidden title=(attach) aria-label=(attach) { (Icon::Clip.render()) }
                    }
                }
                (emoji::button(locale))
            }
        }
    }
}
