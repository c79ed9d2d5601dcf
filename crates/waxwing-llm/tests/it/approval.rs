//! Calls that wait for the user's consent. Every turn is run by an agent of its own on the state that the turn before left, as after a restart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use waxwing_agent::{
    Agent as _, AgentError, Choice, HistoryEntry, Memory, MemoryJournal, Question, Reply, ReplyPart, Role, RunContext,
    Session, Turn, User, UserMessage,
};
use waxwing_llm::schemars::JsonSchema;
use waxwing_llm::{
    ChatMessage, ChatResponse, LlmAgent, LlmAgentBuilder, ModelError, ModelErrorKind, RequireApproval, ScriptedModel,
    Tool, ToolContext, ToolOutput, tool,
};

use crate::support::{Silent, World, asks, markdown, results, said};

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing_llm::schemars")]
struct Payment {
    cents: u32,
}

/// A conversation over several turns.
#[derive(Default)]
struct Chat {
    state: Map<String, Value>,
    paid: Arc<Mutex<Vec<u32>>>,
    looked: Arc<Mutex<u32>>,
    runs: u32,
    is_group: bool,
    journal: Arc<MemoryJournal>,
}

/// What came of a turn.
struct Said {
    reply: Reply,
    model: ScriptedModel,
}

impl Said {
    #[track_caller]
    fn question(&self) -> &Question {
        match self.reply.parts().last() {
            Some(ReplyPart::Question(question)) => question,
            other => panic!("a question: {other:?}"),
        }
    }

    /// What the model read of the tools at its last call.
    #[track_caller]
    fn results(&self) -> Vec<String> {
        results(self.model.requests().last().unwrap()).into_iter().map(str::to_owned).collect()
    }

    /// What the model read of the user at its last call.
    #[track_caller]
    fn heard(&self) -> String {
        said(self.model.requests().last().unwrap()).join("|")
    }
}

fn pay(paid: Arc<Mutex<Vec<u32>>>) -> impl Tool {
    tool("pay", "Pays.", move |Payment { cents }, _| {
        paid.lock().unwrap().push(cents);
        async move { Ok(format!("paid {cents}")) }
    })
    .require_approval_with(|Payment { cents }| format!("Pay {cents} cents?"))
}

fn asks_to_pay(cents: u32) -> ChatResponse {
    asks(&[("pay", json!({"cents": cents}))])
}

impl Chat {
    fn agent(&self, model: ScriptedModel) -> LlmAgentBuilder {
        let looked = self.looked.clone();
        let look = tool("look", "Looks.", move |_: Value, _| {
            *looked.lock().unwrap() += 1;
            async { Ok("5 cents") }
        });
        LlmAgent::builder("a", model).tool(look).tool(pay(self.paid.clone()))
    }

    /// Begins another run, with a journal of its own.
    fn begin(&mut self) {
        self.runs += 1;
        self.journal = Arc::default();
    }

    fn context(&self, user: &str) -> RunContext {
        let session = Session::restored("s", Vec::new(), self.state.clone());
        let run = format!("r{}", self.runs);
        RunContext::builder(user, session).run_id(run).journal(self.journal.clone()).in_group(self.is_group).build()
    }

    /// A turn of this user, committed if it ends well.
    async fn turn_of<L: Into<waxwing_llm::scripted::ScriptedReply>>(
        &mut self,
        user: &str,
        turn: impl Into<Turn>,
        script: impl IntoIterator<Item = L>,
    ) -> Result<Said, AgentError> {
        self.begin();
        let model = ScriptedModel::new(script);
        let agent = self.agent(model.clone()).build().unwrap();
        let ctx = self.context(user);
        let reply = agent.run(turn.into(), &ctx).await?;
        self.state = ctx.session().changed_state().unwrap_or_else(|| self.state.clone());
        Ok(Said { reply, model })
    }

    async fn turn<L: Into<waxwing_llm::scripted::ScriptedReply>>(
        &mut self,
        turn: impl Into<Turn>,
        script: impl IntoIterator<Item = L>,
    ) -> Said {
        self.turn_of("1", turn, script).await.unwrap()
    }

    fn paid(&self) -> Vec<u32> {
        self.paid.lock().unwrap().clone()
    }
}

const NOTHING: [&str; 0] = [];

fn tap(question: &Question, nth: usize) -> UserMessage {
    UserMessage::tap(question.choices[nth].clone())
}

fn from(user: &str, mut message: UserMessage) -> UserMessage {
    message.sender = User::new(user);
    message
}

