//! A run: an answer, the tools that it asks for, the next answer.

mod pick_member;
mod resume;
mod tool_calls;

use std::sync::Arc;

use jiff::Timestamp;
use waxwing_agent::{AgentError, Question, Reply, RunContext, Step, Turn, UserMessage};

use super::LlmAgent;
use super::approval::{Opened, Opening};
use super::model_chain;
use super::prompt::{self, Budget};
use super::reply_draft::Got;
use super::summary::Past;
use crate::{ChatMessage, ChatRequest, ChatResponse, ContentPart, Modalities, RunUsage, StopReason, ToolChoice};

/// A run on its way.
pub(super) struct Rounds<'a> {
    agent: &'a LlmAgent,
    ctx: &'a RunContext,
    usage: &'a mut RunUsage,
    request: ChatRequest,
    /// How many messages of the request were said before the model's first answer.
    before: usize,
    budget: Budget,
    /// What the user has said in this turn so far.
    messages: Arc<[UserMessage]>,
    got: Got,
    /// What came of the last call that was approved and made.
    approved: Option<String>,
}

impl LlmAgent {
    pub(super) async fn converse(
        &self,
        turn: &Turn,
        ctx: &RunContext,
        usage: &mut RunUsage,
    ) -> Result<Reply, AgentError> {
        let Opened { messages, notes, answer } = match self.open(turn, ctx)? {
            Opening::Closed(reply) => return Ok(reply),
            Opening::Open(opened) => opened,
        };
        let said = Turn::new(messages).with_undelivered(turn.undelivered.clone());
        let mut rounds = Rounds::begin(self, &said, notes, ctx, usage).await?;
        let result = match answer {
            Some((pending, approved)) => rounds.resume(pending, approved).await,
            None => rounds.go_on().await,
        };
        let question = rounds.ended(result)?;
        let reply = rounds.got.into_reply(self.shows_reasoning);
        Ok(question.into_iter().fold(reply, Reply::with_question))
    }

    /// What any of the models takes.
    pub(super) fn modalities(&self) -> Modalities {
        self.models.iter().map(|model| model.modalities()).fold(Modalities::text(), Modalities::union)
    }
}

impl<'a> Rounds<'a> {
    async fn begin(
        agent: &'a LlmAgent,
        turn: &Turn,
        notes: Vec<String>,
        ctx: &'a RunContext,
        usage: &'a mut RunUsage,
    ) -> Result<Self, AgentError> {
        let transcripts = agent.transcripts(&turn.messages, ctx).await?;
        let mut budget = Budget { modalities: agent.modalities(), bytes: agent.max_media_bytes, transcripts };
        let Past { summary, mut messages } = agent.past(ctx, usage).await;
        let said = prompt::turn(turn, notes, &mut budget).await;
        // What the user said last time may have stayed without an answer; some models insist on sides that take turns.
        match messages.last_mut() {
            Some(ChatMessage::User(contents)) => contents.extend(said),
            _ => messages.push(ChatMessage::User(said)),
        }
        let before = messages.len();
        let mut request = ChatRequest::new(messages).system(agent.system(turn, &summary, ctx, Timestamp::now()));
        request.tools = agent.toolbox.specs();
        request.parameters = agent.parameters.clone();
        let messages = turn.messages.as_slice().into();
        Ok(Self { agent, ctx, usage, request, before, budget, messages, got: Got::default(), approved: None })
    }

    /// Goes on until the model has no more to ask for, or comes to a call that needs the user's consent: then this is the question.
    async fn go_on(&mut self) -> Result<Option<Question>, AgentError> {
        for round in 0..=self.agent.max_turns {
            let is_last = round == self.agent.max_turns || self.is_spent();
            if is_last {
                self.request.tool_choice = ToolChoice::None;
            }
            let response = self.ask(self.got.has_answer()).await?;
            self.got.thoughts.extend(response.reasoning.clone());
            let has_words = !response.text.trim().is_empty();
            if has_words {
                self.got.text.clone_from(&response.text);
            } else if response.stop == StopReason::Refused {
                self.got.text.clone_from(&self.agent.texts.refused);
                break;
            }
            if response.tool_calls.is_empty() {
                break;
            }
            if is_last {
                // What it said on the way is no answer.
                if !has_words {
                    self.got.text.clone_from(&self.agent.texts.limit_reached);
                }
                break;
            }
            self.request.messages.push(response.to_message());
            if let Some(question) = self.call_tools(&response.tool_calls).await? {
                return Ok(Some(question));
            }
            self.listen().await?;
        }
        Ok(None)
    }

    /// True if the run has cost as much as it may.
    fn is_spent(&self) -> bool {
        self.agent.max_cost.is_some_and(|max| self.ctx.cost() >= max)
    }

    async fn ask(&mut self, may_be_empty: bool) -> Result<ChatResponse, AgentError> {
        let (agent, ctx, request) = (self.agent, self.ctx, &self.request);
        let step = Step::repeatable(format!("{}: model", agent.name));
        let answer = ctx
            .step_with(step, |key| async move {
                let request = ChatRequest { idempotency_key: Some(key.to_string()), ..request.clone() };
                let deadline = model_chain::deadline(ctx);
                model_chain::ask(&agent.models, agent.retry, &request, may_be_empty, deadline)
                    .await
                    .map_err(model_chain::failed)
            })
            .await?;
        agent.count(&answer, ctx, self.usage);
        Ok(answer.response)
    }

    /// Hears what the user has said meanwhile.
    async fn listen(&mut self) -> Result<(), AgentError> {
        let news = self.ctx.new_messages().await?;
        if news.is_empty() {
            return Ok(());
        }
        let turn = Turn::new(news);
        let Opened { messages, mut notes, answer } = match self.agent.open(&turn, self.ctx)? {
            Opening::Closed(reply) => {
                self.got.give(reply, false);
                return Ok(());
            }
            Opening::Open(opened) => opened,
        };
        if let Some((pending, approved)) = answer {
            notes.push(self.settle_in_passing(pending, approved).await?);
        }
        self.budget.transcripts.extend(self.agent.transcripts(&messages, self.ctx).await?);
        let mut contents: Vec<_> = notes.into_iter().map(ContentPart::Text).collect();
        contents.extend(prompt::messages(&messages, &mut self.budget).await);
        self.request.messages.push(ChatMessage::User(contents));
        self.messages = self.messages.iter().cloned().chain(messages).collect();
        Ok(())
    }
}
