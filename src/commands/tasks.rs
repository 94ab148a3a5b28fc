//! One function for each command. Errors: one line for the operator.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::path::Path;

use super::bytes_check::BytesCheck;
use super::file_check::FileCheck;
use super::imported_files::{FileSink, FilesIn, FolderSink, Source};
use super::jsonl::JsonlReader;
use super::open_chat::OpenChat;
use super::progress::Progress;
use crate::chat::{Log, Record, Seq, StorageError};
use crate::control;
use crate::settings::{DataPlace, Settings};
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::{Durability, Reader, Store, cannot_write, files_folder};
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

pub(super) fn import(
    data: &DataPlace,
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
    let source = match from {
        _ if !with_files => Source::LeftOut,
        None => Source::Unknown,
        Some(path) => Source::Folder(files_folder(path)),
    };
    let mut lines = ImportedLines {
        lines: input.lines(),
        reading: JsonlReader::new(settings.password_memory),
        files: FilesIn::new(source),
        count: 0,
        progress: Progress::new("importing", 0),
    };
    match data {
        DataPlace::File(path) => import_into_file(path, &mut lines)?,
        #[cfg(feature = "postgres")]
        DataPlace::Database(url) => postgres::import(url, |blobs| lines.next(blobs))?,
    }
    lines.files.end(settings.files_total);
    Ok(())
}

fn import_into_file(data: &Path, lines: &mut ImportedLines) -> Result<(), String> {
    let new = !data.exists();
    let mut store = Store::open(data, Durability::Full)?;
    let mut files = FolderSink::beside(data);
    let taken = store.import(|| lines.next(&mut files));
    if taken.is_ok() {
        files.publish();
    } else if new {
        drop(store);
        // It was made just now, and has nothing in it.
        let _ = std::fs::remove_file(data);
    }
    taken
}

/// The lines of an import, which are read one by one.
struct ImportedLines {
    lines: Lines<Box<dyn BufRead>>,
    reading: JsonlReader,
    files: FilesIn,
    count: u64,
    progress: Progress,
}

impl ImportedLines {
    /// The next record, whose files are kept there, or the newest number at the end.
    fn next(&mut self, to: &mut dyn FileSink) -> Result<Result<Record, Seq>, String> {
        loop {
            let Some(line) = self.lines.next() else {
                let newest = self.reading.end();
                let newest = newest.map_err(|why| format!("after line {}: {why}", self.count))?;
                return to.sync().map(|()| Err(newest));
            };
            self.count += 1;
            let at = |why: String| format!("line {}: {why}", self.count);
            let line = line.map_err(|error| at(error.to_string()))?;
            self.progress.step();
            if let Some(mut record) = self.reading.take(&line).map_err(at)? {
                self.files.take(&mut record, to).map_err(at)?;
                return Ok(Ok(record));
            }
        }
    }
}

pub(super) fn check(data: &DataPlace) -> Result<(), String> {
    let chat = OpenChat::open(data)?;
    let words = |error: StorageError| format!("{data} is damaged: {error}");
    let faults = chat.faults().map_err(words)?;
    let files = BytesCheck::begin(chat.files());
    let mut files = files.map_err(|error| format!("the files of {data} cannot be read: {error}"))?;
    let whole = check_records(chat.reader(), &mut files);
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
    let faults = files.faults(chat.reader()).map_err(words)?;
    if !faults.is_empty() {
        return Err(format!("{data} is sound, but its files are not: {}", faults.join("\n  ")));
    }
    let files = if count == 0 { String::new() } else { format!(", {count} files") };
    say(&format!("{data} is sound: {members} members, {messages} messages{files}"))
}

/// Gives the numbers of members and messages.
fn check_records(reader: &dyn Reader, files: &mut BytesCheck<'_>) -> Result<(usize, u64), StorageError> {
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
    if let Some((id, why)) = reader.talk_fault()? {
        return Err(StorageError(format!("message {id}: {why}")));
    }
    check.end().map(|messages| (kept.members.len(), messages))
}

