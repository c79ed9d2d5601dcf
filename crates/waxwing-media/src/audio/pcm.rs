//! Samples on their way from a decoder to an encoder.

use crate::MediaError;

/// Takes the samples of a recording.
pub(super) trait Sink {
    /// Takes the next samples: one channel, at `rate` hertz, from -1 to 1. The rate is the same in all calls.
    ///
    /// # Errors
    ///
    /// If the result becomes too large, or a library refuses the samples.
    fn write(&mut self, rate: u32, samples: &[f32]) -> Result<(), MediaError>;
}

/// Returns one channel, the mean of all.
pub(super) fn mono(interleaved: &[f32], channels: usize) -> Vec<f32> {
    #[allow(clippy::cast_precision_loss, reason = "channels are few")]
    let part = 1.0 / channels.max(1) as f32;
    interleaved.chunks_exact(channels.max(1)).map(|frame| frame.iter().sum::<f32>() * part).collect()
}

/// Returns a sample as 16 bits.
#[allow(clippy::cast_possible_truncation, reason = "the value is clamped")]
pub(super) fn to_i16(sample: f32) -> i16 {
    (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16
}
