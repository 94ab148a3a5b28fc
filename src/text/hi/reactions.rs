//! Reactions, in Hindi.

use super::plural;
use crate::text::ReactionsTexts;

pub(super) const REACTIONS: ReactionsTexts = ReactionsTexts {
    title: "प्रतिक्रियाएँ",
    react: "प्रतिक्रिया दें",
    add: "प्रतिक्रिया जोड़ें",
    more: "और इमोजी",
    any: "कोई भी इमोजी",
    named: false,
    pill: |emoji, count, who| format!("{emoji}, {count}: {who}"),
    and: |all, last| format!("{all} और {last}"),
    others: plural(&[("other", "{n} अन्य लोग")]),
};
