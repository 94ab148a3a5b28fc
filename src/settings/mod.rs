//! What can be set: one table of flags, each with a twin in the environment.

mod flags;
mod local_zone;
mod zones;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::net::SocketAddr;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use chrono_tz::Tz;

use crate::chat::InviteCode;
#[cfg(feature = "sqlite")]
use crate::commands::{COMMANDS, CommandSpec, HostCommand, Positionals};
use crate::door::DoorLimits;
use crate::network::TrustedProxies;
#[cfg(feature = "sqlite")]
use crate::store::Durability;
use crate::web::{Authority, WORKERS_MAX};
use crate::zone::Zone;
use flags::{FLAGS, Flag};
pub(crate) use zones::{ZoneError, zone};

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; the first address that can be bound is used.
    pub listen: Vec<SocketAddr>,
    /// The name of the chat, in the header, the footer and the window's title.
    pub title: String,
    /// The zone in which times are shown.
    pub time_zone: Zone,
    /// Messages kept in memory, in all rooms together.
    pub history: usize,
    /// The word that registration asks for; without one, anybody may register.
    pub invite_code: Option<InviteCode>,
    /// Failed sign-ins a minute, per address and per account; 0 is no limit.
    pub sign_in_rate: u32,
    /// Registrations a minute, per address (and a hundred at once); 0 is no limit.
    pub register_rate: u32,
    /// Messages a minute, per member (and two hundred at once); 0 is no limit.
    pub post_rate: u32,
    /// Searches a minute, per member (and thirty at once); 0 is no limit.
    pub search_rate: u32,
    /// Memory for hashing one password, in MiB.
    pub password_memory: u32,
    /// Connections of all clients together.
    pub connections: usize,
    /// Connections of one address.
    pub connections_per_address: usize,
    /// Live streams of all members together, apart from connections.
    pub streams: usize,
    /// Live streams of one member.
    pub streams_per_member: usize,
    /// Proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// The path below which the chat lives behind a proxy: empty, or like `/chat`.
    pub base_path: String,
    /// Names under which the chat is reached, beside those of this machine. None: if others may reach it, any.
    pub hosts: Vec<Authority>,
    /// For how many seconds browsers are told to come by https alone.
    pub hsts: Option<u32>,
    /// The file in which the chat is kept; without one it lives in memory only.
    #[cfg(feature = "sqlite")]
    pub data: Option<PathBuf>,
    /// What a message in that file survives.
    #[cfg(feature = "sqlite")]
    pub durability: Durability,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from(([127, 0, 0, 1], 8080))],
            title: "snug".into(),
            time_zone: Tz::Asia__Kolkata.into(),
            history: 10_000,
            invite_code: None,
            sign_in_rate: 10,
            register_rate: 2,
            post_rate: 600,
            search_rate: 30,
            password_memory: 19,
            connections: 1024,
            connections_per_address: 64,
            streams: 1024,
            streams_per_member: 64,
            trusted_proxies: TrustedProxies::default(),
            base_path: String::new(),
            hosts: Vec::new(),
            hsts: None,
            #[cfg(feature = "sqlite")]
            data: None,
            #[cfg(feature = "sqlite")]
            durability: Durability::Full,
        }
    }
}

impl Settings {
    /// Whether others than the people of this machine may reach the chat: directly, or through a proxy.
    pub fn is_exposed(&self) -> bool {
        let beyond = self.listen.iter().any(|address| !address.ip().is_loopback());
        beyond || !self.trusted_proxies.0.is_empty()
    }

