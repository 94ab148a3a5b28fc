use std::io::Write;
use std::sync::Arc;

use crate::chat::{
    AltText, Appended, BlobStore, Body, Device, Event, FileId, FileKey, FileName, FileRecord, Log, MemberId,
    MemoryLog, NewMessage, NewSession, PasswordHash, Record, RoomId, Seq, Snapshot, StorageError, Timestamp,
    TokenDigest, Username,
};
use crate::fair::Client;
use crate::file_store::test_blobs::TestBlobs;
use crate::media::FileType;
use crate::settings::Settings;
use crate::web::App;

const NOW: Timestamp = Timestamp(1_000_000_000_000);

/// A chat with a member who has files.
struct Fixture {
    app: App,
    ann: MemberId,
}

impl Fixture {
    fn new(settings: &Settings, log: Box<dyn Log>) -> Self {
        let app = App::new(settings, log).unwrap();
        let digest = TokenDigest([7; 32]);
        let session = NewSession { digest, device: Device::default(), former: None, known_by: None };
        let (name, password) = (Username::parse("ann").unwrap(), PasswordHash("".into()));
        let ann = app.chat.register(name, password, session, NOW).unwrap();
        Self { app, ann }
    }

    /// Keeps some bytes.
    fn kept(&self) -> FileKey {
        let mut file = self.app.file_upkeep.transfers.new_file().unwrap();
        file.write_all(b"bytes").unwrap();
        self.app.file_upkeep.store.keep(self.ann, file.finish()).unwrap().key
    }

    /// A file, with its own bytes and a preview's.
    fn file(&self) -> (FileId, [FileKey; 2]) {
        let keys = [self.kept(), self.kept()];
        let record = FileRecord {
            name: FileName::of("photo.jpg"),
            kind: FileType::Jpeg,
            size: 5,
            dimensions: None,
            alt: AltText::default(),
            key: keys[0],
            sha256: [7; 32],
            preview: Some(keys[1]),
            gone: false,
        };
        (self.app.chat.add_file(self.ann, record, NOW).unwrap(), keys)
    }

    fn has(&self, keys: [FileKey; 2]) -> [bool; 2] {
        keys.map(|key| self.app.file_upkeep.store.open_file(key).unwrap().is_some())
    }

    /// As the answer to a request.
    fn sweeping(&self, act: impl FnOnce(&App)) {
        let erasures = self.app.file_upkeep.erasures();
        act(&self.app);
        self.app.file_upkeep.sweep_since(erasures, &self.app.chat);
    }
}

/// What is dropped has no bytes any more, and what is not has.
fn check(files: &Fixture) {
    let ((sent, of_sent), (unsent, of_unsent), (_, of_late)) = (files.file(), files.file(), files.file());
    let message = NewMessage {
        author: files.ann,
        body: Body::parse("hello").unwrap(),
        files: vec![(sent, None)],
        answers: None,
        online: Vec::new(),
        nonce: None,
    };
    let message = files.app.chat.post(RoomId::SHARED, message, NOW).unwrap();
    let upkeep = &files.app.file_upkeep;
    let hour = |more| Timestamp(NOW.0 + 60 * 60 * 1000 + more);

    files.sweeping(|app| app.chat.remove_file(files.ann, unsent, NOW).unwrap());
    assert_eq!([of_sent, of_unsent, of_late].map(|keys| files.has(keys)), [[true; 2], [false; 2], [true; 2]]);
    upkeep.tidy(&files.app.chat, hour(0));
    assert_eq!(files.has(of_late), [true; 2]);
    upkeep.tidy(&files.app.chat, hour(1));
    assert_eq!([of_sent, of_late].map(|keys| files.has(keys)), [[true; 2], [false; 2]]);
    files.sweeping(|app| app.chat.remove(files.ann, message, NOW).unwrap());
    assert_eq!(files.has(of_sent), [false; 2]);
    assert!(files.app.chat.dropped_files().unwrap().is_empty());
}

#[test]
fn in_memory_bytes_go_with_what_had_them() {
    check(&Fixture::new(&Settings::default(), Box::<MemoryLog>::default()));
}

/// A log that keeps the bytes of files for several nodes.
struct SharedLog(MemoryLog, Arc<TestBlobs>);

impl Log for SharedLog {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        self.0.append(expected, records)
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        self.0.restore(messages)
    }

    fn blobs(&self) -> Option<Arc<dyn BlobStore>> {
        Some(Arc::clone(&self.1) as _)
    }
}

#[test]
fn among_what_nodes_share_bytes_go_with_what_had_them() {
    let blobs = Arc::<TestBlobs>::default();
    check(&Fixture::new(&Settings::default(), Box::new(SharedLog(MemoryLog::default(), Arc::clone(&blobs)))));
    assert_eq!(blobs.count(), (0, 0));
}

