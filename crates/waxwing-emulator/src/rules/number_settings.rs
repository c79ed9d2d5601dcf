//! Settings of a business number.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>

use serde_json::{Map, Value, json};

use super::request_object::{ANY, Keys};
use super::{GraphError, RequestObject, Rule, Rules};
use crate::flow_crypto::FlowPublicKey;

/// Settings that `settings` changes.
const SETTINGS: Keys = &["calling", "user_identity_change", "payload_encryption", "storage_configuration"];

/// Returns the settings of a new number.
pub(crate) fn default_settings() -> Map<String, Value> {
    let off = json!({ "status": "DISABLED" });
    Map::from_iter([
        ("calling".to_owned(), off.clone()),
        ("payload_encryption".to_owned(), off),
        ("storage_configuration".to_owned(), json!({ "status": "DEFAULT" })),
        ("user_identity_change".to_owned(), json!({ "enable_identity_key_check": false })),
    ])
}

/// Checks a change of the settings. Returns the changed ones.
pub(crate) fn check_settings(body: Value, rules: &Rules) -> Result<Map<String, Value>, GraphError> {
    let check = |body: &RequestObject<'_>| {
        let mut changed = Map::new();
        for key in SETTINGS.iter().filter(|key| body.has(key)) {
            let setting = body.required_object(key, ANY)?;
            let value = match *key {
                "user_identity_change" => {
                    // Meta's guide and Meta's reference name the parameter differently.
                    let name = if setting.has("enabled") { "enabled" } else { "enable_identity_key_check" };
                    json!({ "enable_identity_key_check": setting.flag(name)? })
                }
                "calling" | "payload_encryption" => {
                    setting.one_of("status", &["ENABLED", "DISABLED"])?;
                    body.get(key).cloned().unwrap_or_default()
                }
                _ => body.get(key).cloned().unwrap_or_default(),
            };
            changed.insert((*key).to_owned(), value);
        }
        if changed.is_empty() { Err(body.missing(&SETTINGS.join(" or "))) } else { Ok(changed) }
    };
    RequestObject::read(body, SETTINGS, rules, check).map(|(changed, _)| changed)
}

/// Checks a change of the conversational automation. Returns the changed parts.
pub(crate) fn check_automation(body: Value, rules: &Rules) -> Result<Map<String, Value>, GraphError> {
    let keys = &["enable_welcome_message", "prompts", "commands"];
    let check = |body: &RequestObject<'_>| {
        let mut changed = Map::new();
        if body.has("enable_welcome_message") {
            changed.insert("enable_welcome_message".to_owned(), body.flag("enable_welcome_message")?.into());
        }
        if let Some(prompts) = body.array("prompts")? {
            body.at_most("prompts", prompts.len(), Rule::Prompts)?;
            for prompt in prompts {
                let prompt = prompt.as_str().ok_or_else(|| body.invalid("prompts", "must be strings"))?;
                body.limited("prompts", prompt, Rule::PromptText)?;
            }
            changed.insert("prompts".to_owned(), prompts.into());
        }
        if body.has("commands") {
            let commands = body.objects("commands", &["command_name", "command_description"])?;
            body.at_most("commands", commands.len(), Rule::Commands)?;
            let mut checked = Vec::new();
            for command in commands {
                let name = command.required_text("command_name", Rule::CommandName)?;
                let description = command.required_text("command_description", Rule::CommandDescription)?;
                checked.push(json!({ "command_name": name, "command_description": description }));
            }
            changed.insert("commands".to_owned(), checked.into());
        }
        Ok(changed)
    };
    RequestObject::read(body, keys, rules, check).map(|(changed, _)| changed)
}

/// Checks a change of the commerce settings. Returns the changed ones.
pub(crate) fn check_commerce(body: Value, rules: &Rules) -> Result<Map<String, Value>, GraphError> {
    let keys: Keys = &["is_cart_enabled", "is_catalog_visible"];
    let check = |body: &RequestObject<'_>| {
        let present = keys.iter().filter(|key| body.has(key));
        present.map(|key| Ok(((*key).to_owned(), body.flag(key)?.into()))).collect()
    };
    RequestObject::read(body, keys, rules, check).map(|(changed, _)| changed)
}

/// Checks a public key. Returns the key.
pub(crate) fn check_public_key(body: Value, rules: &Rules) -> Result<String, GraphError> {
    let check = |body: &RequestObject<'_>| {
        let key = body.required("business_public_key")?;
        let is_key = FlowPublicKey::read(key).is_some();
        let why = "must be a public RSA key of at least 2048 bits in PEM form";
        if is_key { Ok(key.to_owned()) } else { Err(body.violates(Rule::PublicKey, "business_public_key", why)) }
    };
    RequestObject::read(body, &["business_public_key"], rules, check).map(|(key, _)| key)
}
