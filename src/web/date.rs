//! The `Date` of answers (RFC 9110, 6.6.1).

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;

use crate::lock::lock;

/// The current second, in seconds since 1970, and as it is written: thousands of answers share one.
static SECOND: Mutex<Option<(u64, Arc<str>)>> = Mutex::new(None);

/// The machine's time, as an HTTP date (RFC 9110, 5.6.7).
pub(super) fn now() -> Arc<str> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut second = lock(&SECOND);
    match &*second {
        Some((of, written)) if *of == now => Arc::clone(written),
        _ => {
            let written: Arc<str> = http_date(now).into();
            *second = Some((now, Arc::clone(&written)));
            written
        }
    }
}

fn http_date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_in_the_standard() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(now().ends_with(" GMT"));
    }
}
