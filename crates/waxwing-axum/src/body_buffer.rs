//! Buffer of a body that arrives in several parts.

use std::io;

use bytes::Bytes;
use memmap2::MmapMut;

/// The first capacity of a buffer, in bytes.
pub(crate) const FIRST_CAPACITY: usize = 64 * 1024;

/// A buffer that grows on request only.
///
/// A large buffer is a mapping of its own, which goes back to the operating system at once when it is dropped. An allocator keeps the
/// memory of thousands of bodies.
#[derive(Debug)]
pub(crate) enum BodyBuffer {
    Small(Vec<u8>),
    Large { map: MmapMut, len: usize },
}

impl BodyBuffer {
    pub(crate) fn new() -> Self {
        Self::Small(Vec::new())
    }

    /// Changes the capacity to `capacity` bytes, which must be enough for the content.
    ///
    /// # Errors
    ///
    /// If the operating system has no memory.
    pub(crate) fn reserve(&mut self, capacity: usize) -> io::Result<()> {
        if let Self::Small(buffer) = self
            && capacity <= FIRST_CAPACITY
        {
            buffer.reserve_exact(capacity - buffer.len());
            return Ok(());
        }
        let mut map = MmapMut::map_anon(capacity)?;
        let content = self.content();
        map[..content.len()].copy_from_slice(content);
        *self = Self::Large { len: content.len(), map };
        Ok(())
    }

    /// Appends a part, for which capacity was reserved.
    pub(crate) fn append(&mut self, part: &[u8]) {
        match self {
            Self::Small(buffer) => buffer.extend_from_slice(part),
            Self::Large { map, len } => {
                map[*len..*len + part.len()].copy_from_slice(part);
                *len += part.len();
            }
        }
    }

    /// Returns the content without a copy.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Small(buffer) => buffer.into(),
            Self::Large { map, len } => Bytes::from_owner(map).slice(..len),
        }
    }

    fn content(&self) -> &[u8] {
        match self {
            Self::Small(buffer) => buffer,
            Self::Large { map, len } => &map[..*len],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_stays_while_the_buffer_grows() {
        let mut buffer = BodyBuffer::new();
        let mut expected = Vec::new();
        for (nth, capacity) in (0..=u8::MAX).zip([10, FIRST_CAPACITY, 2 * FIRST_CAPACITY, 3_000_000]) {
            buffer.reserve(capacity).unwrap();
            let part = vec![nth; capacity - expected.len()];
            buffer.append(&part);
            expected.extend(part);
            assert_eq!(buffer.content(), expected);
        }
        assert_eq!(buffer.into_bytes(), expected);
        assert!(BodyBuffer::new().into_bytes().is_empty());
    }
}
