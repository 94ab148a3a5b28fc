use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::secrets::draw_nonce;
use crate::transfer::{TransferLimits, Transfers};

const ANN: MemberId = MemberId(Seq(1));
const BOB: MemberId = MemberId(Seq(2));

/// A store and its spools, in a folder of their own or in memory.
struct Fixture {
    home: PathBuf,
    store: FileStore,
    transfers: Transfers,
}

impl Fixture {
    fn new(on_disk: bool, blocks: u64) -> Self {
        let home = std::env::temp_dir().join(format!("snug-files-{}", draw_nonce()));
        fs::create_dir(&home).unwrap();
        Self::in_home(home, on_disk, blocks)
    }

    fn in_home(home: PathBuf, on_disk: bool, blocks: u64) -> Self {
        let place = if on_disk { FilePlace::Folder(home.join("chat.db.files")) } else { FilePlace::Memory };
        let store = FileStore::open(place, blocks * BLOCK, 10_000).unwrap();
        let limits = TransferLimits { uploads: 1, downloads: 1, spooled: 100 };
        let transfers = Transfers::open(store.spools(), limits).unwrap();
        Self { home, store, transfers }
    }

    /// The same folder after another start, with these files of ann's.
    fn again(self, known: &[FileKey]) -> Self {
        self.again_with(&known.iter().map(|key| (*key, ANN)).collect())
    }

    fn again_with(mut self, known: &HashMap<FileKey, MemberId>) -> Self {
        let home = std::mem::take(&mut self.home);
        let again = Self::in_home(home, true, 8);
        again.store.clean(known).unwrap();
        again
    }

    fn keep(&self, owner: MemberId, text: &str) -> Result<Kept, KeepError> {
        let mut file = self.transfers.new_file().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        self.store.keep(owner, file.finish())
    }

    /// A file of ann's.
    fn kept(&self, text: &str) -> FileKey {
        self.keep(ANN, text).unwrap().key
    }

    fn remove(&self, key: FileKey) {
        assert_eq!(self.store.remove(&[OwnedKey { key, owner: ANN }]), [key]);
    }

    /// How many blocks a member may add at most, as one file.
    fn room(&self, owner: MemberId) -> u64 {
        let fits = |blocks: &u64| self.store.admit(owner, blocks * BLOCK).is_ok();
        (1..=100).take_while(fits).last().unwrap_or(0)
    }

    fn text(&self, key: FileKey) -> Option<String> {
        let mut text = String::new();
        self.store.open_file(key).unwrap()?.reader().read_to_string(&mut text).unwrap();
        Some(text)
    }

    fn folder(&self) -> PathBuf {
        self.home.join("chat.db.files")
    }

