//! Message that the channel has approved.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

/// A message that the channel has approved beforehand. The channel knows the text; the agent fills in the values.
///
/// `Debug` output does not contain the values.
///
/// ```
/// use waxwing_agent::{Reply, Template};
///
/// let ready = Template::new("order_ready", "en_US").with_value("17").with_value("Monday");
/// assert_eq!(Reply::from(ready.clone()), Reply::none().with_template(ready));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// Name of the template at the channel.
    pub name: String,
    /// Language code of the template, such as `en_US`.
    pub language: String,
    /// Values for the placeholders of the text, in order.
    pub values: Vec<String>,
}

impl Template {
    /// Creates a template message from the name and the language code of a template, without values.
    pub fn new(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), values: Vec::new() }
    }

    /// Adds the value of the next placeholder.
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Returns the name and the values as plain text. The text of the template is known to the channel only.
    pub fn plain_text(&self) -> String {
        let values = if self.values.is_empty() { String::new() } else { format!(": {}", self.values.join(", ")) };
        format!("[{}{values}]", self.name)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, language, values } = self;
        let values: Vec<_> = values.iter().map(|value| Redacted(value)).collect();
        f.debug_struct("Template").field("name", name).field("language", language).field("values", &values).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_values() {
        let shown = format!("{:?}", Template::new("order_ready", "en_US").with_value("Ana"));
        assert_eq!(shown, r#"Template { name: "order_ready", language: "en_US", values: [3 chars] }"#);
    }
}
