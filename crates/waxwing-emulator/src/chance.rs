//! Random draws that a seed reproduces.

use crate::ids;

/// Returns a number in `0.0..1.0` that is a hash of the arguments.
///
/// A draw does not depend on earlier draws, so concurrent tasks draw the same numbers in any order.
pub(crate) fn chance(seed: u64, about: &[&[u8]]) -> f64 {
    let mut parts: Vec<&[u8]> = Vec::with_capacity(about.len() + 2);
    let seed = seed.to_be_bytes();
    parts.extend([b"chance".as_slice(), &seed]);
    parts.extend(about);
    let digest = ids::digest(&parts);
    let head = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_and_reproducible() {
        let draws = |seed| (0..1_000_u32).map(move |index| chance(seed, &[&index.to_be_bytes()]));
        let hits = draws(1).filter(|draw| *draw < 0.25).count();
        assert!((200..300).contains(&hits), "{hits}");
        assert!(draws(1).eq(draws(1)) && !draws(1).eq(draws(2)));
        assert!(draws(3).all(|draw| (0.0..1.0).contains(&draw)));
    }
}
