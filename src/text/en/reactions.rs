//! Reactions, in English.

use super::plural;
use crate::text::ReactionsTexts;

pub(super) const REACTIONS: ReactionsTexts = ReactionsTexts {
    title: "Reactions",
    react: "React",
    add: "Add reaction",
    more: "More emoji",
    any: "Any emoji",
    named: true,
    pill: |emoji, count, who| format!("{emoji}, {count}: {who}"),
    and: |all, last| format!("{all} and {last}"),
    others: plural(&[("one", "{n} other"), ("other", "{n} others")]),
};
