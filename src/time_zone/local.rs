//! The zone of this machine.

use super::Zone;
use super::names::zone;

/// Folder of tzdb's files, as a path in `TZ` names it.
const DATABASE: &str = "/usr/share/zoneinfo/";

/// The zone that `TZ` names, and that of the system where it is not set. (POSIX's own rules, as `CET-1CEST`, name none.)
/// The error is what to say, without a full stop.
pub(crate) fn local_zone() -> Result<Zone, String> {
    let from_environment = std::env::var_os("TZ").filter(|value| !value.is_empty());
    of(from_environment.map(|value| value.to_string_lossy().into_owned()), || {
        iana_time_zone::get_timezone().ok()
    })
}

fn of(environment: Option<String>, system: impl FnOnce() -> Option<String>) -> Result<Zone, String> {
    let given = environment.map(|value| {
        let name = value.strip_prefix(':').unwrap_or(&value);
        name.strip_prefix(DATABASE).unwrap_or(name).to_owned()
    });
    let is_of_system = given.as_ref().is_none_or(|name| name == "/etc/localtime");
    let name = if is_of_system { system() } else { given };
    let name = name.ok_or("this machine does not say in which zone it is; name a city, as Europe/Berlin")?;
    zone(&name).map_err(|_| {
        format!("this machine's zone, {name:?}, is none of IANA's; name a city, as Europe/Berlin")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_goes_before_the_system() {
        let read = |environment: Option<&str>, system: Option<&str>| {
            let zone = of(environment.map(str::to_owned), || system.map(str::to_owned));
            zone.map(|zone| zone.to_string())
        };
        for (environment, system, zone) in [
            (None, Some("Europe/Berlin"), "Europe/Berlin"),
            (None, Some("Etc/UTC"), "Etc/UTC"),
            (Some("Asia/Tokyo"), Some("Europe/Berlin"), "Asia/Tokyo"),
            (Some(":Asia/Tokyo"), None, "Asia/Tokyo"),
            (Some(":/usr/share/zoneinfo/Asia/Tokyo"), None, "Asia/Tokyo"),
            (Some(":/etc/localtime"), Some("Europe/Berlin"), "Europe/Berlin"),
            (Some("UTC"), Some("Europe/Berlin"), "UTC"),
        ] {
            assert_eq!(read(environment, system), Ok(zone.into()), "{environment:?} {system:?}");
        }
        assert!(read(None, None).unwrap_err().contains("does not say"));
        assert!(read(Some("CET-1CEST,M3.5.0,M10.5.0/3"), None).unwrap_err().contains("\"CET-1CEST"));
    }
}
