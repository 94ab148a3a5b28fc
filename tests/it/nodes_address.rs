//! The way to a database on another machine: over TLS, to the server that is meant, with a password that others on the
//! machine do not see.

use std::os::unix::fs::PermissionsExt;

use crate::prelude::*;

const DATABASE_PASSWORD: &str = "pass:word\\ of 'snug'";

/// A server that takes passwords, over TLS alone, with a certificate for its address.
struct SecureServer {
    server: PostgresServer,
    /// Certificates, and files of passwords.
    folder: TempDir,
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, Some(0), "{arguments}: {stderr}");
}

impl SecureServer {
    fn start() -> Option<Self> {
        let folder = TempDir::new();
        if Command::new("openssl").arg("version").output().is_err() {
            skip("openssl is not installed");
            return None;
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        for authority in ["ca", "other"] {
            let files = format!("-keyout {authority}.key -out {authority}.crt -subj /CN={authority}");
            openssl(folder.path(), &format!("req -x509 {key} {files}"));
        }
        openssl(folder.path(), &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"));
        folder.write("names", "subjectAltName=IP:127.0.0.1\n");
        let signed = "-CA ca.crt -CAkey ca.key -CAcreateserial -extfile names";
        openssl(folder.path(), &format!("x509 -req -in server.csr {signed} -out server.crt"));
        hand_over(Path::new(&folder.file("server.key")));
        folder.write("hba", "hostssl chat snug all scram-sha-256\nhost all postgres all trust\n");
        let setting = |name: &str, file: &str| format!("{name}={}", folder.file(file));
        let server = PostgresServer::start(&[
            "ssl=on",
            &setting("ssl_cert_file", "server.crt"),
            &setting("ssl_key_file", "server.key"),
            &setting("hba_file", "hba"),
        ])?;
        let password = DATABASE_PASSWORD.replace('\'', "''");
        server.ask("postgres", &format!("ALTER ROLE snug PASSWORD '{password}'"));
        Some(Self { server, folder })
    }

    /// As for `--data`.
    fn url(&self, host: &str, authority: &str) -> String {
        let (port, file) = (self.server.address.port(), self.folder.file(authority));
        format!("postgres://snug@{host}:{port}/chat?sslmode=verify-full&sslrootcert={file}")
    }

    /// A file of passwords as libpq has it, in which this one is the server's.
    fn passwords(&self, password: &str) -> String {
        let escaped = password.replace('\\', "\\\\").replace(':', "\\:");
        let file = self.folder.write("passwords", &format!("127.0.0.1:*:chat:snug:{escaped}\n"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }
}

fn node(url: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = node_command(url, &[]);
    for name in ["PGPASSWORD", "PGPASSFILE"] {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command
}

#[test]
fn a_node_reaches_the_server_that_is_meant_with_its_password() {
    let Some(secure) = SecureServer::start() else { return };
    let (url, file) = (secure.url("127.0.0.1", "ca.crt"), secure.passwords(DATABASE_PASSWORD));
    for node in [
        node(&url, &[("PGPASSFILE", &file)]),
        node(&url, &[("PGPASSWORD", DATABASE_PASSWORD)]),
        node(&format!("{url}&passfile={file}"), &[]),
    ] {
        let node = Process::start(node);
        let texts = node.visitor().into_member(&format!("ann{}", node.address.port())).texts();
        assert!(texts.is_empty());
        let told: String = node.rest_of_the_opening().chain([node.log()]).collect();
        assert!(!told.contains(DATABASE_PASSWORD), "{told}");
    }
}

#[test]
fn a_node_goes_to_no_other_server_and_says_why() {
    let Some(secure) = SecureServer::start() else { return };
    let (url, file) = (secure.url("127.0.0.1", "ca.crt"), secure.passwords("wrong"));
    let plain = url.replace("sslmode=verify-full", "sslmode=disable");
    let plain = plain.split("&sslrootcert").next().unwrap();
    let right = [("PGPASSWORD", DATABASE_PASSWORD)];
    for (node, code, why) in [
        (node(&secure.url("127.0.0.1", "other.crt"), &right), 1, "certificate"),
        (node(&secure.url("localhost", "ca.crt"), &right), 1, "certificate"),
        (node(plain, &right), 1, ""),
        (node(&url, &[("PGPASSFILE", &file)]), 1, "password"),
        (node(&url, &[("HOME", "/nonexistent")]), 1, "password"),
        // Not even looked for.
        (node(&url.replace("snug@", "snug:secret@"), &[]), 2, "PGPASSFILE"),
    ] {
        let (ended, stdout, stderr) = outcome(node);
        assert_eq!((ended, &*stdout), (Some(code), ""), "{why}: {stderr}");
        assert!(stderr.contains(why) && stderr.trim_end().lines().count() == 1, "{why}: {stderr}");
        assert!(![DATABASE_PASSWORD, "secret", "wrong"].iter().any(|word| stderr.contains(word)), "{stderr}");
    }
}

#[test]
fn each_mistake_of_a_first_start_is_one_line_that_says_what_to_do() {
    let Some(database) = Database::shared() else { return };
    let (url, address) = (database.url(), database.address().to_string());
    let role = format!("guest_{}", std::process::id());
    database.ask(&format!("CREATE ROLE {role} LOGIN"));
    database.ask("CREATE SCHEMA of_another AUTHORIZATION snug; CREATE TABLE of_another.members (id INT)");
    let nobody_there = ReservedPort::port();
    let elsewhere = nobody_there.address.to_string();
    for (url, code, advice) in [
        (url.replace("/chat?", "/chats?"), 1, "CREATE DATABASE \"chats\" OWNER \"snug\""),
        (url.replace("//snug@", &format!("//{role}@")), 1, "has to own the database"),
        (url.replace(&address, &elsewhere), 1, "nothing listens there"),
        (url.replace(&address, "database.invalid"), 1, "look at the name"),
        (format!("{url}&sslmode=verify-full"), 1, "ssl = on"),
        (format!("postgres://snug@{address}/chat?schema=of_another"), 1, "another program; add ?schema=NAME"),
        (url.replace("postgres://", "postgers://"), 2, "postgres://USER@HOST/DATABASE"),
        (url.replace("postgres://", "postgres:/"), 2, "postgres://USER@HOST/DATABASE"),
        (url.replace("?schema", "?scheme"), 2, "sslmode, sslrootcert, schema and passfile"),
    ] {
        let (ended, stdout, stderr) = outcome(node(&url, &[]));
        assert_eq!((ended, &*stdout), (Some(code), ""), "{url}: {stderr}");
        assert!(stderr.contains(advice) && stderr.trim_end().lines().count() == 1, "{url}: {stderr}");
    }
}
