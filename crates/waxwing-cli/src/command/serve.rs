//! `waxwing serve`.

use clap::Args;
use waxwing_config::ConfigPurpose;

use super::deployment::Deployment;
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
        Box::pin(deployment.serve(|_, _| ())).await
    }
}
