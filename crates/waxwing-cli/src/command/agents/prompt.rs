//! `waxwing agents prompt`.

use anyhow::Context as _;
use clap::Args;
use waxwing::NetworkPolicy;
use waxwing::agent::{Agent as _, RunContext, Session, Turn, UserMessage};
use waxwing_config::ConfigPurpose;

use super::request_capture::RequestCapture;
use crate::output::print_text;
use crate::setting_flags::{SettingFlags, file_help};

/// Print the exact request that an agent would send to its model. Nothing is sent to the model or to a user, and no tool is called.
#[derive(Debug, Args)]
pub(crate) struct Prompt {
    /// Name of the agent or team in the settings file.
    name: String,

    /// Message of the user.
    #[arg(long, value_name = "TEXT", default_value = "Hello")]
    message: String,

    /// Phone number or business-scoped user id of the user.
    #[arg(long, value_name = "ID", default_value = "15550100001")]
    user: String,

    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG", help = file_help())]
    config: Option<std::path::PathBuf>,
}

impl Prompt {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let config = SettingFlags::with_file(self.config).config(ConfigPurpose::Serve)?;
        let capture = RequestCapture::start().await?;
        let agents = config.agents_at(capture.url(), NetworkPolicy::default())?;
        agents.ready().await;
        let agent = agents.get(&self.name)?;
        let ctx = RunContext::builder(self.user.clone(), Session::new(self.user)).build();
        // The run fails, because the request is refused.
        let result = agent.run(Turn::new([UserMessage::text(self.message)]), &ctx).await;
        let body = capture.first().with_context(|| match result {
            Ok(_) => format!("the agent `{}` answered without a request to a model", self.name),
            Err(error) => format!("the agent `{}` sent no request to a model: {error}", self.name),
        })?;
        print_text!("{}", serde_json::to_string_pretty(&body)?);
        Ok(())
    }
}
