//! The tables of `build/time_zones.rs`: the offsets of every IANA zone from 1970 to 2106. Before and after, those hold that
//! did first and last.

use chrono::MappedLocalTime;
use chrono_tz::Tz;

use tables::{BEGINS, KINDS, OFFSETS, ZONES};

/// `ZONES`: by number of the zone, where its spans begin and end in `BEGINS` and `KINDS`. `BEGINS`: in seconds since 1970; the
/// first span of a zone begins at 0. `KINDS`: places in `OFFSETS`.
#[allow(clippy::unreadable_literal, clippy::large_stack_arrays)]
mod tables {
    include!(concat!(env!("OUT_DIR"), "/time_zones.rs"));
}

/// Longest offset from UTC, in seconds.
const OFFSET_MAX: i64 = 86_400;

/// Seconds east of UTC, and an abbreviation where there are letters for it.
pub(super) type PackedOffset = (i32, Option<&'static str>);

/// `utc` in seconds since 1970.
pub(super) fn offset_at(zone: Tz, utc: i64) -> PackedOffset {
    OFFSETS[usize::from(KINDS[span_at(zone, utc)])]
}

/// Returns the offsets at which clocks show a time: none where they skip it. `local` in seconds since 1970, there.
pub(super) fn offsets_on_clocks(zone: Tz, local: i64) -> MappedLocalTime<PackedOffset> {
    let spans = span_at(zone, local - OFFSET_MAX)..=span_at(zone, local + OFFSET_MAX);
    let mut shown = spans.filter_map(|span| {
        let offset = OFFSETS[usize::from(KINDS[span])];
        (span_at(zone, local - i64::from(offset.0)) == span).then_some(offset)
    });
    match (shown.next(), shown.next()) {
        (None, _) => MappedLocalTime::None,
        (Some(only), None) => MappedLocalTime::Single(only),
        (Some(earlier), Some(later)) => MappedLocalTime::Ambiguous(earlier, later),
    }
}

fn span_at(zone: Tz, utc: i64) -> usize {
    let (first, end) = ZONES[zone as usize];
    let (first, end) = (usize::from(first), usize::from(end));
    let utc = u32::try_from(utc.max(0)).unwrap_or(u32::MAX);
    first + BEGINS[first..end].partition_point(|begin| *begin <= utc) - 1
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Offset as _, TimeZone as _};
    use chrono_tz::{OffsetName as _, TZ_VARIANTS};

    use super::*;

    /// Every zone, about each change of its offset and once a month.
    #[test]
    fn what_is_packed_is_what_chrono_tz_says() {
        for zone in TZ_VARIANTS {
            let unpacked = |offset: &<Tz as chrono::TimeZone>::Offset| {
                (offset.fix().local_minus_utc(), offset.abbreviation().map(str::to_owned))
            };
            let owned = |(seconds, letters): PackedOffset| (seconds, letters.map(str::to_owned));
            let (first, end) = ZONES[zone as usize];
            let changes = BEGINS[usize::from(first)..usize::from(end)].iter().map(|begin| i64::from(*begin));
            let months = (0..12 * 136).map(|month| month * 2_629_746);
            for second in { changes }.flat_map(|at| [at - 1, at, at + 1]).chain(months).filter(|at| *at >= 0)
            {
                let time = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
                let offset = zone.offset_from_utc_datetime(&time);
                assert_eq!(owned(offset_at(zone, second)), unpacked(&offset), "{zone} {second}");
                for near in [-3600, 0, 1800, 3600] {
                    let local = second + i64::from(offset.fix().local_minus_utc()) + near;
                    let time = DateTime::from_timestamp(local, 0).unwrap().naive_utc();
                    let on_clocks = zone.offset_from_local_datetime(&time).map(|offset| unpacked(&offset));
                    // A day that is among those of 1970 in part is not known before.
                    if local > OFFSET_MAX {
                        assert_eq!(offsets_on_clocks(zone, local).map(owned), on_clocks, "{zone} {local}");
                    }
                }
            }
        }
    }
}
