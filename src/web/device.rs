//! Which device a request comes from, in a person's words.

use super::request::Request;
use crate::chat::Device;

/// Browsers by what they alone say of themselves: all pretend to be others as well, so the order counts.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("w3m/", "w3m"),
    ("Lynx/", "Lynx"),
    ("curl/", "curl"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("BSD", "BSD"),
];

/// As in "Firefox on Linux", which is shown in each reader's language; of a program that nobody here knows, its own name.
pub(super) fn device(request: &Request) -> Device {
    // Only a hint for people, so one that is sent twice is none.
    describe(request.header("user-agent").ok().flatten().unwrap_or_default())
}

fn describe(agent: &str) -> Device {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => Device::of(&format!("{browser} on {system}")),
        (Some(browser), None) => Device::of(browser),
        (None, _) => Device::of(agent.split_whitespace().next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn a_device_is_called_as_a_person_would_call_it() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            ("curl/8.5.0", "curl"),
            ("my-bot/1.0 (thing)", "my-bot/1.0"),
            ("", ""),
        ] {
            assert_eq!(describe(agent).as_str(), name);
        }
    }
}
