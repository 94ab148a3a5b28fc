//! Measures the real program beside something to compare it with, in one run: `cargo bench`.
//! A word chooses what to measure: `cargo bench -- door`.
#![allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod door;
mod live;
mod load;
mod prose;
#[cfg(feature = "sqlite")]
mod search;
#[cfg(feature = "sqlite")]
mod store;

fn main() {
    load::serve_if_asked();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("door") {
        door::against_bare();
        door::idle_memory();
        door::beside_slow_ones();
    }
    if wanted("live") {
        live::streams();
    }
    if wanted("prose") {
        prose::hostile();
    }
    #[cfg(feature = "sqlite")]
    if wanted("store") {
        store::a_long_history();
        store::posts();
    }
    #[cfg(feature = "sqlite")]
    if wanted("search") {
        search::hostile();
    }
}
