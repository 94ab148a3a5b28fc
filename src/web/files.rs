//! Files that are sent and loaded, provisionally: without messages, for every member, and gone with the process.

use std::collections::VecDeque;
use std::io::{self, BufWriter, ErrorKind, Read};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::context::Context;
use super::form::FormError;
use super::http_error::HttpError;
use super::multipart::{Multipart, MultipartError};
use super::reply::{HandlerResult, Reply};
use super::request::{BodyOffer, Request};
use crate::chat::Seq;
use crate::fair::Client;
use crate::lock::lock;
use crate::secrets::draw_nonce;
use crate::transfer::{Content, PIECE, Spool, Unadmitted};

/// Bytes of one file.
pub(super) const FILE_MAX: u64 = 25 << 20;
/// Files that are sent at once.
const FILES_MAX: u64 = 10;
/// What a form takes beside its files, in bytes.
const FORM_MAX: u64 = 256 * 1024;
/// Bytes of a message's text, which is measured where it is read.
const MESSAGE_BYTES_MAX: usize = 128 * 1024;
/// Bytes of the files that are kept, and how many these may be; the oldest is let go first.
const KEPT_BYTES: u64 = 32 << 20;
const KEPT_MAX: usize = 64;

/// The newest files.
#[derive(Default)]
pub(super) struct Files(Mutex<KeptFiles>);

#[derive(Default)]
struct KeptFiles {
    last: u64,
    bytes: u64,
    files: VecDeque<(u64, Arc<StoredFile>)>,
}

struct StoredFile {
    /// Names these bytes, and no others.
    tag: String,
    content: Arc<Content>,
}

impl Files {
    fn keep(&self, content: Content) -> u64 {
        let file = Arc::new(StoredFile { tag: draw_nonce(), content: Arc::new(content) });
        let mut kept = lock(&self.0);
        kept.last += 1;
        kept.bytes += file.content.len();
        let id = kept.last;
        kept.files.push_back((id, file));
        let mut dropped = Vec::new();
        while kept.files.len() > KEPT_MAX || kept.bytes > KEPT_BYTES {
            let Some((_, oldest)) = kept.files.pop_front() else { break };
            kept.bytes -= oldest.content.len();
            dropped.push(oldest);
        }
        drop(kept);
        // What lies on the disk is removed under no lock.
        drop(dropped);
        id
    }

    fn find(&self, id: u64) -> Option<Arc<StoredFile>> {
        lock(&self.0).files.iter().find(|(kept, _)| *kept == id).map(|(_, file)| Arc::clone(file))
    }
}

/// Whether a body that waits outside is wanted, by its head alone.
pub(super) fn admit(cx: &Context, offer: BodyOffer) -> HandlerResult {
    let most = if is_form(cx.request)? { FILE_MAX * FILES_MAX + FORM_MAX } else { FILE_MAX };
    match cx.app.transfers.admit(Client::acting(), offer.length, most) {
        Ok(ticket) => Ok(Reply::spool(ticket)),
        Err(Unadmitted::TooLarge) => Err(HttpError::FileTooLarge(FILE_MAX)),
        Err(Unadmitted::Overloaded) => Err(HttpError::UploadsFull),
        Err(Unadmitted::NoSpool) => Err(HttpError::DiskFull),
    }
}

/// POST `/files`: the files of a form. PUT: the body itself.
pub(super) fn keep(cx: &Context) -> HandlerResult {
    let spool = cx.request.take_spool(&cx.app.transfers).ok_or(HttpError::NoFilesForm)?;
    let form = if is_form(cx.request)? {
        read_form(cx, &spool)?
    } else {
        Form { message: String::new(), files: vec![(String::new(), spool.content)] }
    };
    let files = form.files.into_iter().map(|(name, content)| {
        let size = content.len();
        json!({ "id": cx.app.files.keep(content), "name": name, "size": size })
    });
    Ok(Reply::json(201, &json!({ "message": form.message, "files": files.collect::<Vec<_>>() })))
}

/// What a form with files says.
#[derive(Default)]
struct Form {
    message: String,
    /// With their names.
    files: Vec<(String, Content)>,
}

fn read_form(cx: &Context, spool: &Spool) -> Result<Form, HttpError> {
    let kind = cx.request.header("content-type")?.unwrap_or_default();
    let mut parts = Multipart::new(kind, spool.content.reader()).map_err(refusal)?;
    let mut form = Form::default();
    while let Some(mut part) = parts.next_part().map_err(|error| fault(&error))? {
        match part.file_name.take() {
            None if part.name == "message" => {
                form.message = part.text(MESSAGE_BYTES_MAX).map_err(|error| fault(&error))?;
            }
            None => return Err(FormError::Unknown.into()),
            // A field of files of which none was chosen.
            Some(name) if name.is_empty() => {}
            Some(name) => {
                let content = keep_part(cx, part).map_err(|error| fault(&error))?;
                if content.len() > FILE_MAX {
                    return Err(HttpError::FileTooLarge(FILE_MAX));
                }
                form.files.push((name, content));
            }
        }
    }
    Ok(form)
}

