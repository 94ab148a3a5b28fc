//! Pages that are shown inside another, where scripts do not run.

use maud::{DOCTYPE, Markup, html};

use super::icons::sprite;
use super::{Site, VIEWPORT, head};
use crate::text::Locale;

/// A page that is shown inside another.
pub(super) fn page(
    site: &Site,
    locale: Locale,
    name: &str,
    refresh: Option<&str>,
    content: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(locale.language.tag()) dir=(locale.language.direction()) {
            (head(&format!("{name} · {}", site.title()), VIEWPORT, &html! {
                @if let Some(refresh) = refresh { meta http-equiv="refresh" content=(refresh); }
            }))
            body.frame { (sprite()) main { h1.hidden { (name) } (content) } }
        }
    }
}

/// For someone who is signed out, with the reason.
pub(crate) fn signed_out(site: &Site, locale: Locale, text: &str) -> Markup {
    let texts = locale.texts();
    let content = html! {
        p.edge { (text) " " a href=(site.path("/login")) target="_top" { (texts.entry.sign_in) } }
    };
    page(site, locale, texts.notice.signed_out, None, &content)
}

/// For someone who cannot have what it would show.
pub(crate) fn refused(site: &Site, locale: Locale, text: &str) -> Markup {
    let texts = &locale.texts().notice;
    let content = html! {
        p.edge { (text) " " a href=(site.path("/")) target="_top" { (texts.back) } }
    };
    page(site, locale, texts.not_available, None, &content)
}
