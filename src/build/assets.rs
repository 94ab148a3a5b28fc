//! Style and script: joined, made small and compressed, so that the program has nothing to do but to send them.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use sha2::{Digest as _, Sha256};

use crate::small;

const VIEWS: &str = "src/views";

/// The style of every page, in this order.
const STYLE: &[&str] = &[
    "base", "card", "frame", "sidebar", "message", "pins", "attachment", "reactions", "room", "composer",
    "search", "rooms", "print",
];
/// That of a live room where scripts do not run, besides.
const NO_SCRIPT_STYLE: &[&str] = &["no_script"];
/// The script of members' pages: each part defines what `main` starts.
const SCRIPT: &[&str] = &[
    "tools", "texts", "reader", "session", "drafts", "names", "quiet", "alerts", "alert_test", "levels",
    "kept_files", "photo", "uploads", "attach", "lightbox", "missing_photos", "file_removal", "outbox",
    "copy", "unsent", "length", "outside", "told", "reactions", "edit", "delete", "pins", "actions",
    "answer", "question", "composer", "swipe", "quotes", "sidebar", "view", "new_line", "history", "jumps",
    "read_marker", "mark_unread", "landing", "people", "voice", "notices", "log", "reload", "line",
    "cut_off", "stream", "switcher", "shortcuts", "results", "signout", "suggestions", "activity",
    "elsewhere", "forms", "emoji", "picker", "links", "zone", "main",
];
/// That of the worker in which a browser's tabs share a line.
const WORKER_SCRIPT: &[&str] = &["line", "worker"];
/// That of strangers' pages.
const CARD_SCRIPT: &[&str] = &["forms", "card"];

/// Writes what `views/assets.rs` includes into a folder.
pub(crate) fn write(out: &Path) {
    let mut constants = String::new();
    for (name, parts) in [("STYLE", STYLE), ("NO_SCRIPT_STYLE", NO_SCRIPT_STYLE)] {
        let text = small::style(&joined("style", "css", parts));
        let (file, integrity, mut crc) = (name.to_lowercase(), integrity(&text), Crc::new());
        crc.update(text.as_bytes());
        keep(out, &format!("{file}.css"), text.as_bytes());
        keep(out, &format!("{file}.deflate"), &deflated(&text));
        let _ = writeln!(
            constants,
            "pub(crate) const {name}: StyleSheet = StyleSheet {{ text: include_str!(\"{file}.css\"), \
             integrity: \"{integrity}\", deflated: include_bytes!(\"{file}.deflate\"), crc32: 0x{:04x}_{:04x} }};",
            crc.sum() >> 16,
            crc.sum() & 0xffff
        );
    }
    let worker = script("", WORKER_SCRIPT);
    let worker_path = addressed(out, "worker", &worker, &mut constants);
    let script = script(&format!("const WORKER = \"{worker_path}\";\n"), SCRIPT);
    addressed(out, "script", &script, &mut constants);
    let card = self::script("", CARD_SCRIPT);
    let _ = writeln!(
        constants,
        "pub(crate) const CARD_SCRIPT: InlineScript = InlineScript {{ text: {card:?}, integrity: \"{}\" }};",
        integrity(&card)
    );
    keep(out, "assets.rs", constants.as_bytes());
}

/// Writes a script that has an address of its own, and its constant; returns the address.
fn addressed(out: &Path, name: &str, text: &str, constants: &mut String) -> String {
    let hash = Sha256::digest(text)[..8].iter().fold(0_u64, |hash, byte| (hash << 8) | u64::from(*byte));
    let path = format!("/{name}-{hash:016x}.js");
    keep(out, &format!("{name}.js.br"), &brotli(text));
    keep(out, &format!("{name}.js.gz"), &gzip(text));
    let _ = writeln!(
        constants,
        "pub(crate) const {}: Script = Script {{ path: \"{path}\", integrity: \"{}\", \
         brotli: include_bytes!(\"{name}.js.br\"), gzip: include_bytes!(\"{name}.js.gz\") }};",
        name.to_uppercase(),
        integrity(text)
    );
    path
}

/// `before` comes before its parts.
fn script(before: &str, parts: &[&str]) -> String {
    small::script(&format!("\"use strict\";\n(() => {{\n{before}{}}})();\n", joined("script", "js", parts)))
}

fn joined(folder: &str, extension: &str, parts: &[&str]) -> String {
    let read = |part: &&str| {
        let path = format!("{VIEWS}/{folder}/{part}.{extension}");
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    println!("cargo::rerun-if-changed={VIEWS}/{folder}");
    parts.iter().map(read).collect()
}

fn keep(out: &Path, name: &str, bytes: &[u8]) {
    fs::write(out.join(name), bytes).expect("the folder can be written to");
}

/// As `integrity` and a Content-Security-Policy have it.
fn integrity(text: &str) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(text)))
}

/// A part of a deflate stream: it refers to nothing before it, and ends where a byte does, in no last block.
fn deflated(text: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.flush()).expect("memory takes it");
    encoder.get_ref().clone()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn brotli(text: &str) -> Vec<u8> {
    let mut compressed = Vec::new();
    // The best quality, and a window that holds all of it.
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 18,
        size_hint: text.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut text.as_bytes(), &mut compressed, &params).expect("memory takes it");
    compressed
}
