//! WhatsApp Business Account.

mod analytics;
mod flows;
mod subscription;
mod template;
mod template_calls;

use waxwing_types::WabaId;

use crate::node::Node;
use crate::paging::Paged;
use crate::{BusinessPhoneNumber, Client};

pub use analytics::{AnalyticsQuery, ConversationPoint, Granularity, MessagingAnalytics, MessagingPoint, PricingPoint};
pub use subscription::SubscribedApp;
pub use template::{CreatedTemplate, NewTemplate, TemplateDefinition, TemplateFilter};
pub use template_calls::TemplateEdit;

/// A WhatsApp Business Account: see [`Client::waba`].
///
/// The access token needs the permission `whatsapp_business_management`.
///
/// ```no_run
/// use waxwing_client::types::WabaId;
/// use waxwing_client::{Client, Error, NewTemplate};
///
/// async fn set_up(client: &Client) -> Result<(), Error> {
///     let account = client.waba(WabaId::new("102290129340398"));
///     account.subscribe().await?;
///     let template = NewTemplate::utility("order_ready", "en").body("Your order {{1}} is ready.", ["17"]);
///     let created = account.create_template(&template).await?;
///     println!("{} is {}", created.id, created.status);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Waba<'a> {
    node: Node<'a>,
}

impl Client {
    /// Returns a WhatsApp Business Account, whose id webhooks have in `entry[].id`.
    pub fn waba(&self, id: WabaId) -> Waba<'_> {
        Waba { node: Node::new(self, id.into_string()) }
    }
}

impl<'a> Waba<'a> {
    /// Lists the phone numbers of the account.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers>
    pub fn numbers(&self) -> Paged<'a, BusinessPhoneNumber> {
        let fields = BusinessPhoneNumber::FIELDS.to_owned();
        self.node.list("phone_numbers", vec![("fields", fields)])
    }
}
