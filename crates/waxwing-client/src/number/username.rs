//! Username of a number.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Number;
use crate::Error;

/// Username of a business number, by which users find it. `Debug` hides it.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BusinessUsername {
    /// Username: 3 to 35 lower-case letters, digits, dots and underscores.
    pub username: String,
    /// Status, such as `approved` or `reserved`.
    pub status: Option<String>,
}

impl fmt::Debug for BusinessUsername {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusinessUsername").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Number<'_> {
    /// Returns the username of the number, if it has one.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn username(&self) -> Result<Option<BusinessUsername>, Error> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            username: String,
            status: Option<String>,
        }

        let Found { username, status } = self.node.request(Method::GET, &["username"]).send().await?;
        Ok(Some(BusinessUsername { username, status }).filter(|found| !found.username.is_empty()))
    }

    /// Requests a username for the number. Returns its status: `approved`, or `reserved` until Meta approves it. With `takes_over`,
    /// another number of the business loses the username.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>
    ///
    /// # Errors
    ///
    /// Returns an error if the username is not allowed or taken (147001 to 147005).
    pub async fn set_username(&self, username: &str, takes_over: bool) -> Result<Option<String>, Error> {
        #[derive(Deserialize)]
        struct Claimed {
            status: Option<String>,
        }

        let transfer = if takes_over { "force_transfer" } else { "none" };
        let body = json!({ "username": username, "transfer_action": transfer });
        Ok(self.node.request(Method::POST, &["username"]).json(&body).send::<Claimed>().await?.status)
    }

    /// Removes the username of the number.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>
    ///
    /// # Errors
    ///
    /// Returns an error if the number has no username.
    pub async fn delete_username(&self) -> Result<(), Error> {
        self.node.delete(&["username"]).await
    }

    /// Returns usernames that Meta suggests for the number.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn username_suggestions(&self) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: Vec<Suggestions>,
        }

        #[derive(Deserialize)]
        struct Suggestions {
            #[serde(default)]
            username_suggestions: Vec<String>,
        }

        let Found { data } = self.node.request(Method::GET, &["username_suggestions"]).send().await?;
        Ok(data.into_iter().flat_map(|found| found.username_suggestions).collect())
    }
}
