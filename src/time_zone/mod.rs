//! The zone in which times are shown: one of IANA's, or a fixed offset from UTC.
//!
//! IANA's own fixed offsets are whole hours with the sign reversed: `Etc/GMT+2` is two hours *behind* UTC. Such a zone is the
//! offset that it stands for, and is written as people write that: `UTC-2`.

mod local;
mod names;
mod packed;

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use chrono::{FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset as _, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

pub(crate) use local::local_zone;
pub(crate) use names::{ZoneError, zone};
use packed::PackedOffset;

/// Names to choose from and to suggest: not `Etc/GMT+5`, which is not what it seems.
pub(crate) static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let names = TZ_VARIANTS.iter().map(|zone| zone.name());
    let is_misread = |name: &str| name.contains("GMT") || matches!(name, "EST" | "MST");
    names.filter(|name| !is_misread(name)).collect()
});

/// A zone. It is written as it is stored, and reads back the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// One of IANA's. Its offsets are those of `packed.rs`: whoever asks chrono-tz links its tables.
    Named(Tz),
    /// Never zero, which is UTC.
    Fixed(FixedOffset),
}

impl Zone {
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// So many minutes ahead of UTC, if any place could be: from 12 hours behind to 14 ahead, in quarters of an hour.
    pub fn ahead(minutes: i32) -> Option<Self> {
        if minutes == 0 {
            return Some(Self::UTC);
        }
        let is_real = (-12 * 60..=14 * 60).contains(&minutes) && minutes % 15 == 0;
        FixedOffset::east_opt(minutes * 60).filter(|_| is_real).map(Self::Fixed)
    }
}

impl From<Tz> for Zone {
    fn from(zone: Tz) -> Self {
        let is_reversed = zone.name().contains("GMT+") || zone.name().contains("GMT-");
        let (offset, _) = packed::offset_at(zone, 0);
        let fixed = is_reversed.then(|| Self::ahead(offset / 60)).flatten();
        fixed.unwrap_or(Self::Named(zone))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Named(zone) => f.write_str(zone.name()),
            Self::Fixed(offset) => write_offset(f, *offset),
        }
    }
}

/// The text is no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;

    /// Reads what `Display` wrote, and every name of IANA's.
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        if let Ok(zone) = text.parse::<Tz>() {
            return Ok(zone.into());
        }
        let (sign, rest) = match text.strip_prefix("UTC").and_then(|rest| rest.split_at_checked(1)) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err(UnknownZone),
        };
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
        let number = |digits: &str| {
            let plain = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i32>().ok().filter(|_| plain).ok_or(UnknownZone)
        };
        let minutes = number(minutes).ok().filter(|minutes| *minutes < 60).ok_or(UnknownZone)?;
        Self::ahead(sign * (number(hours)? * 60 + minutes)).ok_or(UnknownZone)
    }
}

/// A zone's offset from UTC at some time. It is written as `%Z`: by letters where there are any, else as `UTC+4`.
#[derive(Clone, Copy, Debug)]
pub enum Offset {
    /// Of one of IANA's.
    Named(Tz, PackedOffset),
    /// Always the same.
    Fixed(FixedOffset),
}

impl chrono::Offset for Offset {
    fn fix(&self) -> FixedOffset {
        match self {
            Self::Named(_, (seconds, _)) => FixedOffset::east_opt(*seconds).expect("less than a day"),
            Self::Fixed(offset) => *offset,
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Named(_, (_, Some(letters))) => f.write_str(letters),
            other => write_offset(f, other.fix()),
        }
    }
}

fn write_offset(f: &mut fmt::Formatter, offset: FixedOffset) -> fmt::Result {
    let minutes = offset.local_minus_utc() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    match minutes {
        0 => write!(f, "UTC{sign}{hours}"),
        _ => write!(f, "UTC{sign}{hours}:{minutes:02}"),
    }
}

impl TimeZone for Zone {
    type Offset = Offset;

    fn from_offset(offset: &Offset) -> Self {
        match offset {
            Offset::Named(zone, _) => Self::Named(*zone),
            Offset::Fixed(offset) => Self::Fixed(*offset),
        }
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<Offset> {
        self.offset_from_local_datetime(&NaiveDateTime::from(*local))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<Offset> {
        match self {
            Self::Named(zone) => packed::offsets_on_clocks(*zone, local.and_utc().timestamp())
                .map(|offset| Offset::Named(*zone, offset)),
            Self::Fixed(offset) => MappedLocalTime::Single(Offset::Fixed(*offset)),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> Offset {
        self.offset_from_utc_datetime(&NaiveDateTime::from(*utc))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Offset {
        match self {
            Self::Named(zone) => Offset::Named(*zone, packed::offset_at(*zone, utc.and_utc().timestamp())),
            Self::Fixed(offset) => Offset::Fixed(*offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    #[test]
    fn every_zone_reads_back_as_it_is_written() {
        let offsets = (-12 * 4..=14 * 4).map(|quarters| Zone::ahead(quarters * 15).unwrap());
        for zone in TZ_VARIANTS.iter().map(|zone| Zone::from(*zone)).chain(offsets) {
            assert_eq!(zone.to_string().parse(), Ok(zone), "{zone}");
        }
        for (minutes, written) in [(0, "UTC"), (120, "UTC+2"), (330, "UTC+5:30"), (-210, "UTC-3:30")] {
            assert_eq!(Zone::ahead(minutes).unwrap().to_string(), written);
        }
        for none in
            ["", "UTC+", "UTC+15", "UTC-13", "UTC+2:60", "UTC+2:10", "UTC++2", "UTC+2:", "GMT+2", "+2"]
        {
            assert_eq!(none.parse::<Zone>(), Err(UnknownZone), "{none}");
        }
        assert!(Zone::ahead(15 * 60).is_none() && Zone::ahead(10).is_none());
    }

    #[test]
    fn a_sign_means_what_people_mean_by_it() {
        let at: DateTime<Utc> = "2026-07-01T12:00:00Z".parse().unwrap();
        for (zone, name, shown) in [
            ("Etc/GMT-2", "UTC+2", "14:00 UTC+2"),
            ("Etc/GMT+2", "UTC-2", "10:00 UTC-2"),
            ("Etc/GMT+0", "UTC", "12:00 UTC"),
            ("UTC+5:45", "UTC+5:45", "17:45 UTC+5:45"),
            ("UTC-3:30", "UTC-3:30", "08:30 UTC-3:30"),
            ("Asia/Dubai", "Asia/Dubai", "16:00 UTC+4"),
            ("Europe/Berlin", "Europe/Berlin", "14:00 CEST"),
        ] {
            let zone: Zone = zone.parse().unwrap();
            assert_eq!(zone.to_string(), name);
            let local = at.with_timezone(&zone);
            assert_eq!(local.format("%H:%M %Z").to_string(), shown);
            assert_eq!(local.naive_local().and_local_timezone(zone).unwrap(), local);
        }
    }
}
