//! Fields of JSON lines.

use chrono::DateTime;
use serde_json::Value;

use crate::chat::Timestamp;

/// Highest id that is taken: what every JSON reader still tells apart.
pub(super) const ID_MAX: u64 = 1 << 53;

pub(super) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    value[name].as_str().ok_or_else(|| format!("{name:?} is missing"))
}

/// A text that may be missing or null.
pub(super) fn optional<'a>(value: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    if value[name].is_null() { Ok(None) } else { text(value, name).map(Some) }
}

pub(super) fn time(value: &Value, name: &str) -> Result<Timestamp, String> {
    let time = DateTime::parse_from_rfc3339(text(value, name)?);
    time.map(|time| Timestamp(time.timestamp_millis())).map_err(|error| format!("{name:?}: {error}"))
}
