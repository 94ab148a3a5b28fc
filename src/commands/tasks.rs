//! One function for each command. Errors: one line for the operator.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::exported_files::FilesOut;
use super::file_check::FileCheck;
use super::files_check::FilesCheck;
use super::imported_files::{FilesIn, Source};
use super::jsonl::{self, JsonlReader};
use super::progress::Progress;
use crate::chat::{
    Archive as _, Author, KeptMember, MemberId, MessageView, RoomId, RoomKind, RoomName, Seq, StorageError,
    Timestamp,
};
use crate::control;
use crate::settings::Settings;
use crate::store::{DatabaseReader, Durability, NewFile, Store, cannot_write, files_folder};
use crate::text::Locale;
use crate::views::transcript::Transcript;
use crate::web::App;

/// Says what came of it.
pub(super) fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    written.map_err(|error| format!("it is done, but no one could be told: {error}"))
}

/// Before the work: at its end, nothing is replaced either.
pub(super) fn refuse_existing(to: &Path) -> Result<(), String> {
    match to.symlink_metadata() {
        Ok(_) => Err(cannot_write(to, &io::ErrorKind::AlreadyExists.into())),
        Err(_) => Ok(()),
    }
}

/// Writes an export to a new file that only its owner may read, or to standard output.
struct Output {
    to: Box<dyn Write>,
    /// With the name that it gets when it is whole.
    file: Option<(NewFile, PathBuf)>,
}

impl Output {
    fn open(to: Option<&Path>) -> Result<Self, String> {
        let Some(path) = to else {
            return Ok(Self { to: Box::new(BufWriter::new(io::stdout())), file: None });
        };
        refuse_existing(path)?;
        let new = NewFile::create(path).map_err(|error| cannot_write(path, &error))?;
        let copy = new.file().try_clone().map_err(|error| error.to_string())?;
        Ok(Self { to: Box::new(BufWriter::new(copy)), file: Some((new, path.into())) })
    }

    fn write(&mut self, text: &str) -> Result<(), StorageError> {
        self.to.write_all(text.as_bytes()).map_err(|error| unwritten(&error))
    }

    fn close(mut self) -> Result<(), StorageError> {
        self.to.flush().map_err(|error| unwritten(&error))?;
        let Some((new, path)) = self.file.take() else { return Ok(()) };
        new.publish(&path).map_err(|error| StorageError(cannot_write(&path, &error)))
    }
}

fn unwritten(error: &io::Error) -> StorageError {
    StorageError(format!("the export cannot be written: {error}"))
}

pub(super) fn export_lines(data: &Path, to: Option<&Path>, with_files: bool) -> Result<(), String> {
    let words = |error: StorageError| error.to_string();
    let reader = DatabaseReader::of_any(data)?;
    let mut output = Output::open(to)?;
    let _moment = reader.at_one_moment().map_err(words)?;
    let mut files = files_out((data, to, with_files), || reader.has_files(None))?;
    output.write(&format!("{}\n", jsonl::first())).map_err(words)?;
    let mut progress = Progress::new("exporting", reader.message_count().map_err(words)?);
    let kept = reader.outline().map_err(words)?;
    let names = kept.members.iter().map(|member| (member.id, member.name.clone())).collect();
    let mut others = jsonl::lines(&kept).into_iter().peekable();
    let mut count = 0;
    let mut write = |output: &mut Output, line: Value| {
        count += 1;
        output.write(&format!("{line}\n"))
    };
    let written = reader.every_message(&mut |mut message| {
        progress.step();
        files.take(&mut message)?;
        while let Some((_, line)) = others.next_if(|(id, _)| *id < message.id) {
            write(&mut output, line)?;
        }
        write(&mut output, jsonl::message_line(&message, &names))
    });
    written.map_err(words)?;
    for (_, line) in others {
        write(&mut output, line).map_err(words)?;
    }
    output.write(&format!("{}\n", jsonl::last(kept.newest, count))).map_err(words)?;
    close(output, files).map_err(words)
}

/// Where the bytes of files go. To standard output there is no place for them.
fn files_out(
    (data, to, with_files): (&Path, Option<&Path>, bool),
    has_files: impl FnOnce() -> Result<bool, StorageError>,
) -> Result<FilesOut, String> {
    match to {
        Some(to) if with_files => FilesOut::beside(to, data),
        None if with_files && has_files().map_err(|error| error.to_string())? => {
            Err("it has files: name OUT, so that they go to OUT.files, or leave them out by --no-files"
                .into())
        }
        _ => Ok(FilesOut::LeftOut),
    }
}

/// The files are there before the export that names them.
fn close(output: Output, files: FilesOut) -> Result<(), StorageError> {
    files.sync()?;
    output.close()?;
    files.keep();
    Ok(())
}

/// Messages that are read from the file at once.
const PAGE: usize = 500;

