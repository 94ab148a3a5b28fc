//! Files of boxes as a whole: pictures or a film.

use super::boxes::BoxAt;
use super::plan::Patches;
use super::scanner::Scanner;
use super::{Examined, MediaError, Result, heif, movie};

pub(super) fn examine(scanner: &mut Scanner) -> Result<Examined> {
    let (mut patches, mut pictures, mut film) = (Patches::default(), None, None);
    let (mut has_data, mut end) = (false, scanner.length());
    while !scanner.is_at_end() {
        let start = scanner.position();
        let complete = has_data && (pictures.is_some() || film.is_some());
        let Some(head) = next_or_rest(scanner, complete)? else {
            // What cameras append is not always a box.
            end = start;
            break;
        };
        match &head.name {
            b"ftyp" | b"styp" | b"sidx" | b"ssix" | b"mfra" => {}
            b"mdat" => has_data = true,
            b"moov" if film.is_none() => film = Some(movie::examine(scanner, &head, &mut patches)?),
            b"moof" => movie::fragment(scanner, &head, &mut patches)?,
            b"meta" if pictures.is_none() && heif::is_picture(scanner, &head)? => {
                pictures = Some(heif::examine(scanner, &head, &mut patches)?);
            }
            _ => head.remove(&mut patches)?,
        }
        scanner.go_to(head.end)?;
    }
    if pictures.is_none() && film.is_none() {
        return Err(MediaError::Malformed("neither pictures nor a film"));
    }
    let dimensions = pictures.flatten().or(film.flatten());
    Ok(Examined { dimensions, plan: patches.plan(scanner.length(), end)? })
}

/// None where a file that is complete goes on with something else than a box.
fn next_or_rest(scanner: &mut Scanner, complete: bool) -> Result<Option<BoxAt>> {
    match BoxAt::next(scanner, scanner.length()) {
        Ok(Some(head)) if !complete || head.name.iter().all(u8::is_ascii_graphic) => Ok(Some(head)),
        Ok(None) if !complete => Err(MediaError::Malformed("the file is cut off")),
        Ok(_) | Err(MediaError::Malformed(_)) if complete => Ok(None),
        Ok(found) => Ok(found),
        Err(error) => Err(error),
    }
}
