//! The settings of received media.

use std::time::Duration;

use waxwing_engine::{MediaScan, MediaSettings};

use super::raw::{RawSettings, words};
use super::source::SettingsSource;
use crate::error::ConfigError;

/// The expected form of the program.
const WORDS: &str = "write a program and its arguments: a JSON array of texts, or words separated by spaces";

/// The smallest memory for media on their way to users, in bytes. A picture fits into the half of it.
const MIN_MEMORY: usize = 16 * 1024 * 1024;

/// Reads the settings over their defaults in `media`.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>, media: &mut MediaSettings) -> Result<(), ConfigError> {
    media.max_memory = raw.bytes("WAXWING_MAX_MEDIA_MEMORY", MIN_MEMORY)?.unwrap_or(media.max_memory);
    // 0 is allowed: no media of earlier messages.
    media.max_kept = raw.parse("WAXWING_MAX_KEPT_MEDIA", str::parse)?.unwrap_or(media.max_kept);
    let limits = &mut media.limits;
    for (variable, limit) in [
        ("WAXWING_MAX_IMAGE_BYTES", &mut limits.image),
        ("WAXWING_MAX_AUDIO_BYTES", &mut limits.audio),
        ("WAXWING_MAX_VIDEO_BYTES", &mut limits.video),
        ("WAXWING_MAX_DOCUMENT_BYTES", &mut limits.document),
    ] {
        *limit = raw.count(variable)?.unwrap_or(*limit);
    }
    media.scan = raw.parse("WAXWING_MEDIA_SCAN", |value| words(value).and_then(MediaScan::new).ok_or(WORDS))?;
    let timeout = raw.duration("WAXWING_MEDIA_SCAN_TIMEOUT", Duration::from_millis(100))?;
    if let (Some(scan), Some(timeout)) = (&mut media.scan, timeout) {
        scan.timeout = timeout;
    }
    Ok(())
}
