//! Checks of settings that are valid but seldom intended.

use waxwing::{Mode, Settings};
use waxwing_config::Config;

use super::{Finding, app};

/// Repeats the warnings about the settings file.
pub(super) fn check_file(config: &Config) -> Vec<Finding> {
    let warnings = config.warnings().iter();
    warnings.map(|warning| Finding::warning("settings file", warning.to_string(), "change the line")).collect()
}

/// Examines the settings of a number.
pub(crate) fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let id = settings.phone_number_id.as_str();
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        let fix =
            "set WHATSAPP_PHONE_NUMBER_ID to the id that the WhatsApp Manager shows next to the number: digits only";
        findings.push(Finding::error("number id", format!("{id} is no id of a number"), fix));
    }
    let secrets = &settings.webhook_secrets;
    if settings.mode == Mode::Development && secrets.app_secret.is_some() {
        let found =
            "APP_ENV=development, so that signatures are not checked and anybody can send messages to the server";
        findings.push(Finding::error("mode", found, "remove APP_ENV"));
    }
    if secrets.app_secret.is_none() {
        let fix = "copy the secret from the app: App settings, Basic; set WHATSAPP_APP_SECRET";
        findings.push(Finding::error(app::SECRET, "not set, so that anybody can send messages to the server", fix));
    }
    if secrets.verify_token.is_none() {
        let fix =
            "set WHATSAPP_VERIFY_TOKEN to a random text, and enter the same text next to the address of the webhook";
        findings.push(Finding::error("verify token", "not set, so that Meta cannot verify the address", fix));
    }
    findings
}
