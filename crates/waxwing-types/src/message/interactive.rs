//! Content of an interactive message.

mod address_request;
mod call;
mod carousel;
mod flow;
mod header;
mod link;
mod list;
mod mixed_buttons;
mod order;
mod products;
mod reply_buttons;
mod wire;
mod wire_parts;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::Redacted;
use crate::validation::{self, ValidationError};
use wire::WireInteractive;

pub use address_request::AddressRequest;
pub use call::CallButton;
pub use carousel::{CardAction, CardMedium, CarouselCard};
pub use flow::{FlowButton, FlowRef, FlowStart};
pub use header::InteractiveHeader;
pub use link::LinkButton;
pub use list::{ListMenu, ListRow, ListSection};
pub use mixed_buttons::MixedButtons;
pub use order::{
    Amount, GoodsKind, Order, OrderCharge, OrderDetails, OrderDiscount, OrderItem, OrderState, OrderStatus,
    OrderUpdate, Payment, PaymentSetting,
};
pub use products::{CatalogButton, Product, ProductList, ProductSection};
pub use reply_buttons::ReplyButton;

pub(super) use mixed_buttons::needs_direct_send;
pub(super) use products::{SectionPaths, validate_sections};

/// Text with something to tap, such as buttons, a list, a link, a form or products. `Debug` hides all texts.
///
/// Interactive messages can be sent only within the customer service window of 24 hours, and not to groups.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
///
/// ```
/// use waxwing_types::{Interactive, LinkButton, ListMenu, ListRow, OutboundContent, ReplyButton};
///
/// let buttons = Interactive::buttons("Tea?", [ReplyButton::new("yes", "Yes"), ReplyButton::new("no", "No, thanks")])
///     .footer("The kettle is on");
/// let list = Interactive::list(
///     "Which size?",
///     ListMenu::new("Choose").rows([ListRow::new("s", "Small").description("20 cm"), ListRow::new("l", "Large")]),
/// );
/// let link = Interactive::link("Our menu", LinkButton::new("https://example.com/menu").label("Open"));
/// for message in [buttons, list, link, Interactive::location_request("Where are you?")] {
///     OutboundContent::from(message).validate()?;
/// }
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WireInteractive", into = "WireInteractive")]
#[non_exhaustive]
pub struct Interactive {
    /// Line or medium above the body.
    pub header: Option<InteractiveHeader>,
    /// Text of the message, at most [`limits::INTERACTIVE_BODY`] UTF-16 units long and not blank. A product needs none.
    pub body: String,
    /// Line below the body, at most [`limits::HEADER`] UTF-16 units long.
    pub footer: Option<String>,
    /// Part of the message that the user can tap.
    pub action: InteractiveAction,
}

/// Part of an interactive message that the user can tap. `Debug` hides all texts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InteractiveAction {
    /// Reply buttons, at most [`limits::BUTTONS`]. Ids and titles must differ.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
    Buttons(Vec<ReplyButton>),
    /// Links and reply buttons, only for a send without a template.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/direct-send/supported-message-types>
    Mixed(MixedButtons),
    /// Button that opens a list of choices.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
    List(ListMenu),
    /// Button that opens a web page.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
    Link(LinkButton),
    /// Button that asks for the user's location. The user answers with a location message.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-location-request-messages>
    LocationRequest,
    /// Button that asks for the user's phone number. The user answers with a contact card.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-messages>
    ContactRequest,
    /// Button that opens a form.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow>
    Flow(Box<FlowButton>),
    /// Cards that the user can swipe through, from 2 to [`limits::CARDS`]. The message has neither a header nor a footer.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>
    Carousel(Vec<CarouselCard>),
    /// A product of a catalog. The message has no header.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
    Product(Product),
    /// Products of a catalog. The message needs a header with a text.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
    Products(ProductList),
    /// Button that opens the catalog.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
    Catalog(CatalogButton),
    /// Buttons that ask for the permission to call the user.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-call-permissions>
    CallPermission,
    /// Button that calls the business.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-button-messages-deep-links>
    Call(CallButton),
    /// Order that the user can review and pay.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
    OrderDetails(Box<OrderDetails>),
    /// News about an order.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
    OrderStatus(OrderStatus),
    /// Form for a postal address, in India.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages/address-messages>
    AddressRequest(Box<AddressRequest>),
}

