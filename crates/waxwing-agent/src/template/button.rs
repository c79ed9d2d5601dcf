//! Value for a button of a template.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Value for a button of a template. `Debug` output does not contain the value.
///
/// ```
/// use waxwing_agent::{Template, TemplateButton};
///
/// let offer = Template::new("spring_offer", "en")
///     .with_button(0, TemplateButton::Payload("yes".into()))
///     .with_button(1, TemplateButton::Url("menu".into()))
///     .with_button(2, TemplateButton::Code("SPRING".into()));
/// assert_eq!(offer.buttons.len(), 3);
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateButton {
    /// Id that a tap on a quick reply returns in [`UserMessage::choice`](crate::UserMessage::choice).
    Payload(String),
    /// Text that completes the URL of a button, or the code of a button that copies a one-time password.
    Url(String),
    /// Code that the user can copy, such as that of an offer.
    Code(String),
    /// Form that the button opens.
    Form {
        /// Text that comes back with the answers.
        token: String,
        /// Data of the first screen.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        data: Map<String, Value>,
    },
    /// Catalog that the button opens.
    Catalog {
        /// Id of the product whose picture the message shows. The first product if none is set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<String>,
    },
    /// Products that the button opens.
    Products {
        /// Id of the product whose picture the message shows.
        product: String,
        /// Products, in sections.
        sections: Vec<TemplateProducts>,
    },
}

/// Section of the products that a button of a template opens. `Debug` output does not contain the title.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateProducts {
    /// Title of the section. Several sections need titles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Ids of the products in the catalog.
    pub products: Vec<String>,
}

impl TemplateProducts {
    /// Creates a section without a title.
    pub fn new<T: Into<String>>(products: impl IntoIterator<Item = T>) -> Self {
        Self { title: None, products: products.into_iter().map(T::into).collect() }
    }

    /// Sets the title.
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

impl fmt::Debug for TemplateButton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payload(_) => "Payload",
            Self::Url(_) => "Url",
            Self::Code(_) => "Code",
            Self::Form { .. } => "Form",
            Self::Catalog { .. } => "Catalog",
            Self::Products { .. } => "Products",
        })
    }
}

impl fmt::Debug for TemplateProducts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateProducts").field("products", &self.products).finish_non_exhaustive()
    }
}
