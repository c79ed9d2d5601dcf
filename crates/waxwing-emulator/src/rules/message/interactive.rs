//! Form of interactive messages.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>

use super::buttons::{cta_url, mixed_buttons, name, reply_buttons};
use super::{FlowKey, FlowReference, MediaSource, ProductReferences, References, basic, carousel, lists};
use crate::message::MediaKind;
use crate::rules::request_object::{ANY, Keys};
use crate::rules::{GraphError, RequestObject, Rule};

/// Keys of the `interactive` object.
pub(super) const KEYS: Keys = &["type", "header", "body", "footer", "action"];
/// Keys of a header.
const HEADER: Keys = &["type", "text", "sub_text", "image", "video", "document"];
/// Keys of the media object of a header.
const HEADER_MEDIA: Keys = &["id", "link", "filename"];
/// Keys of the parameters of a flow.
const FLOW: Keys = &[
    "flow_message_version",
    "flow_id",
    "flow_name",
    "flow_cta",
    "flow_token",
    "mode",
    "flow_action",
    "flow_action_payload",
];

/// Headers that a type of interactive message allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AllowedHeader {
    /// Text, image, video or document.
    Any,
    TextOnly,
    TextRequired,
    None,
}

/// Checks the `interactive` object. `buttons` limits the number of reply buttons. Returns the objects that it refers to.
pub(super) fn check(interactive: &RequestObject<'_>, buttons: Rule) -> Result<References, GraphError> {
    let kind = interactive.required("type")?;
    let (header_kind, body_rule) = match kind {
        "list" => (AllowedHeader::TextOnly, Rule::ListBody),
        "product" => (AllowedHeader::None, Rule::InteractiveBody),
        "product_list" => (AllowedHeader::TextRequired, Rule::InteractiveBody),
        _ => (AllowedHeader::Any, Rule::InteractiveBody),
    };
    let mut references = References::default();
    if kind == "carousel" {
        if let Some(key) = ["header", "footer"].into_iter().find(|key| interactive.has(key)) {
            return Err(interactive.violates(Rule::CarouselFrame, key, "is not allowed for a carousel"));
        }
    } else {
        header(interactive, header_kind, &mut references)?;
    }
    match interactive.object("body", &["text"])? {
        Some(body) => drop(body.required_text("text", body_rule)?),
        None if kind == "product" => {}
        None => return Err(interactive.missing("body")),
    }
    if let Some(footer) = interactive.object("footer", &["text"])? {
        footer.required_text("text", Rule::Footer)?;
    }
    check_action(interactive, kind, buttons, &mut references)?;
    Ok(references)
}

fn check_action(
    interactive: &RequestObject<'_>,
    kind: &str,
    buttons: Rule,
    references: &mut References,
) -> Result<(), GraphError> {
    let action = interactive.required_object("action", action_keys(kind))?;
    match kind {
        "button" if buttons == Rule::DirectSendButtons => mixed_buttons(&action),
        "button" => reply_buttons(&action, "reply", buttons).map(drop),
        "list" => lists::list(&action),
        "cta_url" => cta_url(&action),
        "flow" => flow(&action, references),
        "location_request_message" => name(&action, "send_location"),
        "request_contact_info" => name(&action, "request_contact_info"),
        "carousel" => carousel::check(&action),
        "product" => lists::product(&action, references),
        "product_list" => lists::product_list(&action, references),
        "catalog_message" => catalog(&action, references),
        "call_permission_request" => name(&action, "call_permission_request"),
        "voice_call" => voice_call(&action),
        "order_details" => name(&action, "review_and_pay"),
        "order_status" => name(&action, "review_order"),
        "address_message" if interactive.rules.applies(Rule::AddressMessage) => {
            Err(interactive.violates(Rule::AddressMessage, "type", "address messages exist in India only"))
        }
        "address_message" => name(&action, "address_message"),
        _ => Err(interactive.invalid("type", "must be a type of interactive message")),
    }
}

fn action_keys(kind: &str) -> Keys {
    match kind {
        "button" => &["buttons"],
        "list" => &["button", "sections"],
        "carousel" => &["cards"],
        "product" => &["catalog_id", "product_retailer_id"],
        "product_list" => &["catalog_id", "sections"],
        "location_request_message" | "request_contact_info" | "call_permission_request" => &["name"],
        "cta_url" | "flow" | "catalog_message" | "voice_call" | "order_details" | "order_status"
        | "address_message" => &["name", "parameters"],
        _ => ANY,
    }
}

