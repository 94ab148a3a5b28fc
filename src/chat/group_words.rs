//! Words that mention many, in the languages of the interface.

/// A word that mentions many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// All who are in the room.
    Room,
    /// Those of them who are online.
    Online,
}

/// The words of groups, in the languages of the interface. No new member is called like one of them.
pub(super) const GROUP_WORDS: [(&str, GroupKind); 11] = [
    ("room", GroupKind::Room),
    ("everyone", GroupKind::Room),
    ("all", GroupKind::Room),
    ("raum", GroupKind::Room),
    ("alle", GroupKind::Room),
    ("रूम", GroupKind::Room),
    ("सभी", GroupKind::Room),
    ("सब", GroupKind::Room),
    ("here", GroupKind::Online),
    ("hier", GroupKind::Online),
    ("यहाँ", GroupKind::Online),
];
