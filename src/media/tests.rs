//! What holds for every format, and what hostile files get.

use std::io::Cursor;

use proptest::prelude::*;

use super::plan::written;
use super::samples::{Sample, all, avif, boxed, exif, jpeg, segment};
use super::{Dimensions, FileType, MediaError, Result, examine, sniff};

fn cleaned(kind: FileType, bytes: &[u8]) -> Result<(Option<Dimensions>, Vec<u8>)> {
    let examined = examine(kind, &mut Cursor::new(bytes))?;
    let out = written(&examined.plan, bytes);
    assert!(out.len() <= bytes.len() + 64, "{kind:?}: {} of {}", out.len(), bytes.len());
    assert!(!examined.plan.keeps_everything() || out == bytes);
    Ok((examined.dimensions, out))
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).filter(|window| *window == wanted).count()
}

#[test]
fn secrets_go_and_pixels_stay() {
    for Sample { kind, bytes } in all() {
        assert_eq!(sniff(&bytes), kind);
        let (dimensions, out) = cleaned(kind, &bytes).unwrap_or_else(|error| panic!("{kind:?}: {error:?}"));
        assert_eq!(dimensions, Some(Dimensions { width: 48, height: 32 }), "{kind:?}");
        assert_eq!(count(&out, b"SECR"), 0, "{kind:?}: {}", out.escape_ascii());
        assert_eq!(count(&out, b"PIXELS"), count(&bytes, b"PIXELS"), "{kind:?}: {}", out.escape_ascii());
    }
}

#[test]
fn a_clean_file_stays_as_it_is() {
    for Sample { kind, bytes } in all() {
        let (dimensions, out) = cleaned(kind, &bytes).expect("a whole file");
        assert_eq!(cleaned(kind, &out).expect("a whole file"), (dimensions, out.clone()), "{kind:?}");
        let again = examine(kind, &mut Cursor::new(&out)).expect("a whole file");
        // What became zeros in its place is made zeros again.
        let in_place = count(&out, b"ftyp") + count(&out, b"moov") + count(&out, b"PRVT") > 0;
        assert_eq!(again.plan.keeps_everything(), !in_place, "{kind:?}");
    }
}

fn keeps_orientation(bytes: &[u8]) -> bool {
    count(bytes, b"\x01\x12\0\x03\0\0\0\x01\0\x06") == 1
}

#[test]
fn the_orientation_stays_where_no_other_property_has_it() {
    let kept: Vec<_> = all().iter().map(|sample| cleaned(sample.kind, &sample.bytes)).collect();
    let kept = kept.iter().map(|result| keeps_orientation(&result.as_ref().expect("a whole file").1));
    assert_eq!(kept.collect::<Vec<_>>(), [true, true, false, true, false, false, false, false]);
}

#[test]
fn every_beginning_of_a_file_ends_well() {
    for Sample { kind, bytes } in all() {
        for length in 0..bytes.len() {
            let _ = cleaned(kind, &bytes[..length]);
        }
    }
}

#[test]
fn what_breaks_off_before_its_picture_is_refused() {
    for Sample { kind, bytes } in all() {
        let half = &bytes[..40];
        assert!(matches!(cleaned(kind, half), Err(MediaError::Malformed(_))), "{kind:?}");
    }
}

#[test]
fn a_photo_that_breaks_off_within_its_scan_is_taken() {
    let bytes = jpeg();
    let cut = bytes.len() - 12;
    let (_, out) = cleaned(FileType::Jpeg, &bytes[..cut]).expect("a picture");
    assert!(out.ends_with(&bytes[cut - 4..cut]));
}

#[test]
fn only_the_first_orientation_counts() {
    let exif = segment(0xe1, &[b"Exif\0\0", &exif()[..]].concat());
    let bytes = jpeg();
    let twice = [&bytes[..2], &exif.repeat(3), &bytes[2..]].concat();
    assert!(keeps_orientation(&cleaned(FileType::Jpeg, &twice).expect("a picture").1));
}

#[test]
fn hostile_sizes_are_none() {
    let cases = [(0, 1, false), (1, 0, false), (u32::MAX, 1, false), (65_535, 65_535, false)];
    let sound = [(1, 1, true), (65_535, 4_096, true), (16_384, 16_384, true)];
    for (width, height, taken) in cases.into_iter().chain(sound) {
        assert_eq!(Dimensions::new(width, height).is_some(), taken, "{width} x {height}");
    }
}

#[test]
fn items_without_end_are_refused_at_once() {
    let bytes = avif();
    let at = bytes.windows(4).position(|window| window == b"iloc").expect("places of items");
    let mut endless = bytes.clone();
    // Version 2 counts in 32 bits, and numbers of no bytes take none.
    endless[at + 4] = 2;
    endless[at + 8..at + 10].copy_from_slice(b"\0\0");
    endless[at + 10..at + 14].copy_from_slice(b"\xff\xff\xff\xff");
    assert!(matches!(cleaned(FileType::Avif, &endless), Err(MediaError::Malformed(_))));
}

#[test]
fn more_parts_than_a_plan_holds_are_refused() {
    let comments = b"\x21\xfe\x01c\0\x21\xf9\x04\0\0\0\0\0".repeat(10_000);
    let gif = [b"GIF89a\x01\0\x01\0\0\0\0", &comments[..], b";"].concat();
    assert!(matches!(cleaned(FileType::Gif, &gif), Err(MediaError::Unsupported(_))));
    let boxes = boxed(&[b"uuid"]).repeat(10_000);
    let film = [boxed(&[b"ftypisom\0\0\0\0"]), boxes].concat();
    assert!(matches!(cleaned(FileType::Mp4, &film), Err(MediaError::Unsupported(_))));
}

#[test]
fn other_files_stay_as_they_are() {
    let examined = examine(FileType::Pdf, &mut Cursor::new(b"%PDF-1.7")).expect("nothing is read");
    assert!(examined.plan.keeps_everything() && examined.dimensions.is_none());
    let empty = examine(FileType::Other, &mut Cursor::new(b"")).expect("nothing is read");
    assert!(empty.plan.keeps_everything() && written(&empty.plan, b"").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn broken_files_end_well(
        index in 0..all().len(),
        other in 0..all().len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        doubled in prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
    ) {
        let samples = all();
        let mut bytes = samples[index].bytes.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some((from, to)) = doubled {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let part = bytes[from.min(to)..from.max(to)].to_vec();
            bytes.splice(from..from, part);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = cleaned(samples[index].kind, &bytes);
        let _ = cleaned(samples[other].kind, &bytes);
    }
}
