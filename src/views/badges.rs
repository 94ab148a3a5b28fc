//! Numbers beside the names of rooms. Empty where they are 0, as text browsers know nothing of `hidden`.

use maud::{Markup, html};

use crate::chat::UNREAD_MAX;
use crate::text::{Language, Plural};

pub(super) fn unread_badge(count: usize, language: Language) -> Markup {
    badge("count", &language.texts().scripts.unread, count, "")
}

pub(super) fn mentions_badge(count: usize, language: Language) -> Markup {
    badge("calls", &language.texts().scripts.mentioned, count, "@")
}

const _: () = assert!(UNREAD_MAX == 100, "script/sidebar.js counts as far");

/// The sentence around a number, of which the number alone is seen, behind `sign`. From [`UNREAD_MAX`] on, it is "99+".
fn badge(class: &str, sentence: &Plural, count: usize, sign: &str) -> Markup {
    let number = if count < UNREAD_MAX { count.to_string() } else { format!("{}+", UNREAD_MAX - 1) };
    let (before, after) = sentence.around(count);
    html! {
        span class=(class) data-count=(count) hidden[count == 0] title=[(count > 0).then(|| sentence.shown(count, &number))] {
            @if count > 0 {
                @if !before.is_empty() { span.hidden { (before) } }
                (sign) (number) span.hidden { (after) }
            }
        }
    }
}
