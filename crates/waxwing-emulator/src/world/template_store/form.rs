//! Written form of stored templates.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::StoredTemplate;
use crate::account_status::{TemplateQuality, TemplateStatus};
use crate::rules::Rules;
use crate::rules::template::{self, TemplateDefinition};

/// Written form of a template. Its definition is checked again when it is read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateForm {
    id: u64,
    name: String,
    language: String,
    category: String,
    is_named: bool,
    components: Vec<Value>,
    status: TemplateStatus,
    quality: TemplateQuality,
    is_generated: bool,
    rejected_reason: Option<String>,
}

impl From<StoredTemplate> for TemplateForm {
    fn from(template: StoredTemplate) -> Self {
        let StoredTemplate { id, definition, status, quality, is_generated, rejected_reason } = template;
        let TemplateDefinition { name, language, category, is_named, components, .. } = definition;
        Self { id, name, language, category, is_named, components, status, quality, is_generated, rejected_reason }
    }
}

impl TryFrom<TemplateForm> for StoredTemplate {
    type Error = String;

    fn try_from(form: TemplateForm) -> Result<Self, String> {
        let TemplateForm { id, name, language, category, is_named, components, .. } = form;
        let definition = if form.is_generated {
            let text = components.first().and_then(|body| body["text"].as_str()).unwrap_or_default();
            TemplateDefinition::generated(name, &category, text)
        } else {
            let body = json!({
                "name": name,
                "language": language,
                "category": category,
                "parameter_format": if is_named { "NAMED" } else { "POSITIONAL" },
                "components": components,
            });
            // The rules of the emulator that wrote the template may have been lenient.
            template::check(body, &Rules::lenient())
                .map_err(|error| format!("the template is wrong: {}", error.details().unwrap_or("its form")))?
        };
        let TemplateForm { status, quality, is_generated, rejected_reason, .. } = form;
        Ok(Self { id, definition, status, quality, is_generated, rejected_reason })
    }
}
