//! Agent loop: responses of models and their effects.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use waxwing_agent::{Agent as _, HistoryEntry, Media, Reply, ReplyPart, Role, RunContext, Session, UserMessage};
use waxwing_llm::{
    ChatMessage, ChatResponse, ContentPart, HistoryLimit, LlmAgent, Modalities, ModelError, ModelErrorKind, Price,
    Prices, RetryPolicy, RunUsage, ScriptedModel, ScriptedReply, StopReason, TokenUsage, ToolChoice, tool,
};

use crate::support::{HangingModel, World, markdown, run, tool_calls, tool_results, user_parts};

fn failure(kind: ModelErrorKind) -> ModelError {
    ModelError::new(kind)
}

#[tokio::test]
async fn the_model_reads_the_system_prompt_and_the_history() {
    let model = ScriptedModel::new(["Hello **Ana**"]);
    let agent = LlmAgent::builder("a", model.clone())
        .instructions("Be brief.")
        .include_user()
        .include_time("UTC")
        .history(HistoryLimit::Turns(1))
        .build()
        .unwrap();
    let entry = |role, text: &str| HistoryEntry::new(role, text);
    let history = vec![
        entry(Role::User, "long ago"),
        entry(Role::Agent, "indeed"),
        entry(Role::User, "hi"),
        entry(Role::Agent, "hello"),
    ];
    let session = Session::restored("s", history, Map::new());
    let ctx = RunContext::builder("34600000000", session).user_name(Some("Ana".into())).build();
    let reply = agent.run("who am I?".into(), &ctx).await.unwrap();
    assert_eq!(reply, Reply::markdown("Hello **Ana**"));

    let [request] = &model.requests()[..] else { panic!("one call") };
    assert_eq!((request.system.as_str(), request.messages.len()), ("Be brief.", 3));
    let ChatMessage::User(first) = &request.messages[0] else { panic!("the user is first") };
    let [ContentPart::Text(head), ContentPart::Text(said)] = &first[..] else { panic!("two parts: {first:?}") };
    assert_eq!(head, "<conversation>\n<user id=\"34600000000\" name=\"Ana\"/>\n</conversation>");
    assert!(said.starts_with("<message sent=\"") && said.ends_with("(UTC)\">hi</message>"), "{said}");
    assert_eq!(request.messages[1], ChatMessage::assistant("hello"));
    let [asked] = user_parts(request)[..] else { panic!("one part") };
    assert!(asked.starts_with("<message sent=\"") && asked.ends_with("(UTC)\">who am I?</message>"), "{asked}");
    assert_eq!(request.idempotency_key.as_deref(), Some("run:a: model:0"));
}

#[tokio::test]
async fn a_long_history_is_limited() {
    let said = |n: u32| {
        let role = if n.is_multiple_of(2) { Role::User } else { Role::Agent };
        HistoryEntry::new(role, format!("message {n}"))
    };
    let model = ScriptedModel::new(["ok", "ok"]);
    let agent = |history| LlmAgent::builder("a", model.clone()).history(history).build().unwrap();
    for history in [HistoryLimit::default(), HistoryLimit::Tokens(1000)] {
        let session = Session::restored("s", (0..400).map(said).collect(), Map::new());
        let ctx = RunContext::builder("1", session).build();
        agent(history).run("hi".into(), &ctx).await.unwrap();
    }
    let [turns, tokens] = &model.requests()[..] else { panic!("two calls") };
    assert_eq!((turns.messages.len(), &turns.messages[0]), (41, &ChatMessage::user("<message>message 360</message>")));
    // A message has 7 tokens.
    assert_eq!(
        (tokens.messages.len(), &tokens.messages[0]),
        (143, &ChatMessage::user("<message>message 258</message>"))
    );
}

#[tokio::test(start_paused = true)]
async fn requests_are_retried_and_then_sent_to_the_fallback() {
    use ModelErrorKind::{InvalidResponse, RateLimited, ServerError};
    let first = ScriptedModel::new([RateLimited, ServerError, InvalidResponse].map(failure)).with_name("first");
    let second = ScriptedModel::new([Ok(ChatResponse::text("")), Ok(ChatResponse::text("here"))]).with_name("second");
    let agent = LlmAgent::builder("a", first.clone()).fallback(second.clone()).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "here");
    assert_eq!((first.requests().len(), second.requests().len()), (3, 2), "an empty response is asked for again");
    let key = |model: &ScriptedModel| model.requests().pop().unwrap().idempotency_key;
    assert_ne!(key(&first), key(&second), "a server that knows the key would repeat its empty response");
}

