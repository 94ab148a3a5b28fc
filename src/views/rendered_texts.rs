//! Texts of messages that are kept rendered: for many who read, each is rendered once.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex};

use maud::Markup;

use super::message::text;
use crate::chat::{Body, Mentioned, MessageView, Seq};
use crate::lock::lock;

/// What one is counted beside its markup and its text, in bytes: its place in the table, whom it mentions.
const OVERHEAD: usize = 256;

/// The texts that were shown last, within a bound in bytes.
///
/// They are in two generations: when the younger one has half of the bytes, it takes the place of the older one. What is
/// shown again is young again.
#[derive(Debug, Default)]
pub(crate) struct RenderedTexts {
    /// Bytes that a generation may have.
    half: usize,
    /// Nothing is rendered under the lock.
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    young: Generation,
    old: Generation,
    /// Calls of [`RenderedTexts::forget`]: a text rendered meanwhile is not kept.
    forgotten: u64,
}

#[derive(Debug, Default)]
struct Generation {
    texts: HashMap<Seq, Rendered>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Rendered {
    body: Body,
    mentioned: Vec<Mentioned>,
    markup: Arc<Markup>,
}

impl RenderedTexts {
    /// With a bound of 0 bytes, nothing is kept.
    pub(super) fn within(bytes: usize) -> Self {
        Self { half: bytes / 2, kept: Mutex::default() }
    }

    pub(super) fn of(&self, said: &MessageView) -> Arc<Markup> {
        let forgotten = {
            let mut kept = lock(&self.kept);
            if let Some(markup) = kept.find(said, self.half) {
                return markup;
            }
            kept.forgotten
        };
        let markup = Arc::new(text(said));
        let mut kept = lock(&self.kept);
        if kept.forgotten == forgotten {
            let (body, mentioned) = (said.message.body.clone(), said.mentioned.clone());
            kept.put(said.message.id, Rendered { body, mentioned, markup: Arc::clone(&markup) }, self.half);
        }
        markup
    }

    /// Keeps nothing of a message that says something else now, or nothing.
    pub(crate) fn forget(&self, message: Seq) {
        let mut kept = lock(&self.kept);
        kept.forgotten += 1;
        let Kept { young, old, .. } = &mut *kept;
        young.take(message);
        old.take(message);
    }

    /// Keeps nothing, as the chat is another.
    pub(crate) fn forget_all(&self) {
        let mut kept = lock(&self.kept);
        *kept = Kept { forgotten: kept.forgotten + 1, ..Kept::default() };
    }
}

impl Kept {
    fn find(&mut self, said: &MessageView, half: usize) -> Option<Arc<Markup>> {
        let id = said.message.id;
        let is_same = |known: &Rendered| known.body == said.message.body && known.mentioned == said.mentioned;
        if let Some(known) = self.young.texts.get(&id) {
            return is_same(known).then(|| Arc::clone(&known.markup));
        }
        let known = self.old.take(id).filter(is_same)?;
        let markup = Arc::clone(&known.markup);
        self.put(id, known, half);
        Some(markup)
    }

    fn put(&mut self, id: Seq, rendered: Rendered, half: usize) {
        self.young.take(id);
        let bytes = rendered.bytes();
        if bytes > half {
            return;
        }
        if self.young.bytes + bytes > half {
            self.old = mem::take(&mut self.young);
        }
        self.young.bytes += bytes;
        self.young.texts.insert(id, rendered);
    }
}

impl Generation {
    fn take(&mut self, id: Seq) -> Option<Rendered> {
        let rendered = self.texts.remove(&id)?;
        self.bytes -= rendered.bytes();
        Some(rendered)
    }
}

impl Rendered {
    fn bytes(&self) -> usize {
        OVERHEAD + self.body.as_str().len() + self.markup.0.capacity() + 64 * self.mentioned.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Author, MemberId, Message, Username};

    fn said(id: u64, text: &str) -> MessageView {
        let message = Message::plain(Seq(id), MemberId(Seq(1)), Body::parse(text).unwrap());
        let author = Author { name: Username::parse("ann").unwrap(), former: false };
        MessageView::new(message, author, vec![], |_| None)
    }

    fn has(texts: &RenderedTexts, view: &MessageView) -> bool {
        let mut kept = lock(&texts.kept);
        kept.find(view, texts.half).is_some()
    }

    #[test]
    fn what_was_shown_last_is_kept_within_the_bound() {
        let texts = RenderedTexts::within(20_000);
        for id in 1..=1_000 {
            texts.of(&said(id, "x"));
            texts.of(&said(1, "x"));
        }
        let held = |texts: &RenderedTexts| {
            let kept = lock(&texts.kept);
            (kept.young.bytes + kept.old.bytes, kept.young.texts.len() + kept.old.texts.len())
        };
        let (bytes, count) = held(&texts);
        assert!(bytes <= 20_000 && count > 20, "{bytes} {count}");
        assert!(has(&texts, &said(1, "x")) && has(&texts, &said(999, "x")) && !has(&texts, &said(500, "x")));
        texts.of(&said(2_000, &"x".repeat(4_000)));
        assert!(held(&texts).0 <= 20_000);
        let nothing = RenderedTexts::within(0);
        nothing.of(&said(1, "x"));
        assert_eq!(held(&nothing), (0, 0));
    }

    #[test]
    fn another_text_is_rendered_anew_and_a_forgotten_one_is_gone() {
        let texts = RenderedTexts::within(1 << 20);
        assert!(texts.of(&said(1, "one")).0.contains("one"));
        assert!(texts.of(&said(1, "two")).0.contains("two"));
        assert!(!has(&texts, &said(1, "one")) && has(&texts, &said(1, "two")));
        texts.forget(Seq(1));
        assert!(!has(&texts, &said(1, "two")));
        assert_eq!(lock(&texts.kept).young.bytes, 0);
    }
}
