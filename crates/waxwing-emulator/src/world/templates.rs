//! The message templates of the account.

use serde_json::{Value, json};

use super::World;
use crate::message::{ChatTemplate, Choice, ChoiceKind};
use crate::rules::address::To;
use crate::rules::message::TemplateDraft;
use crate::rules::template::{self, TemplateDefinition};
use crate::rules::{GraphError, Rule, Rules};

/// Most templates that are kept.
const TEMPLATES: usize = 6_000;

/// What Meta has decided about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TemplateStatus {
    /// Under review: it cannot be sent yet.
    Pending,
    /// It can be sent.
    Approved,
    /// It broke a policy.
    Rejected,
    /// It was disliked; for now it cannot be sent.
    Paused,
    /// It was disliked too often.
    Disabled,
}

impl TemplateStatus {
    /// Meta's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Paused => "PAUSED",
            Self::Disabled => "DISABLED",
        }
    }
}

/// A template and its status.
#[derive(Debug)]
pub(crate) struct StoredTemplate {
    pub(crate) id: u64,
    pub(crate) definition: TemplateDefinition,
    pub(crate) status: TemplateStatus,
}

impl StoredTemplate {
    /// The template as the API tells it.
    pub(crate) fn describe(&self) -> Value {
        let TemplateDefinition { name, language, category, is_named, components, .. } = &self.definition;
        json!({
            "id": self.id.to_string(),
            "name": name,
            "language": language,
            "category": category,
            "status": self.status.name(),
            "parameter_format": if *is_named { "NAMED" } else { "POSITIONAL" },
            "components": components,
        })
    }
}

/// All templates, in the order of their creation.
#[derive(Debug)]
pub(crate) struct Templates {
    all: Vec<StoredTemplate>,
    next: u64,
}

impl Default for Templates {
    /// `hello_world` alone, which each test account has.
    fn default() -> Self {
        let hello = json!({
            "name": "hello_world", "language": "en_US", "category": "UTILITY",
            "components": [
                {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
                {"type": "BODY", "text": "This is what the first message of a new account looks like."},
                {"type": "FOOTER", "text": "Emulated"},
            ],
        });
        let mut templates = Self { all: Vec::new(), next: 3_000_000_000_000_001 };
        templates
            .create(&hello, TemplateStatus::Approved, &Rules::strict())
            .expect("hello_world is a template in good form");
        templates
    }
}

impl Templates {
    pub(crate) fn all(&self) -> &[StoredTemplate] {
        &self.all
    }

    pub(crate) fn get(&self, id: &str) -> Option<&StoredTemplate> {
        let id: u64 = id.parse().ok()?;
        self.all.iter().find(|template| template.id == id)
    }

    /// Adds a template.
    pub(crate) fn create(
        &mut self,
        body: &Value,
        status: TemplateStatus,
        rules: &Rules,
    ) -> Result<&StoredTemplate, GraphError> {
        let definition = template::check(body, rules)?;
        if self.find(&definition.name, &definition.language).is_some() {
            return Err(GraphError::because(Rule::TemplateExists, "there is a template of this name and language"));
        }
        if self.all.len() == TEMPLATES {
            return Err(GraphError::because(Rule::TemplateExists, "there are too many templates"));
        }
        let id = self.next;
        self.next += 1;
        self.all.push(StoredTemplate { id, definition, status });
        Ok(self.all.last().expect("one was pushed"))
    }

    /// Changes a template, which goes under review again.
    pub(crate) fn edit(&mut self, id: &str, edit: &Value, rules: &Rules) -> Result<(), GraphError> {
        let id: u64 = id.parse().map_err(|_| GraphError::unknown_object())?;
        let template = self.all.iter_mut().find(|template| template.id == id).ok_or_else(GraphError::unknown_object)?;
        let fixed = matches!(template.status, TemplateStatus::Pending | TemplateStatus::Disabled);
        if fixed && rules.applies(Rule::TemplateState) {
            return Err(GraphError::because(Rule::TemplateState, "a pending or disabled template cannot be edited"));
        }
        template.definition = template.definition.edited(edit, rules)?;
        template.status = TemplateStatus::Pending;
        Ok(())
    }

    /// Deletes all languages of a name, or one of them by its id. Gives how many went.
    pub(crate) fn delete(&mut self, name: &str, id: Option<&str>) -> usize {
        let before = self.all.len();
        self.all
            .retain(|template| template.definition.name != name || id.is_some_and(|id| template.id.to_string() != id));
        before - self.all.len()
    }

    /// Decides about a template. False if there is no such template.
    pub(crate) fn set_status(&mut self, name: &str, language: &str, status: TemplateStatus) -> bool {
        let found = self.all.iter_mut().find(|it| it.definition.name == name && it.definition.language == language);
        found.map(|template| template.status = status).is_some()
    }

