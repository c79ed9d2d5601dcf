//! Samples of MP3 files.

use nanomp3::{Options, SliceReader};

use super::pcm::{Sink, mono};
use crate::limits::Deadline;
use crate::{Limits, MediaError};

/// Decodes an MP3 file. The silence that encoders add at both ends is left out.
///
/// Bytes between the frames are skipped. A file that changes its sample rate counts up to that place.
pub(super) fn decode(bytes: &[u8], limits: &Limits, deadline: Deadline, sink: &mut dyn Sink) -> Result<(), MediaError> {
    // The length is not needed.
    let mut reader = SliceReader::<f32>::with_options(bytes, Options::default().skip_scan(true));
    let Some(channels) = reader.channels() else { return Err(MediaError::Damaged) };
    let (channels, rate) = (usize::from(channels.num()), reader.sample_rate());
    let (mut written, most) = (0, limits.recording.as_secs().saturating_mul(u64::from(rate)));
    while let Ok(Some(frame)) = reader.read_frame() {
        deadline.check()?;
        let samples = mono(frame, channels);
        written += samples.len() as u64;
        if written > most {
            return Err(MediaError::TooLarge);
        }
        sink.write(rate, &samples)?;
    }
    if written == 0 { Err(MediaError::Damaged) } else { Ok(()) }
}
