//! From the bytes that a client sends to its messages, however they arrive: RFC 6455, strictly.

use super::{CONTROL_MAX, CloseCode, FIN, opcode};

/// Longest message, in bytes, over all its fragments.
pub(crate) const MESSAGE_MAX: usize = 64 * 1024;
/// Longest head of a frame: two bytes, a length of 64 bits, a mask.
const HEAD_MAX: usize = 14;

/// What a client said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    Text(String),
    /// With the payload that the answer repeats.
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// What ends a connection, and with which code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

/// Reads frames piece by piece. It keeps what came of a message that is not whole yet, and nothing else.
#[derive(Default)]
pub(crate) struct FrameReader {
    /// What came of a head.
    head: [u8; HEAD_MAX],
    head_length: u8,
    /// Set while a payload is being read.
    frame: Option<Frame>,
    /// Payload of a control frame, which may stand between two fragments.
    control: Vec<u8>,
    /// Set from a message's first frame to its last.
    message: Option<UnfinishedText>,
}

#[derive(Default)]
struct UnfinishedText {
    bytes: Vec<u8>,
    /// How many of them are whole characters.
    checked: usize,
}

/// The head of a frame that may come now.
#[derive(Clone, Copy)]
struct Frame {
    opcode: u8,
    is_final: bool,
    mask: [u8; 4],
    length: u32,
    /// Bytes of its payload that came.
    taken: u32,
}

impl FrameReader {
    /// Takes bytes from the front up to the end of one message or control frame; nothing where all were taken before it.
    ///
    /// Errors: the client broke a rule, as soon as that is certain; nothing can be read any more.
    pub(crate) fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Incoming>, Violation> {
        loop {
            let Some(frame) = self.read_head(bytes)? else { return Ok(None) };
            let (is_final, opcode) = (frame.is_final, frame.opcode);
            if !self.read_payload(frame, bytes)? {
                return Ok(None);
            }
            let incoming = match opcode {
                opcode::CLOSE => Some(self.close()?),
                opcode::PING => Some(Incoming::Ping(std::mem::take(&mut self.control))),
                opcode::PONG => {
                    self.control = Vec::new();
                    Some(Incoming::Pong)
                }
                _ if is_final => Some(Incoming::Text(self.text()?)),
                _ => None,
            };
            if incoming.is_some() {
                return Ok(incoming);
            }
        }
    }

    /// Bytes of what is unfinished, at least one while anything is.
    pub(crate) fn held(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |message| message.bytes.capacity().max(1));
        let frame = self.frame.map_or(usize::from(self.head_length), |_| HEAD_MAX);
        frame + self.control.capacity() + message
    }

    /// The frame whose payload is next, or nothing where its head is not whole.
    fn read_head(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame>, Violation> {
        if self.frame.is_some() {
            return Ok(self.frame);
        }
        let message = self.message.as_ref().map(|message| message.bytes.len());
        while let Some((byte, rest)) = bytes.split_first() {
            *bytes = rest;
            self.head[usize::from(self.head_length)] = *byte;
            self.head_length += 1;
            self.frame = Frame::parse(&self.head[..usize::from(self.head_length)], message)?;
            if self.frame.is_some() {
                self.head_length = 0;
                break;
            }
        }
        Ok(self.frame)
    }

    /// True where the frame's payload is whole.
    fn read_payload(&mut self, mut frame: Frame, bytes: &mut &[u8]) -> Result<bool, Violation> {
        let missing = (frame.length - frame.taken) as usize;
        let (payload, rest) = bytes.split_at(missing.min(bytes.len()));
        *bytes = rest;
        let mask = frame.mask.iter().cycle().skip(frame.taken as usize % 4);
        let plain = payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        if frame.is_control() {
            self.control.extend(plain);
        } else {
            let message = self.message.get_or_insert_default();
            message.bytes.extend(plain);
            message.check()?;
        }
        let is_whole = payload.len() == missing;
        frame.taken += u32::try_from(payload.len()).unwrap_or_default();
        self.frame = (!is_whole).then_some(frame);
        Ok(is_whole)
    }

    fn text(&mut self) -> Result<String, Violation> {
        let message = self.message.take().unwrap_or_default();
        String::from_utf8(message.bytes).map_err(|_| NOT_UTF8)
    }

    /// RFC 6455, 5.5.1 and 7.4.
    fn close(&mut self) -> Result<Incoming, Violation> {
        let payload = std::mem::take(&mut self.control);
        let Some((code, reason)) = payload.split_first_chunk() else {
            return if payload.is_empty() {
                Ok(Incoming::Close)
            } else {
                Err(protocol("close code of one byte"))
            };
        };
        match u16::from_be_bytes(*code) {
            1000..=1003 | 1007..=1014 | 3000..=4999 => {}
            _ => return Err(protocol("reserved close code")),
        }
        std::str::from_utf8(reason).map(|_| Incoming::Close).map_err(|_| NOT_UTF8)
    }
}

