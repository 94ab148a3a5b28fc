//! A chat as JSON lines: a first one that says what it is, one for each member and message, and a
//! last one by which a reader knows that nothing is missing.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::json_fields::{ID_MAX, optional, text, time};
use super::jsonl_files::{files_of, files_value};
use super::jsonl_talk::{TalkReader, add_talk};
use super::seen_ids::{SeenIds, two_are_called};
use crate::chat::{
    Body, Candidates, Configuration, Event, Kept, KeptInvitation, KeptMember, KeptRoom, MemberId, Mention,
    Mentions, Message, Nonce, NotificationLevel, PasswordHash, QuietHours, Record, Registration, RoomId,
    RoomKind, RoomName, Seq, Snapshot, Timestamp, Title, Topic, Username, is_at,
};
use crate::secrets::check_hash;
use crate::text::Language;
use crate::views::exact;

/// The form in which members come first: what is older may tell of them later. In the first one, each came where its number
/// is, and nothing before it could name them.
const FORM: u64 = 2;

pub(super) fn first() -> Value {
    json!({ "snug": FORM })
}

pub(super) fn last(newest: Seq, records: u64) -> Value {
    json!({ "newest": newest.0, "records": records })
}

/// All lines but those of messages, each with the number before whose message it stands at the latest, in that order. A list that is
/// new in a [`Snapshot`] does not compile until it is exported or stands among those that are left out.
pub(super) fn lines(kept: &Snapshot) -> Vec<(Seq, Value)> {
    let Snapshot {
        configuration,
        members,
        rooms,
        memberships,
        departures,
        invitations,
        notification_levels,
        newest,
        // Lines of their own: `message_line`.
        messages: _,
        // In the lines of their messages.
        pins: _,
        // Not exported: secrets of one server and its browsers, and what was read or changed.
        sessions: _,
        revoked_sessions: _,
        known_devices: _,
        password_resets: _,
        read_markers: _,
        changes: _,
        forgotten_changes: _,
        // Nobody has said them.
        unsent_files: _,
        // Empty in what a file holds.
        tail: _,
    } = kept;
    let mut lines: Vec<((Seq, u8), Value)> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        // Before all others, as a message names those who reacted to it later.
        let first = (Seq::default(), 0);
        lines.extend(about_member(member, index == 0).into_iter().map(|line| (first, line)));
    }
    let mut add = |id: Seq, line: Value| lines.push(((id, 0), line));
    if let Some(kept) = configuration {
        add(kept.id, configuration_line(kept));
    }
    for room in rooms {
        add(room.id, room_line(room));
    }
    for Kept { id, at, value: (room, member) } in memberships {
        add(*id, json!({ "id": id.0, "at": exact(*at), "joined": room.0.0, "by": member.0.0 }));
    }
    for Kept { id, at, value: KeptInvitation { room, member, by } } in invitations {
        add(
            *id,
            json!({ "id": id.0, "at": exact(*at), "invited": room.0.0, "whom": member.0.0, "by": by.0.0 }),
        );
    }
    for (room, member) in departures {
        let line = json!({ "of": member.0.0, "left": room.0.0 });
        lines.push(((room.0.max(member.0), 4), line));
    }
    for (member, room, level) in notification_levels {
        let line = json!({ "of": member.0.0, "room": room.0.0, "notifications": level.word() });
        // Behind the memberships, which may be as young as anything.
        lines.push(((*newest, 5), line));
    }
    lines.sort_by_key(|(order, _)| *order);
    lines.into_iter().map(|((id, _), line)| (id, line)).collect()
}

/// A member's lines. The first member is an owner unless it is said
/// that they are none, and the others are none unless it is said that they are.
fn about_member(member: &KeptMember, first: bool) -> Vec<Value> {
    let KeptMember {
        id, since, name, password, zone, language, quiet_hours, owner, removed, name_freed, ..
    } = member;
    let (id, name, password) = (id.0.0, name.as_str(), &*password.0);
    let mut lines = vec![json!({ "id": id, "at": exact(*since), "member": name, "password": password })];
    if let Some(zone) = zone {
        lines.push(json!({ "of": id, "zone": zone.to_string() }));
    }
    if let Some(language) = language {
        lines.push(json!({ "of": id, "language": language.tag() }));
    }
    if let Some(QuietHours { from, to }) = quiet_hours {
        lines.push(json!({ "of": id, "quiet_from": from.to_string(), "quiet_to": to.to_string() }));
    }
    if *owner != first {
        lines.push(json!({ "of": id, "owner": owner }));
    }
    if let Some(removed) = removed {
        lines.push(json!({ "of": id, "removed": exact(*removed), "name_freed": name_freed }));
    }
    lines
}

