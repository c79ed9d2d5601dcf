//! Agent loop: requests to the model, alternating with the tool calls that its responses ask for.

mod answer;
mod pick_member;
mod resume;
mod tool_calls;

use std::sync::Arc;

use serde_json::Value;
use waxwing_agent::{AgentError, Question, Reply, RunContext, Step, Turn, UserMessage};

use super::LlmAgent;
use super::approval::{self, Intake, TurnIntake};
use super::model_chain::Ask;
use super::prompt::{self, PromptMedia};
use super::reduction::Layout;
use super::reply_draft::ReplyDraft;
use super::request_size::Unit;
use super::retry::model_deadline;
use super::summary::{HistoryRoom, PastConversation};
use crate::tool::ToolOutcome;
use crate::{ChatMessage, ChatRequest, ChatResponse, ContentPart, RunUsage, StopReason, ToolChoice};

/// Limits of a run.
#[expect(clippy::struct_field_names, reason = "the names of the settings")]
pub(super) struct RunLimits {
    /// Model responses with tool calls.
    pub(super) max_turns: u32,
    pub(super) max_tool_calls: usize,
    /// In the currency of the prices.
    pub(super) max_cost: Option<f64>,
}

/// State of a run.
struct AgentLoop<'a> {
    agent: &'a LlmAgent,
    ctx: &'a RunContext,
    usage: &'a mut RunUsage,
    request: ChatRequest,
    /// Number of messages in the first request. Later messages belong to this run.
    initial_messages: usize,
    /// Number of parts before the first message of the user: what is known about the conversation.
    head: usize,
    media: PromptMedia,
    /// Messages of the user in this turn so far.
    messages: Arc<[UserMessage]>,
    draft: ReplyDraft,
    /// Pictures of tools that the model has not seen yet.
    pictures: Vec<ContentPart>,
    /// Names and arguments of the tool calls so far.
    calls: Vec<(String, Value)>,
    /// Note about the last approved call that was made.
    approved_call: Option<String>,
}

/// Runs a turn.
pub(super) async fn run(
    agent: &LlmAgent,
    turn: &Turn,
    ctx: &RunContext,
    usage: &mut RunUsage,
) -> Result<Reply, AgentError> {
    let TurnIntake { messages, notes, decision } =
        match approval::take_answers(turn, &agent.approvals(ctx), agent.answer_rules())? {
            Intake::Reply(reply) => return Ok(reply),
            Intake::Turn(intake) => intake,
        };
    let turn = {
        let mut rest = turn.clone();
        rest.messages = messages;
        rest
    };
    let mut state = AgentLoop::start(agent, &turn, notes, ctx, usage).await?;
    let result = match decision {
        Some(decision) => state.resume(decision).await,
        None => state.proceed().await,
    };
    let question = state.finish(result)?;
    let reply = state.draft.into_reply(agent.shows_reasoning);
    Ok(question.into_iter().fold(reply, Reply::with_question))
}

impl<'a> AgentLoop<'a> {
    async fn start(
        agent: &'a LlmAgent,
        turn: &Turn,
        notes: Vec<String>,
        ctx: &'a RunContext,
        usage: &'a mut RunUsage,
    ) -> Result<Self, AgentError> {
        let transcripts = agent.transcribe(&turn.messages, ctx).await?;
        let modalities = agent.models.modalities();
        let mut media = PromptMedia { modalities, bytes_left: agent.max_media_bytes, transcripts };
        let prompt = prompt::turn(turn, notes, &mut media, &agent.system_prompt.format, ctx.is_group()).await;
        let system = agent.toolbox.add_instructions(agent.system_prompt.instructions.clone());
        let tools = agent.toolbox.specs();
        let taken = || Unit::Tokens.fixed(&system, &tools) + Unit::Tokens.parts(&prompt);
        let room = agent.models.prompt_budget().map(|budget| HistoryRoom::within(budget, taken()));
        let PastConversation { summary, mut messages } =
            agent.past_conversation(room, &mut media, &tools, ctx, usage).await;
        // If the previous turn has no answer, both turns become one message, because some models require alternating roles.
        match messages.last_mut() {
            Some(ChatMessage::User(parts)) => parts.extend(prompt),
            _ => messages.push(ChatMessage::User(prompt)),
        }
        let head = agent.system_prompt.head(&summary, ctx);
        if let Some(ChatMessage::User(parts)) = messages.first_mut() {
            parts.splice(..0, head.clone().map(ContentPart::Text));
        }
        let head = usize::from(head.is_some());
        let initial_messages = messages.len();
        let mut request = ChatRequest::new(messages)
            .with_system(system)
            .with_tools(tools)
            .with_parameters(agent.models.parameters.clone());
        request.cache_key = Some(agent.cache_key(ctx));
        let messages = turn.messages.as_slice().into();
        let draft = ReplyDraft::default();
        Ok(Self {
            agent,
            ctx,
            usage,
            request,
            initial_messages,
            head,
            media,
            messages,
            draft,
            pictures: Vec::new(),
            calls: Vec::new(),
            approved_call: None,
        })
    }

