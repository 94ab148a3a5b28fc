//! What is wrong with a name, and what to do.

use super::fault::Fault;
use crate::chat::{NAME_MAX, NameFault, Refusal, Username, is_invisible};
use crate::text::{Catalogue, Names};
use crate::views::entry::Field;

impl Fault {
    /// Why what was typed is no name for a new member, and what would be one.
    pub(super) fn no_name(fault: NameFault, offer: Option<Username>) -> Self {
        let offer =
            offer.filter(|_| !matches!(fault, NameFault::Empty | NameFault::TooLong | NameFault::Mixed(_)));
        let offered = offer.clone();
        let detail = move |texts: &'static Catalogue| {
            let names = &texts.names;
            let reason = reason(names, fault);
            match (&offered, fault) {
                (Some(name), _) => format!("{reason} {}", (names.try_this)(name.as_str())),
                (None, NameFault::Empty | NameFault::TooLong | NameFault::Mixed(_) | NameFault::Reserved) => {
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

fn reason(names: &Names, fault: NameFault) -> String {
    match fault {
        NameFault::Empty => names.empty.into(),
        NameFault::TooLong => (names.too_long)(NAME_MAX),
        NameFault::Character(c) if c.is_whitespace() => names.spaces.into(),
        NameFault::Character(c) if c.is_control() || is_invisible(c) => (names.invisible)(&code_point(c)),
        NameFault::Character(c) => (names.character)(c),
        NameFault::Mark(c) => (names.mark)(&code_point(c)),
        NameFault::Stacked => names.stacked.into(),
        NameFault::Joiner(c) => (names.joiner)(&code_point(c)),
        NameFault::Edge(_) => names.edge.into(),
        NameFault::Mixed(_) => names.mixed.into(),
        NameFault::Reserved => names.reserved.into(),
    }
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
