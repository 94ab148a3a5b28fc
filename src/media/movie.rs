//! Films and sound: the box `moov` (ISO 14496-12, 8; `QuickTime` File Format), and its pieces `moof`.
//!
//! Of tracks only those of picture and sound stay. The others tell: positions of action cameras (`gpmd`, `camm`), subtitles of
//! drones, time codes; their samples become zeros too, wherever they lie.

use super::boxes::BoxAt;
use super::plan::Patches;
use super::scanner::Scanner;
use super::{Dimensions, MediaError, Result, samples_of_track};

type Name = &'static [u8; 4];

/// The boxes that stay in one of this name. Each name is below one other only, so that walking ends.
fn kept_in(parent: [u8; 4]) -> Option<&'static [Name]> {
    Some(match &parent {
        b"moov" => &[b"mvhd", b"trak", b"mvex", b"iods"],
        b"trak" => &[b"tkhd", b"edts", b"tref", b"mdia", b"tapt"],
        b"tref" => &[b"auxl", b"vdep"],
        b"mdia" => &[b"mdhd", b"hdlr", b"minf", b"elng"],
        b"minf" => &[b"vmhd", b"smhd", b"nmhd", b"gmhd", b"hdlr", b"dinf", b"stbl"],
        b"dinf" => &[b"dref"],
        b"stbl" => &[
            b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64", b"stss",
            b"stsh", b"stps", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio",
        ],
        b"moof" => &[b"mfhd", b"traf"],
        b"traf" => {
            &[b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"subs", b"saiz", b"saio", b"senc"]
        }
        _ => return None,
    })
}

/// Returns the size of the first film in it.
pub(super) fn examine(
    scanner: &mut Scanner,
    movie: &BoxAt,
    patches: &mut Patches,
) -> Result<Option<Dimensions>> {
    let (mut dimensions, mut fragmented, mut removed) = (None, false, false);
    movie.children(scanner, 0, |scanner, child| {
        match &child.name {
            b"cmov" => return Err(MediaError::Unsupported("a film whose table of contents is compressed")),
            b"mvex" => fragmented = true,
            b"trak" => {
                let track = Track::read(scanner, child)?;
                dimensions = dimensions.or(track.dimensions);
                if !track.is_media() {
                    removed = true;
                    samples_of_track::zero(scanner, child, patches)?;
                    return child.remove(patches);
                }
            }
            _ => {}
        }
        keep(scanner, movie.name, child, patches)
    })?;
    if fragmented && removed {
        return Err(MediaError::Unsupported("a film in fragments with tracks beside picture and sound"));
    }
    Ok(dimensions)
}

pub(super) fn fragment(scanner: &mut Scanner, fragment: &BoxAt, patches: &mut Patches) -> Result<()> {
    walk(scanner, fragment, patches)
}

/// What decides about a track before it is walked through.
#[derive(Default)]
struct Track {
    handler: Option<[u8; 4]>,
    dimensions: Option<Dimensions>,
}

impl Track {
    fn read(scanner: &mut Scanner, track: &BoxAt) -> Result<Self> {
        let mut found = Self::default();
        track.children(scanner, 0, |scanner, child| {
            match &child.name {
                b"tkhd" => found.dimensions = size(scanner, child)?,
                b"mdia" => child.children(scanner, 0, |scanner, child| {
                    if child.name == *b"hdlr" && found.handler.is_none() {
                        scanner.skip(8)?;
                        found.handler = Some(scanner.bytes()?);
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn is_media(&self) -> bool {
        self.handler.is_some_and(|handler| matches!(&handler, b"vide" | b"soun" | b"pict" | b"auxv"))
    }
}

fn walk(scanner: &mut Scanner, parent: &BoxAt, patches: &mut Patches) -> Result<()> {
    parent.children(scanner, 0, |scanner, child| keep(scanner, parent.name, child, patches))
}

/// Keeps a box without what it tells, or removes it.
fn keep(scanner: &mut Scanner, parent: [u8; 4], child: &BoxAt, patches: &mut Patches) -> Result<()> {
    if !kept_in(parent).is_some_and(|kept| kept.contains(&&child.name)) {
        return child.remove(patches);
    }
    match &child.name {
        b"mvhd" | b"tkhd" | b"mdhd" => {
            // 8.2.2: when it was made and changed, in seconds; version 1 has 64 bits for each.
            let length = if scanner.u8()? == 1 { 16 } else { 8 };
            patches.zero(child.part(4, 4 + length))
        }
        // 8.4.3: behind the type stand what `QuickTime` has of the maker, and a name.
        b"hdlr" => patches.zero(child.part(12, u64::MAX / 2)),
        b"stsd" => child.children(scanner, 8, |_, entry| {
            // 8.5.2, 12.1.3: the vendor, and of films the name of the compressor.
            patches.zero(entry.part(12, 16))?;
            if is_film_entry(entry) { patches.zero(entry.part(42, 74)) } else { Ok(()) }
        }),
        // 8.7.2: paths of other files.
        b"dref" => child.children(scanner, 8, |_, entry| patches.zero(entry.part(4, u64::MAX / 2))),
        name if kept_in(*name).is_some() => walk(scanner, child, patches),
        _ => Ok(()),
    }
}

/// Entries of sound have other fields where those of films have a compressor.
fn is_film_entry(entry: &BoxAt) -> bool {
    const SOUND: [Name; 12] = [
        b"mp4a", b"alac", b"Opus", b"fLaC", b"ac-3", b"ec-3", b"samr", b"sawb", b"sowt", b"twos", b"lpcm",
        b"ipcm",
    ];
    entry.end - entry.body >= 78 && !SOUND.contains(&&entry.name)
}

/// 8.3.2: as it is shown, turned by the matrix.
fn size(scanner: &mut Scanner, header: &BoxAt) -> Result<Option<Dimensions>> {
    let times = if scanner.u8()? == 1 { 12 } else { 0 };
    scanner.go_to(header.part(40 + times, 40 + times).start)?;
    let mut matrix = [0; 9];
    for cell in &mut matrix {
        *cell = scanner.u32()?;
    }
    let size = Dimensions::new(scanner.u32()? >> 16, scanner.u32()? >> 16);
    let turned = (matrix[0], matrix[4]) == (0, 0) && matrix[1] != 0;
    Ok(size.map(|size| if turned { size.turned() } else { size }))
}
