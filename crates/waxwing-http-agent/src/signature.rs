//! Signatures of turns, answers, events.
//!
//! Both sides sign with one shared secret, with HMAC-SHA256. A signature is `t=<seconds since the Unix epoch>,v1=<digest in hexadecimal>`.
//! The signed bytes begin with the time and a full stop. They also say what is signed, so that a signature cannot be used for anything
//! else:
//!
//! | document | signed bytes |
//! |---|---|
//! | turn | `<t>.<body>` |
//! | answer | `<t>.<idempotency key of the turn>.<body>` |
//! | event of a stream; the first event has number 1 | `<t>.<idempotency key of the turn>.<number>.<event>.<data>` |

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Largest number of fields of a signature that are read. Each digest costs a comparison.
const MAX_FIELDS: usize = 8;

/// The secret that both sides share. `Debug` output does not contain the secret.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use waxwing_http_agent::{SharedSecret, SignatureError};
///
/// let secret = SharedSecret::new("a secret of at least 16 bytes").expect("the secret is long enough");
/// let now = SystemTime::now();
/// let signature = secret.sign(now, &[b"body"]);
/// assert_eq!(secret.verify(Some(&signature), &[b"body"], now, Duration::from_mins(5)), Ok(()));
/// let error = secret.verify(Some(&signature), &[b"another body"], now, Duration::from_mins(5));
/// assert_eq!(error, Err(SignatureError::Mismatch));
/// ```
#[derive(Clone)]
pub struct SharedSecret(Hmac<Sha256>);

impl SharedSecret {
    /// Smallest length of a secret, in bytes.
    pub const MIN_BYTES: usize = 16;

    /// Creates a shared secret. Returns `None` if the secret has fewer than [`MIN_BYTES`](Self::MIN_BYTES) bytes without white space at
    /// both ends.
    pub fn new(secret: &str) -> Option<Self> {
        (secret.trim().len() >= Self::MIN_BYTES).then(|| keyed(secret))
    }

    /// Signs these parts, joined by full stops, at a time.
    pub fn sign(&self, at: SystemTime, parts: &[&[u8]]) -> String {
        let t = seconds(at);
        format!("t={t},v1={}", hex::encode(self.mac(t, parts).finalize().into_bytes()))
    }

    /// Verifies a signature of these parts, joined by full stops. The time of the signature may differ from `now` by `window` at most, in
    /// both directions. Digests are compared in constant time.
    ///
    /// A signature may have several `v1` digests while a secret is being replaced. One of the digests must match.
    ///
    /// # Errors
    ///
    /// Returns the reason why the signature is invalid. The error does not contain the expected digest.
    pub fn verify(
        &self,
        signature: Option<&str>,
        parts: &[&[u8]],
        now: SystemTime,
        window: Duration,
    ) -> Result<(), SignatureError> {
        let (t, digests) = parse(signature.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Malformed)?;
        if seconds(now).abs_diff(t) > window.as_secs() {
            return Err(SignatureError::Stale);
        }
        let mac = self.mac(t, parts);
        let mut matches = false;
        for digest in &digests {
            matches |= mac.clone().verify_slice(digest).is_ok();
        }
        if matches { Ok(()) } else { Err(SignatureError::Mismatch) }
    }

    fn mac(&self, t: u64, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mac = self.0.clone().chain_update(t.to_string());
        parts.iter().fold(mac, |mac, part| mac.chain_update(".").chain_update(part))
    }
}

fn keyed(secret: &str) -> SharedSecret {
    SharedSecret(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"))
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(hidden)")
    }
}

/// Returns the time and the digests of a signature such as `t=1767225600,v1=...`. Fields with other names belong to other versions and are
/// ignored.
fn parse(signature: &str) -> Option<(u64, Vec<[u8; 32]>)> {
    let (mut time, mut digests) = (None, Vec::new());
    for field in signature.split(',').take(MAX_FIELDS) {
        match field.trim().split_once('=')? {
            ("t", value) if time.is_none() => time = Some(value.parse().ok()?),
            ("t", _) => return None,
            ("v1", value) => {
                let mut digest = [0; 32];
                hex::decode_to_slice(value, &mut digest).ok()?;
                digests.push(digest);
            }
            _ => {}
        }
    }
    (!digests.is_empty()).then_some((time?, digests))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Reason why a signature is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature is missing.
    Missing,
    /// The signature does not have the form `t=..,v1=..`.
    Malformed,
    /// The time of the signature is outside of the window: the signature was used before, or a clock is wrong.
    Stale,
    /// No digest matches: the signature belongs to other bytes or was made with another secret.
    Mismatch,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the signature is missing",
            Self::Malformed => "the signature is malformed",
            Self::Stale => "the signature is too old or from the future; check the clocks of both sides",
            Self::Mismatch => "the signature does not match; check the secrets of both sides",
        })
    }
}

