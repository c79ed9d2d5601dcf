//! Data of an access token: `GET /debug_token`.

use std::fmt;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::{Client, Error, Request};

/// Permission to manage accounts.
const MANAGEMENT: &str = "whatsapp_business_management";

/// Data of an access token. `Debug` hides the user.
///
/// <https://developers.facebook.com/docs/graph-api/reference/debug_token>
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TokenInfo {
    /// Id of the app that the token belongs to.
    pub app_id: Option<String>,
    /// Type of the token, such as `SYSTEM_USER`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether the token is valid now.
    #[serde(default)]
    pub is_valid: bool,
    /// Unix time at which the token expires, in seconds. 0 if it does not expire.
    pub expires_at: Option<u64>,
    /// Permissions.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Objects that each permission is limited to.
    #[serde(default)]
    pub granular_scopes: Vec<GranularScope>,
}

/// Objects that a permission of a token is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GranularScope {
    /// Permission, such as `whatsapp_business_management`.
    pub scope: String,
    /// Ids of the objects. Empty if the permission covers all objects of the user.
    #[serde(default)]
    pub target_ids: Vec<String>,
}

impl Client {
    /// Returns the data of this client's access token. Use it to see when the token expires, and which permissions it has.
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/debug_token>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API refuses the request.
    pub async fn debug_token(&self) -> Result<TokenInfo, Error> {
        TokenInfo::read(self.endpoint(Method::GET, &["debug_token"]), &self.access_token()).await
    }
}

impl TokenInfo {
    /// Returns the accounts that the token is limited to, by the permission to manage them. A token for all accounts names none.
    pub fn waba_ids(&self) -> impl Iterator<Item = waxwing_types::WabaId> {
        let scopes = self.granular_scopes.iter().filter(|scope| scope.scope == MANAGEMENT);
        scopes.flat_map(|scope| scope.target_ids.iter().map(waxwing_types::WabaId::new))
    }

    /// Asks for the data of a token.
    pub(crate) async fn read(request: Request, token: &SecretString) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: TokenInfo,
        }

        Ok(request.query("input_token", token.expose_secret()).send::<Found>().await?.data)
    }
}

impl fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInfo")
            .field("app_id", &self.app_id)
            .field("kind", &self.kind)
            .field("is_valid", &self.is_valid)
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
