//! Bodies sent in chunks: RFC 9112, 7.1, to the letter.
//!
//! Our own, since decoders at hand take more than the grammar allows (a sign before the size, a
//! bare line feed in an extension), and what two programs read differently can be used to smuggle
//! one request inside another.

use std::io::{self, ErrorKind, Read, Write};

/// Longest line of size and extension, in bytes.
const LINE_MAX: usize = 1024;
/// Lines of trailers that are read (and thrown away).
const TRAILERS_MAX: usize = 64;

/// Reads a whole chunked body. More than `limit` bytes are [`ErrorKind::FileTooLarge`], what is no
/// chunked body is [`ErrorKind::InvalidData`]; errors of `source` stay what they are.
pub(super) fn read(source: &mut impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    copy(source, limit as u64, &mut body)?;
    Ok(body)
}

/// The same, to a sink, whose errors stay what they are as well.
pub(super) fn copy(source: &mut impl Read, limit: u64, sink: &mut impl Write) -> io::Result<()> {
    let mut left = limit;
    loop {
        let size = size(&line(source)?)?;
        if size == 0 {
            break;
        }
        left = left.checked_sub(size).ok_or(ErrorKind::FileTooLarge)?;
        if io::copy(&mut source.by_ref().take(size), sink)? < size {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if !line(source)?.is_empty() {
            return Err(ErrorKind::InvalidData.into());
        }
    }
    for _ in 0..TRAILERS_MAX {
        match &line(source)?[..] {
            [] => return Ok(()),
            field if field.contains(&b':') => {}
            _ => return Err(ErrorKind::InvalidData.into()),
        }
    }
    Err(ErrorKind::FileTooLarge.into())
}

/// `chunk-size [ chunk-ext ]`; the extension means nothing to us.
fn size(line: &[u8]) -> io::Result<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, extension) = line.split_at(digits);
    let plain = extension.iter().all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7F));
    let separate =
        extension.iter().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|&byte| byte == b';');
    if digits.is_empty() || !plain || !separate {
        return Err(ErrorKind::InvalidData.into());
    }
    let text = std::str::from_utf8(digits).unwrap_or_default();
    // Digits that are no u64 are too many.
    u64::from_str_radix(text, 16).map_err(|_| ErrorKind::FileTooLarge.into())
}

/// A line, without its CRLF.
fn line(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() <= LINE_MAX {
        source.read_exact(&mut byte)?;
        match (byte[0], line.last()) {
            (b'\n', Some(b'\r')) => {
                line.pop();
                return Ok(line);
            }
            // A line feed alone, or a carriage return inside.
            (b'\n', _) | (_, Some(b'\r')) => return Err(ErrorKind::InvalidData.into()),
            _ => line.push(byte[0]),
        }
    }
    Err(ErrorKind::FileTooLarge.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8]) -> Result<Vec<u8>, ErrorKind> {
        read(&mut &bytes[..], 20).map_err(|error| error.kind())
    }

    #[test]
    fn chunks_are_joined_and_trailers_left_out() {
        assert_eq!(
            decode(b"3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\nT: x\r\n\r\n").unwrap(),
            b"abc0123456789"
        );
        assert_eq!(decode(b"000\r\n\r\n").unwrap(), b"");
        assert_eq!(decode(b"1 ;x\r\na\r\n0\r\n\r\n").unwrap(), b"a");
    }

    #[test]
    fn what_the_grammar_does_not_allow_is_refused() {
        for bytes in [
            &b"+3\r\nabc\r\n0\r\n\r\n"[..],
            b" 3\r\nabc\r\n0\r\n\r\n",
            b"3\nabc\r\n0\r\n\r\n",
            b"3\r\nabc0\r\n\r\n",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"3;a\nb\r\nabc\r\n0\r\n\r\n",
            b"3;\0\r\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n0\r\n\r\n",
            b"\r\n",
            b"-1\r\n",
            b"3 x\r\nabc\r\n0\r\n\r\n",
            b"3\r\rabc\r\n0\r\n\r\n",
            b"3\xA0\r\nabc\r\n0\r\n\r\n",
        ] {
            assert_eq!(decode(bytes), Err(ErrorKind::InvalidData), "{}", bytes.escape_ascii());
        }
        for bytes in [&b"15\r\n"[..], b"FFFFFFFFFFFFFFFFFFFF\r\n", b"FFFFFFFFFFFFFFFF\r\n"] {
            assert_eq!(decode(bytes), Err(ErrorKind::FileTooLarge), "{}", bytes.escape_ascii());
        }
        assert_eq!(decode(b"3\r\nab"), Err(ErrorKind::UnexpectedEof));
        assert_eq!(decode(b"0\r\n"), Err(ErrorKind::UnexpectedEof));
    }

    proptest! {
        #[test]
        fn any_division_into_chunks_is_the_same_body(pieces in prop::collection::vec("[a-z]{1,4}", 0..5)) {
            let chunk = |piece: &String| format!("{:x}\r\n{piece}\r\n", piece.len());
            let chunks = pieces.iter().map(chunk).collect::<Vec<_>>().concat();
            prop_assert_eq!(decode(format!("{chunks}0\r\n\r\n").as_bytes()).unwrap(), pieces.concat().into_bytes());
        }
    }
}
