//! From bytes that arrived to a file that is kept: what it is, without its metadata, under a name of its own.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use super::App;
use super::context::Context;
use super::http_error::HttpError;
use crate::chat::{AltText, FileId, FileKey, FileName, FileRecord, OwnedKey, Refusal, Timestamp};
use crate::file_store::{KeepError, Kept};
use crate::log::log;
use crate::media::{self, Dimensions, Examined, FileType, MediaError, SNIFFED, Show, sniff};
use crate::transfer::{Content, ContentReader, SpoolWriter};

/// Of a preview: bytes, and pixels of either side.
pub(super) const PREVIEW_MAX: u64 = 64 * 1024;
const PREVIEW_SIDE_MAX: u16 = 1_024;

/// A file whose bytes lie where they stay. The chat does not know of it.
pub(super) struct KeptFile {
    record: FileRecord,
    /// Whether it has no metadata, or none any more.
    pub(super) cleaned: bool,
}

impl KeptFile {
    /// Keeps a file without its metadata. One that is not what it begins as stays as it is, and is
    /// not shown in place; a preview that is none is left out.
    ///
    /// Cost: reads the file twice, writes it once, and waits for the disk.
    pub(super) fn keep(
        cx: &Context,
        name: &str,
        file: ContentReader,
        preview: Option<ContentReader>,
    ) -> Result<Self, HttpError> {
        // First: in memory, what is kept may let go of what was kept before.
        let preview = preview.and_then(|preview| keep_preview(cx, preview).ok().flatten());
        let kept = keep_cleaned(cx, file);
        let owned = preview.map(|key| OwnedKey { key, owner: cx.visitor.member });
        let kept =
            kept.inspect_err(|_| drop(cx.app.file_upkeep.store.remove(owned.as_slice()))).map_err(unkept)?;
        let lost = kept.evicted.iter().any(|key| Some(*key) == preview);
        let record = FileRecord {
            name: FileName::of(name),
            kind: kept.kind,
            size: kept.size,
            dimensions: kept.dimensions,
            alt: AltText::default(),
            key: kept.key,
            sha256: kept.sha256,
            preview: preview.filter(|_| !lost),
            gone: false,
        };
        Ok(Self { record, cleaned: kept.cleaned })
    }

    /// Tells the chat.
    pub(super) fn add(&self, cx: &Context) -> Result<FileId, HttpError> {
        let added = cx.app.chat.add_file(cx.visitor.member, self.record.clone(), cx.request.now);
        // One that could not be recorded may be after all: a disk that failed late.
        if matches!(added, Err(Refusal::UnsentFilesFull | Refusal::NotAMember | Refusal::Busy)) {
            let keys: Vec<_> = self.record.owned_keys(cx.visitor.member).collect();
            cx.app.file_upkeep.store.remove(&keys);
        }
        let id = added?;
        // Others may have needed the room in memory before the chat knew of this one.
        let_go(cx.app, &cx.app.file_upkeep.store.evicted_of(self.record.keys()), cx.request.now);
        Ok(id)
    }

    pub(super) fn record(&self) -> &FileRecord {
        &self.record
    }
}

/// Bytes that were written, and what they are.
struct WrittenFile {
    key: FileKey,
    kind: FileType,
    size: u64,
    dimensions: Option<Dimensions>,
    sha256: [u8; 32],
    cleaned: bool,
    evicted: Vec<FileKey>,
}

fn keep_cleaned(cx: &Context, mut source: ContentReader) -> Result<WrittenFile, KeepError> {
    let kind = kind_of(&mut source)?;
    let (kind, examined, cleaned) = match media::examine(kind, &mut source) {
        Ok(examined) => (kind, examined, kind.is_cleaned()),
        Err(MediaError::Io(error)) => return Err(error.into()),
        Err(error @ (MediaError::Malformed(why) | MediaError::Unsupported(why))) => {
            let line = format_args!("the metadata of a file ({}) stays in it: {why}", kind.media_type());
            cx.app.files.log.log(cx.request.instant, line);
            let whole = media::examine(FileType::Other, &mut source).map_err(|_| broken(&error))?;
            (FileType::Other, whole, false)
        }
    };
    let (content, sha256) = write(cx, &mut source, &examined)?;
    let size = content.len();
    let Kept { key, evicted } = settle(cx, content)?;
    Ok(WrittenFile { key, kind, size, dimensions: examined.dimensions, sha256, cleaned, evicted })
}

/// None for what is no small picture that can be cleaned.
fn keep_preview(cx: &Context, mut source: ContentReader) -> Result<Option<FileKey>, KeepError> {
    let kind = kind_of(&mut source)?;
    if source.len() > PREVIEW_MAX || kind.show() != Show::Picture {
        return Ok(None);
    }
    let Ok(examined) = media::examine(kind, &mut source) else { return Ok(None) };
    let small = |size: Dimensions| size.width.max(size.height) <= PREVIEW_SIDE_MAX;
    if !examined.dimensions.is_some_and(small) {
        return Ok(None);
    }
    let (content, _) = write(cx, &mut source, &examined)?;
    Ok(Some(settle(cx, content)?.key))
}

/// By its first bytes.
pub(super) fn kind_of(source: &mut ContentReader) -> io::Result<FileType> {
    let mut head = Vec::new();
    source.take(SNIFFED as u64).read_to_end(&mut head)?;
    Ok(sniff(&head))
}

fn write(cx: &Context, source: &mut ContentReader, examined: &Examined) -> io::Result<(Content, [u8; 32])> {
    let mut out = Digesting { file: cx.app.file_upkeep.transfers.new_file()?, digest: Sha256::new() };
    examined.plan.write(source, &mut out)?;
    Ok((out.file.finish(), out.digest.finalize().into()))
}

/// Keeps a file, and notes what memory let go of for it.
fn settle(cx: &Context, content: Content) -> Result<Kept, KeepError> {
    let kept = cx.app.file_upkeep.store.keep(cx.visitor.member, content)?;
    let_go(cx.app, &kept.evicted, cx.request.now);
    Ok(kept)
}

struct Digesting {
    file: SpoolWriter,
    digest: Sha256,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.digest.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Memory holds the bytes of these no more.
fn let_go(app: &App, keys: &[FileKey], now: Timestamp) {
    if keys.is_empty() {
        return;
    }
    for key in keys {
        app.file_upkeep.transfers.revoke_file(*key);
    }
    if let Err(refusal) = app.chat.let_files_go(keys, now) {
        log(format_args!("files that memory let go of are not noted: {refusal:?}"));
    }
}

pub(super) fn unkept(error: KeepError) -> HttpError {
    match error {
        KeepError::Full => HttpError::FilesFull,
        KeepError::ShareFull { taken, share } => HttpError::FileShareFull { taken, share },
        KeepError::DiskFull => HttpError::DiskFull,
        KeepError::Disk(error) => {
            log(format_args!("a file could not be kept: {error}"));
            HttpError::Disk
        }
        KeepError::Database(error) => {
            log(format_args!("a file could not be kept: {error}"));
            HttpError::Disk
        }
    }
}

fn broken(error: &MediaError) -> io::Error {
    io::Error::other(format!("{error:?}"))
}
