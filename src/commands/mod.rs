//! Commands on the host for a chat's file, beside serving it.

mod backup;
mod bytes_check;
mod export;
mod exported_files;
mod file_bytes;
mod file_check;
mod file_source;
mod imported_files;
mod json_fields;
mod jsonl;
mod jsonl_files;
mod jsonl_talk;
mod open_chat;
mod progress;
mod seen_ids;
mod tasks;

use std::path::PathBuf;

use crate::secrets;
use crate::settings::{DataPlace, Settings};

/// A command, as its help tells it.
pub(crate) struct CommandSpec {
    pub(crate) name: &'static str,
    /// Arguments after the name, flags aside, as the help shows them.
    pub(crate) takes: &'static str,
    pub(crate) does: &'static str,
    /// More about it, one paragraph.
    pub(crate) detail: &'static str,
    pub(crate) example: &'static str,
    /// Reads what follows the name.
    parse: fn(Positionals) -> Result<Task, String>,
}

/// All of them, in the order of the help.
pub(crate) const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "backup",
        takes: "OUT",
        does: "copy the chat, also while the server runs",
        detail: "To the file OUT, and what people sent as files to the folder OUT.files; neither may exist. They hold \
                 all there is: passwords' hashes and sessions, too. On the same disk the copied files take no room \
                 (hard links), as their bytes never change. To go back to it, stop snug, put OUT in the place of the \
                 chat's file (and remove that one's -wal and -shm), and OUT.files in the place of its folder. A chat in \
                 PostgreSQL is copied by PostgreSQL itself: then this says how, and does nothing.",
        example: "snug backup --data chat.db chat-monday.db",
        parse: |words| Ok(Task::Backup { to: words.one("OUT")?.into() }),
    },
    CommandSpec {
        name: "export",
        takes: "[--html] [--no-files] [OUT]",
        does: "write the chat as JSON lines, or as one HTML page to keep",
        detail: "To OUT, which must not exist, and what people sent as files to the folder OUT.files. To standard \
                 output where no OUT is named: then there may be no files, or --no-files leaves their bytes out. The \
                 JSON is what `snug import` reads: it holds all rooms and conversations and the hashes of passwords, \
                 and no sessions. The page holds what everyone may read: General and the open rooms.",
        example: "snug export --data chat.db --html chat.html",
        parse: |words| {
            let (html, with_files) = (words.html, !words.no_files);
            Ok(Task::Export { html, to: words.at_most_one()?.map(PathBuf::from), with_files })
        },
    },
    CommandSpec {
        name: "import",
        takes: "[--no-files] [FILE]",
        does: "read such JSON lines into a chat that has nothing yet",
        detail: "From FILE and the folder FILE.files, or from standard input. All of it is taken, or nothing: a file \
                 that is missing or altered is refused, unless --no-files leaves all of them out. People sign in \
                 again, with the passwords that they have.",
        example: "snug import --data new.db chat.jsonl",
        parse: |words| {
            let with_files = !words.no_files;
            Ok(Task::Import { from: words.at_most_one()?.map(PathBuf::from), with_files })
        },
    },
    CommandSpec {
        name: "check",
        takes: "",
        does: "look for damage, also while the server runs",
        detail: if cfg!(feature = "postgres") {
            "Reads every record, every file that people sent, and every page of the chat's file (PostgreSQL looks after \
             its own). It ends with 1 where something is wrong, and changes nothing."
        } else {
            "Reads every page, every record and every file that people sent. It ends with 1 where something is \
             wrong, and changes nothing."
        },
        example: "snug check --data chat.db",
        parse: |words| words.none().map(|()| Task::Check),
    },
    CommandSpec {
        name: "reset-password",
        takes: "NAME",
        does: "print a link by which NAME sets a new password",
        detail: "The link works once, within an hour, also while the server runs. The person who opens it sets the \
                 password; all of NAME's sessions end then.",
        example: "snug reset-password ann --data chat.db",
        parse: |words| Ok(Task::ResetPassword { name: words.one("NAME")? }),
    },
];

/// Arguments after a command's name, flags with a value aside.
#[derive(Default)]
pub(crate) struct Positionals {
    pub(crate) html: bool,
    pub(crate) no_files: bool,
    pub(crate) others: Vec<String>,
}

impl Positionals {
    fn at_most_one(self) -> Result<Option<String>, String> {
        match &self.others[..] {
            [] | [_] => Ok(self.others.into_iter().next()),
            [_, second, ..] => Err(format!("unexpected {second:?}")),
        }
    }

    fn one(self, name: &str) -> Result<String, String> {
        self.at_most_one()?.ok_or_else(|| format!("{name} is missing"))
    }

    fn none(self) -> Result<(), String> {
        let unexpected = |word| format!("unexpected {word:?} (the chat's file is named by --data)");
        self.at_most_one()?.map_or(Ok(()), |word| Err(unexpected(word)))
    }
}

/// A command with what it needs.
#[derive(Debug)]
pub struct HostCommand {
    task: Task,
    data: DataPlace,
    settings: Settings,
}

#[derive(Debug)]
enum Task {
    Backup { to: PathBuf },
    Export { html: bool, to: Option<PathBuf>, with_files: bool },
    Import { from: Option<PathBuf>, with_files: bool },
    Check,
    ResetPassword { name: String },
}

impl HostCommand {
    /// The error is one line for the operator.
    pub(crate) fn new(
        described: &CommandSpec,
        words: Positionals,
        settings: Settings,
    ) -> Result<Self, String> {
        let name = described.name;
        let see = |why: String| format!("{name}: {why}; see snug {name} --help");
        if words.html && name != "export" {
            return Err(see("it takes no --html".into()));
        }
        if words.no_files && !["export", "import"].contains(&name) {
            return Err(see("it takes no --no-files".into()));
        }
        let task = (described.parse)(words).map_err(see)?;
        let data = settings.data.clone().ok_or_else(|| see("--data FILE is missing".into()))?;
        Ok(Self { task, data, settings })
    }

    /// Does it. The error is one line for the operator.
    pub fn run(&self) -> Result<(), String> {
        secrets::check_randomness()?;
        let data = &self.data;
        match &self.task {
            Task::Backup { to } => backup::backup(data, to),
            Task::Export { html: true, to, with_files } => {
                export::export_page(data, &self.settings, to.as_deref(), *with_files)
            }
            Task::Export { html: false, to, with_files } => {
                export::export_lines(data, to.as_deref(), *with_files)
            }
            Task::Import { from, with_files } => {
                tasks::import(data, from.as_deref(), &self.settings, *with_files)
            }
            Task::Check => tasks::check(data),
            Task::ResetPassword { name } => tasks::reset_password(data, &self.settings, name),
        }
    }
}
