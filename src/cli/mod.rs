//! The command line: one table of flags, each with a twin in the environment, and commands.

mod flags;

use std::ffi::OsString;
use std::fmt::Write as _;

#[cfg(feature = "sqlite")]
use crate::commands::{COMMANDS, CommandSpec, HostCommand, Positionals};
use crate::settings::Settings;
use crate::suggestions::{did_you_mean, nearest};
use flags::{FLAGS, Flag};

#[derive(Debug)]
pub enum Command {
    Serve(Box<Settings>),
    /// Do something with a chat's file.
    #[cfg(feature = "sqlite")]
    Host(Box<HostCommand>),
    /// Print this text and end.
    Print(String),
}

/// Reads the command line (without the program's name) over the environment over the defaults.
/// The error is one line for the operator.
pub fn read(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Command, String> {
    let mut given: Vec<(&Flag, OsString)> = Vec::new();
    let mut print: Option<fn() -> String> = None;
    #[cfg(feature = "sqlite")]
    let (mut command, mut words) = (None, Positionals::default());
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|e| e.to_string())? {
        match argument {
            lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => print = Some(help),
            lexopt::Arg::Long("version") | lexopt::Arg::Short('V') => print = Some(version),
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Long("html") if command.is_some() => words.html = true,
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Long("no-files") if command.is_some() => words.no_files = true,
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) if command.is_none() && word == "help" => print = Some(help),
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) if command.is_none() => command = Some(find_command(&text(word)?)?),
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) => words.others.push(text(word)?),
            lexopt::Arg::Long(name) => given.push((find(name)?, parser.value().map_err(|e| e.to_string())?)),
            other => return Err(format!("{}; see --help", other.unexpected())),
        }
    }
    #[cfg(feature = "sqlite")]
    if let (Some(command), true) = (command, print.is_some()) {
        return Ok(Command::Print(help_of(command)));
    }
    if let Some(print) = print {
        return Ok(Command::Print(print()));
    }
    let settings = settings(given, environment)?;
    #[cfg(feature = "sqlite")]
    if let Some(command) = command {
        return HostCommand::new(command, words, settings).map(|command| Command::Host(Box::new(command)));
    }
    Ok(Command::Serve(Box::new(settings)))
}

fn settings(
    given: Vec<(&Flag, OsString)>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Settings, String> {
    let mut settings = Settings::default();
    for flag in FLAGS.iter().filter(|flag| given.iter().all(|(other, _)| other.name != flag.name)) {
        let name = environment_name(flag.name);
        // Empty is how a unit file or a compose file says "not set".
        if let Some(value) = environment(&name).filter(|value| !value.is_empty()) {
            apply(&mut settings, flag, &name, value)?;
        }
    }
    for (flag, value) in given {
        apply(&mut settings, flag, &format!("--{}", flag.name), value)?;
    }
    Ok(settings)
}

fn text(word: OsString) -> Result<String, String> {
    word.into_string().map_err(|word| format!("{} is not UTF-8", word.display()))
}

#[cfg(feature = "sqlite")]
fn find_command(word: &str) -> Result<&'static CommandSpec, String> {
    COMMANDS.iter().find(|command| command.name == word).ok_or_else(|| {
        let near = nearest(word, COMMANDS.iter().map(|command| command.name), 1);
        format!("there is no command {word:?}{}; see --help", did_you_mean("", &near))
    })
}

fn find(name: &str) -> Result<&'static Flag, String> {
    FLAGS.iter().find(|flag| flag.name == name).ok_or_else(|| {
        let near = nearest(name, FLAGS.iter().map(|flag| flag.name), 1);
        let shown = name.escape_debug();
        format!("there is no --{shown}{}; see --help", did_you_mean("--", &near))
    })
}

fn apply(settings: &mut Settings, flag: &Flag, name: &str, value: OsString) -> Result<(), String> {
    let text = text(value).map_err(|why| format!("{name}: {why}"))?;
    (flag.set)(settings, &text).map_err(|why| {
        #[cfg(feature = "postgres")]
        let text = crate::store::DatabaseUrl::without_password(&text);
        format!("{name} {text:?}: {why}")
    })
}

fn environment_name(flag: &str) -> String {
    format!("SNUG_{}", flag.to_uppercase().replace('-', "_"))
}

fn version() -> String {
    format!("snug {}", env!("CARGO_PKG_VERSION"))
}

