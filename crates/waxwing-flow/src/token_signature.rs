//! Meta's signature of the token of a flow.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::request::FlowRequest;

/// Algorithm of the signature: HMAC with SHA-256.
const ALGORITHM: &str = "HS256";

/// Reason why the token of a request is not verified. The message contains no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowTokenError {
    /// The request has no signature. Flows before version 7.3 have none.
    #[error("the request has no signature of its flow token")]
    Missing,
    /// The signature is no JSON web token, or has another algorithm than HS256.
    #[error("the signature of the flow token is not a JSON web token with HS256")]
    Malformed,
    /// No app secret matches the signature.
    #[error("the signature of the flow token does not match the app secret")]
    Mismatch,
    /// The signature is that of another token.
    #[error("the signature belongs to another flow token")]
    OtherToken,
}

/// The part of the header that is checked.
#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// The part of the claims that is checked. Meta documents no other claim.
#[derive(Deserialize)]
struct Claims {
    flow_token: String,
}

impl FlowRequest {
    /// Checks with Meta's signature that the app of the user did not change the token of the flow. Meta signs the encrypted body of a request without
    /// reading it, so that signature says nothing about the token.
    ///
    /// `is_mac` gets a message and a value, and returns whether the value is the HMAC-SHA256 of the message with the app secret. Compare in constant
    /// time.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/guides/implementingyourflowendpoint#data_exchange_request>
    ///
    /// ```
    /// use waxwing_flow::{FlowAction, FlowRequest, FlowTokenError};
    ///
    /// let request = FlowRequest::new(FlowAction::Init).with_flow_token("order-17");
    /// assert_eq!(request.verify_flow_token(|_message, _mac| true), Err(FlowTokenError::Missing));
    /// ```
    ///
    /// # Errors
    ///
    /// The reason why the token is not verified. Answer with status 432, unless the signature is missing and the flow has none.
    pub fn verify_flow_token(&self, is_mac: impl FnOnce(&[u8], &[u8]) -> bool) -> Result<(), FlowTokenError> {
        let signature = self.flow_token_signature.as_deref().ok_or(FlowTokenError::Missing)?;
        let (signed, mac) = signature.rsplit_once('.').ok_or(FlowTokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(FlowTokenError::Malformed)?;
        let header: Header = read(header)?;
        if header.alg != ALGORITHM {
            return Err(FlowTokenError::Malformed);
        }
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| FlowTokenError::Malformed)?;
        if !is_mac(signed.as_bytes(), &mac) {
            return Err(FlowTokenError::Mismatch);
        }
        let claims: Claims = read(claims)?;
        if self.flow_token.as_deref() == Some(&*claims.flow_token) { Ok(()) } else { Err(FlowTokenError::OtherToken) }
    }
}

/// Reads a part of a JSON web token.
fn read<T: DeserializeOwned>(part: &str) -> Result<T, FlowTokenError> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| FlowTokenError::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| FlowTokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use serde_json::{Value, json};

    use super::*;
    use crate::request::FlowAction;

    /// Token of the flow `t-1`, signed with `secret` by another implementation (RFC 7515, made with Python's `hmac`).
    const OF_PYTHON: &str =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmbG93X3Rva2VuIjoidC0xIn0.cYDZuVDV38Dd7qbSavED7Hp8O-tuJI7AFNC5w1kQ4bs";

    fn key() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, b"secret")
    }

    fn signed(header: &Value, claims: &Value) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let mac = hmac::sign(&key(), format!("{header}.{claims}").as_bytes());
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    fn verify(signature: &str) -> Result<(), FlowTokenError> {
        let mut request = FlowRequest::new(FlowAction::Init).with_flow_token("t-1");
        request.flow_token_signature = Some(signature.to_owned());
        request.verify_flow_token(|message, mac| hmac::verify(&key(), message, mac).is_ok())
    }

    #[test]
    fn only_the_signed_token_passes() {
        let (header, claims) = (json!({"alg": "HS256", "typ": "JWT"}), json!({"flow_token": "t-1", "iat": 1}));
        assert_eq!(verify(OF_PYTHON), Ok(()));
        assert_eq!(verify(&signed(&header, &claims)), Ok(()));
        assert_eq!(verify(&signed(&header, &json!({"flow_token": "t-2"}))), Err(FlowTokenError::OtherToken));
        assert_eq!(verify(&signed(&header, &json!({"sub": "t-1"}))), Err(FlowTokenError::Malformed));
        for alg in ["none", "HS512", "RS256"] {
            assert_eq!(verify(&signed(&json!({"alg": alg}), &claims)), Err(FlowTokenError::Malformed), "{alg}");
        }
        let signature = signed(&header, &claims);
        let (message, mac) = signature.rsplit_once('.').unwrap();
        for mac in ["", "AAAA", &URL_SAFE_NO_PAD.encode([7; 32])] {
            assert_eq!(verify(&format!("{message}.{mac}")), Err(FlowTokenError::Mismatch), "{mac}");
        }
        for malformed in ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.e30", &format!("{message}.{mac}=")] {
            assert_eq!(verify(malformed), Err(FlowTokenError::Malformed), "{malformed}");
        }
    }

    #[test]
    fn a_signature_without_a_token_is_of_another_token() {
        let mut request = FlowRequest::new(FlowAction::Init);
        request.flow_token_signature = Some(OF_PYTHON.to_owned());
        assert_eq!(request.verify_flow_token(|_, _| true), Err(FlowTokenError::OtherToken));
    }
}
