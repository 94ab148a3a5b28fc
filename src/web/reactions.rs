//! An emoji beside a message, and taken back.

use super::context::Context;
use super::form::parse_switch;
use super::http_error::HttpError;
use super::json::message_json;
use super::message::{found, page, to_its_place};
use super::reply::{HandlerResult, Reply, respond};
use crate::chat::{Emoji, Refusal, Seq};
use crate::views::actions::Action;

form! { ReactForm { emoji, on } }

/// POST `/messages/ID/react`: what is so already stays so. As JSON, the message.
pub(super) fn react(cx: &Context, id: Seq) -> HandlerResult {
    let view = found(cx, id)?;
    let form = cx.request.form(ReactForm::default())?;
    let react = || {
        if !cx.app.chat.state().is_in(cx.visitor.member, view.message.room) {
            return Err(HttpError::Outside);
        }
        let wanted = parse_switch(&form.on)?;
        let emoji = parse(&form.emoji)?;
        cx.app.may_react(cx.request, cx.visitor)?;
        cx.app.chat.react(cx.visitor.member, id, (&emoji, wanted), cx.request.now)?;
        found(cx, id)
    };
    respond(
        cx.request,
        react(),
        |view| {
            if cx.request.wants_json() {
                return Ok(Reply::json(200, &message_json(&cx.app.site, &view)));
            }
            to_its_place(cx.app, cx.visitor, &view)
        },
        |error| match error {
            HttpError::NoEmoji | HttpError::Refused(Refusal::EmojiFull | Refusal::ReactionsFull) => {
                Ok(page(cx, &view, None, Some((Action::React, &error))))
            }
            _ => Err(error),
        },
    )
}

/// Also of one that was typed without the sign that asks for a picture.
fn parse(text: &str) -> Result<Emoji, HttpError> {
    let text = text.trim();
    let emoji = Emoji::parse(text).or_else(|| Emoji::parse(&format!("{text}\u{FE0F}")));
    emoji.ok_or(HttpError::NoEmoji)
}
