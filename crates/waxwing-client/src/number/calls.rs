//! Calls of a number.

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use waxwing_types::{Address, CallId};

use super::{CallPermission, Number};
use crate::Error;
use crate::node::{Node, not_a_user, recipient_fields};

/// Call to a user. `Debug` hides the user and the session.
///
/// The session is the offer of a WebRTC connection (SDP, RFC 8866). Waxwing carries the signalling of calls, and no sound.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>
///
/// ```
/// use waxwing_client::NewCall;
/// use waxwing_client::types::WaId;
///
/// let call = NewCall::new(WaId::new("34600000000"), "v=0\r\n...").callback_data("order-17");
/// assert_eq!(call.callback_data.as_deref(), Some("order-17"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewCall {
    /// User. A group cannot be called.
    pub to: Address,
    /// Session of the business, an offer.
    pub offer: String,
    /// Data that Meta returns in every webhook of the call, at most 512 UTF-16 units.
    pub callback_data: Option<String>,
}

/// A call: see [`Number::call`].
#[derive(Debug, Clone)]
pub struct Call<'a> {
    node: Node<'a>,
    id: CallId,
}

impl NewCall {
    /// Creates a call to a user from the offer of a session.
    pub fn new(to: impl Into<Address>, offer: impl Into<String>) -> Self {
        Self { to: to.into(), offer: offer.into(), callback_data: None }
    }

    /// Sets the data that Meta returns in every webhook of the call.
    pub fn callback_data(mut self, data: impl Into<String>) -> Self {
        self.callback_data = Some(data.into());
        self
    }
}

impl<'a> Number<'a> {
    /// Calls a user. The answer of the user's session arrives with the event `connect` of the webhook field `calls`.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>
    ///
    /// # Errors
    ///
    /// Returns an error if calls are off (138000), if the user has not permitted calls (138006), or if there is a call to the user.
    ///
    /// ```no_run
    /// use waxwing_client::types::{Address, PhoneNumberId, WaId};
    /// use waxwing_client::{Client, Error, NewCall};
    ///
    /// async fn call(client: &Client, offer: &str) -> Result<(), Error> {
    ///     let number = client.number(PhoneNumberId::new("1000001"));
    ///     let ana = Address::from(WaId::new("34600000000"));
    ///     if number.call_permission(&ana).await?.allows("start_call") {
    ///         let call = number.start_call(&NewCall::new(ana, offer)).await?;
    ///         number.call(call).terminate().await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn start_call(&self, call: &NewCall) -> Result<CallId, Error> {
        #[derive(Deserialize)]
        struct Started {
            calls: Vec<StartedCall>,
        }

        #[derive(Deserialize)]
        struct StartedCall {
            id: CallId,
        }

        let mut body = recipient_fields(&call.to)?;
        body["action"] = "connect".into();
        body["session"] = json!({ "sdp_type": "offer", "sdp": call.offer });
        if let Some(data) = &call.callback_data {
            body["biz_opaque_callback_data"] = data.as_str().into();
        }
        let Started { calls } = self.node.request(Method::POST, &["calls"]).json(&body).send().await?;
        calls.into_iter().next().map(|call| call.id).ok_or_else(|| Error::decode(200, None))
    }

    /// Returns a call, by the id of [`start_call`](Self::start_call) or of the webhook field `calls`.
    pub fn call(&self, id: CallId) -> Call<'a> {
        Call { node: self.node.clone(), id }
    }

    /// Returns whether a user has permitted calls, and which actions are possible.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-call-permissions>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if the permission is looked up too often (613).
    pub async fn call_permission(&self, user: &Address) -> Result<CallPermission, Error> {
        let (name, id) = match user {
            Address::Phone(id) => ("user_wa_id", id.as_str()),
            Address::Bsuid(id) => ("recipient", id.as_str()),
            Address::Group(_) => return Err(not_a_user()),
        };
        self.node.request(Method::GET, &["call_permissions"]).query(name, id).send().await
    }
}

impl Call<'_> {
    /// Prepares the connection of a call of a user, so that sound flows as soon as the call is accepted. `answer` is the session of
    /// the business.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-initiated-calls>
    ///
    /// # Errors
    ///
    /// Returns an error if the call has ended, or if Meta refuses the session.
    pub async fn pre_accept(&self, answer: &str) -> Result<(), Error> {
        self.act("pre_accept", Some(answer), None).await
    }

    /// Accepts a call of a user. `answer` is the session of the business, the same as in [`pre_accept`](Self::pre_accept). Meta returns
    /// `callback_data` when the call ends.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-initiated-calls>
    ///
    /// # Errors
    ///
    /// Returns an error if the call has ended, or if Meta refuses the session.
    pub async fn accept(&self, answer: &str, callback_data: Option<&str>) -> Result<(), Error> {
        self.act("accept", Some(answer), callback_data).await
    }

    /// Rejects a call of a user.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-initiated-calls>
    ///
    /// # Errors
    ///
    /// Returns an error if the call was accepted, or has ended.
    pub async fn reject(&self) -> Result<(), Error> {
        self.act("reject", None, None).await
    }

    /// Ends the call.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>
    ///
    /// # Errors
    ///
    /// Returns an error if the call has ended.
    pub async fn terminate(&self) -> Result<(), Error> {
        self.act("terminate", None, None).await
    }

    async fn act(&self, action: &str, answer: Option<&str>, callback_data: Option<&str>) -> Result<(), Error> {
        let mut body = json!({ "messaging_product": "whatsapp", "call_id": self.id, "action": action });
        if let Some(answer) = answer {
            body["session"] = json!({ "sdp_type": "answer", "sdp": answer });
        }
        if let Some(data) = callback_data {
            body["biz_opaque_callback_data"] = Value::from(data);
        }
        self.node.post(&["calls"], &body).await
    }
}

impl fmt::Debug for NewCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCall").field("to", &self.to).finish_non_exhaustive()
    }
}