#[tokio::test]
async fn a_model_without_an_answer_is_asked_twice_at_most() {
    let no_answer = "I'm sorry, I have no answer to that. Please ask me in another way.";
    let model = ScriptedModel::new([""; 9]);
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), no_answer);
    assert_eq!(model.requests().len(), 2);
    let (first, second) = (ScriptedModel::new([""; 9]), ScriptedModel::new([""; 9]).with_name("second"));
    let agent = LlmAgent::builder("a", first.clone()).fallback(second.clone()).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), no_answer);
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
}

fn cut(text: &str) -> ChatResponse {
    ChatResponse::text(text).with_stop_reason(StopReason::MaxTokens)
}

/// Checks the reply to responses of the model, and the number of requests.
async fn check_answer<R: Into<ScriptedReply>>(script: impl IntoIterator<Item = R>, expected: &str, requests: usize) {
    let model = ScriptedModel::new(script);
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    assert_eq!(run(&agent, "hi").await.unwrap(), Reply::markdown(expected));
    assert_eq!(model.requests().len(), requests, "{expected}");
}

#[tokio::test]
async fn a_cut_answer_is_continued_once_and_ends_with_a_sentence() {
    check_answer(
        [cut("We open at nine and cl"), ChatResponse::text("close at five.")],
        "We open at nine and close at five.",
        2,
    )
    .await;
    check_answer(
        [cut("We open at nine. We cl"), cut("close at five. On Sun")],
        "We open at nine. We close at five.",
        2,
    )
    .await;
    check_answer([cut("We open at nine. We cl"), ChatResponse::text("")], "We open at nine.", 2).await;
    check_answer([Ok(cut("We open. We cl")), Err(failure(ModelErrorKind::Rejected))], "We open.", 2).await;
    check_answer([cut(&"I am sorry. ".repeat(30))], "I am sorry.", 1).await;
}

#[tokio::test]
async fn a_filtered_answer_ends_with_a_sentence_and_makes_no_calls() {
    let refused = |text: &str| ChatResponse::text(text).with_stop_reason(StopReason::Refused);
    check_answer([refused("Here it is. First you ta")], "Here it is.", 1).await;
    check_answer([refused("First")], "I'm sorry, but I can't help with that.", 1).await;
    let mut calling = tool_calls(&[("noop", json!({}))]);
    calling.stop_reason = StopReason::Refused;
    check_answer([calling], "I'm sorry, but I can't help with that.", 1).await;
}

#[tokio::test]
async fn a_model_that_repeats_itself_is_heard_once() {
    check_answer(["We open at nine.\n\nWe open at nine."], "We open at nine.", 1).await;
    let counted = Arc::new(Mutex::new(0));
    let count = counted.clone();
    let shop = tool("shop", "Where the shop is.", move |_: Map<String, serde_json::Value>, _| {
        *count.lock().unwrap() += 1;
        async { Ok(Reply::text("Calle Mayor 1")) }
    });
    let round = |arguments| tool_calls(&[("shop", arguments)]);
    let same = || round(json!({"a": 1, "b": 2}));
    let model = ScriptedModel::new([same(), same(), same(), round(json!({"a": 2})), ChatResponse::text("There.")]);
    let agent = LlmAgent::builder("a", model.clone()).tool(shop).build().unwrap();
    let reply = run(&agent, "where?").await.unwrap();
    assert_eq!(reply, Reply::text("Calle Mayor 1"));
    assert_eq!(*counted.lock().unwrap(), 3, "the third identical call is not made");
    let results = tool_results(&model.requests()[3])[2].to_owned();
    assert!(results.starts_with("Error: this call was already made twice"), "{results}");
}

#[tokio::test(start_paused = true)]
async fn the_delay_that_a_provider_asks_for_is_respected() {
    let busy = |seconds| failure(ModelErrorKind::RateLimited).with_retry_after(Duration::from_secs(seconds));
    let model = ScriptedModel::new([Err(busy(7)), Ok(ChatResponse::text("now"))]);
    let agent = LlmAgent::builder("a", model).build().unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "now");
    assert_eq!(start.elapsed().as_secs(), 7);

    let model = ScriptedModel::new([busy(3600)]);
    let agent = LlmAgent::builder("a", model.clone()).fallback(ScriptedModel::new(["me"])).build().unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "me");
    assert_eq!((start.elapsed(), model.requests().len()), (Duration::ZERO, 1));
}

#[track_caller]
fn assert_failure(result: Result<Reply, waxwing_agent::AgentError>, retryable: bool, words: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.is_retryable(), error.to_string().as_str()), (retryable, words));
}

#[tokio::test(start_paused = true)]
async fn the_run_fails_if_all_models_fail() {
    let rejected = failure(ModelErrorKind::Rejected).with_status(401);
    let agent = LlmAgent::builder("a", ScriptedModel::new([rejected])).build().unwrap();
    assert_failure(run(&agent, "hi").await, false, "model provider rejected the request (HTTP 401)");
}

