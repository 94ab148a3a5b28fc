//! Files come in, and go. (How they are loaded: `file_download.rs`.)

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;

use super::context::Context;
use super::form::FieldText;
use super::http_error::HttpError;
use super::json::uploaded_json;
use super::kept_file::{KeptFile, PREVIEW_MAX, unkept};
use super::outcome::Outcome;
use super::rate_limiter::RateLimiter;
use super::rate_share::RateShare;
use super::reply::{HandlerResult, Reply};
use super::room_access::{address, at_message};
use super::upload_form::{OVERHEAD_MAX, SpooledForm};
use crate::chat::{FILES_PER_MESSAGE, FileId, MemberId, Nonce, Refusal, Seq, UploadKey, Uploaded};
use crate::fair::Client;
use crate::lock::lock;
use crate::log::SparseLog;
use crate::settings::Settings;
use crate::transfer::{Unadmitted, Upload};

/// Nonces of uploads that are remembered, for as long as their files may wait.
const NONCES_MAX: usize = 2_000;
const NONCE_TIME: Duration = Duration::from_secs(60 * 60);

/// What uploads share.
pub(super) struct Files {
    /// Bytes of all files of a form.
    form_max: u64,
    /// Of what is sent by one member, in KiB.
    throttle: RateLimiter<MemberId>,
    /// What became of uploads, and when; where nodes share files, they share this as well. Guards the table. Nothing else
    /// is done under it.
    nonces: Mutex<HashMap<UploadKey, (Uploaded, Instant)>>,
    /// Of files whose metadata stays.
    pub(super) log: SparseLog,
    /// Of files whose bytes are not there.
    pub(super) missing_log: SparseLog,
}

impl Files {
    pub(super) fn new(settings: &Settings, share: &RateShare) -> Self {
        let file_max = settings.file_bytes_max();
        let form_max = settings.kept_bytes_max().min(file_max * FILES_PER_MESSAGE as u64);
        // MiB an hour, as KiB.
        let burst = settings.file_rate.saturating_mul(1024);
        let rate = burst.div_ceil(60);
        Self {
            form_max,
            throttle: RateLimiter::new(rate, burst, share),
            nonces: Mutex::default(),
            log: SparseLog::default(),
            missing_log: SparseLog::default(),
        }
    }

    fn remember(&self, key: UploadKey, uploaded: Uploaded, now: Instant) {
        let mut nonces = lock(&self.nonces);
        nonces.retain(|_, (_, at)| now.saturating_duration_since(*at) < NONCE_TIME);
        if nonces.len() >= NONCES_MAX
            && let Some(oldest) = nonces.iter().min_by_key(|(_, (_, at))| *at).map(|(key, _)| key.clone())
        {
            nonces.remove(&oldest);
        }
        nonces.insert(key, (uploaded, now));
    }
}

/// Whether a form with files that waits outside is wanted, by its head alone.
pub(super) fn admit_form(cx: &Context) -> HandlerResult {
    let file_max = cx.app.site.file_max;
    let most = if file_max == 0 { 0 } else { cx.app.files.form_max };
    // Room is asked for when all of it is there, so that its text comes back where there is none.
    admit_body(cx, most + OVERHEAD_MAX, || HttpError::FormTooLarge(file_max))
}

/// Whether a file that waits outside is wanted.
pub(super) fn admit(cx: &Context) -> HandlerResult {
    let file_max = cx.app.site.file_max;
    if file_max == 0 {
        return Err(HttpError::FilesOff);
    }
    let beside = if cx.request.method == "PUT" { 0 } else { PREVIEW_MAX + OVERHEAD_MAX };
    let length = cx.request.offer.and_then(|offer| offer.length).unwrap_or(0).saturating_sub(beside);
    if length <= file_max {
        cx.app.file_upkeep.store.admit(cx.visitor.member, length).map_err(unkept)?;
    }
    admit_body(cx, file_max + beside, || HttpError::FileTooLarge(file_max))
}

fn admit_body(cx: &Context, most: u64, too_large: impl Fn() -> HttpError) -> HandlerResult {
    let length = cx.request.offer.and_then(|offer| offer.length);
    may_send(cx)?;
    if length.is_some_and(|length| length > most) {
        return Err(too_large());
    }
    cx.app.may_write(cx.request, cx.visitor, 0)?;
    // What was revoked is given back before more is asked for.
    cx.app.file_upkeep.halves.tidy(cx.request.instant);
    reserve(cx, length, most, too_large()).map(Reply::spool)
}

/// A place for a body of this length, or of one that is not known, which may have up to `most` bytes.
pub(super) fn reserve(
    cx: &Context,
    length: Option<u64>,
    most: u64,
    too_large: HttpError,
) -> Result<Upload, HttpError> {
    cx.app.file_upkeep.transfers.admit(Client::acting(), length, most).map_err(|why| match why {
        Unadmitted::TooLarge => too_large,
        Unadmitted::Overloaded => HttpError::UploadsFull,
        Unadmitted::NoSpool => HttpError::DiskFull,
    })
}

/// Refuses a member who has sent too much. What is under way together may pass the rate; the next waits for longer.
pub(super) fn may_send(cx: &Context) -> Result<(), HttpError> {
    let wait = cx.app.files.throttle.wait(&cx.visitor.member, cx.request.instant);
    wait.map_or(Ok(()), |wait| Err(HttpError::TooManyFilesSent(wait)))
}

/// Counts what a member sent, which was written to the disk.
fn charge(cx: &Context, bytes: u64) {
    let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
    cx.app.files.throttle.charge_many(&cx.visitor.member, kib, cx.request.instant);
}

