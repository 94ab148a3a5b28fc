use proptest::prelude::*;

use super::*;

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A masked frame in its shortest form; `first` is flags and opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = crate::websocket::frame(opcode::TEXT, &[payload]);
    let masked: Vec<_> = payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    frame.truncate(frame.len() - payload.len());
    frame[0] = first;
    frame[1] |= 0x80;
    [frame, MASK.into(), masked].concat()
}

fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x81, payload.as_ref())
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// All that is read of these pieces, up to the first violation.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Incoming>, Option<CloseCode>) {
    let mut reader = FrameReader::default();
    let mut read = Vec::new();
    for mut bytes in pieces {
        loop {
            match reader.read(&mut bytes) {
                Ok(Some(incoming)) => read.push(incoming),
                Ok(None) => break,
                Err(violation) => return (read, Some(violation.code)),
            }
        }
        assert!(bytes.is_empty(), "{} bytes were left", bytes.len());
    }
    (read, None)
}

fn messages(bytes: &[u8]) -> Vec<Incoming> {
    let (read, violation) = read([bytes]);
    assert_eq!(violation, None, "{}", bytes.escape_ascii());
    read
}

/// The code with which these bytes end a connection, and none before their last one is there.
fn violation(bytes: &[u8]) -> CloseCode {
    assert_eq!(read([&bytes[..bytes.len() - 1]]).1, None, "{}: too early", bytes.escape_ascii());
    read([bytes]).1.unwrap_or_else(|| panic!("{} is taken", bytes.escape_ascii()))
}

fn said(text: &str) -> Incoming {
    Incoming::Text(text.into())
}

#[test]
fn frames_of_the_rfc_are_read() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let pong = [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(messages(&hello), [said("Hello")]);
    assert_eq!(messages(&pong), [Incoming::Pong]);
    let fragments = [frame(0x01, b"Hel"), frame(0x80, b"lo")].concat();
    assert_eq!(messages(&fragments), [said("Hello")]);
}

#[test]
fn messages_of_each_length_are_read() {
    for length in [0, 1, 125, 126, 127, 0xFFFF, MESSAGE_MAX] {
        let message = "x".repeat(length);
        assert_eq!(messages(&text(&message)), [said(&message)], "{length}");
    }
}

#[test]
fn control_frames_stand_between_fragments() {
    let bytes = [
        frame(0x01, "Gr\u{fc}".as_bytes()),
        frame(0x89, b"one"),
        frame(0x00, b""),
        frame(0x8A, &[0xFF; 125]),
        frame(0x80, "\u{df}e".as_bytes()),
        frame(0x89, &[0xFF; 125]),
        close(1000, b""),
    ];
    let told = [
        Incoming::Ping(b"one".into()),
        Incoming::Pong,
        said("Gr\u{fc}\u{df}e"),
        Incoming::Ping([0xFF; 125].into()),
        Incoming::Close,
    ];
    assert_eq!(messages(&bytes.concat()), told);
}

#[test]
fn a_client_masks_and_uses_what_is_not_reserved() {
    assert_eq!(violation(&[0x81, 0x05]), CloseCode::Protocol);
    for bit in [0x40, 0x20, 0x10] {
        assert_eq!(violation(&[0x81 | bit]), CloseCode::Protocol);
        assert_eq!(violation(&[0x89 | bit]), CloseCode::Protocol);
    }
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        assert_eq!(violation(&[0x80 | opcode]), CloseCode::Protocol);
    }
    assert_eq!(violation(&[0x82]), CloseCode::Unsupported);
    assert_eq!(violation(&[0x02]), CloseCode::Unsupported);
}

#[test]
fn fragments_come_in_order() {
    assert_eq!(violation(&[0x80]), CloseCode::Protocol);
    assert_eq!(violation(&[0x00]), CloseCode::Protocol);
    for next in [0x81, 0x01, 0x82, 0x02] {
        assert_eq!(violation(&[frame(0x01, b"a"), vec![next]].concat()), CloseCode::Protocol);
    }
    assert_eq!(violation(&[text("a"), vec![0x80]].concat()), CloseCode::Protocol);
}

#[test]
fn control_frames_are_short_and_whole() {
    for opcode in [0x8, 0x9, 0xA] {
        assert_eq!(violation(&[opcode]), CloseCode::Protocol);
        for length in [126, 127] {
            assert_eq!(violation(&[0x80 | opcode, 0x80 | length]), CloseCode::Protocol);
        }
    }
}

#[test]
fn lengths_have_their_shortest_form() {
    for length in [0_u16, 1, 125] {
        assert_eq!(violation(&[&[0x81, 0xFE][..], &length.to_be_bytes()].concat()), CloseCode::Protocol);
    }
    for length in [0_u64, 125, 0xFFFF, 1 << 63, u64::MAX] {
        assert_eq!(violation(&[&[0x81, 0xFF][..], &length.to_be_bytes()].concat()), CloseCode::Protocol);
    }
}

#[test]
fn a_message_is_too_big_by_its_head() {
    for length in [MESSAGE_MAX as u64 + 1, 1 << 32, (1 << 63) - 1] {
        assert_eq!(violation(&[&[0x81, 0xFF][..], &length.to_be_bytes()].concat()), CloseCode::TooBig);
    }
    let most = frame(0x01, &vec![b'x'; MESSAGE_MAX]);
    assert_eq!(violation(&[most.clone(), vec![0x80, 0x81]].concat()), CloseCode::TooBig);
    assert_eq!(messages(&[most, frame(0x89, b"p"), frame(0x80, b"")].concat()).len(), 2);
    let parts =
        [frame(0x01, &vec![b'x'; 40_000]), frame(0x00, &vec![b'x'; 20_000]), vec![0x00, 0xFE, 0xFF, 0xFF]];
    assert_eq!(violation(&parts.concat()), CloseCode::TooBig);
}

