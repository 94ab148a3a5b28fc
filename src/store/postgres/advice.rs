//! What whoever runs this is to do about a server that cannot be used.

use tokio_postgres::error::SqlState;

use super::session::in_words;
use super::url::{DatabaseUrl, Host};

/// One line: the server, what is wrong, and what helps.
pub(super) fn advised(url: &DatabaseUrl, host: &Host, error: &tokio_postgres::Error) -> String {
    let words = in_words(error);
    let advice = match error.as_db_error().map(tokio_postgres::error::DbError::code) {
        Some(code) => refused(url, code),
        None => unreached(&words),
    };
    advice.map_or_else(|| format!("{host}: {words}"), |advice| format!("{host}: {words}; {advice}"))
}

/// The server answers.
fn refused(url: &DatabaseUrl, code: &SqlState) -> Option<String> {
    let DatabaseUrl { user, database, .. } = url;
    if *code == SqlState::INVALID_PASSWORD {
        Some(format!("{PASSWORDS}, and the role is in the address"))
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        Some(format!(
            "make it: CREATE DATABASE \"{database}\" OWNER \"{user}\" ENCODING 'UTF8' TEMPLATE template0"
        ))
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        Some(format!("a node takes up to {CONNECTIONS}: raise max_connections there"))
    } else {
        None
    }
}

/// It does not, or not as it should.
fn unreached(words: &str) -> Option<String> {
    let advice = [
        ("password missing", PASSWORDS),
        ("Connection refused", "nothing listens there: look at its port, and at its listen_addresses"),
        (
            "peer certificate",
            "its certificate has to be valid for its name in the address, and of an authority that this machine \
             knows, or that ?sslrootcert=FILE names",
        ),
        (
            "not support TLS",
            "turn it on there (ssl = on); ?sslmode=disable is for networks that nobody listens to",
        ),
        ("failed to lookup", "look at the name in the address"),
    ];
    let found = advice.iter().find(|(sign, _)| words.contains(sign));
    found.map(|(_, advice)| (*advice).to_owned())
}

const PASSWORDS: &str =
    "the password is that in PGPASSWORD, or in the file that PGPASSFILE or ?passfile= names";
/// The log, who listens, three archives, four for files, and one for what is erased.
const CONNECTIONS: usize = 10;
