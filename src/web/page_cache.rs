//! Pages of rooms that are sent again as they are, while nothing has changed.
//!
//! A page is a function of the state, whose newest event's number tells whether it is still the same; of who is here; of
//! the title and the calendar; and of the request ([`PageKey`]). One word of it is drawn each time: the composer's nonce.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use maud::html;

use super::context::Context;
use super::gzip::{self, Part};
use super::moment::Moment;
use super::reply::Reply;
use crate::chat::{MemberId, Seq, Timestamp, TokenDigest};
use crate::lock::lock;
use crate::text::Locale;

/// Of the whole, as much may be of one member's pages.
const SHARES: usize = 16;
/// What a page is counted beside its bytes and its address.
const OVERHEAD: usize = 512;
/// Zones change their offsets, and years begin, at quarters of an hour, in milliseconds.
const QUARTER: i64 = 15 * 60 * 1000;

/// A page that may be kept, or is.
pub(super) struct PageLookup {
    version: PageVersion,
    key: PageKey,
}

/// What a page is made of, beside what the request is. Pages of one version alone are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PageVersion {
    /// The newest event.
    seq: Seq,
    /// Read before those who are here.
    presence: u64,
    title: Arc<str>,
    quarter: i64,
    /// It says that the database does not answer.
    cut_off: bool,
}

/// Who asks for what, and how it is shown to them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PageKey {
    member: MemberId,
    session: TokenDigest,
    /// Path and query.
    target: String,
    locale: Locale,
    gzip: bool,
}

/// A page up to its nonce, as it is sent, and what comes after; nothing where it has none, as one without a composer.
enum KeptPage {
    Plain(String, Option<String>),
    Gzip(Part, Option<Part>),
}

pub(super) struct PageCache {
    /// In bytes.
    capacity: usize,
    /// Nothing is rendered, compressed or sent under the lock.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    version: Option<PageVersion>,
    bytes: usize,
    /// Each member's, oldest first, with what it is counted.
    pages: HashMap<MemberId, VecDeque<(PageKey, Arc<KeptPage>, usize)>>,
}

impl PageLookup {
    pub(super) fn of(cx: &Context, moment: &Moment) -> Self {
        let Timestamp(now) = cx.request.now;
        let version = PageVersion {
            seq: moment.state.last(),
            presence: moment.presence,
            title: cx.app.title(),
            quarter: now.div_euclid(QUARTER),
            cut_off: moment.cut_off,
        };
        let key = PageKey {
            member: cx.visitor.member,
            session: cx.visitor.digest(),
            target: cx.request.target(),
            locale: cx.request.locale,
            gzip: gzip::is_wanted(cx.request, Some(cx.visitor)),
        };
        Self { version, key }
    }

    /// The page with this nonce.
    pub(super) fn find(&self, cx: &Context, nonce: &str) -> Option<Reply> {
        let page = cx.app.pages.get(&self.version, &self.key)?;
        Some(Reply::page(None, html! {}).with_body(page.with(nonce), self.key.gzip))
    }

    /// Keeps a page whose moment it was. `nonce` stands on it once.
    pub(super) fn keep(self, cx: &Context, reply: Reply, nonce: &str) -> Reply {
        let page = reply.good_page().map(|page| KeptPage::new(page, nonce, self.key.gzip));
        let Some(page) = page else { return reply };
        let reply = reply.with_body(page.with(nonce), self.key.gzip);
        cx.app.pages.put(self.version, self.key, Arc::new(page));
        reply
    }
}

impl KeptPage {
    fn new(page: &str, nonce: &str, gzip: bool) -> Self {
        let (before, after) =
            page.split_once(nonce).map_or((page, None), |(before, after)| (before, Some(after)));
        if gzip {
            Self::Gzip(Part::page(before), after.map(|after| Part::compressed(after.as_bytes())))
        } else {
            Self::Plain(before.to_owned(), after.map(str::to_owned))
        }
    }

    fn with(&self, nonce: &str) -> Vec<u8> {
        match self {
            Self::Plain(page, None) => page.clone().into_bytes(),
            Self::Plain(before, Some(after)) => [before, nonce, after].concat().into_bytes(),
            Self::Gzip(page, None) => gzip::stream(&[page]),
            Self::Gzip(before, Some(after)) => {
                gzip::stream(&[before, &Part::stored(nonce.as_bytes()), after])
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Plain(before, after) => before.len() + after.as_ref().map_or(0, String::len),
            Self::Gzip(before, after) => before.len() + after.as_ref().map_or(0, Part::len),
        }
    }
}

impl PageCache {
    /// With a capacity of 0 bytes, nothing is kept.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, kept: Mutex::default() }
    }

    fn get(&self, version: &PageVersion, key: &PageKey) -> Option<Arc<KeptPage>> {
        let kept = lock(&self.kept);
        if kept.version.as_ref() != Some(version) {
            return None;
        }
        let pages = kept.pages.get(&key.member)?;
        pages.iter().find(|(known, ..)| known == key).map(|(_, page, _)| Arc::clone(page))
    }

