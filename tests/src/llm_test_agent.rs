//! Test agent that calls a language model.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn};
use waxwing::llm::schemars::JsonSchema;
use waxwing::llm::{LlmAgent, ModelParameters, Provider, RetryPolicy, Tool, tool};

/// Agent that calls the model at a URL. Its tool `order` appends a line to a file for each call. The agent can hang at the end of its run,
/// so that a test can kill the process there.
#[derive(Debug)]
pub struct LlmTestAgent {
    agent: LlmAgent,
    stops_short: bool,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing::llm::schemars")]
struct Order {
    /// Dish to order.
    dish: String,
}

impl LlmTestAgent {
    /// Environment variable with the URL of the model, without `/chat/completions`.
    pub const MODEL_URL: &str = "WAXWING_LLM_AGENT_MODEL_URL";

    /// Environment variable with the path of the file for tool calls. Each line has one idempotency key. The agent has no tool if the
    /// variable is not set.
    pub const ORDERS: &str = "WAXWING_LLM_AGENT_ORDERS";

    /// Environment variable that, with any value, makes the agent hang at the end of its run.
    pub const STOPS_SHORT: &str = "WAXWING_LLM_AGENT_STOPS_SHORT";

    /// Log message when the agent hangs.
    pub const STOPPED: &str = "run stopped before its end";

    /// Creates the agent from the environment variables.
    pub fn from_env() -> Self {
        let url = std::env::var(Self::MODEL_URL).unwrap();
        let model = Provider::openai_compatible(url).model("smollm2").unwrap();
        let mut parameters = ModelParameters::default();
        parameters.max_tokens = Some(24);
        parameters.temperature = Some(0.0);
        let mut agent = LlmAgent::builder("talker", model)
            .instructions("You are a friendly waiter. Be brief.")
            .parameters(parameters)
            .retry(RetryPolicy::default().with_initial_backoff(Duration::from_millis(10)));
        if let Some(path) = std::env::var_os(Self::ORDERS) {
            agent = agent.tool(orders(path.into()));
        }
        Self { agent: agent.build().unwrap(), stops_short: std::env::var_os(Self::STOPS_SHORT).is_some() }
    }
}

fn orders(path: PathBuf) -> impl Tool {
    tool("order", "Orders a dish.", move |Order { dish }, ctx| {
        let path = path.clone();
        async move {
            let mut file = File::options().append(true).create(true).open(path)?;
            writeln!(file, "{}", ctx.idempotency_key())?;
            Ok::<_, AgentError>(format!("ordered: {dish}"))
        }
    })
}

#[async_trait]
impl Agent for LlmTestAgent {
    fn name(&self) -> &str {
        self.agent.name()
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let reply = self.agent.run(turn, ctx).await?;
        if self.stops_short {
            tracing::info!("{}", Self::STOPPED);
            std::future::pending::<()>().await;
        }
        Ok(reply)
    }
}
