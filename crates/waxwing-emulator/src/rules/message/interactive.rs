//! Form of interactive messages.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>

use super::buttons::{cta_url, name, reply_buttons};
use super::{MediaSource, References, basic, carousel, lists};
use crate::message::MediaKind;
use crate::rules::{GraphError, RequestObject, Rule};

/// Headers that a type of interactive message allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AllowedHeader {
    /// Text, image, video or document.
    Any,
    TextOnly,
    TextRequired,
    None,
}

/// Checks the `interactive` object. Returns the media that it refers to.
pub(super) fn check(interactive: &RequestObject<'_>) -> Result<References, GraphError> {
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
    match interactive.object("body")? {
        Some(body) => drop(body.required_text("text", body_rule)?),
        None if kind == "product" => {}
        None => return Err(interactive.missing("body")),
    }
    if let Some(footer) = interactive.object("footer")? {
        footer.required_text("text", Rule::Footer)?;
    }
    let action = interactive.required_object("action")?;
    match kind {
        "button" => buttons(&action),
        "list" => lists::list(&action),
        "cta_url" => cta_url(&action),
        "flow" => flow(&action),
        "location_request_message" => name(&action, "send_location"),
        "request_contact_info" => name(&action, "request_contact_info"),
        "carousel" => carousel::check(&action),
        "product" => lists::product(&action),
        "product_list" => lists::product_list(&action),
        "catalog_message" => catalog(&action),
        "call_permission_request" => name(&action, "call_permission_request"),
        "voice_call" => voice_call(&action),
        "order_details" => name(&action, "review_and_pay"),
        "order_status" => name(&action, "review_order"),
        "address_message" if interactive.rules.applies(Rule::AddressMessage) => {
            Err(interactive.violates(Rule::AddressMessage, "type", "address messages exist in India only"))
        }
        "address_message" => name(&action, "address_message"),
        _ => Err(interactive.invalid("type", "is not a type of interactive message")),
    }?;
    Ok(references)
}

/// Checks the action of a button message. Meta: interactive reply buttons.
fn buttons(action: &RequestObject<'_>) -> Result<(), GraphError> {
    reply_buttons(action, "reply").map(drop)
}

fn header(
    interactive: &RequestObject<'_>,
    allowed: AllowedHeader,
    references: &mut References,
) -> Result<(), GraphError> {
    let Some(header) = interactive.object("header")? else {
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
    let object = header.required_object(kind)?;
    if let MediaSource::Id(id) = basic::source(&object)? {
        if header.rules.applies(Rule::HeaderMediaById) {
            return Err(object.violates(Rule::HeaderMediaById, "id", "must be a link"));
        }
        references.media.push((media, id));
    }
    Ok(())
}

/// Checks the action of a flow message. Meta: flows, sending.
fn flow(action: &RequestObject<'_>) -> Result<(), GraphError> {
    name(action, "flow")?;
    let flow = action.required_object("parameters")?;
    if flow.required("flow_message_version")? != "3" {
        return Err(flow.violates(Rule::FlowVersion, "flow_message_version", "must be 3"));
    }
    match (flow.has("flow_id"), flow.has("flow_name")) {
        (true, false) => flow.required("flow_id")?,
        (false, true) => flow.required("flow_name")?,
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
    if let Some(payload) = flow.object("flow_action_payload")? {
        payload.required("screen")?;
        payload.object("data")?;
    }
    Ok(())
}

/// Checks the action of a catalog message. Meta: catalog messages.
fn catalog(action: &RequestObject<'_>) -> Result<(), GraphError> {
    name(action, "catalog_message")?;
    if let Some(parameters) = action.object("parameters")? {
        parameters.string("thumbnail_product_retailer_id")?;
    }
    Ok(())
}

/// Checks the action of a call button. Meta: call buttons.
fn voice_call(action: &RequestObject<'_>) -> Result<(), GraphError> {
    name(action, "voice_call")?;
    let Some(parameters) = action.object("parameters")? else { return Ok(()) };
    parameters.text("display_text", Rule::ButtonTitle)?;
    match parameters.get("ttl_minutes").map(|minutes| minutes.as_u64().and_then(|n| usize::try_from(n).ok())) {
        None => Ok(()),
        Some(Some(minutes)) if minutes > 0 => parameters.at_most("ttl_minutes", minutes, Rule::CallLife),
        Some(_) => Err(parameters.invalid("ttl_minutes", "must be a number of minutes")),
    }
}

/// Returns whether a character is an emoji. The ranges tell emoji from the letters of all scripts.
fn is_emoji(char: char) -> bool {
    matches!(char, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{20E3}')
}
