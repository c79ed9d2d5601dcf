//! Signatures of webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::settings::EmulatorSettings;

/// Returns the value of `X-Hub-Signature-256`. Without an app secret, the signature uses an empty key.
pub(crate) fn sign(settings: &EmulatorSettings, body: &[u8]) -> String {
    signature(settings.app_secret.as_deref().unwrap_or_default(), body)
}

fn signature(app_secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json_escape;

    /// Meta: validate payloads. Another tool computed the digest.
    #[test]
    fn the_signature_covers_the_escaped_bytes() {
        let body = json_escape::to_bytes(&json!({"text": "é 😀", "u": "https://x"}));
        assert_eq!(body, br#"{"text":"\u00e9 \ud83d\ude00","u":"https:\/\/x"}"#);
        assert_eq!(
            signature("app-secret", &body),
            "sha256=0f02b4d213e5661570b08b8628003dd630383ed9e72fe4054fab7d39e994e785"
        );
    }
}
