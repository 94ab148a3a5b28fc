//! What a reply quotes of the message that it answers.

use std::sync::Arc;

use super::model::{Body, MemberId, Seq, one_line};
use crate::markdown::{Document, Piece};

/// Longest excerpt, in characters.
pub const EXCERPT_MAX: usize = 140;

/// The beginning of a message's text in one line, without its formatting; empty where the message is all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt(Arc<str>);

impl Excerpt {
    /// Cost: takes the whole text apart.
    pub fn of(body: &Body) -> Self {
        let text = body.as_str();
        let mut shown = String::new();
        for piece in Document::parse(text).pieces() {
            match piece {
                Piece::Text(range) => shown.push_str(&text[range.clone()]),
                Piece::Open(_) | Piece::Close | Piece::Delimiter(_) => {}
                Piece::Break(_) | Piece::Rule(_) => shown.push(' '),
            }
        }
        Self::from_storage(&shown)
    }

    pub(crate) fn from_storage(text: &str) -> Self {
        let line = one_line(text);
        match line.char_indices().nth(EXCERPT_MAX) {
            Some((end, _)) => Self(format!("{}…", line[..end].trim_end()).into()),
            None => Self(line.into()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The message that another answers, in the same room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub message: Seq,
    pub author: MemberId,
    /// Follows the text of the message. None: that was removed.
    pub excerpt: Option<Excerpt>,
}

impl Quote {
    /// Upper bound of its memory, in bytes, with the overhead of its allocations.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + 40 + self.excerpt.as_ref().map_or(0, |excerpt| excerpt.0.len() + 40)
    }
}
