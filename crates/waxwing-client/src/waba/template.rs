//! Message templates of an account.

mod example;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use waxwing_types::{TemplateLayout, TemplateMessage};

/// Message template of an account.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateDefinition {
    /// Id of the template in one language.
    pub id: String,
    /// Name, which the languages of a template share.
    pub name: String,
    /// Meta's code of the language.
    pub language: String,
    /// Status, such as `APPROVED`, `PENDING`, `REJECTED` or `PAUSED`.
    pub status: String,
    /// Category: `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// Parts, as Meta defines them.
    #[serde(default)]
    pub components: Vec<Value>,
    /// Form of the placeholders: `POSITIONAL` or `NAMED`.
    pub parameter_format: Option<String>,
    /// Reason of a rejection.
    pub rejected_reason: Option<String>,
}

/// Selection of templates. All templates by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateFilter {
    /// Name.
    pub name: Option<String>,
    /// Meta's code of the language.
    pub language: Option<String>,
    /// Status, such as `APPROVED`.
    pub status: Option<String>,
    /// Category, such as `UTILITY`.
    pub category: Option<String>,
}

/// Template to create.
///
/// The methods add the usual parts. [`component`](Self::component) adds any other.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>
///
/// ```
/// use waxwing_client::NewTemplate;
///
/// let template = NewTemplate::marketing("spring_offer", "en")
///     .header("Spring at {{1}}", ["the pizzeria"])
///     .body("Hello {{1}}, have a pizza for {{2}}.", ["Ana", "5 €"])
///     .footer("Until the end of May")
///     .quick_reply("Book a table")
///     .link("Menu", "https://example.com/{{1}}", Some("https://example.com/menu"));
/// assert_eq!(serde_json::to_value(&template)?["components"][3]["buttons"][0]["text"], "Book a table");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NewTemplate {
    /// Name: lower-case letters, digits and underscores.
    pub name: String,
    /// Meta's code of the language.
    pub language: String,
    /// Category: `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// Parts, as Meta defines them.
    pub components: Vec<Value>,
}

/// Answer of Meta to a new template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CreatedTemplate {
    /// Id of the template.
    pub id: String,
    /// Status, `PENDING` as a rule.
    pub status: String,
    /// Category that Meta has chosen.
    pub category: String,
}

impl TemplateDefinition {
    /// Fields that a request for one template names.
    pub(super) const FIELDS: &'static str =
        "id,name,language,status,category,components,parameter_format,rejected_reason";

    /// Returns the form of the template, which checks messages before they are sent and shows them as their users will see them.
    pub fn layout(&self) -> TemplateLayout {
        TemplateLayout::new(&self.name, &self.language, &self.category, &self.components)
    }

    /// Returns a message with the examples of the definition as its values, for a preview. A placeholder without an example has no value.
    ///
    /// ```
    /// use serde_json::json;
    /// use waxwing_client::TemplateDefinition;
    ///
    /// let body = json!({ "type": "BODY", "text": "Hi {{1}}", "example": { "body_text": [["Ana"]] } });
    /// let template: TemplateDefinition = serde_json::from_value(json!({
    ///     "id": "1", "name": "hi", "language": "en", "status": "APPROVED", "category": "UTILITY", "components": [body],
    /// }))?;
    /// assert_eq!(template.layout().preview(&template.example_message()).to_string(), "Hi Ana");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn example_message(&self) -> TemplateMessage {
        example::message(self)
    }
}

impl TemplateFilter {
    /// Selects the templates with a name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Selects the templates in a language.
    pub fn language(mut self, code: impl Into<String>) -> Self {
        self.language = Some(code.into());
        self
    }

    /// Selects the templates with a status, such as `APPROVED`.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Selects the templates of a category, such as `UTILITY`.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = Some(category.into());
        self
    }

    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let values = [
            ("name", &self.name),
            ("language", &self.language),
            ("status", &self.status),
            ("category", &self.category),
        ];
        let fields = "id,name,language,status,category,components,parameter_format,rejected_reason".to_owned();
        let set = values.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        set.chain([("fields", fields)]).collect()
    }
}