#[tokio::test]
async fn a_call_waits_for_consent_and_the_run_goes_on_from_there() {
    let mut chat = Chat::default();
    let mut request = asks(&[("look", json!({})), ("pay", json!({"cents": 5}))]);
    request.text = "I pay for it.".into();
    let asked = chat.turn("buy it", [asks(&[("look", json!({}))]), request]).await;
    let question = asked.question();
    assert_eq!(asked.reply.parts()[0], ReplyPart::Markdown("I pay for it.".into()));
    assert_eq!((question.text.as_str(), chat.paid()), ("Pay 5 cents?", vec![]));
    let labels: Vec<_> = question.choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["Approve", "Deny"]);

    let done = chat.turn(tap(question, 0), ["Paid."]).await;
    assert_eq!((done.reply.clone(), chat.paid()), (Reply::markdown("Paid."), vec![5]));
    assert_eq!(*chat.looked.lock().unwrap(), 2, "what was made before is not made again");
    assert_eq!(done.results(), ["5 cents", "5 cents", "paid 5"]);
    assert_eq!(done.heard(), r#"[You have asked the user: "Pay 5 cents?". The user has approved it.]"#);
    let requests = done.model.requests();
    let sides: Vec<_> = requests[0].messages.iter().map(|message| format!("{message:?}")).collect();
    assert_eq!(sides, ["User(..)", "Assistant(..)", "Tools(..)", "Assistant(..)", "Tools(..)"]);
    assert!(chat.state.is_empty(), "nothing is kept for longer than needed: {:?}", chat.state);
}

#[tokio::test]
async fn a_denied_call_is_not_made() {
    for (nth, message) in [UserMessage::text("deny"), UserMessage::text("2")].into_iter().enumerate() {
        let mut chat = Chat::default();
        let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
        let message = if nth == 0 { tap(asked.question(), 1) } else { message };
        let done = chat.turn(message, ["As you wish."]).await;
        assert_eq!((markdown(&done.reply), chat.paid()), ("As you wish.", vec![]));
        assert_eq!(done.results(), ["The user did not approve this call. It was not made."]);
    }
}

#[tokio::test]
async fn an_answer_can_be_written() {
    for words in ["approve", " 1.", "Approve"] {
        let mut chat = Chat::default();
        chat.turn("buy it", [asks_to_pay(5)]).await;
        chat.turn(words, ["Paid."]).await;
        assert_eq!(chat.paid(), [5], "{words}");
    }
}

#[tokio::test]
async fn an_answer_counts_once() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    let (yes, no) = (tap(asked.question(), 0), tap(asked.question(), 1));
    let both = Turn::new([yes.clone(), yes.clone(), no]);
    chat.turn(both, ["Paid."]).await;
    let again = chat.turn(yes.clone(), NOTHING).await;
    let closed = "That question is no longer open, so nothing was done. Please ask again.";
    assert_eq!((again.reply, chat.paid()), (Reply::text(closed), vec![5]));
    let with_words = Turn::new([yes, UserMessage::text("hello?")]);
    let said = chat.turn(with_words, ["Hi."]).await;
    let note = "[The user tapped an answer to a question of yours that is not open any more. Nothing was done.]|hello?";
    assert_eq!((said.heard().as_str(), chat.paid()), (note, vec![5]));
    // Not even of a question with an id of somebody else's making.
    let forged = Choice::new("waxwing.approval.0.yes", "Approve");
    assert_eq!(chat.turn(UserMessage::tap(forged), NOTHING).await.reply, Reply::text(closed));
}

