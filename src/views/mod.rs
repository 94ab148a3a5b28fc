//! Read models in, markup out. Nothing here decides, and nothing dynamic is left unescaped.

pub(crate) mod actions;
pub(crate) mod activity;
mod assets;
pub(crate) mod attachment;
mod badges;
pub(crate) mod browse;
pub(crate) mod chat_settings;
pub(crate) mod composer;
pub(crate) mod details;
mod emoji;
pub(crate) mod frame;
pub(crate) mod header;
mod icons;
mod markdown;
pub(crate) mod message;
pub(crate) mod message_page;
pub(crate) mod nodes;
pub(crate) mod notifications;
pub(crate) mod page_place;
pub(crate) mod pager;
pub(crate) mod paths;
pub(crate) mod people;
pub(crate) mod pins;
pub(crate) mod profile;
pub(crate) mod quote;
mod reactions;
pub(crate) mod reader;
pub(crate) mod removed_members;
mod rendered_texts;
pub(crate) mod room;
pub(crate) mod room_files;
pub(crate) mod room_title;
pub(crate) mod search;
pub(crate) mod shortcuts;
pub(crate) mod sidebar;
pub(crate) mod sign_in;
pub(crate) mod switcher;
pub(crate) mod transcript;

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Datelike as _, Offset as _, TimeZone as _, Timelike as _, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::chat::{MESSAGE_MAX, Timestamp};
use crate::lock::{read, write};
use crate::text::Locale;
use crate::time_zone::Zone;
pub(crate) use assets::{CARD_SCRIPT, NO_SCRIPT_STYLE, SCRIPT, STYLE, Script, WORKER};
use header::Header;
use icons::sprite;
use rendered_texts::RenderedTexts;

/// A speech bubble; inlined, so that it takes no request.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E\
%3Cpath fill='%230f766e' d='M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z'/%3E\
%3Cg fill='%23fff'%3E%3Ccircle cx='10' cy='14' r='2'/%3E%3Ccircle cx='16' cy='14' r='2'/%3E%3Ccircle cx='22' cy='14' r='2'/%3E%3C/g%3E%3C/svg%3E";

/// Shared by all pages of one chat.
#[derive(Debug)]
pub(crate) struct Site {
    /// The chat's title, which its owners may change. Nothing else is done under the lock.
    title: RwLock<Arc<str>>,
    /// In which times are shown to those who chose no other.
    pub(crate) zone: Zone,
    /// The path below which the chat lives: empty, or like `/chat`.
    pub(crate) base: String,
    /// Bytes of the largest file that members can send; 0 where they send none.
    pub(crate) file_max: u64,
    pub(crate) rendered: RenderedTexts,
}

impl Site {
    pub(crate) fn new(title: &str, zone: Zone, base: &str) -> Self {
        Self {
            title: RwLock::new(title.into()),
            zone,
            base: base.into(),
            file_max: 0,
            rendered: RenderedTexts::default(),
        }
    }

    /// The same, where members can send files of so many bytes.
    pub(crate) fn with_files_up_to(self, file_max: u64) -> Self {
        Self { file_max, ..self }
    }

    /// The same, keeping rendered texts within so many bytes.
    pub(crate) fn with_rendered_up_to(self, bytes: usize) -> Self {
        Self { rendered: RenderedTexts::within(bytes), ..self }
    }

    pub(crate) fn title(&self) -> Arc<str> {
        Arc::clone(&read(&self.title))
    }

    pub(crate) fn rename(&self, title: &str) {
        *write(&self.title) = title.into();
    }

    /// One of our paths, as browsers know it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A text of others inside a sentence, whose direction it does not turn (UAX #9, isolates).
pub(crate) fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

fn local(at: Timestamp, locale: Locale) -> DateTime<Zone> {
    utc(at).with_timezone(&locale.zone)
}

/// Minutes that a zone is ahead of UTC in January and in July, as our script compares them with the browser's.
fn offsets(zone: Zone, now: Timestamp) -> String {
    let year = utc(now).year();
    let first = |month| Utc.with_ymd_and_hms(year, month, 1, 0, 0, 0).single().unwrap_or_default();
    let ahead = |month| first(month).with_timezone(&zone).offset().fix().local_minus_utc() / 60;
    format!("{} {}", ahead(1), ahead(7))
}

/// The calendar time of a timestamp; one beyond the calendar counts as 1970.
fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default()
}

