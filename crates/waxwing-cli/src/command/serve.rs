//! `waxwing serve`.

use clap::Args;
use waxwing_config::{ConfigPurpose, ServedNumber};

use super::deployment::Deployment;
use crate::doctor::check_settings;
use crate::setting_flags::SettingFlags;

/// Serve agents on your WhatsApp numbers.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: SettingFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = self.flags.config(ConfigPurpose::Serve)?;
        let deployment = Deployment::new(config, self.flags, ConfigPurpose::Serve, None)?;
        for warning in deployment.warnings() {
            tracing::warn!("{warning}");
        }
        deployment.numbers().iter().for_each(report);
        Box::pin(deployment.serve(|_, _| ())).await
    }
}

/// Logs where the webhook of a number arrives, and the findings of a doctor that need no connection.
fn report(number: &ServedNumber) {
    let settings = &number.settings;
    let webhook = format!("{}/webhook", settings.prefix);
    tracing::info!(webhook, agent = number.agent, database = %settings.database, "serving");
    for finding in check_settings(settings) {
        let fix = finding.fix.as_deref().unwrap_or_default();
        tracing::warn!(check = finding.check, found = finding.found, fix, "set-up needs attention");
    }
}
