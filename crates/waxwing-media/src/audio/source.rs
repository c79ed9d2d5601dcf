//! Choice of the decoder for a recording.

use super::pcm::Sink;
use super::wav_file::{Format, Kind};
use super::{mp3, ogg_opus, wav_file};
use crate::{Limits, MediaError, OGG_OPUS, essence, sniff};

/// Rate of Opus at its best, in hertz.
const OPUS_RATE: u32 = 48_000;

/// Rate of raw samples without a stated rate, in hertz: the rate of common speech models.
const RAW_RATE: u32 = 24_000;

/// Decodes a recording. A decoder that can choose its rate takes `rate`.
pub(super) fn decode(
    bytes: &[u8],
    mime_type: &str,
    limits: &Limits,
    rate: Option<u32>,
    sink: &mut dyn Sink,
) -> Result<(), MediaError> {
    limits.check_input(bytes)?;
    let deadline = limits.start();
    match sniff(bytes) {
        Some("audio/wav") => wav_file::decode(bytes, limits, deadline, sink),
        Some(OGG_OPUS) => ogg_opus::decode(bytes, rate.unwrap_or(OPUS_RATE), limits, deadline, sink),
        // Raw samples can begin like any file.
        found => match raw(mime_type) {
            Some(format) => {
                format.check()?;
                wav_file::samples(bytes, format, limits, deadline, sink)
            }
            None if found == Some("audio/mpeg") => mp3::decode(bytes, limits, deadline, sink),
            None => Err(MediaError::Unsupported),
        },
    }
}

/// Returns the format of raw samples.
fn raw(mime_type: &str) -> Option<Format> {
    if !matches!(essence(mime_type).as_str(), "audio/pcm" | "audio/x-pcm" | "audio/l16" | "audio/raw") {
        return None;
    }
    let parameter = |name: &str| {
        let parameters = mime_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
        let mut found = parameters.filter(|(given, _)| given.trim().eq_ignore_ascii_case(name));
        found.next().and_then(|(_, value)| value.trim().trim_matches('"').parse::<u32>().ok())
    };
    let channels = usize::try_from(parameter("channels").unwrap_or(1)).ok()?;
    Some(Format { rate: parameter("rate").unwrap_or(RAW_RATE), channels, kind: Kind::I16 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_describes_raw_samples() {
        let format = |rate, channels| Some(Format { rate, channels, kind: Kind::I16 });
        assert_eq!(raw("audio/L16;codec=pcm;rate=24000"), format(24_000, 1));
        assert_eq!(raw("audio/pcm; Rate=\"44100\"; channels=2"), format(44_100, 2));
        assert_eq!(raw("audio/pcm"), format(24_000, 1));
        assert_eq!(raw("audio/mpeg"), None);
    }
}