impl std::error::Error for SignatureError {}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of the tests";
    const WINDOW: Duration = Duration::from_mins(5);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn secret() -> SharedSecret {
        SharedSecret::new(SECRET).unwrap()
    }

    /// Computed with OpenSSL: `printf 1767225600.KEY.BODY | openssl dgst -sha256 -hmac "a secret of the tests"`.
    #[test]
    fn digests_match_those_of_openssl() {
        #[track_caller]
        fn check(parts: &[&str], expected: &str) {
            let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
            assert_eq!(secret().sign(at(1_767_225_600), &parts), format!("t=1767225600,v1={expected}"));
        }
        check(&[r#"{"version":1}"#], "face20ea47417d20c85aebe8a204788467fee46bec625e5495292c1d31b9021d");
        check(&["KEY", r#"{"parts":[]}"#], "cb0522b0d1ea208c1b48135dac5475fde0b3040f059e583148aee9343bb0e9ea");
        check(
            &["KEY", "2", "reply", r#"{"parts":[]}"#],
            "a656741467c739269856b9be088aba1c710017166700731167838015b06ff207",
        );
        check(&[""], "3f9933f7b640ad9e6ec7c5134ed042ac832db1162c5b319f0d11146bae281c7a");
    }

    #[track_caller]
    fn check(signature: Option<&str>, body: &str, now: u64, expected: Result<(), SignatureError>) {
        assert_eq!(secret().verify(signature, &[body.as_bytes()], at(now), WINDOW), expected, "{signature:?}");
    }

    #[test]
    fn a_signature_is_valid_for_its_bytes_within_the_window() {
        let made = secret().sign(at(1000), &[b"body"]);
        let made = made.as_str();
        check(Some(made), "body", 1000, Ok(()));
        check(Some(made), "body", 1300, Ok(()));
        check(Some(made), "body", 700, Ok(()));
        check(Some(made), "body", 1301, Err(SignatureError::Stale));
        check(Some(made), "body", 699, Err(SignatureError::Stale));
        check(Some(made), "body!", 1000, Err(SignatureError::Mismatch));
        check(Some(&made.replace("t=1000", "t=1001")), "body", 1000, Err(SignatureError::Mismatch));
        let other = SharedSecret::new("another secret of the tests").unwrap().sign(at(1000), &[b"body"]);
        check(Some(&other), "body", 1000, Err(SignatureError::Mismatch));
        let changing = format!("{other},{}", made.split_once(',').unwrap().1);
        check(Some(&changing), "body", 1000, Ok(()));
        check(Some(&format!("{made}, v2=future")), "body", 1000, Ok(()));
    }

    #[test]
    fn malformed_signatures_are_refused() {
        let digest = "0".repeat(64);
        check(None, "", 0, Err(SignatureError::Missing));
        for signature in [
            "",
            "t=1",
            "v1",
            &digest,
            &format!("v1={digest}"),
            &format!("t=x,v1={digest}"),
            &format!("t=-1,v1={digest}"),
            &format!("t=1,t=1,v1={digest}"),
            &format!("t=1,v1={digest}0"),
            &format!("t=1,v1={}", &digest[2..]),
            &format!("t=1,v0={digest}"),
        ] {
            check(Some(signature), "", 1, Err(SignatureError::Malformed));
        }
        check(Some(&format!("t=18446744073709551615,v1={digest}")), "", 1, Err(SignatureError::Stale));
    }

    #[test]
    fn a_secret_has_a_least_length_and_is_not_printed() {
        for short in ["", "short", "                    "] {
            assert!(SharedSecret::new(short).is_none());
        }
        assert_eq!(format!("{:?}", secret()), "SharedSecret(hidden)");
    }
}
