//! Change of the sample rate.

use std::f64::consts::PI;

/// Number of samples on each side of a new sample that count, at the lower of the two rates.
const REACH: usize = 16;

/// Largest number of places between two old samples for which the filter has weights.
const MAX_PHASES: u64 = 1024;

/// Changes the sample rate with a windowed sinc filter.
pub(super) struct Resampler {
    from: u64,
    to: u64,
    /// Number of old samples on each side that count.
    reach: u64,
    /// Weights of the old samples around a new one, by the place of the new one between two old ones.
    weights: Vec<Vec<f32>>,
    /// Samples from `offset` on that may still count.
    input: Vec<f32>,
    /// Number of samples before `input`.
    offset: u64,
    /// Number of samples that were returned.
    returned: u64,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from), u64::from(to));
        let reach = (REACH as u64 * from.max(to)).div_ceil(to);
        let phases = (to / gcd(from, to)).min(MAX_PHASES);
        let weights = (0..phases).map(|phase| weights(phase, phases, reach, from, to)).collect();
        Self { from, to, reach, weights, input: Vec::new(), offset: 0, returned: 0 }
    }

    /// Takes samples. Returns the new samples that they complete.
    pub(super) fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        self.input.extend_from_slice(samples);
        let end = (self.offset + self.input.len() as u64).saturating_sub(self.reach);
        self.up_to(end)
    }

    /// Returns the last samples.
    pub(super) fn finish(&mut self) -> Vec<f32> {
        self.up_to(self.offset + self.input.len() as u64)
    }

    /// Returns the new samples at places before `end`, in old samples.
    fn up_to(&mut self, end: u64) -> Vec<f32> {
        let mut samples = Vec::new();
        while self.returned * self.from < end * self.to {
            samples.push(self.sample());
            self.returned += 1;
        }
        let needed = (self.returned * self.from / self.to).saturating_sub(self.reach);
        let done = usize::try_from(needed.saturating_sub(self.offset)).unwrap_or_default().min(self.input.len());
        self.input.drain(..done);
        self.offset += done as u64;
        samples
    }

    fn sample(&self) -> f32 {
        let place = self.returned * self.from;
        let (nearest, rest) = (place / self.to, place % self.to);
        let phases = self.weights.len() as u64;
        let phase = usize::try_from(rest * phases / self.to).unwrap_or_default();
        // The first weight belongs to the old sample `reach - 1` before the nearest one.
        let start = (nearest + 1).checked_sub(self.reach);
        let skipped = match start {
            Some(start) => self.offset.saturating_sub(start),
            None => self.reach - 1 - nearest,
        };
        let first = start.unwrap_or_default().max(self.offset) - self.offset;
        let old = usize::try_from(first).ok().and_then(|first| self.input.get(first..)).unwrap_or_default();
        let weights = usize::try_from(skipped).ok().and_then(|skipped| self.weights[phase].get(skipped..));
        old.iter().zip(weights.unwrap_or_default()).map(|(old, weight)| old * weight).sum()
    }
}

/// Returns the weights of the old samples around a new one that is `phase / phases` after an old one.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the numbers are small")]
fn weights(phase: u64, phases: u64, reach: u64, from: u64, to: u64) -> Vec<f32> {
    let cutoff = (to as f64 / from as f64).min(1.0);
    let weight = |nth: u64| {
        let distance = nth as f64 - (reach - 1) as f64 - phase as f64 / phases as f64;
        let window = 0.5 + 0.5 * (PI * distance / reach as f64).cos();
        (cutoff * sinc(cutoff * distance) * window) as f32
    };
    (0..2 * reach).map(weight).collect()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Resamples a tone in pieces. Returns the samples without their first and last 50 ms.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "test values are small")]
    fn tone(hertz: f64, from: u32, to: u32) -> Vec<f32> {
        let input: Vec<f32> =
            (0..from).map(|n| (2.0 * PI * hertz * f64::from(n) / f64::from(from)).sin() as f32).collect();
        let mut resampler = Resampler::new(from, to);
        let mut output: Vec<f32> = input.chunks(777).flat_map(|piece| resampler.push(piece)).collect();
        output.extend(resampler.finish());
        assert_eq!(output.len(), to as usize);
        let edge = to as usize / 20;
        output[edge..output.len() - edge].to_vec()
    }

    fn loudness(samples: &[f32]) -> f64 {
        let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        #[allow(clippy::cast_precision_loss, reason = "test values are small")]
        let mean = sum / samples.len() as f64;
        (2.0 * mean).sqrt()
    }

    #[test]
    fn tones_keep_their_loudness_and_their_pitch() {
        for (from, to) in [(44_100, 48_000), (22_050, 24_000), (48_000, 16_000), (44_100, 16_000), (96_000, 48_000)] {
            let tone = tone(440.0, from, to);
            let found = loudness(&tone);
            assert!((found - 1.0).abs() < 0.02, "{from} to {to}: {found}");
            let crossings = tone.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
            assert!((395..=397).contains(&crossings), "{from} to {to}: {crossings}");
        }
    }

    #[test]
    fn tones_beyond_the_new_rate_vanish() {
        let found = loudness(&tone(12_000.0, 48_000, 16_000));
        assert!(found < 0.02, "{found}");
    }
}
