//! Trial of the agents: a turn for each with a model, a connection for each behind HTTP.

use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use reqwest::redirect::Policy;
use waxwing::agent::{RunContext, Turn, UserMessage};
use waxwing_config::Agents;

use super::Finding;
use crate::number_flags::OpenNumber;

/// Subject of the findings about models.
const MODEL: &str = "model";

/// Subject of the findings about HTTP agents.
const HTTP_AGENT: &str = "HTTP agent";

/// User of the trial, who does not exist.
const USER: &str = "15550100001";

/// Time for an answer.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Number of agents that are tried at the same time.
const CONCURRENCY: usize = 4;

/// Tries the agents of the settings file, and looks for the agent of each number. The models are asked with the parameters and tools of their agents, and no tool is called.
pub(super) async fn check(number: &OpenNumber) -> Vec<Finding> {
    let agents = match number.config.agents_without_tools(number.settings.network) {
        Ok(agents) => agents,
        Err(error) => return vec![Finding::error("agents", error.to_string(), "run `waxwing config check`")],
    };
    if let Err(error) = number
        .config
        .numbers(&number.flags, None)
        .and_then(|numbers| numbers.iter().try_for_each(|served| number.config.answerer(served, &agents).map(drop)))
    {
        let fix = "name an agent with `agent` in waxwing.toml or with WAXWING_AGENT";
        return vec![Finding::error("agent of the number", error.to_string(), fix)];
    }
    agents.ready().await;
    let models: Vec<_> = number.config.model_agents().map(|name| ask(&agents, name)).collect();
    let mut findings: Vec<_> = stream::iter(models).buffered(CONCURRENCY).collect().await;
    let urls: Vec<_> = number.config.http_agents().map(|(name, url)| reach(name, url)).collect();
    findings.extend(stream::iter(urls).buffered(CONCURRENCY).collect::<Vec<_>>().await);
    findings
}

/// Runs an agent once.
async fn ask(agents: &Agents, name: &str) -> Finding {
    let fix = "compare its entry in [models] with your account at the provider: key, name, base URL, quota; restart the server after a \
               change";
    let context = RunContext::in_memory(USER);
    let run = async {
        let agent = agents.get(name).map_err(anyhow::Error::from)?;
        let turn = Turn::new(vec![UserMessage::text("Hello")]);
        agent.run(turn, &context).await.map_err(|error| match error.source() {
            Some(source) if source.to_string() != error.to_string() => anyhow::anyhow!("{error}: {source}"),
            _ => anyhow::anyhow!("{error}"),
        })
    };
    match tokio::time::timeout(TIMEOUT, run).await {
        Ok(Ok(_)) => Finding::ok(MODEL, format!("the agent {name} answers")),
        Ok(Err(error)) => Finding::error(MODEL, format!("the agent {name} fails: {error:#}"), fix),
        Err(_) => Finding::error(MODEL, format!("the agent {name} has not answered within a minute"), fix),
    }
}

/// Connects to an HTTP agent. Any answer shows that a server is there; a turn would have effects.
async fn reach(name: &str, url: &str) -> Finding {
    let fix = "start the agent; compare its address with `url` in the settings file";
    let client = reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT / 6).build();
    let answer = match client {
        Ok(client) => client.get(url).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(response) if response.status().is_server_error() => {
            let found = format!("{name} answers with status {}", response.status().as_u16());
            Finding::error(HTTP_AGENT, found, "read the log of the agent and of its proxy")
        }
        Ok(_) => Finding::ok(HTTP_AGENT, format!("{name} can be reached; it was not run")),
        // The address can contain a secret.
        Err(error) => {
            Finding::error(HTTP_AGENT, format!("{name}: {:#}", anyhow::Error::from(error.without_url())), fix)
        }
    }
}
