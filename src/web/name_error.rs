//! What is wrong with a name, and what to do.

use crate::chat::{NAME_MAX, NameError, Refusal, Username, is_invisible};
use crate::text::NamesTexts;

/// True where a name like the one that was typed may be offered.
pub(super) fn has_likeness(error: NameError) -> bool {
    !matches!(error, NameError::Empty | NameError::TooLong | NameError::Mixed(_))
}

/// Why what was typed is no name for a new member, and what would be one.
pub(super) fn invalid(names: &NamesTexts, error: NameError, offer: Option<&Username>) -> String {
    let reason = reason(names, error);
    match offer {
        Some(name) => format!("{reason} {}", (names.try_this)(name.as_str())),
        None if has_likeness(error) && error != NameError::Reserved => {
            format!("{reason} {}", names.use_letters)
        }
        None => reason,
    }
}

/// Someone has the name, or one that looks like it.
pub(super) fn taken(names: &NamesTexts, refusal: Refusal, offer: Option<&Username>) -> String {
    let reason = if refusal == Refusal::NameLooksTaken { names.looks_taken } else { names.taken };
    match offer {
        Some(name) => format!("{reason} {}", (names.try_this)(name.as_str())),
        None => format!("{reason} {}", names.choose_another),
    }
}

fn reason(names: &NamesTexts, error: NameError) -> String {
    match error {
        NameError::Empty => names.empty.into(),
        NameError::TooLong => (names.too_long)(NAME_MAX),
        NameError::Character(c) if c.is_whitespace() => names.spaces.into(),
        NameError::Character(c) if c.is_control() || is_invisible(c) => (names.invisible)(&code_point(c)),
        NameError::Character(c) => (names.character)(c),
        NameError::Mark(c) => (names.mark)(&code_point(c)),
        NameError::Stacked => names.stacked.into(),
        NameError::Joiner(c) => (names.joiner)(&code_point(c)),
        NameError::Edge(_) => names.edge.into(),
        NameError::Mixed(_) => names.mixed.into(),
        NameError::Reserved => names.reserved.into(),
    }
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
