//! Samples of WAV files.

use std::time::Duration;

use super::pcm::{Sink, mono};
use crate::limits::Deadline;
use crate::{Limits, MediaError};

/// Format of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) rate: u32,
    pub(super) channels: usize,
    pub(super) kind: Kind,
}

/// Kind of samples, all little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    U8,
    I16,
    I24,
    I32,
    F32,
    ALaw,
    MuLaw,
}

/// Number of frames that are converted at once.
const BLOCK: usize = 4096;

/// Decodes a WAV file.
pub(super) fn decode(bytes: &[u8], limits: &Limits, deadline: Deadline, sink: &mut dyn Sink) -> Result<(), MediaError> {
    let mut format = None;
    let mut rest = bytes.get(12..).ok_or(MediaError::Damaged)?;
    while let Some((header, content)) = rest.split_at_checked(8) {
        let (id, size) = header.split_at(4);
        let size = u32::from_le_bytes(size.try_into().unwrap_or_default()) as usize;
        // A program that does not know the size in advance writes a size that is too large.
        let chunk = &content[..size.min(content.len())];
        match id {
            b"fmt " => format = Some(read_format(chunk)?),
            b"data" => {
                let chunk = if size == 0 { content } else { chunk };
                return samples(chunk, format.ok_or(MediaError::Damaged)?, limits, deadline, sink);
            }
            _ => {}
        }
        rest = content.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    Err(MediaError::Damaged)
}

fn read_format(chunk: &[u8]) -> Result<Format, MediaError> {
    let number = |at: usize| chunk.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let (Some(mut tag), Some(channels), Some(bits)) = (number(0), number(2), number(14)) else {
        return Err(MediaError::Damaged);
    };
    let rate = chunk[4..8].try_into().map_err(|_| MediaError::Damaged)?;
    // An extended format has the tag at the start of its identifier.
    if tag == 0xfffe {
        tag = number(24).ok_or(MediaError::Damaged)?;
    }
    let kind = match (tag, bits) {
        (1, 8) => Kind::U8,
        (1, 16) => Kind::I16,
        (1, 24) => Kind::I24,
        (1, 32) => Kind::I32,
        (3, 32) => Kind::F32,
        (6, 8) => Kind::ALaw,
        (7, 8) => Kind::MuLaw,
        _ => return Err(MediaError::Unsupported),
    };
    let format = Format { rate: u32::from_le_bytes(rate), channels: channels.into(), kind };
    format.check()?;
    Ok(format)
}

impl Format {
    /// Checks that the format is one of real recordings.
    pub(super) fn check(&self) -> Result<(), MediaError> {
        let is_real = (4_000..=384_000).contains(&self.rate) && (1..=32).contains(&self.channels);
        if is_real { Ok(()) } else { Err(MediaError::Unsupported) }
    }
}

/// Converts samples.
pub(super) fn samples(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
    deadline: Deadline,
    sink: &mut dyn Sink,
) -> Result<(), MediaError> {
    let width = format.kind.width();
    let frames = bytes.len() / (width * format.channels);
    if Duration::from_secs(frames as u64 / u64::from(format.rate)) > limits.recording {
        return Err(MediaError::TooLarge);
    }
    for block in bytes[..frames * width * format.channels].chunks(BLOCK * width * format.channels) {
        deadline.check()?;
        let block: Vec<f32> = block.chunks_exact(width).map(|sample| format.kind.read(sample)).collect();
        sink.write(format.rate, &mono(&block, format.channels))?;
    }
    Ok(())
}

impl Kind {
    /// Size of a sample in bytes.
    fn width(self) -> usize {
        match self {
            Self::U8 | Self::ALaw | Self::MuLaw => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
        }
    }

    /// Returns a sample from -1 to 1.
    fn read(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Self::U8, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (Self::I16, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::I24, [_, b, c]) => f32::from(i16::from_le_bytes([*b, *c])) / 32_768.0,
            (Self::I32, [_, _, c, d]) => f32::from(i16::from_le_bytes([*c, *d])) / 32_768.0,
            (Self::F32, [a, b, c, d]) => {
                let sample = f32::from_le_bytes([*a, *b, *c, *d]);
                if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
            }
            (Self::ALaw, [a]) => a_law(*a),
            (Self::MuLaw, [a]) => mu_law(*a),
            _ => 0.0,
        }
    }
}

/// ITU-T G.711, A-law.
fn a_law(byte: u8) -> f32 {
    let bits = byte ^ 0x55;
    let (exponent, mantissa) = ((bits >> 4) & 7, i16::from(bits & 15));
    let size = match exponent {
        0 => mantissa * 16 + 8,
        _ => (mantissa * 16 + 0x108) << (exponent - 1),
    };
    f32::from(if bits & 0x80 == 0 { -size } else { size }) / 32_768.0
}

/// ITU-T G.711, mu-law.
fn mu_law(byte: u8) -> f32 {
    let bits = !byte;
    let size = ((i32::from(bits & 15) * 8 + 0x84) << ((bits >> 4) & 7)) - 0x84;
    #[allow(clippy::cast_precision_loss, reason = "the value has 15 bits")]
    let size = size as f32 / 32_768.0;
    if bits & 0x80 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read() {
        let near = |found: f32, expected: f32| assert!((found - expected).abs() < 0.01, "{found} is not {expected}");
        near(Kind::U8.read(&[192]), 0.5);
        near(Kind::I16.read(&(-16_384_i16).to_le_bytes()), -0.5);
        near(Kind::I24.read(&[0, 0, 64]), 0.5);
        near(Kind::I32.read(&(1_i32 << 30).to_le_bytes()), 0.5);
        near(Kind::F32.read(&0.5_f32.to_le_bytes()), 0.5);
        near(Kind::F32.read(&f32::NAN.to_le_bytes()), 0.0);
        near(Kind::ALaw.read(&[0xd5]), 0.0);
        near(Kind::ALaw.read(&[0xaa]), 0.98);
        near(Kind::ALaw.read(&[0x2a]), -0.98);
        near(Kind::MuLaw.read(&[0xff]), 0.0);
        near(Kind::MuLaw.read(&[0x80]), 0.98);
        near(Kind::MuLaw.read(&[0x00]), -0.98);
    }
}
