//! The directory of names.

use std::collections::HashMap;

use super::model::MemberId;
use super::names::{NameKey, Username};
use crate::look_alikes::Look;

/// The names of members, and of people who were removed and keep theirs.
///
/// A name is one member's. Only in a chat that an earlier snug kept may members' keys have met since (`Weiß` and
/// `WEIẞ`): then a spelling means the one whom it meant before, by [`NameKey::was_same`], and else no one. Their own
/// exact spellings go on working, and none of them is ever taken for another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    /// Of members whose keys met, the oldest.
    holders: HashMap<NameKey, MemberId>,
    /// The others, oldest first.
    younger: Vec<(NameKey, MemberId)>,
    /// Of those who have their name still.
    looks: HashMap<MemberId, Look>,
}

impl Directory {
    /// Gives the youngest member so far their name. False, and nothing done, where it is another's.
    pub(crate) fn claim(&mut self, name: &Username, member: MemberId) -> bool {
        let key = name.key();
        if self.holders_of(key).any(|(held, _)| held.was_same(key)) {
            return false;
        }
        if self.holders.contains_key(key) {
            self.younger.push((key.clone(), member));
        } else {
            self.holders.insert(key.clone(), member);
        }
        self.looks.insert(member, Look::of(name.as_str()));
        true
    }

    /// Makes a member's name free. Cost: looks at all names.
    pub(crate) fn free(&mut self, member: MemberId) {
        self.looks.remove(&member);
        self.younger.retain(|(_, other)| *other != member);
        let held = self.holders.iter().find(|(_, holder)| **holder == member);
        let Some(key) = held.map(|(key, _)| key.clone()) else { return };
        self.holders.remove(&key);
        if let Some(next) = self.younger.iter().position(|(held, _)| *held == key) {
            let (held, oldest) = self.younger.remove(next);
            self.holders.insert(held, oldest);
        }
    }

    /// False: the name was freed when they were removed.
    pub(crate) fn keeps(&self, member: MemberId) -> bool {
        self.looks.contains_key(&member)
    }

    pub(crate) fn has(&self, key: &NameKey) -> bool {
        self.holders.contains_key(key)
    }

    /// Tells if a name looks like someone's. Cost: O(members).
    pub(crate) fn has_like(&self, name: &Username) -> bool {
        let look = Look::of(name.as_str());
        self.looks.values().any(|other| other.is_like(&look))
    }

    /// Whom a name means.
    pub(crate) fn named(&self, key: &NameKey) -> Option<MemberId> {
        if !self.younger.iter().any(|(held, _)| held == key) {
            return self.holders.get(key).copied();
        }
        let mut found = self.holders_of(key).filter(|(held, _)| held.was_same(key));
        found.next().map(|(_, member)| member)
    }

    /// Members whose keys met, those of one key together.
    pub(crate) fn colliding_names(&self) -> Vec<Vec<MemberId>> {
        let mut all: Vec<(&NameKey, Vec<MemberId>)> = Vec::new();
        for (key, _) in &self.younger {
            if !all.iter().any(|(other, _)| *other == key) {
                all.push((key, self.holders_of(key).map(|(_, member)| member).collect()));
            }
        }
        all.into_iter().map(|(_, members)| members).collect()
    }

    fn holders_of<'a>(&'a self, key: &'a NameKey) -> impl Iterator<Item = (&'a NameKey, MemberId)> {
        let oldest = self.holders.get_key_value(key);
        let younger = self.younger.iter().filter(move |(held, _)| held == key).map(|(held, id)| (held, *id));
        oldest.into_iter().map(|(held, id)| (held, *id)).chain(younger)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::Seq;
    use super::*;

    fn id(n: usize) -> MemberId {
        MemberId(Seq(n as u64))
    }

    fn name(text: &str) -> Username {
        Username::from_storage(text).unwrap()
    }

    fn directory(names: &[&str]) -> Directory {
        let mut directory = Directory::default();
        for (n, text) in names.iter().enumerate() {
            assert!(directory.claim(&name(text), id(n)), "{text}");
        }
        directory
    }

    #[test]
    fn names_that_met_mean_whom_they_meant_before() {
        let mut people = directory(&["Weiß", "İpek", "WEIẞ", "ann", "ipek"]);
        let named = |people: &Directory, name: &str| people.named(&NameKey::of(name));
        for (name, who) in [
            ("Weiß", Some(0)),
            ("weiss", Some(0)),
            ("WEISS", Some(0)),
            ("WEIẞ", Some(2)),
            ("weiẞ", Some(2)),
            ("wei\u{AD}ẞ", None),
            ("İpek", Some(1)),
            ("IPEK", Some(4)),
            ("ıpek", Some(4)),
            ("ANN", Some(3)),
            ("bob", None),
        ] {
            assert_eq!(named(&people, name), who.map(id), "{name}");
        }
        assert_eq!(people.colliding_names(), [vec![id(0), id(2)], vec![id(1), id(4)]]);
        assert!(!people.claim(&name("WEISS"), id(5)) && people.has(&NameKey::of("WEISS")));
        people.free(id(0));
        for name in ["Weiß", "weiss", "WEIẞ"] {
            assert_eq!(named(&people, name), Some(id(2)), "{name}");
        }
        people.free(id(4));
        assert_eq!((named(&people, "IPEK"), people.colliding_names()), (Some(id(1)), vec![]));
        people.free(id(2));
        assert_eq!(named(&people, "weiss"), None);
    }

    #[test]
    fn a_name_that_looks_like_one_that_is_taken_is_taken_until_it_is_free() {
        let mut people = directory(&["coco", "mark", "mаrk"]);
        let has = |people: &Directory, text: &str| people.has_like(&name(text));
        assert!(
            has(&people, "сосо") && has(&people, "СОСО") && has(&people, "MАRK") && !has(&people, "coc0")
        );
        people.free(id(0));
        people.free(id(1));
        assert!(!has(&people, "сосо") && has(&people, "mark"), "of the one who has it still");
    }

    proptest! {
        #[test]
        fn no_name_means_another_than_it_did(
            names in proptest::collection::vec("[sSßẞiIİıſ]{1,3}", 1..6),
            typed in "[sSßẞiIİıſ]{1,3}",
            freed in 0..6_usize,
        ) {
            let (mut people, mut taken) = (Directory::default(), Vec::<(usize, NameKey)>::new());
            for (n, text) in names.iter().enumerate() {
                let key = NameKey::of(text);
                let free = !taken.iter().any(|(_, other)| other.was_same(&key));
                prop_assert_eq!(people.claim(&name(text), id(n)), free);
                taken.extend(free.then_some((n, key)));
            }
            if let Some(at) = taken.iter().position(|(n, _)| *n == freed) {
                people.free(id(taken.remove(at).0));
            }
            for (n, key) in &taken {
                prop_assert_eq!(people.named(key), Some(id(*n)));
            }
            let key = NameKey::of(&typed);
            let met = taken.iter().filter(|(_, other)| *other == key).count();
            let before = taken.iter().find(|(_, other)| other.was_same(&key));
            let found = people.named(&key);
            match met {
                0 | 1 => prop_assert_eq!(found.is_some(), met == 1),
                _ => prop_assert_eq!(found, before.map(|(n, _)| id(*n))),
            }
        }
    }
}
