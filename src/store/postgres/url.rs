//! The address of a database, as `--data` takes it.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Longest name of a schema, in bytes: channels are named after it, and PostgreSQL takes 63.
const SCHEMA_BYTES_MAX: usize = 50;
const PORT: u16 = 5432;
const FORM: &str = "write postgres://USER@HOST/DATABASE";

/// `postgres://USER@HOST[:PORT][,...]/DATABASE[?NAME=VALUE&...]`, with the names `sslmode`, `sslrootcert`, `schema` and
/// `passfile`. It never holds a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub(super) user: String,
    /// One at least.
    pub(super) hosts: Vec<Host>,
    pub(super) database: String,
    /// Only letters, digits and `_`: it stands in SQL as it is.
    pub(super) schema: String,
    pub(super) encryption: Encryption,
    /// The file of passwords, where it is not libpq's.
    pub(super) passfile: Option<PathBuf>,
}

/// One server of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// A name, an address, or the folder of a Unix socket.
    pub(super) name: String,
    pub(super) port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    None,
    /// TLS, with a certificate that is valid for the host's name.
    Verified {
        /// Certificates of authorities, in PEM. None: those of the system.
        roots: Option<PathBuf>,
    },
}

impl DatabaseUrl {
    /// Whether a text is meant as one.
    pub fn is_meant_by(text: &str) -> bool {
        after_scheme(text).is_some()
    }

    /// The error is one line for the operator, and quotes nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = after_scheme(text).ok_or(FORM)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').ok_or(FORM)?;
        let (user, hosts) = authority.rsplit_once('@').ok_or(FORM)?;
        if user.contains(':') {
            return Err(NO_PASSWORD.into());
        }
        let hosts: Vec<Host> = hosts.split(',').map(Host::parse).collect::<Result<_, _>>()?;
        let query = Query::parse(query)?;
        let is_near = hosts.iter().all(Host::is_of_this_machine);
        Ok(Self {
            user: named(user)?,
            database: named(database)?,
            schema: query.schema.map_or_else(|| Ok("snug".into()), schema)?,
            encryption: encryption(query.sslmode.as_deref(), query.sslrootcert, is_near)?,
            passfile: query.passfile.map(PathBuf::from),
            hosts,
        })
    }

    /// On which nodes hear that the feed has more.
    pub(super) fn feed_channel(&self) -> String {
        format!("snug_{}_feed", self.schema)
    }

    /// On which nodes tell each other hints.
    pub(super) fn hints_channel(&self) -> String {
        format!("snug_{}_hints", self.schema)
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// The same address as PostgreSQL's own programs take it.
    pub(crate) fn for_libpq(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let hosts = self.hosts.iter().map(|host| {
            if host.is_socket() { format!("{}:{}", encoded(&host.name), host.port) } else { host.to_string() }
        });
        let hosts: Vec<String> = hosts.collect();
        let [user, database] = [&self.user, &self.database].map(|name| encoded(name));
        let mut options = Vec::new();
        if let Encryption::Verified { roots } = &self.encryption {
            let roots = roots.as_deref().and_then(Path::to_str).unwrap_or("system");
            options.push(format!("sslmode=verify-full&sslrootcert={}", encoded(roots)));
        }
        options.extend(
            self.passfile.iter().map(|file| format!("passfile={}", encoded(&file.to_string_lossy()))),
        );
        let begin = if options.is_empty() { "" } else { "?" };
        format!("postgres://{user}@{}/{database}{begin}{}", hosts.join(","), options.join("&"))
    }

    /// A text without the password that is in it by mistake.
    pub fn without_password(text: &str) -> String {
        let secret = after_scheme(text).and_then(|rest| {
            let (user, _) = rest.rsplit_once('@')?;
            let start = text.len() - rest.len() + user.find(':')? + 1;
            Some(start..text.len() - rest.len() + user.len())
        });
        let mut shown = text.to_owned();
        if let Some(secret) = secret {
            shown.replace_range(secret, "...");
        }
        shown
    }
}

const NO_PASSWORD: &str = "a password here could be read by everyone on this machine; put it into PGPASSWORD, or into a \
                           file as ~/.pgpass (PGPASSFILE, passfile=FILE)";

fn after_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))
}

/// A name of a user or a database.
fn named(text: &str) -> Result<String, String> {
    let name = decoded(text)?;
    if name.is_empty() { Err(FORM.into()) } else { Ok(name) }
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "it is not UTF-8")?;
    if decoded.contains('\0') { Err("it has a zero byte".into()) } else { Ok(decoded.into_owned()) }
}

fn schema(name: String) -> Result<String, String> {
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if is_plain && begins && name.len() <= SCHEMA_BYTES_MAX && !name.starts_with("pg_") {
        Ok(name)
    } else {
        Err(format!("schema takes up to {SCHEMA_BYTES_MAX} lower-case letters, digits and _, a letter first"))
    }
}