fn help() -> String {
    let mut text = String::from(
        "snug: a private chat in one small executable\n\n\
         usage: snug [--FLAG VALUE ...]\n\
         \x20      snug COMMAND --data FILE ...\n\n\
         Run it and open the address that it prints. Ctrl+C ends it.\n\n",
    );
    for flag in FLAGS {
        let head = format!("--{} {}", flag.name, flag.value);
        let default = if flag.default.is_empty() { "none" } else { flag.default };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {head:<26} {} [{default}]", flag.help);
    }
    text.push_str(
        "  --help, --version\n\n\
         Each flag has a twin in the environment: --time-zone is SNUG_TIME_ZONE.\n\
         A flag on the command line counts more.\n",
    );
    #[cfg(feature = "sqlite")]
    {
        text.push_str("\nCommands, each with the --data of the chat, and with a --help of its own:\n\n");
        for command in COMMANDS {
            let head = format!("{} {}", command.name, command.takes);
            let _ = writeln!(text, "  {head:<26} {}", command.does);
        }
    }
    text
}

#[cfg(feature = "sqlite")]
fn help_of(command: &CommandSpec) -> String {
    let CommandSpec { name, takes, does, detail, example, .. } = command;
    let space = if takes.is_empty() { "" } else { " " };
    format!(
        "snug {name}: {does}\n\nusage: snug {name} --data FILE{space}{takes}\n\n{detail}\n\nexample: {example}\n"
    )
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    fn given(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Settings, String> {
        let find =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        match read(arguments.iter().map(OsString::from), find)? {
            Command::Serve(settings) => Ok(*settings),
            #[cfg(feature = "sqlite")]
            Command::Host(command) => Err(format!("{command:?}")),
            Command::Print(text) => Err(text),
        }
    }

    #[test]
    fn the_defaults_in_the_help_are_the_defaults() {
        let (default, mut shown) = (Settings::default(), Settings::default());
        for flag in FLAGS.iter().filter(|flag| !flag.default.is_empty()) {
            (flag.set)(&mut shown, flag.default).unwrap();
        }
        assert_eq!(format!("{default:?}"), format!("{shown:?}"));
    }

    #[test]
    fn the_command_line_counts_more_than_the_environment() {
        let environment = [("SNUG_TITLE", "env"), ("SNUG_TIME_ZONE", "europe/berlin")];
        let settings = given(&["--title=flag"], &environment).unwrap();
        assert_eq!(settings.title, "flag");
        assert_eq!(settings.time_zone, Tz::Europe__Berlin.into());
    }

    #[test]
    fn a_mistake_is_named_and_the_right_word_suggested() {
        let error = |arguments: &[&str]| given(arguments, &[]).unwrap_err();
        assert!(error(&["--time-zone", "Asia/Calcuta"]).contains("did you mean Asia/Calcutta"));
        assert!(error(&["--time-zone", "berln"]).contains("Europe/Berlin"));
        assert!(error(&["--time-zone", "GMT+15"]).contains("UTC+14"));
        for city in ["berlin", "new york", "America/New_York"] {
            assert!(given(&["--time-zone", city], &[]).is_ok(), "{city}");
        }
        assert!(error(&["--tittle", "x"]).contains("did you mean --title?"));
        assert!(error(&["--history", "0"]).contains("from 1 to 10000000"));
        assert!(error(&["--history"]).contains("--history"));
        assert!(error(&["--listen", "8080"]).contains("0.0.0.0:8080"));
        assert!(error(&["--password-memory", "6"]).contains("7 to 1024"));
        assert!(error(&["serve"]).contains("serve"));
        #[cfg(feature = "sqlite")]
        {
            assert!(error(&["bakcup"]).contains("did you mean backup?"));
            assert!(error(&["backup", "x"]).contains("--data FILE is missing"));
            assert!(error(&["backup", "--data", "x"]).contains("OUT is missing"));
            assert!(error(&["check", "--data", "x", "y"]).contains("unexpected \"y\""));
            assert!(error(&["--data", ""]).contains("name a file"));
            assert!(error(&["check", "--html", "--data", "x"]).contains("no --html"));
            assert!(error(&["check", "--no-files", "--data", "x"]).contains("no --no-files"));
            assert!(error(&["--html"]).contains("html"));
            assert!(error(&["--durability", "half"]).contains("full or normal"));
        }
        #[cfg(feature = "postgres")]
        {
            let refused = error(&["--data", "postgres://ann:secret@db/chat"]);
            assert!(refused.contains("PGPASSWORD") && !refused.contains("secret"), "{refused}");
        }
        assert!(given(&[], &[("SNUG_HISTORY", "x")]).unwrap_err().starts_with("SNUG_HISTORY"));
    }
}
