//! Samples of Ogg files with Opus.

use std::io::Cursor;

use opus_pure::{MAX_PACKET_SAMPLES, OggOpusReader, OggPacket, Trim};

use super::pcm::{Recording, Sink, mono};
use crate::limits::Deadline;
use crate::{Limits, MediaError};

/// Decodes an Ogg file with Opus to the rate, which must be 8,000, 12,000, 16,000, 24,000 or 48,000 hertz.
///
/// Meta's files can end within a packet: what comes before it counts. A packet that cannot be decoded is silence.
pub(super) fn decode(
    bytes: &[u8],
    rate: u32,
    limits: &Limits,
    deadline: Deadline,
    sink: &mut dyn Sink,
) -> Result<(), MediaError> {
    let mut reader = OggOpusReader::new(Cursor::new(bytes)).map_err(|_| MediaError::Damaged)?;
    let channels = usize::from(reader.head().channel_count);
    // Surround sound needs several decoders.
    if reader.head().stream_count > 1 || !(1..=2).contains(&channels) {
        return Err(MediaError::Unsupported);
    }
    let opus_rate = i32::try_from(rate).map_err(|_| MediaError::Unsupported)?;
    let mut decoder = reader.head().decoder(opus_rate).map_err(|_| MediaError::Damaged)?;
    let mut trim = Trim::new(reader.head(), opus_rate, channels).map_err(|_| MediaError::Damaged)?;
    let mut block = vec![0.0; MAX_PACKET_SAMPLES * channels];
    let mut packet = OggPacket::default();
    let mut recording = Recording::new(rate, limits, sink);
    while let Ok(true) = reader.read_packet_into(&mut packet) {
        deadline.check()?;
        let Ok(samples) = decoder.decode(&packet.data, MAX_PACKET_SAMPLES, &mut block) else { continue };
        let heard = block.get(..samples * channels).ok_or(MediaError::Damaged)?;
        recording.write(&mono(trim.keep(&packet, heard), channels))?;
    }
    recording.finish()
}
