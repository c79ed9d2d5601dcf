//! Signature of a webhook body.
//!
//! Meta signs the raw bytes of each webhook with the secret of the app. Verification gives a [`VerifiedBody`]. The parser accepts
//! only a `VerifiedBody`, so unverified bytes cannot reach it.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::fmt;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Secrets of the Meta apps whose webhooks are accepted.
///
/// Configure one secret per app, and two for an app whose secret is being rotated. `Debug` shows the number of secrets only.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>
///
/// ```
/// use waxwing_webhook::{AppSecrets, SignatureError};
///
/// let secrets = AppSecrets::parse("current-secret,previous-secret")?;
/// let header = secrets.sign(b"{}");
/// assert!(secrets.verify("{}", Some(header.as_bytes())).is_ok());
/// assert_eq!(secrets.verify("[]", Some(header.as_bytes())).unwrap_err(), SignatureError::Mismatch);
/// # Ok::<(), waxwing_webhook::SecretsError>(())
/// ```
#[derive(Clone)]
pub struct AppSecrets(Vec<Hmac<Sha256>>);

impl AppSecrets {
    /// Creates the set from one or more secrets.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no secret, or if a secret is blank: anyone can sign with an empty secret.
    pub fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Result<Self, SecretsError> {
        let keyed = secrets.into_iter().map(|secret| keyed(secret.as_ref())).collect::<Result<Vec<_>, _>>()?;
        if keyed.is_empty() { Err(SecretsError::None) } else { Ok(Self(keyed)) }
    }

    /// Parses one secret, or several separated by commas. White space around a secret is removed.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no secret, or if a secret between two commas is blank.
    pub fn parse(setting: &str) -> Result<Self, SecretsError> {
        if setting.trim().is_empty() {
            return Err(SecretsError::None);
        }
        Self::new(setting.split(',').map(str::trim))
    }

    /// Verifies a body with the value of its `X-Hub-Signature-256` header.
    ///
    /// The header is a byte string, because a request from a stranger can contain any bytes. The comparison takes constant time
    /// and tries every secret.
    ///
    /// # Errors
    ///
    /// Returns an error if the header is missing or malformed, or if no secret matches. The error never contains the expected
    /// signature. Answer with status 403.
    pub fn verify(&self, body: impl Into<Bytes>, header: Option<&[u8]>) -> Result<VerifiedBody, SignatureError> {
        let body = body.into();
        let header = header.ok_or(SignatureError::Missing)?;
        let digits = header.strip_prefix(b"sha256=").ok_or(SignatureError::Malformed)?;
        let mut sent = [0; 32];
        hex::decode_to_slice(digits, &mut sent).map_err(|_| SignatureError::Malformed)?;
        if self.is_mac(&body, &sent) { Ok(VerifiedBody(body)) } else { Err(SignatureError::Mismatch) }
    }

    /// Returns whether `mac` is the HMAC-SHA256 of a message with one of the secrets. The comparison takes constant time and tries every secret.
    ///
    /// ```
    /// let secrets = waxwing_webhook::AppSecrets::parse("secret")?;
    /// assert!(!secrets.is_mac(b"message", b"no MAC"));
    /// # Ok::<(), waxwing_webhook::SecretsError>(())
    /// ```
    pub fn is_mac(&self, message: &[u8], mac: &[u8]) -> bool {
        let mut matches = false;
        for keyed in &self.0 {
            matches |= keyed.clone().chain_update(message).verify_slice(mac).is_ok();
        }
        matches
    }

    /// Returns the header value with which Meta would send `body`, made with the first secret. For tests and emulators.
    pub fn sign(&self, body: &[u8]) -> String {
        let digest = self.0[0].clone().chain_update(body).finalize().into_bytes();
        format!("sha256={}", hex::encode(digest))
    }
}

/// Compares the secrets in their order and in constant time.
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
    Ok(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC accepts a key of any length"))
}

/// Webhook body that may be parsed. `Debug` shows the length only.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedBody(Bytes);

impl VerifiedBody {
    /// Accepts a body without a signature.
    ///
    /// Use it in development only, where no app secret is configured. Anyone who can reach such a server can send it messages.
    ///
    /// ```
    /// use waxwing_webhook::{Notification, VerifiedBody};
    ///
    /// let body = VerifiedBody::unsigned(r#"{"object":"whatsapp_business_account","entry":[]}"#);
    /// assert_eq!(Notification::parse(&body), Ok(Notification::WhatsApp(Vec::new())));
    /// ```
    pub fn unsigned(body: impl Into<Bytes>) -> Self {
        Self(body.into())
    }

    /// Returns the bytes as they were received.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Returns the owned bytes.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl fmt::Debug for VerifiedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedBody([{} bytes])", self.0.len())
    }
}

/// Invalid app secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// There is no secret.
    #[error("app secret is missing; copy it from the settings of your Meta app")]
    None,
    /// One of the secrets is blank.
    #[error("one of the app secrets is blank; remove the extra comma")]
    Empty,
}

/// Reason to reject a webhook body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The signature header is missing.
    #[error("header X-Hub-Signature-256 is missing")]
    Missing,
    /// The header is not `sha256=` and 64 hexadecimal digits.
    #[error("header X-Hub-Signature-256 is malformed")]
    Malformed,
    /// The body was not signed with any of the secrets.
    #[error(
        "signature does not match the body; check that the app secret is the one of the app that sends the webhook"
    )]
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
    fn secrets_are_equal_in_the_same_order() {
        let secrets = |setting| AppSecrets::parse(setting).unwrap();
        assert_eq!(secrets("a, b"), secrets("a,b"));
        for other in ["a", "b,a", "a,c", "a,b,b"] {
            assert_ne!(secrets("a,b"), secrets(other));
        }
    }

    #[test]
    fn the_signature_covers_the_raw_bytes() {
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
    fn missing_malformed_and_wrong_signatures_are_refused() {
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
