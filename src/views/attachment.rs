//! The files of a message, as pages, streams, search and exports show them.

use maud::{Markup, html};

use super::icons::Icon;
use super::isolated;
use super::page_place::PagePlace;
use crate::chat::{FileId, FileRecord};
use crate::media::{Dimensions, FileType, Show};
use crate::text::Locale;

/// The largest place of a photo or film, in CSS pixels.
const WIDTH_MAX: u32 = 360;
const HEIGHT_MAX: u32 = 320;
/// A side is at most this many halves of the other one: of a longer picture, the middle is shown.
const SLIMMEST: u32 = 5;
/// The side of each of several photos, in CSS pixels.
const TILE: u32 = 160;
/// Longest ending of a name that is shown as its type, in characters.
const ENDING_MAX: usize = 5;

/// Below a message's text.
pub(super) fn files(place: PagePlace, locale: Locale, files: &[(FileId, FileRecord)]) -> Markup {
    if files.is_empty() {
        return html! {};
    }
    let shown: Vec<ShownFile> =
        files.iter().map(|(id, file)| ShownFile { place, locale, id: *id, file }).collect();
    let (photos, others): (Vec<&ShownFile>, Vec<&ShownFile>) =
        shown.iter().partition(|shown| shown.photo().is_some());
    html! {
        div.files {
            @if let [photo] = photos[..] {
                (photo.render_photo(fitted))
            } @else if !photos.is_empty() {
                div.tiles { @for photo in photos { (photo.as_tile()) } }
            }
            @for other in others { (other.render_other()) }
        }
    }
}

/// A file in its place in a page.
#[derive(Clone, Copy)]
pub(super) struct ShownFile<'a> {
    pub(super) place: PagePlace<'a>,
    pub(super) locale: Locale,
    pub(super) id: FileId,
    pub(super) file: &'a FileRecord,
}

impl ShownFile<'_> {
    /// How large it is, if it is shown as a photo.
    pub(super) fn photo(&self) -> Option<(String, Dimensions)> {
        let is_picture = self.file.kind.show() == Show::Picture && !self.file.gone;
        self.address().zip(self.file.dimensions.filter(|_| is_picture))
    }

    /// The address of its bytes, if the page has one for them.
    fn address(&self) -> Option<String> {
        match self.place {
            PagePlace::Chat(site) => Some(site.path(&format!("/files/{}", self.id.0))),
            PagePlace::Alone(folder) => {
                folder.map(|folder| format!("{folder}/{}", exported_name(self.id, self.file)))
            }
        }
    }

    fn preview(&self) -> Option<String> {
        self.file.preview?;
        match self.place {
            PagePlace::Chat(site) => Some(site.path(&format!("/files/{}/preview", self.id.0))),
            PagePlace::Alone(folder) => folder.map(|folder| format!("{folder}/{}", preview_name(self.id))),
        }
    }

    fn name(&self) -> String {
        isolated(self.file.name.as_str())
    }

    /// One of several photos.
    pub(super) fn as_tile(&self) -> Markup {
        self.render_photo(|_| (TILE, TILE))
    }

    /// `place`: how much of a page it takes, in CSS pixels. A page keeps that before the photo is there.
    fn render_photo(&self, place: impl Fn(Dimensions) -> (u32, u32)) -> Markup {
        let Some((address, dimensions)) = self.photo() else { return html! {} };
        let FileRecord { kind, alt, .. } = self.file;
        // A preview stands still.
        let preview = self.preview().filter(|_| *kind != FileType::Gif);
        let described = Some(alt.as_str()).filter(|alt| !alt.is_empty());
        let named = || (self.locale.texts().files.photo_named)(&self.name());
        let (width, height) = place(dimensions);
        html! {
            figure {
                a.{ "photo " (shape(dimensions)) } href=(address) target="_top" data-width=(dimensions.width) data-height=(dimensions.height) data-alt=[described] {
                    img src=(preview.as_ref().unwrap_or(&address)) width=(width) height=(height) loading="lazy" decoding="async"
                        alt=(described.map_or_else(named, str::to_owned));
                }
            }
        }
    }

    /// A film or sound that plays in its place, or a card.
    fn render_other(&self) -> Markup {
        let texts = &self.locale.texts().files;
        let file = self.file;
        if file.gone {
            return html! { p.kept-no-more { ((texts.gone)(&self.name())) } };
        }
        match (file.kind.show(), file.dimensions, self.address()) {
            (Show::Video, Some(dimensions), Some(address)) => {
                let (width, height) = fitted(dimensions);
                html! {
                    figure {
                        video controls preload="metadata" width=(width) height=(height) src=(address)
                            aria-label=((texts.video_named)(&self.name())) {}
                        (self.card())
                    }
                }
            }
            (Show::Audio, _, Some(address)) => html! {
                figure {
                    audio controls preload="metadata" src=(address) aria-label=((texts.audio_named)(&self.name())) {}
                    (self.card())
                }
            },
            _ => self.card(),
        }
    }

    /// Its name, type and size, and the way to load it down.
    pub(super) fn card(&self) -> Markup {
        let FileRecord { name, size, .. } = self.file;
        let kind = ending(name.as_str()).map(str::to_uppercase);
        let has_icons = matches!(self.place, PagePlace::Chat(_));
        let content = html! {
            @if has_icons { span.kind { (Icon::File.render()) } " " }
            span.what {
                bdi.name dir="auto" { (name.as_str()) }
                " "
                small { (self.locale.texts().files.size(*size)) @if let Some(kind) = kind { " · " (kind) } }
            }
        };
        html! {
            @if let Some(address) = self.address() {
                @let (query, name) = match self.place {
                    PagePlace::Chat(_) => ("?download", None),
                    PagePlace::Alone(_) => ("", Some(name.as_str())),
                };
                a.file href={ (address) (query) } download=[name] title=(self.locale.texts().scripts.download) {
                    (content)
                    @if has_icons { " " (Icon::Download.render()) }
                }
            } @else {
                p.file { (content) }
            }
        }
    }
}

