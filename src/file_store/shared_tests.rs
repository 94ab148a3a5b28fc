//! Files that two nodes share.

use std::io::{Read, Write};
use std::sync::atomic::Ordering;

use super::test_blobs::TestBlobs;
use super::*;
use crate::chat::PART;
use crate::chat::blob_store::contract::{Subject, check_blob_store};
use crate::fair::Client;
use crate::transfer::{TransferLimits, Transfers};

const ANN: MemberId = MemberId(Seq(1));
const BOB: MemberId = MemberId(Seq(2));

/// Two nodes with room for so many blocks.
struct Nodes {
    blobs: Arc<TestBlobs>,
    stores: [FileStore; 2],
}

impl Nodes {
    fn new(blocks: u64) -> Self {
        Self::with_cache(blocks, 4 << 20)
    }

    fn with_cache(blocks: u64, cached: u64) -> Self {
        let blobs = Arc::<TestBlobs>::default();
        let store = || {
            let place = FilePlace::Shared(Arc::clone(&blobs) as _, cached);
            FileStore::open(place, blocks * BLOCK, 10_000).unwrap()
        };
        Self { stores: [store(), store()], blobs }
    }

    fn reads(&self) -> usize {
        self.blobs.reads.load(Ordering::SeqCst)
    }

    fn set_away(&self, away: bool) {
        self.blobs.away.store(away, Ordering::SeqCst);
    }
}

fn content(bytes: &[u8]) -> Content {
    let limits = TransferLimits { uploads: 1, downloads: 1, spooled: 100 };
    let transfers = Transfers::open(SpoolPlace::Memory, limits).unwrap();
    let mut file = transfers.new_file().unwrap();
    file.write_all(bytes).unwrap();
    file.finish()
}

fn bytes_of(store: &FileStore, key: FileKey) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    store.open_file(key).unwrap()?.reader().read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn what_one_node_keeps_the_other_has_until_it_is_removed() {
    let Nodes { stores: [one, other], .. } = Nodes::new(1_000);
    for length in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5] {
        let bytes = pattern(length);
        let key = one.keep(ANN, content(&bytes)).unwrap().key;
        assert!(
            [&one, &other].map(|store| bytes_of(store, key)) == [Some(bytes.clone()), Some(bytes.clone())]
        );
        let opened = other.open_file(key).unwrap().unwrap();
        for part in [0..length, length / 2..length, length.saturating_sub(3)..length] {
            let mut read = Vec::new();
            opened.section(part.start as u64..part.end as u64).read_to_end(&mut read).unwrap();
            assert!(read == bytes[part]);
        }
        assert!(opened.read_at(&mut [0], length as u64).is_err());
        assert_eq!(other.remove(&[OwnedKey { key, owner: ANN }, OwnedKey { key, owner: ANN }]), [key; 2]);
        assert!(bytes_of(&other, key).is_none());
    }
}

#[test]
fn what_is_read_again_is_at_hand() {
    let nodes = Nodes::with_cache(10_000, 8 * PART as u64);
    let [one, other] = &nodes.stores;
    let small = one.keep(ANN, content(b"preview")).unwrap().key;
    let large = one.keep(ANN, content(&pattern(20 * PART))).unwrap().key;
    for _ in 0..3 {
        assert_eq!(bytes_of(other, small).as_deref(), Some(&b"preview"[..]));
    }
    assert_eq!(nodes.reads(), 0, "it came as it was opened");
    for times in 1..=2 {
        assert!(bytes_of(other, large) == Some(pattern(20 * PART)));
        assert_eq!((nodes.reads() + 1) / 20, times, "it has more parts than stay");
    }
    assert_eq!(bytes_of(other, small).as_deref(), Some(&b"preview"[..]));
    assert!(nodes.reads() <= 40);
}

#[test]
fn one_who_reads_slowly_holds_the_part() {
    let nodes = Nodes::with_cache(1_000, 0);
    let key = nodes.stores[0].keep(ANN, content(&pattern(PART + 1))).unwrap().key;
    let opened = nodes.stores[0].open_file(key).unwrap().unwrap();
    for at in 0..100 {
        let mut byte = [0];
        opened.read_at(&mut byte, at).unwrap();
        assert_eq!(u64::from(byte[0]), at);
    }
    assert_eq!(nodes.reads(), 1);
}