fn configuration_line(Kept { id, at, value }: &Kept<Configuration>) -> Value {
    let Configuration { title, registration } = value;
    let (registration, code) = registration.as_ref().map(Registration::words).unzip();
    let title = title.as_ref().map(Title::as_str);
    json!({ "id": id.0, "at": exact(*at), "title": title, "registration": registration, "invite_code": code.flatten() })
}

fn room_line(Kept { id, at, value: KeptRoom { by, kind } }: &Kept<KeptRoom>) -> Value {
    let (id, at) = (id.0, exact(*at));
    let mut line = match kind {
        // It is in no file.
        RoomKind::Shared => json!({}),
        RoomKind::Named { name, topic, open } => {
            json!({ "id": id, "at": at, "room_opened": name.as_str(), "topic": topic.as_str(), "open": open })
        }
        RoomKind::Pair(one, other) => json!({ "id": id, "at": at, "pair": [one.0.0, other.0.0] }),
    };
    if let Some(by) = by {
        line["by"] = by.0.0.into();
    }
    line
}

pub(super) fn message_line(message: &Message, names: &HashMap<MemberId, Username>) -> Value {
    // The rest is `add_talk`'s.
    let Message { id, author, room, at, body, mentions, files, nonce, group: _, quote: _, amendments: _ } =
        message;
    let name = names.get(author).map(Username::as_str);
    let mut line = json!({ "id": id.0, "at": exact(*at), "room": room.0.0, "author": author.0.0, "name": name, "text": body.as_str() });
    // A text with an `@` bears the list even if empty: an older export has none, and its mentions are found out.
    if body.as_str().contains(is_at) {
        let mentions = mentions.iter().map(|mention| json!([mention.at, mention.length, mention.member.0.0]));
        line["mentions"] = mentions.collect();
    }
    if !files.is_empty() {
        line["files"] = files_value(files);
    }
    if let Some(nonce) = nonce {
        line["nonce"] = nonce.as_str().into();
    }
    add_talk(&mut line, message);
    line
}

/// Reads lines in order, and takes none that contradicts the ones before.
#[derive(Default)]
pub(super) struct JsonlReader {
    /// Most memory that checking a password may take, in MiB.
    password_memory: u32,
    begun: bool,
    ended: Option<Seq>,
    last_member: Seq,
    /// Of what is no member.
    last_other: Seq,
    count: u64,
    known: SeenIds,
}

impl JsonlReader {
    pub(super) fn new(password_memory: u32) -> Self {
        Self { password_memory, ..Self::default() }
    }

    /// The record of a line, if it is one of those.
    pub(super) fn take(&mut self, line: &str) -> Result<Option<Record>, String> {
        let value: Value =
            serde_json::from_str(line).map_err(|error| format!("no JSON (column {})", error.column()))?;
        if !self.begun {
            return match value["snug"].as_u64() {
                Some(1..=FORM) => Ok(None).inspect(|_| self.begun = true),
                Some(_) => Err("it was made by a newer snug".into()),
                None => Err("it is no export of snug's".into()),
            };
        }
        if self.ended.is_some() {
            return Err("something follows the end".into());
        }
        if let Some(newest) = value["newest"].as_u64().filter(|newest| *newest <= ID_MAX) {
            if value["records"].as_u64() != Some(self.count) {
                return Err(format!(
                    "{} records were said to come before, not {}",
                    value["records"], self.count
                ));
            }
            if let Some(name) = self.known.contested() {
                return Err(two_are_called(name));
            }
            if self.known.member_count() > 0 && !self.known.has_owner() {
                return Err("none of its members is an owner".into());
            }
            if self.known.newest_added() > Seq(newest) {
                return Err(format!("number {} comes after the newest", self.known.newest_added()));
            }
            self.ended = Some(self.last_member.max(self.last_other).max(Seq(newest)));
            return Ok(None);
        }
        let record = if value["of"].is_u64() { self.about_member(&value)? } else { self.record(&value)? };
        self.known.learn(&record)?;
        if matches!(record.event, Event::Registered { .. }) {
            self.last_member = record.seq;
        } else if !value["of"].is_u64() {
            self.last_other = record.seq;
        }
        self.count += 1;
        Ok(Some(record))
    }

