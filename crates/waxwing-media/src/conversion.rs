//! Conversions, each behind the feature for its format.

use crate::{Converted, Limits, MediaError};

/// Returns whether WhatsApp shows a picture only after a conversion. WhatsApp shows JPEG and PNG files with 8 bits per color.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
///
/// ```
/// assert!(waxwing_media::needs_conversion(b"GIF89a"));
/// assert!(!waxwing_media::needs_conversion(b"\xff\xd8\xff\xe0"));
/// ```
pub fn needs_conversion(bytes: &[u8]) -> bool {
    match crate::sniff(bytes) {
        // The depth stands in the header of the file.
        Some("image/png") => bytes.get(24).is_some_and(|depth| *depth > 8),
        Some(mime_type) => mime_type.starts_with("image/") && mime_type != "image/jpeg",
        None => false,
    }
}

/// Converts a picture to a PNG file if it has transparent parts, else to a JPEG file, of at most [`Limits::output_bytes`]. A larger picture
/// is scaled. Of an animation, the first picture is converted.
///
/// The function reads JPEG, PNG, GIF, WebP, BMP and TIFF files. The memory that it takes is at most 8 bytes per pixel for the decoder, and
/// 4 more for the picture with 8 bits per color.
///
/// # Errors
///
/// [`MediaError::Unsupported`] for other files, [`MediaError::Damaged`] for a file that cannot be decoded, [`MediaError::TooLarge`] for a picture
/// with more than [`Limits::pixels`].
///
/// ```
/// use waxwing_media::{Limits, MediaError, picture};
///
/// let limits = Limits { output_bytes: 5 * 1024 * 1024, ..Limits::default() };
/// assert_eq!(picture(b"GIF89a", &limits).unwrap_err(), MediaError::Damaged);
/// ```
pub fn picture(bytes: &[u8], limits: &Limits) -> Result<Converted, MediaError> {
    #[cfg(feature = "pictures")]
    return crate::picture::picture(bytes, limits);
    #[cfg(not(feature = "pictures"))]
    {
        let _ = (bytes, limits);
        Err(MediaError::Unsupported)
    }
}

/// Converts a recording to a voice note: Ogg with mono Opus of 24 kbit/s. A minute has about 180 kB.
///
/// The function reads WAV files, MP3 files, Ogg files with Opus, and raw samples that `mime_type` describes: `audio/pcm` and `audio/L16`, 16 bits,
/// little endian, with the parameters `rate` (24,000 if not stated) and `channels` (1 if not stated).
///
/// # Errors
///
/// [`MediaError::Unsupported`] for other files, [`MediaError::Damaged`] for a file that cannot be decoded. [`MediaError::TooLarge`] for a recording
/// that is longer than [`Limits::recording`], or whose result has more than [`Limits::output_bytes`]. [`MediaError::TooSlow`] after [`Limits::time`].
///
/// ```
/// use waxwing_media::{Limits, OGG_OPUS, voice_note};
///
/// let silence = vec![0; 24_000];
/// let note = voice_note(&silence, "audio/pcm", &Limits::default())?;
/// assert_eq!(note.mime_type, OGG_OPUS);
/// assert_eq!(waxwing_media::sniff(&note.bytes), Some(OGG_OPUS));
/// # Ok::<(), waxwing_media::MediaError>(())
/// ```
pub fn voice_note(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    #[cfg(feature = "voice")]
    return crate::audio::voice_note(bytes, mime_type, limits);
    #[cfg(not(feature = "voice"))]
    {
        let _ = (bytes, mime_type, limits);
        Err(MediaError::Unsupported)
    }
}

/// Converts a recording to an audio file that WhatsApp plays: Ogg with mono Opus of 64 kbit/s. Reads the same files as [`voice_note`].
///
/// # Errors
///
/// The same as [`voice_note`].
///
/// ```
/// use waxwing_media::{Limits, MediaError, audio_file};
///
/// assert_eq!(audio_file(b"fLaC", "audio/flac", &Limits::default()).unwrap_err(), MediaError::Unsupported);
/// ```
pub fn audio_file(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    #[cfg(feature = "voice")]
    return crate::audio::audio_file(bytes, mime_type, limits);
    #[cfg(not(feature = "voice"))]
    {
        let _ = (bytes, mime_type, limits);
        Err(MediaError::Unsupported)
    }
}

/// Converts a recording to a WAV file for a language model: mono, 16 bits, 16 kHz. A minute has 1.9 MB. Reads the same files as
/// [`voice_note`].
///
/// # Errors
///
/// The same as [`voice_note`].
///
/// ```
/// use waxwing_media::{Limits, voice_note, wav};
///
/// let limits = Limits::default();
/// let note = voice_note(&[0; 48_000], "audio/pcm;rate=24000", &limits)?;
/// let recording = wav(&note.bytes, note.mime_type, &limits)?;
/// assert_eq!((recording.mime_type, recording.bytes.len()), ("audio/wav", 44 + 32_000));
/// # Ok::<(), waxwing_media::MediaError>(())
/// ```
pub fn wav(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    #[cfg(feature = "voice")]
    return crate::audio::wav(bytes, mime_type, limits);
    #[cfg(not(feature = "voice"))]
    {
        let _ = (bytes, mime_type, limits);
        Err(MediaError::Unsupported)
    }
}
