//! nginx and Caddy by the README's own lines.

use std::net::SocketAddr;

use super::{ExternalProgram, ReservedPort, TempDir};

const README: &str = include_str!("../../../README.md");
/// Where these lines have the chat.
pub(crate) const README_CHAT: &str = "127.0.0.1:8080";

/// The README's first lines of code that begin so.
pub(crate) fn readme_lines(begin: &str) -> String {
    README.split("```\n").find(|block| block.starts_with(begin)).expect("lines for it").to_owned()
}

/// A proxy that runs, until this is dropped.
pub(crate) struct RealProxy {
    _running: ExternalProgram,
    port: ReservedPort,
    _folder: TempDir,
}

impl RealProxy {
    /// With these lines in its "http", and in its "server".
    pub(crate) fn nginx(http: &str, server: &str) -> Option<Self> {
        let (port, folder) = (ReservedPort::port(), TempDir::new());
        let running = nginx_at(&port, &folder, http, server)?;
        Some(Self { _running: running, port, _folder: folder })
    }

    /// With these lines, which have it at chat.example.org.
    pub(crate) fn caddy(lines: &str) -> Option<Self> {
        let (port, folder) = (ReservedPort::port(), TempDir::new());
        let site = lines.replace("chat.example.org", &format!("http://{}", port.address));
        let config = format!("{{\n admin off\n auto_https off\n}}\n{site}");
        let file = folder.write("Caddyfile", &config);
        let arguments = ["run", "--adapter", "caddyfile", "--config", &file];
        let mut running = ExternalProgram::start("caddy", folder.path(), arguments)?;
        running.wait_for(port.address);
        Some(Self { _running: running, port, _folder: folder })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.port.address
    }
}

/// nginx with these lines in its "http" and in its "server", and what a process of its own needs around them.
pub(crate) fn nginx_at(
    port: &ReservedPort,
    folder: &TempDir,
    http: &str,
    server: &str,
) -> Option<ExternalProgram> {
    let proxy = port.address;
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.path().display()))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;
         events {{ }}
         http {{ access_log off; {temporary} {http}
             server {{ listen {proxy}; {server} }} }}"
    );
    let file = folder.write("nginx.conf", &config);
    let place = folder.path().to_str().unwrap();
    let mut running =
        ExternalProgram::start("nginx", folder.path(), ["-p", place, "-e", "stderr", "-c", &file])?;
    running.wait_for(proxy);
    Some(running)
}
