//! Files as browsers and programs load them.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use super::content_disposition::{Disposition, content_disposition};
use super::context::Context;
use super::http_error::HttpError;
use super::kept_file::kind_of;
use super::range::Selection;
use super::reply::{HandlerResult, Reply};
use crate::chat::{FileId, FileKey, FileRecord, Refusal, Seq};
use crate::fair::Client;
use crate::media::{FileType, Show};
use crate::transfer::{Content, DownloadPlace};

/// What is loaded.
struct Served<'a> {
    key: FileKey,
    /// Of exactly these bytes, without its quotes.
    tag: String,
    name: &'a str,
    /// None: by its first bytes.
    kind: Option<FileType>,
    attached: bool,
}

/// GET `/files/ID`.
pub(super) fn send(cx: &Context, id: Seq) -> HandlerResult {
    let file = found(cx, id)?;
    let wanted = cx.request.query(form![download])?.download.given().is_some();
    let attached = wanted || file.show() == Show::Download;
    let tag = Base64UrlUnpadded::encode_string(&file.sha256);
    let name = file.name.as_str();
    serve(cx, &Served { key: file.key, tag, name, kind: Some(file.kind), attached })
}

/// GET `/files/ID/preview`.
pub(super) fn send_preview(cx: &Context, id: Seq) -> HandlerResult {
    let file = found(cx, id)?;
    let key = file.preview.ok_or(HttpError::NoFile)?;
    // The key is nobody's to know.
    let tag = Base64UrlUnpadded::encode_string(&Sha256::digest(key.0));
    serve(cx, &Served { key, tag, name: "preview", kind: None, attached: false })
}

/// A file that the visitor may load. One that they may not is not there.
fn found(cx: &Context, id: Seq) -> Result<FileRecord, HttpError> {
    let file = cx.app.chat.file_for(cx.visitor.member, FileId(id))?.ok_or(HttpError::NoFile)?;
    if file.gone { Err(HttpError::FileGone) } else { Ok(file) }
}

fn serve(cx: &Context, served: &Served) -> HandlerResult {
    let tag = format!("\"{}\"", served.tag);
    let as_all = |reply: Reply| {
        let reply = reply.header("ETag", tag.clone()).header("Accept-Ranges", "bytes".into());
        reply.header("Cache-Control", "private, no-cache".into())
    };
    if cx.request.header("if-none-match")?.is_some_and(|known| names(known, &tag)) {
        return Ok(as_all(Reply::text(304, "")));
    }
    let (place, content) = open(cx, served.key)?;
    let size = content.len();
    // RFC 9110, 14.2: with other methods it means nothing.
    let range = cx.request.header("range")?.filter(|_| cx.request.method == "GET");
    let selection = Selection::of(range, cx.request.header("if-range")?, &tag, size);
    let (status, part) = match &selection {
        Selection::Whole => (200, 0..size),
        Selection::Part(part) => (206, part.clone()),
        Selection::Unsatisfiable => (416, 0..0),
    };
    let reply = if status == 416 {
        Reply::text(status, "")
    } else {
        let kind = served.kind.map_or_else(|| kind_of(&mut content.reader()), Ok);
        let kind = kind.map_err(|error| missing(cx, Some(&error)))?;
        let download = place.download(content, part.start, part.end - part.start);
        let disposition = match kind.show() {
            Show::Picture | Show::Audio | Show::Video if !served.attached => Disposition::Inline,
            _ => Disposition::Attachment,
        };
        Reply::file(status, kind.media_type(), download)
            .header("Content-Security-Policy", "sandbox; default-src 'none'".into())
            .header("Content-Disposition", content_disposition(disposition, served.name))
    };
    let reply = as_all(reply);
    Ok(match selection.content_range(size) {
        Some(range) => reply.header("Content-Range", range),
        None => reply,
    })
}

/// The bytes of a file, with a place to send them. What ends the file or the session from now on ends the download.
fn open(cx: &Context, key: FileKey) -> Result<(DownloadPlace, Arc<Content>), HttpError> {
    let session = cx.visitor.digest();
    let place = cx.app.file_upkeep.transfers.reserve(Client::acting(), key, session);
    let place = place.map_err(|_| HttpError::DownloadsFull)?;
    if cx.app.chat.state().session(&session).is_none() {
        return Err(HttpError::SignedOut);
    }
    match cx.app.file_upkeep.store.open_file(key) {
        Ok(Some(content)) => Ok((place, content)),
        Ok(None) => Err(missing(cx, None)),
        Err(error) if error.kind() == ErrorKind::NotConnected => Err(Refusal::NotRead.into()),
        Err(error) => Err(missing(cx, Some(&error))),
    }
}

fn missing(cx: &Context, error: Option<&io::Error>) -> HttpError {
    let why = error.map_or("it is not there".to_owned(), ToString::to_string);
    cx.app
        .files
        .missing_log
        .log(cx.request.instant, format_args!("a file of a message cannot be read: {why}"));
    HttpError::FileMissing
}

/// Whether an `If-None-Match` names this strong tag (RFC 9110, 13.1.2: compared weakly).
fn names(known: &str, tag: &str) -> bool {
    let mut known = known.split(',').map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
