//! Public key of a number, with which Meta encrypts the requests of flows.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Number;
use crate::Error;

/// Public key of a number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/whatsapp-business-encryption>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BusinessPublicKey {
    /// RSA key in PEM form.
    #[serde(rename = "business_public_key")]
    pub pem: String,
    /// Whether Meta's signature of the key is valid: `VALID` or `MISMATCH`.
    #[serde(rename = "business_public_key_signature_status")]
    pub signature_status: Option<String>,
}

impl Number<'_> {
    /// Returns the public key with which Meta encrypts the requests of flows, if there is one.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/whatsapp-business-encryption>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn public_key(&self) -> Result<Option<BusinessPublicKey>, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: Vec<BusinessPublicKey>,
        }

        let Found { data } = self.node.request(Method::GET, &["whatsapp_business_encryption"]).send().await?;
        Ok(data.into_iter().next())
    }

    /// Sets the public key with which Meta encrypts the requests of flows: RSA with 2,048 bits, in PEM form. Meta signs it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/whatsapp-business-encryption>
    ///
    /// # Errors
    ///
    /// Returns an error if the key has another form.
    pub async fn set_public_key(&self, pem: &str) -> Result<(), Error> {
        self.node.post(&["whatsapp_business_encryption"], &json!({ "business_public_key": pem })).await
    }
}
