//! The bytes of an answer.

use std::ops::Deref;
use std::sync::Arc;

/// An answer's body, in pieces, of which some may be part of other answers at the same time.
#[derive(Default)]
pub(crate) struct Body(Vec<Piece>);

pub(crate) enum Piece {
    Own(Vec<u8>),
    Shared(Arc<[u8]>),
    Static(&'static [u8]),
}

impl Body {
    /// In bytes, the shared ones included.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    /// All of it, where that is one piece.
    pub(crate) fn whole(&self) -> Option<&[u8]> {
        match &self.0[..] {
            [] => Some(&[]),
            [piece] => Some(piece),
            _ => None,
        }
    }

    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| &**piece)
    }
}

impl Deref for Piece {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
            Self::Static(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Piece {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Own(bytes)
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::Own(text.into())
    }
}

impl From<Arc<[u8]>> for Piece {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::Shared(bytes)
    }
}

impl From<&'static [u8]> for Piece {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Static(bytes)
    }
}

impl From<&'static str> for Piece {
    fn from(text: &'static str) -> Self {
        Self::Static(text.as_bytes())
    }
}

impl<P: Into<Piece>> From<P> for Body {
    fn from(piece: P) -> Self {
        Self(vec![piece.into()])
    }
}

impl<P: Into<Piece>> FromIterator<P> for Body {
    fn from_iter<I: IntoIterator<Item = P>>(pieces: I) -> Self {
        Self(pieces.into_iter().map(Into::into).collect())
    }
}
