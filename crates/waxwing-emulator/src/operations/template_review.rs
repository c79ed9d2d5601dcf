//! Decisions of Meta about message templates.

use crate::account_status::TemplateStatus;
use crate::action::TemplateReview;
use crate::behavior::TemplateApproval;
use crate::payload;
use crate::rules::template;
use crate::world::World;
use crate::world::template_store::StoredTemplate;
use crate::world::timer::Timer;
use crate::world::webhook_queues::QueueKey;

/// Applies a decision, and reports each part of it to the webhook. Returns false if there is no such template.
pub(crate) fn apply(world: &mut World, review: &TemplateReview) -> bool {
    let now = world.runtime.now();
    let Some(template) = world.account.templates.find_mut(&review.name, &review.language) else { return false };
    let mut updates = Vec::new();
    if let Some(category) = &review.category {
        let previous = std::mem::replace(&mut template.definition.category, category.to_ascii_uppercase());
        updates.push(("template_category_update", payload::template_category(item(template), &previous)));
    }
    if let Some(quality) = review.quality {
        let previous = std::mem::replace(&mut template.quality, quality);
        updates.push(("message_template_quality_update", payload::template_quality(item(template), previous, quality)));
    }
    if let Some(status) = review.status {
        let is_rejected = status == TemplateStatus::Rejected;
        let reason = review.reason.clone().or_else(|| is_rejected.then(|| "INVALID_FORMAT".to_owned()));
        let value = payload::template_status(item(template), status, reason.as_deref(), now);
        updates.push(("message_template_status_update", value));
        template.status = status;
        template.rejected_reason = reason.filter(|_| is_rejected);
    }
    for (field, value) in updates {
        world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, field, value);
    }
    true
}

fn item(template: &StoredTemplate) -> payload::TemplateItem<'_> {
    payload::TemplateItem { id: template.id, definition: &template.definition }
}

/// Starts the review of a template that waits for one.
pub(crate) fn start(world: &mut World, name: &str, language: &str) {
    if let TemplateApproval::After(delay) = world.runtime.behavior.template_approval {
        let (name, language) = (name.to_owned(), language.to_owned());
        world.runtime.schedule(delay, Timer::ApproveTemplate { name, language });
    }
}

/// Ends the review of a template: approves it if it still waits.
pub(crate) fn approve(world: &mut World, name: &str, language: &str) {
    let waits = world.account.templates.find(name, language).is_some_and(|it| it.status == TemplateStatus::Pending);
    if waits {
        apply(world, &TemplateReview { status: Some(TemplateStatus::Approved), ..TemplateReview::of(name, language) });
    }
}

/// Returns whether Meta has this category.
pub(crate) fn is_category(category: &str) -> bool {
    template::CATEGORIES.contains(&category.to_ascii_uppercase().as_str())
}