#[tokio::test(start_paused = true)]
async fn a_run_ends_before_its_deadline() {
    let agent = LlmAgent::builder("a", HangingModel).fallback(ScriptedModel::new(["too late"])).build().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    let start = tokio::time::Instant::now();
    let result = tokio::time::timeout(Duration::from_secs(30), agent.run("hi".into(), &ctx)).await.unwrap();
    assert!(start.elapsed() > Duration::from_secs(28));
    // The fallback is asked, although only an immediate response can arrive in time.
    assert_eq!(markdown(&result.unwrap()), "too late");

    let busy = [ModelErrorKind::RateLimited; 3].map(failure);
    let retry =
        RetryPolicy::default().with_initial_backoff(Duration::from_secs(50)).with_max_backoff(Duration::from_secs(50));
    let waiting = ModelError::new(ModelErrorKind::RateLimited).with_retry_after(Duration::from_secs(40));
    let script: Vec<_> = std::iter::once(waiting).chain(busy).collect();
    let model = ScriptedModel::new(script);
    let agent = LlmAgent::builder("a", model.clone()).retry(retry).build().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    assert_failure(agent.run("hi".into(), &ctx).await, true, "model provider is rate limiting or overloaded");
    assert_eq!(model.requests().len(), 1, "no time to wait 40 seconds");
}

#[tokio::test]
async fn a_refusal_is_answered_with_its_text_or_a_canned_message() {
    let refusal = || ChatResponse::text("").with_stop_reason(StopReason::Refused);
    let model = ScriptedModel::new([refusal()]);
    let agent = LlmAgent::builder("a", model).fallback(ScriptedModel::new(["never"])).build().unwrap();
    assert_eq!(run(&agent, "hi").await.unwrap(), Reply::markdown("I'm sorry, but I can't help with that."));
    let mut asking = tool_calls(&[("noop", json!({}))]);
    asking.text = "One moment.".into();
    let agent = LlmAgent::builder("a", ScriptedModel::new([asking, refusal()])).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "I'm sorry, but I can't help with that.");
    let worded = ChatResponse::text("I would rather not.").with_stop_reason(StopReason::Refused);
    let agent = LlmAgent::builder("a", ScriptedModel::new([worded])).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "I would rather not.");
}

