//! Forms with files: fields, and where the files lie in the body, which was spooled.

use std::io::{self, ErrorKind};
use std::ops::Range;

use super::context::Context;
use super::form::{Form, FormError, fill};
use super::http_error::HttpError;
use super::multipart::{Multipart, MultipartError};
use crate::chat::FILES_PER_MESSAGE;
use crate::transfer::{ContentReader, Spool};

/// Bytes of all fields that are no files, as of any other form.
const FIELDS_MAX: usize = 128 * 1024;
/// Bytes of a form beside its files: its fields, boundaries and names.
pub(super) const OVERHEAD_MAX: u64 = 256 * 1024;

/// The files of a form.
pub(super) struct SpooledForm {
    spool: Spool,
    files: Vec<SpooledFile>,
    /// A small picture of the file.
    preview: Option<Range<u64>>,
    /// The only file, where it came before the form.
    before: Option<(String, Spool)>,
}

/// A file, where it lies in its spool.
struct SpooledFile {
    /// As the client calls it.
    name: String,
    part: Range<u64>,
}

impl SpooledForm {
    /// A body that is one file.
    pub(super) fn of_one(spool: Spool, name: String) -> Self {
        let part = 0..spool.content.len();
        Self { spool, files: vec![SpooledFile { name, part }], preview: None, before: None }
    }

    /// Fills in the fields of a form. What can be read is, also where something is wrong: then `form` says what was typed.
    ///
    /// Cost: reads all of the body.
    pub(super) fn read<F: Form>(cx: &Context, spool: Spool, form: &mut F) -> Result<Self, HttpError> {
        let kind = cx.request.header("content-type")?.unwrap_or_default();
        let mut parts = Multipart::new(kind, spool.content.reader()).map_err(refusal)?;
        let (mut files, mut preview, mut wrong) = (Vec::new(), None, None);
        let mut left = FIELDS_MAX;
        while let Some(mut part) = parts.next_part().map_err(|error| fault(&error))? {
            let name = std::mem::take(&mut part.name);
            let read = match part.file_name.take() {
                None => {
                    let text = part.text(left).map_err(|error| fault(&error))?;
                    left -= text.len();
                    let sound = if text.contains('\0') { Err(FormError::Encoding) } else { Ok(()) };
                    sound.and_then(|()| fill(form, &name, text)).map_err(HttpError::from)
                }
                Some(file_name) => {
                    let part = part.range().map_err(|error| fault(&error))?;
                    match &*name {
                        // A field of files of which none was chosen.
                        "file" if file_name.is_empty() && part.is_empty() => Ok(()),
                        "file" => {
                            must_fit(cx, &part).map(|()| files.push(SpooledFile { name: file_name, part }))
                        }
                        "preview" if preview.is_none() => {
                            preview = Some(part);
                            Ok(())
                        }
                        _ => Err(FormError::Unknown.into()),
                    }
                }
            };
            wrong = wrong.or(read.err());
        }
        if files.len() > FILES_PER_MESSAGE {
            wrong = Some(HttpError::TooManyFiles);
        }
        drop(parts);
        wrong.map_or(Ok(Self { spool, files, preview, before: None }), Err)
    }

    /// The same with a file that came before it.
    pub(super) fn with_file(self, name: String, file: Spool) -> Self {
        Self { before: Some((name, file)), ..self }
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len() + usize::from(self.before.is_some())
    }

    /// Of all files.
    pub(super) fn bytes(&self) -> u64 {
        let parts = self.files.iter().map(|file| file.part.end - file.part.start);
        parts.sum::<u64>() + self.before.as_ref().map_or(0, |(_, before)| before.content.len())
    }

    /// A file with its name.
    pub(super) fn file(&self, number: usize) -> (&str, ContentReader<'_>) {
        match (&self.before, self.files.get(number)) {
            (None, Some(file)) => (&file.name, self.spool.content.section(file.part.clone())),
            (Some((name, before)), _) => (name, before.content.reader()),
            (None, None) => ("", self.spool.content.section(0..0)),
        }
    }

    pub(super) fn preview(&self) -> Option<ContentReader<'_>> {
        Some(self.spool.content.section(self.preview.clone()?))
    }
}

fn must_fit(cx: &Context, part: &Range<u64>) -> Result<(), HttpError> {
    let most = cx.app.site.file_max;
    match part.end - part.start {
        _ if most == 0 => Err(HttpError::FilesOff),
        length if length > most => Err(HttpError::FileTooLarge(most)),
        _ => Ok(()),
    }
}

fn refusal(error: MultipartError) -> HttpError {
    match error {
        MultipartError::ContentType => HttpError::NoFilesForm,
        MultipartError::Malformed => HttpError::BadRequest(|t| t.cut_body),
        MultipartError::TooManyParts => HttpError::TooManyFiles,
    }
}

/// A form is [`ErrorKind::InvalidData`] or good; what else goes wrong is the disk.
fn fault(error: &io::Error) -> HttpError {
    match error.kind() {
        ErrorKind::FileTooLarge => FormError::TooLong("message", FIELDS_MAX).into(),
        ErrorKind::InvalidData => {
            let why = error.get_ref().and_then(|why| why.downcast_ref::<MultipartError>());
            refusal(why.copied().unwrap_or(MultipartError::Malformed))
        }
        _ => HttpError::Disk,
    }
}
