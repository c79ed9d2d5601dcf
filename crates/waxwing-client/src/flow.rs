//! Flow of an account.

mod definition;
mod info;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::{Value, json};
use waxwing_types::FlowId;

use crate::node::Node;
use crate::paging::Paged;
use crate::{Client, Error};

pub use definition::{FlowUpdate, NewFlow};
pub use info::{CreatedFlow, FlowAsset, FlowInfo, FlowPreview, FlowProblem};

/// A flow: see [`Client::flow`]. [`Waba::flows`](crate::Waba::flows) lists flows, and
/// [`Waba::create_flow`](crate::Waba::create_flow) creates one.
///
/// The access token needs the permission `whatsapp_business_management`.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
///
/// ```no_run
/// use waxwing_client::types::WabaId;
/// use waxwing_client::{Client, Error, NewFlow};
///
/// async fn create_survey(client: &Client, definition: &serde_json::Value) -> Result<(), Error> {
///     let account = client.waba(WabaId::new("102290129340398"));
///     let created = account.create_flow(&NewFlow::new("survey", ["SURVEY"])).await?;
///     let flow = client.flow(created.id);
///     for problem in flow.set_json(definition).await? {
///         println!("{}", problem.message);
///     }
///     flow.publish().await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Flow<'a> {
    node: Node<'a>,
}

impl Client {
    /// Returns a flow of an account that the access token covers.
    pub fn flow(&self, id: FlowId) -> Flow<'_> {
        Flow { node: Node::new(self, id.into_string()) }
    }
}

impl<'a> Flow<'a> {
    /// Returns the data of the flow.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such flow.
    pub async fn info(&self) -> Result<FlowInfo, Error> {
        self.node.get(&[], FlowInfo::FIELDS).await
    }

    /// Changes the name, the categories or the endpoint of the flow.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the change.
    pub async fn update(&self, update: &FlowUpdate) -> Result<(), Error> {
        self.node.post(&[], update).await
    }

    /// Replaces the JSON of the flow. Returns the problems that Meta finds in it: a flow with problems is stored, and cannot be published.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the flow is published (139001).
    pub async fn set_json(&self, definition: &Value) -> Result<Vec<FlowProblem>, Error> {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(default)]
            validation_errors: Vec<FlowProblem>,
        }

        let file = Part::text(definition.to_string()).file_name("flow.json").mime_str("application/json");
        let file = file.map_err(|_| Error::invalid("the JSON of the flow cannot be uploaded"))?;
        let form = Form::new().text("name", "flow.json").text("asset_type", "FLOW_JSON").part("file", file);
        let stored: Stored = self.node.request(Method::POST, &["assets"]).form(form).send().await?;
        Ok(stored.validation_errors)
    }

    /// Lists the files of the flow: its JSON, if it has one.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    pub fn assets(&self) -> Paged<'a, FlowAsset> {
        self.node.list("assets", Vec::new())
    }

    /// Returns a web page that shows the flow. `invalidate` makes a new page, so that earlier URLs show nothing any more.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such flow.
    pub async fn preview(&self, invalidate: bool) -> Result<FlowPreview, Error> {
        #[derive(Deserialize)]
        struct Found {
            preview: FlowPreview,
        }

        let found: Found = self.node.get(&[], &format!("preview.invalidate({invalidate})")).await?;
        Ok(found.preview)
    }

    /// Publishes the flow, for good: a published flow can be sent, and keeps its JSON.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the JSON of the flow has problems, or if its endpoint does not answer (139002).
    pub async fn publish(&self) -> Result<(), Error> {
        self.node.post(&["publish"], &json!({})).await
    }

    /// Ends the use of a published flow: it can no longer be sent or opened.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the flow is not published (139003).
    pub async fn deprecate(&self) -> Result<(), Error> {
        self.node.post(&["deprecate"], &json!({})).await
    }

    /// Deletes a draft.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the flow has been published (139004).
    pub async fn delete(&self) -> Result<(), Error> {
        self.node.delete(&[]).await
    }
}
