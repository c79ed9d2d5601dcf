//! Ids in the form of Meta's.
//!
//! Ids follow from the seed, so two runs with the same seed use the same ids. Each kind of id has a counter of its own: an id
//! depends only on how many ids of its kind came before.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Generator of ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ids {
    seed: u64,
    /// Number of drawn ids of each kind.
    drawn: BTreeMap<String, u64>,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: BTreeMap::new() }
    }

    /// Returns a message id such as `wamid.HBg…=`. Like Meta's ids, it may contain `/`, `+` and `=`.
    pub(crate) fn message(&mut self, kind: &str) -> String {
        let bytes = self.draw(kind);
        format!("wamid.HBgL{}", STANDARD.encode(&bytes[..28]))
    }

    /// Returns an opaque group id of letters and digits.
    pub(crate) fn group(&mut self) -> String {
        format!("{}@g.us", hex::encode(&self.draw("group")[..12]))
    }

    /// Returns the code of an invite link: 22 letters and digits.
    pub(crate) fn invite(&mut self) -> String {
        let text = STANDARD.encode(&self.draw("invite")[..17]).replace(['+', '/', '='], "x");
        text.chars().take(22).collect()
    }

    /// Returns the id of a request whose result is reported later.
    pub(crate) fn request(&mut self) -> String {
        hex::encode_upper(&self.draw("request")[..16])
    }

    /// Returns a media id of 16 digits.
    pub(crate) fn media(&mut self) -> String {
        let digits = first_u64(&self.draw("media")) % 10_u64.pow(15);
        format!("1{digits:015}")
    }

    /// Returns the code of a QR code: 14 digits and capital letters.
    pub(crate) fn qr_code(&mut self) -> String {
        hex::encode_upper(&self.draw("qr code")[..7])
    }

    /// Returns an `fbtrace_id`, which support requests to Meta quote.
    pub(crate) fn trace(&mut self) -> String {
        let text = STANDARD.encode(&self.draw("trace")[..15]);
        format!("A{}", text.replace(['+', '/'], "x"))
    }

    fn draw(&mut self, kind: &str) -> [u8; 32] {
        let count = self.drawn.entry(kind.to_owned()).or_default();
        *count += 1;
        digest(&[&self.seed.to_be_bytes(), kind.as_bytes(), &count.to_be_bytes()])
    }
}

/// Returns the business-scoped user id (BSUID) of a phone number in a business portfolio.
///
/// The BSUID does not depend on the seed: a user keeps the same BSUID in the next run.
pub(crate) fn bsuid(waba_id: &str, phone: &str) -> String {
    let digits = first_u64(&digest(&[b"bsuid", waba_id.as_bytes(), phone.as_bytes()]));
    format!("{}.{digits:020}", country(phone))
}

/// Returns a secret of 32 hexadecimal digits from the random source of the operating system.
pub(crate) fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

/// Returns a seed from the random source of the operating system.
pub(crate) fn random_seed() -> Result<u64, getrandom::Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(u64::from_be_bytes(bytes))
}

/// Returns the SHA-256 digest of length-prefixed parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn first_u64(bytes: &[u8; 32]) -> u64 {
    let (head, _) = bytes.split_first_chunk().expect("32 bytes have a first 8");
    u64::from_be_bytes(*head)
}

/// Returns the country code for some calling codes of the world, and `US` for all others. The codes only make ids look real.
fn country(phone: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 16] = [
        ("34", "ES"),
        ("351", "PT"),
        ("353", "IE"),
        ("33", "FR"),
        ("39", "IT"),
        ("41", "CH"),
        ("43", "AT"),
        ("44", "GB"),
        ("49", "DE"),
        ("52", "MX"),
        ("54", "AR"),
        ("55", "BR"),
        ("57", "CO"),
        ("62", "ID"),
        ("91", "IN"),
        ("234", "NG"),
    ];
    PREFIXES.iter().find(|(prefix, _)| phone.starts_with(prefix)).map_or("US", |(_, country)| country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_determines_the_ids() {
        let (mut a, mut b, mut c) = (Ids::new(7), Ids::new(7), Ids::new(8));
        b.media();
        let id = a.message("in");
        assert_eq!(id, b.message("in"), "each kind has its own counter");
        assert_ne!(id, c.message("in"));
        assert_ne!(id, a.message("in"));
        assert_ne!(a.message("out"), b.message("in"));
    }

    #[test]
    fn ids_have_the_form_of_metas_ids() {
        let mut ids = Ids::new(1);
        assert!(ids.message("in").starts_with("wamid."));
        let media = ids.media();
        assert!(media.len() == 16 && media.bytes().all(|byte| byte.is_ascii_digit()), "{media}");
        assert!(bsuid("1", "34600000000").starts_with("ES."));
        assert_eq!(bsuid("1", "34600000000"), bsuid("1", "34600000000"));
        assert_ne!(bsuid("1", "34600000000"), bsuid("2", "34600000000"), "scoped by portfolio");
    }
}