impl NewTemplate {
    /// Creates a template for marketing.
    pub fn marketing(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self::new(name, language, "MARKETING")
    }

    /// Creates a template about something that the user has ordered or asked for.
    pub fn utility(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self::new(name, language, "UTILITY")
    }

    /// Creates a template of a category.
    pub fn new(name: impl Into<String>, language: impl Into<String>, category: impl Into<String>) -> Self {
        Self { name: name.into(), language: language.into(), category: category.into(), components: Vec::new() }
    }

    /// Adds a header with a text, and an example for each of its placeholders.
    pub fn header<T: Into<String>>(self, text: impl Into<String>, examples: impl IntoIterator<Item = T>) -> Self {
        self.text("HEADER", &text.into(), examples)
    }

    /// Adds a header with a medium: `IMAGE`, `VIDEO` or `DOCUMENT`, with the handle of an uploaded example.
    pub fn media_header(self, format: &str, handle: &str) -> Self {
        self.component(json!({ "type": "HEADER", "format": format, "example": { "header_handle": [handle] } }))
    }

    /// Adds the text, and an example for each of its placeholders.
    pub fn body<T: Into<String>>(self, text: impl Into<String>, examples: impl IntoIterator<Item = T>) -> Self {
        self.text("BODY", &text.into(), examples)
    }

    /// Adds a footer.
    pub fn footer(self, text: impl Into<String>) -> Self {
        self.component(json!({ "type": "FOOTER", "text": text.into() }))
    }

    /// Adds a button that answers.
    pub fn quick_reply(self, text: impl Into<String>) -> Self {
        self.button(json!({ "type": "QUICK_REPLY", "text": text.into() }))
    }

    /// Adds a button that opens a web page. A URL with a placeholder needs an example of the whole URL.
    pub fn link(self, text: impl Into<String>, url: impl Into<String>, example: Option<&str>) -> Self {
        let mut button = json!({ "type": "URL", "text": text.into(), "url": url.into() });
        if let Some(example) = example {
            button["example"] = json!([example]);
        }
        self.button(button)
    }

    /// Adds a button that calls a phone number.
    pub fn phone(self, text: impl Into<String>, number: impl Into<String>) -> Self {
        self.button(json!({ "type": "PHONE_NUMBER", "text": text.into(), "phone_number": number.into() }))
    }

    /// Adds a button that copies a code, with an example.
    pub fn copy_code(self, example: impl Into<String>) -> Self {
        self.button(json!({ "type": "COPY_CODE", "example": example.into() }))
    }

    /// Adds a button, as Meta defines it.
    pub fn button(mut self, button: Value) -> Self {
        let is_buttons = |component: &&mut Value| component["type"] == "BUTTONS";
        match self.components.iter_mut().find(is_buttons).and_then(|component| component["buttons"].as_array_mut()) {
            Some(buttons) => buttons.push(button),
            None => self.components.push(json!({ "type": "BUTTONS", "buttons": [button] })),
        }
        self
    }

    /// Adds a part, as Meta defines it.
    pub fn component(mut self, component: Value) -> Self {
        self.components.push(component);
        self
    }

    fn text<T: Into<String>>(self, kind: &str, text: &str, examples: impl IntoIterator<Item = T>) -> Self {
        let examples: Vec<String> = examples.into_iter().map(T::into).collect();
        let mut component = json!({ "type": kind, "text": text });
        if kind == "HEADER" {
            component["format"] = "TEXT".into();
        }
        if !examples.is_empty() {
            // The body has a list of examples, and each is a list.
            component["example"] =
                if kind == "HEADER" { json!({ "header_text": examples }) } else { json!({ "body_text": [examples] }) };
        }
        self.component(component)
    }
}