#[tokio::test]
async fn only_who_was_asked_can_answer() {
    let mut chat = Chat { is_group: true, ..Chat::default() };
    let asked = chat.turn_of("1", from("1", UserMessage::text("buy it")), [asks_to_pay(5)]).await.unwrap();
    let (yes, no) = (tap(asked.question(), 0), tap(asked.question(), 1));
    for tapped in [&yes, &no] {
        let other = chat.turn_of("2", from("2", tapped.clone()), NOTHING).await.unwrap();
        assert_eq!(other.reply, Reply::text("Only the person who was asked can answer that."));
    }
    let other = chat.turn_of("2", from("2", UserMessage::text("approve")), ["What?"]).await.unwrap();
    assert!(other.heard().contains("There is no answer yet"), "{}", other.heard());
    assert!(chat.paid().is_empty());
    chat.turn_of("1", from("1", yes), ["Paid."]).await.unwrap();
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn where_there_is_nobody_else_the_user_may_have_another_name_by_now() {
    let mut chat = Chat::default();
    let asked = chat.turn_of("1", from("1", UserMessage::text("buy it")), [asks_to_pay(5)]).await.unwrap();
    let yes = tap(asked.question(), 0);
    chat.turn_of("ES.1", from("ES.1", yes), ["Paid."]).await.unwrap();
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn an_answer_comes_too_late() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    let mut late = tap(asked.question(), 0);
    late.sent_at = SystemTime::now() + Duration::from_mins(16);
    let before = chat.state.clone();
    assert!(markdown(&chat.turn(late.clone(), NOTHING).await.reply).starts_with("That question is no longer open"));
    assert!(chat.state.is_empty());
    chat.state = before;
    late.choice = None;
    let said = chat.turn(late, ["Shall I pay?"]).await;
    let note =
        r#"[You have asked the user: "Pay 5 cents?". There was no answer in time, and it was not done.]|Approve"#;
    assert_eq!((said.heard().as_str(), chat.paid(), chat.state.is_empty()), (note, vec![], true));
}

#[tokio::test]
async fn the_user_says_something_else_meanwhile() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    let other = chat.turn("what is it?", ["A hat."]).await;
    let note = r#"[You have asked the user: "Pay 5 cents?". There is no answer yet, and it is not done. The user can tap or write "Approve" or "Deny".]|what is it?"#;
    assert_eq!((other.heard().as_str(), markdown(&other.reply)), (note, "A hat."));
    chat.turn("1", ["One hat it is."]).await;
    assert!(chat.paid().is_empty(), "the number is an answer to what was said since");
    // The model asks again, and the user is shown the same question.
    let again = chat.turn("yes please", [asks_to_pay(5), ChatResponse::text("Please tap.")]).await;
    assert_eq!((markdown(&again.reply), again.question()), ("Please tap.", asked.question()));
    assert!(again.results()[0].starts_with("Error: the user has not answered yet"), "{:?}", again.results());
    chat.turn("approve", ["Paid."]).await;
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn several_calls_are_asked_about_one_after_the_other() {
    let mut chat = Chat::default();
    let calls = [("pay", json!({"cents": 1})), ("look", json!({})), ("pay", json!({"cents": 2}))];
    let first = chat.turn("buy both", [asks(&calls)]).await;
    assert_eq!(first.question().text, "Pay 1 cents?");
    let second = chat.turn(tap(first.question(), 0), NOTHING).await;
    assert_eq!((second.question().text.as_str(), chat.paid()), ("Pay 2 cents?", vec![1]));
    assert_ne!(first.question().choices[0].id, second.question().choices[0].id);
    let again = chat.turn(tap(first.question(), 0), NOTHING).await;
    assert!(markdown(&again.reply).starts_with("That question"), "the first answer counts once");
    let done = chat.turn(tap(second.question(), 1), ["Done."]).await;
    assert_eq!((markdown(&done.reply), chat.paid()), ("Done.", vec![1]));
    assert_eq!(done.results(), ["paid 1", "5 cents", "The user did not approve this call. It was not made."]);
}

#[tokio::test]
async fn a_call_that_was_made_is_not_made_again_when_the_model_fails() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    let yes = tap(asked.question(), 0);
    let broken = || ModelError::new(ModelErrorKind::Rejected);
    let done = chat.turn(yes.clone(), [broken()]).await;
    assert!(markdown(&done.reply).starts_with("I have gone ahead"), "{:?}", done.reply);
    let again = chat.turn(yes, NOTHING).await;
    assert!(markdown(&again.reply).starts_with("I have gone ahead"), "{:?}", again.reply);
    let asked = chat.turn("so?", ["It is paid."]).await;
    let note = "[The tool \"pay\" was to be called after the user's consent. What came of it: \"paid 5\"]|so?";
    assert_eq!((asked.heard().as_str(), chat.paid()), (note, vec![5]));
    assert!(chat.state.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_once_also_where_the_run_is_given_up() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    chat.begin();
    let ctx = chat.context("1");
    let agent = LlmAgent::builder("a", Silent).tool(pay(chat.paid.clone())).build().unwrap();
    let run = agent.run(tap(asked.question(), 0).into(), &ctx);
    assert!(tokio::time::timeout(Duration::from_secs(9), run).await.is_err());
    assert_eq!(chat.paid(), [5]);

    // Of a run that was given up the memory is kept, and the state is not.
    let memory = Memory::restored(ctx.memory().state().changed().unwrap());
    let session = Session::restored("s", Vec::new(), chat.state.clone());
    let ctx = RunContext::builder("1", session).memory(memory).build();
    let agent = chat.agent(ScriptedModel::new(NOTHING)).build().unwrap();
    let reply = agent.run(tap(asked.question(), 0).into(), &ctx).await.unwrap();
    assert!(markdown(&reply).starts_with("That question is no longer open"), "{reply:?}");
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn a_number_is_no_answer_once_something_else_was_asked() {
    let said = |text: &str| HistoryEntry::new(Role::Agent, text);
    for (then, paid) in [(None, vec![5]), (Some("Which size?\n\n1. Large"), vec![])] {
        let mut chat = Chat::default();
        let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
        let history = [said(&asked.question().plain_text())].into_iter().chain(then.map(said));
        let ctx = RunContext::builder("1", Session::restored("s", history.collect(), chat.state.clone())).build();
        chat.agent(ScriptedModel::new(["Well."])).build().unwrap().run("1".into(), &ctx).await.unwrap();
        assert_eq!(chat.paid(), paid);
    }
}

#[tokio::test]
async fn a_repeated_run_makes_the_call_once() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    chat.begin();
    for _ in 0..2 {
        let agent = chat.agent(ScriptedModel::new(["Paid."])).build().unwrap();
        let reply = agent.run(tap(asked.question(), 0).into(), &chat.context("1")).await.unwrap();
        assert_eq!(markdown(&reply), "Paid.");
    }
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn who_waits_for_an_answer_says_so() {
    let mut chat = Chat { is_group: true, ..Chat::default() };
    let agent = chat.agent(ScriptedModel::new(NOTHING)).build().unwrap();
    let awaits = |chat: &Chat, message: UserMessage| agent.awaits(&message.into(), &chat.context("1"));
    assert!(!awaits(&chat, UserMessage::text("approve")));
    let asked = chat.turn("buy it", [asks_to_pay(5)]).await;
    assert!(awaits(&chat, tap(asked.question(), 0)) && awaits(&chat, UserMessage::text("approve")));
    assert!(awaits(&chat, from("2", tap(asked.question(), 1))), "who taps should hear that it is not theirs to answer");
    assert!(!awaits(&chat, UserMessage::text("hello")) && !awaits(&chat, from("2", UserMessage::text("approve"))));
    assert!(!awaits(&chat, UserMessage::tap(Choice::new("waxwing.approval.0.yes", "Approve"))));
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let mut chat = Chat::default();
    let long = tool("read", "Reads.", |_: Value, _| async { Ok("x".repeat(60_000)) });
    let read = || asks(&[("read", json!({}))]);
    let model = ScriptedModel::new([read(), read(), read(), asks_to_pay(5)]);
    let agent = chat.agent(model).tool(long).build().unwrap();
    let ctx = chat.context("1");
    let reply = agent.run("buy it".into(), &ctx).await.unwrap();
    let Some(ReplyPart::Question(question)) = reply.parts().last() else { panic!("a question: {reply:?}") };
    chat.state = ctx.session().changed_state().unwrap();
    assert!(serde_json::to_vec(&chat.state).unwrap().len() < 130 * 1024);
    let done = chat.turn(tap(question, 0), ["Paid."]).await;
    assert_eq!((markdown(&done.reply), done.results().len()), ("Paid.", 3), "two of the three long results are left");

    let huge = asks(&[("pay", json!({"cents": 5, "note": "x".repeat(200_000)}))]);
    let refused = Chat::default().turn("buy it", [huge, ChatResponse::text("Hm.")]).await;
    assert_eq!(markdown(&refused.reply), "Hm.");
    assert!(refused.results()[0].starts_with("Error: the user cannot be asked"), "{:?}", refused.results());
}

#[tokio::test]
async fn any_tool_can_be_made_to_ask() {
    let sent = tool("send", "Sends.", |_: Value, _| async { Ok("sent") });
    let sent: Arc<dyn Tool> = Arc::new(sent);
    let model = ScriptedModel::new([asks(&[("send", json!({"to": "Bea", "what": "*all*"}))])]);
    let agent = LlmAgent::builder("a", model).tool(RequireApproval::new(sent, "Send it?")).build().unwrap();
    let reply = agent.run("send it".into(), &RunContext::in_memory("1")).await.unwrap();
    let [ReplyPart::Question(question)] = reply.parts() else { panic!("a question: {reply:?}") };
    assert_eq!(question.text, "Send it?\n\n- `to`: `Bea`\n- `what`: `*all*`");
}

#[tokio::test]
async fn what_cannot_be_shown_as_a_whole_is_not_asked() {
    let sent = tool("send", "Sends.", |_: Value, _| async { Ok("sent") });
    let padded = asks(&[("send", json!({"what": "x".repeat(1000), "to": "Mallory"})), ("send", json!({"to": "Bea"}))]);
    let model = ScriptedModel::new([padded]);
    let agent = LlmAgent::builder("a", model).tool(RequireApproval::new(sent, "Send it?")).build().unwrap();
    let reply = agent.run("send it".into(), &RunContext::in_memory("1")).await.unwrap();
    let [ReplyPart::Question(question)] = reply.parts() else { panic!("a question: {reply:?}") };
    assert_eq!(question.text, "Send it?\n\n- `to`: `Bea`", "the other one is refused");
}

#[tokio::test]
async fn a_call_that_cannot_be_understood_is_not_asked_about() {
    let wrong = asks(&[("pay", json!({"cents": "five"})), ("pay", json!("{"))]);
    let mut chat = Chat::default();
    let said = chat.turn("buy it", [wrong, ChatResponse::text("Hm.")]).await;
    assert_eq!((markdown(&said.reply), chat.paid()), ("Hm.", vec![]));
    assert!(said.results()[0].contains("do not fit the schema"), "{:?}", said.results());
    let requests = said.model.requests();
    assert!(matches!(requests[1].messages.last(), Some(ChatMessage::Tools(results)) if results.len() == 2));
}

#[tokio::test]
async fn an_answer_that_comes_while_another_run_goes_on_counts_in_it() {
    let mut chat = Chat::default();
    let asked = chat.turn_of("34600000000", "buy it", [asks_to_pay(5)]).await.unwrap();
    let world = World::default();
    world.meanwhile(tap(asked.question(), 0));
    let model = ScriptedModel::new([asks(&[("look", json!({}))]), ChatResponse::text("It is paid.")]);
    let agent = chat.agent(model.clone()).build().unwrap();
    let session = || Session::restored("s", Vec::new(), chat.state.clone());
    let ctx = world.run_in(session(), world.journal.clone());
    let reply = agent.run("well?".into(), &ctx).await.unwrap();
    assert_eq!((markdown(&reply), chat.paid()), ("It is paid.", vec![5]));
    let heard = said(&model.requests()[1]).join("|");
    assert!(heard.ends_with("What came of it: \"paid 5\"]"), "{heard}");
    assert!(ctx.session().state().snapshot().is_empty());

    // Nor does it count again where the model fails after it.
    let world = World::default();
    world.meanwhile(tap(asked.question(), 0));
    let agent = chat.agent(ScriptedModel::new([asks(&[("look", json!({}))])])).build().unwrap();
    let ctx = world.run_in(session(), world.journal.clone());
    let reply = agent.run("well?".into(), &ctx).await.unwrap();
    assert!(markdown(&reply).starts_with("I have gone ahead"), "{reply:?}");
    let kept = ctx.session().changed_state().unwrap();
    assert!(kept["approval/a"]["settled"].as_str().unwrap().contains("paid 5"), "{kept:?}");
}

/// A tool that needs consent only when it is looked at for the second time, as one of a server that has just changed.
struct Fickle {
    spec: waxwing_llm::ToolSpec,
    is_known: AtomicBool,
}

#[async_trait]
impl Tool for Fickle {
    fn spec(&self) -> &waxwing_llm::ToolSpec {
        &self.spec
    }

    fn approval_prompt(&self, _arguments: &Value) -> Option<String> {
        self.is_known.swap(true, Ordering::SeqCst).then(|| "Sure?".to_owned())
    }

    async fn call(&self, _arguments: Value, _ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        panic!("without consent")
    }
}

#[tokio::test]
async fn no_call_slips_through() {
    let spec = pay(Arc::default()).spec().clone();
    let fickle = Fickle { spec, is_known: AtomicBool::new(false) };
    let model = ScriptedModel::new([asks_to_pay(5), asks_to_pay(5)]);
    let agent = LlmAgent::builder("a", model.clone()).tool(fickle).build().unwrap();
    let reply = agent.run("buy it".into(), &RunContext::in_memory("1")).await.unwrap();
    assert!(matches!(reply.parts(), [ReplyPart::Question(_)]), "{reply:?}");
    assert_eq!(results(&model.requests()[1]), ["Error: this needs the user's consent. Call the tool again."]);
}
