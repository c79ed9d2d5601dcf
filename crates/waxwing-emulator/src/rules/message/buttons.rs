//! Buttons of interactive messages.

use crate::rules::{GraphError, RequestObject, Rule};

/// Checks the reply buttons of a message (`reply`) or a card (`quick_reply`). Returns the number of buttons, which `most` limits.
pub(super) fn reply_buttons(action: &RequestObject<'_>, object: &str, most: Rule) -> Result<usize, GraphError> {
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    for button in action.required_objects("buttons", &["type", "reply", "quick_reply"], most)? {
        button.one_of("type", &[object])?;
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
    Ok(ids.len())
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
