//! The proof that a body comes from Meta.
//!
//! Meta signs the raw bytes of each webhook with the secret of the app that it belongs to. Checking that signature gives a
//! [`VerifiedBody`], and only that can be parsed, so no code path reaches the parser with bytes that nobody vouched for.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secrets of the Meta apps whose webhooks are accepted.
///
/// There is one per app, and two of the same app while a secret is being rotated. `Debug` shows how many there are.
///
/// ```
/// use bytes::Bytes;
/// use waxwing_webhook::{AppSecrets, Notification};
///
/// let secrets = AppSecrets::parse("new-secret,old-secret")?;
/// let body = Bytes::from_static(br#"{"object":"whatsapp_business_account","entry":[]}"#);
/// let header = secrets.sign(&body);
///
/// let verified = secrets.verify(body.clone(), Some(header.as_bytes()))?;
/// assert!(matches!(Notification::parse(&verified)?, Notification::WhatsApp(events) if events.is_empty()));
///
/// assert!(secrets.verify(body, Some(b"sha256=00")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AppSecrets(Vec<Hmac<Sha256>>);

impl AppSecrets {
    /// Takes one secret or several.
    ///
    /// # Errors
    ///
    /// Fails if there is none or if one of them is blank: anyone can sign with an empty secret.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, SecretsError> {
        let keyed = secrets.into_iter().map(|secret| keyed(secret.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if keyed.is_empty() { Err(SecretsError::None) } else { Ok(Self(keyed)) }
    }

    /// Takes a setting with one secret, or with several separated by commas. White space around a secret is dropped.
    ///
    /// # Errors
    ///
    /// Fails if there is none or if there is nothing on one side of a comma.
    pub fn parse(setting: &str) -> Result<Self, SecretsError> {
        if setting.trim().is_empty() {
            return Err(SecretsError::None);
        }
        Self::new(setting.split(',').map(str::trim))
    }

    /// Checks a body against its `X-Hub-Signature-256` header.
    ///
    /// The header is taken as bytes because what a stranger sends need not be text. Comparison takes constant time, and every
    /// secret is tried whether or not an earlier one fits.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the signature; never what it should have been.
    pub fn verify(&self, body: Bytes, header: Option<&[u8]>) -> Result<VerifiedBody, SignatureError> {
        let header = header.ok_or(SignatureError::Missing)?;
        let digits = header.strip_prefix(b"sha256=").ok_or(SignatureError::Malformed)?;
        let mut sent = [0; 32];
        hex::decode_to_slice(digits, &mut sent).map_err(|_| SignatureError::Malformed)?;

        let mut matches = false;
        for keyed in &self.0 {
            matches |= keyed.clone().chain_update(&body).verify_slice(&sent).is_ok();
        }
        if matches { Ok(VerifiedBody(body)) } else { Err(SignatureError::Mismatch) }
    }

    /// The header value with which Meta would send `body`, made with the first secret. It serves tests and emulators.
    pub fn sign(&self, body: &[u8]) -> String {
        let digest = self.0[0].clone().chain_update(body).finalize().into_bytes();
        format!("sha256={}", hex::encode(digest))
    }
}

/// By what they sign, in constant time.
impl PartialEq for AppSecrets {
    fn eq(&self, other: &Self) -> bool {
        let digest = |keyed: &Hmac<Sha256>| keyed.clone().chain_update("").finalize();
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, other)| digest(one) == digest(other))
    }
}

impl Eq for AppSecrets {}

impl fmt::Debug for AppSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppSecrets([{} hidden])", self.0.len())
    }
}

fn keyed(secret: &str) -> Result<Hmac<Sha256>, SecretsError> {
    if secret.trim().is_empty() {
        return Err(SecretsError::Empty);
    }
    Ok(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"))
}

/// A body that may be parsed.
///
/// `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedBody(Bytes);

impl VerifiedBody {
    /// Vouches for a body without a signature.
    ///
    /// This is for development mode only, where there is no app secret to check against. Anything that reaches such a server
    /// is taken as Meta's word.
    pub fn unsigned(body: Bytes) -> Self {
        Self(body)
    }

    /// The bytes as they were received.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Gives the bytes back.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl fmt::Debug for VerifiedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedBody([{} bytes])", self.0.len())
    }
}

