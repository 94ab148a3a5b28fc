//! Reactions, in German.

use super::plural;
use crate::text::ReactionsTexts;

pub(super) const REACTIONS: ReactionsTexts = ReactionsTexts {
    title: "Reaktionen",
    react: "Reagieren",
    add: "Reaktion hinzufügen",
    more: "Weitere Emojis",
    any: "Beliebiges Emoji",
    named: false,
    pill: |emoji, count, who| format!("{emoji}, {count}: {who}"),
    and: |all, last| format!("{all} und {last}"),
    others: plural(&[("one", "{n} weitere Person"), ("other", "{n} weitere")]),
};