/// Exports as a page what every member may read: the shared room, then the open ones.
pub(super) fn export_page(
    data: &Path,
    settings: &Settings,
    to: Option<&Path>,
    with_files: bool,
) -> Result<(), String> {
    let words = |error: StorageError| error.to_string();
    let reader = DatabaseReader::of_any(data)?;
    let _moment = reader.at_one_moment().map_err(words)?;
    let kept = reader.outline().map_err(words)?;
    let decided = kept.configuration.and_then(|kept| kept.value.title);
    let title = decided.map_or_else(|| settings.title.clone(), |title| title.as_str().into());
    let author =
        |member: KeptMember| (member.id, Author { name: member.name, former: member.removed.is_some() });
    let authors: HashMap<MemberId, Author> = kept.members.into_iter().map(author).collect();
    let open = kept.rooms.into_iter().filter_map(|room| match room.value.kind {
        RoomKind::Named { name, open: true, .. } => Some((RoomId(room.id), Some(name))),
        RoomKind::Named { open: false, .. } | RoomKind::Pair(..) | RoomKind::Shared => None,
    });
    let rooms: Vec<_> = std::iter::once((RoomId::SHARED, None)).chain(open).collect();
    let has_files =
        || rooms.iter().try_fold(false, |has, (room, _)| Ok(has || reader.has_files(Some(*room))?));
    let mut files = files_out((data, to, with_files), has_files)?;
    let mut page = Transcript::new(&title, Locale { zone: settings.time_zone, ..Locale::PROGRAM });
    let mut output = Output::open(to)?;
    let mut progress = Progress::new("exporting", reader.message_count().map_err(words)?);
    output.write(&page.beginning(Timestamp::now())).map_err(words)?;
    for (room, name) in rooms {
        output.write(&page.room(name.as_ref().map(RoomName::as_str))).map_err(words)?;
        let mut last = Seq::default();
        loop {
            let messages = reader.after(&[room], last, PAGE).map_err(words)?;
            let Some(newest) = messages.last() else { break };
            last = newest.id;
            for mut message in messages {
                progress.step();
                files.take(&mut message).map_err(words)?;
                let author = authors.get(&message.author).cloned();
                let author = author.ok_or_else(|| format!("message {} has no author", message.id))?;
                let view = MessageView { message, author, mentioned: Vec::new() };
                output.write(&page.entry(view)).map_err(words)?;
            }
        }
    }
    output.write(&page.end(None)).map_err(words)?;
    close(output, files).map_err(words)
}

pub(super) fn import(
    data: &Path,
    from: Option<&Path>,
    settings: &Settings,
    with_files: bool,
) -> Result<(), String> {
    let input: Box<dyn BufRead> = match from {
        None => Box::new(io::stdin().lock()),
        Some(path) => {
            let file = File::open(path);
            Box::new(BufReader::new(
                file.map_err(|error| format!("{} cannot be opened: {error}", path.display()))?,
            ))
        }
    };
    let new = !data.exists();
    let mut store = Store::open(data, Durability::Full)?;
    let source = match from {
        _ if !with_files => Source::LeftOut,
        None => Source::Unknown,
        Some(path) => Source::Folder(files_folder(path)),
    };
    let mut files = FilesIn::new(source, data);
    let taken = import_lines(&mut store, input, &mut files, settings.password_memory);
    if taken.is_ok() {
        files.keep();
    }
    if taken.is_err() && new {
        drop(store);
        // It was made just now, and has nothing in it.
        let _ = std::fs::remove_file(data);
    }
    taken
}

fn import_lines(
    store: &mut Store,
    input: Box<dyn BufRead>,
    files: &mut FilesIn,
    password_memory: u32,
) -> Result<(), String> {
    let mut progress = Progress::new("importing", 0);
    let mut reading = JsonlReader::new(password_memory);
    let mut count = 0_u64;
    let mut lines = input.lines();
    store.import(|| {
        loop {
            let Some(line) = lines.next() else {
                let newest = reading.end().map_err(|why| format!("after line {count}: {why}"))?;
                return files.sync().map(|()| Err(newest));
            };
            count += 1;
            let at = |why: String| format!("line {count}: {why}");
            let line = line.map_err(|error| at(error.to_string()))?;
            progress.step();
            if let Some(mut record) = reading.take(&line).map_err(at)? {
                files.take(&mut record).map_err(at)?;
                return Ok(Ok(record));
            }
        }
    })
}

pub(super) fn check(data: &Path) -> Result<(), String> {
    let reader = DatabaseReader::of_any(data)?;
    let words = |error: StorageError| format!("{} is damaged: {error}", data.display());
    let faults = reader.faults().map_err(words)?;
    let mut files = FilesCheck::begin(data).map_err(|error| error.to_string())?;
    let whole = check_records(&reader, &mut files);
    if let Some(first) = faults.into_iter().next() {
        // It may be in the index for search alone.
        let remedy = match whole {
            Ok(_) => "; but all records can be read: export them, and import that into a new file",
            Err(_) => "",
        };
        return Err(format!("{}{remedy}", words(StorageError(first))));
    }
    let (members, messages) = whole.map_err(words)?;
    let count = files.count();
    let faults = files.faults(&reader).map_err(words)?;
    if !faults.is_empty() {
        return Err(format!("{} is sound, but its files are not: {}", data.display(), faults.join("\n  ")));
    }
    let files = if count == 0 { String::new() } else { format!(", {count} files") };
    say(&format!("{} is sound: {members} members, {messages} messages{files}", data.display()))
}

