//! Exports, as JSON lines and as a page. Errors: one line for the operator.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::exported_files::FilesOut;
use super::jsonl;
use super::open_chat::OpenChat;
use super::progress::Progress;
use super::tasks::refuse_existing;
use crate::chat::{
    Author, Kept, KeptMember, KeptRoom, MemberId, Message, MessageView, RoomId, RoomKind, RoomName, Seq,
    StorageError, Timestamp,
};
use crate::settings::{DataPlace, Settings};
use crate::store::{NewFile, cannot_write};
use crate::text::Locale;
use crate::views::transcript::Transcript;

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

pub(super) fn export_lines(data: &DataPlace, to: Option<&Path>, with_files: bool) -> Result<(), String> {
    let words = |error: StorageError| error.to_string();
    let chat = OpenChat::open(data)?;
    let reader = chat.reader();
    let mut output = Output::open(to)?;
    let _moment = reader.at_one_moment().map_err(words)?;
    let mut files = files_out(&chat, to, with_files, || reader.has_files(None))?;
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
fn files_out<'a>(
    chat: &'a OpenChat,
    to: Option<&Path>,
    with_files: bool,
    has_files: impl FnOnce() -> Result<bool, StorageError>,
) -> Result<FilesOut<'a>, String> {
    match to {
        Some(to) if with_files => FilesOut::beside(to, chat.files()),
        None if with_files && has_files().map_err(|error| error.to_string())? => {
            Err("it has files: name OUT, so that they go to OUT.files, or leave them out by --no-files"
                .into())
        }
        _ => Ok(FilesOut::LeftOut),
    }
}

/// The files are there before the export that names them.
fn close(output: Output, files: FilesOut<'_>) -> Result<(), StorageError> {
    files.sync()?;
    output.close()?;
    files.keep();
    Ok(())
}

/// Messages that are read from the file at once.
const PAGE: usize = 500;

/// Exports as a page what every member may read: the shared room, then the open ones.
pub(super) fn export_page(
    data: &DataPlace,
    settings: &Settings,
    to: Option<&Path>,
    with_files: bool,
) -> Result<(), String> {
    let words = |error: StorageError| error.to_string();
    let chat = OpenChat::open(data)?;
    let reader = chat.reader();
    let _moment = reader.at_one_moment().map_err(words)?;
    let kept = reader.outline().map_err(words)?;
    let decided = kept.configuration.and_then(|kept| kept.value.title);
    let title = decided.map_or_else(|| settings.title.clone(), |title| title.as_str().into());
    let author =
        |member: KeptMember| (member.id, Author { name: member.name, former: member.removed.is_some() });
    let authors: HashMap<MemberId, Author> = kept.members.into_iter().map(author).collect();
    let rooms = read_by_all(kept.rooms);
    let mut output = Output::open(to)?;
    let has_files =
        || rooms.iter().try_fold(false, |has, (room, _)| Ok(has || reader.has_files(Some(*room))?));
    let mut files = files_out(&chat, to, with_files, has_files)?;
    let mut progress = Progress::new("exporting", reader.message_count().map_err(words)?);
    let locale = Locale { zone: settings.time_zone, ..Locale::PROGRAM };
    let mut page = Transcript::new(&title, locale, files.address());
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
                let view = view(message, &authors)?;
                output.write(&page.entry(view)).map_err(words)?;
            }
        }
    }
    output.write(&page.end(None)).map_err(words)?;
    close(output, files).map_err(words)
}

/// The rooms that every member may read, and their names but for that of the shared one.
fn read_by_all(rooms: Vec<Kept<KeptRoom>>) -> Vec<(RoomId, Option<RoomName>)> {
    let open = rooms.into_iter().filter_map(|room| match room.value.kind {
        RoomKind::Named { name, open: true, .. } => Some((RoomId(room.id), Some(name))),
        RoomKind::Named { open: false, .. } | RoomKind::Pair(..) | RoomKind::Shared => None,
    });
    std::iter::once((RoomId::SHARED, None)).chain(open).collect()
}

fn view(message: Message, authors: &HashMap<MemberId, Author>) -> Result<MessageView, String> {
    let name_of = |member: MemberId| authors.get(&member).cloned();
    let author = name_of(message.author).ok_or_else(|| format!("message {} has no author", message.id))?;
    Ok(MessageView::new(message, author, Vec::new(), name_of))
}
