//! The frames of WebSocket (RFC 6455), as a server reads and writes them: bytes in, bytes out, no I/O.
//!
//! Of the protocol only what a chat of text needs: neither binary messages nor extensions.

mod frame_reader;

pub(crate) use frame_reader::{FrameReader, Incoming, MESSAGE_MAX, Violation};

use base64ct::{Base64, Encoding};
use sha1::{Digest, Sha1};

/// Appended to a client's key before it is hashed (RFC 6455, 1.3).
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Most payload of a control frame (RFC 6455, 5.5), in bytes.
const CONTROL_MAX: usize = 125;
/// The first bit of a frame: no fragment follows.
const FIN: u8 = 0x80;

/// An empty ping.
pub(crate) const PING: &[u8] = &[FIN | opcode::PING, 0];

/// RFC 6455, 5.2; those that are missing are reserved.
mod opcode {
    pub(super) const CONTINUATION: u8 = 0x0;
    pub(super) const TEXT: u8 = 0x1;
    pub(super) const BINARY: u8 = 0x2;
    pub(super) const CLOSE: u8 = 0x8;
    pub(super) const PING: u8 = 0x9;
    pub(super) const PONG: u8 = 0xA;
}

/// Why a connection is closed: RFC 6455, 7.4.1, and the registry of IANA for 1013.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseCode {
    Normal = 1000,
    GoingAway = 1001,
    Protocol = 1002,
    /// A binary message.
    Unsupported = 1003,
    /// A text that is not UTF-8.
    InvalidText = 1007,
    Policy = 1008,
    TooBig = 1009,
    TryAgainLater = 1013,
}

/// The value of `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455, 4.2.2), or nothing where that is not 16
/// bytes in Base64.
pub(crate) fn accept_key(key: &str) -> Option<String> {
    let mut nonce = [0; 16];
    let is_whole = Base64::decode(key, &mut nonce).is_ok_and(|nonce| nonce.len() == 16);
    let digest = || Sha1::new().chain_update(key).chain_update(KEY_SUFFIX).finalize();
    is_whole.then(|| Base64::encode_string(&digest()))
}

/// A text as one unmasked frame.
pub(crate) fn text_frame(text: &str) -> Vec<u8> {
    frame(opcode::TEXT, &[text.as_bytes()])
}

/// The answer to a ping, whose payload it repeats.
pub(crate) fn pong_frame(payload: &[u8]) -> Vec<u8> {
    frame(opcode::PONG, &[payload])
}

/// `reason` takes at most 123 bytes.
pub(crate) fn close_frame(code: CloseCode, reason: &str) -> Vec<u8> {
    frame(opcode::CLOSE, &[&(code as u16).to_be_bytes(), reason.as_bytes()])
}

/// RFC 6455, 5.2, with the shortest form of the length.
#[expect(
    clippy::cast_possible_truncation,
    reason = "each length is cast to a type that its arm says it fits in"
)]
fn frame(opcode: u8, payload: &[&[u8]]) -> Vec<u8> {
    let length = payload.iter().map(|piece| piece.len()).sum();
    debug_assert!(length <= CONTROL_MAX || opcode == opcode::TEXT, "a control frame of {length} bytes");
    let mut frame = Vec::with_capacity(10 + length);
    frame.push(FIN | opcode);
    match length {
        0..=125 => frame.push(length as u8),
        126..=0xFFFF => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(payload.iter().copied().flatten());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc_is_accepted_as_it_says() {
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ==").as_deref(), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn a_key_is_sixteen_bytes_in_base64() {
        for key in [
            "", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ== ",
            "dGhlIHNhbXBsZSBub25jZS4=", "dGhlIHNhbXBsZSBub25j", "dGhl-HNhbXBsZSBub25jZQ==", "é",
        ] {
            assert_eq!(accept_key(key), None, "{key}");
        }
    }

    #[test]
    fn frames_are_those_of_the_rfc() {
        assert_eq!(text_frame("Hello"), [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(pong_frame(b"Hello"), [0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!(PING, [0x89, 0x00]);
        assert_eq!(close_frame(CloseCode::GoingAway, "bye"), [0x88, 0x05, 0x03, 0xE9, b'b', b'y', b'e']);
    }

    #[test]
    fn a_length_takes_its_shortest_form() {
        for (length, head) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (256, &[0x81, 0x7E, 0x01, 0x00]),
            (0xFFFF, &[0x81, 126, 0xFF, 0xFF]),
            (0x10000, &[0x81, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let text = "x".repeat(length);
            assert_eq!(text_frame(&text), [head, text.as_bytes()].concat(), "{length}");
        }
    }
}