/// Gives the numbers of members and messages.
fn check_records(reader: &DatabaseReader, files: &mut FilesCheck) -> Result<(usize, u64), StorageError> {
    let mut progress = Progress::new("checking", reader.message_count()?);
    let _moment = reader.at_one_moment()?;
    let kept = reader.outline()?;
    let mut check = FileCheck::of(&kept)?;
    files.unsent(&kept);
    reader.every_message(&mut |message| {
        progress.step();
        files.take(&message);
        check.take(&message)
    })?;
    if reader.file_count()? != files.count() as u64 {
        return Err(StorageError("there are files of messages that are not there".into()));
    }
    check.end().map(|messages| (kept.members.len(), messages))
}

pub(super) fn reset_password(data: &Path, settings: &Settings, name: &str) -> Result<(), String> {
    if !data.exists() {
        return Err(format!("there is no {}", data.display()));
    }
    let asked = control::ask(data, &control::ControlRequest::ResetPassword(name.into()));
    let links = asked.unwrap_or_else(|| {
        // Nobody serves the file, so it is ours for a moment.
        let store = Store::open(data, Durability::Full)?;
        let app = App::new(settings, Box::new(store)).map_err(|error| error.to_string())?;
        Ok(crate::network::links(settings.listen[0], &app.offer_reset(name)?).join("\n"))
    })?;
    say(&links)?;
    // The link alone goes to standard output, so that it can be piped on.
    let hint = format!(
        "The person who opens this within an hour sets a new password for {name}, once.\n\
         Behind a proxy, put your own address in the place of the first part.\n"
    );
    // Nobody may be reading; the link is what counts.
    let _ = io::stderr().write_all(hint.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::chat::FileKey;
    use crate::chat::log_contract::{check_every_event, check_log_contract, verbs};
    use crate::store::tests::Folder;

    /// What the file of a folder exports, and the names and bytes of the files beside it. Passwords of the contract are
    /// no hashes; there are some in their place.
    fn exported(folder: &Folder) -> (String, BTreeMap<OsString, Vec<u8>>) {
        const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$bm9ib2R5bm9ib2R5bm9ib2R5";
        let to = folder.0.join("export");
        export_lines(&folder.file(), Some(&to), true).unwrap();
        let text = fs::read_to_string(&to).unwrap();
        let with_hash = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if line["password"].as_str().is_some_and(|password| !password.is_empty()) {
                line["password"] = HASH.into();
            }
            format!("{line}\n")
        };
        let text: String = text.lines().map(with_hash).collect();
        fs::write(&to, &text).unwrap();
        let entries = fs::read_dir(files_folder(&to)).into_iter().flatten().map(Result::unwrap);
        (text, entries.map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap())).collect())
    }

    /// Gives the contract's files their bytes: a file's key, and the beginning of a picture before a preview's.
    fn fill(folder: &Folder) {
        let files = crate::file_store::Folder::at(&files_folder(&folder.file()));
        let write = |key: FileKey, head: &[u8]| {
            fs::write(files.place_of(key).unwrap(), [head, &key.0].concat()).unwrap();
        };
        let reader = DatabaseReader::of_any(&folder.file()).unwrap();
        let filled = reader.every_message(&mut |message| {
            for (_, file) in message.files.iter().filter(|(_, file)| !file.gone) {
                write(file.key, b"");
                file.preview.into_iter().for_each(|key| write(key, b"\xff\xd8\xff"));
            }
            Ok(())
        });
        filled.unwrap();
    }

    /// A list that is exported and not read again is missing from the second export.
    fn check_import(folder: &Folder) {
        fill(folder);
        let (first, other) = (exported(folder), Folder::new());
        import(&other.file(), Some(&folder.0.join("export")), &Settings::default(), true).unwrap();
        assert_eq!(exported(&other), first);
    }

    #[test]
    fn what_every_event_left_is_exported_and_imported() {
        let folder = Folder::new();
        check_every_event(|| Box::new(folder.open().unwrap()));
        check_import(&folder);
        assert_eq!(check(&folder.file()), Ok(()));
        let lost = files_folder(&folder.file());
        fs::rename(&lost, folder.0.join("elsewhere")).unwrap();
        assert!(check(&folder.file()).unwrap_err().contains("file "), "a file is left to be missed");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn what_is_exported_is_imported(verbs in verbs()) {
            let folder = Folder::new();
            check_log_contract(|| Box::new(folder.open().unwrap()), verbs);
            check_import(&folder);
        }
    }
}