#[tokio::test]
async fn the_text_before_tool_calls_is_the_answer_if_there_is_no_other() {
    let mut asking = tool_calls(&[("noop", json!({}))]);
    asking.text = "Noted: no onions.".into();
    let model = ScriptedModel::new([asking, ChatResponse::text("")]);
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    assert_eq!(run(&agent, "no onions").await.unwrap(), Reply::markdown("Noted: no onions."));
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn reasoning_is_shown_only_if_enabled() {
    let script = || ScriptedModel::new([ChatResponse::text("Yes.").with_reasoning("Hm.\nWell.")]);
    let agent = LlmAgent::builder("a", script()).build().unwrap();
    assert_eq!(run(&agent, "hi").await.unwrap(), Reply::markdown("Yes."));
    let agent = LlmAgent::builder("a", script()).show_reasoning().build().unwrap();
    let expected = Reply::markdown("> 💭 Hm.\n> Well.").with_markdown("Yes.");
    assert_eq!(run(&agent, "hi").await.unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn media_go_to_models_that_accept_them() {
    let text_only = ScriptedModel::new([failure(ModelErrorKind::Rejected)]);
    let with_images = ScriptedModel::new(["a cat"]).with_modalities(Modalities::text().with_images());
    let agent = LlmAgent::builder("a", text_only.clone()).fallback(with_images.clone()).build().unwrap();
    let picture = UserMessage::text("what is it?").with_media(Media::image("image/jpeg", vec![1; 2500]));
    assert_eq!(markdown(&run(&agent, picture).await.unwrap()), "a cat");
    let medium = "<media kind=\"image\" type=\"image/jpeg\"";
    let asked = format!("<message>\n{medium}/>\nwhat is it?\n</message>");
    let unseen = format!("{medium} size=\"3 kB\" problem=\"you cannot view it\"/>");
    assert_eq!(user_parts(&text_only.requests()[0]), [asked.as_str(), &unseen]);
    assert_eq!(user_parts(&with_images.requests()[0]), [asked.as_str(), "<image>"]);
}

#[tokio::test]
async fn a_document_over_the_size_limit_is_described() {
    let model = ScriptedModel::new(["I see."]).with_modalities(Modalities::all());
    let agent = LlmAgent::builder("a", model.clone()).max_media_bytes(5_000_000).build().unwrap();
    let report = Media::document("report.pdf", "application/pdf", vec![0; 10_000_000]);
    run(&agent, UserMessage::text("").with_media(report)).await.unwrap();
    let expected = "name=\"report.pdf\" size=\"10000 kB\" problem=\"it is too large for you to view\"/>";
    assert!(user_parts(&model.requests()[0])[0].contains(expected), "{:?}", user_parts(&model.requests()[0]));
}

#[tokio::test]
async fn usage_is_reported_and_recorded() {
    let answer = |text: &str, usage| ChatResponse::text(text).with_usage(usage);
    let model = ScriptedModel::new([
        tool_calls(&[("noop", json!({}))]).with_usage(TokenUsage::new(1000, 100)),
        answer("one", TokenUsage::new(2000, 10)),
        answer("two", TokenUsage::new(500, 0)),
    ]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = seen.clone();
    let agent = LlmAgent::builder("a", model)
        .tool(tool("noop", "Nothing.", |_: Map<String, serde_json::Value>, _| async { Ok("ok") }))
        .prices(Prices::new().with("scripted", Price::new(1.0, 10.0)))
        .on_usage(move |usage: &RunUsage, ctx: &RunContext| {
            hook.lock().unwrap().push((*usage, ctx.run_id().to_owned()));
        })
        .record_usage()
        .build()
        .unwrap();
    let ctx = RunContext::in_memory("1");
    agent.run("hi".into(), &ctx).await.unwrap();
    agent.run("hi".into(), &ctx).await.unwrap();
    assert!(agent.run("hi".into(), &ctx).await.is_err(), "the script has no more responses");

    let seen = seen.lock().unwrap();
    let [(first, run), (second, _), (failed, _)] = &seen[..] else { panic!("three runs: {seen:?}") };
    assert_eq!((first.responses, first.tokens, run.as_str()), (2, TokenUsage::new(3000, 110), "run"));
    assert!((first.cost - 0.0041).abs() < 1e-9 && (second.cost - 0.0005).abs() < 1e-9, "{seen:?}");
    assert_eq!(failed, &RunUsage::default());
    let total: RunUsage = ctx.session().get(&agent.usage_key()).unwrap();
    assert_eq!((total.responses, total.tokens.input_tokens), (3, 3500));
}

#[tokio::test]
async fn messages_during_a_run_reach_the_model() {
    let model = ScriptedModel::new([tool_calls(&[("noop", json!({}))]), ChatResponse::text("Pepperoni it is.")]);
    let noop = tool("noop", "Nothing.", |_: Map<String, serde_json::Value>, _| async { Ok("ok") });
    let agent = LlmAgent::builder("a", model.clone()).tool(noop).build().unwrap();
    let world = World::default();
    world.meanwhile(UserMessage::text("no, pepperoni"));
    agent.run("a margherita".into(), &world.run()).await.unwrap();
    let requests = model.requests();
    assert_eq!((user_parts(&requests[0]), user_parts(&requests[1])), (vec!["a margherita"], vec!["no, pepperoni"]));
}

#[tokio::test]
async fn the_number_of_turns_is_limited() {
    let round = || tool_calls(&[("noop", json!({}))]);
    let noop = || tool("noop", "Nothing.", |_: Map<String, serde_json::Value>, _| async { Ok("ok") });
    let model = ScriptedModel::new([round(), round(), ChatResponse::text("at last")]);
    let agent = LlmAgent::builder("a", model.clone()).tool(noop()).max_turns(2).build().unwrap();
    assert_eq!(markdown(&run(&agent, "hi").await.unwrap()), "at last");
    let choices: Vec<_> = model.requests().iter().map(|request| request.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::Auto, ToolChoice::Auto, ToolChoice::None]);

    let mut chatty = round();
    chatty.text = "One moment.".into();
    let agent =
        LlmAgent::builder("a", ScriptedModel::new([chatty, round()])).tool(noop()).max_turns(1).build().unwrap();
    let reply = run(&agent, "hi").await.unwrap();
    assert!(
        matches!(reply.parts(), [ReplyPart::Markdown(text)] if text == "I'm sorry, I couldn't finish this request. Please try asking for one thing at a time."),
        "{reply:?}"
    );
}

#[test]
fn invalid_settings_are_rejected() {
    let agent = || LlmAgent::builder("a", ScriptedModel::new([""]));
    let named = |name: &str| tool(name, "Nothing.", |_: Map<String, serde_json::Value>, _| async { Ok("ok") });
    let words = |builder: waxwing_llm::LlmAgentBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(
        words(agent().include_time("Mars/Olympus")),
        "unknown time zone \"Mars/Olympus\"; use a name such as \"Europe/Madrid\""
    );
    assert!(words(agent().tool(named("two words"))).starts_with("invalid tool name \"two words\"; use 1 to 64"));
    assert_eq!(
        words(agent().tool(named("x")).tool(named("x"))),
        "duplicate tool name \"x\"; each tool needs a name of its own"
    );
}
