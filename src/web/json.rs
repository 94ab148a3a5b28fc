//! Messages as programs get and name them.

use serde_json::{Value, json};

use crate::chat::{Excerpt, FileId, FileRecord, MessageView, ReactionView, SentFile, Username};
use crate::views::{Site, exact};

/// A message for programs.
pub(super) fn message_json(site: &Site, view: &MessageView) -> Value {
    let MessageView { message, author, mentioned, quoted, reactions, pinned_by } = view;
    let mut value = json!({
        "id": message.id.0,
        "room": message.room.0.0,
        "author": author.name.as_str(),
        "text": message.body.as_str(),
        "version": message.body.version().to_string(),
        "at": exact(message.at),
    });
    if author.former {
        value["former"] = true.into();
    }
    if let Some(edited) = message.amendments.edited {
        value["edited"] = exact(edited).into();
    }
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in mentioned.iter().filter_map(|mention| mention.member.as_ref()) {
        if !names.contains(&name.as_str()) {
            names.push(name.as_str());
        }
    }
    if !names.is_empty() {
        value["mentions"] = names.into();
    }
    if let Some(group) = &message.group {
        value["group_mention"] = group.members.len().into();
    }
    if let Some((quote, author)) = message.quote.as_ref().zip(quoted.as_ref()) {
        let excerpt = quote.excerpt.as_ref().map(Excerpt::as_str);
        value["reply_to"] =
            json!({ "id": quote.message.0, "author": author.name.as_str(), "excerpt": excerpt });
    }
    let reaction = |ReactionView { emoji, members, names }: &ReactionView| {
        let names: Vec<&str> = names.iter().map(Username::as_str).collect();
        json!({ "emoji": emoji.as_str(), "count": members.len(), "names": names })
    };
    if !reactions.is_empty() {
        value["reactions"] = reactions.iter().map(reaction).collect();
    }
    if let Some((pin, by)) = message.amendments.pin.as_ref().zip(pinned_by.as_ref()) {
        value["pinned"] = json!({ "at": exact(pin.at), "by": by.name.as_str() });
    }
    if !message.files.is_empty() {
        value["files"] = message.files.iter().map(|(id, file)| file_json(site, *id, file)).collect();
    }
    value
}

pub(super) fn all_json(site: &Site, messages: &[MessageView]) -> Vec<Value> {
    messages.iter().map(|view| message_json(site, view)).collect()
}

/// A file with the id of its message.
pub(super) fn sent_file_json(site: &Site, SentFile { message, id, file }: &SentFile) -> Value {
    let mut value = file_json(site, *id, file);
    value["message"] = message.0.into();
    value
}

/// A file of a message.
fn file_json(site: &Site, id: FileId, file: &FileRecord) -> Value {
    let url = site.path(&format!("/files/{}", id.0));
    let mut value = described(id, file);
    value["alt"] = file.alt.as_str().into();
    value["preview"] = file.preview.filter(|_| !file.gone).map(|_| format!("{url}/preview")).into();
    value["gone"] = file.gone.into();
    value["url"] = url.into();
    value
}

/// A file that was uploaded; whether it has no metadata (any more).
pub(super) fn uploaded_json(id: FileId, file: &FileRecord, cleaned: bool) -> Value {
    let mut value = described(id, file);
    value["preview"] = file.preview.is_some().into();
    value["cleaned"] = cleaned.into();
    value
}

fn described(id: FileId, file: &FileRecord) -> Value {
    let (width, height) = file.dimensions.map(|size| (size.width, size.height)).unzip();
    json!({
        "id": id.0.0,
        "name": file.name.as_str(),
        "type": file.kind.media_type(),
        "size": file.size,
        "width": width,
        "height": height,
    })
}