    /// The newest number, once the last line was read.
    pub(super) fn end(&self) -> Result<Seq, String> {
        self.ended.ok_or_else(|| "the end is missing: it was cut off".into())
    }

    /// A line about a member who stands on an earlier line.
    fn about_member(&self, value: &Value) -> Result<Record, String> {
        let member = self.member(&value["of"], "of")?;
        let mut at = Timestamp::default();
        let event = if let Some(owner) = value["owner"].as_bool() {
            Event::RoleChanged { member, owner }
        } else if value["left"].is_u64() {
            Event::Left { room: self.room(value, "left")?, member }
        } else if value["removed"].is_string() {
            at = time(value, "removed")?;
            let name_freed = value["name_freed"].as_bool().ok_or("\"name_freed\" is missing")?;
            Event::MemberRemoved { member, name_freed, left: Vec::new() }
        } else if value["notifications"].is_string() {
            let level = NotificationLevel::of_word(text(value, "notifications")?);
            let level = Some(level.ok_or("\"notifications\" is no level")?);
            Event::NotificationLevelChosen { member, room: self.room(value, "room")?, level }
        } else if value["quiet_from"].is_string() {
            let hours = QuietHours::parse(text(value, "quiet_from")?, text(value, "quiet_to")?);
            Event::QuietHoursChosen { member, hours: Some(hours.ok_or("the quiet hours are none")?) }
        } else if value["language"].is_string() {
            let language = Language::tagged(text(value, "language")?).ok_or("\"language\" is none")?;
            Event::LanguageChosen { member, language: Some(language) }
        } else {
            let zone = text(value, "zone")?.parse().map_err(|_| "\"zone\" is none")?;
            Event::ZoneChosen { member, zone: Some(zone) }
        };
        Ok(Record { seq: member.0, at, event })
    }

    fn member(&self, id: &Value, name: &str) -> Result<MemberId, String> {
        let id = id.as_u64().map(|id| MemberId(Seq(id))).filter(|id| self.known.has_member(*id));
        id.ok_or_else(|| format!("{name:?} is no member"))
    }

    fn room(&self, value: &Value, name: &str) -> Result<RoomId, String> {
        let id = value[name].as_u64().map(|id| RoomId(Seq(id)));
        id.filter(|id| self.known.has_room(*id)).ok_or_else(|| format!("{name:?} is no room"))
    }

    fn record(&self, value: &Value) -> Result<Record, String> {
        let seq = Seq(value["id"].as_u64().ok_or("\"id\" is missing")?);
        if seq.0 > ID_MAX {
            return Err("\"id\" is too high".into());
        }
        let is_member = value["member"].is_string();
        let before = if is_member { self.last_member.max(self.last_other) } else { self.last_other };
        if seq <= before || self.known.has_member(MemberId(seq)) {
            return Err("the ids do not grow".into());
        }
        let at = time(value, "at")?;
        let event = if is_member {
            // The first member is an owner; what is decided about others is told apart.
            registered(value, self.password_memory, self.known.member_count() == 0)?
        } else if value["room_opened"].is_string() {
            self.room_opened(value)?
        } else if value["pair"].is_array() {
            let pair = &value["pair"];
            let (one, other) = (self.member(&pair[0], "pair")?, self.member(&pair[1], "pair")?);
            let by = self.by(value)?;
            if by.is_some_and(|by| by != one && by != other) {
                return Err("\"by\" is none of the \"pair\"".into());
            }
            Event::PairOpened { by, one: one.min(other), other: one.max(other) }
        } else if value["joined"].is_u64() {
            Event::Joined { room: self.room(value, "joined")?, member: self.member(&value["by"], "by")? }
        } else if value["invited"].is_u64() {
            let (member, by) = (self.member(&value["whom"], "whom")?, self.member(&value["by"], "by")?);
            Event::Invited { room: self.room(value, "invited")?, member, by }
        } else if value.get("registration").is_some() {
            configured(value)?
        } else {
            self.posted(value, seq)?
        };
        Ok(Record { seq, at, event })
    }

