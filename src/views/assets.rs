//! Style and script as `src/build/assets.rs` made them.

/// A style sheet, as pages inline it.
pub(crate) struct StyleSheet {
    pub(crate) text: &'static str,
    /// Its digest, as a Content-Security-Policy has it.
    pub(crate) integrity: &'static str,
    /// A part of a deflate stream (RFC 1951): it refers to nothing before it, and ends where a byte does, in no last block.
    pub(crate) deflated: &'static [u8],
    /// Of the text, as gzip has it (RFC 1952).
    pub(crate) crc32: u32,
}

/// A script at an address of its own, which changes with it.
pub(crate) struct Script {
    /// Below the chat's.
    pub(crate) path: &'static str,
    pub(crate) integrity: &'static str,
    pub(crate) brotli: &'static [u8],
    pub(crate) gzip: &'static [u8],
}

/// A script that pages inline.
pub(crate) struct InlineScript {
    pub(crate) text: &'static str,
    pub(crate) integrity: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));