#[test]
fn what_is_not_utf8_ends_it_as_soon_as_that_is_certain() {
    let not_utf8: [&[u8]; 8] =
        [b"abc\x80", b"\xC0", b"\xC3\x28", b"\xE0\x80", b"\xED\xA0", b"\xF0\x8F", b"\xF4\x90", b"\xF5"];
    for bytes in not_utf8 {
        let whole = text([bytes, &b" and more"[..]].concat());
        let certain = whole.len() - b" and more".len();
        assert_eq!(violation(&whole[..certain]), CloseCode::InvalidText, "{}", bytes.escape_ascii());
        let (before, last) = bytes.split_at(bytes.len() - 1);
        let fragments = [frame(0x01, before), frame(0x00, last)].concat();
        assert_eq!(violation(&fragments), CloseCode::InvalidText, "{}", bytes.escape_ascii());
    }
    // A character that does not end.
    for bytes in [&b"\xC3"[..], b"a\xE2\x82", b"\xF0\x9F\x98"] {
        assert_eq!(violation(&text(bytes)), CloseCode::InvalidText, "{}", bytes.escape_ascii());
        let fragments = [frame(0x01, bytes), frame(0x80, b"")].concat();
        assert_eq!(read([&fragments[..]]).1, Some(CloseCode::InvalidText), "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_character_may_be_split_between_fragments() {
    let smile = "\u{1f600}".as_bytes();
    let bytes =
        [frame(0x01, &smile[..1]), frame(0x00, &smile[1..3]), frame(0x89, b"\xFF"), frame(0x80, &smile[3..])];
    assert_eq!(messages(&bytes.concat()), [Incoming::Ping(b"\xFF".into()), said("\u{1f600}")]);
}

#[test]
fn a_close_has_no_payload_or_a_code_that_may_be_sent_and_a_reason() {
    assert_eq!(messages(&frame(0x88, b"")), [Incoming::Close]);
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
        assert_eq!(messages(&close(code, b"bye")), [Incoming::Close], "{code}");
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        assert_eq!(violation(&close(code, b"")), CloseCode::Protocol, "{code}");
    }
    assert_eq!(violation(&frame(0x88, b"\x03")), CloseCode::Protocol);
    assert_eq!(violation(&close(1000, b"\xCE\xBA\xED\xA0")), CloseCode::InvalidText);
    assert_eq!(messages(&close(1000, &[b'x'; 123])), [Incoming::Close]);
}

#[test]
fn little_is_held_and_nothing_of_what_is_told() {
    assert!(size_of::<FrameReader>() < 100, "{}", size_of::<FrameReader>());
    let mut reader = FrameReader::default();
    let mut whole = [text("a".repeat(1000)), frame(0x89, b"p"), frame(0x8A, b"p")].concat();
    let mut rest = &whole[..];
    for _ in 0..3 {
        reader.read(&mut rest).unwrap().unwrap();
        assert_eq!(reader.held(), 0);
    }
    // What is unfinished is known as such from its first byte on, even where it has none yet.
    whole = [frame(0x01, b""), frame(0x00, b"abc"), frame(0x89, b"ping"), frame(0x80, b"")].concat();
    for byte in &whole[..whole.len() - 1] {
        reader.read(&mut &[*byte][..]).unwrap();
        assert!((1..256).contains(&reader.held()), "{}", reader.held());
    }
    assert_eq!(reader.read(&mut &whole[whole.len() - 1..]).unwrap(), Some(said("abc")));
    assert_eq!(reader.held(), 0);
    // A head that promises much takes nothing.
    reader.read(&mut &[0x81, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0, b'a'][..]).unwrap();
    assert!(reader.held() < 100, "{}", reader.held());
}

prop_compose! {
    /// A frame that may be sound, or not: in its flags, opcode, mask or text.
    fn any_frame()(
        first in prop_oneof![
            8 => prop::sample::select(vec![0x81_u8, 0x01, 0x00, 0x80, 0x89, 0x8A, 0x88]),
            1 => any::<u8>(),
        ],
        payload in prop_oneof![
            4 => "[a-z\u{e4}\u{20ac}\u{1f600}]{0,40}".prop_map(String::into_bytes),
            1 => "[a-z\u{20ac}]{100,150}".prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ],
        is_masked in prop::bool::weighted(0.97),
    ) -> Vec<u8> {
        let mut frame = frame(first, &payload);
        frame[1] &= if is_masked { 0xFF } else { 0x7F };
        frame
    }
}

proptest! {
    #[test]
    fn any_split_of_the_bytes_is_read_as_the_same(
        frames in prop::collection::vec(any_frame(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes = frames.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let whole = read([&bytes[..]]);
        prop_assert_eq!(&read(cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]])), &whole);
        prop_assert_eq!(&read(bytes.chunks(1)), &whole);
    }

    #[test]
    fn a_text_in_any_fragments_is_the_same(text in "[a-z\u{e4}\u{20ac}\u{1f600}]{0,60}", cuts in prop::collection::vec(0..200_usize, 0..6)) {
        let bytes = text.as_bytes();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let last = cuts.len() - 2;
        let fragments = cuts.windows(2).enumerate().map(|(index, cut)| {
            let flags = if index == last { 0x80 } else { 0 } | u8::from(index == 0);
            frame(flags, &bytes[cut[0]..cut[1]])
        });
        prop_assert_eq!(messages(&fragments.collect::<Vec<_>>().concat()), [said(&text)]);
    }

    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        read([&bytes[..]]);
    }
}