#[test]
fn what_another_node_removed_is_not_sent_on() {
    let blobs = Arc::<TestBlobs>::default();
    let files =
        Fixture::new(&Settings::default(), Box::new(SharedLog(MemoryLog::default(), Arc::clone(&blobs))));
    let upkeep = &files.app.file_upkeep;
    let [gone, stays] = [(); 2].map(|()| {
        let key = files.kept();
        let place = upkeep.transfers.reserve(Client::HOST, key, TokenDigest([7; 32])).unwrap();
        (key, place.download(upkeep.store.open_file(key).unwrap().unwrap(), 0, 5))
    });
    upkeep.tidy(&files.app.chat, NOW);
    blobs.disown(gone.0);
    upkeep.tidy(&files.app.chat, NOW);
    assert!(!gone.1.seat.is_revoked(), "nobody said so");
    let record = Record { seq: Seq(1), at: NOW, event: Event::FilesDropped { ids: Vec::new() } };
    upkeep.committed(&[record]);
    upkeep.tidy(&files.app.chat, NOW);
    assert_eq!([&gone, &stays].map(|(_, download)| download.seat.is_revoked()), [true, false]);
    assert_eq!(
        [&gone, &stays].map(|(key, _)| upkeep.store.open_file(*key).unwrap().is_some()),
        [false, true]
    );
}

#[cfg(feature = "sqlite")]
mod on_the_disk {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::chat::OwnedKey;
    use crate::store::tests::Folder;

    #[test]
    fn bytes_go_with_what_had_them() {
        let folder = Folder::new();
        let settings = Settings { data: Some(folder.file().into()), ..Settings::default() };
        check(&Fixture::new(&settings, Box::new(folder.open().unwrap())));
    }

    /// A log that counts how often it is asked for what was dropped, and cannot note at first that it was removed.
    struct CountedLog {
        inner: MemoryLog,
        asked: Arc<AtomicUsize>,
        fails: bool,
    }

    impl Log for CountedLog {
        fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
            self.inner.append(expected, records)
        }

        fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
            self.inner.restore(messages)
        }

        fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            Ok(Vec::new())
        }

        fn forget_dropped_files(&mut self, _: &[FileKey]) -> Result<(), StorageError> {
            if std::mem::take(&mut self.fails) {
                Err(StorageError("the disk is tired".into()))
            } else {
                Ok(())
            }
        }
    }

    #[test]
    fn what_was_dropped_is_asked_for_after_something_was_and_until_it_is_removed() {
        let folder = Folder::new();
        let settings = Settings { data: Some(folder.file().into()), ..Settings::default() };
        let asked = Arc::<AtomicUsize>::default();
        let log = CountedLog { inner: MemoryLog::default(), asked: Arc::clone(&asked), fails: true };
        let files = Fixture::new(&settings, Box::new(log));
        let asked_by_tidying = || {
            let before = asked.load(Ordering::SeqCst);
            files.app.file_upkeep.tidy(&files.app.chat, NOW);
            asked.load(Ordering::SeqCst) - before
        };
        assert_eq!([(); 2].map(|()| asked_by_tidying()), [0; 2], "the start has asked");
        let (file, keys) = files.file();
        files.app.chat.remove_file(files.ann, file, NOW).unwrap();
        assert_eq!([(); 3].map(|()| asked_by_tidying()), [1, 1, 0], "it fails once");
        assert_eq!(files.has(keys), [false; 2]);
    }

    #[test]
    fn a_start_removes_what_was_to_be_removed_and_what_nobody_knows() {
        let folder = Folder::new();
        let settings = Settings { data: Some(folder.file().into()), ..Settings::default() };
        let files = Fixture::new(&settings, Box::new(folder.open().unwrap()));
        let ((_, unsent), (dropped, of_dropped)) = (files.file(), files.file());
        let unknown = [files.kept(), files.kept()];
        // As if the process ended before the bytes were removed.
        files.app.chat.remove_file(files.ann, dropped, NOW).unwrap();
        assert_eq!(files.has(of_dropped), [true; 2]);
        let ann = files.ann;
        files.app.close();
        drop(files);

        let app = App::new(&settings, Box::new(folder.open().unwrap())).unwrap();
        let files = Fixture { app, ann };
        assert_eq!(
            [unsent, of_dropped, unknown].map(|keys| files.has(keys)),
            [[true; 2], [false; 2], [false; 2]]
        );
        assert!(files.app.chat.dropped_files().unwrap().is_empty());
    }
}
