//! Team mode `broadcast`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use waxwing_agent::{Agent as _, AgentError, Media, Reply, RunContext, Session, Turn, agent_fn};
use waxwing_llm::{ChatResponse, ScriptedModel, Team};

use super::{answer, calls_pay, fails, first_choice, leader, meets, requiring_approval, says};
use crate::support::{World, user_parts};

fn read(name: &str, words: &str) -> String {
    read_with(name, words, "")
}

fn read_with(name: &str, words: &str, told: &str) -> String {
    format!(
        "<member_answer member=\"{name}\" note=\"Merge the answers of all members into one. Only you read this answer.{told}\">{words}</member_answer>"
    )
}

fn drawn(words: String) -> Reply {
    Reply::text(words.as_str()).with_media(Media::image("image/png", words))
}

#[tokio::test]
async fn members_answer_concurrently_and_the_leader_merges() {
    let model = ScriptedModel::new(["Soup and music."]);
    let together = Arc::new(Barrier::new(2));
    let team = Team::broadcast(leader(&model))
        .member("", meets("cook", &together, |said| drawn(format!("{said}: soup"))))
        .member("", meets("band", &together, |said| drawn(format!("{said}: music"))));
    let world = World::default();
    let reply = answer(&team.build().unwrap(), "tonight", &world.run()).await;
    let picture = |words: &'static str| Media::image("image/png", words);
    let expected = Reply::markdown("Soup and music.").with_media(picture("tonight: soup"));
    assert_eq!(reply, expected.with_media(picture("tonight: music")));
    assert_eq!(world.interim_messages(), []);
    let told = " Media, questions and other attachments of this answer are sent to the user with your reply.";
    let expected =
        ["tonight".to_owned(), read_with("cook", "tonight: soup", told), read_with("band", "tonight: music", told)];
    assert_eq!(user_parts(&model.requests()[0]), expected);
}

#[tokio::test]
async fn members_are_shown_with_their_names() {
    let model = ScriptedModel::new(["Soup."]);
    let team = Team::broadcast(leader(&model)).member("", says("cook", Reply::markdown("soup"))).show_members();
    let reply = answer(&team.build().unwrap(), "hi", &RunContext::in_memory("1")).await;
    assert_eq!(reply, Reply::markdown("Soup.").with_markdown("**cook**\n\nsoup"));
    assert!(user_parts(&model.requests()[0])[1].contains("The user also reads this answer, below yours."));
}

#[tokio::test]
async fn the_leader_is_told_which_members_failed() {
    let model = ScriptedModel::new(["Soup."]);
    let team = Team::broadcast(leader(&model)).member("", fails("band", true)).member("", says("cook", "soup"));
    assert_eq!(answer(&team.build().unwrap(), "hi", &RunContext::in_memory("1")).await, Reply::markdown("Soup."));
    let failed = "<member_answer member=\"band\" problem=\"it failed\"/>".to_owned();
    assert_eq!(user_parts(&model.requests()[0]), ["hi".to_owned(), failed, read("cook", "soup")]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_member_leaves_time_for_the_leader() {
    let model = ScriptedModel::new(["Soup."]);
    let slow = agent_fn("band", |_: Turn, _| std::future::pending::<Result<Reply, AgentError>>());
    let team = Team::broadcast(leader(&model)).member("", slow).member("", says("cook", "soup")).build().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    let start = tokio::time::Instant::now();
    assert_eq!(answer(&team, "hi", &ctx).await, Reply::markdown("Soup."));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_run_fails_if_all_members_fail() {
    let model = ScriptedModel::new(["never"]);
    for (retryable, expected) in [([false, true], "busy"), ([false, false], "broken")] {
        let [one, other] = retryable;
        let team =
            Team::broadcast(leader(&model)).member("", fails("a", one)).member("", fails("b", other)).build().unwrap();
        let error = team.run("hi".into(), &RunContext::in_memory("1")).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.is_retryable()), (expected, other));
    }
    assert_eq!(model.requests().len(), 0);
}

#[tokio::test]
async fn an_awaited_turn_goes_to_the_member() {
    let (bank, _) = requiring_approval("bank", [calls_pay(), ChatResponse::text("It is paid.")]);
    let model = ScriptedModel::new(["Shall it be?"]);
    let team = Team::broadcast(leader(&model)).member("", bank).member("", says("cook", "soup")).build().unwrap();
    let ctx = RunContext::in_memory("1");
    let tap = first_choice(&answer(&team, "pay", &ctx).await);
    assert_eq!(answer(&team, tap, &ctx).await, Reply::markdown("It is paid."));
    assert_eq!(model.requests().len(), 1);
}
