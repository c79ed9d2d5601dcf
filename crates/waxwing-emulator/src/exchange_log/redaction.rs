//! Removal of secrets from recorded texts.

use serde_json::Value;

use crate::settings::EmulatorSettings;

/// Text in the place of a secret.
const MARK: &str = "…";
/// Length from which on a secret is removed from all texts. A shorter one would remove parts of ordinary words.
const MIN_LENGTH: usize = 8;
/// Parameters whose values are secrets, in queries, forms and JSON.
const SECRET_PARAMETERS: [&str; 8] = [
    "access_token",
    "appsecret_proof",
    "client_secret",
    "fb_exchange_token",
    "hub.verify_token",
    "input_token",
    "pin",
    "verify_token",
];

/// Secrets of one emulator, in all forms in which texts contain them.
pub(crate) struct Redaction(Vec<String>);

impl Redaction {
    pub(crate) fn new(settings: &EmulatorSettings) -> Self {
        let secrets = [Some(&settings.access_token), settings.app_secret.as_ref(), Some(&settings.verify_token)];
        let long = secrets.into_iter().flatten().filter(|secret| secret.len() >= MIN_LENGTH);
        let mut forms: Vec<_> = long.flat_map(|secret| forms(secret)).collect();
        forms.sort_unstable();
        forms.dedup();
        Self(forms)
    }

    /// Returns the text without secrets.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(
            text.to_owned(),
            |text, secret| {
                if text.contains(secret) { text.replace(secret, MARK) } else { text }
            },
        )
    }
}

/// Returns a secret as it is, as a JSON string writes it, as Meta's JSON writes it, and as a query or a form writes it.
fn forms(secret: &str) -> [String; 4] {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let escaped = json.replace('/', "\\/");
    let query = reqwest::Url::parse_with_params("http://localhost", [("", secret)]);
    let query = query.ok().and_then(|url| url.query().map(|query| query.trim_start_matches('=').to_owned()));
    let query = query.unwrap_or_else(|| secret.to_owned());
    [secret.to_owned(), json, escaped, query]
}

/// Returns a query without the values of the parameters that carry secrets.
pub(crate) fn query(query: &str) -> String {
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if SECRET_PARAMETERS.contains(&decoded(name).as_str()) => format!("{name}={MARK}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("&")
}

/// Returns the name of a parameter without percent encoding.
fn decoded(name: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://localhost/?{name}=")).ok();
    url.and_then(|url| url.query_pairs().next().map(|(name, _)| name.into_owned())).unwrap_or_else(|| name.to_owned())
}

/// Removes the values of the parameters that carry secrets from a JSON value, at any depth. Returns the same JSON as it was sent, without
/// these values.
pub(crate) fn json(json: &mut Value, text: String) -> String {
    let mut secrets = Vec::new();
    take_secrets(json, &mut secrets);
    secrets.iter().fold(text, |text, secret| {
        let forms = forms(secret).map(|form| format!("\"{form}\""));
        // A text with other escapes does not contain the secret in a known form, so the text is written again.
        if forms.iter().any(|form| text.contains(form)) {
            forms.iter().fold(text, |text, form| text.replace(form, &format!("\"{MARK}\"")))
        } else {
            json.to_string()
        }
    })
}

fn take_secrets(json: &mut Value, secrets: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if SECRET_PARAMETERS.contains(&name.as_str()) => {
                        secrets.push(std::mem::replace(text, MARK.to_owned()));
                    }
                    _ => take_secrets(value, secrets),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| take_secrets(item, secrets)),
        _ => {}
    }
}

/// Returns a redacted query without the parameters that carry secrets.
pub(crate) fn without_secrets(query: &str) -> String {
    let parts =
        query.split('&').filter(|part| part.split_once('=').is_none_or(|(name, _)| !SECRET_PARAMETERS.contains(&name)));
    parts.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_in_each_form() {
        let access_token = "abc/\"d&f-ghi".to_owned();
        let app_secret = Some("short".to_owned());
        let redaction = Redaction::new(&EmulatorSettings { access_token, app_secret, ..EmulatorSettings::default() });
        for text in ["[abc/\"d&f-ghi]", r#"[abc/\"d&f-ghi]"#, r#"[abc\/\"d&f-ghi]"#, "[abc%2F%22d%26f-ghi]"] {
            assert_eq!(redaction.apply(text), "[…]", "{text}");
        }
        assert_eq!(redaction.apply("a short text"), "a short text");
        assert_eq!(query("fields=id&access_token=short&x"), "fields=id&access_token=…&x");
        assert_eq!(query("input%5Ftoken=short&pin=123456"), "input%5Ftoken=…&pin=…");
        let sent = r#"{ "access_token": "a\/b", "to": "a\/b c", "in": [{"client_secret": "\u0061b"}] }"#;
        let mut value = serde_json::from_str(sent).unwrap();
        let text = json(&mut value, sent.to_owned());
        assert_eq!(value, serde_json::json!({"access_token": "…", "to": "a/b c", "in": [{"client_secret": "…"}]}));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let mut value = serde_json::json!({"access_token": "short"});
        assert_eq!(json(&mut value, r#"{ "access_token":"short" }"#.to_owned()), r#"{ "access_token":"…" }"#);
        assert_eq!(without_secrets("fields=id&access_token=…&x"), "fields=id&x");
    }
}
