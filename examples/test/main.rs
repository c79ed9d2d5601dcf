//! Tests of the examples.
//!
//! Each example runs as a program, as its documentation describes, with the emulator and with scripted models.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod http_agent;
mod media;
mod stage;
mod team;

use serde_json::json;
use stage::Stage;
use waxwing_emulator::Emulator;
use waxwing_emulator::matcher::{any, buttons, list};
use waxwing_tests::ModelReply;

#[tokio::test]
async fn basic_greets_by_name() {
    let stage = Stage::new().await;
    let _server = stage.run("basic").await;
    stage.ana.says("good morning").await;
    stage.ana.expect("Hello *Ana*, you said: good morning").await;
}

#[tokio::test]
async fn assistant_asks_its_tool_and_knows_whom_it_talks_to() {
    let stage = Stage::new().await;
    let _server = stage.run("assistant").await;
    stage.model.reply_with([
        ModelReply::tool_call("weather", json!({"city": "Vigo"})),
        ModelReply::text("It **rains** in Vigo."),
    ]);
    stage.ana.says("How is Vigo?").await;
    stage.ana.expect("It *rains* in Vigo.").await;
    let asked = stage.model.requests();
    assert!(asked[0].transcript()[1].contains("name=\"Ana\""), "{:?}", asked[0].transcript());
    assert!(asked[1].transcript().contains(&"tool: rain, 14 °C in Vigo".to_owned()), "{:?}", asked[1].transcript());
}

#[tokio::test]
async fn hand_over_is_silent_while_a_person_answers_and_has_read_it_all() {
    let stage = Stage::new().await;
    let _server = stage.run("human_handoff").await;
    stage.model.reply_with([
        ModelReply::tool_call(
            "hand_off_to_human",
            json!({"message": "Bea will help you.", "reason": "refund", "summary": "A guest wants a refund."}),
        ),
        ModelReply::empty(),
    ]);
    stage.ana.says("I want my money back").await;
    stage.ana.expect("Bea will help you.").await;
    let there = stage.ana.says("Hello, Bea?").await;
    stage.ana.expect_acknowledged(&there).await;
    let types = json!({"message_echo": {"user": "+34600000000", "text": "You will get it."}});
    stage.env.emulator.perform(serde_json::from_value(types).unwrap()).unwrap();
    stage.ana.expect("You will get it.").await;
    let asked = stage.model.requests().len();
    stage.ana.says("/bot").await;
    stage.ana.expect(any()).await;
    stage.model.reply_with([ModelReply::text("You are welcome.")]);
    stage.ana.says("Thanks").await;
    stage.ana.expect("You are welcome.").await;
    let requests = stage.model.requests();
    assert_eq!(requests.len(), asked + 1, "nobody asked the model while a person answered");
    let said = requests[asked].transcript().join("\n");
    assert!(said.contains("Hello, Bea?") && said.contains("You will get it."), "{said}");
}

#[tokio::test]
async fn interactive_offers_times_and_books_with_consent_alone() {
    let stage = Stage::new().await;
    let server = stage.run("interactive").await;
    let times = [("19:00", "the first"), ("20:30", "the second"), ("22:00", "the last")];
    let choices: Vec<_> =
        times.iter().map(|(label, description)| json!({"label": label, "description": description})).collect();
    stage.model.reply_with([
        ModelReply::tool_call("offer_choices", json!({"text": "When?", "choices": choices})),
        ModelReply::empty(),
    ]);
    stage.ana.says("A table for two, tonight").await;
    stage.ana.expect(list(["19:00", "20:30", "22:00"]).saying("When?")).await;
    stage.model.reply_with([ModelReply::tool_call("book_table", json!({"people": 2, "time": "20:30"}))]);
    stage.ana.taps("20:30").await;
    stage.ana.expect(buttons(["Approve", "Deny"]).containing("A table for *2* at *20:30*?")).await;
    // The question survives a restart.
    server.kill().await;
    let _server = stage.run("interactive").await;
    stage.model.reply_with([ModelReply::text("See you at half past eight!")]);
    stage.ana.taps("Approve").await;
    stage.ana.expect("See you at half past eight!").await;
    let told = stage.model.requests().pop().unwrap().body.to_string();
    assert!(told.contains("booked for 2 at 20:30"), "{told}");
}

