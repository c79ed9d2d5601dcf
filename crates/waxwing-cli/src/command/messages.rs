//! `waxwing messages`.

mod scheduled;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::engine::{NextResponder, OperatorAction};
use waxwing::types::{OutboundContent, TemplateMessage, TemplateParameter, Text};
use waxwing_admin::{
    MessageFile, MessageRequest, Recipient, ScheduledView, Selector, WhenClosedName, content_from_meta,
};

use super::conversations::{Target, human_for};
use crate::admin_flags::AdminFlags;
use crate::input;
use crate::output::print_line;
use scheduled::{CancelArgs, ScheduledArgs};

/// Send messages to users as an operator.
#[derive(Debug, Args)]
pub(crate) struct Messages {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send a message to a user.
    ///
    /// The message goes to the end of the conversation's send queue. A running answer of the agent is cancelled, and the agent is paused. The command
    /// fails if the user has not written within 24 hours, because WhatsApp delivers only templates then.
    Send(SendArgs),
    /// Queue a message that no agent wrote, such as a template, without a pause of the agent.
    ///
    /// The message goes to the end of the conversation's send queue, and the agent knows it from the history. A conversation that does not exist is
    /// created. More than 24 hours after the last message of the user, WhatsApp delivers only templates.
    Queue(QueueArgs),
    /// List scheduled messages and reminders of agents, newest first.
    Scheduled(ScheduledArgs),
    /// Cancel a scheduled message that is not sent yet.
    Cancel(CancelArgs),
}

#[derive(Args)]
struct SendArgs {
    #[command(flatten)]
    target: Target,

    /// Time for which the agent is paused from now on, such as 30m; WAXWING_HANDOFF_DURATION by default.
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,

    /// Do not pause the agent.
    #[arg(long, conflicts_with = "duration")]
    keep_agent: bool,

    /// Text of the message; `-` reads it from standard input.
    text: String,

    #[command(flatten)]
    flags: AdminFlags,
}

impl fmt::Debug for SendArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendArgs").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Messages {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Send(send) => send.run().await,
            Command::Queue(queue) => queue.run().await,
            Command::Scheduled(scheduled) => scheduled.run().await,
            Command::Cancel(cancel) => cancel.run().await,
        }
    }
}

impl SendArgs {
    async fn run(self) -> anyhow::Result<()> {
        let text = input::text(&self.text)?;
        let responder = match self.duration {
            Some(duration) => human_for(duration),
            None if self.keep_agent => NextResponder::Unchanged,
            None => NextResponder::HumanTemporarily,
        };
        let (client, output) = self.flags.client().await?;
        let conversation = self.target.find(&client).await?;
        let action = OperatorAction::new(responder).with_text(text);
        let (conversation, message) = client.send(conversation, action).await?;
        let sent = json!({ "conversation": conversation, "message": message });
        output.print(&sent, |_| print_line!("message {message} queued in conversation {conversation}"))
    }
}

/// Largest number of digits of a phone number, with its country code (ITU-T E.164).
const MAX_PHONE_DIGITS: usize = 15;

#[derive(Args)]
struct QueueArgs {
    /// Phone number, business-scoped user id, or key of a conversation.
    recipient: String,

    /// Id of the business number that sends. Not with the key of a conversation.
    #[arg(long, value_name = "ID", env = "WHATSAPP_PHONE_NUMBER_ID")]
    number: Option<String>,

    /// Text of the message; `-` reads it from standard input.
    #[arg(required_unless_present_any = ["template", "content", "file"], conflicts_with_all = ["template", "content"])]
    text: Option<String>,

    /// File to send, at most 16 MiB: an image, a video, audio, a sticker or a document. The text is its caption. With --template, it is the medium of
    /// the header; in --content, the id "upload" stands for it.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Template, as NAME/LANGUAGE.
    #[arg(long, value_name = "NAME/LANGUAGE", conflicts_with = "content")]
    template: Option<TemplateName>,

    /// Value of the next placeholder in the body of the template; once for each.
    #[arg(long = "value", value_name = "TEXT", requires = "template")]
    values: Vec<String>,

    /// File with the content in Meta's form, such as {"type": "image", "image": {"link": "https://..."}}; `-` reads it from standard input.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,

    /// Queue the message although the customer service window is closed. The setting outside_window decides what becomes of it.
    #[arg(long)]
    by_policy: bool,

    /// Send the message at this time, in RFC 3339 such as 2026-11-01T09:00:00+01:00.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,

