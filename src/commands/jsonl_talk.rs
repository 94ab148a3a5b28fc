//! What goes with a message's text in JSON lines: what it answers, whom a word in it mentions together, and what was
//! added later.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::json_fields::{ID_MAX, optional, text, time};
use crate::chat::{
    Amendments, Body, EMOJI_PER_MESSAGE, Emoji, Excerpt, GROUP_MAX, GroupMention, MemberId, Message, Pin,
    Quote, Reaction, Reactions, Seq,
};
use crate::views::exact;

/// Adds the fields of a message that has them.
pub(super) fn add_talk(line: &mut Value, message: &Message) {
    let Message { group, quote, amendments, .. } = message;
    let Amendments { edited, reactions, pin } = amendments;
    if let Some(Quote { message, author, excerpt }) = quote.as_deref() {
        let excerpt = excerpt.as_ref().map(Excerpt::as_str);
        line["answers"] = json!({ "message": message.0, "author": author.0.0, "excerpt": excerpt });
    }
    if let Some(GroupMention { at, length, members }) = group.as_deref() {
        let members: Vec<u64> = members.iter().map(|member| member.0.0).collect();
        line["group"] = json!({ "at": at, "length": length, "members": members });
    }
    if let Some(edited) = edited {
        line["edited"] = exact(*edited).into();
    }
    let reaction = |Reaction { id, at, member, emoji }: &Reaction| json!({ "id": id.0, "at": exact(*at), "by": member.0.0, "emoji": emoji.as_str() });
    let reactions: Vec<Value> = reactions.iter().map(reaction).collect();
    if !reactions.is_empty() {
        line["reactions"] = reactions.into();
    }
    if let Some(Pin { id, by, at }) = pin.as_deref() {
        line["pinned"] = json!({ "id": id.0, "at": exact(*at), "by": by.0.0 });
    }
}

/// Reads them, for the message with this number; `member` finds a member of whom an earlier line told.
pub(super) struct TalkReader<'a> {
    pub(super) value: &'a Value,
    pub(super) id: Seq,
    pub(super) member: &'a dyn Fn(&Value, &str) -> Result<MemberId, String>,
}

impl TalkReader<'_> {
    pub(super) fn quote(&self) -> Result<Option<Box<Quote>>, String> {
        let answers = &self.value["answers"];
        if answers.is_null() {
            return Ok(None);
        }
        let message = answers["message"].as_u64().map(Seq).filter(|message| *message < self.id);
        let message = message.ok_or("\"answers\" names no earlier message")?;
        let excerpt = optional(answers, "excerpt")?.map(Excerpt::from_storage);
        let author = (self.member)(&answers["author"], "answers")?;
        Ok(Some(Box::new(Quote { message, author, excerpt })))
    }

    pub(super) fn group(&self, body: &Body) -> Result<Option<Arc<GroupMention>>, String> {
        let group = &self.value["group"];
        if group.is_null() {
            return Ok(None);
        }
        let group_author = self.value["author"].as_u64();
        let number = |name: &str| group[name].as_u64().and_then(|number| u32::try_from(number).ok());
        let members = group["members"].as_array().filter(|members| members.len() <= GROUP_MAX);
        let members = members.and_then(|members| {
            members.iter().map(|id| (self.member)(id, "group").ok()).collect::<Option<Vec<_>>>()
        });
        let members =
            members.filter(|members| !members.is_empty() && members.is_sorted_by(|one, next| one < next));
        let members = members.filter(|members| members.iter().all(|id| group_author != Some(id.0.0)));
        let fits = number("at").zip(number("length")).zip(members);
        let group =
            fits.and_then(|((at, length), members)| GroupMention::from_storage(body, at, length, members));
        group.map(|group| Some(Arc::new(group))).ok_or_else(|| "\"group\" does not fit".into())
    }

    pub(super) fn amendments(&self) -> Result<Amendments, String> {
        let edited = optional(self.value, "edited")?.map(|_| time(self.value, "edited")).transpose()?;
        let pinned = &self.value["pinned"];
        let pin = if pinned.is_null() {
            None
        } else {
            let id = self.later(pinned, "pinned")?;
            let (by, at) = ((self.member)(&pinned["by"], "pinned")?, time(pinned, "at")?);
            Some(Box::new(Pin { id, by, at }))
        };
        Ok(Amendments { edited, reactions: self.reactions()?, pin })
    }

    fn reactions(&self) -> Result<Reactions, String> {
        let Some(all) = self.value["reactions"].as_array() else { return Ok(Reactions::default()) };
        let mut reactions: Vec<Reaction> = Vec::new();
        let (mut own, mut different) = (HashSet::new(), HashSet::new());
        for value in all {
            let emoji = Emoji::parse(text(value, "emoji")?).ok_or("\"emoji\" is none")?;
            let (id, member) = (self.later(value, "reactions")?, (self.member)(&value["by"], "reactions")?);
            different.insert(emoji.clone());
            let grows = reactions.last().is_none_or(|last| last.id < id);
            if !grows || !own.insert((member, emoji.clone())) || different.len() > EMOJI_PER_MESSAGE {
                return Err("\"reactions\" do not fit".into());
            }
            reactions.push(Reaction { id, at: time(value, "at")?, member, emoji });
        }
        Ok(Reactions::from_storage(reactions))
    }

    /// The id of something that was added to the message.
    fn later(&self, value: &Value, name: &str) -> Result<Seq, String> {
        let id = value["id"].as_u64().filter(|id| *id > self.id.0 && *id <= ID_MAX);
        id.map(Seq).ok_or_else(|| format!("{name:?} has no later \"id\""))
    }
}
