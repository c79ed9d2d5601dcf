//! Updates of message templates. Their template id is a number, unlike that of a response.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::account_status::{TemplateQuality, TemplateStatus};
use crate::clock::unix_seconds;
use crate::rules::template::TemplateDefinition;

/// Template that an update is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TemplateItem<'a> {
    pub(crate) id: u64,
    pub(crate) definition: &'a TemplateDefinition,
}

/// Returns the value of the field `message_template_status_update`.
pub(crate) fn template_status(
    template: TemplateItem<'_>,
    status: TemplateStatus,
    reason: Option<&str>,
    now: SystemTime,
) -> Value {
    let mut value = of(template);
    value["event"] = status.name().into();
    value["message_template_category"] = template.definition.category.as_str().into();
    value["reason"] = reason.unwrap_or("NONE").into();
    match status {
        TemplateStatus::Rejected => {
            let recommendation = "Change the template, and send it to the review again.";
            value["rejection_info"] = json!({ "reason": value["reason"], "recommendation": recommendation });
        }
        TemplateStatus::Paused => {
            let description = "The template is paused because users gave negative feedback.";
            value["other_info"] = json!({ "title": "FIRST_PAUSE", "description": description });
        }
        TemplateStatus::Disabled => value["disable_info"] = json!({ "disable_date": unix_seconds(now).to_string() }),
        TemplateStatus::Pending | TemplateStatus::Approved => {}
    }
    value
}

/// Returns the value of the field `message_template_quality_update`.
pub(crate) fn template_quality(template: TemplateItem<'_>, previous: TemplateQuality, new: TemplateQuality) -> Value {
    let mut value = of(template);
    value["previous_quality_score"] = previous.name().into();
    value["new_quality_score"] = new.name().into();
    value
}

/// Returns the value of the field `template_category_update`.
pub(crate) fn template_category(template: TemplateItem<'_>, previous: &str) -> Value {
    let mut value = of(template);
    value["previous_category"] = previous.into();
    value["new_category"] = template.definition.category.as_str().into();
    value
}

fn of(template: TemplateItem<'_>) -> Value {
    json!({
        "message_template_id": template.id,
        "message_template_name": template.definition.name,
        "message_template_language": template.definition.language,
    })
}
