//! The part of a message that a result shows: around the first place where it was found.

use std::ops::Range;

use crate::chat::Mentioned;

/// Characters that are shown at most, unless what was found is longer.
const SHOWN: usize = 400;
/// Lines that are shown at most.
const LINES: usize = 8;
/// Characters before the first place, where not all of them are shown.
const BEFORE: usize = 80;
/// As many are shown from the beginning on.
const NEAR: usize = 2 * BEFORE;

/// Returns the excerpt's place in a text. It begins and ends between words where there are spaces.
pub(super) fn excerpt(text: &str, found: &[Range<usize>]) -> Range<usize> {
    let first = found.first().cloned().unwrap_or(0..0);
    let start = beginning(text, first.start);
    let rest = &text[start..];
    let lines = rest.match_indices('\n').nth(LINES - 1).map_or(rest.len(), |(at, _)| at);
    let most = rest.char_indices().nth(SHOWN).map_or(rest.len(), |(at, _)| at);
    let end = if lines <= most { lines } else { rest[..most].rfind(char::is_whitespace).unwrap_or(most) };
    start..(start + end).max(first.end)
}

fn beginning(text: &str, first: usize) -> usize {
    let before = &text[..first];
    let is_near = before.char_indices().rev().nth(NEAR).is_none() && before.matches('\n').count() < LINES / 2;
    if is_near {
        return 0;
    }
    let window = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let space = before[window..].rfind('\n').or_else(|| before[window..].find(char::is_whitespace));
    let after = |at: usize| at + before[at..].chars().next().map_or(0, char::len_utf8);
    space.map_or(window, |at| after(window + at))
}

/// Those places that lie in a part of a text whole, counted from where it begins.
pub(super) fn within(places: &[Range<usize>], part: &Range<usize>) -> Vec<Range<usize>> {
    let inside = places.iter().filter(|place| part.start <= place.start && place.end <= part.end);
    inside.map(|place| place.start - part.start..place.end - part.start).collect()
}

/// Returns the mentions inside a part, as places of that part.
pub(super) fn mentioned_within(mentioned: &[Mentioned], part: &Range<usize>) -> Vec<Mentioned> {
    let moved = |mention: &Mentioned| {
        let place = within(std::slice::from_ref(&mention.place), part).pop()?;
        Some(Mentioned { place, ..mention.clone() })
    };
    mentioned.iter().filter_map(moved).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::Query;

    fn shown<'t>(query: &str, text: &'t str) -> &'t str {
        &text[excerpt(text, &Query::of(query).places(text))]
    }

    #[test]
    fn a_short_message_is_shown_whole() {
        for text in ["", "soup", "one\ntwo\n\nsoup\nfive"] {
            assert_eq!(shown("soup", text), text);
        }
    }

    #[test]
    fn of_a_long_one_what_was_found_is_shown() {
        let words = "some words ".repeat(100);
        let text = format!("{words}the soup {words}");
        let part = shown("soup", &text);
        assert!(part.starts_with("words ") || part.starts_with("some "), "{part}");
        assert!(part.contains("the soup some") && part.chars().count() <= SHOWN, "{part}");
        assert!(part.ends_with("words") || part.ends_with("some"), "{part}");
        let lines = format!("{}- the soup\n{}", "- line\n".repeat(50), "- line\n".repeat(50));
        let part = shown("soup", &lines);
        assert!(part.starts_with("- the soup\n- line") && part.lines().count() == LINES, "{part}");
        let dense = format!("{}汤{}", "好".repeat(1_000), "好".repeat(1_000));
        let part = shown("汤", &dense);
        assert_eq!((part.chars().count(), part.chars().position(|c| c == '汤')), (SHOWN, Some(BEFORE)));
    }

    proptest! {
        #[test]
        fn what_was_found_first_is_in_it(before in "[a好 \\n\u{3000}]{0,600}", after in "[a好 \\n]{0,900}") {
            let text = format!("{before} soup {after}");
            let places = Query::of("soup").places(&text);
            let part = excerpt(&text, &places);
            prop_assert_eq!(&text[part.clone()][within(&places, &part)[0].clone()], "soup");
            prop_assert!(text[part].chars().count() <= SHOWN);
        }
    }
}
