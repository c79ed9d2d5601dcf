//! Checks of template messages before they are sent.

use waxwing_types::{OutboundContent, PhoneNumberId, TemplateMessage, TemplateMismatch, TemplateProblem, WabaId};
use waxwing_webhook::{TemplateChange, TemplateEvent, WebhookEvent};

use crate::graph::Graph;
use crate::shared::Shared;
use crate::store_log::log_store_error;
use crate::unsent_media::validate_before_upload;

/// Meta's name of the category of marketing templates.
const MARKETING: &str = "MARKETING";

impl Shared {
    /// Checks a message against the definition of its template at Meta.
    ///
    /// # Errors
    ///
    /// The reasons for which Meta would refuse the message. A message whose definition is not available is checked for its form only, and the log says so once.
    pub(crate) async fn check_template(
        &self,
        number: &PhoneNumberId,
        graph: &dyn Graph,
        message: &TemplateMessage,
    ) -> Result<(), TemplateMismatch> {
        if let Some(account) = self.account_of(number).await {
            self.routes.templates.check(&account, message, graph).await?;
        } else {
            let number = number.as_str();
            self.reports.log_once.once("account", number, || {
                tracing::warn!(
                    number,
                    "account of the business number not known yet; templates are sent unchecked until a message or a status arrives"
                );
            });
        }
        check_form(message)
    }

    /// Returns whether a template is for marketing, as far as its definition is known.
    pub(crate) async fn is_marketing(&self, number: &PhoneNumberId, message: &TemplateMessage) -> bool {
        let Some(account) = self.account_of(number).await else { return false };
        self.routes.templates.category(&account, message).is_some_and(|category| category == MARKETING)
    }

    /// Records that Meta refused a template message.
    pub(crate) async fn template_refused(&self, number: &PhoneNumberId, message: &TemplateMessage, code: Option<i64>) {
        if let Some(account) = self.account_of(number).await {
            self.routes.templates.refused(&account, message, code);
        }
    }

    /// Applies a change of a template that a webhook reports.
    pub(crate) fn template_changed(&self, event: &TemplateEvent) {
        let (name, language) = (event.name.as_str(), event.language.as_str());
        match &event.change {
            TemplateChange::Status { event: status, reason } => {
                tracing::info!(name, language, status, reason, "template status changed");
            }
            TemplateChange::Quality { score } => tracing::info!(name, language, score, "template quality changed"),
            TemplateChange::Category { category } => {
                tracing::info!(name, language, category, "template category changed");
            }
            _ => tracing::info!(name, language, "template changed"),
        }
        if let Some(account) = &event.waba_id {
            self.routes.templates.apply(account, event);
        }
    }

    /// Remembers the accounts that a webhook states. Returns those that were not known yet, for [`store_accounts`](Self::store_accounts).
    pub(crate) fn learn_accounts(&self, events: &[WebhookEvent]) -> Vec<(PhoneNumberId, WabaId)> {
        let mut accounts: Vec<(PhoneNumberId, WabaId)> = Vec::new();
        for event in events {
            let (number, account) = match event {
                WebhookEvent::Message(message) => (&message.phone_number_id, &message.waba_id),
                WebhookEvent::MessageEcho(echo) => (&echo.phone_number_id, &echo.waba_id),
                WebhookEvent::Status(status) => (&status.phone_number_id, &status.waba_id),
                _ => continue,
            };
            let Some(account) = account else { continue };
            if self.routes.get(number).is_some() && self.routes.account(number).as_ref() != Some(account) {
                self.routes.record_account(number, account.clone());
                accounts.push((number.clone(), account.clone()));
            }
        }
        accounts
    }

    /// Stores accounts of numbers for the next start.
    pub(crate) async fn store_accounts(&self, accounts: Vec<(PhoneNumberId, WabaId)>) {
        for (number, account) in accounts {
            let stored = self.store.record_account(&number, &account);
            match tokio::time::timeout(self.settings.accept_timeout, stored).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => log_store_error!(error, "storing the account of a number failed"),
                Err(_) => tracing::debug!("storing the account of a number took too long"),
            }
        }
    }

    /// Returns the account of a number, as a webhook stated it in this process or an earlier one.
    async fn account_of(&self, number: &PhoneNumberId) -> Option<WabaId> {
        if let Some(account) = self.routes.account(number) {
            return Some(account);
        }
        let stored = self.store.account(number).await.unwrap_or_else(|error| {
            log_store_error!(error, "reading the account of a number failed");
            None
        });
        let account = stored?;
        self.routes.record_account(number, account.clone());
        Some(account)
    }
}

/// Checks what holds for every template, for messages without a known definition.
fn check_form(message: &TemplateMessage) -> Result<(), TemplateMismatch> {
    validate_before_upload(&OutboundContent::from(message.clone())).map_err(|error| {
        let problem = TemplateProblem::Malformed { reason: error.to_string() };
        TemplateMismatch::new(&message.name, &message.language.code, [problem])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::{MediaId, TemplateParameter};

    #[test]
    fn a_message_without_a_definition_has_the_form_of_a_template() {
        let check = |message| check_form(&message).map_err(|mismatch| mismatch.to_string());
        let message = || TemplateMessage::new("order", "en");
        let picture = TemplateParameter::Image { image: MediaId::new("").into() };
        assert_eq!(check(message().header(picture)), Ok(()));
        let breaks = check(message().body([TemplateParameter::text("a\nb")])).unwrap_err();
        assert!(breaks.starts_with("template order (en) is malformed: "), "{breaks}");
        assert!(breaks.contains("without line breaks"), "{breaks}");
    }
}
