//! Keys whose values are secrets.

/// Keys of secrets, in any section.
const KEYS: [&str; 14] = [
    "access_key_id",
    "access_token",
    "api_key",
    "api_token",
    "app_secret",
    "headers",
    "metrics_token",
    "previous_storage_keys",
    "secret",
    "secret_access_key",
    "session_token",
    "storage_key",
    "user_secret",
    "verify_token",
];

/// Tables whose values are secrets.
const TABLES: [&str; 2] = ["env", "headers"];

/// Returns true if the value at a path is a secret.
pub(crate) fn is_secret(path: &str) -> bool {
    let mut keys = path.split('.').rev();
    let key = keys.next().unwrap_or_default();
    let is_webhook_url = key == "url" && path.starts_with("webhooks.");
    KEYS.contains(&key) || is_webhook_url || TABLES.iter().any(|table| path.contains(&format!(".{table}.")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};
    use waxwing::SETTINGS;

    use super::*;
    use crate::schema::schema;

    /// Adds the paths of all values with the schema of a secret.
    fn add_secrets(shape: &Value, path: &str, secrets: &mut BTreeSet<String>) {
        if shape["examples"] == json!(["${NAME_OF_A_VARIABLE}"]) {
            secrets.insert(path.to_owned());
        }
        if let Some(name) = shape["$ref"].as_str() {
            add_secrets(&schema()["$defs"][name.rsplit('/').next().unwrap()], path, secrets);
        }
        for options in ["anyOf", "oneOf"] {
            for option in shape[options].as_array().into_iter().flatten() {
                add_secrets(option, path, secrets);
            }
        }
        for (key, value) in shape["properties"].as_object().into_iter().flatten() {
            add_secrets(value, &format!("{path}.{key}"), secrets);
        }
        if shape["additionalProperties"].is_object() {
            add_secrets(&shape["additionalProperties"], &format!("{path}.NAME"), secrets);
        }
    }

    #[test]
    fn all_secrets_are_known() {
        let mut secrets = BTreeSet::new();
        for (section, shape) in schema()["properties"].as_object().unwrap() {
            add_secrets(shape, section, &mut secrets);
        }
        secrets.extend(SETTINGS.iter().filter(|setting| setting.secret).map(|setting| setting.key.to_owned()));
        assert!(secrets.contains("models.NAME.api_key") && secrets.contains("server.api_token"), "{secrets:?}");
        for path in secrets {
            assert!(is_secret(&path), "{path}");
        }
        for path in ["models.m.model", "agents.a.url", "server.port", "numbers.n.phone_number_id"] {
            assert!(!is_secret(path), "{path}");
        }
    }
}
