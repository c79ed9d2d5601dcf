//! JSON form of interactive messages.
//!
//! Meta wraps every part in an object of its own and repeats the kind of action in several places.

use serde::{Deserialize, Serialize};

use super::carousel::{WireCarousel, WireLinkName};
use super::wire_parts::{Named, WireText};
use super::{
    AddressRequest, CallButton, CatalogButton, FlowButton, Interactive, InteractiveAction, InteractiveHeader,
    LinkButton, ListMenu, MixedButtons, OrderDetails, OrderStatus, Product, ProductList, ReplyButton,
};
use crate::limits;
use crate::message::media::MediaSource;

#[derive(Serialize, Deserialize)]
pub(super) struct WireInteractive {
    #[serde(flatten)]
    action: WireAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<WireHeader>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<WireText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<WireText>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireHeader {
    Text(WireText),
    Image { image: MediaSource },
    Video { video: MediaSource },
    Document { document: WireDocument },
}

#[derive(Serialize, Deserialize)]
struct WireDocument {
    #[serde(flatten)]
    source: MediaSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "action", rename_all = "snake_case")]
enum WireAction {
    Button { buttons: Vec<WireButton> },
    List(ListMenu),
    CtaUrl(Named<WireLinkName, LinkButton>),
    LocationRequestMessage(Name<WireLocationRequestName>),
    RequestContactInfo(Name<WireContactRequestName>),
    Flow(Named<WireFlowName, Box<FlowButton>>),
    Carousel(WireCarousel),
    Product(Product),
    ProductList(ProductList),
    CatalogMessage(Optional<WireCatalogName, CatalogButton>),
    CallPermissionRequest(Name<WireCallPermissionName>),
    VoiceCall(Optional<WireCallName, CallButton>),
    OrderDetails(Named<WireOrderName, Box<OrderDetails>>),
    OrderStatus(Named<WireOrderStatusName, OrderStatus>),
    AddressMessage(Named<WireAddressName, Box<AddressRequest>>),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WireButton {
    Reply { reply: ReplyButton },
    CtaUrl { cta_url: LinkButton },
}

/// Action with a name, and parameters that may be missing.
#[derive(Serialize, Deserialize)]
struct Optional<N, P> {
    name: N,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    parameters: Option<P>,
}

fn none<P>() -> Option<P> {
    None
}

/// Action with a name only.
#[derive(Serialize, Deserialize)]
struct Name<N> {
    name: N,
}

/// Names of actions. Each type has one value, so another name is an error.
macro_rules! names {
    ($($type:ident = $name:literal,)*) => {
        $(#[derive(Serialize, Deserialize)]
        enum $type {
            #[serde(rename = $name)]
            Name,
        })*
    };
}
names! {
    WireLocationRequestName = "send_location",
    WireContactRequestName = "request_contact_info",
    WireFlowName = "flow",
    WireCatalogName = "catalog_message",
    WireCallPermissionName = "call_permission_request",
    WireCallName = "voice_call",
    WireOrderName = "review_and_pay",
    WireOrderStatusName = "review_order",
    WireAddressName = "address_message",
}

impl From<Interactive> for WireInteractive {
    fn from(interactive: Interactive) -> Self {
        let Interactive { header, body, footer, action } = interactive;
        Self {
            action: action.into(),
            header: header.map(WireHeader::from),
            body: (!body.is_empty()).then_some(WireText { text: body }),
            footer: footer.map(|text| WireText { text }),
        }
    }
}

impl From<WireInteractive> for Interactive {
    fn from(wire: WireInteractive) -> Self {
        Self {
            header: wire.header.map(InteractiveHeader::from),
            body: wire.body.map(|body| body.text).unwrap_or_default(),
            footer: wire.footer.map(|footer| footer.text),
            action: wire.action.into(),
        }
    }
}

impl From<InteractiveHeader> for WireHeader {
    fn from(header: InteractiveHeader) -> Self {
        match header {
            InteractiveHeader::Text(text) => Self::Text(WireText { text }),
            InteractiveHeader::Image(image) => Self::Image { image },
            InteractiveHeader::Video(video) => Self::Video { video },
            InteractiveHeader::Document { source, filename } => {
                Self::Document { document: WireDocument { source, filename } }
            }
        }
    }
}

impl From<WireHeader> for InteractiveHeader {
    fn from(header: WireHeader) -> Self {
        match header {
            WireHeader::Text(WireText { text }) => Self::Text(text),
            WireHeader::Image { image } => Self::Image(image),
            WireHeader::Video { video } => Self::Video(video),
            WireHeader::Document { document: WireDocument { source, filename } } => Self::Document { source, filename },
        }
    }
}

impl From<InteractiveAction> for WireAction {
    fn from(action: InteractiveAction) -> Self {
        match action {
            InteractiveAction::Buttons(buttons) => {
                Self::Button { buttons: buttons.into_iter().map(|reply| WireButton::Reply { reply }).collect() }
            }
            InteractiveAction::Mixed(MixedButtons { links, replies }) => {
                let links = links.into_iter().map(|cta_url| WireButton::CtaUrl { cta_url });
                let replies = replies.into_iter().map(|reply| WireButton::Reply { reply });
                Self::Button { buttons: links.chain(replies).collect() }
            }
            InteractiveAction::List(list) => Self::List(list),
            InteractiveAction::Link(parameters) => Self::CtaUrl(Named { name: WireLinkName::CtaUrl, parameters }),
            InteractiveAction::LocationRequest => {
                Self::LocationRequestMessage(Name { name: WireLocationRequestName::Name })
            }
            InteractiveAction::ContactRequest => Self::RequestContactInfo(Name { name: WireContactRequestName::Name }),
            InteractiveAction::Flow(parameters) => Self::Flow(Named { name: WireFlowName::Name, parameters }),
            InteractiveAction::Carousel(cards) => Self::Carousel(cards.into()),
            InteractiveAction::Product(product) => Self::Product(product),
            InteractiveAction::Products(list) => Self::ProductList(list),
            InteractiveAction::Catalog(button) => {
                let parameters = (button != CatalogButton::default()).then_some(button);
                Self::CatalogMessage(Optional { name: WireCatalogName::Name, parameters })
            }
            InteractiveAction::CallPermission => {
                Self::CallPermissionRequest(Name { name: WireCallPermissionName::Name })
            }
            InteractiveAction::Call(button) => {
                let parameters = (button != CallButton::default()).then_some(button);
                Self::VoiceCall(Optional { name: WireCallName::Name, parameters })
            }
            InteractiveAction::OrderDetails(parameters) => {
                Self::OrderDetails(Named { name: WireOrderName::Name, parameters })
            }
            InteractiveAction::OrderStatus(parameters) => {
                Self::OrderStatus(Named { name: WireOrderStatusName::Name, parameters })
            }
            InteractiveAction::AddressRequest(parameters) => {
                Self::AddressMessage(Named { name: WireAddressName::Name, parameters })
            }
        }
    }
}

impl From<WireAction> for InteractiveAction {
    fn from(action: WireAction) -> Self {
        match action {
            WireAction::Button { buttons } => {
                let mut mixed = MixedButtons::default();
                for button in buttons {
                    match button {
                        WireButton::Reply { reply } => mixed.replies.push(reply),
                        WireButton::CtaUrl { cta_url } => mixed.links.push(cta_url),
                    }
                }
                let is_usual = mixed.links.is_empty() && mixed.replies.len() <= limits::BUTTONS;
                if is_usual { Self::Buttons(mixed.replies) } else { Self::Mixed(mixed) }
            }
            WireAction::List(list) => Self::List(list),
            WireAction::CtaUrl(link) => Self::Link(link.parameters),
            WireAction::LocationRequestMessage(_) => Self::LocationRequest,
            WireAction::RequestContactInfo(_) => Self::ContactRequest,
            WireAction::Flow(flow) => Self::Flow(flow.parameters),
            WireAction::Carousel(carousel) => Self::Carousel(carousel.into()),
            WireAction::Product(product) => Self::Product(product),
            WireAction::ProductList(list) => Self::Products(list),
            WireAction::CatalogMessage(catalog) => Self::Catalog(catalog.parameters.unwrap_or_default()),
            WireAction::CallPermissionRequest(_) => Self::CallPermission,
            WireAction::VoiceCall(call) => Self::Call(call.parameters.unwrap_or_default()),
            WireAction::OrderDetails(order) => Self::OrderDetails(order.parameters),
            WireAction::OrderStatus(status) => Self::OrderStatus(status.parameters),
            WireAction::AddressMessage(form) => Self::AddressRequest(form.parameters),
        }
    }
}