#[tokio::test]
async fn reasoning_shows_what_the_model_thought_above_its_answer() {
    let stage = Stage::new().await;
    let _server = stage.run("reasoning").await;
    stage.model.reply_with([ModelReply::Reasoning("A bird with a crest.".into(), "A waxwing.".into())]);
    stage.ana.says("Who wears a crest and eats berries?").await;
    stage.ana.expect("> 💭 A bird with a crest.").await;
    stage.ana.expect("A waxwing.").await;
    stage.model.reply_with([ModelReply::text("Yes.")]);
    stage.ana.says("Really?").await;
    stage.ana.expect("Yes.").await;
    let asked = stage.model.requests();
    assert_eq!(asked[0].body["reasoning_effort"], "medium");
    let history = asked[1].transcript().join("\n");
    assert!(history.contains("assistant: A waxwing.") && !history.contains("crest."), "{history}");
}

#[tokio::test]
async fn several_numbers_answer_each_for_itself() {
    let stage = Stage::with(Emulator::builder().number("1000002", "15550002222")).await;
    let launch = stage.example("several_numbers").set("SUPPORT_PHONE_NUMBER_ID", "1000002");
    let _server = stage.start(launch).await;
    let (sales, support) = (&stage.ana, stage.ana.to_number("1000002"));
    sales.says("hi").await;
    sales.expect("Here is *sales*. That was message 1 of yours.").await;
    support.says("help").await;
    let answer = stage.ana.expect("Here is *support*. That was message 1 of yours.").await;
    assert_eq!(answer.number, "1000002");
    sales.says("hi").await;
    stage.ana.expect("Here is *sales*. That was message 2 of yours.").await;
}

#[tokio::test]
async fn mcp_calls_the_tools_of_a_server_and_asks_before_it_orders() {
    let stage = Stage::new().await;
    let _server = stage.run("mcp").await;
    stage.model.reply_with([ModelReply::tool_call("menu", json!({})), ModelReply::text("Soup or lentils?")]);
    stage.ana.says("What is there?").await;
    stage.ana.expect("Soup or lentils?").await;
    stage.model.reply_with([ModelReply::tool_call("order", json!({"dish": "lentils"}))]);
    stage.ana.says("Lentils, please").await;
    stage.ana.expect(buttons(["Approve", "Deny"]).containing("Shall I order this?").containing("lentils")).await;
    stage.model.reply_with([ModelReply::text("In twenty minutes!")]);
    stage.ana.taps("Approve").await;
    stage.ana.expect("In twenty minutes!").await;
    let asked = stage.model.requests();
    assert!(
        asked[1].transcript().contains(&"tool: carrot soup, 6 €; lentils, 9 €".to_owned()),
        "{:?}",
        asked[1].transcript()
    );
    assert!(asked[3].body.to_string().contains("lentils: ready in 20 minutes"), "{:?}", asked[3].transcript());
}

#[tokio::test]
async fn mount_in_axum_has_a_page_of_its_own_beside_the_webhook() {
    let stage = Stage::new().await;
    let mut server = stage.run("mount_in_axum").await;
    stage.ana.says("hi").await;
    stage.ana.expect("echo hi").await;
    let page = reqwest::get(stage::origin(&mut server).await).await.unwrap();
    assert_eq!(page.text().await.unwrap(), "This page is mine.");
}

#[tokio::test]
async fn send_text_sends_one_to_whom_it_may() {
    let stage = Stage::new().await;
    let send = || stage.example("send_text").argument("+34600000000").argument("hello there");
    let ended = send().output().await;
    assert_eq!(ended.code, Some(1), "nobody has written within 24 hours");
    stage.ana.says("hi").await;
    let ended = send().output().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    stage.ana.expect("hello there").await;
}

#[tokio::test]
async fn without_a_model_an_example_says_which_variables_would_name_one() {
    let stage = Stage::new().await;
    let ended = stage.example("assistant").unset("WAXWING_MODEL_URL").output().await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY or WAXWING_MODEL_URL"),
        "{}",
        ended.stderr
    );
}