fn keep_part(cx: &Context, part: impl Read) -> io::Result<Content> {
    let mut file = BufWriter::with_capacity(PIECE, cx.app.transfers.new_file()?);
    io::copy(&mut part.take(FILE_MAX + 1), &mut file)?;
    Ok(file.into_inner().map_err(io::IntoInnerError::into_error)?.finish())
}

fn is_form(request: &Request) -> Result<bool, HttpError> {
    let kind = request.header("content-type")?.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match (&*request.method, kind.eq_ignore_ascii_case("multipart/form-data")) {
        ("PUT", form) => Ok(form),
        (_, true) => Ok(true),
        (_, false) => Err(HttpError::NoFilesForm),
    }
}

fn refusal(error: MultipartError) -> HttpError {
    match error {
        MultipartError::ContentType => HttpError::NoFilesForm,
        MultipartError::Malformed | MultipartError::TooManyParts => HttpError::BadRequest(|t| t.cut_body),
    }
}

/// A form is [`ErrorKind::InvalidData`] or good; what else goes wrong is the disk.
fn fault(error: &io::Error) -> HttpError {
    match error.kind() {
        ErrorKind::FileTooLarge => FormError::TooLong("message", MESSAGE_BYTES_MAX).into(),
        ErrorKind::InvalidData => refusal(MultipartError::Malformed),
        _ => HttpError::DiskFull,
    }
}

/// GET `/files/ID`: the file, or the part of it that is asked for.
pub(super) fn send(cx: &Context, id: Seq) -> HandlerResult {
    let file = cx.app.files.find(id.0).ok_or(HttpError::NoFile)?;
    let tag = format!("\"{}\"", file.tag);
    let as_all = |reply: Reply| {
        let reply = reply.header("ETag", tag.clone()).header("Accept-Ranges", "bytes".into());
        reply.header("Cache-Control", "private, no-cache".into())
    };
    if cx.request.header("if-none-match")? == Some(&tag) {
        return Ok(as_all(Reply::text(304, "")));
    }
    let size = file.content.len();
    let same = cx.request.header("if-range")?.is_none_or(|wanted| wanted == tag);
    let range = cx.request.header("range")?.filter(|_| same).and_then(|range| parse_range(range, size));
    let (status, from, length) = match range {
        None => (200, 0, size),
        Some(Asked::Of(from, length)) => (206, from, length),
        Some(Asked::NotThere) => {
            let reply = Reply::text(416, "").header("Content-Range", format!("bytes */{size}"));
            return Ok(as_all(reply));
        }
    };
    let place = cx.app.transfers.reserve(Client::acting()).map_err(|_| HttpError::DownloadsFull)?;
    let ticket = cx.app.transfers.hand_out(place, Arc::clone(&file.content), from, length);
    let reply = as_all(Reply::file(status, "application/octet-stream", ticket))
        .header("Content-Security-Policy", "sandbox; default-src 'none'".into())
        .header("Content-Disposition", "attachment".into());
    Ok(if status == 206 {
        reply.header("Content-Range", format!("bytes {from}-{}/{size}", from + length - 1))
    } else {
        reply
    })
}

/// What part of a file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// Where it begins, and how many bytes it has.
    Of(u64, u64),
    NotThere,
}

/// One range of bytes (RFC 9110, 14.1.2). Without one that is understood, the whole is sent.
fn parse_range(range: &str, size: u64) -> Option<Asked> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, end) = if first.is_empty() {
        (size.saturating_sub(last.parse().ok()?), size)
    } else {
        let end = if last.is_empty() { size } else { last.parse::<u64>().ok()?.saturating_add(1).min(size) };
        (first.parse().ok()?, end)
    };
    if first.parse::<u64>().ok().zip(last.parse::<u64>().ok()).is_some_and(|(first, last)| last < first) {
        return None;
    }
    Some(if from < end { Asked::Of(from, end - from) } else { Asked::NotThere })
}

#[cfg(test)]
mod tests {
    use super::{Asked, parse_range};

    #[test]
    fn ranges_of_bytes() {
        for (range, wanted) in [
            ("bytes=0-0", Some(Asked::Of(0, 1))),
            ("bytes=2-", Some(Asked::Of(2, 8))),
            ("bytes=2-99", Some(Asked::Of(2, 8))),
            ("bytes=-3", Some(Asked::Of(7, 3))),
            ("bytes=-99", Some(Asked::Of(0, 10))),
            ("bytes=10-", Some(Asked::NotThere)),
            ("bytes=-0", Some(Asked::NotThere)),
            ("bytes=3-2", None),
            ("bytes=1-2,4-5", None),
            ("bytes=-", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(parse_range(range, 10), wanted, "{range}");
        }
    }
}
