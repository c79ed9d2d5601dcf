//! Message templates: `[templates.NAME]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Message template that Meta has approved. The models of the agents that name it in `templates` can send it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateSection {
    /// Name of the template at Meta. The name of the section if not set.
    pub(crate) name: Option<String>,
    /// Language code of the template, such as `en_US`.
    pub(crate) language: String,
    /// Content of the template, and when to send it. The model reads it.
    pub(crate) description: String,
    /// Descriptions of the placeholders of the text, in order, such as `["the number of the order"]`. The model reads them.
    #[serde(default)]
    pub(crate) values: Vec<String>,
    /// Descriptions of placeholders that have names, by name, such as `{ order = "the number of the order" }`. The model reads them.
    #[serde(default)]
    pub(crate) named_values: BTreeMap<String, String>,
    /// Description of the placeholder of the header. The model reads it.
    pub(crate) header_text: Option<String>,
    /// File with the image, video or document of the header, relative to the directory of this file, at most 16 MiB.
    pub(crate) header_file: Option<String>,
    /// Values of buttons, such as `[{ index = 0, kind = "url", description = "the end of the URL" }]`.
    #[serde(default)]
    pub(crate) buttons: Vec<TemplateButtonSection>,
}

/// Value of a button.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateButtonSection {
    /// Position of the button, counted from 0.
    pub(crate) index: u8,
    /// Kind of the value. `url`: the text that completes a URL, or a one-time password. `code`: a code to copy. `payload`: the id that a tap on a
    /// quick reply returns.
    pub(crate) kind: TemplateButtonName,
    /// Description of the value. The model reads it.
    pub(crate) description: String,
}

/// Kind of the value of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TemplateButtonName {
    Url,
    Code,
    Payload,
}
