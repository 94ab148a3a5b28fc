//! Reactions: who put which emoji beside a message.

use super::Plural;

pub(crate) struct ReactionsTexts {
    /// All below one message.
    pub(crate) title: &'static str,
    pub(crate) react: &'static str,
    pub(crate) add: &'static str,
    /// Leads from the few to all that there are.
    pub(crate) more: &'static str,
    /// The field of a form without scripts.
    pub(crate) any: &'static str,
    /// Emoji have their names, which are English; elsewhere what reads them out names them in its own language.
    pub(crate) named: bool,
    /// A reaction to those who hear it: the emoji or its name, how many, and who.
    pub(crate) pill: fn(&str, usize, &str) -> String,
    /// Ends an enumeration: all before the last, which commas part, and the last.
    pub(crate) and: fn(&str, &str) -> String,
    /// Those whose names are not told, behind the others.
    pub(crate) others: Plural,
}

impl ReactionsTexts {
    /// Enumerates names, and others without their names.
    pub(crate) fn names(&self, names: Vec<String>, others: usize) -> String {
        let mut all = names;
        if others > 0 {
            all.push(self.others.of(others));
        }
        let last = all.pop().unwrap_or_default();
        if all.is_empty() { last } else { (self.and)(&all.join(", "), &last) }
    }
}
