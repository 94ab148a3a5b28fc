//! Words that were probably meant.

/// The candidates most like `text`, best first.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    const ALIKE: f64 = 0.8;
    let wanted = text.to_lowercase().replace(' ', "_");
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let last = candidate.rsplit('/').next().unwrap_or_default();
        let of_wanted = wanted.rsplit('/').next().unwrap_or_default();
        let whole = strsim::jaro_winkler(&wanted, &candidate);
        whole.max(strsim::jaro_winkler(of_wanted, last))
    };
    let mut near: Vec<(f64, &str)> =
        candidates.map(|name| (likeness(name), name)).filter(|(alike, _)| *alike > ALIKE).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

pub(crate) fn did_you_mean(prefix: &str, near: &[&str]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|name| format!("{prefix}{name}")).collect();
    format!("; did you mean {}?", names.join(" or "))
}
