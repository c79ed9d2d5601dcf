//! Tool approval. Each turn runs with a new agent on the session state of the previous turn, as after a restart.

mod reactions;

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

use crate::support::{HangingModel, World, markdown, tool_calls, tool_results, user_parts};

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
    counts_reactions: bool,
    journal: Arc<MemoryJournal>,
}

/// Result of a turn.
struct TurnResult {
    reply: Reply,
    model: ScriptedModel,
}

impl TurnResult {
    #[track_caller]
    fn question(&self) -> &Question {
        match self.reply.parts().last() {
            Some(ReplyPart::Question(question)) => question,
            other => panic!("expected a question: {other:?}"),
        }
    }

    /// Returns the tool results in the last request.
    #[track_caller]
    fn results(&self) -> Vec<String> {
        tool_results(self.model.requests().last().unwrap()).into_iter().map(str::to_owned).collect()
    }

    /// Returns the last user message in the last request.
    #[track_caller]
    fn user_message(&self) -> String {
        user_parts(self.model.requests().last().unwrap()).join("|")
    }
}

fn pay(paid: Arc<Mutex<Vec<u32>>>) -> impl Tool {
    tool("pay", "Pays.", move |Payment { cents }, _| {
        paid.lock().unwrap().push(cents);
        async move { Ok(format!("paid {cents}")) }
    })
    .require_approval_with(|Payment { cents }| format!("Pay {cents} cents?"))
}

fn calls_pay(cents: u32) -> ChatResponse {
    tool_calls(&[("pay", json!({"cents": cents}))])
}

impl Chat {
    fn agent(&self, model: ScriptedModel) -> LlmAgentBuilder {
        let looked = self.looked.clone();
        let look = tool("look", "Looks.", move |_: Value, _| {
            *looked.lock().unwrap() += 1;
            async { Ok("5 cents") }
        });
        let agent = LlmAgent::builder("a", model).tool(look).tool(pay(self.paid.clone()));
        if self.counts_reactions { agent.approval_reactions() } else { agent }
    }

    /// Starts another run, with a new journal.
    fn begin(&mut self) {
        self.runs += 1;
        self.journal = Arc::default();
    }

    fn context(&self, user: &str) -> RunContext {
        let session = Session::restored("s", Vec::new(), self.state.clone());
        let run = format!("r{}", self.runs);
        RunContext::builder(user, session).run_id(run).journal(self.journal.clone()).in_group(self.is_group).build()
    }

    /// Runs a turn of this user, and commits it if it succeeds.
    async fn turn_of<L: Into<waxwing_llm::ScriptedReply>>(
        &mut self,
        user: &str,
        turn: impl Into<Turn>,
        script: impl IntoIterator<Item = L>,
    ) -> Result<TurnResult, AgentError> {
        self.begin();
        let model = ScriptedModel::new(script);
        let agent = self.agent(model.clone()).build().unwrap();
        let ctx = self.context(user);
        let reply = agent.run(turn.into(), &ctx).await?;
        self.state = ctx.session().changed_state().unwrap_or_else(|| self.state.clone());
        Ok(TurnResult { reply, model })
    }