    /// All files in the folder.
    fn names(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder()];
        let mut names = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let list = if entry.file_type().unwrap().is_dir() { &mut folders } else { &mut names };
                list.push(entry.path());
            }
        }
        names
    }

    fn path_of(&self, key: FileKey) -> PathBuf {
        let name = format!("{:032x}", u128::from_be_bytes(key.0));
        self.folder().join(&name[..2]).join(name)
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if !self.home.as_os_str().is_empty() {
            fs::remove_dir_all(&self.home).unwrap();
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_kept_is_found_until_it_is_removed() {
    for on_disk in [true, false] {
        let files = Fixture::new(on_disk, 4);
        let [one, other] = ["one", ""].map(|text| files.kept(text));
        assert_ne!(one, other);
        assert_eq!([one, other].map(|key| files.text(key)), [Some("one".into()), Some(String::new())]);
        let reader = files.store.open_file(one).unwrap().unwrap();
        let never = FileKey([7; 16]);
        for key in [one, never, one] {
            files.remove(key);
        }
        assert_eq!([one, never, other].map(|key| files.text(key)), [None, None, Some(String::new())]);
        // Whoever reads it already is ended elsewhere.
        assert_eq!(reader.len(), 3);
    }
}

#[test]
fn on_the_disk_nobody_else_may_read_it_and_nothing_else_lies_there() {
    let files = Fixture::new(true, 4);
    assert!(!files.folder().exists(), "it is made when it is needed");
    let key = files.kept("one");
    let path = files.path_of(key);
    assert_eq!(files.names(), std::slice::from_ref(&path));
    let folders = [files.folder(), files.folder().join("incoming"), path.parent().unwrap().to_owned()];
    assert_eq!(folders.map(|folder| mode(&folder)), [0o700; 3]);
    assert_eq!(mode(&path), 0o600);
}

fn blocks(count: usize) -> String {
    "x".repeat(count * 4096)
}

#[test]
fn on_the_disk_one_member_takes_half_of_what_is_free_and_the_next_half_of_the_rest() {
    let files = Fixture::new(true, 16);
    let members = [1, 2, 3, 4].map(|id| MemberId(Seq(id)));
    let taken = members.map(|member| std::iter::from_fn(|| files.keep(member, "x").ok()).count());
    assert_eq!(taken, [8, 4, 2, 1]);
    let names = files.names().len();
    let refused = files.keep(ANN, "x").unwrap_err();
    assert!(
        matches!(refused, KeepError::ShareFull { taken, share } if (taken, share) == (8 * BLOCK, 4 * BLOCK + BLOCK / 2))
    );
    assert_eq!(files.names().len(), names, "nothing of it is left");
}

#[test]
fn on_the_disk_what_a_member_removes_is_theirs_again() {
    let files = Fixture::new(true, 8);
    let keys = [(); 4].map(|()| files.kept("x"));
    assert_eq!([ANN, BOB].map(|member| files.room(member)), [0, 2]);
    files.remove(keys[0]);
    files.remove(keys[0]);
    assert_eq!(files.room(ANN), 1, "once");
    files.keep(BOB, &blocks(2)).unwrap();
    assert_eq!(files.room(ANN), 0, "what others take is not free");
    assert!(matches!(files.keep(BOB, "x"), Err(KeepError::ShareFull { .. })));
}

#[test]
fn on_the_disk_who_has_little_is_refused_only_where_no_room_is_left() {
    let mut files = Fixture::new(true, 8);
    files.store = FileStore::open(FilePlace::Folder(files.folder()), 8 * BLOCK, 8).unwrap();
    for (id, kept) in [(1, 4), (2, 2), (3, 1), (4, 1)] {
        files.keep(MemberId(Seq(id)), &blocks(kept)).unwrap();
    }
    assert!(matches!(files.keep(MemberId(Seq(5)), ""), Err(KeepError::Full)));
    assert!(matches!(files.keep(ANN, ""), Err(KeepError::ShareFull { .. })));
}

#[test]
fn many_at_once_do_not_pass_the_share() {
    let files = Fixture::new(true, 6);
    let kept = std::thread::scope(|scope| {
        let keeping: Vec<_> = (0..10).map(|_| scope.spawn(|| files.keep(ANN, "x").is_ok())).collect();
        keeping.into_iter().filter_map(|one| one.join().unwrap().then_some(())).count()
    });
    assert_eq!((kept, files.names().len()), (3, 3));
}

#[test]
fn in_memory_the_oldest_of_one_member_make_room_for_their_own() {
    let files = Fixture::new(false, 3);
    let keys = ["one", "two", "three"].map(|text| files.kept(text));
    let large = "x".repeat(4097);
    assert_eq!(files.room(ANN), 3);
    let Kept { key, evicted } = files.keep(ANN, &large).unwrap();
    assert_eq!(evicted, keys[..2]);
    assert_eq!(files.store.evicted_of(keys.into_iter()), evicted);
    let found = [keys[0], keys[1], keys[2], key].map(|key| files.text(key));
    assert_eq!(found, [None, None, Some("three".into()), Some(large)]);
    // What was removed takes no room.
    files.remove(keys[2]);
    assert_eq!(files.keep(ANN, "four").unwrap().evicted, []);
    assert!(matches!(files.keep(ANN, &blocks(4)), Err(KeepError::ShareFull { .. })));
    assert_eq!(files.text(key).map(|text| text.len()), Some(4097), "nothing went for what is refused");
}

#[test]
fn in_memory_whoever_takes_most_gives_way() {
    let files = Fixture::new(false, 8);
    let bobs = files.keep(BOB, "bob").unwrap().key;
    let anns: Vec<FileKey> = (0..7).map(|_| files.kept("ann")).collect();
    assert_eq!(files.keep(ANN, "more").unwrap().evicted, anns[..1], "their own, whose else is older");
    assert_eq!(files.keep(BOB, &blocks(3)).unwrap().evicted, anns[1..4]);
    assert_eq!(
        files.keep(ANN, "half").unwrap().evicted,
        anns[4..5],
        "of two who take the same, whoever wants more"
    );
    // A share of one of three, and no more.
    let eve = MemberId(Seq(3));
    let refused = files.keep(eve, &blocks(5)).unwrap_err();
    assert!(matches!(refused, KeepError::ShareFull { taken: 0, share } if share == 8 * BLOCK / 3));
    assert!(files.keep(eve, &blocks(2)).is_ok());
    assert!(files.text(bobs).is_none() && files.room(eve) >= 2);
}

#[test]
fn a_start_removes_what_nobody_knows_and_nothing_else() {
    let mut files = Fixture::new(true, 8);
    let [known, stray, missing] = ["known", "stray", "missing"].map(|text| files.kept(text));
    fs::remove_file(files.path_of(missing)).unwrap();
    let beside = files.path_of(known).parent().unwrap().to_owned();
    let elsewhere = files.home.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let like_a_key = format!("{:032x}", 1);
    fs::write(elsewhere.join(&like_a_key), "x").unwrap();
    let left_alone = [
        files.folder().join("note"),
        beside.join("note"),
        // Another folder's, and one in capitals.
        beside.join(format!("{:02x}{:030x}", !known.0[0], 0)),
        files.path_of(known).with_extension("old"),
        beside.join(format!("{:02X}{:030X}", known.0[0], u128::MAX >> 8)),
        elsewhere.join(&like_a_key),
    ];
    for path in &left_alone {
        fs::write(path, "x").unwrap();
    }
    if fs::symlink_metadata(files.folder().join("00")).is_err() {
        std::os::unix::fs::symlink(&elsewhere, files.folder().join("00")).unwrap();
    }
    std::os::unix::fs::symlink(&left_alone[5], beside.join(format!("{:02x}{:030x}", known.0[0], 0))).unwrap();
    fs::write(files.folder().join("incoming/half"), "x").unwrap();

    files = files.again(&[known, missing]);
    assert_eq!([known, stray, missing].map(|key| files.text(key)), [Some("known".into()), None, None]);
    assert!(left_alone.iter().all(|path| path.exists()));
    assert!(!files.folder().join("incoming/half").exists());
    // What is known is counted, and nothing else.
    assert_eq!([ANN, BOB].map(|member| files.room(member)), [3, 3]);
    files = files.again(&[]);
    assert_eq!(files.text(known), None);
    assert_eq!(files.room(ANN), 4);
}

#[test]
fn a_start_counts_what_is_whose_as_it_was() {
    let mut files = Fixture::new(true, 8);
    let key = |member, text: &str| (files.keep(member, text).unwrap().key, member);
    let known = HashMap::from([key(ANN, &blocks(3)), key(ANN, "x"), key(BOB, &blocks(1))]);
    let rooms = |files: &Fixture| [ANN, BOB].map(|member| files.room(member));
    assert_eq!(rooms(&files), [0, 1]);
    files = files.again_with(&known);
    assert_eq!(rooms(&files), [0, 1]);
}

#[test]
fn files_that_may_be_another_chats_are_left() {
    let mut files = Fixture::new(true, 8);
    let keys = [(); 4].map(|()| files.kept("x"));
    files = files.again(&[]);
    assert!(keys.iter().all(|key| files.text(*key).is_some()));
    assert_eq!(files.room(ANN), 2, "of what they leave, half");
    files = files.again(&keys[..1]);
    assert_eq!(keys.map(|key| files.text(key).is_some()), [true, false, false, false]);
}

#[test]
fn what_is_no_folder_is_refused_in_one_line() {
    let files = Fixture::new(true, 4);
    fs::write(files.folder(), "x").unwrap();
    let refused = FileStore::open(FilePlace::Folder(files.folder()), 1, 1).err().unwrap();
    assert_eq!(refused, format!("{} cannot hold files: it is no folder", files.folder().display()));
    fs::remove_file(files.folder()).unwrap();
    fs::create_dir(files.folder()).unwrap();
    fs::write(files.folder().join("incoming"), "x").unwrap();
    let refused = FileStore::open(FilePlace::Folder(files.folder()), 1, 1).err().unwrap();
    assert!(refused.contains(" cannot hold files: ") && refused.lines().count() == 1, "{refused}");
}

#[test]
fn an_error_of_the_disk_leaves_nothing_behind() {
    let files = Fixture::new(true, 2);
    let mut file = files.transfers.new_file().unwrap();
    file.write_all(b"x").unwrap();
    // All folders of keys are something else.
    for first in 0..=255 {
        fs::write(files.folder().join(format!("{first:02x}")), "").unwrap();
    }
    let before = files.names().len();
    assert!(matches!(files.store.keep(ANN, file.finish()), Err(KeepError::Disk(_))));
    assert_eq!(files.names().len(), before - 1);
    assert_eq!(files.room(ANN), 1);
}

#[test]
fn a_full_disk_is_told_apart() {
    assert!(matches!(KeepError::from(io::Error::from(ErrorKind::StorageFull)), KeepError::DiskFull));
    assert!(matches!(KeepError::from(io::Error::from(ErrorKind::NotFound)), KeepError::Disk(_)));
}

/// Prints how long a start takes: `SNUG_FILES=100000 cargo test --lib file_store -- --nocapture cost_of_a_start`.
#[test]
fn cost_of_a_start() {
    let count: u32 = std::env::var("SNUG_FILES").map_or(100, |text| text.parse().unwrap());
    let mut files = Fixture::new(true, 4);
    files.kept("x");
    let keys: Vec<FileKey> = (0..count).map(|_| draw_file_key()).collect();
    for key in &keys {
        fs::create_dir_all(files.path_of(*key).parent().unwrap()).unwrap();
        fs::write(files.path_of(*key), "x").unwrap();
    }
    let begun = std::time::Instant::now();
    files = files.again(&keys);
    println!("{count} files: {:?}", begun.elapsed());
    assert_eq!(files.names().len(), keys.len());
}
