//! What is wrong with a name, and what to do.

use super::fault::Fault;
use crate::chat::{NAME_MAX, NameFault, Refusal, Username, is_invisible};
use crate::views::entry::Field;

impl Fault {
    /// Why what was typed is no name for a new member.
    pub(super) fn no_name(fault: NameFault, typed: &str) -> Self {
        let hint = Username::suggested_by(typed).map_or_else(
            || "Use letters, digits, and . _ - between them.".into(),
            |name| format!("Try {}.", name.as_str()),
        );
        let detail = match fault {
            NameFault::Empty => "Choose a name.".into(),
            NameFault::TooLong => format!("This name is too long. Use up to {NAME_MAX} characters."),
            NameFault::Character(c) if c.is_whitespace() => format!("Names can't contain spaces. {hint}"),
            NameFault::Character(c) if c.is_control() || is_invisible(c) => {
                format!("Names can't contain the invisible character {}. {hint}", code_point(c))
            }
            NameFault::Character(c) => format!("Names can't contain {c}. {hint}"),
            NameFault::Mark(c) => {
                format!("Names can't contain the combining mark {}. {hint}", code_point(c))
            }
            NameFault::Stacked => format!("A letter of this name has too many combining marks. {hint}"),
            NameFault::Joiner(c) => {
                format!(
                    "Names can contain the invisible joiner {} only where letters join. {hint}",
                    code_point(c)
                )
            }
            NameFault::Edge(_) => format!("Names begin and end with a letter or digit. {hint}"),
            NameFault::Mixed(scripts) => mixed("Names", scripts),
            NameFault::Reserved => "This name is reserved. Choose another one.".into(),
        };
        Self::new(422, "invalid_name", detail).beside(Field::Username)
    }

    pub(super) fn name_taken(by_its_look: bool) -> Self {
        let detail = if by_its_look {
            "This name looks like one that is taken. Choose another one."
        } else {
            "This name is taken. Choose another one."
        };
        Self::new(409, "name_taken", detail).beside(Field::Username)
    }

    /// Why a room is not called so.
    pub(super) fn room_name(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RoomNameMixed(scripts) => {
                Self::new(422, "invalid_room", mixed("Words in a room's name", scripts))
            }
            Refusal::RoomNameReserved => Self::new(
                422,
                "invalid_room",
                "Everyone has a room of that name already. Choose another name.",
            ),
            _ => Self::new(409, "room_taken", "Another room's name looks the same. Choose another name."),
        }
    }
}

fn mixed(what: &str, [one, other]: [&str; 2]) -> String {
    format!("{what} can't mix {one} and {other} letters. Use one alphabet.")
}

fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}