/// A time for machines: RFC 3339 in UTC, to the millisecond.
pub(crate) fn exact(at: Timestamp) -> String {
    let at = utc(at);
    let (day, millis) = (at.date_naive(), at.timestamp_subsec_millis());
    format!("{day}T{:02}:{:02}:{:02}.{millis:03}Z", at.hour(), at.minute(), at.second())
}

pub(crate) struct Page<'a> {
    pub(crate) site: &'a Site,
    pub(crate) now: Timestamp,
    pub(crate) locale: Locale,
    /// Stands before the chat's title in the window's.
    pub(crate) name: &'a str,
    /// None: a page of someone who is not signed in.
    pub(crate) header: Option<&'a Header<'a>>,
    pub(crate) kind: Layout,
    /// The chat's database does not answer.
    pub(crate) cut_off: bool,
}

/// How a page uses the window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A card: forms and notices.
    Card,
    /// The whole window, scrolling inside: a room.
    Room,
    /// A room for a reader who may not write in it.
    RoomToRead,
    /// A room with the frames in which it is live without scripts.
    LiveRoom,
    /// A live room without a composer.
    LivePreview,
}

impl Layout {
    /// True for pages that use frames where scripts do not run.
    pub(crate) fn is_framed(self) -> bool {
        matches!(self, Self::LiveRoom | Self::LivePreview)
    }
}

impl Page<'_> {
    /// The layout: a header with the title, the content, a footer with the copyright.
    pub(crate) fn with(&self, content: &Markup) -> Markup {
        let (title, language) = (self.site.title(), self.locale.language);
        let footer = self.footer();
        let asked = self.header.filter(|header| header.asks_for_zone).map(|_| self.locale.zone);
        html! {
            (DOCTYPE)
            html lang=(language.tag()) dir=(language.direction()) {
                (head(&format!("{} · {title}", self.name), TYPING_VIEWPORT, &html! {
                    link rel="icon" href=(ICON);
                    link rel="manifest" href=(self.site.path("/manifest.webmanifest"));
                    link rel="apple-touch-icon" href=(self.site.path("/apple-touch-icon.png"));
                    meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)";
                    meta name="theme-color" content="#1d2024" media="(prefers-color-scheme: dark)";
                    // A room is moved to where its reader was: nothing of it is painted before its script has run.
                    @if self.kind != Layout::Card { link rel="expect" href="#end" blocking="render"; }
                    @if self.kind.is_framed() { noscript { style { (PreEscaped(NO_SCRIPT_STYLE.text)) } } }
                }))
                body class=(self.class()) data-base=(self.site.base)
                    data-member=[self.header.map(|header| header.member.0)] data-name=[self.header.map(|header| header.name.as_str())]
                    data-zone=[asked.map(|zone| zone.to_string())] data-zone-name=[asked.map(|zone| self.locale.name_of(zone))]
                    data-offsets=[asked.map(|zone| offsets(zone, self.now))] {
                    (self.skip_links())
                    " "
                    @if let Some(header) = self.header {
                        (sprite())
                        (header.render(self.name))
                        (cut_off_line(self.cut_off, self.locale))
                        div.wide {
                            (header.sidebar.render(&footer))
                            main #content tabindex="-1" {
                                (content)
                                @if self.kind == Layout::Card { div.dock { p.status role="status" hidden {} } }
                            }
                        }
                    } @else {
                        header.bar { a.brand href=(self.site.path("/")) dir="auto" { (title) } }
                        (cut_off_line(self.cut_off, self.locale))
                        main #content tabindex="-1" { (content) }
                        (footer)
                    }
                    (self.script())
                    @if self.kind != Layout::Card { template #end {} }
                }
            }
        }
    }

    fn class(&self) -> &'static str {
        match (self.kind, self.header) {
            (Layout::Card, None) => "card",
            (Layout::Card, Some(_)) => "page",
            _ => "room",
        }
    }

    fn skip_links(&self) -> Markup {
        let texts = &self.locale.texts().frame;
        html! {
            nav aria-label=(texts.skip_links) {
                a.skip href="#content" { (texts.skip_to_content) }
                @if matches!(self.kind, Layout::Room | Layout::LiveRoom) {
                    " "
                    a.skip.scripted[self.kind == Layout::LiveRoom] href="#message" { (texts.skip_to_message) }
                }
                @if self.kind == Layout::LiveRoom {
                    noscript { a.skip href="#compose" { (texts.skip_to_message) } }
                }
            }
        }
    }

    fn footer(&self) -> Markup {
        let (local, texts) = (local(self.now, self.locale), &self.locale.texts().frame);
        html! {
            footer.bar {
                small dir="auto" { ((texts.copyright)(local.year(), &self.site.title())) }
                @if self.header.is_some() {
                    " "
                    small title=(self.locale.zone) { ((texts.times_in)(&self.locale.name_of(self.locale.zone))) }
                }
            }
        }
    }

    /// At the end of a page, before `#end`: it runs before a room is painted, from the cache or not.
    fn script(&self) -> Markup {
        html! {
            @if self.header.is_some() {
                script #texts type="application/json" { (PreEscaped(self.locale.language.script_texts())) }
                script src=(self.site.path(SCRIPT.path)) integrity=(SCRIPT.integrity) {}
            } @else {
                script { (PreEscaped(CARD_SCRIPT.text)) }
            }
        }
    }
}

