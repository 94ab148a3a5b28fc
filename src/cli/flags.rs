//! The table of flags, and how their values are read.

use std::net::{IpAddr, ToSocketAddrs};
use std::ops::RangeInclusive;

use ipnet::IpNet;

use crate::authority::Authority;
use crate::chat::{INVITE_CODE_MAX, InviteCode, TITLE_MAX, Title};
use crate::secrets::PASSWORD_MEMORY;
#[cfg(feature = "sqlite")]
use crate::settings::DataPlace;
use crate::settings::Settings;
#[cfg(feature = "postgres")]
use crate::store::DatabaseUrl;
#[cfg(feature = "sqlite")]
use crate::store::Durability;
use crate::time_zone::{local_zone, zone};

pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) value: &'static str,
    pub(super) default: &'static str,
    pub(super) help: &'static str,
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

pub(super) const FLAGS: &[Flag] = &[
    Flag {
        name: "listen",
        value: "ADDRESS:PORT",
        default: "127.0.0.1:8080",
        help: "where to listen; 0.0.0.0:8080 is every network",
        set: |settings, text| {
            let found = text.to_socket_addrs().map(Vec::from_iter).unwrap_or_default();
            if found.is_empty() {
                return Err("write it as ADDRESS:PORT, like 0.0.0.0:8080 or [::1]:8080".into());
            }
            settings.listen = found;
            Ok(())
        },
    },
    Flag {
        name: "title",
        value: "TEXT",
        default: "snug",
        help: "the name of your chat, up to 60 characters",
        set: |settings, text| {
            let title = Title::parse(text).map_err(|_| format!("it takes 1 to {TITLE_MAX} characters"))?;
            settings.title = title.as_str().into();
            Ok(())
        },
    },
    Flag {
        name: "time-zone",
        value: "ZONE",
        default: "Asia/Kolkata",
        help: "the zone in which times are shown, as Europe/Berlin or UTC+5:30; local: that of this machine",
        set: |settings, text| {
            settings.time_zone = if text.eq_ignore_ascii_case("local") {
                local_zone()?
            } else {
                zone(text).map_err(|error| error.to_string())?
            };
            Ok(())
        },
    },
    Flag {
        name: "history",
        value: "N",
        default: "10000",
        help: "messages kept in memory (at most N, and N KiB)",
        set: |settings, text| {
            settings.history = number(text, 1..=10_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "page-cache",
        value: "MIB",
        default: "8",
        help: "memory for pages and messages that are kept as they are shown; 0: each is made anew",
        set: |settings, text| {
            settings.page_cache = number(text, 0..=4096)?;
            Ok(())
        },
    },
    Flag {
        name: "invite-code",
        value: "WORD",
        default: "",
        help: "registration asks for this code; none: anyone may register",
        set: |settings, text| {
            settings.invite_code = InviteCode::parse(text);
            if settings.invite_code.is_none() && !text.trim().is_empty() {
                return Err(format!("it takes up to {INVITE_CODE_MAX} characters"));
            }
            Ok(())
        },
    },
    Flag {
        name: "sign-in-rate",
        value: "N",
        default: "10",
        help: "wrong passwords a minute, per address and per account, and right ones after three times as many; 0: no limit",
        set: |settings, text| {
            settings.sign_in_rate = number(text, 0..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "register-rate",
        value: "N",
        default: "2",
        help: "new members a minute, per address, after the first 100; 0: no limit",
        set: |settings, text| {
            settings.register_rate = number(text, 0..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "post-rate",
        value: "N",
        default: "600",
        help: "messages a minute, per member, after the first 200; 0: no limit",
        set: |settings, text| {
            settings.post_rate = number(text, 0..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "search-rate",
        value: "N",
        default: "30",
        help: "searches a minute, per member, after the first 30; 0: no limit",
        set: |settings, text| {
            settings.search_rate = number(text, 0..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "file-max",
        value: "MIB",
        default: "25",
        help: "the largest file that members can send; 0: no files",
        set: |settings, text| {
            settings.file_max = number(text, 0..=10_000)?;
            Ok(())
        },
    },
    Flag {
        name: "files-total",
        value: "MIB",
        default: "2048",
        help: if cfg!(feature = "postgres") {
            "all files together, where the chat is kept in a file or a database; one member's: half of what is free"
        } else {
            "all files together, where the chat is kept in a file; one member's: half of what is free"
        },
        set: |settings, text| {
            settings.files_total = number(text, 1..=1_000_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "file-rate",
        value: "MIB",
        default: "1024",
        help: "files of one member in an hour; 0: no limit",
        set: |settings, text| {
            settings.file_rate = number(text, 0..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "file-memory",
        value: "MIB",
        default: "32",
        help: if cfg!(feature = "postgres") {
            "all files together, where the chat lives in memory: who has most loses the oldest; memory for parts of files \
             that are read often, where they are in a database"
        } else {
            "all files together, where the chat lives in memory; who has most loses the oldest"
        },
        set: |settings, text| {
            settings.file_memory = number(text, 1..=1_000_000)?;
            Ok(())
        },
    },
    Flag {
        name: "password-memory",
        value: "MIB",
        default: "19",
        help: "memory for hashing one password; 7 to 1024, less takes more passes",
        set: |settings, text| {
            settings.password_memory = number(text, PASSWORD_MEMORY)?;
            Ok(())
        },
    },
    Flag {
        name: "connections",
        value: "N",
        default: "1024",
        help: "connections of all clients together",
        set: |settings, text| {
            settings.connections = number(text, 1..=100_000)?;
            Ok(())
        },
    },
    Flag {
        name: "connections-per-address",
        value: "N",
        default: "64",
        help: "of these, for one address (this machine and trusted proxies: all)",
        set: |settings, text| {
            settings.connections_per_address = number(text, 1..=100_000)?;
            Ok(())
        },
    },
    Flag {
        name: "streams",
        value: "N",
        default: "1024",
        help: "live streams of all members together, apart from connections",
        set: |settings, text| {
            settings.streams = number(text, 1..=100_000)?;
            Ok(())
        },
    },
    Flag {
        name: "streams-per-member",
        value: "N",
        default: "64",
        help: "of these, for one member",
        set: |settings, text| {
            settings.streams_per_member = number(text, 1..=100_000)?;
            Ok(())
        },
    },
    Flag {
        name: "trust-proxy",
        value: "NETWORK",
        default: "",
        help: "believe this proxy's X-Forwarded-For and -Proto, as 127.0.0.1; repeatable",
        set: |settings, text| {
            for network in text.split(',').map(str::trim).filter(|network| !network.is_empty()) {
                settings.trusted_proxies.0.push(parse_network(network)?);
            }
            Ok(())
        },
    },
    Flag {
        name: "base-path",
        value: "PATH",
        default: "",
        help: "the path below which the chat lives behind a proxy, as /chat",
        set: |settings, text| {
            settings.base_path = base_path(text)?;
            Ok(())
        },
    },
    Flag {
        name: "host",
        value: "NAME",
        default: "",
        help: "answer to this host name, as nas.local or nas.local:8080; repeatable",
        set: |settings, text| {
            for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                let wanted = || {
                    "write a name like nas.local or nas.local:8080, one with other letters in its xn-- form"
                        .to_owned()
                };
                settings.hosts.push(Authority::parse(name).ok_or_else(wanted)?);
            }
            Ok(())
        },
    },
    Flag {
        name: "hsts",
        value: "SECONDS",
        default: "",
        help: "tell browsers that come by https to come by https alone for so long; 0 takes it back",
        set: |settings, text| {
            settings.hsts = Some(number(text, 0..=63_072_000)?);
            Ok(())
        },
    },
    #[cfg(feature = "sqlite")]
    Flag {
        name: "data",
        value: if cfg!(feature = "postgres") { "FILE or URL" } else { "FILE" },
        default: "",
        help: if cfg!(feature = "postgres") {
            "the file or the database (postgres://USER@HOST/DATABASE) in which the chat is kept; none: it lives in memory only"
        } else {
            "the file in which the chat is kept; none: it lives in memory only"
        },
        set: |settings, text| {
            settings.data = Some(data_place(text)?);
            Ok(())
        },
    },
    #[cfg(feature = "postgres")]
    Flag {
        name: "cut-off-time",
        value: "SECONDS",
        default: "300",
        help: "show pages from memory for so long while the database cannot be reached",
        set: |settings, text| {
            settings.cut_off_time = number(text, 0..=86_400)?;
            Ok(())
        },
    },
    #[cfg(feature = "sqlite")]
    Flag {
        name: "durability",
        value: "HOW",
        default: "full",
        help: if cfg!(feature = "postgres") {
            "what a message in a file survives: full, a power cut; normal, a crash of snug"
        } else {
            "what a kept message survives: full, a power cut; normal, a crash of snug"
        },
        set: |settings, text| {
            settings.durability = match text {
                "full" => Durability::Full,
                "normal" => Durability::Normal,
                _ => return Err("it is full or normal".into()),
            };
            Ok(())
        },
    },
];

#[cfg(feature = "sqlite")]
fn data_place(text: &str) -> Result<DataPlace, String> {
    #[cfg(feature = "postgres")]
    if DatabaseUrl::is_meant_by(text) {
        return DatabaseUrl::parse(text).map(DataPlace::Database);
    }
    // A file of such a name is written as ./NAME.
    if text.split_once(':').is_some_and(|(scheme, rest)| rest.starts_with('/') && !scheme.contains('/')) {
        return Err(if cfg!(feature = "postgres") {
            "a database is written as postgres://USER@HOST/DATABASE".into()
        } else {
            "this snug keeps a chat in a file; one that keeps it in PostgreSQL is built with --features postgres".into()
        });
    }
    if text.is_empty() { Err("name a file".into()) } else { Ok(DataPlace::File(text.into())) }
}

fn number<N>(text: &str, range: RangeInclusive<N>) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let wanted = || format!("it takes a whole number from {} to {}", range.start(), range.end());
    let number: N = text.parse().map_err(|_| wanted())?;
    if range.contains(&number) { Ok(number) } else { Err(wanted()) }
}

/// A network, or a single address.
fn parse_network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().or_else(|_| single());
    network.map_err(|_| "write an address or a network, like 127.0.0.1 or 10.0.0.0/8".into())
}

fn base_path(text: &str) -> Result<String, String> {
    let path = text.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    if path.is_empty() || (path.starts_with('/') && !path.contains("//") && path.bytes().all(plain)) {
        Ok(path.into())
    } else {
        Err("write it like /chat, with letters, digits and - . _ ~".into())
    }
}
