//! Test of the example with a team.

use serde_json::json;
use waxwing_tests::ModelReply;

use crate::stage::Stage;

/// Scripts a leader that asks both members, and their answers.
fn script(stage: &Stage) {
    let task = |member: &str, task: &str| (member.to_owned(), json!({"task": task}));
    let tasks = vec![task("meteorologist", "The weather in Vigo"), task("guide", "The sights of Vigo")];
    stage.model.reply_to("You plan days", [ModelReply::ToolCalls(tasks)]);
    let city = json!({"city": "Vigo"});
    stage.model.reply_to(
        "You tell the weather",
        [ModelReply::tool_call("forecast", city), ModelReply::text("It will be sunny.")],
    );
    stage.model.reply_to("You know the sights", [ModelReply::text("Castro, harbour, old town.")]);
}

#[tokio::test]
async fn team_asks_two_members_and_answers_once() {
    let stage = Stage::new().await;
    let _server = stage.run("team").await;
    script(&stage);
    stage.model.reply_to("You plan days", [ModelReply::text("Sun: go to the **Castro**.")]);
    stage.ana.says("What shall I do in Vigo tomorrow?").await;
    stage.ana.expect("Sun: go to the *Castro*.").await;
    stage.ana.expect_nothing().await;
    let asked = stage.model.requests();
    assert_eq!(asked.len(), 5);
    let read = asked[4].transcript().join("\n");
    assert!(read.contains("It will be sunny.") && read.contains("Castro, harbour, old town."), "{read}");
}

#[tokio::test]
async fn team_that_was_killed_asks_none_of_its_members_again() {
    let stage = Stage::new().await;
    let server = stage.run("team").await;
    script(&stage);
    stage.model.reply_to("You plan days", [ModelReply::Held]);
    stage.ana.says("What shall I do in Vigo tomorrow?").await;
    stage.model.wait_for_requests(5).await;
    server.kill().await;

    let _server = stage.run("team").await;
    stage.model.reply_to("You plan days", [ModelReply::text("Sun.")]);
    stage.ana.expect("Sun.").await;
    stage.ana.expect_nothing().await;
    let asked = stage.model.requests();
    assert_eq!(asked.len(), 6);
    assert_eq!((asked[4].key(), &asked[4].body), (asked[5].key(), &asked[5].body), "the leader's call once more");
}
