use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Ends downloads.
type End = fn(&Transfers, FileKey, &TokenDigest);

fn client(address: u8) -> Client {
    Client::new([192, 0, 2, address].into(), Some(1))
}

fn transfers(limits: TransferLimits) -> Transfers {
    Transfers::open(SpoolPlace::Memory, limits).unwrap()
}

#[test]
fn what_arrived_is_taken_once_and_then_its_room_is_free() {
    let transfers = transfers(TransferLimits { uploads: 1, downloads: 1, spooled: 100 });
    for length in [Some(100), None] {
        let mut upload = transfers.admit(client(1), length, 100).unwrap();
        assert_eq!(transfers.admit(client(1), Some(1), 100).err(), Some(Unadmitted::Overloaded));
        upload.write_all(b"file").unwrap();
        let spool = upload.finish();
        let mut text = String::new();
        spool.content.reader().read_to_string(&mut text).unwrap();
        assert_eq!((spool.content.len(), &*text), (4, "file"));
    }
    for limit in [100, 1000] {
        assert_eq!(transfers.admit(client(1), Some(101), limit).err(), Some(Unadmitted::TooLarge));
    }
    assert!(transfers.admit(client(1), Some(100), 100).is_ok());
}

#[test]
fn whoever_has_most_gives_way() {
    let transfers = transfers(TransferLimits { uploads: 8, downloads: 8, spooled: 100 });
    let uploads = [1, 1, 2].map(|from| transfers.admit(client(from), Some(30), 100).unwrap());
    let third = transfers.admit(client(3), Some(10), 100).unwrap();
    let refused = transfers.admit(client(3), Some(50), 100).err();
    assert_eq!(refused, Some(Unadmitted::Overloaded), "it would have most");
    assert!(transfers.admit(client(3), Some(12), 100).is_ok());
    let revoked = uploads.map(|upload| upload.seat.is_revoked());
    assert_eq!(revoked, [false, true, false], "the newest of the first client");
    assert!(!third.seat.is_revoked());
}

#[test]
fn downloads_of_a_file_or_a_session_that_ended_are_over_at_every_stage() {
    struct Line(AtomicBool);
    impl Revocable for Line {
        fn revoke(&self) -> bool {
            self.0.store(true, Ordering::Relaxed);
            true
        }
    }
    let transfers = transfers(TransferLimits { uploads: 1, downloads: 9, spooled: 100 });
    let content = Arc::new(transfers.new_file().unwrap().finish());
    let [file, other] = [1, 2].map(|n| FileKey([n; 16]));
    let [session, alien] = [1, 2].map(|n| TokenDigest([n; 32]));
    let reserve = |key, session| transfers.reserve(client(1), key, session).unwrap();
    let ends: [End; 2] = [
        |all, file, _| all.revoke_file(file),
        |all, _, session| all.revoke_sessions(|other| other == session),
    ];
    for end in ends {
        let under_way = reserve(file, session).download(Arc::clone(&content), 0, 0);
        let line = Arc::new(Line(AtomicBool::default()));
        assert!(under_way.seat.attach(Arc::clone(&line) as _));
        let handed_out = reserve(file, session).download(Arc::clone(&content), 0, 0);
        let reserved = reserve(file, session);
        let others = reserve(other, alien);
        end(&transfers, file, &session);
        assert!(line.0.load(Ordering::Relaxed));
        assert_eq!(
            [&handed_out.seat, &reserved.seat, &others.seat].map(|seat| seat.is_revoked()),
            [true, true, false]
        );
    }
    assert!(transfers.0.readers.is_empty());
}

#[test]
fn a_folder_is_emptied_and_holds_only_what_is_under_way() {
    let folder = std::env::temp_dir().join(format!("snug-spool-{}", crate::secrets::draw_nonce()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("left-behind"), "x").unwrap();
    let place = SpoolPlace::Folder(folder.clone());
    let limits = TransferLimits::new(TRANSFERS_MAX, &place, 0);
    let transfers = Transfers::open(place, limits).unwrap();
    let files = || std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(files(), 0);
    let mut upload = transfers.admit(client(1), Some(8), 8).unwrap();
    upload.write_all(b"01234567").unwrap();
    assert_eq!(files(), 1);
    let spool = upload.finish();
    let mut part = [0; 3];
    spool.content.read_at(&mut part, 5).unwrap();
    assert_eq!((&part, files()), (b"567", 1));
    drop(spool);
    assert_eq!(files(), 0);
    std::fs::remove_dir(&folder).unwrap();
}

#[test]
fn an_unnamed_spool_is_in_no_folder() {
    let folder = std::env::temp_dir().join(format!("snug-unnamed-{}", crate::secrets::draw_nonce()));
    let place = || SpoolPlace::Unnamed(folder.clone());
    let limits = TransferLimits::new(TRANSFERS_MAX, &place(), 0);
    assert!(Transfers::open(place(), limits).is_err(), "it is not made");
    std::fs::create_dir(&folder).unwrap();
    let transfers = Transfers::open(place(), limits).unwrap();
    let mut file = transfers.new_file().unwrap();
    file.write_all(b"bytes").unwrap();
    let mut text = String::new();
    file.finish().reader().read_to_string(&mut text).unwrap();
    assert_eq!((&*text, std::fs::read_dir(&folder).unwrap().count()), ("bytes", 0));
    std::fs::remove_dir(&folder).unwrap();
}
