//! All shortcuts of the keyboard: the one list of them.

use maud::{Markup, html};

use crate::text::{self, Locale};

/// A key, or what stands for some.
#[derive(Clone, Copy)]
enum Key {
    /// Control, on a Mac the command key.
    Control,
    Shift,
    Enter,
    Escape,
    Tab,
    /// As it is written on the key.
    Sign(&'static str),
}

use Key::{Control, Enter, Escape, Shift, Sign, Tab};

/// A text of the catalogue.
type ShortcutText = fn(&text::ShortcutsTexts) -> &'static str;

/// Keys that are pressed together, or instead of each other (each a chord), and what they do.
type Shortcut = (&'static [&'static [Key]], ShortcutText);

/// All of them, by where they work.
const SHORTCUTS: &[(ShortcutText, &[Shortcut])] = &[
    (
        |texts| texts.anywhere,
        &[(&[&[Control, Sign("K")]], |texts| texts.switch), (&[&[Sign("?")]], |texts| texts.list)],
    ),
    (
        |texts| texts.writing,
        &[
            (&[&[Enter]], |texts| texts.send),
            (&[&[Shift, Enter]], |texts| texts.new_line),
            (&[&[Sign("↑")]], |texts| texts.edit_last),
            (&[&[Sign("@")]], |texts| texts.mention),
            (&[&[Sign("R")]], |texts| texts.reply),
        ],
    ),
    (|texts| texts.editing, &[(&[&[Enter]], |texts| texts.save), (&[&[Escape]], |texts| texts.cancel)]),
    (
        |texts| texts.lists,
        &[
            (&[&[Sign("↑")], &[Sign("↓")]], |texts| texts.choose),
            (&[&[Enter], &[Tab]], |texts| texts.take),
            (&[&[Escape]], |texts| texts.close),
        ],
    ),
];

/// The page of them.
pub(crate) fn shortcuts(locale: Locale) -> Markup {
    let texts = &locale.texts().shortcuts;
    html! {
        section.shortcuts #shortcuts {
            h1 #shortcuts-title { (texts.title) }
            @for (group, shortcuts) in SHORTCUTS {
                h2 { (group(texts)) }
                dl { @for (chords, does) in *shortcuts { div { dt { (does(texts)) } dd { (keys(texts, chords)) } } } }
            }
        }
    }
}

fn keys(texts: &text::ShortcutsTexts, chords: &[&[Key]]) -> Markup {
    html! {
        @for (index, chord) in chords.iter().enumerate() {
            @if index > 0 { " / " }
            @for (index, key) in chord.iter().enumerate() {
                @if index > 0 { " + " }
                @match key {
                    Control => { kbd { (texts.control) } " / " kbd { "⌘" } }
                    Shift => kbd { (texts.shift) },
                    Enter => kbd { (texts.enter) },
                    Escape => kbd { (texts.escape) },
                    Tab => kbd { (texts.tab) },
                    Sign(sign) => kbd { (sign) },
                }
            }
        }
    }
}
