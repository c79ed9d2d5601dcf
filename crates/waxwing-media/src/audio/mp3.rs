//! Samples of MP3 files.

use nanomp3::{Options, SliceReader};

use super::pcm::{Recording, Sink, mono};
use crate::limits::Deadline;
use crate::{Limits, MediaError};

/// Decodes an MP3 file. The silence that encoders add at both ends is left out.
///
/// Bytes between the frames are skipped. A file that changes its sample rate counts up to that place.
pub(super) fn decode(bytes: &[u8], limits: &Limits, deadline: Deadline, sink: &mut dyn Sink) -> Result<(), MediaError> {
    // The length is not needed.
    let mut reader = SliceReader::<f32>::with_options(bytes, Options::default().skip_scan(true));
    let Some(channels) = reader.channels() else { return Err(MediaError::Damaged) };
    let channels = usize::from(channels.num());
    let mut recording = Recording::new(reader.sample_rate(), limits, sink);
    while let Ok(Some(frame)) = reader.read_frame() {
        deadline.check()?;
        recording.write(&mono(frame, channels))?;
    }
    recording.finish()
}
