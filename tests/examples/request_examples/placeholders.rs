//! Values for the placeholders of an example.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Values that an example can name.
#[derive(Debug)]
pub(crate) struct Values {
    /// Recipient of an example without a phone number.
    pub(crate) recipient: &'static str,
    /// Ids of the message that the recipient has sent, by phone number in digits.
    pub(crate) messages: HashMap<String, String>,
    /// Base of the links to media files.
    pub(crate) links: String,
    /// Name of the template of an example that names none.
    pub(crate) template: String,
}

/// Flow that is published, and flow that is not, with id and name.
pub(crate) const FLOWS: [(&str, &str, &str); 2] =
    [("7001", "example_published", "published"), ("7002", "example_draft", "draft")];

/// Returns the phone number of the recipient, in digits.
pub(crate) fn recipient(body: &Value, values: &Values) -> String {
    let to = body["to"].as_str().filter(|to| !is_placeholder(to)).unwrap_or(values.recipient);
    to.chars().filter(char::is_ascii_digit).collect()
}

/// Returns the media id of a kind of media.
pub(crate) fn media_id(kind: &str) -> String {
    format!("example-{kind}")
}

/// Fills the placeholders of a body.
pub(crate) fn fill(body: &Value, values: &Values) -> Value {
    let message = values.messages.get(&recipient(body, values)).cloned().unwrap_or_default();
    Filler { values, message }.value(body, "", &Map::new())
}

struct Filler<'a> {
    values: &'a Values,
    /// Id of the recipient's message.
    message: String,
}

impl Filler<'_> {
    /// Fills a value. `path` is the path of the object that contains it, with its own key at the end.
    fn value(&self, value: &Value, path: &str, siblings: &Map<String, Value>) -> Value {
        match value {
            Value::Object(object) => {
                let filled =
                    object.iter().map(|(key, value)| (clean(key), self.value(value, &format!("{path}/{key}"), object)));
                Value::Object(filled.collect())
            }
            Value::Array(items) => items.iter().map(|item| self.value(item, path, siblings)).collect(),
            Value::String(text) => self.text(text, path, siblings).into(),
            other => other.clone(),
        }
    }

    fn text(&self, text: &str, path: &str, siblings: &Map<String, Value>) -> String {
        let mut keys = path.rsplit('/');
        let (key, parent) = (keys.next().unwrap_or_default(), keys.next().unwrap_or_default());
        let flow = FLOWS[usize::from(siblings.get("mode").is_some_and(|mode| mode == "draft"))];
        match key {
            // The message that an example quotes does not exist here.
            "message_id" => self.message.clone(),
            "to" if is_placeholder(text) => self.values.recipient.to_owned(),
            "id" if is_placeholder(text) && ["audio", "document", "image", "sticker", "video"].contains(&parent) => {
                media_id(parent)
            }
            "link" if text.contains("(s)") => format!("{}/{parent}", self.values.links),
            "flow_id" => flow.0.to_owned(),
            "flow_name" => flow.1.to_owned(),
            "type" if text == "<HEADER_TYPE>" => "text".to_owned(),
            "name" if is_template_name(text) => self.values.template.clone(),
            "code" if text == "language-and-locale-code" => "en_US".to_owned(),
            _ => clean(text),
        }
    }
}

/// Returns whether the name of a template stands for any name.
pub(crate) fn is_template_name(name: &str) -> bool {
    name == "template-name" || name == "<TEMPLATE_NAME>"
}

fn is_placeholder(text: &str) -> bool {
    (text.starts_with('<') && text.ends_with('>')) || (text.starts_with("{{") && text.ends_with("}}"))
}

/// Returns the text of a placeholder without its brackets.
fn clean(text: &str) -> String {
    if is_placeholder(text) { text.trim_matches(['<', '>', '{', '}']).to_owned() } else { text.to_owned() }
}
