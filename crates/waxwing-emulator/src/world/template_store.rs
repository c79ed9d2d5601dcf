//! Message templates of the account.

mod form;
mod render;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account_status::{TemplateQuality, TemplateStatus};
use crate::ids;
use crate::message::ChatTemplate;
use crate::rules::address::Recipient;
use crate::rules::message::{MessageDraft, References, TemplateDraft};
use crate::rules::template::{self, TemplateDefinition};
use crate::rules::{GraphError, Rule, Rules};

use form::TemplateForm;

/// Maximum number of templates.
pub(crate) const CAPACITY: usize = 6_000;
/// Category of marketing templates.
const MARKETING: &str = "MARKETING";
/// Maximum number of generated templates. The oldest gives way to a new one.
const GENERATED: usize = 500;

/// Date of the quality score, in Unix seconds. It is the same for all templates.
const QUALITY_DATE: u64 = 1_767_225_600;

/// Template with its status.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "TemplateForm", into = "TemplateForm")]
pub(crate) struct StoredTemplate {
    pub(crate) id: u64,
    pub(crate) definition: TemplateDefinition,
    pub(crate) status: TemplateStatus,
    pub(crate) quality: TemplateQuality,
    /// Whether Meta has generated the template for messages without one.
    pub(crate) is_generated: bool,
    /// Reason of a rejection.
    pub(crate) rejected_reason: Option<String>,
}

impl StoredTemplate {
    /// Returns the template as the API describes it.
    pub(crate) fn describe(&self) -> Value {
        let TemplateDefinition { name, language, category, is_named, components, .. } = &self.definition;
        json!({
            "id": self.id.to_string(),
            "name": name,
            "language": language,
            "category": category,
            "status": self.status.name(),
            "quality_score": { "score": self.quality.name(), "date": QUALITY_DATE },
            "rejected_reason": self.rejected_reason.as_deref().unwrap_or("NONE"),
            "parameter_format": if *is_named { "NAMED" } else { "POSITIONAL" },
            "components": components,
            "correct_category": null,
            "cta_url_link_tracking_opted_out": null,
            "degrees_of_freedom_spec": null,
            "library_template_name": null,
            "message_send_ttl_seconds": null,
            "previous_category": null,
            "sub_category": null,
        })
    }

    fn is(&self, name: &str, language: &str) -> bool {
        self.definition.name == name && self.definition.language == language
    }
}

/// All templates, in order of their creation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateStore {
    templates: Vec<StoredTemplate>,
    next_id: u64,
}

impl Default for TemplateStore {
    /// Returns a store with `hello_world`, the template of every test account.
    fn default() -> Self {
        let hello = json!({
            "name": "hello_world", "language": "en_US", "category": "UTILITY",
            "components": [
                {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
                {"type": "BODY", "text": "This is what the first message of a new account looks like."},
                {"type": "FOOTER", "text": "Emulated"},
            ],
        });
        let mut store = Self { templates: Vec::new(), next_id: 3_000_000_000_000_001 };
        store.create(hello, TemplateStatus::Approved, &Rules::strict()).expect("hello_world is well formed");
        store
    }
}

impl TemplateStore {
    pub(crate) fn all(&self) -> &[StoredTemplate] {
        &self.templates
    }

    pub(crate) fn get(&self, id: &str) -> Option<&StoredTemplate> {
        let id: u64 = id.parse().ok()?;
        self.templates.iter().find(|template| template.id == id)
    }

    pub(crate) fn find(&self, name: &str, language: &str) -> Option<&StoredTemplate> {
        self.templates.iter().find(|template| template.is(name, language))
    }

    /// Creates a template.
    pub(crate) fn create(
        &mut self,
        body: Value,
        status: TemplateStatus,
        rules: &Rules,
    ) -> Result<&StoredTemplate, GraphError> {
        let definition = template::check(body, rules)?;
        if self.find(&definition.name, &definition.language).is_some() {
            let why = "a template with this name and language exists";
            return Err(GraphError::with_details(Rule::TemplateExists, why));
        }
        if self.templates.len() == CAPACITY {
            return Err(GraphError::with_details(Rule::TemplateExists, "there are too many templates"));
        }
        let id = self.next_id;
        self.next_id += 1;
        let quality = TemplateQuality::Unknown;
        self.templates.push(StoredTemplate {
            id,
            definition,
            status,
            quality,
            is_generated: false,
            rejected_reason: None,
        });
        Ok(self.templates.last().expect("a template was added"))
    }

    /// Records that a text is sent without a template: Meta generates one, or uses the one that it has generated before.
    pub(crate) fn generate(&mut self, category: &str, text: &str) {
        let name = format!("auto_{}", hex::encode(&ids::digest(&[category.as_bytes(), text.as_bytes()])[..12]));
        if self.templates.iter().any(|template| template.is_generated && template.definition.name == name) {
            return;
        }
        let mut generated = self.templates.iter().filter(|template| template.is_generated);
        if generated.clone().count() == GENERATED
            && let Some(oldest) = generated.next().map(|template| template.id)
        {
            self.templates.retain(|template| template.id != oldest);
        }
        let definition = TemplateDefinition::generated(name, category, text);
        let (id, status, quality) = (self.next_id, TemplateStatus::Approved, TemplateQuality::Unknown);
        self.next_id += 1;
        let template = StoredTemplate { id, definition, status, quality, is_generated: true, rejected_reason: None };
        self.templates.push(template);
    }