impl UnfinishedText {
    fn check(&mut self) -> Result<(), Violation> {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            // The last character may go on.
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(NOT_UTF8),
        }
        Ok(())
    }
}

impl Frame {
    /// Reads the beginning of a head (RFC 6455, 5.2): nothing where more of it has to come. `message` is the length of the
    /// unfinished message.
    fn parse(head: &[u8], message: Option<usize>) -> Result<Option<Self>, Violation> {
        let [first, rest @ ..] = head else { return Ok(None) };
        let (is_final, opcode) = (first & FIN != 0, first & 0x0F);
        check_first_byte(*first, message.is_some())?;
        let Some((second, rest)) = rest.split_first() else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err(protocol("frame without a mask"));
        }
        let short = second & 0x7F;
        if is_control(opcode) && usize::from(short) > CONTROL_MAX {
            return Err(protocol("long control frame"));
        }
        let Some((length, rest)) = parse_length(short, rest)? else { return Ok(None) };
        let room = MESSAGE_MAX - if is_control(opcode) { 0 } else { message.unwrap_or_default() };
        let length = u32::try_from(length).ok().filter(|length| *length as usize <= room).ok_or(TOO_BIG)?;
        let Ok(mask) = rest.try_into() else { return Ok(None) };
        Ok(Some(Self { opcode, is_final, mask, length, taken: 0 }))
    }

    fn is_control(&self) -> bool {
        is_control(self.opcode)
    }
}

/// Flags and opcode.
fn check_first_byte(byte: u8, is_inside_message: bool) -> Result<(), Violation> {
    if byte & 0x70 != 0 {
        return Err(protocol("reserved bit"));
    }
    match byte & 0x0F {
        opcode::CONTINUATION if !is_inside_message => Err(protocol("continuation of nothing")),
        opcode::TEXT | opcode::BINARY if is_inside_message => Err(protocol("message inside another")),
        opcode::BINARY => Err(Violation { code: CloseCode::Unsupported, reason: "binary message" }),
        opcode::CLOSE | opcode::PING | opcode::PONG if byte & FIN == 0 => {
            Err(protocol("control frame in fragments"))
        }
        opcode::CONTINUATION | opcode::TEXT | opcode::CLOSE | opcode::PING | opcode::PONG => Ok(()),
        _ => Err(protocol("reserved opcode")),
    }
}

/// The length, and what is behind it; nothing where more of it has to come.
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, Violation> {
    let (length, least, rest) = match short {
        126 => match rest.split_first_chunk() {
            Some((bytes, rest)) => (u16::from_be_bytes(*bytes).into(), 126, rest),
            None => return Ok(None),
        },
        127 => match rest.split_first_chunk() {
            Some((bytes, rest)) => (u64::from_be_bytes(*bytes), 0x1_0000, rest),
            None => return Ok(None),
        },
        _ => (short.into(), 0, rest),
    };
    if length < least || length >> 63 != 0 {
        return Err(protocol("length in a wrong form"));
    }
    Ok(Some((length, rest)))
}

fn is_control(opcode: u8) -> bool {
    opcode & 0x8 != 0
}

const NOT_UTF8: Violation = Violation { code: CloseCode::InvalidText, reason: "text that is not UTF-8" };
const TOO_BIG: Violation = Violation { code: CloseCode::TooBig, reason: "message over 64 KiB" };

fn protocol(reason: &'static str) -> Violation {
    Violation { code: CloseCode::Protocol, reason }
}

#[cfg(test)]
mod tests;