/// Header that an action allows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AllowedHeader {
    Any,
    Text,
    /// A text, which is required.
    TextRequired,
    None,
}

impl Interactive {
    /// Creates an interactive message without a header and a footer.
    pub fn new(body: impl Into<String>, action: InteractiveAction) -> Self {
        Self { header: None, body: body.into(), footer: None, action }
    }

    /// Creates a question with reply buttons, at most [`limits::BUTTONS`].
    pub fn buttons(body: impl Into<String>, buttons: impl IntoIterator<Item = ReplyButton>) -> Self {
        Self::new(body, InteractiveAction::Buttons(buttons.into_iter().collect()))
    }

    /// Creates a text with links and reply buttons, only for a send without a template.
    pub fn mixed_buttons(body: impl Into<String>, buttons: MixedButtons) -> Self {
        Self::new(body, InteractiveAction::Mixed(buttons))
    }

    /// Creates a question with a list of choices.
    pub fn list(body: impl Into<String>, list: ListMenu) -> Self {
        Self::new(body, InteractiveAction::List(list))
    }

    /// Creates a text with a button that opens a web page.
    pub fn link(body: impl Into<String>, link: LinkButton) -> Self {
        Self::new(body, InteractiveAction::Link(link))
    }

    /// Creates a text with a button that asks for the user's location.
    pub fn location_request(body: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::LocationRequest)
    }

    /// Creates a text with a button that asks for the user's phone number.
    pub fn contact_request(body: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::ContactRequest)
    }

    /// Creates a text with a button that opens a form.
    pub fn flow(body: impl Into<String>, button: FlowButton) -> Self {
        Self::new(body, InteractiveAction::Flow(Box::new(button)))
    }

    /// Creates a text with cards, from 2 to [`limits::CARDS`].
    pub fn carousel(body: impl Into<String>, cards: impl IntoIterator<Item = CarouselCard>) -> Self {
        Self::new(body, InteractiveAction::Carousel(cards.into_iter().collect()))
    }

    /// Creates a message with a product. Set its text with [`Self::body`].
    pub fn product(product: Product) -> Self {
        Self::new("", InteractiveAction::Product(product))
    }

    /// Creates a text with products. Meta requires the line above it, at most [`limits::HEADER`] UTF-16 units.
    pub fn products(header: impl Into<String>, body: impl Into<String>, list: ProductList) -> Self {
        Self::new(body, InteractiveAction::Products(list)).header(header.into())
    }

    /// Creates a text with a button that opens the catalog.
    pub fn catalog(body: impl Into<String>, button: CatalogButton) -> Self {
        Self::new(body, InteractiveAction::Catalog(button))
    }

    /// Creates a text with a question for the permission to call the user.
    pub fn call_permission(body: impl Into<String>) -> Self {
        Self::new(body, InteractiveAction::CallPermission)
    }

    /// Creates a text with a button that calls the business.
    pub fn call(body: impl Into<String>, button: CallButton) -> Self {
        Self::new(body, InteractiveAction::Call(button))
    }

    /// Creates a text with an order that the user can review and pay.
    pub fn order_details(body: impl Into<String>, order: OrderDetails) -> Self {
        Self::new(body, InteractiveAction::OrderDetails(Box::new(order)))
    }

    /// Creates a text with news about an order.
    pub fn order_status(body: impl Into<String>, status: OrderStatus) -> Self {
        Self::new(body, InteractiveAction::OrderStatus(status))
    }

    /// Creates a text with a form for a postal address.
    pub fn address_request(body: impl Into<String>, request: AddressRequest) -> Self {
        Self::new(body, InteractiveAction::AddressRequest(Box::new(request)))
    }

    /// Sets the text, at most [`limits::INTERACTIVE_BODY`] UTF-16 units.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the line above the body, at most [`limits::HEADER`] UTF-16 units, or the medium above it.
    pub fn header(mut self, header: impl Into<InteractiveHeader>) -> Self {
        self.header = Some(header.into());
        self
    }

    /// Sets the line below the body, at most [`limits::HEADER`] UTF-16 units.
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        if !(self.body.is_empty() && matches!(self.action, InteractiveAction::Product(_))) {
            validation::required("interactive.body.text", &self.body, limits::INTERACTIVE_BODY)?;
        }
        self.validate_header()?;
        if let Some(footer) = &self.footer {
            if matches!(self.action, InteractiveAction::Carousel(_)) {
                let (field, expected) = ("interactive.footer", "no footer, because a carousel has none");
                return Err(ValidationError::Malformed { field, expected });
            }
            validation::required("interactive.footer.text", footer, limits::HEADER)?;
        }
        match &self.action {
            InteractiveAction::Buttons(buttons) => reply_buttons::validate(buttons),
            InteractiveAction::Mixed(buttons) => buttons.validate(),
            InteractiveAction::List(list) => list.validate(),
            InteractiveAction::Link(link) => link.validate(),
            InteractiveAction::Flow(button) => button.validate(),
            InteractiveAction::Carousel(cards) => carousel::validate(cards),
            InteractiveAction::Product(product) => product.validate(),
            InteractiveAction::Products(list) => list.validate(),
            InteractiveAction::Call(button) => button.validate(),
            InteractiveAction::OrderDetails(order) => order.validate(),
            InteractiveAction::OrderStatus(status) => status.validate(),
            InteractiveAction::AddressRequest(request) => request.validate(),
            InteractiveAction::LocationRequest
            | InteractiveAction::ContactRequest
            | InteractiveAction::Catalog(_)
            | InteractiveAction::CallPermission => Ok(()),
        }
    }

    fn validate_header(&self) -> Result<(), ValidationError> {
        let allowed = self.action.allowed_header();
        let Some(header) = &self.header else {
            return match allowed {
                AllowedHeader::TextRequired => Err(ValidationError::Empty { field: "interactive.header.text" }),
                _ => Ok(()),
            };
        };
        header.validate()?;
        let is_allowed = match allowed {
            AllowedHeader::Any => true,
            AllowedHeader::Text | AllowedHeader::TextRequired => header.media().is_none(),
            AllowedHeader::None => false,
        };
        let (field, expected) = ("interactive.header", "a header that the action allows");
        if is_allowed { Ok(()) } else { Err(ValidationError::Malformed { field, expected }) }
    }
}