    /// Edits a template and sets its status to pending. Returns the template.
    pub(crate) fn edit(&mut self, id: &str, edit: &Value, rules: &Rules) -> Result<&StoredTemplate, GraphError> {
        let id: u64 = id.parse().map_err(|_| GraphError::unknown_object())?;
        let template = self.templates.iter_mut().find(|template| template.id == id);
        let template = template.ok_or_else(GraphError::unknown_object)?;
        if template.is_generated {
            return Err(GraphError::violates(Rule::GeneratedEdit));
        }
        let is_fixed = matches!(template.status, TemplateStatus::Pending | TemplateStatus::Disabled);
        if is_fixed && rules.applies(Rule::TemplateState) {
            let why = "a pending or disabled template cannot be edited";
            return Err(GraphError::with_details(Rule::TemplateState, why));
        }
        template.definition = template.definition.with_edit(edit, rules)?;
        template.status = TemplateStatus::Pending;
        Ok(template)
    }

    /// Deletes all languages of a template, or the one with an id. Returns the number of deleted templates.
    pub(crate) fn delete(&mut self, name: &str, id: Option<&str>) -> Result<usize, GraphError> {
        let before = self.templates.len();
        let is_meant = |template: &StoredTemplate| {
            template.definition.name == name && id.is_none_or(|id| template.id.to_string() == id)
        };
        if self.templates.iter().any(|template| template.is_generated && is_meant(template)) {
            return Err(GraphError::violates(Rule::GeneratedDelete));
        }
        self.templates.retain(|template| !is_meant(template));
        Ok(before - self.templates.len())
    }

    /// Returns the template with a name and a language.
    pub(crate) fn find_mut(&mut self, name: &str, language: &str) -> Option<&mut StoredTemplate> {
        self.templates.iter_mut().find(|template| template.is(name, language))
    }

    /// Checks whether a template message can be sent.
    pub(crate) fn check_send(
        &self,
        draft: &TemplateDraft,
        recipient: &Recipient,
        rules: &Rules,
    ) -> Result<(), GraphError> {
        let unknown = |why| GraphError::with_details(Rule::TemplateUnknown, why);
        let template = self
            .find(&draft.name, &draft.language)
            .ok_or_else(|| unknown("the template does not exist in this language"))?;
        match template.status {
            TemplateStatus::Approved => {}
            TemplateStatus::Pending | TemplateStatus::Rejected => return Err(unknown("the template is not approved")),
            TemplateStatus::Paused => return Err(GraphError::violates(Rule::TemplatePaused)),
            TemplateStatus::Disabled => return Err(GraphError::violates(Rule::TemplateDisabled)),
        }
        match recipient {
            Recipient::Bsuid(_) if template.definition.is_authentication() => {
                return Err(GraphError::violates(Rule::AuthenticationToBsuid));
            }
            Recipient::Group(_) if template.definition.is_authentication() => {
                let why = "an authentication template cannot be sent to a group";
                return Err(GraphError::with_details(Rule::GroupContent, why));
            }
            Recipient::Phone(_) | Recipient::Bsuid(_) | Recipient::Group(_) => {}
        }
        template.definition.check(draft, rules)
    }

    /// Checks that a message to `marketing_messages` uses a marketing template. Unknown templates are refused later.
    pub(crate) fn check_marketing(&self, draft: &MessageDraft, rules: &Rules) -> Result<(), GraphError> {
        let other = self.template_of(draft).filter(|template| template.definition.category != MARKETING);
        if let Some(other) = other
            && rules.applies(Rule::MarketingTemplate)
        {
            let why = format!("template: {} is not a marketing template", other.definition.name);
            return Err(GraphError::with_details(Rule::MarketingTemplate, why));
        }
        Ok(())
    }

    /// Returns whether a message uses a marketing template.
    pub(crate) fn is_marketing(&self, draft: &MessageDraft) -> bool {
        self.template_of(draft).is_some_and(|template| template.definition.category == MARKETING)
    }

    /// Returns the template of a message. `None` for other messages and unknown templates.
    fn template_of(&self, draft: &MessageDraft) -> Option<&StoredTemplate> {
        let MessageDraft::Other { references: References { template: Some(draft), .. }, .. } = draft else {
            return None;
        };
        self.find(&draft.name, &draft.language)
    }

    /// Returns a template message as the user sees it. `body` is the object `template` of the request.
    pub(crate) fn render(&self, body: Value) -> ChatTemplate {
        let components = |name: &str, language: &str| {
            self.find(name, language).map_or(&[][..], |template| &template.definition.components)
        };
        render::render(body, components)
    }
}
