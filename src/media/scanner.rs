//! A buffered reader that knows where it is and where the file ends.

use std::io::{BufRead, BufReader, Read as _, SeekFrom};

use super::{MediaError, Result, Source};

/// In bytes. Most headers that follow one another lie within it, and skipping there costs no system call.
const BUFFER: usize = 16 * 1024;

pub(super) struct Scanner<'a> {
    reader: BufReader<&'a mut dyn Source>,
    position: u64,
    length: u64,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a mut dyn Source) -> Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        Ok(Self { reader: BufReader::with_capacity(BUFFER, source), position: 0, length })
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.length
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(u8::from_be_bytes(self.bytes()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.bytes()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.bytes()?))
    }

    /// A big-endian number of 0 to 8 bytes.
    pub(super) fn number(&mut self, bytes: u8) -> Result<u64> {
        (0..bytes).try_fold(0, |number, _| Ok(number << 8 | u64::from(self.u8()?)))
    }

    /// At most so many of the next `length` bytes; all of these must be in the file. Goes on behind them.
    pub(super) fn head_of(&mut self, length: u64, most: u16) -> Result<Vec<u8>> {
        let end = self.end_of(length)?;
        let mut head = vec![0; usize::from(most).min(usize::try_from(length).unwrap_or(usize::MAX))];
        self.reader.read_exact(&mut head)?;
        self.position += head.len() as u64;
        self.go_to(end)?;
        Ok(head)
    }

    /// Where `length` bytes from here end. Errors: behind the end of the file.
    pub(super) fn end_of(&self, length: u64) -> Result<u64> {
        let end = self.position.checked_add(length).filter(|end| *end <= self.length);
        end.ok_or(MediaError::Malformed("the file is cut off"))
    }

    pub(super) fn skip(&mut self, length: u64) -> Result<()> {
        let end = self.end_of(length)?;
        self.go_to(end)
    }

    /// Goes to a place in the file, forwards or back.
    pub(super) fn go_to(&mut self, position: u64) -> Result<()> {
        if position > self.length {
            return Err(MediaError::Malformed("the file is cut off"));
        }
        let distance = position.cast_signed() - self.position.cast_signed();
        self.reader.seek_relative(distance)?;
        self.position = position;
        Ok(())
    }

    /// Goes to the next byte of this value, or to the end of the file.
    pub(super) fn find(&mut self, wanted: u8) -> Result<()> {
        loop {
            let buffered = self.reader.fill_buf()?;
            if buffered.is_empty() {
                return Ok(());
            }
            let found = buffered.iter().position(|byte| *byte == wanted);
            let passed = found.unwrap_or(buffered.len());
            self.reader.consume(passed);
            self.position += passed as u64;
            if found.is_some() {
                return Ok(());
            }
        }
    }
}
