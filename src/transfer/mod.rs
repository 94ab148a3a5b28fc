//! Files on their way between clients and the application, which decides, while the door moves the bytes.
//!
//! ```text
//! upload    head -> door asks -> application admits -> door spools the body -> application takes the spool
//! download  request -> application reserves, opens -> door sends
//! ```
//!
//! Each step hands the whole over (see [`crate::exchange`]); dropped on the way, nothing of it is left.
//!
//! An upload costs a thread of the door and [`PIECE`] bytes of memory, a download a thread. Both have places, and what is
//! spooled has bytes, in which each client has its share (see [`crate::fair`]): whoever holds most gives way, and its
//! connection ends.

mod content;
mod readers;
mod seat;
mod spool;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use content::{Content, ContentReader, FetchPart, PIECE};
use readers::{Readers, Reading};
pub(crate) use seat::TransferSeat;
pub(crate) use spool::{SpoolPlace, SpoolWriter};

use crate::chat::{FileKey, TokenDigest};
use crate::fair::{Budget, Claim, Client, Overloaded, Revocable, Victim};

/// How much may be under way at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferLimits {
    /// Uploads of all clients together; each has an open file.
    pub(crate) uploads: usize,
    /// Downloads of all clients together; each has an open file.
    pub(crate) downloads: usize,
    /// Bytes of all spools together, on the disk or in memory.
    pub(crate) spooled: usize,
}

/// Uploads and downloads at once, a third and two thirds: a phone sends one photo after the other, and a page asks for six at
/// once.
pub(crate) const TRANSFERS_MAX: usize = 192;
/// Bytes of all spools on the disk: 40 of the largest files, which a small board has room for.
const ON_DISK: usize = 1 << 30;
/// Bytes of all spools in memory: one of the largest files, and some photos.
const IN_MEMORY: usize = 32 << 20;

impl TransferLimits {
    /// For so many open files, with spools in this place that take at least one body of `largest` bytes.
    pub(crate) fn new(transfers: usize, place: &SpoolPlace, largest: u64) -> Self {
        let uploads = (transfers / 3).max(1);
        let downloads = transfers.saturating_sub(uploads).max(1);
        let spooled = if matches!(place, SpoolPlace::Memory) { IN_MEMORY } else { ON_DISK };
        Self { uploads, downloads, spooled: spooled.max(usize::try_from(largest).unwrap_or(usize::MAX)) }
    }
}

/// Everything that is under way.
#[derive(Clone)]
pub(crate) struct Transfers(Arc<TransferState>);

struct TransferState {
    limits: TransferLimits,
    place: SpoolPlace,
    uploads: Arc<Budget>,
    spooled: Arc<Budget>,
    downloads: Arc<Budget>,
    readers: Arc<Readers>,
}

/// Why an upload is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unadmitted {
    /// It has more bytes than it may have.
    TooLarge,
    /// As many are under way as there may be, and whoever asks has most of them.
    Overloaded,
    /// There is no place for its bytes.
    NoSpool,
}

/// A body that may arrive. Dropped, nothing of it is left.
pub(crate) struct Upload {
    pub(crate) seat: Arc<TransferSeat>,
    /// Bytes that it may have.
    pub(crate) limit: u64,
    writer: SpoolWriter,
    bytes: Claim,
    place: Claim,
}

/// A body that arrived. Dropped, nothing of it is left.
pub(crate) struct Spool {
    pub(crate) content: Content,
    _claims: Option<[Claim; 2]>,
}

impl Spool {
    /// A body that was read already, and is small.
    pub(crate) fn small(body: &[u8]) -> Self {
        Self { content: Content::in_memory_of(body), _claims: None }
    }
}

/// Part of a file, as the body of an answer.
pub(crate) struct Download {
    pub(crate) seat: Arc<TransferSeat>,
    pub(crate) content: Arc<Content>,
    /// Where the part begins, and how many bytes it has.
    pub(crate) from: u64,
    pub(crate) length: u64,
    _place: DownloadPlace,
}