    /// Idempotency key: a repeated command with the same key queues nothing, for 24 hours.
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,

    #[command(flatten)]
    flags: AdminFlags,
}

/// Name and language of a template.
#[derive(Debug, Clone)]
pub(super) struct TemplateName {
    pub(super) name: String,
    pub(super) language: String,
}

impl FromStr for TemplateName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((name, language)) if !name.is_empty() && !language.is_empty() => {
                Ok(Self { name: name.to_owned(), language: language.to_owned() })
            }
            _ => Err("write the name and the language, such as order_ready/en"),
        }
    }
}

impl fmt::Debug for QueueArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueArgs")
            .field("number", &self.number)
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

impl QueueArgs {
    async fn run(self) -> anyhow::Result<()> {
        let content = match &self.template {
            Some(template) => Some(self.template_content(template).await?),
            None => self.content()?,
        };
        let file = self.open_file(content.as_ref()).await?;
        let to = match self.recipient.parse() {
            // The key of a conversation can consist of digits only. It has more than a phone number.
            Ok(Selector::Phone(phone)) if phone.len() <= MAX_PHONE_DIGITS => Recipient::Phone(phone),
            Ok(Selector::Bsuid(id)) => Recipient::Bsuid(id),
            Ok(_) | Err(_) => Recipient::Conversation(self.recipient.clone()),
        };
        let number = self.number.filter(|_| !matches!(to, Recipient::Conversation(_)));
        let mut request = match content {
            Some(content) => MessageRequest::new(number, to, content),
            None => MessageRequest::of_file(number, to, self.text.as_deref().map(input::text).transpose()?),
        };
        if self.by_policy {
            request.when_closed = WhenClosedName::Policy;
        }
        let (client, output) = self.flags.client().await?;
        if let Some(at) = self.at {
            anyhow::ensure!(
                file.is_none(),
                "a scheduled message takes no file; name it by `link` or `id` in --content"
            );
            let scheduled = client.schedule_message(request, at, self.key).await?;
            return output.print(&scheduled, |ScheduledView { scheduled: id, conversation, repeated, .. }| {
                let again = if *repeated { " already" } else { "" };
                print_line!("message {id} is{again} scheduled in conversation {conversation}");
            });
        }
        let queued = match file {
            Some(file) => client.queue_file(request, file, self.key).await?,
            None => client.queue_message(request, self.key).await?,
        };
        output.print(&queued, |queued| {
            let again = if queued.repeated { " already" } else { "" };
            print_line!("message {} is{again} queued in conversation {}", queued.id, queued.conversation);
        })
    }

    /// Reads the file for a message with this content, or for a message of any type.
    async fn open_file(&self, content: Option<&OutboundContent>) -> anyhow::Result<Option<MessageFile>> {
        let Some(path) = &self.file else { return Ok(None) };
        let file = MessageFile::open(path, content).await;
        file.map(Some).with_context(|| format!("the file {} cannot be sent", path.display()))
    }

    /// Returns the content of a template, whose header shows the file.
    async fn template_content(&self, template: &TemplateName) -> anyhow::Result<OutboundContent> {
        let file = self.open_file(None).await?;
        let TemplateName { name, language } = template;
        let values = self.values.iter().map(TemplateParameter::text);
        let template = TemplateMessage::new(name, language);
        let template = file.as_ref().map(header).into_iter().fold(template, TemplateMessage::header);
        Ok(if self.values.is_empty() { template } else { template.body(values) }.into())
    }

    /// Returns the content of a message that is no template. None for a file whose type decides about the message.
    fn content(&self) -> anyhow::Result<Option<OutboundContent>> {
        if let Some(file) = &self.content {
            let content = serde_json::from_str(&input::file(file)?).context("the content is not JSON")?;
            return content_from_meta(content).map(Some).context("the content is not valid");
        }
        if self.file.is_some() {
            return Ok(None);
        }
        let text = input::text(self.text.as_deref().unwrap_or_default())?;
        Ok(Some(Text::new(text).into()))
    }
}

/// Returns the value of the header of a template for a file.
fn header(file: &MessageFile) -> TemplateParameter {
    match file.kind() {
        "image" => TemplateParameter::Image { image: MessageFile::source() },
        "video" => TemplateParameter::Video { video: MessageFile::source() },
        _ => TemplateParameter::Document { document: MessageFile::source().into() },
    }
}
