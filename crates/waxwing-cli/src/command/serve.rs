//! `waxwing serve`.

use clap::Args;
use waxwing_config::ConfigPurpose;

use super::serving::Serving;
use crate::sources::SettingFlags;

/// Answer business numbers.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: SettingFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = self.flags.config(ConfigPurpose::Serve)?;
        let serving = Serving::new(config, self.flags, ConfigPurpose::Serve, None)?;
        for warning in serving.warnings() {
            tracing::warn!("{warning}");
        }
        let (os, listener) = serving.prepare().await?;
        serving.serve(os, listener, || ()).await
    }
}
