//! Measures the real program beside something to compare it with, in one run: `cargo bench`.
//! A word chooses what to measure: `cargo bench -- door`. `cargo bench -- fairness` attacks it, and fails where
//! others notice; more words choose where and how: `cargo bench -- fairness caddy file renames`. `cargo bench -- pages`
//! holds what pages cost and weigh against its aims, and fails where one is missed.
#![allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod client;
#[path = "../it/support/connection.rs"]
mod connection;
mod door;
mod fairness;
#[cfg(feature = "sqlite")]
mod files;
mod live;
mod load;
#[cfg(feature = "postgres")]
mod nodes;
mod pages;
#[cfg(feature = "postgres")]
#[allow(dead_code, unused_imports, reason = "shared with tests/it")]
#[path = "../it/support/postgres/mod.rs"]
mod postgres;
mod prose;
mod reactions;
#[cfg(feature = "postgres")]
#[path = "../it/support/reserved_port.rs"]
mod reserved_port;
#[cfg(feature = "sqlite")]
mod search;
#[cfg(feature = "postgres")]
#[allow(dead_code, reason = "shared with tests/it")]
#[path = "../it/support/skips.rs"]
mod skips;
#[cfg(feature = "sqlite")]
mod store;
#[allow(dead_code, reason = "shared with tests/it")]
#[path = "../it/support/temp_dir.rs"]
mod temp_dir;

fn main() {
    load::serve_if_asked();
    fairness::attack_if_asked();
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(("fairness", more)) = words.split_first().map(|(first, more)| (first.as_str(), more)) {
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        std::process::exit(i32::from(!fairness::attacks(&more)));
    }
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("door") {
        door::against_bare();
        door::idle_memory();
        door::beside_slow_ones();
    }
    let pages_met = !wanted("pages") || pages::table();
    if wanted("live") {
        live::streams();
    }
    if wanted("live-sockets") {
        live::sockets();
    }
    if wanted("live-reactions") {
        reactions::storm();
    }
    #[cfg(feature = "postgres")]
    if wanted("nodes") {
        nodes::table();
    }
    if wanted("prose") {
        prose::hostile();
    }
    #[cfg(feature = "sqlite")]
    if wanted("files") {
        files::beside_nginx();
        files::many_at_once();
    }
    #[cfg(feature = "sqlite")]
    if wanted("files-in-a-room") {
        files::ten_thousand_in_a_room();
    }
    #[cfg(feature = "sqlite")]
    if wanted("store") {
        store::a_long_history();
        store::posts();
    }
    #[cfg(feature = "sqlite")]
    if wanted("search-hidden") {
        search::hidden();
    }
    #[cfg(feature = "sqlite")]
    if wanted("search-hostile") {
        search::hostile();
    }
    #[cfg(feature = "sqlite")]
    if wanted("search-unspaced") {
        search::unspaced_text();
    }
    let attacks_met = !words.is_empty() || fairness::attacks(&[]);
    if !pages_met || !attacks_met {
        std::process::exit(1);
    }
}
