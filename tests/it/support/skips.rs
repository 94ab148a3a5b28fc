//! What is not tried for want of a program: counted, and said where nothing hides it.

use std::env;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Counts a story that ends here. Panics in continuous integration, where skipping would be worse than failing.
#[track_caller]
pub(crate) fn skip(why: &str) {
    assert!(env::var_os("CI").is_none(), "{why}");
    let (count, thread) = (COUNT.fetch_add(1, Ordering::SeqCst) + 1, thread::current());
    announce(&format!("SKIPPED ({count} so far): {}: {why}", thread.name().unwrap_or_default()));
}

/// How often this run has skipped something so far.
pub(crate) fn skipped() -> usize {
    COUNT.load(Ordering::SeqCst)
}

/// Says something that is seen although the test passes: the harness hides only what macros print.
pub(crate) fn announce(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
