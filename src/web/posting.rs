//! What is said in a room, with files or without.

use serde_json::json;

use super::access::go_on;
use super::composer::{ComposerDraft, MessageForm, Parties, compose_frame, is_from_frame};
use super::context::Context;
use super::files::{admit_form, give_back, must_have_room, nonce_of, take_in};
use super::groups::{must_be_asked, waiting};
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply, respond};
use super::room;
use super::room_access::{RoomAccess, RoomPath};
use super::upload_form::SpooledForm;
use crate::chat::{
    AltText, Body, BodyError, FILES_PER_MESSAGE, FileId, MemberId, NameKey, NewMessage, Nonce, Refusal, Seq,
    is_at,
};

/// Whether a form with files for a room is wanted, by its head alone.
pub(super) fn admit(cx: &Context, path: &RoomPath) -> HandlerResult {
    may_post(&RoomAccess::of(cx, path)?)?;
    admit_form(cx)
}

fn may_post(access: &RoomAccess) -> Result<(), HttpError> {
    match access {
        RoomAccess { inside: false, .. } => Err(HttpError::Outside),
        RoomAccess { over: true, .. } => Err(Refusal::PartnerGone.into()),
        _ => Ok(()),
    }
}

pub(super) fn post(cx: &Context, path: &RoomPath) -> HandlerResult {
    let (form, files) = read(cx)?;
    let unsent = |error: HttpError| error.with_unsent(&form.message);
    // Nobody has the name any more, by which whoever wrote this knew the other one.
    let gone = |error| if form.to.given().is_some() { Refusal::PartnerGone.into() } else { error };
    let access = RoomAccess::of(cx, path).map_err(gone).map_err(unsent)?;
    let on = |id: Seq| {
        let next = || form.next.given().map_or_else(|| cx.app.site.path(&access.path), str::to_owned);
        let json = cx.request.wants_json();
        Ok(if json { Reply::json(201, &json!({ "id": id.0 })) } else { go_on(cx.app, &next()) })
    };
    let answers = form.reply_to.given().is_some();
    let posted =
        files.and_then(|files| try_post(cx, &access, &form, files.as_ref())).map_err(|error| match error {
            HttpError::Refused(Refusal::NoSuchMessage) if answers => HttpError::AnsweredGone,
            error => error,
        });
    respond(cx.request, posted, on, |error| match error {
        error if is_from_frame(cx.app, &access.path, &form) => {
            // The page around the frame still shows whom it was for.
            let parties = Parties { by: Some(cx.visitor.member), ..Parties::sent(&form) };
            let draft = ComposerDraft::after(&form, &error).quoting(cx, access.room());
            Ok(compose_frame(cx.app, cx.request, &access.path, parties, &draft))
        }
        // A form around it would be for the one who has the name now, and the next press of its button send it to them.
        HttpError::SomeoneElse(..) => Err(unsent(error)),
        // Here the page has no form.
        _ if !access.inside || access.over => Err(unsent(error)),
        error => {
            let draft = ComposerDraft::after(&form, &error).quoting(cx, access.room());
            Ok(room::page_after(cx, &access, &draft))
        }
    })
}

/// The fields of a message, with its files or what is wrong with them.
fn read(cx: &Context) -> Result<(MessageForm, Result<Option<SpooledForm>, HttpError>), HttpError> {
    let Some(spool) = cx.request.take_spool() else {
        return Ok((cx.request.form(MessageForm::default())?, Ok(None)));
    };
    let mut form = MessageForm::default();
    let _permit = cx.app.file_upkeep.store.turn()?;
    let files = SpooledForm::read(cx, spool, &mut form).map(Some);
    Ok((form, files))
}