    /// Keeps a page, unless newer ones are kept. A member's oldest give way to it; where others have too much, all do.
    fn put(&self, version: PageVersion, key: PageKey, page: Arc<KeptPage>) {
        let bytes = OVERHEAD + key.target.len() + page.len();
        if bytes > self.capacity / SHARES {
            return;
        }
        let mut kept = lock(&self.kept);
        if kept.version.as_ref().is_some_and(|newest| newest.seq > version.seq) {
            return;
        }
        if kept.version.as_ref() != Some(&version) {
            *kept = Kept { version: Some(version), ..Kept::default() };
        }
        kept.make_room(key.member, bytes, self.capacity);
        kept.bytes += bytes;
        kept.pages.entry(key.member).or_default().push_back((key, page, bytes));
    }

    /// Keeps nothing of what was so before an event.
    pub(super) fn forget_before(&self, seq: Seq) {
        let mut kept = lock(&self.kept);
        if let Some(version) = kept.version.clone().filter(|version| version.seq < seq) {
            *kept = Kept { version: Some(PageVersion { seq, ..version }), ..Kept::default() };
        }
    }

    /// Keeps nothing, as the chat is another.
    pub(super) fn forget_all(&self) {
        *lock(&self.kept) = Kept::default();
    }
}

impl Kept {
    fn make_room(&mut self, member: MemberId, bytes: usize, capacity: usize) {
        if let Some(own) = self.pages.get_mut(&member) {
            let mut held: usize = own.iter().map(|(.., bytes)| bytes).sum();
            while held + bytes > capacity / SHARES
                && let Some((.., freed)) = own.pop_front()
            {
                held -= freed;
                self.bytes -= freed;
            }
        }
        if self.bytes + bytes > capacity {
            self.pages.clear();
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(seq: u64) -> PageVersion {
        PageVersion { seq: Seq(seq), presence: 0, title: "snug".into(), quarter: 0, cut_off: false }
    }

    fn key(member: u64, target: &str) -> PageKey {
        let (member, session) = (MemberId(Seq(member)), TokenDigest([0; 32]));
        PageKey { member, session, target: target.into(), locale: Locale::PROGRAM, gzip: false }
    }

    fn page() -> Arc<KeptPage> {
        Arc::new(KeptPage::new(&"x".repeat(1_000), "-", false))
    }

    #[test]
    fn a_page_is_found_by_whom_it_was_made_for_while_nothing_changes() {
        let cache = PageCache::new(1 << 20);
        cache.put(version(7), key(1, "/chat"), page());
        let found = |version: &PageVersion, key: &PageKey| cache.get(version, key).is_some();
        assert!(found(&version(7), &key(1, "/chat")));
        let others = [
            PageVersion { presence: 1, ..version(7) },
            PageVersion { title: "cosy".into(), ..version(7) },
            PageVersion { quarter: 1, ..version(7) },
            PageVersion { cut_off: true, ..version(7) },
            version(8),
        ];
        assert!(others.iter().all(|other| !found(other, &key(1, "/chat"))));
        let strangers = [
            key(2, "/chat"),
            key(1, "/rooms/3"),
            PageKey { session: TokenDigest([1; 32]), ..key(1, "/chat") },
            PageKey { gzip: true, ..key(1, "/chat") },
            PageKey {
                locale: Locale { language: crate::text::Language::German, ..Locale::PROGRAM },
                ..key(1, "/chat")
            },
        ];
        assert!(strangers.iter().all(|other| !found(&version(7), other)));
    }

    #[test]
    fn what_was_before_an_event_is_kept_no_more() {
        let cache = PageCache::new(1 << 20);
        cache.put(version(7), key(1, "/chat"), page());
        cache.forget_before(Seq(8));
        assert_eq!(lock(&cache.kept).pages.len(), 0);
        cache.put(version(7), key(1, "/chat"), page());
        assert_eq!(lock(&cache.kept).pages.len(), 0, "it was made before");
        cache.put(version(8), key(1, "/chat"), page());
        cache.forget_before(Seq(8));
        assert!(cache.get(&version(8), &key(1, "/chat")).is_some());
    }

    #[test]
    fn the_pages_of_one_and_of_all_are_bounded() {
        let capacity = 40_000;
        let cache = PageCache::new(capacity);
        for number in 0..1_000 {
            cache.put(version(7), key(1, &format!("/chat?at={number}")), page());
        }
        assert!(lock(&cache.kept).bytes <= capacity / SHARES);
        assert!(cache.get(&version(7), &key(1, "/chat?at=999")).is_some());
        for member in 0..1_000 {
            cache.put(version(7), key(member, "/chat"), page());
            let kept = lock(&cache.kept);
            let sum: usize = kept.pages.values().flatten().map(|(.., bytes)| bytes).sum();
            assert!(kept.bytes <= capacity && sum == kept.bytes, "{sum} {}", kept.bytes);
        }
        let nothing = PageCache::new(0);
        nothing.put(version(7), key(1, "/chat"), page());
        assert!(nothing.get(&version(7), &key(1, "/chat")).is_none());
    }

    #[test]
    fn a_kept_page_has_another_nonce_each_time() {
        let page = KeptPage::new("<i>one</i>", "one", false);
        assert_eq!(page.with("two"), b"<i>two</i>");
        let without = KeptPage::new("<i></i>", "one", false);
        assert_eq!(without.with("two"), b"<i></i>", "where there is no form, nothing is added");
    }
}
