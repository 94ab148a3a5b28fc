//! What a browser needs to install the chat as an app: a manifest and icons.
//!
//! They are public, as browsers fetch them without cookies. The manifest says no more than the sign-in page does: what
//! the chat is called.

use serde_json::json;

use super::App;
use super::context::Visitor;
use super::reply::{HandlerResult, Reply};
use super::request::Request;

// Made from `ICON` in `views/mod.rs` by taking screenshots in Chromium, and packed with a palette. The maskable one and Apple's are
// opaque: the bubble in white, in the middle 58 % of the ground in its colour, within the safe zone of 80 %.
pub(super) const ICON_192: &[u8] = include_bytes!("../views/icons/icon-192.png");
pub(super) const ICON_512: &[u8] = include_bytes!("../views/icons/icon-512.png");
pub(super) const ICON_MASKABLE: &[u8] = include_bytes!("../views/icons/icon-maskable.png");
pub(super) const APPLE_TOUCH_ICON: &[u8] = include_bytes!("../views/icons/apple-touch-icon.png");

/// GET `/manifest.webmanifest` (<https://www.w3.org/TR/appmanifest/>).
pub(super) fn manifest(app: &App, _: &Request, _: Option<&Visitor>) -> HandlerResult {
    let (title, home) = (app.title(), app.home());
    let icon = |path, sizes, purpose| json!({ "src": app.site.path(path), "sizes": sizes, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "name": &*title,
        "short_name": &*title,
        "id": home,
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#fbfaf8",
        "theme_color": "#0f766e",
        "icons": [
            icon("/icon-192.png", "192x192", "any"),
            icon("/icon-512.png", "512x512", "any"),
            icon("/icon-maskable.png", "512x512", "maskable"),
        ],
    });
    Ok(Reply::manifest(&manifest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_as_large_as_they_are_said_to_be() {
        let icons = [(ICON_192, 192), (ICON_512, 512), (ICON_MASKABLE, 512), (APPLE_TOUCH_ICON, 180)];
        for (n, (picture, side)) in icons.into_iter().enumerate() {
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{n}");
            let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), (side, side), "{n}");
            assert!(picture.len() < 4096, "{n} is small");
        }
    }
}
