//! Groups of a number.

use reqwest::Method;

use super::Number;
use crate::group::RequestAccepted;
use crate::paging::Paged;
use crate::{Error, ListedGroup, NewGroup};

impl<'a> Number<'a> {
    /// Lists the groups of the number.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    pub fn groups(&self) -> Paged<'a, ListedGroup> {
        self.node.list("groups", Vec::new())
    }

    /// Creates a group without participants. Returns the id of the request: the webhook field `group_lifecycle_update` reports the id
    /// of the group and the link by which users join.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the subject is empty or too long, or if the number has 10,000 groups.
    pub async fn create_group(&self, group: &NewGroup) -> Result<String, Error> {
        let request = self.node.request(Method::POST, &["groups"]).json(&group.body());
        Ok(request.send::<RequestAccepted>().await?.into_id())
    }
}
