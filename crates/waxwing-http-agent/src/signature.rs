//! The proof that a body comes from the other side, is about this call, and is not an old one.
//!
//! Both sides sign with one secret, by HMAC-SHA256, and write the signature as `t=<seconds since the Unix epoch>,v1=<digest in hex>`. What is signed begins with the time and
//! a full stop, and then says what it is, so that nothing that was signed can stand for something else:
//!
//! | what | signed |
//! |---|---|
//! | a turn | `<t>.<body>` |
//! | an answer | `<t>.<idempotency key of the turn>.<body>` |
//! | an event of a stream, the first of which is number 1 | `<t>.<idempotency key of the turn>.<number>.<event>.<data>` |

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The shortest secret, in bytes.
pub const MIN_SECRET: usize = 16;

/// The secret that both sides know.
#[derive(Clone)]
pub struct SharedSecret(Hmac<Sha256>);

impl SharedSecret {
    /// Takes a secret of [`MIN_SECRET`] bytes at least; none if it is shorter.
    pub fn new(secret: &str) -> Option<Self> {
        (secret.trim().len() >= MIN_SECRET).then(|| keyed(secret))
    }

    /// Signs these parts, which are joined by full stops, at a time.
    pub fn sign(&self, at: SystemTime, parts: &[&[u8]]) -> String {
        let t = seconds(at);
        format!("t={t},v1={}", hex::encode(self.mac(t, parts).finalize().into_bytes()))
    }

    /// Checks a signature of these parts, which are joined by full stops. It may be off by `window` at most, in either direction. Comparison takes constant time.
    ///
    /// A signature may have several `v1`, as it does while a secret is being changed: one of them has to fit.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the signature; never what it should have been.
    pub fn verify(
        &self,
        signature: Option<&str>,
        parts: &[&[u8]],
        now: SystemTime,
        window: Duration,
    ) -> Result<(), SignatureError> {
        let (t, digests) = read(signature.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Malformed)?;
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

/// Shows no secret.
impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(hidden)")
    }
}

/// The time and the digests of `t=1767225600,v1=...`; what has another name is of another version.
fn read(signature: &str) -> Option<(u64, Vec<[u8; 32]>)> {
    let (mut time, mut digests) = (None, Vec::new());
    // Each costs a comparison.
    for field in signature.split(',').take(8) {
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

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// There is none.
    Missing,
    /// It is not of the form `t=..,v1=..`.
    Malformed,
    /// It is too old, or of the future: it is an old one, or a clock is wrong.
    Stale,
    /// It is not of this body, or not made with this secret.
    Mismatch,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no signature",
            Self::Malformed => "the signature is malformed",
            Self::Stale => "the signature is not of this time: a clock is wrong, or it was used before",
            Self::Mismatch => "the signature does not fit",
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
    fn vectors() {
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
    fn what_counts() {
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
    fn what_is_no_signature() {
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
    fn a_secret_is_long_and_hidden() {
        for short in ["", "short", "                    "] {
            assert!(SharedSecret::new(short).is_none());
        }
        assert_eq!(format!("{:?}", secret()), "SharedSecret(hidden)");
    }
}
