//! Calls about the templates of an account.

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::{CreatedTemplate, NewTemplate, TemplateDefinition, TemplateFilter, Waba};
use crate::Error;
use crate::node::Node;
use crate::paging::Paged;
use crate::request::SuccessResponse;

/// Change of a template. Meta reviews a changed template again, and allows ten changes in 30 days and one in 24 hours.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
///
/// ```
/// use waxwing_client::{NewTemplate, TemplateEdit};
///
/// let template = NewTemplate::utility("order_ready", "en").body("Your order {{1}} is ready.", ["17"]);
/// let edit = TemplateEdit::components(&template);
/// assert_eq!(edit.components.map(|components| components.len()), Some(1));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TemplateEdit {
    /// New category. The category of an approved template cannot change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// New parts, which replace all parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Vec<Value>>,
}

impl TemplateEdit {
    /// Replaces the parts of a template by those of another one.
    pub fn components(template: &NewTemplate) -> Self {
        Self { category: None, components: Some(template.components.clone()) }
    }

    /// Changes the category.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.category = Some(category.into());
        self
    }
}

impl<'a> Waba<'a> {
    /// Lists message templates.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    pub fn templates(&self, filter: &TemplateFilter) -> Paged<'a, TemplateDefinition> {
        self.node.list("message_templates", filter.query())
    }

    /// Returns a template by its id.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such template.
    pub async fn template(&self, id: &str) -> Result<TemplateDefinition, Error> {
        Node::new(self.node.client, id).get(&[], TemplateDefinition::FIELDS).await
    }

    /// Creates a template: a [`NewTemplate`], or JSON in Meta's form. Meta reviews it before it can be sent.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if Meta refuses the template, for example because its name exists.
    pub async fn create_template(&self, template: &(impl Serialize + Sync + ?Sized)) -> Result<CreatedTemplate, Error> {
        self.node.request(Method::POST, &["message_templates"]).json(template).send().await
    }

    /// Changes a template by its id. Meta reviews it again.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such template, or if Meta refuses the change.
    pub async fn edit_template(&self, id: &str, edit: &TemplateEdit) -> Result<(), Error> {
        Node::new(self.node.client, id).post(&[], edit).await
    }

    /// Deletes a template in all languages, or only the one with an id. Its name cannot be used again for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such template.
    pub async fn delete_template(&self, name: &str, id: Option<&str>) -> Result<(), Error> {
        let mut call = self.node.request(Method::DELETE, &["message_templates"]).query("name", name);
        if let Some(id) = id {
            call = call.query("hsm_id", id);
        }
        call.send::<SuccessResponse>().await?.check()
    }
}