    fn room_opened(&self, value: &Value) -> Result<Event, String> {
        let name = text(value, "room_opened")?;
        // As snug would have kept it: nothing to mend, nothing to leave out; and so below.
        let name = RoomName::parse(name).ok().filter(|parsed| parsed.as_str() == name);
        let topic = text(value, "topic")?;
        let topic = Topic::parse(topic).ok().filter(|parsed| parsed.as_str() == topic);
        Ok(Event::RoomOpened {
            by: self.by(value)?,
            name: name.ok_or("\"room_opened\" is no name")?,
            topic: topic.ok_or("\"topic\" is none")?,
            open: value["open"].as_bool().ok_or("\"open\" is missing")?,
        })
    }

    fn by(&self, value: &Value) -> Result<Option<MemberId>, String> {
        (!value["by"].is_null()).then(|| self.member(&value["by"], "by")).transpose()
    }

    fn posted(&self, value: &Value, id: Seq) -> Result<Event, String> {
        let talk = TalkReader { value, id, member: &|id, name| self.member(id, name) };
        let files = files_of(&value["files"])?;
        let body = text(value, "text")?;
        let body = if body.is_empty() && !files.is_empty() {
            Some(Body::none())
        } else {
            Body::parse(body).ok().filter(|parsed| parsed.as_str() == body)
        };
        let body = body.ok_or("\"text\" is no message")?;
        let nonce = optional(value, "nonce")?.map(Nonce::parse).transpose();
        Ok(Event::Posted {
            author: self.member(&value["author"], "author")?,
            room: self.room(value, "room")?,
            mentions: self.mentions(&value["mentions"], &body)?,
            group: talk.group(&body)?,
            quote: talk.quote()?,
            body,
            files,
            nonce: nonce.map_err(|_| "\"nonce\" is none")?,
            amendments: talk.amendments()?,
        })
    }

    /// Whom a message mentions. An older export does not say, so that it is found out.
    fn mentions(&self, value: &Value, body: &Body) -> Result<Mentions, String> {
        if value.is_null() {
            return Ok(Candidates::of(body).resolve(|key| self.known.named(key)));
        }
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
        let mention = |value: &Value| {
            let (at, length) = (number(&value[0])?, number(&value[1])?);
            Some(Mention { at, length, member: self.member(&value[2], "mentions").ok()? })
        };
        let mentions = value.as_array().and_then(|all| all.iter().map(mention).collect::<Option<Vec<_>>>());
        let mentions = mentions.and_then(|mentions| Mentions::from_storage(body, mentions));
        mentions.ok_or_else(|| "\"mentions\" do not fit".into())
    }
}

fn registered(value: &Value, password_memory: u32, owner: bool) -> Result<Event, String> {
    let name = text(value, "member")?;
    let name = Username::parse(name).ok().filter(|parsed| parsed.as_str() == name);
    let password = PasswordHash(text(value, "password")?.into());
    // Removed members have an empty one, which nothing fits.
    if !password.0.is_empty() {
        check_hash(&password, password_memory).map_err(|why| format!("\"password\" {why}"))?;
    }
    Ok(Event::Registered { name: name.ok_or("\"member\" is no name")?, password, owner })
}

fn configured(value: &Value) -> Result<Event, String> {
    let title = optional(value, "title")?.map(Title::parse).transpose().map_err(|_| "\"title\" is none")?;
    let code = optional(value, "invite_code")?.unwrap_or_default();
    let registration = optional(value, "registration")?
        .map(|word| Registration::of(word, code).ok_or("\"registration\" or its \"invite_code\" is none"))
        .transpose()?;
    Ok(Event::Configured(Configuration { title, registration }))
}
