//! Files that are sent and loaded, provisionally: without messages, for every member, and gone with the process.

use std::collections::VecDeque;
use std::io::{self, BufWriter, ErrorKind, Read};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::App;
use super::content_disposition::{Disposition, content_disposition};
use super::context::Context;
use super::form::FormError;
use super::http_error::HttpError;
use super::multipart::{Multipart, MultipartError};
use super::range::Selection;
use super::reply::{HandlerResult, Reply};
use super::request::{BodyOffer, Request};
use crate::chat::{FileKey, Seq};
use crate::fair::Client;
use crate::file_store::{KeepError, Kept};
use crate::lock::lock;
use crate::log::{SparseLog, log};
use crate::media::{self, Dimensions, FileType, MediaError, SNIFFED, Show, sniff};
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
/// Files that are kept; the oldest is let go first.
const KEPT_MAX: usize = 64;

/// The newest files.
#[derive(Default)]
pub(super) struct Files {
    kept: Mutex<KeptFiles>,
    /// Of files whose metadata stays.
    log: SparseLog,
}

#[derive(Default)]
struct KeptFiles {
    last: u64,
    files: VecDeque<(u64, Arc<StoredFile>)>,
}

struct StoredFile {
    /// Names these bytes, and no others.
    tag: String,
    name: String,
    kind: FileType,
    dimensions: Option<Dimensions>,
    /// Whether it has no metadata, or none any more.
    cleaned: bool,
    size: u64,
    key: FileKey,
}

impl StoredFile {
    /// A file without its metadata. One that is not what it begins as stays as it is, and is not shown in place.
    ///
    /// Errors: of the disk.
    fn of(cx: &Context, name: String, content: Content) -> Result<Self, KeepError> {
        let mut head = vec![0; SNIFFED.min(usize::try_from(content.len()).unwrap_or(SNIFFED))];
        content.read_at(&mut head, 0)?;
        let kind = sniff(&head);
        let examined = media::examine(kind, &mut content.reader());
        let stored = |kind, dimensions, cleaned, content: Content| {
            let size = content.len();
            let Kept { key, evicted } = cx.app.file_store.keep(content)?;
            for key in evicted {
                cx.app.transfers.revoke_file(key);
            }
            Ok(Self { tag: draw_nonce(), name, kind, dimensions, cleaned, size, key })
        };
        let why = match examined {
            Ok(examined) => {
                let content = if examined.plan.keeps_everything() {
                    content
                } else {
                    let mut out = cx.app.transfers.new_file()?;
                    examined.plan.write(&mut content.reader(), &mut out)?;
                    out.finish()
                };
                return stored(kind, examined.dimensions, kind.is_cleaned(), content);
            }
            Err(MediaError::Io(error)) => return Err(error.into()),
            Err(MediaError::Malformed(why) | MediaError::Unsupported(why)) => why,
        };
        let line = format_args!("the metadata of a file ({}) stays in it: {why}", kind.media_type());
        cx.app.files.log.log(cx.request.instant, line);
        stored(FileType::Other, None, false, content)
    }

    /// For programs, under its id.
    fn as_json(&self, id: u64) -> Value {
        let (width, height) = self.dimensions.map(|size| (size.width, size.height)).unzip();
        json!({
            "id": id,
            "name": self.name,
            "type": self.kind.media_type(),
            "size": self.size,
            "width": width,
            "height": height,
            "cleaned": self.cleaned,
        })
    }
}

impl Files {
    fn keep(&self, app: &App, file: Arc<StoredFile>) -> u64 {
        let mut kept = lock(&self.kept);
        kept.last += 1;
        let id = kept.last;
        kept.files.push_back((id, file));
        let oldest = if kept.files.len() > KEPT_MAX { kept.files.pop_front() } else { None };
        drop(kept);
        if let Some((_, oldest)) = oldest {
            app.file_store.remove(&[oldest.key]);
            app.transfers.revoke_file(oldest.key);
        }
        id
    }

    fn find(&self, id: u64) -> Option<Arc<StoredFile>> {
        lock(&self.kept).files.iter().find(|(kept, _)| *kept == id).map(|(_, file)| Arc::clone(file))
    }
}

/// Whether a body that waits outside is wanted, by its head alone.
pub(super) fn admit(cx: &Context, offer: BodyOffer) -> HandlerResult {
    let most = if is_form(cx.request)? { FILE_MAX * FILES_MAX + FORM_MAX } else { FILE_MAX };
    if !cx.app.file_store.has_room_for(offer.length.unwrap_or(0).min(most)) {
        return Err(HttpError::DiskFull);
    }
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
        let file = Arc::new(StoredFile::of(cx, name, content).map_err(unkept)?);
        Ok(file.as_json(cx.app.files.keep(cx.app, Arc::clone(&file))))
    });
    let files = files.collect::<Result<Vec<_>, HttpError>>()?;
    Ok(Reply::json(201, &json!({ "message": form.message, "files": files })))
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

fn unkept(error: KeepError) -> HttpError {
    match error {
        KeepError::Full | KeepError::DiskFull => {}
        KeepError::Disk(error) => log(format_args!("a file could not be kept: {error}")),
    }
    HttpError::DiskFull
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
    if cx.request.header("if-none-match")?.is_some_and(|known| names(known, &tag)) {
        return Ok(as_all(Reply::text(304, "")));
    }
    let size = file.size;
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
        let place = cx.app.transfers.reserve(Client::acting(), file.key, cx.visitor.digest());
        let place = place.map_err(|_| HttpError::DownloadsFull)?;
        let content = cx.app.file_store.open_file(file.key).ok().flatten().ok_or(HttpError::NoFile)?;
        let ticket = cx.app.transfers.hand_out(place, content, part.start, part.end - part.start);
        let disposition = match file.kind.show() {
            Show::Download => Disposition::Attachment,
            Show::Picture | Show::Audio | Show::Video => Disposition::Inline,
        };
        Reply::file(status, file.kind.media_type(), ticket)
            .header("Content-Security-Policy", "sandbox; default-src 'none'".into())
            .header("Content-Disposition", content_disposition(disposition, &file.name))
    };
    let reply = as_all(reply);
    Ok(match selection.content_range(size) {
        Some(range) => reply.header("Content-Range", range),
        None => reply,
    })
}

/// Whether an `If-None-Match` names this strong tag (RFC 9110, 13.1.2: compared weakly).
fn names(known: &str, tag: &str) -> bool {
    let mut known = known.split(',').map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