/// As wide as the window, and to be zoomed at will.
const VIEWPORT: &str = "width=device-width, initial-scale=1";
/// The viewport of pages with a composer: a phone's keyboard makes them smaller, and covers nothing.
const TYPING_VIEWPORT: &str = "width=device-width, initial-scale=1, interactive-widget=resizes-content";

/// `more` comes after the style.
fn head(title: &str, viewport: &str, more: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content=(viewport);
            meta name="color-scheme" content="light dark";
            title { (title) }
            style { (PreEscaped(STYLE.text)) }
            (more)
        }
    }
}

/// The field of a form that asks for nothing: lynx sends a form without fields as a GET.
fn empty_form_field() -> Markup {
    html! { input type="hidden" name="sure" value="yes"; }
}

/// As much as a page shows again of a text that could not be taken, in characters: two messages.
const ECHO_MAX: usize = 2 * MESSAGE_MAX;

/// The beginning of a text that could not be taken, and a line where that is not all of it. Bounded before it is
/// rendered: a body of 128 KiB can make a page of 800 KB.
fn echo(text: &str, locale: Locale) -> (&str, Markup) {
    let cut = text.char_indices().nth(ECHO_MAX).map(|(at, _)| at);
    let line = html! { p.cut { ((locale.texts().notice.kept)(ECHO_MAX)) } };
    cut.map_or((text, html! {}), |at| (&text[..at], line))
}

/// A page that says one thing: what went wrong, and the way on.
pub(crate) struct NoticePage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) heading: &'a str,
    pub(crate) text: &'a str,
    /// A text that cannot be sent any more.
    pub(crate) unsent: Option<&'a str>,
}

/// The result of the form that led to a page, where the page does not show it by itself.
pub(crate) fn outcome_line(text: Option<&str>) -> Markup {
    html! { @if let Some(text) = text { p.saved.outcome role="status" { (text) } } }
}

/// Says that the chat's database does not answer, where that is so.
fn cut_off_line(cut_off: bool, locale: Locale) -> Markup {
    html! { @if cut_off { p.database-away role="status" { (locale.texts().nodes.cut_off) } } }
}

/// A form that destroys something, behind a first click that says what.
fn in_two_steps(label: &str, form: &Markup) -> Markup {
    html! { details.grave { summary { (label) } (form) } }
}

/// A text that has no form to come back to.
pub(crate) fn unsent(text: &str, label: &str, locale: Locale) -> Markup {
    let (text, cut) = echo(text, locale);
    html! {
        label for="unsent" { (label) }
        (cut)
        textarea #unsent readonly rows="5" dir="auto" { "\n" (text) }
    }
}

impl NoticePage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = &self.locale.texts().notice;
        html! {
            section.sheet {
                h1 { (self.heading) }
                p { (self.text) }
                @if let Some(text) = self.unsent { (unsent(text, texts.unsent, self.locale)) }
                p { a href=(self.site.path("/")) { (texts.back) } }
            }
        }
    }
}
