//! Hints as the text of a notification, which holds up to 8,000 bytes.

use crate::chat::{Hint, MemberId, RoomId, Seq};

/// A letter for its kind, and numbers with spaces between.
pub(super) fn encode(hint: &Hint) -> String {
    match hint {
        Hint::Here { first: true, members } => format!("H{}", numbers(members)),
        Hint::Here { first: false, members } => format!("h{}", numbers(members)),
        Hint::Moved { came, left } => format!("M{} |{}", numbers(came), numbers(left)),
        Hint::Typing { member, room } => format!("T {} {}", member.0, room.0),
        Hint::SessionsUsed(sessions) => format!("S{}", listed(sessions.iter().copied())),
    }
}

/// None: it is of a kind that a newer version of snug sends.
pub(super) fn decode(text: &str) -> Option<Hint> {
    let (kind, rest) = text.split_at_checked(1)?;
    match kind {
        "H" | "h" => Some(Hint::Here { first: kind == "H", members: members(rest)? }),
        "M" => {
            let (came, left) = rest.split_once('|')?;
            Some(Hint::Moved { came: members(came)?, left: members(left)? })
        }
        "T" => match read(rest)?[..] {
            [member, room] => Some(Hint::Typing { member: MemberId(member), room: RoomId(room) }),
            _ => None,
        },
        "S" => read(rest).map(Hint::SessionsUsed),
        _ => None,
    }
}

fn numbers(members: &[MemberId]) -> String {
    listed(members.iter().map(|member| member.0))
}

fn listed(numbers: impl Iterator<Item = Seq>) -> String {
    numbers.fold(String::new(), |text, number| text + " " + &number.to_string())
}

fn members(text: &str) -> Option<Vec<MemberId>> {
    Some(read(text)?.into_iter().map(MemberId).collect())
}

fn read(text: &str) -> Option<Vec<Seq>> {
    text.split_whitespace().map(|number| number.parse().ok().map(Seq)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_reads_back_and_fits_a_notification() {
        let members =
            |count: u64| (0..count).map(|n| MemberId(Seq(1_000_000_000_000 + n))).collect::<Vec<_>>();
        let (member, room) = (MemberId(Seq(7)), RoomId::SHARED);
        for hint in [
            Hint::Here { first: true, members: members(500) },
            Hint::Here { first: false, members: Vec::new() },
            Hint::Moved { came: members(2), left: Vec::new() },
            Hint::Moved { came: Vec::new(), left: members(1) },
            Hint::Typing { member, room },
            Hint::SessionsUsed(vec![Seq(1), Seq(2)]),
        ] {
            let text = encode(&hint);
            assert!(text.len() < 7_900);
            assert_eq!(decode(&text), Some(hint));
        }
        for other in ["", "X 1", "T 1", "H x", "M 1", "é"] {
            assert_eq!(decode(other), None);
        }
    }
}