pub(super) fn reset_password(data: &DataPlace, settings: &Settings, name: &str) -> Result<(), String> {
    let links = match data {
        DataPlace::File(path) if !path.exists() => return Err(format!("there is no {data}")),
        DataPlace::File(path) => {
            let asked = control::ask(path, &control::ControlRequest::ResetPassword(name.into()));
            // Where nobody serves the file, it is ours for a moment.
            asked.unwrap_or_else(|| {
                offer_reset(Box::new(Store::open(path, Durability::Full)?), settings, name)
            })
        }
        #[cfg(feature = "postgres")]
        DataPlace::Database(url) => {
            postgres::DatabaseReader::open(url)?;
            let (log, _) = crate::chat_log(settings)?;
            offer_reset(log, settings, name)
        }
    }?;
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

fn offer_reset(log: Box<dyn Log>, settings: &Settings, name: &str) -> Result<String, String> {
    let app = App::new(settings, log).map_err(|error| error.to_string())?;
    Ok(crate::network::links(settings.listen[0], &app.offer_reset(name)?).join("\n"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::fs;

    use proptest::prelude::*;

    use serde_json::Value;

    use super::super::export::export_lines;
    use super::*;
    use crate::chat::log_contract::{check_every_event, check_log_contract, verbs};
    use crate::chat::{Chat, FileKey, Limits};
    use crate::store::DatabaseReader;
    use crate::store::tests::Folder;

    type Exported = (String, BTreeMap<OsString, Vec<u8>>);

    /// What the file of a folder exports, and the names and bytes of the files beside it. Passwords of the contract are
    /// no hashes; there are some in their place.
    fn exported(folder: &Folder) -> Exported {
        exported_from(&folder.file().into(), folder)
    }

    /// The same of a chat that is kept anywhere.
    fn exported_from(data: &DataPlace, folder: &Folder) -> Exported {
        const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$bm9ib2R5bm9ib2R5bm9ib2R5";
        let to = folder.0.join("export");
        export_lines(data, Some(&to), true).unwrap();
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
        import(&other.file().into(), Some(&folder.0.join("export")), &Settings::default(), true).unwrap();
        assert_eq!(exported(&other), first);
        assert_eq!(check(&other.file().into()), Ok(()));
        let chat = Chat::open(Box::new(other.open().unwrap()), Limits::default(), Box::new(|_| {})).unwrap();
        chat.state().check_invariants();
    }

    #[test]
    fn what_every_event_left_is_exported_and_imported() {
        let folder = Folder::new();
        check_every_event(|| Box::new(folder.open().unwrap()));
        check_import(&folder);
        assert_eq!(check(&folder.file().into()), Ok(()));
        let lost = files_folder(&folder.file());
        fs::rename(&lost, folder.0.join("elsewhere")).unwrap();
        assert!(check(&folder.file().into()).unwrap_err().contains("file "), "a file is left to be missed");
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn what_is_exported_goes_through_a_database_as_it_is() {
        use crate::store::DatabaseUrl;

        let Some(database) = postgres::tests::database() else { return };
        let data = DataPlace::Database(DatabaseUrl::parse(&database.url).unwrap());
        let (folder, other) = (Folder::new(), Folder::new());
        assert_eq!(check(&data).unwrap_err(), format!("there is no chat in {data}"));
        check_every_event(|| Box::new(folder.open().unwrap()));
        fill(&folder);
        let first = exported(&folder);
        let from = folder.0.join("export");
        let settings = Settings::default();
        // One that is refused in the middle leaves nothing.
        let cut = folder.0.join("cut");
        fs::write(&cut, first.0.lines().take(9).collect::<Vec<_>>().join("\n")).unwrap();
        assert!(import(&data, Some(&cut), &settings, false).unwrap_err().contains("cut off"));
        import(&data, Some(&from), &settings, true).unwrap();
        assert_eq!(check(&data), Ok(()));
        assert_eq!(exported_from(&data, &other), first);
        assert!(import(&data, Some(&from), &settings, true).unwrap_err().contains("has a chat already"));
        assert_eq!(check(&data), Ok(()));
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
