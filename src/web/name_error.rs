//! What is wrong with a name, and what to do.

use super::http_error::HttpError;
use crate::chat::{NAME_MAX, NameError, Refusal, Username, is_invisible};
use crate::text::{Catalogue, NamesTexts};
use crate::views::sign_in::Field;

impl HttpError {
    /// Why what was typed is no name for a new member, and what would be one.
    pub(super) fn no_name(fault: NameError, offer: Option<Username>) -> Self {
        let offer =
            offer.filter(|_| !matches!(fault, NameError::Empty | NameError::TooLong | NameError::Mixed(_)));
        let offered = offer.clone();
        let detail = move |texts: &'static Catalogue| {
            let names = &texts.names;
            let reason = reason(names, fault);
            match (&offered, fault) {
                (Some(name), _) => format!("{reason} {}", (names.try_this)(name.as_str())),
                (None, NameError::Empty | NameError::TooLong | NameError::Mixed(_) | NameError::Reserved) => {
                    reason
                }
                (None, _) => format!("{reason} {}", names.use_letters),
            }
        };
        Self::new(422, "invalid_name", detail).beside(Field::Username).offering(offer)
    }

    /// Someone has the name, or one that looks like it.
    pub(super) fn name_taken(refusal: Refusal, offer: Option<Username>) -> Self {
        let offered = offer.clone();
        let detail = move |texts: &'static Catalogue| {
            let names = &texts.names;
            let reason = if refusal == Refusal::NameLooksTaken { names.looks_taken } else { names.taken };
            match &offered {
                Some(name) => format!("{reason} {}", (names.try_this)(name.as_str())),
                None => format!("{reason} {}", names.choose_another),
            }
        };
        Self::new(409, "name_taken", detail).beside(Field::Username).offering(offer)
    }

    /// Why a room is not called so.
    pub(super) fn room_name(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RoomNameMixed(_) => Self::new(422, "invalid_room", |t| t.names.room_mixed),
            Refusal::RoomNameReserved => Self::new(422, "invalid_room", |t| t.names.room_reserved),
            _ => Self::new(409, "room_taken", |t| t.names.room_looks_taken),
        }
    }
}

fn reason(names: &NamesTexts, fault: NameError) -> String {
    match fault {
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
