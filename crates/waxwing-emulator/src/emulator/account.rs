//! What Meta decides about a business, in the hands of a test.

use serde_json::Value;

use super::Emulator;
use crate::world::NumberId;
use crate::world::templates::TemplateStatus;

impl Emulator {
    /// Adds a message template that is approved at once, from the JSON with which the API creates one, and gives its id. Each account
    /// has `hello_world` in `en_US` from the start.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// # let emulator = waxwing_emulator::Emulator::builder().start().await?;
    /// emulator.add_template(&serde_json::json!({
    ///     "name": "order_ready", "language": "en", "category": "UTILITY",
    ///     "components": [{"type": "BODY", "text": "Your order {{1}} is ready."}],
    /// }));
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// When the template is not in good form, or there is one of its name and language: it is the test that is wrong.
    pub fn add_template(&self, template: &Value) -> String {
        let created = self.app.change(|world| {
            let rules = world.account.rules.clone();
            world.account.templates.create(template, TemplateStatus::Approved, &rules).map(|it| it.id.to_string())
        });
        created.unwrap_or_else(|error| panic!("no template: {}", error.details().unwrap_or_default()))
    }

    /// Decides about a message template; a webhook tells so. False if there is none of this name and language.
    pub fn set_template_status(&self, name: &str, language: &str, status: TemplateStatus) -> bool {
        self.app.change(|world| world.decide(name, language, status))
    }

    /// Changes what a look-up of the (first) number tells, such as `quality_rating` or `throughput`.
    pub fn set_number_field(&self, field: impl Into<String>, value: Value) {
        let field = field.into();
        self.app.change(|world| world.account.number_mut(NumberId::default()).fields.insert(field, value));
    }
}
