//! Conversion of recordings.

mod encode;
mod mp3;
mod ogg_opus;
mod pcm;
mod resample;
mod source;
mod wav_file;

use crate::{Converted, Limits, MediaError, OGG_OPUS};
use encode::{OpusSettings, OpusSink, WavSink};

/// Sample rate of WAV files for language models, in hertz: models of speech use no more.
const SPEECH_RATE: u32 = 16_000;

/// See [`crate::voice_note`].
pub(crate) fn voice_note(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    ogg_opus(bytes, mime_type, limits, OpusSettings::VOICE)
}

/// See [`crate::audio_file`].
pub(crate) fn audio_file(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    ogg_opus(bytes, mime_type, limits, OpusSettings::MUSIC)
}

fn ogg_opus(bytes: &[u8], mime_type: &str, limits: &Limits, settings: OpusSettings) -> Result<Converted, MediaError> {
    let mut sink = OpusSink::new(settings, limits);
    source::decode(bytes, mime_type, limits, None, &mut sink)?;
    Ok(Converted::new(OGG_OPUS, sink.finish()?))
}

/// See [`crate::wav`].
pub(crate) fn wav(bytes: &[u8], mime_type: &str, limits: &Limits) -> Result<Converted, MediaError> {
    let mut sink = WavSink::new(SPEECH_RATE, limits);
    source::decode(bytes, mime_type, limits, Some(SPEECH_RATE), &mut sink)?;
    Ok(Converted::new("audio/wav", sink.finish()))
}

#[cfg(test)]
mod tests;
