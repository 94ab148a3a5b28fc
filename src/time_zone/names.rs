//! Time zones as people write them.

use std::fmt;

use chrono_tz::{TZ_VARIANTS, Tz};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{NAMES, Zone};
use crate::suggestions::{did_you_mean, nearest};

/// Longest name of a zone that is compared with others, in bytes.
const ZONE_MAX: usize = 100;

/// Areas whose zones are called by their cities.
const AREAS: [&str; 9] =
    ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// Short forms. Those with more than one meaning are not guessed at; tzdb's `EST` and `MST` never change to
/// summer time, which is not what people mean by them. The others that tzdb has (`CET`, `HST`, ...) are taken from there.
const ABBREVIATIONS: &[(&str, &[&str])] = &[
    ("ACDT", &["Australia/Adelaide"]),
    ("ACST", &["Australia/Darwin", "Australia/Adelaide"]),
    ("ADT", &["America/Halifax"]),
    ("AEDT", &["Australia/Sydney"]),
    ("AEST", &["Australia/Sydney", "Australia/Brisbane"]),
    ("AKDT", &["America/Anchorage"]),
    ("AKST", &["America/Anchorage"]),
    ("ART", &["America/Argentina/Buenos_Aires"]),
    ("AST", &["America/Halifax", "America/Puerto_Rico", "Asia/Riyadh"]),
    ("AWST", &["Australia/Perth"]),
    ("BRT", &["America/Sao_Paulo"]),
    ("BST", &["Europe/London", "Asia/Dhaka"]),
    ("CAT", &["Africa/Maputo"]),
    ("CDT", &["America/Chicago", "America/Havana"]),
    ("CEST", &["CET"]),
    ("CST", &["America/Chicago", "Asia/Shanghai", "America/Costa_Rica"]),
    ("EAT", &["Africa/Nairobi"]),
    ("EDT", &["America/New_York"]),
    ("EEST", &["EET"]),
    ("EST", &["America/New_York", "UTC-5"]),
    ("GST", &["Asia/Dubai", "Atlantic/South_Georgia"]),
    ("HKT", &["Asia/Hong_Kong"]),
    ("ICT", &["Asia/Bangkok"]),
    ("IST", &["Asia/Kolkata"]),
    ("JST", &["Asia/Tokyo"]),
    ("KST", &["Asia/Seoul"]),
    ("MDT", &["America/Denver"]),
    ("MEST", &["MET"]),
    ("MESZ", &["CET"]),
    ("MEZ", &["CET"]),
    ("MSK", &["Europe/Moscow"]),
    ("MST", &["America/Denver", "America/Phoenix", "UTC-7"]),
    ("NPT", &["Asia/Kathmandu"]),
    ("NST", &["America/St_Johns"]),
    ("NZDT", &["Pacific/Auckland"]),
    ("NZST", &["Pacific/Auckland"]),
    ("PDT", &["America/Los_Angeles"]),
    ("PHT", &["Asia/Manila"]),
    ("PKT", &["Asia/Karachi"]),
    ("PST", &["America/Los_Angeles", "Asia/Manila"]),
    ("SAST", &["Africa/Johannesburg"]),
    ("SGT", &["Asia/Singapore"]),
    ("SST", &["Pacific/Pago_Pago", "Asia/Singapore"]),
    ("WAT", &["Africa/Lagos"]),
    ("WEST", &["WET"]),
    ("WIB", &["Asia/Jakarta"]),
];