/// A place for a download whose file is not open yet.
pub(crate) struct DownloadPlace {
    seat: Arc<TransferSeat>,
    _reading: Reading,
    _place: Claim,
}

impl Transfers {
    /// Spools in this place, which is emptied.
    pub(crate) fn open(place: SpoolPlace, limits: TransferLimits) -> io::Result<Self> {
        place.prepare()?;
        let places = |count| Budget::new(count, count / 4, Victim::Newest);
        Ok(Self(Arc::new(TransferState {
            limits,
            place,
            uploads: places(limits.uploads),
            spooled: Budget::new(limits.spooled, limits.spooled / 8, Victim::Newest),
            downloads: places(limits.downloads),
            readers: Arc::default(),
        })))
    }

    /// Admits a body of so many bytes (`None`: in chunks, nobody knows), which may have up to `limit`, and up to what all spools may have. Does not
    /// wait.
    pub(crate) fn admit(
        &self,
        client: Client,
        length: Option<u64>,
        limit: u64,
    ) -> Result<Upload, Unadmitted> {
        let limit = limit.min(self.0.limits.spooled as u64);
        let length = length.unwrap_or(limit);
        if length > limit {
            return Err(Unadmitted::TooLarge);
        }
        let units = usize::try_from(length).map_err(|_| Unadmitted::TooLarge)?;
        let seat = Arc::<TransferSeat>::default();
        let claim = |budget: &Arc<Budget>, units| {
            let holder = Arc::clone(&seat) as Arc<dyn Revocable>;
            budget.claim(client, units, holder, Duration::ZERO).map_err(|Overloaded| Unadmitted::Overloaded)
        };
        let place = claim(&self.0.uploads, 1)?;
        let bytes = claim(&self.0.spooled, units)?;
        let writer = self.0.place.create().map_err(|_| Unadmitted::NoSpool)?;
        Ok(Upload { seat, limit, writer, bytes, place })
    }

    /// An empty file where spools are, which is removed unless it is moved. It counts in no budget.
    pub(crate) fn new_file(&self) -> io::Result<SpoolWriter> {
        self.0.place.create()
    }

    /// A place for a download of a file by a session. Does not wait.
    ///
    /// To be had before the file is opened, and before it is asked whether the session stands: what ends one of them
    /// later ends the download.
    pub(crate) fn reserve(
        &self,
        client: Client,
        key: FileKey,
        session: TokenDigest,
    ) -> Result<DownloadPlace, Overloaded> {
        let seat = Arc::<TransferSeat>::default();
        let holder = Arc::clone(&seat) as Arc<dyn Revocable>;
        let place = self.0.downloads.claim(client, 1, holder, Duration::ZERO)?;
        let reading = self.0.readers.enter(key, session, &seat);
        Ok(DownloadPlace { seat, _reading: reading, _place: place })
    }

    /// The files that are being loaded.
    pub(crate) fn files_read(&self) -> Vec<FileKey> {
        self.0.readers.files()
    }

    /// Ends the downloads of a file, at once. Its bytes are to be removed before, so that no other begins.
    pub(crate) fn revoke_file(&self, key: FileKey) {
        self.0.readers.revoke_file(key);
    }

    /// Ends the downloads of sessions that have ended, at once. Locks: none but of this module; does not wait.
    pub(crate) fn revoke_sessions(&self, has_ended: impl Fn(&TokenDigest) -> bool) {
        self.0.readers.revoke_sessions(has_ended);
    }
}

impl DownloadPlace {
    /// Takes it for `length` bytes from `from` on.
    pub(crate) fn download(self, content: Arc<Content>, from: u64, length: u64) -> Download {
        Download { seat: Arc::clone(&self.seat), content, from, length, _place: self }
    }
}

/// Adds to the spool, unbuffered. Errors: of the disk; `StorageFull` where it is full.
impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload {
    /// What arrived, whole.
    pub(crate) fn finish(self) -> Spool {
        let content = self.writer.finish();
        self.bytes.set(usize::try_from(content.len()).unwrap_or(usize::MAX));
        Spool { content, _claims: Some([self.bytes, self.place]) }
    }
}