    /// Runs the loop until the model answers, or until a tool call needs approval. Returns the question for the user in the second case.
    async fn proceed(&mut self) -> Result<Option<Question>, AgentError> {
        let max_turns = self.agent.limits.max_turns;
        for turn in 0..=max_turns {
            let is_last = turn == max_turns || self.is_max_cost_reached();
            if is_last {
                self.request.tool_choice = ToolChoice::None;
            }
            let response = self.chat(self.draft.has_answer()).await?;
            self.draft.reasoning.extend(response.reasoning.clone());
            if response.stop_reason == StopReason::Refused {
                self.draft.text = self.refusal(&response.text);
                break;
            }
            if response.is_empty() && !self.draft.has_answer() {
                self.draft.text.clone_from(&self.agent.canned_messages.no_answer);
                break;
            }
            let has_text = !response.text.trim().is_empty();
            if response.tool_calls.is_empty() {
                if has_text {
                    self.draft.text = self.complete(response).await?;
                }
                break;
            }
            if has_text {
                self.draft.text.clone_from(&response.text);
            }
            if is_last {
                // Earlier responses only announced tool calls. Their text is not an answer.
                if !has_text {
                    self.draft.text.clone_from(&self.agent.canned_messages.limit_reached);
                }
                break;
            }
            self.request.messages.push(response.to_message());
            if let Some(question) = self.call_tools(&response.tool_calls).await? {
                return Ok(Some(question));
            }
            self.add_new_messages().await?;
        }
        Ok(None)
    }

    fn is_max_cost_reached(&self) -> bool {
        self.agent.limits.max_cost.is_some_and(|max| self.ctx.cost() >= max)
    }

    /// Asks the model, as a journaled step.
    async fn chat(&mut self, may_be_empty: bool) -> Result<ChatResponse, AgentError> {
        let (agent, ctx, request, usage) = (self.agent, self.ctx, &self.request, &mut *self.usage);
        let layout = Layout { head: self.head, turn: self.initial_messages - 1 };
        let step = Step::repeatable(format!("{}: model", agent.name));
        let answer = ctx
            .step_with(step, |key| async move {
                let request = ChatRequest { idempotency_key: Some(key.to_string()), ..request.clone() };
                let (retry, deadline) = (agent.models.retry, model_deadline(ctx));
                let toolbox = Some(&agent.toolbox);
                let ask = Ask { request: &request, layout, toolbox, retry, may_be_empty, deadline, ctx };
                let answer = agent.models.chat(ask, agent.reporter(ctx)).await;
                answer.map_err(|failure| agent.usage.add_failure(failure, ctx, usage))
            })
            .await?;
        agent.usage.add_response(&answer, ctx, self.usage);
        Ok(answer.response)
    }

    /// Adds the messages that the user has sent during the run.
    async fn add_new_messages(&mut self) -> Result<(), AgentError> {
        let messages = self.ctx.new_messages().await?;
        if messages.is_empty() {
            return Ok(());
        }
        let (agent, turn) = (self.agent, Turn::new(messages));
        let TurnIntake { messages, mut notes, decision } =
            match approval::take_answers(&turn, &agent.approvals(self.ctx), agent.answer_rules())? {
                Intake::Reply(reply) => {
                    self.draft.add_tool_reply(reply, false);
                    return Ok(());
                }
                Intake::Turn(intake) => intake,
            };
        if let Some(decision) = decision {
            notes.push(self.apply_decision(decision).await?);
        }
        self.media.transcripts.extend(agent.transcribe(&messages, self.ctx).await?);
        let mut parts: Vec<_> = notes.into_iter().map(ContentPart::Text).collect();
        parts.extend(
            prompt::messages(&messages, &mut self.media, &agent.system_prompt.format, self.ctx.is_group()).await,
        );
        parts.splice(0..0, std::mem::take(&mut self.pictures));
        self.push_user_parts(parts);
        self.messages = self.messages.iter().cloned().chain(messages).collect();
        Ok(())
    }
    /// Collects the pictures of a tool that the model sees.
    async fn add_pictures(&mut self, tool: &str, outcome: &ToolOutcome, reply: &Reply) {
        for picture in outcome.pictures(reply) {
            self.pictures.extend(prompt::tool_picture(tool, picture, &mut self.media).await);
        }
    }

    /// Shows the collected pictures to the model, after the results of the tools. Most providers accept no pictures in results.
    fn show_pictures(&mut self) {
        let pictures = std::mem::take(&mut self.pictures);
        if !pictures.is_empty() {
            self.push_user_parts(pictures);
        }
    }

    /// Adds parts to the last message of the user, or as a new message, because some models require alternating roles.
    fn push_user_parts(&mut self, parts: Vec<ContentPart>) {
        match self.request.messages.last_mut() {
            Some(ChatMessage::User(last)) => last.extend(parts),
            _ => self.request.messages.push(ChatMessage::User(parts)),
        }
    }
}
