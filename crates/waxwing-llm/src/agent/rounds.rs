//! A run: an answer, the tools that it asks for, the next answer.

use std::sync::Arc;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use waxwing_agent::{AgentError, Message, Reply, RunContext, Step, Turn};

use super::LlmAgent;
use super::calling::{self, Answer};
use super::got::Got;
use super::prompt::{self, Budget};
use crate::tool::Outcome;
use crate::{Accepts, ChatMessage, ChatRequest, RunUsage, StopReason, ToolCall, ToolChoice, ToolResult};

impl LlmAgent {
    pub(super) async fn converse(
        &self,
        turn: &Turn,
        ctx: &RunContext,
        usage: &mut RunUsage,
    ) -> Result<Reply, AgentError> {
        let mut budget = Budget { accepts: self.accepts(), bytes: self.max_media };
        let mut request = self.request(turn, ctx, &mut budget).await;
        let mut got = Got::default();
        let mut messages: Arc<[Message]> = turn.messages.as_slice().into();
        for round in 0..=self.max_rounds {
            if round == self.max_rounds {
                request.tool_choice = ToolChoice::None;
            }
            let Answer { model, response } = self.ask(&request, got.has_answer(), ctx).await?;
            usage.count(&model, response.usage, &self.prices);
            got.thoughts.extend(response.reasoning.clone());
            if !response.text.trim().is_empty() {
                got.text.clone_from(&response.text);
            } else if response.stop == StopReason::Refused {
                got.text.clone_from(&self.texts.refused);
                break;
            }
            if response.tool_calls.is_empty() {
                break;
            }
            if round == self.max_rounds {
                // What it said on the way is no answer.
                if response.text.trim().is_empty() {
                    got.text.clone_from(&self.texts.unfinished);
                }
                break;
            }
            let results = self.call_tools(&response.tool_calls, &messages, &mut got, ctx).await?;
            request.messages.extend([response.to_message(), ChatMessage::Tools(results)]);
            let news = ctx.new_messages().await?;
            if !news.is_empty() {
                request.messages.push(ChatMessage::User(prompt::messages(&news, &mut budget).await));
                messages = messages.iter().cloned().chain(news).collect();
            }
        }
        Ok(got.into_reply(self.shows_reasoning))
    }

    /// What any of the models takes.
    fn accepts(&self) -> Accepts {
        self.models.iter().map(|model| model.accepts()).fold(Accepts::text(), Accepts::or)
    }

    async fn request(&self, turn: &Turn, ctx: &RunContext, budget: &mut Budget) -> ChatRequest {
        let mut messages = self.history.messages(ctx.session().history());
        let said = prompt::turn(turn, budget).await;
        // What the user said last time may have stayed without an answer; some models insist on sides that take turns.
        match messages.last_mut() {
            Some(ChatMessage::User(contents)) => contents.extend(said),
            _ => messages.push(ChatMessage::User(said)),
        }
        let mut request = ChatRequest::new(messages).system(self.system(turn, ctx, Timestamp::now()));
        request.tools = self.toolbox.specs();
        request.parameters = self.parameters.clone();
        request
    }

    async fn ask(&self, request: &ChatRequest, may_be_empty: bool, ctx: &RunContext) -> Result<Answer, AgentError> {
        let step = Step::repeatable(format!("{}: model", self.name));
        ctx.step_with(step, |key| async move {
            let request = ChatRequest { idempotency_key: Some(key.to_string()), ..request.clone() };
            calling::ask(&self.models, self.retry, &request, may_be_empty, ctx).await
        })
        .await
    }

    /// Makes the calls side by side. Each is a step of a name of its own, since steps that run side by side must not share one.
    async fn call_tools(
        &self,
        calls: &[ToolCall],
        messages: &Arc<[Message]>,
        got: &mut Got,
        ctx: &RunContext,
    ) -> Result<Vec<ToolResult>, AgentError> {
        let before = got.calls;
        got.calls += calls.len();
        let outcomes = try_join_all(calls.iter().enumerate().map(|(nth, call)| async move {
            let number = before + nth + 1;
            if number > self.max_tool_calls {
                return Ok(Outcome::text("Error: no more calls of tools in this turn. Answer with what you have."));
            }
            self.toolbox.call(format!("{}: tool {number} {}", self.name, call.name), call, messages, ctx).await
        }))
        .await?;
        let mut results = Vec::new();
        got.round();
        for (call, outcome) in calls.iter().zip(outcomes) {
            got.give(outcome.reply()?, outcome.answers);
            results.push(ToolResult { call_id: call.id.clone(), name: call.name.clone(), text: outcome.text });
        }
        Ok(results)
    }
}
