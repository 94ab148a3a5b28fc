//! Pictures in boxes, AVIF and HEIC (ISO 23008-12, 6; the box `meta` of ISO 14496-12, 8.11): items, which have a type, a place in
//! the file and properties.
//!
//! Items that are no pictures (Exif, XMP as `mime`, `uri `, whatever is unknown) get the type `free`, which no reader takes, and
//! zeros as their content. Their orientation need not stay: that of a picture is its property `irot` (6.5.10).

use super::boxes::BoxAt;
use super::item_locations::item_id;
use super::plan::Patches;
use super::scanner::Scanner;
use super::{Dimensions, MediaError, Result, item_locations};

/// Of metadata in one file.
const REMOVED_MAX: usize = 256;

/// Types of items that are pictures, coded or composed.
const PICTURES: [&[u8; 4]; 10] =
    [b"av01", b"hvc1", b"hev1", b"lhv1", b"avc1", b"vvc1", b"grid", b"iovl", b"iden", b"tmap"];

/// Whether a box `meta` is about pictures; others are metadata as a whole.
pub(super) fn is_picture(scanner: &mut Scanner, meta: &BoxAt) -> Result<bool> {
    let mut handler = None;
    if meta.end - meta.body >= 4 {
        meta.children(scanner, 4, |scanner, child| {
            if child.name == *b"hdlr" && handler.is_none() {
                scanner.skip(8)?;
                handler = Some(scanner.bytes()?);
            }
            Ok(())
        })?;
    }
    Ok(handler == Some(*b"pict"))
}

#[derive(Default)]
struct Boxes {
    primary: Option<u32>,
    infos: Option<BoxAt>,
    locations: Option<BoxAt>,
    data: Option<BoxAt>,
    properties: Option<BoxAt>,
}

/// Returns the size of the primary item.
pub(super) fn examine(
    scanner: &mut Scanner,
    meta: &BoxAt,
    patches: &mut Patches,
) -> Result<Option<Dimensions>> {
    let mut boxes = Boxes::default();
    meta.children(scanner, 4, |scanner, child| {
        match &child.name {
            b"hdlr" => patches.zero(child.part(12, u64::MAX / 2))?,
            b"pitm" => boxes.primary = Some(primary(scanner)?),
            b"iinf" => boxes.infos = Some(*child),
            b"iloc" => boxes.locations = Some(*child),
            b"idat" => boxes.data = Some(*child),
            b"iprp" => boxes.properties = Some(*child),
            b"iref" | b"dinf" | b"grpl" | b"ipro" => {}
            _ => child.remove(patches)?,
        }
        Ok(())
    })?;
    let (Some(primary), Some(infos), Some(locations)) = (boxes.primary, boxes.infos, boxes.locations) else {
        return Err(MediaError::Malformed("a picture without items"));
    };
    let mut removed = remove_infos(scanner, &infos, patches)?;
    removed.sort_unstable();
    if removed.binary_search(&primary).is_ok() {
        return Err(MediaError::Unsupported("a picture in an unknown form"));
    }
    item_locations::zero(scanner, &locations, boxes.data.as_ref(), &removed, patches)?;
    boxes.properties.map_or(Ok(None), |properties| Properties::read(scanner, &properties, primary, patches))
}

/// 8.11.4.
fn primary(scanner: &mut Scanner) -> Result<u32> {
    let [version, ..] = scanner.bytes::<4>()?;
    item_id(scanner, version > 0)
}

/// 8.11.6: names go from all; returns the items that are no pictures, whose type goes too.
fn remove_infos(scanner: &mut Scanner, infos: &BoxAt, patches: &mut Patches) -> Result<Vec<u32>> {
    let mut removed = Vec::new();
    let count_length = if scanner_at(scanner, infos.body)?.u8()? == 0 { 2 } else { 4 };
    infos.children(scanner, 4 + count_length, |scanner, info| {
        let [version, ..] = scanner.bytes::<4>()?;
        if info.name != *b"infe" || version < 2 {
            return Err(MediaError::Unsupported("items without types"));
        }
        let id = item_id(scanner, version > 2)?;
        scanner.skip(2)?;
        let (at, kind) = (scanner.position(), scanner.bytes()?);
        if !PICTURES.contains(&&kind) {
            if removed.len() == REMOVED_MAX {
                return Err(MediaError::Unsupported("it has too many parts"));
            }
            removed.push(id);
            patches.name(at, *b"free")?;
        }
        patches.zero((at + 4).min(info.end)..info.end)
    })?;
    Ok(removed)
}

fn scanner_at<'a, 'b>(scanner: &'a mut Scanner<'b>, position: u64) -> Result<&'a mut Scanner<'b>> {
    scanner.go_to(position)?;
    Ok(scanner)
}

/// Of one item.
#[derive(Default)]
struct Properties {
    size: Option<Dimensions>,
    turned: bool,
}

impl Properties {
    /// 23008-12, 9.3: `ipma` says which of those in `ipco`, counted from 1, an item has.
    fn read(
        scanner: &mut Scanner,
        boxes: &BoxAt,
        primary: u32,
        patches: &mut Patches,
    ) -> Result<Option<Dimensions>> {
        let (mut list, mut wanted) = (None, Vec::new());
        boxes.children(scanner, 0, |scanner, child| {
            match &child.name {
                b"ipco" => list = Some(*child),
                b"ipma" if wanted.is_empty() => wanted = associations(scanner, primary)?,
                _ => {}
            }
            Ok(())
        })?;
        let Some(list) = list else { return Ok(None) };
        let (mut found, mut index) = (Self::default(), 0_u16);
        list.children(scanner, 0, |scanner, property| {
            index = index.checked_add(1).ok_or(MediaError::Unsupported("it has too many parts"))?;
            if wanted.contains(&index) {
                found.take(scanner, property)?;
            }
            match &property.name {
                // 6.5.18 to 6.5.21: descriptions, times; empty they are still properties, which are counted.
                b"udes" | b"altt" | b"crtt" | b"mdft" => patches.zero(property.part(4, u64::MAX / 2)),
                b"uuid" | b"free" | b"skip" => patches.zero(property.body..property.end),
                _ => Ok(()),
            }
        })?;
        Ok(found.size.map(|size| if found.turned { size.turned() } else { size }))
    }

    fn take(&mut self, scanner: &mut Scanner, property: &BoxAt) -> Result<()> {
        match &property.name {
            b"ispe" => {
                scanner.skip(4)?;
                self.size = Dimensions::new(scanner.u32()?, scanner.u32()?);
            }
            b"irot" => self.turned = scanner.u8()? & 1 == 1,
            _ => {}
        }
        Ok(())
    }
}

/// The properties of an item.
fn associations(scanner: &mut Scanner, wanted: u32) -> Result<Vec<u16>> {
    let [version, .., flags] = scanner.bytes::<4>()?;
    let wide = flags & 1 == 1;
    for _ in 0..scanner.u32()? {
        let item = item_id(scanner, version > 0)?;
        let count = scanner.u8()?;
        if item == wanted {
            let index =
                |_| if wide { Ok(scanner.u16()? & 0x7fff) } else { Ok(u16::from(scanner.u8()? & 0x7f)) };
            return (0..count).map(index).collect();
        }
        scanner.skip(u64::from(count) << u8::from(wide))?;
    }
    Ok(Vec::new())
}
