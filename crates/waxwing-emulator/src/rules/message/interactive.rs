//! Interactive messages.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>

use super::{Names, Source, basic, carousel, lists};
use crate::message::MediaKind;
use crate::rules::{GraphError, Part, Rule};

/// Which headers a message can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// Text or a medium.
    Any,
    TextOnly,
    TextRequired,
    None,
}

/// Reads the `interactive` object; gives the media that it names by id.
pub(super) fn check(interactive: &Part<'_>) -> Result<Names, GraphError> {
    let kind = interactive.required("type")?;
    let (header_kind, body_rule) = match kind {
        "list" => (Header::TextOnly, Rule::ListBody),
        "product" => (Header::None, Rule::InteractiveBody),
        "product_list" => (Header::TextRequired, Rule::InteractiveBody),
        _ => (Header::Any, Rule::InteractiveBody),
    };
    let mut names = Names::default();
    if kind == "carousel" {
        if let Some(key) = ["header", "footer"].into_iter().find(|key| interactive.has(key)) {
            return Err(interactive.broken(Rule::CarouselFrame, key, "a carousel has none"));
        }
    } else {
        header(interactive, header_kind, &mut names)?;
    }
    match interactive.part("body")? {
        Some(body) => drop(body.required_text("text", body_rule)?),
        None if kind == "product" => {}
        None => return Err(interactive.missing("body")),
    }
    if let Some(footer) = interactive.part("footer")? {
        footer.required_text("text", Rule::Footer)?;
    }
    let action = interactive.required_part("action")?;
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
            Err(interactive.broken(Rule::AddressMessage, "type", "address messages exist in India only"))
        }
        "address_message" => name(&action, "address_message"),
        _ => Err(interactive.invalid("type", "is no type of interactive message")),
    }?;
    Ok(names)
}

/// Reply buttons, of a message or of a card; gives how many there are. A card calls them `quick_reply`.
pub(super) fn reply_buttons(action: &Part<'_>, object: &str) -> Result<usize, GraphError> {
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    for button in action.required_parts("buttons", Rule::Buttons)? {
        button.word("type", &[object])?;
        let reply = button.required_part(object)?;
        let id = reply.required_text("id", Rule::ButtonId)?;
        let title = reply.required_text("title", Rule::ButtonTitle)?;
        for (key, value, seen) in [("id", id, &mut ids), ("title", title, &mut titles)] {
            if seen.contains(&value) {
                return Err(reply.broken(Rule::UniqueButtons, key, "another button has the same"));
            }
            seen.push(value);
        }
    }
    Ok(ids.len())
}

/// A button that opens a URL. Meta: interactive call-to-action URL buttons.
pub(super) fn cta_url(action: &Part<'_>) -> Result<(), GraphError> {
    name(action, "cta_url")?;
    let parameters = action.required_part("parameters")?;
    parameters.required_text("display_text", Rule::CtaText)?;
    parameters.link("url")?;
    Ok(())
}

/// Meta: interactive reply buttons.
fn buttons(action: &Part<'_>) -> Result<(), GraphError> {
    reply_buttons(action, "reply").map(drop)
}

fn header(interactive: &Part<'_>, allowed: Header, names: &mut Names) -> Result<(), GraphError> {
    let Some(header) = interactive.part("header")? else {
        return if allowed == Header::TextRequired { Err(interactive.missing("header")) } else { Ok(()) };
    };
    let kind = header.required("type")?;
    let fits = match kind {
        "text" => allowed != Header::None,
        "image" | "video" | "document" => allowed == Header::Any,
        _ => false,
    };
    if !fits {
        return Err(header.broken(Rule::HeaderType, "type", "this message cannot have such a header"));
    }
    let Some(media) = MediaKind::from_name(kind) else {
        return header.required_text("text", Rule::HeaderText).map(drop);
    };
    let object = header.required_part(kind)?;
    if let Source::Id(id) = basic::source(&object)? {
        if header.rules.applies(Rule::HeaderMediaById) {
            return Err(object.broken(Rule::HeaderMediaById, "id", "use a link"));
        }
        names.media.push((media, id));
    }
    Ok(())
}

/// Meta: flows, sending.
fn flow(action: &Part<'_>) -> Result<(), GraphError> {
    name(action, "flow")?;
    let flow = action.required_part("parameters")?;
    if flow.required("flow_message_version")? != "3" {
        return Err(flow.broken(Rule::FlowVersion, "flow_message_version", "must be 3"));
    }
    match (flow.has("flow_id"), flow.has("flow_name")) {
        (true, false) => flow.required("flow_id")?,
        (false, true) => flow.required("flow_name")?,
        (true, true) => return Err(flow.broken(Rule::FlowName, "flow_id", "cannot stand beside flow_name")),
        (false, false) => return Err(flow.missing("flow_id or flow_name")),
    };
    let cta = flow.required_text("flow_cta", Rule::FlowCta)?;
    if cta.chars().any(is_emoji) {
        return Err(flow.broken(Rule::FlowCtaEmoji, "flow_cta", "must not have an emoji"));
    }
    flow.string("flow_token")?;
    for (key, words) in [("mode", ["draft", "published"]), ("flow_action", ["navigate", "data_exchange"])] {
        if flow.has(key) {
            flow.word(key, &words)?;
        }
    }
    if let Some(payload) = flow.part("flow_action_payload")? {
        payload.required("screen")?;
        payload.part("data")?;
    }
    Ok(())
}

/// Meta: catalog messages.
fn catalog(action: &Part<'_>) -> Result<(), GraphError> {
    name(action, "catalog_message")?;
    if let Some(parameters) = action.part("parameters")? {
        parameters.string("thumbnail_product_retailer_id")?;
    }
    Ok(())
}

/// Meta: call buttons.
fn voice_call(action: &Part<'_>) -> Result<(), GraphError> {
    name(action, "voice_call")?;
    let Some(parameters) = action.part("parameters")? else { return Ok(()) };
    parameters.text("display_text", Rule::ButtonTitle)?;
    match parameters.get("ttl_minutes").map(|minutes| minutes.as_u64().and_then(|n| usize::try_from(n).ok())) {
        None => Ok(()),
        Some(Some(minutes)) if minutes > 0 => parameters.at_most("ttl_minutes", minutes, Rule::CallLife),
        Some(_) => Err(parameters.invalid("ttl_minutes", "must be a number of minutes")),
    }
}

fn name(action: &Part<'_>, name: &str) -> Result<(), GraphError> {
    action.word("name", &[name]).map(drop)
}

/// Enough of Unicode's emoji to tell them from letters of any script.
fn is_emoji(char: char) -> bool {
    matches!(char, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{20E3}')
}
