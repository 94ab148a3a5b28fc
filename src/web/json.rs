//! Messages as programs get and name them.

use serde_json::{Value, json};

use crate::chat::MessageView;
use crate::views::exact;

/// A message for programs.
pub(super) fn message_json(MessageView { message, author, mentioned }: &MessageView) -> Value {
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
    if let Some(edited) = message.edited {
        value["edited"] = exact(edited).into();
    }
    let mut names: Vec<&str> = Vec::new();
    for mention in mentioned {
        if !names.contains(&mention.name.as_str()) {
            names.push(mention.name.as_str());
        }
    }
    if !names.is_empty() {
        value["mentions"] = names.into();
    }
    value
}

pub(super) fn all_json(messages: &[MessageView]) -> Vec<Value> {
    messages.iter().map(message_json).collect()
}
