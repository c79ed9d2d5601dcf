//! Encoders of recordings.

use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead, RateControl};

use super::pcm::{Sink, to_i16};
use super::resample::Resampler;
use crate::{Limits, MediaError};

/// Sample rates of Opus, in hertz.
const OPUS_RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// Number of Opus packets in a second.
const PACKETS_PER_SECOND: u32 = 50;

/// Settings of the Opus encoder.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpusSettings {
    application: Application,
    bits_per_second: i32,
}

impl OpusSettings {
    pub(super) const VOICE: Self = Self { application: Application::Voip, bits_per_second: 24_000 };
    pub(super) const MUSIC: Self = Self { application: Application::Audio, bits_per_second: 64_000 };
}

/// Writes an Ogg file with Opus.
pub(super) struct OpusSink {
    settings: OpusSettings,
    max_bytes: usize,
    stream: Option<OpusStream>,
}

impl OpusSink {
    pub(super) fn new(settings: OpusSettings, limits: &Limits) -> Self {
        Self { settings, max_bytes: limits.output_bytes, stream: None }
    }

    /// Returns the file.
    ///
    /// # Errors
    ///
    /// If there are no samples, or the file is too large.
    pub(super) fn finish(self) -> Result<Vec<u8>, MediaError> {
        let file = self.stream.ok_or(MediaError::Damaged)?.finish().map_err(|_| MediaError::Damaged)?;
        if file.len() > self.max_bytes { Err(MediaError::TooLarge) } else { Ok(file) }
    }
}

impl Sink for OpusSink {
    fn write(&mut self, rate: u32, samples: &[f32]) -> Result<(), MediaError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => self.stream.insert(OpusStream::new(rate, self.settings).map_err(|_| MediaError::Unsupported)?),
        };
        stream.write(samples).map_err(|_| MediaError::Damaged)?;
        if stream.len() > self.max_bytes { Err(MediaError::TooLarge) } else { Ok(()) }
    }
}

struct OpusStream {
    encoder: OpusEncoder,
    writer: OggOpusWriter<Vec<u8>>,
    /// Delay of the encoder, in samples of 48 kHz.
    delay: u64,
    rate: u32,
    resampler: Option<Resampler>,
    /// Samples that do not fill a packet yet.
    waiting: Vec<f32>,
    /// Number of samples of the recording.
    samples: u64,
}

impl OpusStream {
    fn new(from: u32, settings: OpusSettings) -> opus_pure::Result<Self> {
        let rate = OPUS_RATES.into_iter().find(|rate| *rate >= from).unwrap_or(48_000);
        let mut encoder = OpusEncoder::new(rate.cast_signed(), 1, settings.application)?;
        encoder.bitrate_bps = settings.bits_per_second;
        encoder.rate_control = RateControl::Vbr;
        let head = OpusHead::for_encoder(&encoder, rate);
        let delay = u64::from(head.pre_skip);
        let writer = OggOpusWriter::new(Vec::new(), head)?;
        let resampler = (rate != from).then(|| Resampler::new(from, rate));
        Ok(Self { encoder, writer, delay, rate, resampler, waiting: Vec::new(), samples: 0 })
    }

    /// Returns the size of the file so far, in bytes.
    fn len(&self) -> usize {
        self.writer.get_ref().map_or(0, Vec::len)
    }

    /// Number of samples of a packet.
    fn packet(&self) -> usize {
        (self.rate / PACKETS_PER_SECOND) as usize
    }

    fn write(&mut self, samples: &[f32]) -> opus_pure::Result<()> {
        match &mut self.resampler {
            Some(resampler) => self.waiting.extend(resampler.push(samples)),
            None => self.waiting.extend_from_slice(samples),
        }
        self.encode()
    }

    /// Encodes the samples that fill packets.
    fn encode(&mut self) -> opus_pure::Result<()> {
        let packet = self.packet();
        // The last packet needs another length than the others, so one packet stays.
        while self.waiting.len() > packet {
            let encoded = self.encode_packet()?;
            self.writer.write_packet(&encoded)?;
            self.samples += packet as u64;
        }
        Ok(())
    }

    /// Encodes and removes one packet.
    fn encode_packet(&mut self) -> opus_pure::Result<Vec<u8>> {
        let packet = self.packet();
        let mut encoded = vec![0; MAX_PACKET_BYTES];
        let len = self.encoder.encode(&self.waiting[..packet], packet, &mut encoded)?;
        encoded.truncate(len);
        self.waiting.drain(..packet);
        Ok(encoded)
    }

    /// Returns the file. It states where the recording ends, since the last packet has silence after it.
    fn finish(mut self) -> opus_pure::Result<Vec<u8>> {
        if let Some(mut resampler) = self.resampler.take() {
            self.waiting.extend(resampler.finish());
            self.encode()?;
        }
        let ticks = u64::from(48_000 / self.rate);
        let end = self.delay + (self.samples + self.waiting.len() as u64) * ticks;
        // The encoder returns its last samples only after it has got as many more.
        let packet = self.packet();
        let flushed = self.waiting.len() + usize::try_from(self.delay.div_ceil(ticks)).unwrap_or_default();
        let packets = flushed.div_ceil(packet).max(1);
        self.waiting.resize(packets * packet, 0.0);
        for left in (0..packets).rev() {
            let encoded = self.encode_packet()?;
            if left > 0 {
                self.writer.write_packet(&encoded)?;
                continue;
            }
            let duration = end.saturating_sub(u64::try_from(self.writer.granule()).unwrap_or_default());
            self.writer.write_packet_with_duration(&encoded, u32::try_from(duration).unwrap_or_default())?;
        }
        self.writer.finish()
    }
}

/// Writes a WAV file with 16 bits.
pub(super) struct WavSink {
    rate: u32,
    max_bytes: usize,
    resampler: Option<Resampler>,
    data: Vec<u8>,
}

impl WavSink {
    pub(super) fn new(rate: u32, limits: &Limits) -> Self {
        Self { rate, max_bytes: limits.output_bytes, resampler: None, data: Vec::new() }
    }

    fn push(&mut self, samples: &[f32]) {
        self.data.extend(samples.iter().flat_map(|sample| to_i16(*sample).to_le_bytes()));
    }

    /// Returns the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some(mut resampler) = self.resampler.take() {
            self.push(&resampler.finish());
        }
        let size = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(44 + self.data.len());
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&size.saturating_add(36).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        file.extend_from_slice(&self.rate.to_le_bytes());
        file.extend_from_slice(&(self.rate * 2).to_le_bytes());
        file.extend_from_slice(b"\x02\0\x10\0data");
        file.extend_from_slice(&size.to_le_bytes());
        file.append(&mut self.data);
        file
    }
}

impl Sink for WavSink {
    fn write(&mut self, rate: u32, samples: &[f32]) -> Result<(), MediaError> {
        if rate == self.rate {
            self.push(samples);
        } else {
            let to = self.rate;
            let resampled = self.resampler.get_or_insert_with(|| Resampler::new(rate, to)).push(samples);
            self.push(&resampled);
        }
        if self.data.len() + 44 > self.max_bytes { Err(MediaError::TooLarge) } else { Ok(()) }
    }
}
