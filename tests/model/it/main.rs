//! A real language model on the other end.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

use std::path::Path;
use std::time::Duration;

use waxwing_model_tests::Llama;
use waxwing_simulator::User;
use waxwing_simulator::matcher::{Matcher, text};
use waxwing_tests::{Answer, Launch, ModelServer, Scene, Talker};

/// A scene in which users wait for a model that thinks slowly, as on a busy machine.
async fn scene() -> Scene {
    Scene::with(Scene::simulator().deadline(Duration::from_mins(2))).await
}

/// The program, with an agent of its settings file.
fn serve<'a>(scene: &'a Scene, model: &ModelServer) -> Launch<'a> {
    let file = format!(
        r#"
        [models.local]
        provider = "openai-compatible"
        base_url = "{}"
        model = "smollm2"

        [agents.waiter]
        model = "local"
        instructions = "You are a friendly waiter. Be brief."
        parameters = {{ max_tokens = 24, temperature = 0.0 }}
        "#,
        model.url()
    );
    std::fs::write(scene.path("waxwing.toml"), file).unwrap();
    scene.serve("waiter")
}

/// A server that is told when to stop short of the end of a run, with such an agent.
fn talker<'a>(scene: &'a Scene, model: &ModelServer) -> Launch<'a> {
    let program = Path::new(env!("CARGO_BIN_EXE_waxwing-model-talker"));
    scene.serve("echo").program(program).set(Talker::MODEL_URL, &model.url())
}

/// Whatever the model says.
fn words() -> Matcher {
    text().that("words", |message| message.text().is_some_and(|text| !text.trim().is_empty()))
}

async fn answer(user: &User) -> String {
    user.expect(words()).await.text().unwrap().to_owned()
}

/// What does not depend on how WhatsApp shows an answer.
fn letters(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[tokio::test]
async fn a_conversation_whose_every_turn_the_model_gets_to_read() {
    let (scene, model) = (scene().await, ModelServer::before(&Llama::running().url).await);
    let (_server, _) = serve(&scene, &model).start().await;
    let ana = scene.sim.user("+34600000000");

    let mut said = vec!["system: You are a friendly waiter. Be brief.".to_owned()];
    for question in ["Hello, my name is Ana.", "What is soup made of?", "And what is bread made of?"] {
        ana.says(question).await;
        let answer = answer(&ana).await;
        said.push(format!("user: {question}"));
        let asked = model.requests().pop().unwrap().said();
        let all = |lines: &[String]| lines.iter().map(|line| letters(line)).collect::<Vec<_>>();
        assert_eq!(all(&asked), all(&said));
        said.push(format!("assistant: {answer}"));
    }
    assert_eq!(model.requests().len(), 3);
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_kill_while_the_model_is_asked_ends_in_one_reply() {
    let (scene, model) = (scene().await, ModelServer::before(&Llama::running().url).await);
    let ana = scene.sim.user("+34600000000");
    let (server, _) = serve(&scene, &model).start().await;
    model.will([Answer::Held]);
    ana.says("Hello!").await;
    model.asked(1).await;
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (_server, _) = serve(&scene, &model).start().await;
    answer(&ana).await;
    ana.expect_nothing().await;
    let asked = model.requests();
    assert_eq!(asked.len(), 2);
    assert_eq!((asked[0].key(), &asked[0].body), (asked[1].key(), &asked[1].body), "the same call once more");
}

#[tokio::test]
async fn a_kill_after_the_model_has_answered_ends_in_that_answer() {
    let (scene, model) = (scene().await, ModelServer::before(&Llama::running().url).await);
    let ana = scene.sim.user("+34600000000");
    let (mut server, _) = talker(&scene, &model).set(Talker::STOPS_SHORT, "1").start().await;
    ana.says("Hello!").await;
    server.logged(Talker::STOPPED).await;
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (_server, _) = talker(&scene, &model).start().await;
    answer(&ana).await;
    ana.expect_nothing().await;
    assert_eq!(model.requests().len(), 1, "what was recorded is not asked for again");
}
