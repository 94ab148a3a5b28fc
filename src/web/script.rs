//! The script of members' pages, and that of their worker. What they say is no secret: they are the same for all, and part of
//! the source.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::gzip::accepts;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use crate::views::{SCRIPT, Script, WORKER};

/// GET `/script-HASH.js`. Another version's address is not found, and that is not kept.
pub(super) fn send(request: &Request) -> HandlerResult {
    Ok(coded(request, &SCRIPT))
}

/// GET `/worker-HASH.js`, for which a policy of its own holds.
pub(super) fn send_worker(request: &Request) -> HandlerResult {
    let policy = "default-src 'none'; connect-src 'self'";
    Ok(coded(request, &WORKER).header("Content-Security-Policy", policy.into()))
}

fn coded(request: &Request, script: &Script) -> Reply {
    let reply = if accepts(request, "br") {
        Reply::script(script.brotli, Some("br"))
    } else if accepts(request, "gzip") {
        Reply::script(script.gzip, Some("gzip"))
    } else {
        // For programs: a third copy would take 120 KB of the binary.
        let mut plain = Vec::new();
        let _ = GzDecoder::new(script.gzip).read_to_end(&mut plain); // what was compressed by us
        Reply::script(plain, None)
    };
    reply.kept_for_ever().header("Vary", "Accept-Encoding".into())
}