fn try_post(
    cx: &Context,
    access: &RoomAccess,
    form: &MessageForm,
    files: Option<&SpooledForm>,
) -> Result<Seq, HttpError> {
    let author = form.author.given().map(NameKey::of);
    let is_other = |author: &NameKey| {
        cx.app.chat.state().member_named(author).is_none_or(|(member, _)| member != cx.visitor.member)
    };
    if author.as_ref().is_some_and(is_other) {
        return Err(HttpError::WrittenByAnother(cx.visitor.name.clone()));
    }
    let by = form.r#as.id()?;
    if by.is_some_and(|by| MemberId(by) != cx.visitor.member) {
        return Err(HttpError::WrittenByAnother(cx.visitor.name.clone()));
    }
    access.must_mean(&form.to, |t| t.someone_else_not_sent)?;
    let count = form.file.len() + files.map_or(0, SpooledForm::len);
    if count > FILES_PER_MESSAGE {
        return Err(HttpError::TooManyFiles);
    }
    let body = match Body::parse(&form.message) {
        Err(BodyError::Blank) if count > 0 => Body::none(),
        body => body?,
    };
    let nonce = nonce_of(&form.nonce)?;
    let sent = nonce.as_ref().and_then(|nonce| sent_files(cx, nonce));
    if sent.is_none() {
        cx.app.may_write(cx.request, cx.visitor, body.as_str().len())?;
    }
    may_post(access)?;
    if access.room().is_none() {
        cx.app.may_open_pair(cx.request, cx.visitor)?;
    }
    let asks = form.tell.given() != Some("1") && sent.is_none() && body.as_str().contains(is_at);
    let asked = if asks { must_be_asked(cx, access.room(), &body) } else { Ok(()) };
    let online = if body.as_str().contains(is_at) { cx.app.live.here() } else { Vec::new() };
    let author = cx.visitor.member;
    let answers = form.reply_to.id()?;
    if let Some(answered) = answers {
        cx.app.catch_up_to(answered, cx.request);
    }
    let message = NewMessage { author, body, files: Vec::new(), answers, online, nonce };
    let named: Vec<FileId> = form.file.ids()?.into_iter().map(FileId).collect();
    if let Err(error) = asked {
        return Err(with_kept_files(cx, error, (named, files)));
    }
    match (files, sent) {
        (None, _) => access.post(cx, NewMessage { files: with_alt(named, form), ..message }),
        // Sent again, as the answer was lost: its files are there.
        (Some(_), Some(sent)) => access.post(cx, NewMessage { files: with_alt(sent, form), ..message }),
        (Some(files), None) => {
            let posted = post_with(cx, access, message.clone(), (named, files, form));
            let sent = message.nonce.as_ref().and_then(|nonce| sent_files(cx, nonce));
            match (posted, sent) {
                // Meanwhile, the same came another way: a second press of the button.
                (Err(HttpError::Refused(Refusal::NonceReused)), Some(sent)) => {
                    access.post(cx, NewMessage { files: with_alt(sent, form), ..message })
                }
                (posted, _) => posted,
            }
        }
    }
}

/// The files of a message that was posted with this nonce, as far as memory knows.
fn sent_files(cx: &Context, nonce: &Nonce) -> Option<Vec<FileId>> {
    let state = cx.app.chat.state();
    let message = state.sent_with(cx.visitor.member, nonce)?;
    Some(message.files.iter().map(|(id, _)| *id).collect())
}

/// Posts with files that are to be taken in, behind those that were.
fn post_with(
    cx: &Context,
    access: &RoomAccess,
    message: NewMessage,
    (named, spooled, form): (Vec<FileId>, &SpooledForm, &MessageForm),
) -> Result<Seq, HttpError> {
    let (new, taken) = take_all_in(cx, spooled);
    let posted = taken.and_then(|()| {
        let all = named.iter().chain(&new).copied().collect();
        access.post(cx, NewMessage { files: with_alt(all, form), ..message })
    });
    // What could not be recorded may be after all: a disk that failed late.
    posted.inspect_err(|error| {
        if !matches!(error, HttpError::Refused(Refusal::NotKept)) {
            give_back(cx, &new);
        }
    })
}

/// Keeps the files of a form; those that were, and whether all are.
fn take_all_in(cx: &Context, spooled: &SpooledForm) -> (Vec<FileId>, Result<(), HttpError>) {
    let mut new = Vec::new();
    let taken = must_have_room(cx, spooled).and_then(|()| {
        (0..spooled.len()).try_for_each(|number| {
            new.push(take_in(cx, spooled, number)?.0);
            Ok(())
        })
    });
    (new, taken)
}

/// The question whether many are to be told, with the files that wait for its answer; or why these are not kept.
fn with_kept_files(
    cx: &Context,
    error: HttpError,
    (mut named, spooled): (Vec<FileId>, Option<&SpooledForm>),
) -> HttpError {
    let HttpError::ManyPeople(count, _) = error else { return error };
    if let Some(spooled) = spooled {
        let (new, taken) = take_all_in(cx, spooled);
        if let Err(error) = taken {
            give_back(cx, &new);
            return error;
        }
        named.extend(new);
    }
    HttpError::ManyPeople(count, waiting(cx, &named))
}

/// With the texts in place of pictures that are given, in the same order.
fn with_alt(ids: Vec<FileId>, form: &MessageForm) -> Vec<(FileId, Option<AltText>)> {
    let mut texts = form.alt.iter().map(|text| AltText::of(text));
    ids.into_iter().map(|id| (id, texts.next())).collect()
}
