//! Business account through the handle.

use serde_json::Value;

use super::Emulator;
use crate::account_status::TemplateStatus;
use crate::action::TemplateReview;
use crate::operations::template_review;
use crate::world::account::NumberIndex;

impl Emulator {
    /// Adds an approved message template. Returns its id.
    ///
    /// The JSON is the body of the API call that creates a template. Every account has the template `hello_world` in `en_US`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// # let emulator = waxwing_emulator::Emulator::builder().start().await?;
    /// emulator.add_template(&serde_json::json!({
    ///     "name": "order_ready", "language": "en", "category": "UTILITY",
    ///     "components": [{
    ///         "type": "BODY", "text": "Your order {{1}} is ready.", "example": {"body_text": [["7"]]},
    ///     }],
    /// }));
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the template is not well formed, or if a template with this name and language exists.
    pub fn add_template(&self, template: &Value) -> String {
        let created = self.shared.change(|world| {
            let account = &mut world.account;
            let created = account.templates.create(template.clone(), TemplateStatus::Approved, &account.rules);
            created.map(|template| template.id.to_string())
        });
        created.unwrap_or_else(|error| panic!("invalid template: {}", error.details().unwrap_or_default()))
    }

    /// Sets the status of a message template and posts the webhook `message_template_status_update`.
    ///
    /// Returns false if there is no template with this name and language.
    pub fn set_template_status(&self, name: &str, language: &str, status: TemplateStatus) -> bool {
        let review = TemplateReview { status: Some(status), ..TemplateReview::of(name, language) };
        self.shared.change(|world| template_review::apply(world, &review))
    }

    /// Sets a field of the first business number, such as `quality_rating` or `throughput`.
    pub fn set_number_field(&self, field: impl Into<String>, value: Value) {
        let field = field.into();
        self.shared.change(|world| world.account.number_mut(NumberIndex::default()).fields.insert(field, value));
    }
}
