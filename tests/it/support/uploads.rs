//! Files that members send, and fail the story when they cannot. All of it keeps the client's cookies as they were.

use serde_json::Value;

use super::{Client, Response};

/// What divides the parts of forms.
const BOUNDARY: &str = "----a-story-of-files";

/// A part of a form with files.
pub(crate) struct Part {
    name: String,
    /// Nothing: it is a field.
    file_name: Option<String>,
    content: Vec<u8>,
}

impl Part {
    pub(crate) fn field(name: &str, text: &str) -> Self {
        Self { name: name.into(), file_name: None, content: text.into() }
    }

    pub(crate) fn file(file_name: &str, content: &[u8]) -> Self {
        Self { name: "file".into(), file_name: Some(file_name.into()), content: content.into() }
    }

    /// A file in a field of another name.
    pub(crate) fn called(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    fn bytes(&self) -> Vec<u8> {
        // As browsers encode it.
        let encoded = |name: &String| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let named = self.file_name.as_ref().map(|name| format!("; filename=\"{}\"", encoded(name)));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{}\r\n\r\n",
            self.name,
            named.unwrap_or_default()
        );
        [head.as_bytes(), &self.content, b"\r\n"].concat()
    }
}

fn form(parts: &[Part]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(Part::bytes).collect();
    [&*parts, format!("--{BOUNDARY}--\r\n").as_bytes()].concat()
}

impl Client {
    /// Sends a form with files as browsers do.
    pub(crate) fn post_parts(&self, path: &str, parts: &[Part]) -> Response {
        self.clone().post_body(path, &format!("multipart/form-data; boundary={BOUNDARY}"), &form(parts))
    }

    /// The same to a server that may be killed meanwhile: nothing, unless all of its answer came.
    #[cfg(feature = "sqlite")]
    pub(crate) fn try_post_parts(&self, path: &str, parts: &[Part]) -> Option<Response> {
        let body = form(parts);
        let kind = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
        self.try_send("POST", path, &format!("{kind}\r\nContent-Length: {}\r\n", body.len()), &body)
    }

    pub(crate) fn try_upload(&self, name: &str, content: &[u8]) -> Response {
        self.clone().json().post_parts("/files", &[Part::file(name, content)])
    }

    /// Uploads a file; what is said of it.
    #[track_caller]
    pub(crate) fn upload(&self, name: &str, content: &[u8]) -> Value {
        self.try_upload(name, content).expect(201).value()
    }

    /// Uploads a file, which no message has; its id.
    #[track_caller]
    pub(crate) fn upload_id(&self, name: &str, content: &[u8]) -> u64 {
        self.upload(name, content)["id"].as_u64().unwrap()
    }

    /// Says this with files that were uploaded; the answer.
    pub(crate) fn try_say_with(&self, path: &str, text: &str, files: &[u64]) -> Response {
        let files: Vec<String> = files.iter().map(u64::to_string).collect();
        let fields = [("message", text)].into_iter().chain(files.iter().map(|id| ("file", &**id)));
        self.clone().json().post(path, &fields.collect::<Vec<_>>())
    }

    /// The same; the message's id.
    #[track_caller]
    pub(crate) fn say_with(&self, path: &str, text: &str, files: &[u64]) -> u64 {
        self.try_say_with(path, text, files).expect(201).value()["id"].as_u64().unwrap()
    }

    /// Says something with one file in the shared room; the ids of message and file.
    #[track_caller]
    pub(crate) fn send_file(&self, name: &str, content: &[u8]) -> (u64, u64) {
        let file = self.upload_id(name, content);
        (self.say_with("/chat", "", &[file]), file)
    }
}
