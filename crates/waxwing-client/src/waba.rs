//! WhatsApp Business Account.

mod analytics;
mod flows;
mod subscription;
mod template;
mod template_calls;

use waxwing_types::WabaId;

use crate::node::Node;
use crate::paging::Paged;
use crate::{BusinessPhoneNumber, Client, Error};

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

impl Client {
    /// Returns the account of this client's number, by the accounts that the access token is limited to: see
    /// [`TokenInfo::waba_ids`](crate::TokenInfo::waba_ids). `None` if the token names no account with the number, for example because it is for all
    /// accounts of its user.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API does not accept the token.
    pub async fn find_waba(&self) -> Result<Option<WabaId>, Error> {
        let token = self.debug_token().await?;
        for account in token.waba_ids() {
            let mut numbers = self.waba(account.clone()).numbers();
            while let Some(number) = numbers.next().await {
                if number?.id.as_ref() == Some(self.phone_number_id()) {
                    return Ok(Some(account));
                }
            }
        }
        Ok(None)
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