#[test]
fn a_part_is_asked_for_in_the_turn_of_whoever_opened_the_file() {
    let nodes = Nodes::with_cache(1_000, 0);
    let key = nodes.stores[0].keep(ANN, content(&pattern(PART + 1))).unwrap().key;
    let client = Client::new([192, 0, 2, 1].into(), Some(1));
    let opened = std::thread::scope(|scope| {
        let open = || {
            client.act();
            nodes.stores[0].open_file(key).unwrap().unwrap()
        };
        scope.spawn(open).join().unwrap()
    });
    opened.read_at(&mut [0], PART as u64).unwrap();
    assert_eq!(*lock(&nodes.blobs.reader), Some(client));
}

#[test]
fn many_at_many_nodes_do_not_pass_the_share() {
    let Nodes { stores, blobs } = Nodes::new(16);
    let kept = std::thread::scope(|scope| {
        let stores = &stores;
        let keeping: Vec<_> =
            (0..20).map(|n| scope.spawn(move || stores[n % 2].keep(ANN, content(b"x")).is_ok())).collect();
        keeping.into_iter().filter_map(|one| one.join().unwrap().then_some(())).count()
    });
    assert_eq!((kept, blobs.count()), (8, (8, 8)));
    let refused = stores[1].keep(ANN, content(b"x")).unwrap_err();
    assert!(
        matches!(refused, KeepError::ShareFull { taken, share } if (taken, share) == (8 * BLOCK, 8 * BLOCK))
    );
    assert!(stores[0].admit(BOB, 4 * BLOCK).is_ok());
    assert!(stores[0].admit(BOB, 5 * BLOCK).is_err());
}

#[test]
fn while_the_database_is_away_nothing_is_kept_and_nothing_is_said_to_be_missing() {
    let nodes = Nodes::new(16);
    let [store, _] = &nodes.stores;
    let key = store.keep(ANN, content(b"x")).unwrap().key;
    nodes.set_away(true);
    assert!(matches!(store.admit(ANN, 1), Err(KeepError::Database(_))));
    assert!(matches!(store.keep(ANN, content(b"x")), Err(KeepError::Database(_))));
    assert_eq!(store.open_file(key).err().map(|error| error.kind()), Some(ErrorKind::NotConnected));
    assert_eq!(store.remove(&[OwnedKey { key, owner: ANN }]), []);
    nodes.set_away(false);
    assert_eq!(nodes.blobs.count(), (1, 1));
    assert_eq!(bytes_of(store, key).as_deref(), Some(&b"x"[..]));
}

#[test]
fn a_file_that_is_being_read_goes_on_when_the_database_is_back() {
    let nodes = Nodes::with_cache(1_000, 0);
    let [store, _] = &nodes.stores;
    let key = store.keep(ANN, content(&pattern(3 * PART))).unwrap().key;
    let opened = store.open_file(key).unwrap().unwrap();
    nodes.set_away(true);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut bytes = Vec::new();
            opened.reader().read_to_end(&mut bytes).map(|_| bytes)
        });
        while nodes.reads() < 2 {
            std::thread::yield_now();
        }
        nodes.set_away(false);
        assert!(reading.join().unwrap().unwrap() == pattern(3 * PART));
    });
}

#[test]
fn what_another_node_removed_is_at_hand_no_more() {
    let nodes = Nodes::new(16);
    let [store, _] = &nodes.stores;
    let [cached, read, stays] = ["cached", "read", "stays"].map(|text| {
        let key = store.keep(BOB, content(text.as_bytes())).unwrap().key;
        bytes_of(store, key).unwrap();
        key
    });
    nodes.blobs.disown(cached);
    nodes.blobs.disown(read);
    let mut gone = store.ownerless(vec![read]).unwrap();
    gone.sort_by_key(|key| key.0);
    gone.dedup();
    let mut expected = vec![cached, read];
    expected.sort_by_key(|key| key.0);
    assert_eq!(gone, expected);
    assert_eq!([cached, read, stays].map(|key| bytes_of(store, key).is_some()), [false, false, true]);
}

#[test]
fn the_double_does_what_every_store_does() {
    let blobs = TestBlobs::default();
    // To it, what it has never heard of has a row.
    let keys = (0..=255).map(|n| FileKey([n; 16]));
    keys.for_each(|key| blobs.disown(key));
    check_blob_store(&Subject {
        store: &blobs,
        own: &|key| blobs.own(key),
        disown: &|key| blobs.disown(key),
    });
}
