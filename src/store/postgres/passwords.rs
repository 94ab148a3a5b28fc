//! Where passwords come from: `PGPASSWORD`, or a file in libpq's form
//! (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::url::{DatabaseUrl, Host};

/// Looks a password up; None: there is none, as the server may ask for none. It is looked up anew for each connection,
/// so that a change of it needs no restart.
///
/// Errors: a file that was named cannot be read, or others may read it.
pub(super) fn password(
    url: &DatabaseUrl,
    host: &Host,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<Vec<u8>>, String> {
    let named = url.passfile.clone().or_else(|| environment("PGPASSFILE").map(PathBuf::from));
    if url.passfile.is_none()
        && let Some(password) = environment("PGPASSWORD")
    {
        return Ok(Some(password.into_encoded_bytes()));
    }
    let usual =
        || environment("HOME").map(|home| Path::new(&home).join(".pgpass")).filter(|path| path.exists());
    let Some(path) = named.or_else(usual) else { return Ok(None) };
    let text = private_text(&path)?;
    Ok(text.lines().find_map(|line| of_line(line, url, host)).map(String::into_bytes))
}

/// The text of a file that nobody but its owner may read.
fn private_text(path: &Path) -> Result<String, String> {
    let shown = path.display();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let found = fs::metadata(path).map_err(|error| format!("{shown} cannot be read: {error}"))?;
        if found.permissions().mode() & 0o077 != 0 {
            return Err(format!("{shown} has passwords, and others may read it; chmod 600 {shown}"));
        }
    }
    fs::read_to_string(path).map_err(|error| format!("{shown} cannot be read: {error}"))
}

/// The password of `host:port:database:user:password`, if the line is for this server; `*` is any, and a `\` stands
/// before a `:` or `\` that is meant as such.
fn of_line(line: &str, url: &DatabaseUrl, host: &Host) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut chars = line.chars();
    while let Some(next) = chars.next() {
        match next {
            '\\' => field.extend(chars.next()),
            ':' if fields.len() < 4 => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    let port = host.port.to_string();
    // The socket in its usual place is known as localhost, too.
    let own_socket = host.name == "/var/run/postgresql" || host.name == "/run/postgresql";
    let is_host = |field: &String| field == &host.name || (own_socket && field == "localhost");
    let [name, numbered, database, user] = fields.try_into().ok()?;
    let fits = (name == "*" || is_host(&name))
        && [(&numbered, &port), (&database, &url.database), (&user, &url.user)]
            .iter()
            .all(|(field, value)| *field == "*" || field == value);
    fits.then_some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        let url = DatabaseUrl::parse("postgres://a:b@db/chat".replace(":b@", "%3Ab@").as_str()).unwrap();
        of_line(line, &url, &url.hosts[0])
    }

    #[test]
    fn a_line_is_for_the_server_that_it_names() {
        assert_eq!(of(r"db:5432:chat:a\:b:s\:e\\cret: ").as_deref(), Some(r"s:e\cret: "));
        assert_eq!(of("*:*:*:*:any").as_deref(), Some("any"));
        for other in
            ["# db:5432:chat:*:x", "db2:*:*:*:x", "*:1:*:*:x", "*:*:x:*:x", "*:*:*:x:x", "*:*:*:*", ""]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_file_that_was_named_counts_and_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = crate::store::tests::Folder::new();
        let path = folder.0.join("passwords");
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::write(&path, "db:*:*:*:in the file\n").unwrap();
        let url = |query: &str| DatabaseUrl::parse(&format!("postgres://u@db/chat{query}")).unwrap();
        let ask = |query: &str, known: &[(&str, &Path)]| {
            let url = url(query);
            let known =
                |name: &str| known.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into());
            password(&url, &url.hosts[0], known)
        };
        let query = format!("?passfile={}", path.display());
        mode(0o640);
        assert!(ask(&query, &[]).unwrap_err().contains("chmod 600"));
        mode(0o600);
        let (file, in_file) = (path.as_path(), Ok(Some(b"in the file".to_vec())));
        assert_eq!(ask(&query, &[("PGPASSWORD", Path::new("x"))]), in_file);
        assert_eq!(ask("", &[("PGPASSFILE", file)]), in_file);
        assert_eq!(ask("", &[("PGPASSFILE", file), ("PGPASSWORD", Path::new("x"))]), Ok(Some(b"x".to_vec())));
        assert_eq!(ask("", &[("HOME", &folder.0)]), Ok(None));
        fs::rename(&path, folder.0.join(".pgpass")).unwrap();
        assert_eq!(ask("", &[("HOME", &folder.0)]), in_file);
        assert!(ask("", &[("PGPASSFILE", file)]).unwrap_err().contains("cannot be read"));
    }
}
