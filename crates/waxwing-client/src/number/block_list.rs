//! Block list of a number.

use reqwest::Method;
use serde_json::{Map, Value, json};
use waxwing_types::Address;

use super::Number;
use crate::Error;
use crate::node::user_fields;
use crate::paging::Paged;

impl<'a> Number<'a> {
    /// Lists the users who are blocked, as Meta describes them.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    pub fn blocked_users(&self) -> Paged<'a, Map<String, Value>> {
        self.node.list("block_users", Vec::new())
    }

    /// Blocks a user: their messages no longer arrive, and none can be sent to them. Meta allows it for users who wrote within 24 hours.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if Meta refuses to block the user.
    pub async fn block(&self, user: &Address) -> Result<(), Error> {
        self.change_block(Method::POST, user).await
    }

    /// Unblocks a user.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if Meta refuses to unblock the user.
    pub async fn unblock(&self, user: &Address) -> Result<(), Error> {
        self.change_block(Method::DELETE, user).await
    }

    async fn change_block(&self, method: Method, user: &Address) -> Result<(), Error> {
        let body = json!({ "messaging_product": "whatsapp", "block_users": [user_fields(user)?] });
        self.node.request(method, &["block_users"]).json(&body).send::<Value>().await.map(drop)
    }
}
