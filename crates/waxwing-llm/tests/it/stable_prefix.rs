//! Requests of a conversation: each begins with the bytes of the one before it.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use waxwing_agent::{Agent as _, HistoryEntry, Memory, Role, RunContext, Session, UserMessage};
use waxwing_llm::{HistoryLimit, LlmAgent, OpenAiApi, Provider, tool};
use waxwing_scripted_provider::{Api, ReceivedRequest, ScriptedAnswer, ScriptedProvider};

use crate::support::requests::{continues, split};

const KEY: &str = "sk-test";

/// A conversation whose session outlives its turns.
#[derive(Default)]
struct Chat {
    history: Vec<HistoryEntry>,
    state: Map<String, Value>,
}

impl Chat {
    /// Runs a turn, a minute after the one before it.
    async fn turn(&mut self, agent: &LlmAgent) {
        let nth = i64::try_from(self.history.len()).unwrap();
        let at = 1_700_000_000_000 + nth * 60_000;
        let mut message = UserMessage::text(format!("Question {nth}: what is on the menu?"));
        message.sent_at = UNIX_EPOCH + Duration::from_millis(at.try_into().unwrap());
        let memory = Memory::default();
        memory.remember("Has a dog.").unwrap();
        let session = Session::restored("34600000001", self.history.clone(), self.state.clone());
        let ctx = RunContext::builder("34600000001", session).user_name(Some("Ana".into())).memory(memory).build();
        let asked = HistoryEntry::from_user(message.clone());
        agent.run(message.into(), &ctx).await.unwrap();
        self.state = ctx.session().changed_state().unwrap_or(std::mem::take(&mut self.state));
        self.history.push(asked.with_seq(nth + 1).with_time(at));
        self.history.push(HistoryEntry::new(Role::Agent, "Soup.").with_seq(nth + 2).with_time(at));
    }
}

fn agent(provider: Provider, url: String, model: &str) -> LlmAgent {
    let model = provider.base_url(url).model(model).unwrap();
    let menu = tool("menu", "Returns the menu.", |_: Map<String, Value>, _| async { Ok("soup") });
    LlmAgent::builder("waiter", model)
        .instructions("You are a waiter.")
        .include_time("Europe/Madrid")
        .include_user()
        .memory()
        .history(HistoryLimit::Turns(6))
        .tool(menu)
        .build()
        .unwrap()
}

/// Plays a conversation. Returns the requests.
async fn play(provider: Provider, api: Api, turns: usize) -> Vec<ReceivedRequest> {
    let server = ScriptedProvider::start().await.unwrap();
    server.then_always("Soup.");
    let agent = agent(provider, server.base_url(api), "m-1");
    let mut chat = Chat::default();
    for _ in 0..turns {
        chat.turn(&agent).await;
    }
    assert!(server.refusals().is_empty(), "{:?}", server.refusals());
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.api == api), "{requests:?}");
    requests
}

/// Checks that each request begins with the request before it, except at the end of each block.
async fn check(provider: Provider, api: Api) {
    let requests = play(provider, api, 21).await;
    assert_eq!(requests.len(), 21);
    let mut block_ends = Vec::new();
    for (nth, pair) in requests.windows(2).enumerate() {
        let [(_, rest_before), (_, rest_after)] = [split(&pair[0]), split(&pair[1])];
        assert_eq!(rest_before, rest_after, "the system prompt, the tools and the parameters never change");
        if !continues(&pair[1], &pair[0]) {
            block_ends.push(nth + 2);
        }
    }
    assert_eq!(block_ends, [11, 15, 19], "a block ends when the history has ten turns, and the next starts with six");
}

fn openai(api: Api) -> Provider {
    let chat = Provider::openai(KEY).api(OpenAiApi::Chat);
    if api == Api::OpenAiChat { chat } else { Provider::openai(KEY) }
}

#[tokio::test]
async fn openai_gets_stable_prefixes_and_a_key_of_the_conversation() {
    check(Provider::openai(KEY), Api::OpenAiResponses).await;
    check(openai(Api::OpenAiChat), Api::OpenAiChat).await;
    for api in [Api::OpenAiResponses, Api::OpenAiChat] {
        let requests = play(openai(api), api, 2).await;
        let key = requests[0].body["prompt_cache_key"].as_str().unwrap();
        assert_eq!((key, key.len()), (requests[1].body["prompt_cache_key"].as_str().unwrap(), 32));
        assert!(!key.contains("34600000001"), "the key holds no personal data");
    }
    let other = play(Provider::openai_compatible("http://127.0.0.1").api_key(KEY), Api::OpenAiChat, 1).await;
    assert_eq!(other[0].body.get("prompt_cache_key"), None, "another server may refuse the key");
}

#[tokio::test]
async fn anthropic_gets_stable_prefixes_and_two_marks() {
    check(Provider::anthropic(KEY), Api::Anthropic).await;
    let requests = play(Provider::anthropic(KEY), Api::Anthropic, 2).await;
    let mark = json!({"type": "ephemeral"});
    for request in &requests {
        let system = &request.body["system"];
        assert_eq!(system, &json!([{"type": "text", "text": "You are a waiter.", "cache_control": mark}]));
        let messages = request.body["messages"].as_array().unwrap();
        let marked: Vec<_> = messages.iter().filter(|message| message.to_string().contains("cache_control")).collect();
        assert_eq!(marked, [messages.last().unwrap()], "the last message is marked, and no other");
    }
}

#[tokio::test]
async fn gemini_gets_stable_prefixes() {
    check(Provider::gemini(KEY), Api::Gemini).await;
}

#[tokio::test]
async fn the_requests_of_a_run_with_tools_are_stable_prefixes_too() {
    for (provider, api, model) in [
        (openai(Api::OpenAiResponses), Api::OpenAiResponses, "m-1"),
        // The thoughts of this model go back to it, and stay where they were.
        (openai(Api::OpenAiResponses), Api::OpenAiResponses, "gpt-5-mini"),
        (openai(Api::OpenAiChat), Api::OpenAiChat, "m-1"),
        (Provider::anthropic(KEY), Api::Anthropic, "m-1"),
        (Provider::gemini(KEY), Api::Gemini, "m-1"),
    ] {
        let server = ScriptedProvider::start().await.unwrap();
        let call = || match model {
            "m-1" => ScriptedAnswer::calls([("menu", json!({}))]),
            _ => ScriptedAnswer::calls([("menu", json!({}))]).with_reasoning("The menu may help."),
        };
        server.answer(call()).answer(call());
        server.then_always("Soup.");
        Chat::default().turn(&agent(provider, server.base_url(api), model)).await;
        assert!(server.refusals().is_empty(), "{:?}", server.refusals());
        assert!(server.requests().iter().all(|request| request.api == api), "{api:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        for pair in requests.windows(2) {
            assert!(continues(&pair[1], &pair[0]), "{api:?}");
            assert_eq!(split(&pair[1]).1, split(&pair[0]).1, "{api:?}");
        }
    }
}
