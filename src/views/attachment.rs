//! The files of a message, as pages, streams, search and exports show them.

use maud::{Markup, html};

use super::icons::Icon;
use super::{Site, isolated};
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

/// Below a message's text. `site` is None on a page outside the chat, which has no file.
pub(super) fn files(site: Option<&Site>, locale: Locale, files: &[(FileId, FileRecord)]) -> Markup {
    if files.is_empty() {
        return html! {};
    }
    let shown: Vec<ShownFile> =
        files.iter().map(|(id, file)| ShownFile { site, locale, id: *id, file }).collect();
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
    pub(super) site: Option<&'a Site>,
    pub(super) locale: Locale,
    pub(super) id: FileId,
    pub(super) file: &'a FileRecord,
}

impl ShownFile<'_> {
    /// How large it is, if it is shown as a photo.
    pub(super) fn photo(&self) -> Option<(&Site, Dimensions)> {
        let is_picture = self.file.kind.show() == Show::Picture && !self.file.gone;
        self.site.zip(self.file.dimensions.filter(|_| is_picture))
    }

    /// The address of the file, or of what else there is of it.
    fn path(&self, site: &Site, rest: &str) -> String {
        site.path(&format!("/files/{}{rest}", self.id.0))
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
        let Some((site, dimensions)) = self.photo() else { return html! {} };
        let FileRecord { kind, alt, preview, .. } = self.file;
        let address = self.path(site, "");
        // A preview stands still.
        let preview = preview.filter(|_| *kind != FileType::Gif).map(|_| self.path(site, "/preview"));
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
        match (file.kind.show(), file.dimensions, self.site) {
            (Show::Video, Some(dimensions), Some(site)) => {
                let (width, height) = fitted(dimensions);
                html! {
                    figure {
                        video controls preload="metadata" width=(width) height=(height) src=(self.path(site, ""))
                            aria-label=((texts.video_named)(&self.name())) {}
                        (self.card())
                    }
                }
            }
            (Show::Audio, _, Some(site)) => html! {
                figure {
                    audio controls preload="metadata" src=(self.path(site, "")) aria-label=((texts.audio_named)(&self.name())) {}
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
        let content = html! {
            span.kind { (Icon::File.render()) }
            " "
            span.what {
                bdi.name dir="auto" { (name.as_str()) }
                " "
                small { (self.locale.size(*size)) @if let Some(kind) = kind { " · " (kind) } }
            }
        };
        html! {
            @if let Some(site) = self.site {
                a.file href=(self.path(site, "?download")) title=(self.locale.texts().scripts.download) {
                    (content) " " (Icon::Download.render())
                }
            } @else {
                p.file { (content) }
            }
        }
    }
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
        (true, _) => "wide",
        (_, true) => "tall",
        _ => "whole",
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
        for name in [".profile", "a.", "v1.2 final", "a.longending", "a.हिं"] {
            assert_eq!(ending(name), None, "{name}");
        }
    }
}
