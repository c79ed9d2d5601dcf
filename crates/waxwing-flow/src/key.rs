//! Private key of a business for the endpoints of flows.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};

use crate::key_error::FlowKeyError;
use crate::pem;

/// Private RSA key that decrypts the requests to the endpoint of a flow. `Debug` shows no part of it.
///
/// Its public key is uploaded once for each business number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/whatsapp-business-encryption>
///
/// ```
/// use waxwing_flow::FlowKey;
///
/// let key = FlowKey::generate()?;
/// let kept_secret = key.private_key_pem()?;
/// let uploaded_to_meta = key.public_key_pem()?;
///
/// assert!(uploaded_to_meta.starts_with("-----BEGIN PUBLIC KEY-----"));
/// assert_eq!(FlowKey::from_pem(&kept_secret)?.public_key_pem()?, uploaded_to_meta);
/// # Ok::<(), waxwing_flow::FlowKeyError>(())
/// ```
pub struct FlowKey {
    key: PrivateDecryptingKey,
    decrypting: OaepPrivateDecryptingKey,
}

impl FlowKey {
    /// Reads a private key from its PEM text, in the format PKCS#8 (`PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    ///
    /// If the text is no private RSA key of 2,048 to 8,192 bits, or if the key is encrypted with a password. The error contains no part of
    /// the text.
    pub fn from_pem(text: &str) -> Result<Self, FlowKeyError> {
        let der = pem::read_private(text)?;
        Self::new(PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| FlowKeyError::Rejected)?)
    }

    /// Generates a key of 2,048 bits, the size that Meta asks for. This takes up to a second.
    ///
    /// # Errors
    ///
    /// If the operating system has no random bytes.
    pub fn generate() -> Result<Self, FlowKeyError> {
        Self::new(PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| FlowKeyError::NotGenerated)?)
    }

    /// Returns the private key in PEM form (PKCS#8). Keep it secret.
    ///
    /// # Errors
    ///
    /// If the key cannot be encoded.
    pub fn private_key_pem(&self) -> Result<String, FlowKeyError> {
        let der: Pkcs8V1Der<'_> = self.key.as_der().map_err(|_| FlowKeyError::Rejected)?;
        Ok(pem::write_private(der.as_ref()))
    }

    /// Returns the public key in PEM form, as `whatsapp_business_encryption` takes it.
    ///
    /// # Errors
    ///
    /// If the key cannot be encoded.
    pub fn public_key_pem(&self) -> Result<String, FlowKeyError> {
        let der: PublicKeyX509Der<'_> = self.key.public_key().as_der().map_err(|_| FlowKeyError::Rejected)?;
        Ok(pem::write_public(der.as_ref()))
    }

    /// Decrypts the key of a request. Returns none if it is not encrypted with the public key.
    pub(crate) fn decrypt_key(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        let mut decrypted = vec![0; self.decrypting.min_output_size()];
        let length = self.decrypting.decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut decrypted, None).ok()?.len();
        decrypted.truncate(length);
        Some(decrypted)
    }

    fn new(key: PrivateDecryptingKey) -> Result<Self, FlowKeyError> {
        let decrypting = OaepPrivateDecryptingKey::new(key.clone()).map_err(|_| FlowKeyError::Rejected)?;
        Ok(Self { key, decrypting })
    }
}

impl fmt::Debug for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowKey").field("bits", &self.key.key_size_bits()).finish_non_exhaustive()
    }
}