impl InteractiveAction {
    fn allowed_header(&self) -> AllowedHeader {
        match self {
            Self::Carousel(_) | Self::Product(_) => AllowedHeader::None,
            Self::Products(_) => AllowedHeader::TextRequired,
            Self::List(_) | Self::LocationRequest | Self::ContactRequest => AllowedHeader::Text,
            Self::Buttons(_)
            | Self::Mixed(_)
            | Self::Link(_)
            | Self::Flow(_)
            | Self::Catalog(_)
            | Self::CallPermission
            | Self::Call(_)
            | Self::OrderDetails(_)
            | Self::OrderStatus(_)
            | Self::AddressRequest(_) => AllowedHeader::Any,
        }
    }
}

impl fmt::Debug for Interactive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interactive")
            .field("header", &self.header)
            .field("body", &Redacted(&self.body))
            .field("footer", &self.footer.as_deref().map(Redacted))
            .field("action", &self.action)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use crate::{MediaId, OutboundContent};
    use serde_json::json;

    #[test]
    fn each_action_has_the_json_form_of_meta() {
        check_content(
            Interactive::buttons("Tea?", [ReplyButton::new("y", "Yes"), ReplyButton::new("n", "No")])
                .header("A question")
                .footer("It is five"),
            &json!({
                "type": "button",
                "header": {"type": "text", "text": "A question"},
                "body": {"text": "Tea?"},
                "footer": {"text": "It is five"},
                "action": {"buttons": [
                    {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                    {"type": "reply", "reply": {"id": "n", "title": "No"}},
                ]},
            }),
        );
        let rows = [ListRow::new("s", "Small").description("20 cm"), ListRow::new("l", "Large")];
        check_content(
            Interactive::list("Which?", ListMenu::new("Choose").rows(rows)),
            &json!({
                "type": "list",
                "body": {"text": "Which?"},
                "action": {"button": "Choose", "sections": [{"rows": [
                    {"id": "s", "title": "Small", "description": "20 cm"},
                    {"id": "l", "title": "Large"},
                ]}]},
            }),
        );
        check_content(
            Interactive::link("The menu", LinkButton::new("https://example.com/menu").label("Open")),
            &json!({
                "type": "cta_url",
                "body": {"text": "The menu"},
                "action": {
                    "name": "cta_url",
                    "parameters": {"display_text": "Open", "url": "https://example.com/menu"},
                },
            }),
        );
        check_content(
            Interactive::location_request("Where are you?"),
            &json!({
                "type": "location_request_message",
                "body": {"text": "Where are you?"},
                "action": {"name": "send_location"},
            }),
        );
    }

    #[test]
    fn a_header_with_a_medium_has_the_json_form_of_meta() {
        check_content(
            Interactive::buttons("Tea?", [ReplyButton::new("y", "Yes")]).header(InteractiveHeader::Document {
                source: MediaId::new("77").into(),
                filename: Some("menu.pdf".into()),
            }),
            &json!({
                "type": "button",
                "header": {"type": "document", "document": {"id": "77", "filename": "menu.pdf"}},
                "body": {"text": "Tea?"},
                "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]},
            }),
        );
        check_content(
            Interactive::link("a", LinkButton::new("https://example.com").label("Open"))
                .header(InteractiveHeader::Image(MediaId::new("77").into())),
            &json!({
                "type": "cta_url",
                "header": {"type": "image", "image": {"id": "77"}},
                "body": {"text": "a"},
                "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com"}},
            }),
        );
    }

    #[test]
    fn a_list_has_no_medium_in_its_header() {
        let list = Interactive::list("Which?", ListMenu::new("Choose").rows([ListRow::new("s", "Small")]));
        let expected = "a header that the action allows";
        check_invalid(
            list.header(InteractiveHeader::Image(MediaId::new("77").into())),
            &ValidationError::Malformed { field: "interactive.header", expected },
        );
    }

    #[test]
    fn texts_have_limits() {
        let with = |body: &str| Interactive::location_request(body);
        check_invalid(with(" "), &ValidationError::Empty { field: "interactive.body.text" });
        let (field, limit) = ("interactive.body.text", limits::INTERACTIVE_BODY);
        check_invalid(with(&"x".repeat(1025)), &ValidationError::TooLong { field, length: 1025, limit });
        let (field, limit) = ("interactive.footer.text", limits::HEADER);
        check_invalid(with("x").footer("x".repeat(61)), &ValidationError::TooLong { field, length: 61, limit });
        check_invalid(with("x").header(""), &ValidationError::Empty { field: "interactive.header.text" });
    }

    #[test]
    fn questions_without_parameters_have_the_json_form_of_meta() {
        for (message, kind, name) in [
            (Interactive::contact_request("Your number?"), "request_contact_info", "request_contact_info"),
            (Interactive::call_permission("Your number?"), "call_permission_request", "call_permission_request"),
        ] {
            let expected = json!({ "type": kind, "body": { "text": "Your number?" }, "action": { "name": name } });
            check_content(message, &expected);
        }
    }

    #[test]
    fn products_have_no_header_and_lists_of_products_need_one() {
        let (field, expected) = ("interactive.header", "a header that the action allows");
        let product = Interactive::product(Product::new("c", "p"));
        check_invalid(product.clone().header("Pizza"), &ValidationError::Malformed { field, expected });
        assert_eq!(OutboundContent::from(product.body("Hot")).validate(), Ok(()));
        let list = || ProductList::new("c").section(ProductSection::new(["p"]));
        let mut bare = Interactive::products("Menu", "What?", list());
        bare.header = None;
        check_invalid(bare, &ValidationError::Empty { field: "interactive.header.text" });
        let image = InteractiveHeader::Image(MediaId::new("77").into());
        let pictured = Interactive::products("Menu", "What?", list()).header(image);
        check_invalid(pictured, &ValidationError::Malformed { field, expected });
    }

    #[test]
    fn debug_hides_all_texts() {
        let secret = |message: Interactive| check_debug(message.header("secret").footer("secret"), &["secret"]);
        secret(Interactive::buttons("secret", [ReplyButton::new("secret", "secret")]));
        let row = ListRow::new("secret", "secret").description("secret");
        let section = ListSection::new([row]).title("secret");
        secret(Interactive::list("secret", ListMenu::new("secret").section(section)));
        secret(Interactive::link("secret", LinkButton::new("https://secret").label("secret")));
    }
}
