//! Data of a group: `GET /{group_id}`.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use waxwing_types::GroupId;

use crate::{Client, Error};

/// Data of a group of the business. Fields that Meta does not state are `None`. `Debug` hides the subject.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups/reference>
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// Subject of the group, which its participants see as its name.
    pub subject: Option<String>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("subject", &self.subject.is_some()).finish()
    }
}

impl Client {
    /// Returns the data of a group.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API does not know the group.
    pub async fn group(&self, id: &GroupId) -> Result<Group, Error> {
        self.endpoint(Method::GET, &[id.as_str()]).query("fields", "subject").send().await
    }
}
