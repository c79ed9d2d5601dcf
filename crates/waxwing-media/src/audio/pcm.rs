//! Samples on their way from a decoder to an encoder.

use crate::{Limits, MediaError};

/// Takes the samples of a recording.
pub(super) trait Sink {
    /// Takes the next samples: one channel, at `rate` hertz, from -1 to 1. The rate is the same in all calls.
    ///
    /// # Errors
    ///
    /// If the result becomes too large, or a library refuses the samples.
    fn write(&mut self, rate: u32, samples: &[f32]) -> Result<(), MediaError>;
}

/// Passes the samples of a decoder on, up to the longest recording.
pub(super) struct Recording<'a> {
    sink: &'a mut dyn Sink,
    rate: u32,
    /// Number of samples so far, and the largest one.
    written: u64,
    most: u64,
}

impl<'a> Recording<'a> {
    pub(super) fn new(rate: u32, limits: &Limits, sink: &'a mut dyn Sink) -> Self {
        let most = limits.recording.as_secs().saturating_mul(u64::from(rate));
        Self { sink, rate, written: 0, most }
    }

    /// Passes one channel on.
    ///
    /// # Errors
    ///
    /// Those of [`Sink::write`], and if the recording is too long.
    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        self.written += samples.len() as u64;
        if self.written > self.most {
            return Err(MediaError::TooLarge);
        }
        self.sink.write(self.rate, samples)
    }

    /// Ends the recording.
    ///
    /// # Errors
    ///
    /// If it has no samples.
    pub(super) fn finish(self) -> Result<(), MediaError> {
        if self.written == 0 { Err(MediaError::Damaged) } else { Ok(()) }
    }
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
