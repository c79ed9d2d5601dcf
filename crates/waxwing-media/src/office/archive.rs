//! Parts of an office file: the files in its zip file.

use std::io::Read as _;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive};

use crate::limits::Deadline;
use crate::{Limits, MediaError, text};

/// Number of files in a zip file that are looked at.
const MAX_ENTRIES: usize = 10_000;

/// An office file. All parts together have at most [`Limits::unpacked_bytes`].
pub(super) struct Archive<'a> {
    zip: ZipSliceArchive<&'a [u8]>,
    bytes_left: usize,
    pub(super) deadline: Deadline,
}

/// Text of a part.
pub(super) struct OfficePart {
    pub(super) text: String,
    /// Whether the part is longer than the limit.
    pub(super) is_cut: bool,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, MediaError> {
        limits.check_input(bytes)?;
        let zip = ZipArchive::from_slice(bytes).map_err(|_| MediaError::Damaged)?;
        Ok(Self { zip, bytes_left: limits.unpacked_bytes, deadline: limits.start() })
    }

    /// Returns a part, or none if the file has no such part.
    ///
    /// A part is unpacked up to the limit only, so that a small file with a huge content costs no more than the limit.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<OfficePart>, MediaError> {
        let mut entries = self.zip.entries();
        for _ in 0..MAX_ENTRIES {
            self.deadline.check()?;
            let Some(entry) = entries.next_entry().map_err(|_| MediaError::Damaged)? else { return Ok(None) };
            if entry.file_path().as_ref() != name.as_bytes() {
                continue;
            }
            let method = entry.compression_method();
            let stored = self.zip.get_entry(entry.wayfinder()).map_err(|_| MediaError::Damaged)?;
            let limit = self.bytes_left as u64 + 1;
            let mut bytes = Vec::new();
            let read = match method {
                CompressionMethod::STORE => stored.data().take(limit).read_to_end(&mut bytes),
                CompressionMethod::DEFLATE => DeflateDecoder::new(stored.data()).take(limit).read_to_end(&mut bytes),
                _ => return Err(MediaError::Unsupported),
            };
            read.map_err(|_| MediaError::Damaged)?;
            let is_cut = bytes.len() > self.bytes_left;
            bytes.truncate(self.bytes_left);
            self.bytes_left -= bytes.len();
            let text = text::decode(&bytes).ok_or(MediaError::Damaged)?;
            return Ok(Some(OfficePart { text, is_cut }));
        }
        Err(MediaError::TooLarge)
    }
}