    /// May this message of a template be sent?
    pub(crate) fn check_send(&self, draft: &TemplateDraft, to: &To, rules: &Rules) -> Result<(), GraphError> {
        let unknown = |why| GraphError::because(Rule::TemplateUnknown, why);
        let template = self
            .find(&draft.name, &draft.language)
            .ok_or_else(|| unknown("the template does not exist in this language"))?;
        match template.status {
            TemplateStatus::Approved => {}
            TemplateStatus::Pending | TemplateStatus::Rejected => return Err(unknown("the template is not approved")),
            TemplateStatus::Paused => return Err(GraphError::broken(Rule::TemplatePaused)),
            TemplateStatus::Disabled => return Err(GraphError::broken(Rule::TemplateDisabled)),
        }
        match to {
            To::Bsuid(_) if template.definition.is_authentication() => {
                return Err(GraphError::broken(Rule::AuthenticationToBsuid));
            }
            To::Group(_) if template.definition.is_authentication() => {
                return Err(GraphError::because(Rule::GroupContent, "an authentication template cannot go to a group"));
            }
            To::Phone(_) | To::Bsuid(_) | To::Group(_) => {}
        }
        template.definition.fits(draft, rules)
    }

    /// A message of a template as the user sees it; `body` is the object `template` of the send.
    pub(crate) fn shown(&self, body: Value) -> ChatTemplate {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, language) = (word(&body["name"]), word(&body["language"]["code"]));
        let components = self.find(&name, &language).map_or(&[][..], |template| &template.definition.components);
        let of_type = |kind: &str| {
            components.iter().find(|it| it["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(kind)))
        };
        let text = of_type("BODY").map(|it| filled(&word(&it["text"]), &body)).unwrap_or_default();
        let buttons = of_type("BUTTONS").map_or(&[][..], |it| items(&it["buttons"]));
        let quick_replies = buttons.iter().enumerate().filter(|(_, button)| button["type"] == "QUICK_REPLY");
        let quick_replies = quick_replies.map(|(index, button)| {
            let title = word(&button["text"]);
            let id = payload(&body, index).unwrap_or_else(|| title.clone());
            Choice { title, id, description: None, kind: ChoiceKind::QuickReply }
        });
        let quick_replies = quick_replies.collect();
        ChatTemplate { name, language, text, quick_replies, body }
    }

    fn find(&self, name: &str, language: &str) -> Option<&StoredTemplate> {
        self.all.iter().find(|it| it.definition.name == name && it.definition.language == language)
    }
}

impl World {
    /// Decides about a template and tells the webhook. False if there is no such template. cloud-api 3.2 (Meta: webhook fields).
    pub(crate) fn decide(&mut self, name: &str, language: &str, status: TemplateStatus) -> bool {
        if !self.account.templates.set_status(name, language, status) {
            return false;
        }
        let Some(template) = self.account.templates.find(name, language) else { return false };
        // The id is a number here, and a string in answers. cloud-api 3.5.
        let value = json!({
            "event": status.name(),
            "message_template_id": template.id,
            "message_template_name": name,
            "message_template_language": language,
            "message_template_category": template.definition.category,
            "reason": if status == TemplateStatus::Rejected { "INVALID_FORMAT" } else { "NONE" },
        });
        self.notify("message_template_status_update".to_owned(), value);
        true
    }
}

/// The text of a template's body with the parameters of a message in their places.
fn filled(text: &str, body: &Value) -> String {
    let is_body = |it: &&Value| it["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("body"));
    let parameters = items(&body["components"]).iter().find(is_body).map_or(&[][..], |it| items(&it["parameters"]));
    let value = |place: &str| {
        let by_name = parameters.iter().find(|it| it["parameter_name"] == place);
        let by_number = || parameters.get(place.parse::<usize>().ok()?.checked_sub(1)?);
        let parameter = by_name.or_else(by_number)?;
        let kind = parameter["type"].as_str().unwrap_or_default();
        parameter["text"].as_str().or_else(|| parameter[kind]["fallback_value"].as_str())
    };
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, (place, after))) =
        rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    {
        filled.push_str(before);
        filled.push_str(value(place.trim()).unwrap_or_default());
        rest = after;
    }
    filled + rest
}

/// What a message gives the quick reply at this place among the buttons.
fn payload(body: &Value, index: usize) -> Option<String> {
    let is_it = |it: &&Value| {
        let at = it["index"].as_u64().or_else(|| it["index"].as_str()?.parse().ok());
        it["sub_type"] == "quick_reply" && at == Some(index as u64)
    };
    items(&body["components"]).iter().find(is_it)?["parameters"][0]["payload"].as_str().map(str::to_owned)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