fn encryption(mode: Option<&str>, roots: Option<String>, is_near: bool) -> Result<Encryption, String> {
    let verified = match mode {
        None => !is_near || roots.is_some(),
        Some("verify-full") => true,
        Some("disable") => false,
        Some(_) => {
            return Err(
                "sslmode is verify-full, or disable for a network that nobody else can listen to".into()
            );
        }
    };
    match (verified, roots) {
        (true, roots) => Ok(Encryption::Verified { roots: roots.map(PathBuf::from) }),
        (false, None) => Ok(Encryption::None),
        (false, Some(_)) => Err("sslrootcert means nothing where sslmode is disable".into()),
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, String> {
        // An IPv6 address is in brackets.
        let end = text.rfind(']').map_or(0, |end| end + 1);
        let (name, port) = match text[end..].find(':') {
            Some(colon) => (&text[..end + colon], Some(&text[end + colon + 1..])),
            None => (text, None),
        };
        let name = decoded(name.trim_start_matches('[').trim_end_matches(']'))?;
        let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0));
        match port {
            Some(port) if !name.is_empty() => Ok(Self { name, port }),
            Some(_) => Err(FORM.into()),
            None => Err("a port is a number from 1 to 65535".into()),
        }
    }

    pub(super) fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }

    /// What is said to it stays on this machine.
    fn is_of_this_machine(&self) -> bool {
        let is_loopback = self.name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback || self.is_socket() || self.name.eq_ignore_ascii_case("localhost")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.name.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.name, self.port)
    }
}

impl fmt::Display for DatabaseUrl {
    /// For people: without the options, a schema of one's own aside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        write!(f, "postgres://{}@{}/{}", self.user, hosts.join(","), self.database)?;
        if self.schema == "snug" { Ok(()) } else { write!(f, "?schema={}", self.schema) }
    }
}

#[derive(Default)]
struct Query {
    sslmode: Option<String>,
    sslrootcert: Option<String>,
    schema: Option<String>,
    passfile: Option<String>,
}

impl Query {
    fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "sslmode" => &mut query.sslmode,
                "sslrootcert" => &mut query.sslrootcert,
                "schema" => &mut query.schema,
                "passfile" => &mut query.passfile,
                "password" => return Err(NO_PASSWORD.into()),
                _ => return Err("after ? come sslmode, sslrootcert, schema and passfile alone".into()),
            };
            let value = decoded(value)?;
            if value.is_empty() || place.replace(value).is_some() {
                return Err(format!("{name} takes one value"));
            }
        }
        Ok(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn an_address_names_servers_and_a_database() {
        let url =
            parse("postgres://snug@db1,db2:5433,[::2]:7/chat?schema=club_1&passfile=%2Fetc%2Fsnug%20pass");
        assert_eq!(url.to_string(), "postgres://snug@db1:5432,db2:5433,[::2]:7/chat?schema=club_1");
        assert_eq!(url.passfile, Some("/etc/snug pass".into()));
        assert_eq!(url.encryption, Encryption::Verified { roots: None });
        let socket = parse("postgresql://a%40b@%2Frun%2Fpostgresql/chat");
        assert_eq!((socket.user.as_str(), socket.hosts[0].name.as_str()), ("a@b", "/run/postgresql"));
        assert_eq!((socket.hosts[0].is_socket(), socket.schema.as_str()), (true, "snug"));
        assert_eq!(socket.for_libpq(), "postgres://a%40b@%2Frun%2Fpostgresql:5432/chat");
        let libpq = "postgres://snug@db1:5432,db2:5433,[::2]:7/chat?sslmode=verify-full&sslrootcert=system\
                     &passfile=%2Fetc%2Fsnug%20pass";
        assert_eq!(url.for_libpq(), libpq);
    }

    #[test]
    fn what_others_could_hear_is_encrypted_unless_said_otherwise() {
        let encryption =
            |hosts: &str, query: &str| parse(&format!("postgres://u@{hosts}/d?{query}")).encryption;
        for near in ["127.0.0.1", "[::1]:1", "localhost", "%2Frun", "localhost,127.0.0.2"] {
            assert_eq!(encryption(near, ""), Encryption::None, "{near}");
        }
        let verified = |roots: Option<&str>| Encryption::Verified { roots: roots.map(PathBuf::from) };
        assert_eq!(encryption("localhost,db", ""), verified(None));
        assert_eq!(encryption("localhost", "sslmode=verify-full"), verified(None));
        assert_eq!(encryption("localhost", "sslrootcert=/ca.pem"), verified(Some("/ca.pem")));
        assert_eq!(encryption("db", "sslmode=disable"), Encryption::None);
    }

    #[test]
    fn a_mistake_is_named_and_no_password_is_taken_or_shown() {
        for (text, why) in [
            ("postgres://db/chat", "USER@HOST"),
            ("postgres://u@db", "USER@HOST"),
            ("postgres://u@/chat", "USER@HOST"),
            ("postgres://u@db/", "USER@HOST"),
            ("postgres://u@db:0/chat", "65535"),
            ("postgres://u@db:x/chat", "65535"),
            ("postgres://u:secret@db/chat", "PGPASSWORD"),
            ("postgres://u@db/chat?password=secret", "PGPASSWORD"),
            ("postgres://u@db/chat?sslmode=require", "verify-full"),
            ("postgres://u@db/chat?sslmode=disable&sslrootcert=x", "sslrootcert"),
            ("postgres://u@db/chat?schema=x&schema=y", "one value"),
            ("postgres://u@db/chat?schema=Club", "lower-case"),
            ("postgres://u@db/chat?schema=pg_x", "lower-case"),
            ("postgres://u@db/chat?target=x", "sslmode"),
            ("postgres://u@d%00b/chat", "zero byte"),
        ] {
            let error = DatabaseUrl::parse(text).unwrap_err();
            assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
        }
        assert_eq!(DatabaseUrl::without_password("postgres://u:a@b:c@db/chat"), "postgres://u:...@db/chat");
        for plain in ["postgres://u@db:1/chat", "chat.db", "postgres://db:1/chat"] {
            assert_eq!(DatabaseUrl::without_password(plain), plain);
        }
        assert!(DatabaseUrl::is_meant_by("postgresql://") && !DatabaseUrl::is_meant_by("postgres.db"));
    }
}
