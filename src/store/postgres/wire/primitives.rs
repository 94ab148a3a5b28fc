//! Numbers, texts and lists as bytes.

use std::sync::Arc;

pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);

    /// Takes one off the front. None: there is none.
    fn take(input: &mut &[u8]) -> Option<Self>;
}

impl Wire for Arc<str> {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(self.as_bytes(), out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        take_text(input).map(Self::from)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        if bool::take(input)? { T::take(input).map(Some) } else { Some(None) }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        T::take(input).map(Self::new)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.iter(), out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        // Each takes a byte at least, so that a wrong length ends with the input.
        let length = u64::take(input)?;
        (0..length).map(|_| T::take(input)).collect()
    }
}

impl<T: Wire> Wire for Arc<[T]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.iter(), out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Vec::take(input).map(Self::from)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Some((A::take(input)?, B::take(input)?))
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let (bytes, rest) = input.split_first_chunk()?;
        *input = rest;
        Some(*bytes)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push((*self).into());
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        match <[u8; 1]>::take(input)? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest > 0x7f {
            out.extend(u8::try_from(rest & 0x7f | 0x80));
            rest >>= 7;
        }
        out.extend(u8::try_from(rest));
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let mut number = 0;
        for shift in (0..Self::BITS).step_by(7) {
            let [byte] = <[u8; 1]>::take(input)?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl Wire for i64 {
    /// Small ones of either sign are short.
    fn put(&self, out: &mut Vec<u8>) {
        ((self << 1) ^ (self >> 63)).cast_unsigned().put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let number = u64::take(input)?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

macro_rules! small_numbers {
    ($($type:ident)*) => {
        $(impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                u64::from(*self).put(out);
            }

            fn take(input: &mut &[u8]) -> Option<Self> {
                u64::take(input)?.try_into().ok()
            }
        })*
    };
}

small_numbers! { u16 u32 }

pub(super) fn put_list<'a, T: Wire + 'a>(list: impl Iterator<Item = &'a T>, out: &mut Vec<u8>) {
    let list: Vec<&T> = list.collect();
    (list.len() as u64).put(out);
    for item in list {
        item.put(out);
    }
}

pub(super) fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u64).put(out);
    out.extend(bytes);
}

pub(super) fn take_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let length = u64::take(input)?.try_into().ok()?;
    let (text, rest) = input.split_at_checked(length)?;
    *input = rest;
    std::str::from_utf8(text).ok()
}
