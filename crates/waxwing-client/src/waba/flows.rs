//! Flows of an account.

use reqwest::Method;

use super::Waba;
use crate::paging::Paged;
use crate::{CreatedFlow, Error, FlowInfo, NewFlow};

impl<'a> Waba<'a> {
    /// Lists the flows of the account.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    pub fn flows(&self) -> Paged<'a, FlowInfo> {
        self.node.list("flows", vec![("fields", FlowInfo::FIELDS.to_owned())])
    }

    /// Creates a flow: a draft, unless [`NewFlow::publish`] publishes it at once.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    ///
    /// # Errors
    ///
    /// Returns an error if the name is taken, if a category is unknown, or if the flow cannot be published.
    pub async fn create_flow(&self, flow: &NewFlow) -> Result<CreatedFlow, Error> {
        self.node.request(Method::POST, &["flows"]).json(flow).send().await
    }
}