    async fn turn<L: Into<waxwing_llm::ScriptedReply>>(
        &mut self,
        turn: impl Into<Turn>,
        script: impl IntoIterator<Item = L>,
    ) -> TurnResult {
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
async fn a_call_waits_for_approval_and_the_run_continues() {
    let mut chat = Chat::default();
    let mut request = tool_calls(&[("look", json!({})), ("pay", json!({"cents": 5}))]);
    request.text = "I pay for it.".into();
    let asked = chat.turn("buy it", [tool_calls(&[("look", json!({}))]), request]).await;
    let question = asked.question();
    assert_eq!(asked.reply.parts()[0], ReplyPart::Markdown("I pay for it.".into()));
    assert_eq!((question.text.as_str(), chat.paid()), ("Pay 5 cents?", vec![]));
    let labels: Vec<_> = question.choices.iter().map(|choice| choice.label.as_str()).collect();
    assert_eq!(labels, ["Approve", "Deny"]);

    let done = chat.turn(tap(question, 0), ["Paid."]).await;
    assert_eq!((done.reply.clone(), chat.paid()), (Reply::markdown("Paid."), vec![5]));
    assert_eq!(*chat.looked.lock().unwrap(), 2, "earlier calls are not repeated");
    assert_eq!(done.results(), ["5 cents", "5 cents", "paid 5"]);
    assert_eq!(
        done.user_message(),
        r#"<approval state="approved" note="You asked the user for approval, and the user answered.">Pay 5 cents?</approval>"#
    );
    let requests = done.model.requests();
    let sides: Vec<_> = requests[0].messages.iter().map(|message| format!("{message:?}")).collect();
    assert_eq!(sides, ["User(..)", "Assistant(..)", "Tools(..)", "Assistant(..)", "Tools(..)"]);
    assert!(chat.state.is_empty(), "the approval is removed from the state: {:?}", chat.state);
}

#[tokio::test]
async fn a_denied_call_is_not_made() {
    for (nth, message) in [UserMessage::text("deny"), UserMessage::text("2")].into_iter().enumerate() {
        let mut chat = Chat::default();
        let asked = chat.turn("buy it", [calls_pay(5)]).await;
        let message = if nth == 0 { tap(asked.question(), 1) } else { message };
        let done = chat.turn(message, ["As you wish."]).await;
        assert_eq!((markdown(&done.reply), chat.paid()), ("As you wish.", vec![]));
        assert_eq!(done.results(), ["The user denied this call. The call was not made."]);
    }
}

#[tokio::test]
async fn a_written_label_or_number_is_an_answer() {
    for words in ["approve", " 1.", "Approve"] {
        let mut chat = Chat::default();
        chat.turn("buy it", [calls_pay(5)]).await;
        chat.turn(words, ["Paid."]).await;
        assert_eq!(chat.paid(), [5], "{words}");
    }
}

#[tokio::test]
async fn an_answer_counts_once() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let (yes, no) = (tap(asked.question(), 0), tap(asked.question(), 1));
    let both = Turn::new([yes.clone(), yes.clone(), no]);
    chat.turn(both, ["Paid."]).await;
    let again = chat.turn(yes.clone(), NOTHING).await;
    let closed = "This request has expired or has already been answered, so nothing was done. Please ask me again.";
    assert_eq!((again.reply, chat.paid()), (Reply::text(closed), vec![5]));
    let with_words = Turn::new([yes, UserMessage::text("hello?")]);
    let said = chat.turn(with_words, ["Hi."]).await;
    let note = r#"<approval state="late" note="The user answered an approval that has expired or was already answered. Nothing was done."/>|hello?"#;
    assert_eq!((said.user_message().as_str(), chat.paid()), (note, vec![5]));
    // A forged id is an answer to an unknown approval.
    let forged = Choice::new("waxwing.approval.0.yes", "Approve");
    assert_eq!(chat.turn(UserMessage::tap(forged), NOTHING).await.reply, Reply::text(closed));
}

#[tokio::test]
async fn only_the_user_who_was_asked_can_answer() {
    let mut chat = Chat { is_group: true, ..Chat::default() };
    let asked = chat.turn_of("1", from("1", UserMessage::text("buy it")), [calls_pay(5)]).await.unwrap();
    let (yes, no) = (tap(asked.question(), 0), tap(asked.question(), 1));
    for tapped in [&yes, &no] {
        let other = chat.turn_of("2", from("2", tapped.clone()), NOTHING).await.unwrap();
        assert_eq!(other.reply, Reply::text("Only the person who made this request can approve or deny it."));
    }
    let other = chat.turn_of("2", from("2", UserMessage::text("approve")), ["What?"]).await.unwrap();
    assert!(other.user_message().contains("The user has not answered yet"), "{}", other.user_message());
    assert!(chat.paid().is_empty());
    chat.turn_of("1", from("1", yes), ["Paid."]).await.unwrap();
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn outside_of_a_group_the_id_of_the_user_may_change() {
    let mut chat = Chat::default();
    let asked = chat.turn_of("1", from("1", UserMessage::text("buy it")), [calls_pay(5)]).await.unwrap();
    let yes = tap(asked.question(), 0);
    chat.turn_of("ES.1", from("ES.1", yes), ["Paid."]).await.unwrap();
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn an_answer_after_the_timeout_does_not_count() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let mut late = tap(asked.question(), 0);
    late.sent_at = SystemTime::now() + Duration::from_mins(16);
    let before = chat.state.clone();
    assert!(
        markdown(&chat.turn(late.clone(), NOTHING).await.reply)
            .starts_with("This request has expired or has already been answered")
    );
    assert!(chat.state.is_empty());
    chat.state = before;
    late.choice = None;
    let said = chat.turn(late, ["Shall I pay?"]).await;
    let note = r#"<approval state="expired" note="You asked the user for approval. The user did not answer in time, and nothing was done.">Pay 5 cents?</approval>|Approve"#;
    assert_eq!((said.user_message().as_str(), chat.paid(), chat.state.is_empty()), (note, vec![], true));
}

#[tokio::test]
async fn the_user_can_send_other_messages_before_answering() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let other = chat.turn("what is it?", ["A hat."]).await;
    let note = r#"<approval state="open" note="You asked the user for approval. The user has not answered yet, and nothing was done. The user can tap or write one of the labels." approve="Approve" deny="Deny">Pay 5 cents?</approval>|what is it?"#;
    assert_eq!((other.user_message().as_str(), markdown(&other.reply)), (note, "A hat."));
    chat.turn("1", ["One hat it is."]).await;
    assert!(chat.paid().is_empty(), "the number answers a later message");
    // The model calls the tool again, and the user sees the same question.
    let again = chat.turn("yes please", [calls_pay(5), ChatResponse::text("Please tap.")]).await;
    assert_eq!((markdown(&again.reply), again.question()), ("Please tap.", asked.question()));
    assert!(
        again.results()[0].starts_with("Error: another call is still waiting for the user's approval."),
        "{:?}",
        again.results()
    );
    chat.turn("approve", ["Paid."]).await;
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn calls_are_approved_one_after_the_other() {
    let mut chat = Chat::default();
    let calls = [("pay", json!({"cents": 1})), ("look", json!({})), ("pay", json!({"cents": 2}))];
    let first = chat.turn("buy both", [tool_calls(&calls)]).await;
    assert_eq!(first.question().text, "Pay 1 cents?");
    let second = chat.turn(tap(first.question(), 0), NOTHING).await;
    assert_eq!((second.question().text.as_str(), chat.paid()), ("Pay 2 cents?", vec![1]));
    assert_ne!(first.question().choices[0].id, second.question().choices[0].id);
    let again = chat.turn(tap(first.question(), 0), NOTHING).await;
    assert!(markdown(&again.reply).starts_with("This request has expired"), "the first answer counts once");
    let done = chat.turn(tap(second.question(), 1), ["Done."]).await;
    assert_eq!((markdown(&done.reply), chat.paid()), ("Done.", vec![1]));
    assert_eq!(done.results(), ["paid 1", "5 cents", "The user denied this call. The call was not made."]);
}

#[tokio::test]
async fn an_approved_call_is_not_repeated_if_the_model_fails() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    let yes = tap(asked.question(), 0);
    let broken = || ModelError::new(ModelErrorKind::Rejected);
    let done = chat.turn(yes.clone(), [broken()]).await;
    assert!(
        markdown(&done.reply).starts_with("I've done this, but I can't confirm the result yet."),
        "{:?}",
        done.reply
    );
    let again = chat.turn(yes, NOTHING).await;
    assert!(
        markdown(&again.reply).starts_with("I've done this, but I can't confirm the result yet."),
        "{:?}",
        again.reply
    );
    let asked = chat.turn("so?", ["It is paid."]).await;
    let note = r#"<approval state="approved" note="The user approved the call of this tool, and it was made." tool="pay">paid 5</approval>|so?"#;
    assert_eq!((asked.user_message().as_str(), chat.paid()), (note, vec![5]));
    assert!(chat.state.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_once_even_if_the_run_is_aborted() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    chat.begin();
    let ctx = chat.context("1");
    let agent = LlmAgent::builder("a", HangingModel).tool(pay(chat.paid.clone())).build().unwrap();
    let run = agent.run(tap(asked.question(), 0).into(), &ctx);
    assert!(tokio::time::timeout(Duration::from_secs(9), run).await.is_err());
    assert_eq!(chat.paid(), [5]);

    // The memory of an aborted run is committed, and its session state is not.
    let memory = Memory::restored(ctx.memory().state().changed().unwrap());
    let session = Session::restored("s", Vec::new(), chat.state.clone());
    let ctx = RunContext::builder("1", session).memory(memory).build();
    let agent = chat.agent(ScriptedModel::new(NOTHING)).build().unwrap();
    let reply = agent.run(tap(asked.question(), 0).into(), &ctx).await.unwrap();
    assert!(markdown(&reply).starts_with("This request has expired or has already been answered"), "{reply:?}");
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn a_number_does_not_count_after_another_question() {
    let said = |text: &str| HistoryEntry::new(Role::Agent, text);
    for (then, paid) in [(None, vec![5]), (Some("Which size?\n\n1. Large"), vec![])] {
        let mut chat = Chat::default();
        let asked = chat.turn("buy it", [calls_pay(5)]).await;
        let history = [said(&asked.question().plain_text())].into_iter().chain(then.map(said));
        let ctx = RunContext::builder("1", Session::restored("s", history.collect(), chat.state.clone())).build();
        chat.agent(ScriptedModel::new(["Well."])).build().unwrap().run("1".into(), &ctx).await.unwrap();
        assert_eq!(chat.paid(), paid);
    }
}

#[tokio::test]
async fn a_written_yes_or_no_counts_if_it_is_the_whole_turn() {
    for (written, paid) in [
        (vec!["Yes!"], vec![5]),
        (vec!["Sí"], vec![5]),
        (vec!["yes", "OK"], vec![5]),
        (vec!["No, thanks."], vec![]),
        (vec!["yes?"], vec![]),
        (vec!["yes", "but only 3"], vec![]),
        (vec!["yes", "no"], vec![]),
        (vec!["yes, but only 3"], vec![]),
    ] {
        let mut chat = Chat::default();
        chat.turn("buy it", [calls_pay(5)]).await;
        let turn = Turn::new(written.iter().map(|text| UserMessage::text(*text)));
        let next = chat.turn(turn, ["Well."]).await;
        assert_eq!(chat.paid(), paid, "{written:?}");
        let is_decided = written.len() == 1 && !written[0].contains(['?', '3']) || !paid.is_empty();
        assert_eq!(next.user_message().contains("has not answered yet"), !is_decided, "{written:?}");
    }
}

#[tokio::test]
async fn a_yes_does_not_count_for_another_question() {
    // The user has written something else since, or answers the agent's next question.
    let mut chat = Chat::default();
    chat.turn("buy it", [calls_pay(5)]).await;
    chat.turn("is it red?", ["It is. Do you like red?"]).await;
    chat.turn("yes", ["Nice."]).await;
    assert!(chat.paid().is_empty());
    // A caption, and a message that quotes another one.
    let mut quoting = UserMessage::text("yes");
    quoting.quotes = Some("wamid.0".into());
    let caption = UserMessage::text("yes").with_media(waxwing_agent::Media::image("image/png", vec![1]));
    for message in [caption, quoting] {
        let mut chat = Chat::default();
        chat.turn("buy it", [calls_pay(5)]).await;
        chat.turn(message, ["Well."]).await;
        assert!(chat.paid().is_empty());
    }
    // In a group, only the user who was asked.
    let mut chat = Chat { is_group: true, ..Chat::default() };
    chat.turn_of("1", "buy it", [calls_pay(5)]).await.unwrap();
    chat.turn_of("2", from("2", UserMessage::text("yes")), ["Well."]).await.unwrap();
    assert!(chat.paid().is_empty());
}

#[tokio::test]
async fn a_question_that_names_unknown_arguments_is_refused_at_the_start() {
    let agent = |question: &str| LlmAgent::builder("a", ScriptedModel::new(NOTHING)).tool(refund(question)).build();
    let refund = agent("Refund {sum} €?").unwrap_err().to_string();
    let expected = "tool \"refund\": the approval question names `{sum}`, which is not an argument of the tool; it has `amount`, `order`";
    assert_eq!(refund, expected);
    assert!(agent("Refund {amount} € for order {order}?").is_ok());
}

#[tokio::test]
async fn a_question_can_name_arguments_in_a_sentence() {
    let model = ScriptedModel::new([tool_calls(&[("refund", json!({"amount": 25, "order": "A-17"}))])]);
    let tool = refund("Refund {amount} € for order {order}?");
    let agent = LlmAgent::builder("a", model).tool(tool).build().unwrap();
    let reply = agent.run("my money".into(), &RunContext::in_memory("1")).await.unwrap();
    let [ReplyPart::Question(question)] = reply.parts() else { panic!("expected a question: {reply:?}") };
    assert_eq!(question.text, "Refund `25` € for order `A-17`?");
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing_llm::schemars")]
struct Refund {
    #[expect(dead_code, reason = "only the schema of the type is used")]
    amount: u32,
    #[expect(dead_code, reason = "only the schema of the type is used")]
    order: String,
}

fn refund(question: &str) -> impl Tool + use<> {
    tool("refund", "Refunds.", |_: Refund, _| async { Ok("refunded") }).require_approval(question)
}

#[tokio::test]
async fn a_repeated_run_does_not_repeat_the_approved_call() {
    let mut chat = Chat::default();
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    chat.begin();
    for _ in 0..2 {
        let agent = chat.agent(ScriptedModel::new(["Paid."])).build().unwrap();
        let reply = agent.run(tap(asked.question(), 0).into(), &chat.context("1")).await.unwrap();
        assert_eq!(markdown(&reply), "Paid.");
    }
    assert_eq!(chat.paid(), [5]);
}

#[tokio::test]
async fn an_agent_awaits_answers_to_its_approval() {
    let mut chat = Chat { is_group: true, ..Chat::default() };
    let agent = chat.agent(ScriptedModel::new(NOTHING)).build().unwrap();
    let awaits = |chat: &Chat, message: UserMessage| agent.awaits(&message.into(), &chat.context("1"));
    assert!(!awaits(&chat, UserMessage::text("approve")));
    let asked = chat.turn("buy it", [calls_pay(5)]).await;
    assert!(awaits(&chat, tap(asked.question(), 0)) && awaits(&chat, UserMessage::text("approve")));
    assert!(awaits(&chat, from("2", tap(asked.question(), 1))), "another person is told that the tap does not count");
    assert!(!awaits(&chat, UserMessage::text("hello")) && !awaits(&chat, from("2", UserMessage::text("approve"))));
    assert!(!awaits(&chat, UserMessage::tap(Choice::new("waxwing.approval.0.yes", "Approve"))));
}

#[tokio::test]
async fn the_size_of_the_stored_approval_is_limited() {
    let mut chat = Chat::default();
    let long = tool("read", "Reads.", |_: Value, _| async { Ok("x".repeat(60_000)) });
    let read = |page: u8| tool_calls(&[("read", json!({"page": page}))]);
    let model = ScriptedModel::new([read(1), read(2), read(3), calls_pay(5)]);
    let agent = chat.agent(model).tool(long).build().unwrap();
    let ctx = chat.context("1");
    let reply = agent.run("buy it".into(), &ctx).await.unwrap();
    let Some(ReplyPart::Question(question)) = reply.parts().last() else { panic!("expected a question: {reply:?}") };
    chat.state = ctx.session().changed_state().unwrap();
    assert!(serde_json::to_vec(&chat.state).unwrap().len() < 130 * 1024);
    let done = chat.turn(tap(question, 0), ["Paid."]).await;
    assert_eq!((markdown(&done.reply), done.results().len()), ("Paid.", 3), "two of the three long results are kept");

    let huge = tool_calls(&[("pay", json!({"cents": 5, "note": "x".repeat(200_000)}))]);
    let refused = Chat::default().turn("buy it", [huge, ChatResponse::text("Hm.")]).await;
    assert_eq!(markdown(&refused.reply), "Hm.");
    assert!(
        refused.results()[0].starts_with("Error: the call is too long to show to the user for approval."),
        "{:?}",
        refused.results()
    );
}

#[tokio::test]
async fn approval_can_be_required_for_any_tool() {
    let sent = tool("send", "Sends.", |_: Value, _| async { Ok("sent") });
    let sent: Arc<dyn Tool> = Arc::new(sent);
    let model = ScriptedModel::new([tool_calls(&[("send", json!({"to": "Bea", "what": "*all*"}))])]);
    let agent = LlmAgent::builder("a", model).tool(RequireApproval::new(sent, "Send it?")).build().unwrap();
    let reply = agent.run("send it".into(), &RunContext::in_memory("1")).await.unwrap();
    let [ReplyPart::Question(question)] = reply.parts() else { panic!("expected a question: {reply:?}") };
    assert_eq!(question.text, "Send it?\n\n- `to`: `Bea`\n- `what`: `*all*`");
}

#[tokio::test]
async fn a_call_that_is_too_long_to_show_is_refused() {
    let sent = tool("send", "Sends.", |_: Value, _| async { Ok("sent") });
    let padded =
        tool_calls(&[("send", json!({"what": "x".repeat(1000), "to": "Mallory"})), ("send", json!({"to": "Bea"}))]);
    let model = ScriptedModel::new([padded]);
    let agent = LlmAgent::builder("a", model).tool(RequireApproval::new(sent, "Send it?")).build().unwrap();
    let reply = agent.run("send it".into(), &RunContext::in_memory("1")).await.unwrap();
    let [ReplyPart::Question(question)] = reply.parts() else { panic!("expected a question: {reply:?}") };
    assert_eq!(question.text, "Send it?\n\n- `to`: `Bea`", "the other call is refused");
}

#[tokio::test]
async fn a_call_with_invalid_arguments_needs_no_approval() {
    let wrong = tool_calls(&[("pay", json!({"cents": "five"})), ("pay", json!("{"))]);
    let mut chat = Chat::default();
    let said = chat.turn("buy it", [wrong, ChatResponse::text("Hm.")]).await;
    assert_eq!((markdown(&said.reply), chat.paid()), ("Hm.", vec![]));
    assert!(said.results()[0].contains("do not match the schema"), "{:?}", said.results());
    let requests = said.model.requests();
    assert!(matches!(requests[1].messages.last(), Some(ChatMessage::Tools(results)) if results.len() == 2));
}

#[tokio::test]
async fn an_answer_during_another_run_counts_in_that_run() {
    let mut chat = Chat::default();
    let asked = chat.turn_of("34600000000", "buy it", [calls_pay(5)]).await.unwrap();
    let world = World::default();
    world.meanwhile(tap(asked.question(), 0));
    let model = ScriptedModel::new([tool_calls(&[("look", json!({}))]), ChatResponse::text("It is paid.")]);
    let agent = chat.agent(model.clone()).build().unwrap();
    let session = || Session::restored("s", Vec::new(), chat.state.clone());
    let ctx = world.run_in(session(), world.journal.clone());
    let reply = agent.run("well?".into(), &ctx).await.unwrap();
    assert_eq!((markdown(&reply), chat.paid()), ("It is paid.", vec![5]));
    let heard = user_parts(&model.requests()[1]).join("|");
    assert!(heard.ends_with("and it was made.\" tool=\"pay\">paid 5</approval>"), "{heard}");
    assert!(ctx.session().state().snapshot().is_empty());

    // The answer does not count again if the model fails afterwards.
    let world = World::default();
    world.meanwhile(tap(asked.question(), 0));
    let agent = chat.agent(ScriptedModel::new([tool_calls(&[("look", json!({}))])])).build().unwrap();
    let ctx = world.run_in(session(), world.journal.clone());
    let reply = agent.run("well?".into(), &ctx).await.unwrap();
    assert!(markdown(&reply).starts_with("I've done this, but I can't confirm the result yet."), "{reply:?}");
    let kept = ctx.session().changed_state().unwrap();
    assert!(kept["approval/a"]["completed"].as_str().unwrap().contains("paid 5"), "{kept:?}");
}

/// A tool that requires approval only from the second check on, like a tool that its server has just changed.
struct ChangingTool {
    spec: waxwing_llm::ToolSpec,
    is_known: AtomicBool,
}

#[async_trait]
impl Tool for ChangingTool {
    fn spec(&self) -> &waxwing_llm::ToolSpec {
        &self.spec
    }

    fn approval_prompt(&self, _arguments: &Value) -> Option<String> {
        self.is_known.swap(true, Ordering::SeqCst).then(|| "Sure?".to_owned())
    }

    async fn call(&self, _arguments: Value, _ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        panic!("called without approval")
    }
}

#[tokio::test]
async fn approval_is_checked_again_before_the_call() {
    let spec = pay(Arc::default()).spec().clone();
    let tool = ChangingTool { spec, is_known: AtomicBool::new(false) };
    let model = ScriptedModel::new([calls_pay(5), calls_pay(5)]);
    let agent = LlmAgent::builder("a", model.clone()).tool(tool).build().unwrap();
    let reply = agent.run("buy it".into(), &RunContext::in_memory("1")).await.unwrap();
    assert!(matches!(reply.parts(), [ReplyPart::Question(_)]), "{reply:?}");
    assert_eq!(
        tool_results(&model.requests()[1]),
        ["Error: this call needs the user's approval. Call the tool again."]
    );
}
