//! The emoji to choose from, beside the field in which one writes. A script fills in the list (picker.js).

use maud::{Markup, html};

use super::Site;
use super::icons::Icon;
use crate::emoji;
use crate::text::Locale;

/// Opens the picker. Shown by the script, as it does nothing without.
pub(super) fn button(locale: Locale) -> Markup {
    let title = locale.texts().emoji.title;
    html! {
        button.quiet.emoji type="button" popovertarget="emoji-picker" aria-label=(title) title=(title) aria-haspopup="dialog" hidden {
            (Icon::Smile.render())
        }
    }
}

/// The keyboard stays in the search, and moves through the list from there.
pub(super) fn picker(site: &Site, locale: Locale) -> Markup {
    let texts = &locale.texts().emoji;
    html! {
        div #emoji-picker popover role="dialog" aria-label=(texts.title) data-list=(site.path(&emoji::PATH)) hidden {
            input type="search" role="combobox" aria-label=(texts.search) placeholder=(texts.search) aria-controls="emoji-list"
                aria-expanded="true" aria-autocomplete="list" autocomplete="off" autocapitalize="none" spellcheck="false" dir="ltr";
            div #emoji-list role="listbox" aria-label=(texts.title) tabindex="-1" {
                @for (at, group) in texts.groups.iter().enumerate() {
                    div.group role="group" aria-labelledby={ "emoji-group-" (at) } {
                        span #{ "emoji-group-" (at) } role="presentation" { (group) }
                    }
                }
            }
            p.none role="status" data-text=(texts.none) {}
            p.name aria-hidden="true" dir="ltr" {}
        }
    }
}
