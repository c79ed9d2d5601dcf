//! `waxwing agents prompt`.

use anyhow::Context as _;
use clap::Args;
use waxwing::agent::{Agent as _, RunContext, Turn, UserMessage};
use waxwing::{NetworkPolicy, Settings};
use waxwing_config::ConfigPurpose;

use super::request_capture::RequestCapture;
use super::stored_conversation::StoredConversation;
use crate::database_flags::DatabaseFlags;
use crate::output::print_text;
use crate::setting_flags::SettingFlags;

/// The user of a new conversation.
const USER: &str = "15550100001";

/// Print the exact request that an agent would send to its model. Nothing is sent to the model or to a user, and no tool is called.
#[derive(Debug, Args)]
pub(crate) struct Prompt {
    /// Name of the agent or team in the settings file.
    name: String,

    /// Message of the user. Without it, the messages of the conversation that wait for an answer are used, or "Hello".
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,

    /// Id of the conversation that the request continues. Without it, the request starts a conversation.
    #[arg(long, value_name = "ID")]
    conversation: Option<i64>,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl Prompt {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let flags = SettingFlags::with_file(self.database.config());
        let config = flags.config(ConfigPurpose::Serve)?;
        let capture = RequestCapture::start().await?;
        let agents = config.agents_at(capture.url(), NetworkPolicy::default())?;
        agents.ready().await;
        let agent = agents.get(&self.name)?;
        // The media exist as long as the conversation.
        let (mut messages, _conversation, ctx) = match self.conversation {
            Some(id) => {
                let limit = Settings::engine(&config.with(&flags))?.history_of(&*agent);
                let client = self.database.client().await?;
                let mut stored = StoredConversation::next_turn(&client, id, agent.name(), limit).await?;
                let ctx = stored.run_after(stored.history.len(), agent.name());
                (std::mem::take(&mut stored.waiting), Some(stored), ctx)
            }
            None => (Vec::new(), None, RunContext::in_memory(USER)),
        };
        if let Some(text) = self.message.or_else(|| messages.is_empty().then(|| "Hello".to_owned())) {
            messages = vec![UserMessage::text(text)];
        }
        // The run fails, because the request is refused.
        let result = agent.run(Turn::new(messages), &ctx).await;
        let body = capture.first().with_context(|| match result {
            Ok(_) => format!("the agent `{}` answered without a request to a model", self.name),
            Err(error) => format!("the agent `{}` sent no request to a model: {error}", self.name),
        })?;
        print_text!("{}", serde_json::to_string_pretty(&body)?);
        Ok(())
    }
}
