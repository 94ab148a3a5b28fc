//! Commands on a WebSocket: how they are told apart, and the one form in which they are answered, by the application, and
//! by the door where that has no answer.

use std::sync::Mutex;

use serde_json::Value;

use crate::lock::lock;

/// Longest tag of a command, in bytes as JSON.
const TAG_MAX: usize = 100;

/// A tag that is neither a text nor a whole number, or too long.
#[derive(Debug)]
pub(crate) struct BadTag;

/// The tag of a command, as JSON, by which its client knows the answer.
pub(crate) fn tag_of(command: &Value) -> Result<Option<String>, BadTag> {
    match command.get("tag") {
        None => Ok(None),
        // Other numbers would not come back as they were written.
        Some(tag) if tag.is_string() || tag.is_i64() || tag.is_u64() => {
            Some(tag.to_string()).filter(|tag| tag.len() <= TAG_MAX).map(Some).ok_or(BadTag)
        }
        Some(_) => Err(BadTag),
    }
}

/// The tag of a command that nobody has read.
pub(crate) fn tag_in(command: &str) -> Option<String> {
    // Read, a command may take a hundred times its bytes: one at a time.
    static READING: Mutex<()> = Mutex::new(());
    let _one = lock(&READING);
    serde_json::from_str(command).ok().and_then(|command| tag_of(&command).ok()?)
}

/// The text of an answer; `tag` and `data` are JSON. `retry_after`: in seconds.
pub(crate) fn answer(
    tag: Option<&str>,
    status: u16,
    data: Option<&str>,
    retry_after: Option<&str>,
) -> String {
    let tag = tag.map(|tag| format!("\"tag\":{tag},")).unwrap_or_default();
    let data = data.map(|data| format!(",\"data\":{data}")).unwrap_or_default();
    let wait = retry_after.map(|wait| format!(",\"retry_after\":{wait}")).unwrap_or_default();
    format!("{{{tag}\"status\":{status}{data}{wait}}}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_has_what_there_is() {
        assert_eq!(answer(None, 200, None, None), r#"{"status":200}"#);
        let all = answer(Some("\"t\""), 503, Some("{}"), Some("2"));
        assert_eq!(all, r#"{"tag":"t","status":503,"data":{},"retry_after":2}"#);
    }

    #[test]
    fn a_tag_is_a_short_text_or_whole_number() {
        assert_eq!(tag_of(&json!({ "do": "read" })).unwrap(), None);
        assert_eq!(tag_of(&json!({ "tag": 7 })).unwrap().as_deref(), Some("7"));
        assert_eq!(tag_of(&json!({ "tag": "x".repeat(98) })).unwrap().map(|tag| tag.len()), Some(100));
        for tag in [json!("x".repeat(99)), json!(null), json!([1]), json!({}), json!(true), json!(1.5)] {
            assert!(tag_of(&json!({ "tag": tag })).is_err(), "{tag}");
        }
    }
}
