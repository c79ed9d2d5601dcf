//! Secrets that sign events.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::EventSenderError;

/// Smallest length of a key in bytes.
///
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
const MIN_BYTES: usize = 24;

/// Largest length of a key in bytes.
const MAX_BYTES: usize = 64;

/// Secret that a receiver shares, for signatures by Standard Webhooks. `Debug` output does not contain the secret.
///
/// ```
/// use waxwing_event_sender::WebhookSecret;
///
/// let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a valid secret");
/// let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
/// assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Hmac<Sha256>);

impl WebhookSecret {
    /// Reads a secret: `whsec_` and 24 to 64 bytes in Base64, with or without padding.
    ///
    /// # Errors
    ///
    /// [`EventSenderError::InvalidSecret`] if the text has another form.
    pub fn parse(text: &str) -> Result<Self, EventSenderError> {
        let key = text.trim().strip_prefix("whsec_").ok_or(EventSenderError::InvalidSecret)?;
        let engine = if key.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
        let key = engine.decode(key).map_err(|_| EventSenderError::InvalidSecret)?;
        if !(MIN_BYTES..=MAX_BYTES).contains(&key.len()) {
            return Err(EventSenderError::InvalidSecret);
        }
        Hmac::new_from_slice(&key).map(Self).map_err(|_| EventSenderError::InvalidSecret)
    }

    /// Returns the signature of a body with the id of its event and a time in seconds since the Unix epoch.
    pub fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_a_prefix_and_enough_bytes() {
        let encoded = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for (secret, is_valid) in [
            (encoded(24), true),
            (encoded(32), true),
            (encoded(32).trim_end_matches('=').to_owned(), true),
            (encoded(64), true),
            (encoded(23), false),
            (encoded(65), false),
            (encoded(32)["whsec_".len()..].to_owned(), false),
            ("whsec_not base64 at all, and long enough".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(WebhookSecret::parse(&secret).is_ok(), is_valid, "{secret}");
        }
    }

    #[test]
    fn each_part_is_signed() {
        let secret = WebhookSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("evt_1", 7, b"body");
        assert_eq!(signature, secret.sign("evt_1", 7, b"body"));
        for other in [secret.sign("evt_2", 7, b"body"), secret.sign("evt_1", 8, b"body"), secret.sign("evt_1", 7, b"")]
        {
            assert_ne!(signature, other);
        }
        assert_eq!(format!("{secret:?}"), "WebhookSecret");
    }
}
