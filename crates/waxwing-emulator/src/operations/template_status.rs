//! Decisions of Meta about message templates.

use crate::payload;
use crate::world::World;
use crate::world::template_store::TemplateStatus;
use crate::world::webhook_queues::QueueKey;

/// Sets the status of a template and reports it to the webhook. Returns false if there is no such template.
pub(crate) fn set(world: &mut World, name: &str, language: &str, status: TemplateStatus) -> bool {
    let Some(template) = world.account.templates.set_status(name, language, status) else { return false };
    let category = &template.definition.category;
    let value = payload::template_status(template.id, name, language, category, status.name());
    let field = "message_template_status_update";
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, field, value);
    true
}
