//! Random numbers from a seed.

/// Generator that returns the same numbers for the same seed: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug)]
pub(crate) struct SeededRng(u64);

impl SeededRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns an independent generator, for a task that draws at its own times.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// Returns a number from 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: u32) -> usize {
        usize::try_from(self.next() % u64::from(end)).expect("less than an u32")
    }

    /// Returns a number between `least` and `most`.
    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        let steps = u32::try_from(self.below(1 << 16)).expect("less than an u32");
        least + (most - least) * f64::from(steps) / f64::from(1 << 16)
    }

    pub(crate) fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