/// Why a setting holds no usable app secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// There is no secret at all.
    #[error("no app secret is given")]
    None,
    /// One of the secrets is blank.
    #[error("one of the app secrets is blank")]
    Empty,
}

/// Why a body is not taken as Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// There is no signature header.
    #[error("the signature header is missing")]
    Missing,
    /// The header is not `sha256=` and 64 hexadecimal digits.
    #[error("the signature header is malformed")]
    Malformed,
    /// The body was not signed with any of the secrets.
    #[error("the signature does not match the body")]
    Mismatch,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"text":"\u00e9 \ud83d\ude00","u":"https:\/\/x"}"#;
    const HEADER: &str = "sha256=0f02b4d213e5661570b08b8628003dd630383ed9e72fe4054fab7d39e994e785";

    #[track_caller]
    fn check(setting: &str, header: Option<&[u8]>, expected: Result<(), SignatureError>) {
        let secrets = AppSecrets::parse(setting).unwrap();
        assert_eq!(
            secrets.verify(Bytes::from_static(BODY), header).map(|body| assert_eq!(body.bytes(), BODY)),
            expected
        );
    }

    #[test]
    fn secrets_are_the_same_in_the_same_order() {
        let secrets = |setting| AppSecrets::parse(setting).unwrap();
        assert_eq!(secrets("a, b"), secrets("a,b"));
        for other in ["a", "b,a", "a,c", "a,b,b"] {
            assert_ne!(secrets("a,b"), secrets(other));
        }
    }

    #[test]
    fn the_signature_covers_the_bytes_as_they_came() {
        assert_eq!(BODY.len(), 48);
        assert_eq!(AppSecrets::parse("app-secret").unwrap().sign(BODY), HEADER);
        check("app-secret", Some(HEADER.as_bytes()), Ok(()));
        check("app-secret", Some(HEADER.replace("f02b", "F02B").as_bytes()), Ok(()));
        let rewritten = r#"{"text":"é 😀","u":"https://x"}"#;
        let secrets = AppSecrets::parse("app-secret").unwrap();
        assert_eq!(
            secrets.verify(Bytes::from(rewritten), Some(HEADER.as_bytes())).unwrap_err(),
            SignatureError::Mismatch
        );
    }

    #[test]
    fn every_secret_is_tried() {
        check(" old , app-secret", Some(HEADER.as_bytes()), Ok(()));
        check("app-secret,new", Some(HEADER.as_bytes()), Ok(()));
        check("old,new", Some(HEADER.as_bytes()), Err(SignatureError::Mismatch));
        assert_eq!(AppSecrets::new(["app-secret", "new"]).unwrap().sign(BODY), HEADER);
    }

    #[test]
    fn what_a_stranger_sends_is_refused() {
        check("app-secret", None, Err(SignatureError::Missing));
        for header in [
            "",
            "sha256=",
            "sha256",
            "sha1=0f02b4d213e5661570b08b8628003dd630383ed9",
            &HEADER["sha256=".len()..],
            &HEADER[..HEADER.len() - 1],
            &format!("{HEADER}0"),
            &format!("{HEADER}00"),
            &HEADER.replace('f', "g"),
            &format!(" {HEADER}"),
        ] {
            check("app-secret", Some(header.as_bytes()), Err(SignatureError::Malformed));
        }
        check("app-secret", Some(b"sha256=\xff\xfe"), Err(SignatureError::Malformed));
        check("app-secret", Some(HEADER.replace('f', "e").as_bytes()), Err(SignatureError::Mismatch));
    }

    #[test]
    fn blank_secrets_are_refused() {
        assert_eq!(AppSecrets::parse(" ").unwrap_err(), SecretsError::None);
        assert_eq!(AppSecrets::new([""; 0]).unwrap_err(), SecretsError::None);
        assert_eq!(AppSecrets::new(["a", " "]).unwrap_err(), SecretsError::Empty);
        assert_eq!(AppSecrets::parse("a,,b").unwrap_err(), SecretsError::Empty);
        assert_eq!(AppSecrets::parse("a,").unwrap_err(), SecretsError::Empty);
    }

    #[test]
    fn debug_hides_secrets_and_bodies() {
        assert_eq!(format!("{:?}", AppSecrets::parse("a,b").unwrap()), "AppSecrets([2 hidden])");
        assert_eq!(format!("{:?}", VerifiedBody::unsigned(Bytes::from_static(b"hi"))), "VerifiedBody([2 bytes])");
    }
}