    /// What the door lets in, within what this process may have open: that limit is raised first.
    /// The error is one line for the operator.
    pub fn door(&self) -> Result<DoorLimits, String> {
        // Where the limit cannot be read, the usual least is assumed.
        let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let used = std::fs::read_dir("/dev/fd").map_or(16, Iterator::count);
        let trusted = self.trusted_proxies.clone();
        DoorLimits::new(self.connections, self.connections_per_address, self.streams, WORKERS_MAX, trusted)
            .within(limit, used)
            .map_err(|least| {
                format!("this process may open {limit} files; it needs at least {least} (ulimit -n)")
            })
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Command {
    /// Serve the chat.
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
            lexopt::Arg::Long("version") | lexopt::Arg::Short('V') => {
                print = Some(|| format!("snug {}", env!("CARGO_PKG_VERSION")));
            }
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Long("html") if command.is_some() => words.html = true,
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) if command.is_none() && word == "help" => print = Some(help),
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) if command.is_none() => command = Some(find_command(&text(word)?)?),
            #[cfg(feature = "sqlite")]
            lexopt::Arg::Value(word) => words.others.push(text(word)?),
            lexopt::Arg::Long(name) => {
                let flag = find(name)?;
                given.push((flag, parser.value().map_err(|e| e.to_string())?));
            }
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
    #[cfg(feature = "sqlite")]
    if let Some(command) = command {
        return HostCommand::new(command, words, settings).map(|command| Command::Host(Box::new(command)));
    }
    Ok(Command::Serve(Box::new(settings)))
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
    (flag.set)(settings, &text).map_err(|why| format!("{name} {text:?}: {why}"))
}

fn environment_name(flag: &str) -> String {
    format!("SNUG_{}", flag.to_uppercase().replace('-', "_"))
}

/// The candidates most like `text`, best first.
fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    const ALIKE: f64 = 0.8;
    let wanted = text.to_lowercase().replace(' ', "_");
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let last = candidate.rsplit('/').next().unwrap_or_default();
        let of_wanted = wanted.rsplit('/').next().unwrap_or_default();
        let whole = strsim::jaro_winkler(&wanted, &candidate);
        whole.max(strsim::jaro_winkler(of_wanted, last))
    };
    let mut near: Vec<(f64, &str)> =
        candidates.map(|name| (likeness(name), name)).filter(|(alike, _)| *alike > ALIKE).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

fn did_you_mean(prefix: &str, near: &[&str]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|name| format!("{prefix}{name}")).collect();
    format!("; did you mean {}?", names.join(" or "))
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
        text.push_str("\nCommands, each with --data FILE, and with a --help of its own:\n\n");
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
        let fault = |arguments: &[&str]| given(arguments, &[]).unwrap_err();
        assert!(fault(&["--time-zone", "Asia/Calcuta"]).contains("did you mean Asia/Calcutta"));
        assert!(fault(&["--time-zone", "berln"]).contains("Europe/Berlin"));
        assert!(fault(&["--time-zone", "GMT+15"]).contains("UTC+14"));
        for city in ["berlin", "new york", "America/New_York"] {
            assert!(given(&["--time-zone", city], &[]).is_ok(), "{city}");
        }
        assert!(fault(&["--tittle", "x"]).contains("did you mean --title?"));
        assert!(fault(&["--history", "0"]).contains("from 1 to 10000000"));
        assert!(fault(&["--history"]).contains("--history"));
        assert!(fault(&["--listen", "8080"]).contains("0.0.0.0:8080"));
        assert!(fault(&["--password-memory", "6"]).contains("7 to 1024"));
        assert!(fault(&["serve"]).contains("serve"));
        #[cfg(feature = "sqlite")]
        {
            assert!(fault(&["bakcup"]).contains("did you mean backup?"));
            assert!(fault(&["backup", "x"]).contains("--data FILE is missing"));
            assert!(fault(&["backup", "--data", "x"]).contains("OUT is missing"));
            assert!(fault(&["check", "--data", "x", "y"]).contains("unexpected \"y\""));
            assert!(fault(&["--data", ""]).contains("name a file"));
            assert!(fault(&["check", "--html", "--data", "x"]).contains("no --html"));
            assert!(fault(&["--html"]).contains("html"));
            assert!(fault(&["--durability", "half"]).contains("full or normal"));
        }
        assert!(given(&[], &[("SNUG_HISTORY", "x")]).unwrap_err().starts_with("SNUG_HISTORY"));
    }
}
