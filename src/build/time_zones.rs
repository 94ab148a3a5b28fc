//! chrono-tz's tables, packed. Its own take 32 bytes for each change of a zone's offset, each with a pointer that is
//! relocated at every start: 2 MB of the file and 1.1 MB of memory. These take 5 bytes, and no pointers.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, TZ_VARIANTS, Tz};

/// No zone changes twice within so many seconds since 1970 (the least is 6 days).
const STEP: i64 = 2 * 86_400;

/// Seconds east of UTC, and an abbreviation where there are letters for it.
type Offset = (i32, Option<String>);

/// Returns the source of the tables that `time_zone/packed.rs` reads: of every zone, from 1970 to 2106.
pub(crate) fn packed() -> String {
    assert!(TZ_VARIANTS.iter().enumerate().all(|(index, zone)| index == *zone as usize));
    let (mut begins, mut kinds) = (Vec::new(), Vec::new());
    let mut offsets: BTreeMap<Offset, usize> = BTreeMap::new();
    // Many zones are another name of one.
    let mut known = BTreeMap::new();
    let zones = TZ_VARIANTS.map(|zone| {
        let spans = spans(zone);
        *known.entry(spans.clone()).or_insert_with(|| {
            let first = begins.len();
            for (begin, offset) in spans {
                let next = offsets.len();
                begins.push(begin);
                kinds.push(*offsets.entry(offset).or_insert(next));
            }
            (first, begins.len())
        })
    });
    let mut offsets: Vec<_> = offsets.into_iter().collect();
    offsets.sort_by_key(|(_, kind)| *kind);
    let mut source = String::new();
    write_table(&mut source, "ZONES: [(u16, u16)", &zones);
    write_table(&mut source, "BEGINS: [u32", &begins);
    write_table(&mut source, "KINDS: [u8", &kinds);
    let offsets: Vec<_> = offsets.into_iter().map(|(offset, _)| offset).collect();
    write_table(&mut source, "OFFSETS: [(i32, Option<&str>)", &offsets);
    source
}

fn write_table(source: &mut String, name_and_type: &str, table: &[impl Debug]) {
    writeln!(source, "pub(super) static {name_and_type}; {}] = {table:?};", table.len())
        .expect("a string grows");
}

/// Returns the offsets of a zone, each with the second of 1970 and later in which it begins.
fn spans(zone: Tz) -> Vec<(u32, Offset)> {
    let offset_at = |second: i64| {
        let at = DateTime::from_timestamp(second, 0).expect("a year before 2107").naive_utc();
        let offset = zone.offset_from_utc_datetime(&at);
        (offset.fix().local_minus_utc(), offset.abbreviation().map(str::to_owned))
    };
    let mut spans = vec![(0, offset_at(0))];
    let mut before = 0;
    while before < i64::from(u32::MAX) {
        let after = (before + STEP).min(i64::from(u32::MAX));
        let present = &spans[spans.len() - 1].1;
        if offset_at(after) != *present {
            let (mut last, mut begin) = (before, after);
            while begin - last > 1 {
                let middle = i64::midpoint(last, begin);
                if offset_at(middle) == *present { last = middle } else { begin = middle }
            }
            spans.push((u32::try_from(begin).expect("before 2107"), offset_at(begin)));
        }
        before = after;
    }
    spans
}
