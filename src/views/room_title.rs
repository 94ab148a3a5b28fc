//! What a room is called, and how it is told from others.

use std::borrow::Cow;

use maud::{Markup, html};

use super::icons::Icon;
use crate::chat::{RoomName, Topic, Username};
use crate::text::Language;

/// A room as one reader sees it.
#[derive(Clone, Debug)]
pub(crate) enum RoomTitle {
    Shared,
    Named {
        name: RoomName,
        topic: Topic,
        open: bool,
    },
    /// A conversation with this person.
    With {
        name: Username,
        /// They were removed.
        former: bool,
    },
    /// One with oneself.
    Notes,
}

impl RoomTitle {
    pub(crate) fn name(&self, language: Language) -> &str {
        match self {
            Self::Shared => language.texts().room.general,
            Self::Named { name, .. } => name.as_str(),
            Self::With { name, .. } => name.as_str(),
            Self::Notes => language.texts().room.notes,
        }
    }

    /// The name and the mark in a line of text.
    pub(crate) fn label(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::With { name, former: true } => (language.texts().removal.marked)(name.as_str()).into(),
            _ => self.name(language).into(),
        }
    }

    /// Beside the name of a person who was removed: another may have it by now.
    pub(crate) fn mark(&self, language: Language) -> Option<&'static str> {
        matches!(self, Self::With { former: true, .. }).then_some(language.texts().removal.mark)
    }

    /// The name, with the mark.
    pub(crate) fn marked(&self, language: Language) -> Markup {
        html! {
            bdi { (self.name(language)) }
            @if let Some(mark) = self.mark(language) { " " small { (mark) } }
        }
    }

    /// Shown above the first message.
    pub(super) fn start(&self, language: Language) -> String {
        let texts = &language.texts().room;
        match self {
            Self::Shared | Self::Named { .. } => (texts.start_of)(self.name(language)),
            Self::With { name, .. } => (texts.start_of_conversation)(name.as_str()),
            Self::Notes => texts.start_of_notes.into(),
        }
    }

    /// A sign before the name, for the eye alone.
    pub(crate) fn sign(&self) -> Markup {
        let icon = match self {
            Self::Shared => Icon::Home,
            Self::Named { open: true, .. } => Icon::Hash,
            Self::Named { open: false, .. } => Icon::Lock,
            Self::With { .. } => Icon::Person,
            Self::Notes => Icon::Pencil,
        };
        html! { span.sign { (icon.render()) } }
    }

    /// Tells who can read the room.
    pub(super) fn privacy(&self, language: Language) -> &'static str {
        let texts = &language.texts().room.privacy;
        match self {
            Self::Shared => texts.general,
            Self::Named { open: true, .. } => texts.open,
            Self::Named { open: false, .. } => texts.private,
            Self::With { .. } => texts.direct,
            Self::Notes => texts.notes,
        }
    }
}
