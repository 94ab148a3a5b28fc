//! One function for each command. Errors: one line for the operator.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::bytes_check::BytesCheck;
use super::file_check::FileCheck;
use super::imported_files::{FilesIn, Source};
use super::jsonl::JsonlReader;
use super::progress::Progress;
use crate::chat::StorageError;
use crate::control;
use crate::settings::Settings;
use crate::store::{DatabaseReader, Durability, Reader, Store, cannot_write, files_folder};
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
        files.keep(settings.files_total);
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
    let mut files = BytesCheck::begin(data).map_err(|error| error.to_string())?;
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
fn check_records(reader: &DatabaseReader, files: &mut BytesCheck) -> Result<(usize, u64), StorageError> {
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

    use serde_json::Value;

    use super::super::export::export_lines;
    use super::*;
    use crate::chat::log_contract::{check_every_event, check_log_contract, verbs};
    use crate::chat::{Chat, FileKey, Limits};
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
        assert_eq!(check(&other.file()), Ok(()));
        let chat = Chat::open(Box::new(other.open().unwrap()), Limits::default(), Box::new(|_| {})).unwrap();
        chat.state().check_invariants();
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
