//! Buttons of interactive messages.

use crate::rules::{GraphError, RequestObject, Rule};

/// Checks the reply buttons of a message (`reply`) or a card (`quick_reply`). Returns the number of buttons, which `most` limits.
pub(super) fn reply_buttons(action: &RequestObject<'_>, object: &str, most: Rule) -> Result<usize, GraphError> {
    let buttons = action.required_objects("buttons", &["type", "reply", "quick_reply"], most)?;
    buttons.iter().try_for_each(|button| button.one_of("type", &[object]).map(drop))?;
    check_replies(&buttons.iter().collect::<Vec<_>>(), object)?;
    Ok(buttons.len())
}

/// Checks the ids and titles of reply buttons.
fn check_replies(buttons: &[&RequestObject<'_>], object: &str) -> Result<(), GraphError> {
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    for button in buttons {
        let reply = button.required_object(object, &["id", "title"])?;
        let id = reply.required_text("id", Rule::ButtonId)?;
        let title = reply.required_text("title", Rule::ButtonTitle)?;
        for (key, value, seen) in [("id", id, &mut ids), ("title", title, &mut titles)] {
            if seen.contains(&value) {
                return Err(reply.violates(Rule::UniqueButtons, key, "must be unique among the buttons"));
            }
            seen.push(value);
        }
    }
    Ok(())
}

/// Checks URL buttons and reply buttons in one message without a template. URL buttons stand before reply buttons.
pub(super) fn mixed_buttons(action: &RequestObject<'_>) -> Result<(), GraphError> {
    let buttons = action.required_objects("buttons", &["type", "reply", "cta_url"], Rule::DirectSendButtons)?;
    let (mut links, mut replies) = (0, Vec::new());
    for button in &buttons {
        if button.one_of("type", &["cta_url", "reply"])? == "reply" {
            replies.push(button);
            continue;
        }
        if !replies.is_empty() {
            return Err(button.violates(Rule::DirectSendLinks, "type", "URL buttons stand before reply buttons"));
        }
        let link = button.required_object("cta_url", &["display_text", "url"])?;
        link.required_text("display_text", Rule::CtaText)?;
        link.link("url")?;
        links += 1;
    }
    action.at_most("buttons", links, Rule::DirectSendLinks)?;
    check_replies(&replies, "reply")
}

/// Checks a URL button. Meta: interactive call-to-action URL buttons.
pub(super) fn cta_url(action: &RequestObject<'_>) -> Result<(), GraphError> {
    name(action, "cta_url")?;
    let parameters = action.required_object("parameters", &["display_text", "url"])?;
    parameters.required_text("display_text", Rule::CtaText)?;
    parameters.link("url")?;
    Ok(())
}

/// Checks the name of an action.
pub(super) fn name(action: &RequestObject<'_>, name: &str) -> Result<(), GraphError> {
    action.one_of("name", &[name]).map(drop)
}
