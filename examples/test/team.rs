//! The example in which a team answers.

use serde_json::json;
use waxwing_tests::Answer;

use crate::stage::Stage;

/// Lets the leader ask both members, and these answer.
fn script(stage: &Stage) {
    let task = |member: &str, task: &str| (member.to_owned(), json!({"task": task}));
    let tasks = vec![task("meteorologist", "The weather in Vigo"), task("guide", "The sights of Vigo")];
    stage.model.will_to("You plan days", [Answer::Calls(tasks)]);
    let city = json!({"city": "Vigo"});
    stage.model.will_to("You tell the weather", [Answer::calls("forecast", city), Answer::says("It will be sunny.")]);
    stage.model.will_to("You know the sights", [Answer::says("Castro, harbour, old town.")]);
}

#[tokio::test]
async fn team_asks_two_members_and_answers_once() {
    let stage = Stage::new().await;
    let _server = stage.run("team").await;
    script(&stage);
    stage.model.will_to("You plan days", [Answer::says("Sun: go to the **Castro**.")]);
    stage.ana.says("What shall I do in Vigo tomorrow?").await;
    stage.ana.expect("Sun: go to the *Castro*.").await;
    stage.ana.expect_nothing().await;
    let asked = stage.model.requests();
    assert_eq!(asked.len(), 5);
    let read = asked[4].said().join("\n");
    assert!(read.contains("It will be sunny.") && read.contains("Castro, harbour, old town."), "{read}");
}

#[tokio::test]
async fn team_that_was_killed_asks_none_of_its_members_again() {
    let stage = Stage::new().await;
    let server = stage.run("team").await;
    script(&stage);
    stage.model.will_to("You plan days", [Answer::Held]);
    stage.ana.says("What shall I do in Vigo tomorrow?").await;
    stage.model.asked(5).await;
    server.kill().await;

    let _server = stage.run("team").await;
    stage.model.will_to("You plan days", [Answer::says("Sun.")]);
    stage.ana.expect("Sun.").await;
    stage.ana.expect_nothing().await;
    let asked = stage.model.requests();
    assert_eq!(asked.len(), 6);
    assert_eq!((asked[4].key(), &asked[4].body), (asked[5].key(), &asked[5].body), "the leader's call once more");
}
