//! Tokens and cost of responses that do not become an answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, json};
use waxwing_agent::{Agent as _, HistoryEntry, RunContext, Session, UserMessage};
use waxwing_llm::{
    ChatModel, ChatRequest, ChatResponse, HistoryLimit, LlmAgent, LlmAgentBuilder, ModelError, Price, Prices, Provider,
    RunUsage, ScriptedModel, TokenUsage, tool,
};
use waxwing_scripted_provider::{Api, ScriptedAnswer, ScriptedProvider};

use crate::support::{HangingModel, World};

/// A call of a tool that does not exist, as text.
const WRITTEN_CALL: &str = r#"<tool_call>{"name": "unknown", "arguments": {}}</tool_call>"#;

/// An agent at a scripted provider, and the usage that it reports.
struct Kitchen {
    server: ScriptedProvider,
    reported: Arc<Mutex<RunUsage>>,
}

impl Kitchen {
    async fn serving(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        let server = ScriptedProvider::start().await.unwrap();
        for answer in answers {
            server.answer(answer);
        }
        Self { server, reported: Arc::default() }
    }

    fn model(&self, name: &str) -> waxwing_llm::ProviderModel {
        Provider::openai("sk-1").base_url(self.server.base_url(Api::OpenAiResponses)).model(name).unwrap()
    }

    /// Returns the builder of an agent with prices for both models.
    fn agent(&self) -> LlmAgentBuilder {
        let reported = self.reported.clone();
        LlmAgent::builder("a", self.model("dear"))
            .prices(Prices::new().with("dear", Price::new(1e6, 2e6)).with("cheap", Price::new(1.0, 2.0)))
            .on_usage(move |usage, _| *reported.lock().unwrap() += *usage)
    }

    /// Returns the input tokens of each request.
    fn input_tokens(&self) -> Vec<u64> {
        let size = |body: &serde_json::Value| u64::try_from(body.to_string().len().div_ceil(4)).unwrap();
        self.server.requests().iter().map(|request| size(&request.body)).collect()
    }

    /// Checks the usage and the cost, which are those of these responses: price, input tokens and output tokens.
    #[track_caller]
    fn check(&self, ctx: &RunContext, responses: &[(f64, u64, u64)]) {
        let usage = *self.reported.lock().unwrap();
        let tokens = responses.iter().fold(TokenUsage::default(), |mut sum, (_, input, output)| {
            sum += TokenUsage::new(*input, *output);
            sum
        });
        assert_eq!((usage.responses, usage.tokens), (responses.len() as u64, tokens));
        #[expect(clippy::cast_precision_loss, reason = "token counts are small")]
        let cost: f64 =
            responses.iter().map(|(price, input, output)| price * (*input as f64 + 2.0 * *output as f64)).sum();
        assert!((ctx.cost() - cost).abs() < 1e-6 && (usage.cost - cost).abs() < 1e-6, "{} {cost}", ctx.cost());
    }
}

#[tokio::test]
async fn an_empty_response_counts_at_the_price_of_its_model() {
    let kitchen = Kitchen::serving(["".into(), "Soup.".into()]).await;
    let (agent, world) = (kitchen.agent().fallback(kitchen.model("cheap")).build().unwrap(), World::default());
    let ctx = world.run();
    agent.run("Hi".into(), &ctx).await.unwrap();
    let input = kitchen.input_tokens();
    kitchen.check(&ctx, &[(1.0, input[0], 0), (1e-6, input[1], 2)]);

    // A repeated run takes the responses from its journal.
    *kitchen.reported.lock().unwrap() = RunUsage::default();
    let ctx = world.run();
    agent.run("Hi".into(), &ctx).await.unwrap();
    assert_eq!(kitchen.input_tokens().len(), 2);
    kitchen.check(&ctx, &[(1.0, input[0], 0), (1e-6, input[1], 2)]);
}

#[tokio::test]
async fn an_empty_response_of_a_model_without_a_price_counts_as_tokens() {
    let kitchen = Kitchen::serving(["".into(), "Soup.".into()]).await;
    let agent = LlmAgent::builder("a", kitchen.model("free")).build().unwrap();
    let ctx = RunContext::in_memory("1");
    agent.run("Hi".into(), &ctx).await.unwrap();
    assert_eq!(ctx.unpriced_tokens(), kitchen.input_tokens().iter().sum::<u64>() + 2);
}

#[tokio::test]
async fn a_run_that_fails_after_a_response_counts_it() {
    let refused = || ScriptedAnswer::raw(400, json!({ "error": { "message": "No." } }));
    for (first, output) in [("", 0), (WRITTEN_CALL, 15)] {
        let kitchen = Kitchen::serving([first.into(), refused()]).await;
        let menu = tool("menu", "Returns the menu.", |_: Map<String, serde_json::Value>, _| async { Ok("soup") });
        let ctx = RunContext::in_memory("1");
        kitchen.agent().tool(menu).build().unwrap().run("Hi".into(), &ctx).await.unwrap_err();
        kitchen.check(&ctx, &[(1.0, kitchen.input_tokens()[0], output)]);
    }
}

#[tokio::test]
async fn a_response_with_a_written_call_and_the_one_after_it_are_two() {
    let kitchen = Kitchen::serving([WRITTEN_CALL.into(), "Soup.".into()]).await;
    let menu = tool("menu", "Returns the menu.", |_: Map<String, serde_json::Value>, _| async { Ok("soup") });
    let ctx = RunContext::in_memory("1");
    kitchen.agent().tool(menu).build().unwrap().run("Hi".into(), &ctx).await.unwrap();
    let input = kitchen.input_tokens();
    kitchen.check(&ctx, &[(1.0, input[0], 15), (1.0, input[1], 2)]);
}

/// A model that writes a call, and never answers after it.
struct Stuck(ScriptedModel);

#[async_trait]
impl ChatModel for Stuck {
    fn name(&self) -> &str {
        self.0.name()
    }

    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        match self.0.requests().len() {
            0 => self.0.chat(request).await,
            _ => HangingModel.chat(request).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_counts_even_if_the_deadline_ends_the_request_after_it() {
    let written = ChatResponse::text(WRITTEN_CALL).with_usage(TokenUsage::new(70, 15));
    let agent = LlmAgent::builder("a", Stuck(ScriptedModel::new([written]))).build().unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let ctx = RunContext::builder("1", Session::new("s")).deadline(deadline.into_std()).build();
    agent.run("Hi".into(), &ctx).await.unwrap_err();
    assert_eq!(ctx.unpriced_tokens(), 85);
}

#[tokio::test]
async fn an_empty_summary_counts() {
    let kitchen = Kitchen::serving(["".into(), "Soup.".into()]).await;
    let said = |seq| HistoryEntry::from_user(UserMessage::text(format!("ask {seq}"))).with_seq(seq);
    let session = Session::restored("s", (1..=20).map(said).collect(), Map::new());
    let ctx = RunContext::builder("1", session).build();
    let agent = kitchen.agent().history(HistoryLimit::Turns(2)).summarize().build().unwrap();
    agent.run("Hi".into(), &ctx).await.unwrap();
    let input = kitchen.input_tokens();
    kitchen.check(&ctx, &[(1.0, input[0], 0), (1.0, input[1], 2)]);
}