/// Refuses files of one member for which there is no room, before bytes are kept: in memory, some would be let go of for
/// them. They count as sent, or who has no room could write without a rate.
pub(super) fn must_have_room(cx: &Context, form: &SpooledForm) -> Result<(), HttpError> {
    let admitted = cx.app.file_upkeep.store.admit(cx.visitor.member, form.bytes());
    admitted.inspect_err(|_| charge(cx, form.bytes())).map_err(unkept)
}

/// Keeps a file of a form, and adds it to the unsent ones of its sender.
pub(super) fn take_in(
    cx: &Context,
    form: &SpooledForm,
    number: usize,
) -> Result<(FileId, KeptFile), HttpError> {
    may_send(cx)?;
    // Before bytes are kept: in memory, others would be let go of for them.
    if !cx.app.chat.state().has_room_for_unsent(cx.visitor.member) {
        return Err(Refusal::UnsentFilesFull.into());
    }
    let (name, file) = form.file(number);
    let permit = cx.app.file_upkeep.store.turn()?;
    let kept = KeptFile::keep(cx, name, file, form.preview())?;
    drop(permit);
    let id = kept.add(cx)?;
    charge(cx, kept.record().size);
    Ok((id, kept))
}

form! { UploadForm { nonce, upload, name } }

/// POST `/files`: a form with one file, or with the `upload` and `name` of one that came in pieces. PUT: the file itself, with its
/// name in the query.
pub(super) fn upload(cx: &Context) -> HandlerResult {
    let spool = cx.request.take_spool().ok_or(HttpError::NoFilesForm)?;
    let mut fields = UploadForm::default();
    let form = if cx.request.method == "PUT" {
        SpooledForm::of_one(spool, cx.request.query(form![name])?.name.to_owned())
    } else {
        let _permit = cx.app.file_upkeep.store.turn()?;
        SpooledForm::read(cx, spool, &mut fields)?
    };
    let nonce = nonce_of(&fields.nonce)?.map(|nonce| (cx.visitor.member, nonce));
    if let Some(reply) = nonce.as_ref().map(|key| told_before(cx, key)).transpose()?.flatten() {
        return Ok(reply);
    }
    let form = match nonce_of(&fields.upload)? {
        Some(upload) => {
            let file = cx.app.file_upkeep.halves.take(cx, &(cx.visitor.member, upload))?;
            form.with_file(fields.name.to_owned(), file)
        }
        None => form,
    };
    if form.len() != 1 {
        return Err(HttpError::OneFile);
    }
    must_have_room(cx, &form)?;
    let (id, kept) = take_in(cx, &form, 0)?;
    if let Some(nonce) = nonce {
        let uploaded = Uploaded { id, cleaned: kept.cleaned };
        match cx.app.file_upkeep.store.blobs() {
            // One that is not remembered is sent once more, and the first one goes after a while.
            Some(blobs) => drop(blobs.remember(&nonce, uploaded)),
            None => cx.app.files.remember(nonce, uploaded, cx.request.instant),
        }
    }
    Ok(Reply::json(201, &uploaded_json(id, kept.record(), kept.cleaned)))
}

/// The answer to an upload again; none where there was none, or its file is there no more.
pub(super) fn told_before(cx: &Context, key: &UploadKey) -> Result<Option<Reply>, HttpError> {
    let known = match cx.app.file_upkeep.store.blobs() {
        Some(blobs) => blobs.remembered(key).map_err(|error| unkept(error.into()))?,
        None => lock(&cx.app.files.nonces).get(key).map(|(uploaded, _)| *uploaded),
    };
    let Some(Uploaded { id, cleaned }) = known else { return Ok(None) };
    cx.app.catch_up_to(id.0, cx.request);
    let file = cx.app.chat.file_for(cx.visitor.member, id)?;
    Ok(file.map(|file| Reply::json(201, &uploaded_json(id, &file, cleaned))))
}

pub(super) fn nonce_of(field: &FieldText) -> Result<Option<Nonce>, HttpError> {
    let given = field.given().filter(|nonce| !nonce.is_empty());
    Ok(given.map(Nonce::parse).transpose()?)
}

/// POST `/files/ID/remove`: a file that was not sent, or one of a message.
pub(super) fn remove(cx: &Context, id: Seq) -> HandlerResult {
    let (member, file) = (cx.visitor.member, FileId(id));
    let unsent = cx.app.chat.state().unsent_file(member, file).is_some();
    let message = cx.app.chat.message_with_file(member, file)?;
    if message.is_none() && !unsent {
        return Err(HttpError::NoFile);
    }
    cx.request.form(form![sure])?;
    cx.app.may_write(cx.request, cx.visitor, 0)?;
    cx.app.chat.remove_file(member, file, cx.request.now)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &json!({ "id": id.0 })));
    }
    let Some(view) = message else { return Ok(Reply::text(204, "")) };
    let room = address(cx.app, cx.visitor, view.message.room)?;
    let stays = cx.app.chat.message_for(member, view.message.id)?.is_some();
    Ok(Reply::see_other(if stays {
        at_message(&room, view.message.id)
    } else {
        Outcome::MessageDeleted.told_at(&format!("{room}?at={}", view.message.id))
    }))
}

/// Removes files that were taken in for a message that did not come about.
pub(super) fn give_back(cx: &Context, ids: &[FileId]) {
    for id in ids {
        // One that stays is let go of within the hour.
        let _ = cx.app.chat.remove_file(cx.visitor.member, *id, cx.request.now);
    }
}
