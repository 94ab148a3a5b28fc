//! Whom a text mentions that is not sent yet, as far as they would not see it.

use serde_json::json;

use super::context::Context;
use super::groups::group_json;
use super::reply::{HandlerResult, Reply};
use super::streams::room_of;
use crate::chat::{Body, Candidates, MemberId, Mentions, RoomKind, Seq};

/// People who are named; of more, nobody reads the lines.
const SHOWN: usize = 8;

/// POST `/mentions`: who is mentioned in a `message` and not in the `room`, or the conversation with `to`, which need
/// not have begun; and whether it mentions many. Only rooms that the visitor is in are there.
pub(super) fn outside(cx: &Context) -> HandlerResult {
    cx.app.may_hint(cx.request, cx.visitor)?;
    let form = cx.request.form(form![message, room, to])?;
    let room = room_of(cx.app, &form.room, |state, room| state.is_in(cx.visitor.member, room))?;
    let partner = form.to.id()?.map(MemberId);
    // What cannot be sent mentions nobody.
    let candidates = Body::parse(&form.message).ok().map(|body| Candidates::of(&body));
    let state = cx.app.chat.state();
    let mentions = candidates.as_ref().map(|candidates| state.mentions(candidates, Seq(state.last().0 + 1)));
    let mut ids: Vec<MemberId> = Vec::new();
    for mention in mentions.iter().flat_map(Mentions::iter) {
        let id = mention.member;
        let reads = match partner {
            Some(partner) => id == partner || id == cx.visitor.member,
            None => state.is_in(id, room),
        };
        if !reads && !ids.contains(&id) && ids.len() < SHOWN {
            ids.push(id);
        }
    }
    let person = |id: &MemberId| {
        let name = state.member(*id)?.name.as_str();
        let invited = partner.is_none() && state.is_invited(*id, room);
        Some(json!({ "id": id.0.0, "name": name, "invited": invited }))
    };
    let outside: Vec<_> = ids.iter().filter_map(person).collect();
    let kind = state.room_for(cx.visitor.member, room).map(|room| &room.kind);
    let may_add = partner.is_none() && matches!(kind, Some(RoomKind::Named { .. }));
    let mut answer = json!({ "outside": outside, "may_add": may_add });
    if let Some(candidates) = candidates.filter(|_| partner.is_none()) {
        answer["group"] = group_json(cx, &state, room, &candidates);
    }
    Ok(Reply::json(200, &answer))
}