/// Large cities, and a country of one zone, that tzdb has under another name.
const PLACES: &[(&str, &str)] = &[
    ("Abu Dhabi", "Asia/Dubai"),
    ("Abuja", "Africa/Lagos"),
    ("Ahmedabad", "Asia/Kolkata"),
    ("Ankara", "Europe/Istanbul"),
    ("Atlanta", "America/New_York"),
    ("Austin", "America/Chicago"),
    ("Bangalore", "Asia/Kolkata"),
    ("Barcelona", "Europe/Madrid"),
    ("Basel", "Europe/Zurich"),
    ("Beijing", "Asia/Shanghai"),
    ("Bengaluru", "Asia/Kolkata"),
    ("Bern", "Europe/Zurich"),
    ("Bombay", "Asia/Kolkata"),
    ("Boston", "America/New_York"),
    ("Brasilia", "America/Sao_Paulo"),
    ("Cape Town", "Africa/Johannesburg"),
    ("Chennai", "Asia/Kolkata"),
    ("Cologne", "Europe/Berlin"),
    ("Dallas", "America/Chicago"),
    ("Delhi", "Asia/Kolkata"),
    ("Edinburgh", "Europe/London"),
    ("Frankfurt", "Europe/Berlin"),
    ("Geneva", "Europe/Zurich"),
    ("Guangzhou", "Asia/Shanghai"),
    ("Hamburg", "Europe/Berlin"),
    ("Hanoi", "Asia/Ho_Chi_Minh"),
    ("Houston", "America/Chicago"),
    ("Hyderabad", "Asia/Kolkata"),
    ("India", "Asia/Kolkata"),
    ("Islamabad", "Asia/Karachi"),
    ("Jaipur", "Asia/Kolkata"),
    ("Kyoto", "Asia/Tokyo"),
    ("Lahore", "Asia/Karachi"),
    ("Las Vegas", "America/Los_Angeles"),
    ("Lyon", "Europe/Paris"),
    ("Manchester", "Europe/London"),
    ("Miami", "America/New_York"),
    ("Milan", "Europe/Rome"),
    ("Mumbai", "Asia/Kolkata"),
    ("Munich", "Europe/Berlin"),
    ("New Delhi", "Asia/Kolkata"),
    ("Osaka", "Asia/Tokyo"),
    ("Ottawa", "America/Toronto"),
    ("Philadelphia", "America/New_York"),
    ("Pretoria", "Africa/Johannesburg"),
    ("Pune", "Asia/Kolkata"),
    ("Quito", "America/Guayaquil"),
    ("Rio de Janeiro", "America/Sao_Paulo"),
    ("Saint Petersburg", "Europe/Moscow"),
    ("San Diego", "America/Los_Angeles"),
    ("San Francisco", "America/Los_Angeles"),
    ("Seattle", "America/Los_Angeles"),
    ("Shenzhen", "Asia/Shanghai"),
    ("Washington", "America/New_York"),
    ("Wellington", "Pacific/Auckland"),
];

/// `Display` is written for the operator, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ZoneError {
    /// There is none of that name; these are called alike.
    Unknown(Vec<&'static str>),
    /// This abbreviation stands for more than one: these.
    Ambiguous(&'static str, &'static [&'static str]),
    /// An offset that no place has, or that is not written as one.
    NoOffset,
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Unknown(near) if near.is_empty() => f.write_str(
                "there is no such time zone; name a city, as Europe/Berlin, or an offset, as UTC+5:30",
            ),
            Self::Unknown(near) => write!(f, "there is no such time zone{}", did_you_mean("", near)),
            Self::Ambiguous(short, zones) => {
                write!(f, "{short} means more than one time zone{}", did_you_mean("", zones))
            }
            Self::NoOffset => f.write_str("write an offset as UTC+5:30, from UTC-12 to UTC+14"),
        }
    }
}

/// The zone that is meant by a name, a city, an abbreviation or an offset.
pub(crate) fn zone(text: &str) -> Result<Zone, ZoneError> {
    // A longer text is like none, and takes long to compare with all of them.
    if text.len() > ZONE_MAX {
        return Err(ZoneError::Unknown(Vec::new()));
    }
    let text = plain(text);
    if let Some(zone) = offset(&text)? {
        return Ok(zone);
    }
    if let Some((short, zones)) = ABBREVIATIONS.iter().find(|(short, _)| short.eq_ignore_ascii_case(&text)) {
        return match zones {
            [zone] => zone.parse().map_err(|_| ZoneError::Unknown(Vec::new())),
            _ => Err(ZoneError::Ambiguous(short, zones)),
        };
    }
    if let Some(zone) = named(&text) {
        return Ok(zone.into());
    }
    let names = NAMES.iter().copied().chain(PLACES.iter().map(|(place, _)| *place));
    Err(ZoneError::Unknown(nearest(&text, names, 3)))
}

