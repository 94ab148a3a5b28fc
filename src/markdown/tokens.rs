//! The tokens of a paragraph.

use std::ops::Range;

use super::Element;
use super::border::Side;

/// Counts that are bounded in the whole message.
#[derive(Clone, Copy, Default)]
pub(super) struct WorkBudget {
    pub(super) links: usize,
}

/// A part of a paragraph. The ranges are in order, without gap or overlap.
pub(super) enum InlineToken {
    Text(Range<usize>),
    /// May open or close emphasis.
    Run(Run),
    Code {
        range: Range<usize>,
        inner: Range<usize>,
    },
    /// An address that stands for itself, and where it leads if it can be clicked.
    Address {
        range: Range<usize>,
        inner: Range<usize>,
        to: Option<String>,
    },
    LinkStart {
        range: Range<usize>,
        to: String,
    },
    LinkEnd(Range<usize>),
}

impl InlineToken {
    /// Ranges of it that are not shown.
    pub(super) fn delimiters(&self) -> Vec<Range<usize>> {
        match self {
            Self::Text(_) | Self::Address { to: None, .. } => Vec::new(),
            Self::Code { range, inner } | Self::Address { range, inner, .. } => {
                vec![range.start..inner.start, inner.end..range.end]
            }
            Self::LinkStart { range, .. } | Self::LinkEnd(range) => vec![range.clone()],
            Self::Run(run) => run.delimiters().to_vec(),
        }
    }
}

/// A row of one of `*`, `_` and `~`, and what it turned out to be: first what it closes, in order, then what stays,
/// then what it opens, the innermost first.
pub(super) struct Run {
    pub(super) range: Range<usize>,
    pub(super) mark: u8,
    pub(super) closes: Vec<Pair>,
    pub(super) opens: Vec<Pair>,
    pub(super) before: Side,
    pub(super) after: Side,
    /// Words and the like before it.
    pub(super) words: usize,
    /// Set where the next run in the same word is alike and closes nothing, as in `__class__.__name__`.
    pub(super) is_blocked: bool,
}

/// One end of an emphasis.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// The same for both ends.
    pub(super) id: usize,
    pub(super) element: Element,
    pub(super) width: usize,
}

impl Run {
    pub(super) fn new(range: Range<usize>, mark: u8) -> Self {
        let (before, after) = (Side::BORDER, Side::BORDER);
        Self {
            range,
            mark,
            closes: Vec::new(),
            opens: Vec::new(),
            before,
            after,
            words: 0,
            is_blocked: false,
        }
    }

    /// Ranges that format.
    pub(super) fn delimiters(&self) -> [Range<usize>; 2] {
        let width = |pairs: &[Pair]| pairs.iter().map(|pair| pair.width).sum::<usize>();
        let Range { start, end } = self.range;
        [start..start + width(&self.closes), end - width(&self.opens)..end]
    }
}
