//! How one reader reads: the language, the hours of a day, and the zone.

use chrono::{DateTime, Datelike as _, Timelike as _};

use super::{Catalogue, Language};
use crate::time_zone::Zone;

/// A clock of 12 or 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hours {
    /// Before and after noon: `2:03 pm`.
    Twelve,
    /// `14:03`.
    TwentyFour,
}

/// A reader's language, clock and zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Locale {
    pub language: Language,
    pub hours: Hours,
    pub zone: Zone,
}

/// Regions in which English, and languages that snug does not speak, have clocks of 12 hours
/// (CLDR, `timeData`: <https://github.com/unicode-org/cldr/blob/main/common/supplemental/supplementalData.xml>).
const TWELVE_HOURS: &[&str] = &[
    "AE", "AU", "BD", "CA", "CO", "EG", "IN", "JO", "KR", "KW", "LK", "MX", "MY", "NZ", "PH", "PK", "QA",
    "SA", "SG", "US", "VE",
];
/// Ranges that are looked at: as browsers send, and twice that.
const RANGES_MAX: usize = 16;

impl Locale {
    /// For programs: the same for all of them.
    pub const PROGRAM: Self = Self { language: Language::English, hours: Hours::TwentyFour, zone: Zone::UTC };

    /// Reads an `Accept-Language` header (RFC 9110, 12.5.4), with English for all that snug does not speak.
    pub(crate) fn negotiate(header: Option<&str>, zone: Zone) -> Self {
        let mut ranges: Vec<(&str, f32)> = header
            .unwrap_or_default()
            .split(',')
            .take(RANGES_MAX)
            .filter_map(|range| {
                let (tag, rest) = range.split_once(';').unwrap_or((range, ""));
                let weight =
                    rest.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
                Some((tag.trim(), weight)).filter(|(tag, weight)| !tag.is_empty() && *weight > 0.0)
            })
            .collect();
        ranges.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let known = ranges.iter().find_map(|(tag, _)| Some((*tag, Language::tagged(primary(tag))?)));
        let first = ranges.first().map(|(tag, _)| *tag);
        let language = known.map_or(Language::English, |(_, language)| language);
        let tag = known.map(|(tag, _)| tag).or(first);
        Self { language, hours: tag.map_or(Hours::TwentyFour, hours), zone }
    }

    /// Returns the locale of a reader who chose a language or a zone.
    pub(crate) fn chosen(self, language: Option<Language>, zone: Option<Zone>) -> Self {
        let language = language.unwrap_or(self.language);
        // Of one language, the browser's region knows better.
        let hours = if language == self.language { self.hours } else { hours(language.tag()) };
        Self { language, hours, zone: zone.unwrap_or(self.zone) }
    }

    pub(crate) fn texts(self) -> &'static Catalogue {
        self.language.texts()
    }

    /// A zone as people call it: by its own name where it has one, else by a city.
    pub(crate) fn name_of(self, zone: Zone) -> String {
        match zone.to_string() {
            name if name == "Asia/Kolkata" || name == "Asia/Calcutta" => self.texts().dates.india.to_owned(),
            name => name.replace('_', " "),
        }
    }

    /// `14:03` or `2:03 pm`.
    pub(crate) fn time(self, at: &DateTime<Zone>) -> String {
        let dates = &self.texts().dates;
        match self.hours {
            Hours::TwentyFour => format!("{:02}:{:02}", at.hour(), at.minute()),
            Hours::Twelve => {
                let (is_pm, hour) = at.hour12();
                let clock = format!("{hour}:{:02}", at.minute());
                if is_pm { (dates.afternoon)(&clock) } else { (dates.morning)(&clock) }
            }
        }
    }

    /// A date, as `26 November 2026`.
    pub(crate) fn date(self, at: &DateTime<Zone>) -> String {
        let dates = &self.texts().dates;
        (dates.date)(at.day(), dates.months[at.month0() as usize], at.year())
    }

    /// A day with its name, as `Thursday, 26 November 2026`.
    pub(crate) fn day(self, at: &DateTime<Zone>) -> String {
        let dates = &self.texts().dates;
        (dates.day)(dates.weekdays[at.weekday().num_days_from_monday() as usize], &self.date(at))
    }

    /// A date and a time.
    pub(crate) fn date_time(self, at: &DateTime<Zone>) -> String {
        (self.texts().dates.date_time)(&self.date(at), &self.time(at))
    }

    /// A day, a time and its zone.
    pub(crate) fn in_full(self, at: &DateTime<Zone>) -> String {
        let time = format!("{} {}", self.time(at), at.offset());
        (self.texts().dates.date_time)(&self.day(at), &time)
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// The clock of a language tag, by its region if it names one.
fn hours(tag: &str) -> Hours {
    let region = tag.split('-').skip(1).find(|part| part.len() == 2);
    let twelve = match region {
        Some(region) => TWELVE_HOURS.iter().any(|known| known.eq_ignore_ascii_case(region)),
        None => matches!(Language::tagged(primary(tag)), Some(Language::English | Language::Hindi)),
    };
    if twelve { Hours::Twelve } else { Hours::TwentyFour }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    #[test]
    fn browsers_are_answered_in_their_language() {
        for (header, language, hours) in [
            (None, Language::English, Hours::TwentyFour),
            (Some("de"), Language::German, Hours::TwentyFour),
            (Some("de-AT,de;q=0.9,en;q=0.8"), Language::German, Hours::TwentyFour),
            (Some("en-US,en;q=0.9"), Language::English, Hours::Twelve),
            (Some("en-GB"), Language::English, Hours::TwentyFour),
            (Some("en;q=0.5, hi-IN;q=0.8"), Language::Hindi, Hours::Twelve),
            (Some("fr-FR,fr;q=0.9,de;q=0.4"), Language::German, Hours::TwentyFour),
            (Some("fr-CA"), Language::English, Hours::Twelve),
            (Some("*"), Language::English, Hours::TwentyFour),
            (Some("de;q=0, ;;,q=x"), Language::English, Hours::TwentyFour),
            (Some("de;q=nan,en;q=inf"), Language::English, Hours::Twelve),
        ] {
            let locale = Locale::negotiate(header, Zone::UTC);
            assert_eq!((locale.language, locale.hours), (language, hours), "{header:?}");
        }
    }

    #[test]
    fn times_are_written_as_readers_write_them() {
        let at = Zone::UTC.with_ymd_and_hms(2026, 11, 26, 14, 3, 0).unwrap();
        let show = |language, hours| Locale { language, hours, zone: Zone::UTC }.in_full(&at);
        assert_eq!(show(Language::English, Hours::Twelve), "Thursday, 26 November 2026, 2:03 pm UTC");
        assert_eq!(show(Language::English, Hours::TwentyFour), "Thursday, 26 November 2026, 14:03 UTC");
        assert_eq!(show(Language::German, Hours::TwentyFour), "Donnerstag, 26. November 2026, 14:03 UTC");
        assert_eq!(show(Language::Hindi, Hours::Twelve), "गुरुवार, 26 नवंबर 2026, 2:03 pm UTC");
        let midnight = Zone::UTC.with_ymd_and_hms(2026, 11, 26, 0, 5, 0).unwrap();
        assert_eq!(Locale::negotiate(Some("en-US"), Zone::UTC).time(&midnight), "12:05 am");
    }
}