/// One of tzdb's, by its name, its city, or a place that has the same time.
fn named(text: &str) -> Option<Tz> {
    // "India Standard Time", "Berlin time".
    let lower = text.to_ascii_lowercase();
    let place = [" standard time", " time"].iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(text);
    let (name, city) = (text.replace(' ', "_"), bare(place));
    let of_name = |name: &str| TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name));
    let has_city = |zone: &&Tz| {
        let (area, rest) = zone.name().split_once('/').unwrap_or_default();
        AREAS.contains(&area) && rest.rsplit('/').next().is_some_and(|name| bare(name) == city)
    };
    let of_place =
        || PLACES.iter().find(|(place, _)| bare(place) == city).and_then(|(_, name)| of_name(name));
    of_name(&name).or_else(|| TZ_VARIANTS.iter().find(has_city)).or_else(of_place).copied()
}

/// Without accents and what cannot be seen, in the plain form of signs and digits, with single spaces.
fn plain(text: &str) -> String {
    let visible = text.nfkd().filter(|&c| !is_combining_mark(c) && !is_invisible(c));
    let plain: String = visible
        .map(|c| match c {
            // Hyphens, dashes and the minus sign.
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Joiners and marks of direction, as texts that are copied bring along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A place's name without what stands between its words: "St. John's" is `St_Johns`.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The offset from UTC, if it is written as one.
fn offset(text: &str) -> Result<Option<Zone>, ZoneError> {
    let lower = text.to_ascii_lowercase();
    if lower == "z" {
        return Ok(Some(Zone::UTC));
    }
    let rest = ["utc/gmt", "gmt/utc", "utc", "gmt"].iter().find_map(|prefix| lower.strip_prefix(prefix));
    let amount = rest.unwrap_or(&lower).trim_start();
    let zone = match amount.chars().next() {
        None => return Ok(rest.map(|_| Zone::UTC)),
        Some('+') => minutes(&amount[1..]).and_then(Zone::ahead),
        Some('-') => minutes(&amount[1..]).and_then(|minutes| Zone::ahead(-minutes)),
        // No sign: the direction is not known.
        Some(c) if c.is_ascii_digit() => (amount == "0").then_some(Zone::UTC),
        Some(_) => return Ok(None),
    };
    zone.map(Some).ok_or(ZoneError::NoOffset)
}

/// An amount of time as `5`, `05`, `5:30`, `5.30`, `0530` or `5.5`.
fn minutes(amount: &str) -> Option<i32> {
    let amount = amount.trim_start();
    let number = |digits: &str| -> Option<i32> {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain)
    };
    let (hours, rest) = match amount.split_once([':', '.']) {
        Some((hours, "5")) if amount.contains('.') => (hours, "30"),
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if amount.len() > 2 => amount.split_at_checked(amount.len() - 2)?,
        None => (amount, "0"),
    };
    number(rest).filter(|minutes| *minutes < 60).and_then(|rest| Some(number(hours)? * 60 + rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        zone(text).map_or_else(|why| why.to_string(), |zone| zone.to_string())
    }

    #[test]
    fn an_offset_is_ahead_where_it_has_a_plus() {
        for (typed, meant) in [
            ("GMT+2", "UTC+2"),
            ("gmt + 2", "UTC+2"),
            ("UTC/GMT +2", "UTC+2"),
            ("UTC+2", "UTC+2"),
            ("UTC +02", "UTC+2"),
            ("+02:00", "UTC+2"),
            ("+0200", "UTC+2"),
            ("+2", "UTC+2"),
            ("GMT-2", "UTC-2"),
            ("UTC+5:30", "UTC+5:30"),
            ("GMT+5.30", "UTC+5:30"),
            ("+5.5", "UTC+5:30"),
            ("+530", "UTC+5:30"),
            ("UTC-03:30", "UTC-3:30"),
            ("UTC\u{2212}3:30", "UTC-3:30"),
            ("UTC\u{2013}3", "UTC-3"),
            ("\u{200E}UTC\u{A0}\u{FF0B}\u{FF19}\u{FF1A}\u{FF13}\u{FF10}", "UTC+9:30"),
            ("UTC+14", "UTC+14"),
            ("-12", "UTC-12"),
            ("utc", "UTC"),
            ("GMT", "UTC"),
            ("Z", "UTC"),
            ("GMT0", "UTC"),
            ("+00:00", "UTC"),
            ("GMT-0", "UTC"),
            // As IANA has it, when it is written so.
            ("Etc/GMT+2", "UTC-2"),
            ("etc/gmt-2", "UTC+2"),
        ] {
            assert_eq!(read(typed), meant, "{typed}");
        }
        for wrong in [
            "GMT+15", "UTC-13", "+24:00", "UTC+5:60", "+5:17", "UTC+", "+", "UTC+2x", "GMT++2", "UTC2", "2",
            "+1:2:3", "UTC+5:3", "+5.3", "+12345", "UTC+\u{660}\u{662}", "- -2", "UTC+2 h",
        ] {
            let why = read(wrong);
            assert!(why.contains("UTC+5:30") && !why.contains("Etc/"), "{wrong}: {why}");
        }
    }

    #[test]
    fn a_city_is_its_zone() {
        for (typed, meant) in [
            ("berlin", "Europe/Berlin"),
            ("New York", "America/New_York"),
            ("america/new york", "America/New_York"),
            ("KOLKATA", "Asia/Kolkata"),
            ("Calcutta", "Asia/Calcutta"),
            ("Mumbai", "Asia/Kolkata"),
            ("India Standard Time", "Asia/Kolkata"),
            ("Berlin time", "Europe/Berlin"),
            ("new  delhi", "Asia/Kolkata"),
            ("S\u{e3}o Paulo", "America/Sao_Paulo"),
            ("Z\u{fc}rich", "Europe/Zurich"),
            ("\u{130}stanbul", "Asia/Istanbul"),
            ("St. John's", "America/St_Johns"),
            ("Port-au-Prince", "America/Port-au-Prince"),
            ("Sydney", "Australia/Sydney"),
            ("San Francisco", "America/Los_Angeles"),
            ("CET", "CET"),
            ("Japan", "Japan"),
        ] {
            assert_eq!(read(typed), meant, "{typed}");
        }
    }

    #[test]
    fn an_abbreviation_is_taken_where_it_means_one_zone() {
        assert_eq!(read("IST"), "Asia/Kolkata");
        assert_eq!((&*read("cest"), &*read("JST"), &*read("HST")), ("CET", "Asia/Tokyo", "HST"));
        for (typed, offered) in
            [("EST", "America/New_York or UTC-5"), ("cst", "Asia/Shanghai"), ("BST", "Europe/London")]
        {
            let why = read(typed);
            assert!(why.contains("more than one") && why.contains(offered), "{why}");
        }
        for zone in
            ABBREVIATIONS.iter().flat_map(|(_, zones)| *zones).chain(PLACES.iter().map(|(_, zone)| zone))
        {
            assert!(zone.parse::<Zone>().is_ok(), "{zone}");
        }
        for (place, zone) in PLACES {
            assert_eq!(read(place), *zone, "{place}: tzdb has another");
        }
    }

    #[test]
    fn a_better_one_is_suggested_and_never_the_opposite() {
        assert!(read("berln").contains("did you mean Europe/Berlin"));
        assert!(read("Asia/Calcuta").contains("Asia/Calcutta"));
        assert!(read("Etc/GMT+20").starts_with("there is no"));
        assert!(!read("Etc/GMT+20").contains("GMT"), "{}", read("Etc/GMT+20"));
        assert!(read("mumbay").contains("did you mean Mumbai"));
        assert!(read("qqq").contains("UTC+5:30"), "{}", read("qqq"));
        for name in NAMES.iter() {
            assert!(zone(name).is_ok_and(|zone| zone.to_string() == *name), "{name}");
        }
    }
}