/// The name of a file in the folder of an export: `17.pdf`. The ending says to other programs what it is.
pub(crate) fn exported_name(id: FileId, file: &FileRecord) -> String {
    /// What a browser would run as a page if it was opened from the disk.
    const ACTIVE: [&str; 10] = ["htm", "html", "xht", "xhtml", "shtml", "mhtml", "mht", "svg", "xml", "xsl"];
    let id = id.0;
    match ending(file.name.as_str()).map(str::to_ascii_lowercase) {
        Some(ending) if ACTIVE.contains(&&*ending) => format!("{id}.txt"),
        Some(ending) => format!("{id}.{ending}"),
        None => id.to_string(),
    }
}

pub(crate) fn preview_name(id: FileId) -> String {
    format!("{}-preview", id.0)
}

/// The place of a single photo or film: its own size, or as much of it as there is room for.
fn fitted(Dimensions { width, height }: Dimensions) -> (u32, u32) {
    let (width, height) = (u32::from(width), u32::from(height));
    let (width, height) = (width.min(height * SLIMMEST / 2), height.min(width * SLIMMEST / 2));
    let (width, height) =
        if width > WIDTH_MAX { (WIDTH_MAX, height * WIDTH_MAX / width) } else { (width, height) };
    if height > HEIGHT_MAX { (width * HEIGHT_MAX / height, HEIGHT_MAX) } else { (width, height) }
}

/// Of what is shown in part, so that its place does not change once it is there: a class of style/attachment.css.
fn shape(Dimensions { width, height }: Dimensions) -> &'static str {
    let (width, height) = (u32::from(width), u32::from(height));
    match (width * 2 > height * SLIMMEST, height * 2 > width * SLIMMEST) {
        (true, _) => "is-wide",
        (_, true) => "is-tall",
        _ => "is-whole",
    }
}

/// What follows the last dot of a name, if that looks like a type.
fn ending(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_type = !stem.is_empty() && (1..=ENDING_MAX).contains(&ending.len());
    Some(ending).filter(|ending| is_type && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{AltText, FileKey, FileName, Seq};

    #[test]
    fn a_photo_has_a_bounded_place_whatever_its_shape() {
        let place = |width, height| fitted(Dimensions { width, height });
        assert_eq!(place(4000, 3000), (360, 270));
        assert_eq!(place(3000, 4000), (240, 320));
        assert_eq!(place(100, 50), (100, 50), "no larger than it is");
        assert_eq!(place(20_000, 300), (360, 144), "a panorama");
        assert_eq!(place(300, 20_000), (128, 320));
        assert_eq!(place(1, 65_535), (1, 2));
        assert_eq!(place(65_535, 65_535), (320, 320));
    }

    #[test]
    fn a_type_is_what_a_name_ends_with() {
        for (name, kind) in [("plan.pdf", Some("pdf")), ("a.tar.gz", Some("gz")), ("a", None)] {
            assert_eq!(ending(name), kind);
        }
        let file = |name: &str| FileRecord {
            name: FileName::of(name),
            kind: FileType::Other,
            size: 0,
            dimensions: None,
            alt: AltText::default(),
            key: FileKey([0; 16]),
            sha256: [0; 32],
            preview: None,
            gone: false,
        };
        for (name, exported) in [
            ("Plan.PDF", "7.pdf"),
            ("page.HTML", "7.txt"),
            ("a/b.x/../..", "7"),
            ("x.sv\u{202e}g", "7.txt"),
            ("x", "7"),
        ] {
            assert_eq!(exported_name(FileId(Seq(7)), &file(name)), exported, "{name}");
        }
        for name in [".profile", "a.", "v1.2 final", "a.longending", "a.हिं"] {
            assert_eq!(ending(name), None, "{name}");
        }
    }
}
