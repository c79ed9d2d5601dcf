//! Signatures with the app secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::settings::EmulatorSettings;

/// Returns the value of `X-Hub-Signature-256`. Without an app secret, the signature uses an empty key.
pub(crate) fn sign(settings: &EmulatorSettings, body: &[u8]) -> String {
    signature(settings.app_secret.as_deref().unwrap_or_default(), body)
}

/// Returns the `flow_token_signature` of a token: a JSON web token with HS256.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#data_exchange_request>
pub(crate) fn sign_flow_token(settings: &EmulatorSettings, token: &str) -> String {
    let parts = [json!({ "alg": "HS256", "typ": "JWT" }), json!({ "flow_token": token })];
    let [header, claims] = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let signed = format!("{header}.{claims}");
    let mac = mac(settings.app_secret.as_deref().unwrap_or_default(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(mac(app_secret, body)))
}

fn mac(app_secret: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
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
