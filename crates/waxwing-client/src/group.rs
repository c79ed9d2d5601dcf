//! Group of a business number.

mod definition;
mod info;
mod join_request;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};
use waxwing_types::{Address, GroupId};

use crate::node::{Node, user_fields};
use crate::paging::Paged;
use crate::{Client, Error};

pub use definition::{GroupUpdate, NewGroup};
pub use info::{GroupInfo, GroupParticipant, ListedGroup};
pub use join_request::{FailedJoinRequest, JoinDecision, JoinRequest};

/// A group: see [`Client::group`]. [`Number::groups`](crate::Number::groups) lists groups, and
/// [`Number::create_group`](crate::Number::create_group) creates one.
///
/// Meta reports the results of most changes by webhook, with the id of the request that a method returns.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
///
/// ```no_run
/// use waxwing_client::types::GroupId;
/// use waxwing_client::{Client, Error};
///
/// async fn let_everyone_in(client: &Client, group: GroupId) -> Result<(), Error> {
///     let group = client.group(group);
///     println!("join at {}", group.invite_link().await?);
///     let mut requests = group.join_requests();
///     while let Some(request) = requests.next().await {
///         group.approve([request?.id]).await?;
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Group<'a> {
    node: Node<'a>,
}

/// Answer to a request whose result is reported by a webhook.
#[derive(Deserialize)]
pub(crate) struct RequestAccepted {
    request_id: String,
}

#[derive(Deserialize)]
struct InviteLink {
    invite_link: String,
}

impl Client {
    /// Returns a group of a number that the access token covers.
    pub fn group(&self, id: GroupId) -> Group<'_> {
        Group { node: Node::new(self, id.into_string()) }
    }
}

impl<'a> Group<'a> {
    /// Returns the data of the group.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API does not know the group.
    pub async fn info(&self) -> Result<GroupInfo, Error> {
        self.node.get(&[], GroupInfo::FIELDS).await
    }

    /// Returns the participants besides the business, at most eight.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not know the group.
    pub async fn participants(&self) -> Result<Vec<GroupParticipant>, Error> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            participants: Vec<GroupParticipant>,
        }

        Ok(self.node.get::<Found>(&[], "participants").await?.participants)
    }

    /// Changes the subject, the description or the picture. Returns the id of the request: the webhook field `group_settings_update`
    /// reports the result of each change.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the change.
    pub async fn update(&self, update: &GroupUpdate) -> Result<String, Error> {
        let request = self.node.request(Method::POST, &[]);
        let request = match &update.picture {
            None => request.json(&update.body()),
            Some(picture) => {
                let file = Part::stream(picture.clone()).file_name("picture.jpg").mime_str("image/jpeg");
                let file = file.map_err(|_| Error::invalid("the picture of the group cannot be uploaded"))?;
                let texts = update.texts().into_iter();
                let form = texts.fold(Form::new(), |form, (name, text)| form.text(name, text.to_owned()));
                request.form(form.part("file", file))
            }
        };
        Ok(request.send::<RequestAccepted>().await?.into_id())
    }

    /// Deletes the group. Returns the id of the request: the webhook field `group_lifecycle_update` reports the result.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not know the group.
    pub async fn delete(&self) -> Result<String, Error> {
        Ok(self.node.request(Method::DELETE, &[]).send::<RequestAccepted>().await?.into_id())
    }

    /// Removes participants, at most eight. They cannot join by the invite link again. Returns the id of the request: the webhook
    /// field `group_participants_update` reports the result.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if no participant is named, if one is named twice, or if none of them is in the group.
    pub async fn remove(&self, users: &[Address]) -> Result<String, Error> {
        let users = users.iter().map(user_fields).collect::<Result<Vec<_>, _>>()?;
        let body = json!({ "messaging_product": "whatsapp", "participants": users });
        let request = self.node.request(Method::DELETE, &["participants"]).json(&body);
        Ok(request.send::<RequestAccepted>().await?.into_id())
    }

    /// Returns the link by which users join.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not know the group.
    pub async fn invite_link(&self) -> Result<String, Error> {
        let request = self.node.request(Method::GET, &["invite_link"]);
        Ok(request.send::<InviteLink>().await?.invite_link)
    }

    /// Replaces the link by which users join. Earlier links become invalid. Returns the new link.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not know the group, or if the group is suspended.
    pub async fn reset_invite_link(&self) -> Result<String, Error> {
        let body = json!({ "messaging_product": "whatsapp" });
        let request = self.node.request(Method::POST, &["invite_link"]).json(&body);
        Ok(request.send::<InviteLink>().await?.invite_link)
    }

    /// Lists the open requests to join.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    pub fn join_requests(&self) -> Paged<'a, JoinRequest> {
        self.node.list("join_requests", Vec::new())
    }

    /// Approves requests to join, by their [ids](JoinRequest::id).
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if none of the requests can be approved. [`JoinDecision::failed`] has those that cannot if others can.
    pub async fn approve(&self, requests: impl IntoIterator<Item = String>) -> Result<JoinDecision, Error> {
        self.decide(Method::POST, requests.into_iter().collect()).await
    }

    /// Rejects requests to join, by their [ids](JoinRequest::id).
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
    ///
    /// # Errors
    ///
    /// Returns an error if none of the requests can be rejected. [`JoinDecision::failed`] has those that cannot if others can.
    pub async fn reject(&self, requests: impl IntoIterator<Item = String>) -> Result<JoinDecision, Error> {
        self.decide(Method::DELETE, requests.into_iter().collect()).await
    }

    async fn decide(&self, method: Method, requests: Value) -> Result<JoinDecision, Error> {
        let body = json!({ "messaging_product": "whatsapp", "join_requests": requests });
        self.node.request(method, &["join_requests"]).json(&body).send().await
    }
}

impl RequestAccepted {
    pub(crate) fn into_id(self) -> String {
        self.request_id
    }
}
