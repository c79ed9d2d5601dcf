//! Business numbers.

use std::collections::HashMap;

use waxwing::{Prefix, SETTINGS};

use super::reference::References;
use crate::key_path::child;
use crate::reserved_name::BUILT_IN_AGENTS;

pub(super) fn check(references: &mut References<'_, '_, '_>) {
    let file = references.file;
    if let Some(name) = file.settings.get("whatsapp.agent").filter(|name| !BUILT_IN_AGENTS.contains(&name.as_str())) {
        references.agent(name, "whatsapp.agent");
    }
    if file.numbers.len() > 0 && file.settings.contains_key("whatsapp.phone_number_id") {
        let message = "is not used together with `[numbers]`; move it to a number in `[numbers]`";
        references.report.key_error("whatsapp.phone_number_id", message);
    }
    if let Some(id) = file.settings.get("whatsapp.phone_number_id") {
        number_id(references, id, "whatsapp.phone_number_id");
    }
    let mut ids = HashMap::new();
    for (name, number) in file.numbers.iter() {
        let path = child("numbers", name);
        if let Some(agent) = &number.agent {
            references.agent(agent, &child(&path, "agent"));
        }
        let (access, limits) = (number.access.as_deref(), number.limits.as_deref());
        references.guardrails(access.unwrap_or_default(), limits.unwrap_or_default(), &path);
        if let Some(language) = &number.language {
            references.language(language, &child(&path, "language"));
        }
        if let Some(Err(error)) = number.prefix.as_deref().map(Prefix::new) {
            references.report.error(&child(&path, "prefix"), error.to_string());
        }
        let (id, path) = (number.phone_number_id.as_str(), child(&path, "phone_number_id"));
        if id.trim().is_empty() {
            references.report.error(&path, "is empty; set the id of the phone number at Meta");
        } else if let Some(other) = ids.insert(id, name) {
            let message = format!("is also the id of number `{other}`; each number needs an id of its own");
            references.report.error(&path, message);
        } else {
            number_id(references, id, &path);
        }
    }
}

/// Reports an id that is a phone number or an example value.
fn number_id(references: &mut References<'_, '_, '_>, id: &str, path: &str) {
    let setting = SETTINGS.iter().find(|setting| setting.key == "whatsapp.phone_number_id");
    if let Some(problem) = setting.and_then(|setting| setting.mistake(id)) {
        references.report.error(path, problem);
    }
}
