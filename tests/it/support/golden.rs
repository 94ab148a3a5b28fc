//! Files of every version.

/// A file of each version, and ann's cookie in it, as it was called then. Her password is that of all stories.
pub(crate) const GOLDEN: [(&[u8], &str); 6] = [
    (include_bytes!("../../golden/v1.db"), "snug=kTvK8Laj2NLw8-gRuF6Qk7uKHDukNM226HQlbmz7f40"),
    (include_bytes!("../../golden/v2.db"), "snug=YJxFaSOhMAPkMCNPUERCjrUUFY3z_1nYxz0RIEt3ba4"),
    (include_bytes!("../../golden/v3.db"), "snug=BmsW0K4ErzObvd16cfG7c8U86kWUDG5KSs152m-V4GQ"),
    (include_bytes!("../../golden/v4.db"), "snug-2bc42b01daed=IAK7Srvn8yWg-54f-qJZVDZFuWrxMPzWOnvlMawKWKQ"),
    (include_bytes!("../../golden/v5.db"), "snug-2bc42b01daed=IAK7Srvn8yWg-54f-qJZVDZFuWrxMPzWOnvlMawKWKQ"),
    (include_bytes!("../../golden/v6.db"), "snug-2bc42b01daed=IAK7Srvn8yWg-54f-qJZVDZFuWrxMPzWOnvlMawKWKQ"),
];
