//! The script of members' pages. What it says is no secret: it is the same for all, and part of the source.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::App;
use super::context::Visitor;
use super::gzip::accepts;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use crate::views::SCRIPT;

/// GET `/script-HASH.js`. Another version's address is not found, and that is not kept.
pub(super) fn send(_: &App, request: &Request, _: Option<&Visitor>) -> HandlerResult {
    let reply = if accepts(request, "br") {
        Reply::script(SCRIPT.brotli, Some("br"))
    } else if accepts(request, "gzip") {
        Reply::script(SCRIPT.gzip, Some("gzip"))
    } else {
        // For programs: a third copy would take 120 KB of the binary.
        let mut plain = Vec::new();
        let _ = GzDecoder::new(SCRIPT.gzip).read_to_end(&mut plain); // what was compressed by us
        Reply::script(plain, None)
    };
    Ok(reply.kept_for_ever().header("Vary", "Accept-Encoding".into()))
}