fn header(
    interactive: &RequestObject<'_>,
    allowed: AllowedHeader,
    references: &mut References,
) -> Result<(), GraphError> {
    let Some(header) = interactive.object("header", HEADER)? else {
        return if allowed == AllowedHeader::TextRequired { Err(interactive.missing("header")) } else { Ok(()) };
    };
    let kind = header.required("type")?;
    let fits = match kind {
        "text" => allowed != AllowedHeader::None,
        "image" | "video" | "document" => allowed == AllowedHeader::Any,
        _ => false,
    };
    if !fits {
        return Err(header.violates(Rule::HeaderType, "type", "is not a header type that this message allows"));
    }
    let Some(media) = MediaKind::from_name(kind) else {
        return header.required_text("text", Rule::HeaderText).map(drop);
    };
    let object = header.required_object(kind, HEADER_MEDIA)?;
    if let MediaSource::Id(id) = basic::source(&object)? {
        references.media.push((media, id));
    }
    Ok(())
}

/// Checks the action of a flow message. Meta: flows, sending.
fn flow(action: &RequestObject<'_>, references: &mut References) -> Result<(), GraphError> {
    name(action, "flow")?;
    let flow = action.required_object("parameters", FLOW)?;
    if flow.required("flow_message_version")? != "3" {
        return Err(flow.violates(Rule::FlowVersion, "flow_message_version", "must be 3"));
    }
    let key = match (flow.has("flow_id"), flow.has("flow_name")) {
        (true, false) => FlowKey::Id(flow.required("flow_id")?.to_owned()),
        (false, true) => FlowKey::Name(flow.required("flow_name")?.to_owned()),
        (true, true) => return Err(flow.violates(Rule::FlowName, "flow_id", "cannot be combined with flow_name")),
        (false, false) => return Err(flow.missing("flow_id or flow_name")),
    };
    let cta = flow.required_text("flow_cta", Rule::FlowCta)?;
    if cta.chars().any(is_emoji) {
        return Err(flow.violates(Rule::FlowCtaEmoji, "flow_cta", "must not contain an emoji"));
    }
    flow.string("flow_token")?;
    for (key, words) in [("mode", ["draft", "published"]), ("flow_action", ["navigate", "data_exchange"])] {
        if flow.has(key) {
            flow.one_of(key, &words)?;
        }
    }
    if let Some(payload) = flow.object("flow_action_payload", &["screen", "data"])? {
        payload.required("screen")?;
        payload.object("data", ANY)?;
    }
    references.flow = Some(FlowReference { flow: key, is_draft: flow.string("mode")? == Some("draft") });
    Ok(())
}

/// Checks the action of a catalog message. Meta: catalog messages.
fn catalog(action: &RequestObject<'_>, references: &mut References) -> Result<(), GraphError> {
    name(action, "catalog_message")?;
    let mut products = Vec::new();
    if let Some(parameters) = action.object("parameters", &["thumbnail_product_retailer_id"])? {
        products.extend(parameters.string("thumbnail_product_retailer_id")?.map(str::to_owned));
    }
    references.products = Some(ProductReferences { catalog: None, products });
    Ok(())
}

/// Checks the action of a call button. Meta: call buttons.
fn voice_call(action: &RequestObject<'_>) -> Result<(), GraphError> {
    name(action, "voice_call")?;
    let Some(parameters) = action.object("parameters", &["display_text", "ttl_minutes", "payload"])? else {
        return Ok(());
    };
    parameters.text("display_text", Rule::ButtonTitle)?;
    match parameters.number("ttl_minutes")? {
        None => Ok(()),
        Some(0) => Err(parameters.violates(Rule::CallLife, "ttl_minutes", "must be at least 1")),
        Some(minutes) => parameters.at_most("ttl_minutes", minutes, Rule::CallLife),
    }
}

/// Returns whether a character is an emoji. The ranges tell emoji from the letters of all scripts.
fn is_emoji(char: char) -> bool {
    matches!(char, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{20E3}')
}
