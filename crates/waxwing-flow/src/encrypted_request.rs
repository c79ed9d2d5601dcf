//! A request as the app of a user sends it.

use std::fmt;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cipher::ExchangeCipher;
use crate::exchange::ExchangeError;
use crate::key_error::FlowKeyError;
use crate::pem;

/// Request to the endpoint of a flow, encrypted as the app of a user encrypts it. For tests of endpoints. `Debug` shows nothing of it.
///
/// ```
/// use serde_json::json;
/// use waxwing_flow::{EncryptedRequest, FlowKey, FlowResponse};
///
/// let key = FlowKey::generate()?;
/// let payload = json!({"version": "3.0", "action": "INIT", "flow_token": "t-1"});
/// let request = EncryptedRequest::new(&key.public_key_pem()?, &payload)?;
///
/// // An endpoint decrypts the body and encrypts its answer.
/// let exchange = key.decrypt(request.body().as_bytes())?;
/// let answer = exchange.answer(FlowResponse::screen("SIZE"))?;
///
/// assert_eq!(request.decrypt_answer(&answer.body)?, json!({"screen": "SIZE", "data": {}}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EncryptedRequest {
    body: String,
    cipher: ExchangeCipher,
}

impl EncryptedRequest {
    /// Encrypts a payload with a public key in PEM form.
    ///
    /// # Errors
    ///
    /// If the text is no public RSA key, or if the operating system has no random bytes.
    pub fn new(public_key_pem: &str, payload: &Value) -> Result<Self, FlowKeyError> {
        let der = pem::read_public(public_key_pem)?;
        let key = PublicEncryptingKey::from_der(&der).map_err(|_| FlowKeyError::Rejected)?;
        let key = OaepPublicEncryptingKey::new(key).map_err(|_| FlowKeyError::Rejected)?;
        let (mut aes_key, mut iv) = ([0; 16], [0; 16]);
        aws_lc_rs::rand::fill(&mut aes_key).map_err(|_| FlowKeyError::NotGenerated)?;
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| FlowKeyError::NotGenerated)?;
        let mut encrypted_key = vec![0; key.ciphertext_size()];
        let encrypted_key = key
            .encrypt(&OAEP_SHA256_MGF1SHA256, &aes_key, &mut encrypted_key, None)
            .map_err(|_| FlowKeyError::Rejected)?;
        let cipher = ExchangeCipher::new(&aes_key, &iv).ok_or(FlowKeyError::NotGenerated)?;
        let data = cipher.encrypt_request(payload.to_string().as_bytes()).ok_or(FlowKeyError::Rejected)?;
        let body = json!({
            "encrypted_flow_data": STANDARD.encode(data),
            "encrypted_aes_key": STANDARD.encode(encrypted_key),
            "initial_vector": STANDARD.encode(iv),
        });
        Ok(Self { body: body.to_string(), cipher })
    }

    /// Returns the JSON body of the request.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Decrypts the text with which the endpoint answers.
    ///
    /// # Errors
    ///
    /// If the text is no answer to this request.
    pub fn decrypt_answer(&self, text: &str) -> Result<Value, ExchangeError> {
        let encrypted = STANDARD.decode(text).map_err(|_| ExchangeError::Envelope("the answer is not Base64"))?;
        let payload = self.cipher.decrypt_answer(&encrypted).ok_or(ExchangeError::Decryption)?;
        serde_json::from_slice(&payload).map_err(|_| ExchangeError::Payload("the answer is not JSON"))
    }
}

impl fmt::Debug for EncryptedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedRequest").finish_non_exhaustive()
    }
}
