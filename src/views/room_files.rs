//! The photos and files of a room, newest first.

use maud::{Markup, html};

use super::attachment::ShownFile;
use super::page_place::PagePlace;
use super::pager::Pager;
use super::paths::message_path;
use super::{Site, isolated};
use crate::chat::{FileId, SentFile};
use crate::text::Locale;

/// Some of them, and the way to older ones.
pub(crate) struct RoomFilesPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) path: &'a str,
    pub(crate) files: &'a [SentFile],
    /// Those before this one are on the next page.
    pub(crate) next: Option<FileId>,
}

impl RoomFilesPage<'_> {
    pub(crate) fn render(&self, title: &str) -> Markup {
        let texts = &self.locale.texts().files;
        let files = self.files.iter().map(|sent| (sent, shown(self.site, self.locale, sent)));
        let (photos, others): (Vec<_>, Vec<_>) = files.partition(|(_, shown)| shown.photo().is_some());
        let path = self.site.path(self.path);
        let next = self.next.map(|before| format!("{path}/files?before={}", before.0));
        html! {
            section.sheet.broad {
                h1 { (title) }
                @if self.files.is_empty() { p.hint { (texts.none) } }
                @if !photos.is_empty() {
                    h2 { (texts.photos) }
                    div.tiles {
                        @for (sent, photo) in &photos { div.entry { (photo.as_tile()) (self.message(sent)) } }
                    }
                }
                @if !others.is_empty() {
                    h2 { (texts.files) }
                    ul.files-list { @for (sent, file) in &others { li { (file.card()) " " (self.message(sent)) } } }
                }
                (Pager { previous: None, next }.render(self.locale))
                p.aside { a href=(path) { (self.locale.texts().details.back) } }
            }
        }
    }

    fn message(&self, sent: &SentFile) -> Markup {
        let texts = &self.locale.texts().files;
        let name = isolated(sent.file.name.as_str());
        html! {
            a.to-message href=(self.site.path(&message_path(sent.message, ""))) aria-label=((texts.message_of)(&name)) { (texts.message) }
        }
    }
}

/// The newest photos on the page about a room, and the way to all.
pub(super) fn newest(site: &Site, locale: Locale, path: &str, files: &[SentFile]) -> Markup {
    let photos: Vec<ShownFile> =
        files.iter().map(|sent| shown(site, locale, sent)).filter(|shown| shown.photo().is_some()).collect();
    let texts = &locale.texts().files;
    html! {
        @if !files.is_empty() {
            h2 { (texts.field) }
            div.tiles { @for photo in photos { (photo.as_tile()) } }
            p.pager { a href={ (site.path(path)) "/files" } { (texts.all) } }
        }
    }
}

fn shown<'a>(site: &'a Site, locale: Locale, sent: &'a SentFile) -> ShownFile<'a> {
    ShownFile { place: PagePlace::Chat(site), locale, id: sent.id, file: &sent.file }
}
