//! Signed tokens that tell an HTTP server for which user a tool is called.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;

/// How long a token is valid. The clocks of both machines must agree within this time.
const LIFETIME: Duration = Duration::from_mins(1);

/// Minimum length of the secret, in bytes. A key of HMAC-SHA256 should have the length of its output (RFC 2104, section 3).
pub(super) const MIN_SECRET: usize = 32;

/// Signs tokens for one server: JSON Web Tokens with HMAC-SHA256 (RFC 7519, `HS256`).
#[derive(Clone)]
pub(super) struct UserTokenSigner {
    secret: SecretString,
    audience: String,
}

impl UserTokenSigner {
    pub(super) fn new(secret: &SecretString, audience: &str) -> Self {
        Self { secret: secret.clone(), audience: audience.to_owned() }
    }

    /// Returns a token about a user for one call of a tool. `user` is the object of the user in `_meta`.
    pub(super) fn sign(&self, user: &Value, tool: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = json!({
            "iss": "waxwing",
            "aud": self.audience,
            "sub": user["id"],
            "iat": now,
            "exp": now + LIFETIME.as_secs(),
            "tool": tool,
            "user": user,
        });
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let content = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&claims));
        let mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes());
        let mac = mac.expect("HMAC takes a key of any length").chain_update(&content);
        format!("{content}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_json_web_token() {
        let secret = "0123456789abcdef0123456789abcdef";
        let signer = UserTokenSigner::new(&secret.into(), "orders");
        let token = signer.sign(&json!({"id": "34600000001", "phone": "34600000001"}), "refund");
        let parts: Vec<_> = token.split('.').collect();
        let read =
            |part: &str| -> Value { serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        assert_eq!(read(parts[0]), json!({"alg": "HS256", "typ": "JWT"}));
        let claims = read(parts[1]);
        assert_eq!(
            (&claims["iss"], &claims["aud"], &claims["tool"]),
            (&json!("waxwing"), &json!("orders"), &json!("refund"))
        );
        assert_eq!((&claims["sub"], &claims["user"]["phone"]), (&json!("34600000001"), &json!("34600000001")));
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{}.{}", parts[0], parts[1]));
        mac.verify_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
    }
}
