//! Decrypted request with the key of its answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::cipher::ExchangeCipher;
use crate::key::FlowKey;
use crate::request::FlowRequest;
use crate::response::{FlowAnswer, FlowResponse};

/// Maximum size of an answer before its encryption, in bytes.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#img>
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Decrypted request to the endpoint of a flow, with the key that encrypts its answer. `Debug` hides the key and the data.
#[derive(Debug)]
pub struct FlowExchange {
    request: FlowRequest,
    cipher: ExchangeCipher,
}

/// Reason why an exchange failed. The message contains no data of the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The body is not a request that Meta encrypts.
    #[error("the body is no encrypted request of a flow: {0}")]
    Envelope(&'static str),
    /// The request is encrypted for another key, or was changed.
    #[error(
        "the request cannot be decrypted; check that the public key of the business number belongs to the private key"
    )]
    Decryption,
    /// The decrypted payload is no request.
    #[error("the decrypted payload is no request of a flow: {0}")]
    Payload(&'static str),
    /// The answer is larger than Meta accepts.
    #[error("the answer has {bytes} bytes; Meta accepts at most {MAX_ANSWER_BYTES}")]
    TooLarge {
        /// Size of the answer in bytes.
        bytes: usize,
    },
}

impl ExchangeError {
    /// Returns the HTTP status for the error.
    ///
    /// With 421, Meta reads the public key again, and the app repeats the request once.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes#endpoint_error_codes>
    pub fn status(&self) -> u16 {
        match self {
            Self::Envelope(_) | Self::Payload(_) => 400,
            Self::Decryption => 421,
            Self::TooLarge { .. } => 500,
        }
    }
}

/// Body of an encrypted request. Further members are ignored.
#[derive(Deserialize)]
struct Envelope {
    encrypted_flow_data: String,
    encrypted_aes_key: String,
    initial_vector: String,
}

impl FlowKey {
    /// Decrypts the body of a request.
    ///
    /// Check its signature before: `X-Hub-Signature-256` covers the encrypted body, as that of a webhook. Answer with status 432 if the
    /// signature is wrong.
    ///
    /// # Errors
    ///
    /// If the body is no encrypted request, if it was encrypted with another key, or if the payload is no request.
    /// [`ExchangeError::status`] is the status of the answer.
    pub fn decrypt(&self, body: &[u8]) -> Result<FlowExchange, ExchangeError> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| {
            ExchangeError::Envelope("it needs the texts encrypted_flow_data, encrypted_aes_key and initial_vector")
        })?;
        let decode = |text: &str, why| STANDARD.decode(text).map_err(|_| ExchangeError::Envelope(why));
        let data = decode(&envelope.encrypted_flow_data, "encrypted_flow_data is not Base64")?;
        let key = decode(&envelope.encrypted_aes_key, "encrypted_aes_key is not Base64")?;
        let iv = decode(&envelope.initial_vector, "initial_vector is not Base64")?;
        let key = self.decrypt_key(&key).ok_or(ExchangeError::Decryption)?;
        let cipher = ExchangeCipher::new(&key, &iv).ok_or(ExchangeError::Decryption)?;
        let payload = cipher.decrypt_request(&data).ok_or(ExchangeError::Decryption)?;
        let payload: Value = serde_json::from_slice(&payload).map_err(|_| ExchangeError::Payload("it is not JSON"))?;
        let request = FlowRequest::read(payload).map_err(ExchangeError::Payload)?;
        Ok(FlowExchange { request, cipher })
    }
}

impl FlowExchange {
    /// Returns the request.
    pub fn request(&self) -> &FlowRequest {
        &self.request
    }

    /// Returns the answer for the HTTP response: an encrypted screen or end of the flow, or a refusal.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::TooLarge`] if the answer has more than 1 MiB.
    pub fn answer(&self, response: FlowResponse) -> Result<FlowAnswer, ExchangeError> {
        match response.into_payload(self.request.flow_token.as_deref()) {
            Ok(payload) => self.encrypt(&payload),
            Err(refusal) => Ok(refusal),
        }
    }

    /// Returns the answer to a health check, or to a notification of an error. Other requests have no answer of their own.
    pub fn automatic_answer(&self) -> Option<Result<FlowAnswer, ExchangeError>> {
        self.request.automatic_payload().map(|payload| self.encrypt(&payload))
    }

    fn encrypt(&self, payload: &Value) -> Result<FlowAnswer, ExchangeError> {
        let payload = payload.to_string();
        let too_large = ExchangeError::TooLarge { bytes: payload.len() };
        if payload.len() > MAX_ANSWER_BYTES {
            return Err(too_large);
        }
        let encrypted = self.cipher.encrypt_answer(payload.as_bytes()).ok_or(too_large)?;
        Ok(FlowAnswer { status: 200, content_type: "text/plain", body: STANDARD.encode(encrypted) })
    }
}
