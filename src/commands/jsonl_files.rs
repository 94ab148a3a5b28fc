//! The files of a message in its line.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json_fields::{ID_MAX, text};
use crate::chat::{AltText, FILES_PER_MESSAGE, FileId, FileName, FileRecord, Files, Seq};
use crate::media::{Dimensions, FileType};
use crate::secrets::draw_file_key;

pub(super) fn files_value(files: &Files) -> Value {
    files.iter().map(file_value).collect()
}

/// The key stays out: it is drawn anew by whoever keeps the bytes.
fn file_value((id, file): &(FileId, FileRecord)) -> Value {
    let FileRecord { name, kind, size, dimensions, alt, key: _, sha256, preview, gone } = file;
    let (width, height) = dimensions.map(|shown| (shown.width, shown.height)).unzip();
    json!({
        "id": id.0.0,
        "name": name.as_str(),
        "type": kind.media_type(),
        "size": size,
        "width": width,
        "height": height,
        "alt": alt.as_str(),
        "sha256": hex(sha256),
        "preview": preview.is_some(),
        "gone": gone,
    })
}

/// Reads the list of a line; an older export has none. The files get keys of their own.
pub(super) fn files_of(value: &Value) -> Result<Files, String> {
    let list = match value {
        Value::Null => return Ok(Files::default()),
        list => list.as_array().ok_or("\"files\" is no list")?,
    };
    if list.len() > FILES_PER_MESSAGE {
        return Err(format!("more than {FILES_PER_MESSAGE} \"files\""));
    }
    let files = list.iter().map(|file| file_of(file).map_err(|why| format!("\"files\": {why}")));
    files.collect::<Result<Vec<_>, _>>().map(Files::from)
}

fn file_of(value: &Value) -> Result<(FileId, FileRecord), String> {
    let id = value["id"].as_u64().filter(|id| *id <= ID_MAX).ok_or("\"id\" is none")?;
    let name = text(value, "name")?;
    let name = Some(FileName::of(name)).filter(|parsed| parsed.as_str() == name);
    let alt = text(value, "alt")?;
    let alt = Some(AltText::of(alt)).filter(|parsed| parsed.as_str() == alt);
    let file = FileRecord {
        name: name.ok_or("\"name\" is none")?,
        kind: FileType::of_media_type(text(value, "type")?).ok_or("\"type\" is unknown")?,
        size: value["size"].as_u64().filter(|size| *size <= ID_MAX).ok_or("\"size\" is none")?,
        dimensions: dimensions(value)?,
        alt: alt.ok_or("\"alt\" is none")?,
        key: draw_file_key(),
        sha256: unhex(text(value, "sha256")?).ok_or("\"sha256\" is none")?,
        preview: flag(value, "preview")?.then(draw_file_key),
        gone: flag(value, "gone")?,
    };
    Ok((FileId(Seq(id)), file))
}

fn dimensions(value: &Value) -> Result<Option<Dimensions>, String> {
    let [width, height] = [&value["width"], &value["height"]];
    if width.is_null() && height.is_null() {
        return Ok(None);
    }
    let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
    let shown = number(width).zip(number(height)).and_then(|(width, height)| Dimensions::new(width, height));
    shown.map(Some).ok_or_else(|| "\"width\" and \"height\" are none".into())
}

fn flag(value: &Value, name: &str) -> Result<bool, String> {
    value[name].as_bool().ok_or_else(|| format!("{name:?} is missing"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}
