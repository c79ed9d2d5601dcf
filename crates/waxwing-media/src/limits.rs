//! Limits of one conversion.

use std::time::Duration;
#[cfg(any(feature = "office", feature = "voice"))]
use std::time::Instant;

#[cfg(any(feature = "office", feature = "pictures", feature = "voice"))]
use crate::MediaError;

/// Limits of one conversion. A file from a stranger can be small and have a huge content, so each function takes limits.
///
/// ```
/// use waxwing_media::Limits;
///
/// let limits = Limits { text_bytes: 16 * 1024, ..Limits::default() };
/// assert_eq!(limits.input_bytes, 32 * 1024 * 1024);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes. Default: 32 MiB.
    pub input_bytes: usize,
    /// Largest picture, in pixels. Default: 25 million. The conversion needs up to 12 bytes of memory per pixel: 8 for the
    /// picture as it is stored, and 4 for the same picture with 8 bits for each color.
    pub pixels: u64,
    /// Largest unpacked content of an office file, in bytes. The rest is left out. Default: 16 MiB.
    pub unpacked_bytes: usize,
    /// Longest text, in bytes. The rest is left out. Default: 64 KiB.
    pub text_bytes: usize,
    /// Largest result of a conversion of a picture or a recording, in bytes. Default: 16 MiB.
    pub output_bytes: usize,
    /// Longest recording. Default: 1 hour.
    pub recording: Duration,
    /// Longest time of a conversion of a recording or an office file. A picture has no time limit: its pixels limit its time. Default: 30
    /// seconds.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 32 * 1024 * 1024,
            pixels: 25_000_000,
            unpacked_bytes: 16 * 1024 * 1024,
            text_bytes: 64 * 1024,
            output_bytes: 16 * 1024 * 1024,
            recording: Duration::from_hours(1),
            time: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Checks the size of a file.
    #[cfg(any(feature = "office", feature = "pictures", feature = "voice"))]
    pub(crate) fn check_input(&self, bytes: &[u8]) -> Result<(), MediaError> {
        if bytes.len() > self.input_bytes { Err(MediaError::TooLarge) } else { Ok(()) }
    }

    /// Starts the time limit.
    #[cfg(any(feature = "office", feature = "voice"))]
    pub(crate) fn start(&self) -> Deadline {
        Deadline { started: Instant::now(), time: self.time }
    }
}

/// Time limit of a conversion that runs.
#[cfg(any(feature = "office", feature = "voice"))]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    time: Duration,
}

#[cfg(any(feature = "office", feature = "voice"))]
impl Deadline {
    /// Returns an error when the time is over.
    pub(crate) fn check(&self) -> Result<(), MediaError> {
        if self.started.elapsed() > self.time { Err(MediaError::TooSlow) } else { Ok(()) }
    }
}
