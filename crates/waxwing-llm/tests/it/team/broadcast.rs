//! Teams in which all answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use waxwing_agent::{Agent as _, AgentError, Media, Reply, RunContext, Session, Turn, agent_fn};
use waxwing_llm::{ChatResponse, ScriptedModel, Team};

use super::{answer, asks_to_pay, careful, fails, first_answer, leader, meets, says};
use crate::support::{World, said};

fn read(name: &str, words: &str) -> String {
    format!(
        "[The answer of \"{name}\", a member of your team, for you to merge with the others. You alone read it.]\n{words}\n[End of the answer.]"
    )
}

fn drawn(words: String) -> Reply {
    Reply::text(words.as_str()).with_media(Media::image("image/png", words))
}

#[tokio::test]
async fn all_answer_side_by_side_and_the_leader_merges() {
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
    assert_eq!(world.spoken(), []);
    let told = "\n[The user gets what came with it, such as media and questions, with your reply.]";
    let expected = [
        "tonight".to_owned(),
        read("cook", &format!("tonight: soup{told}")),
        read("band", &format!("tonight: music{told}")),
    ];
    assert_eq!(said(&model.requests()[0]), expected);
}

#[tokio::test]
async fn members_are_shown_by_name() {
    let model = ScriptedModel::new(["Soup."]);
    let team = Team::broadcast(leader(&model)).member("", says("cook", Reply::markdown("soup"))).show_members();
    let reply = answer(&team.build().unwrap(), "hi", &RunContext::in_memory("1")).await;
    assert_eq!(reply, Reply::markdown("Soup.").with_markdown("**cook**\n\nsoup"));
    assert!(said(&model.requests()[0])[1].contains("The user reads it too"));
}

#[tokio::test]
async fn some_fail() {
    let model = ScriptedModel::new(["Soup."]);
    let team = Team::broadcast(leader(&model)).member("", fails("band", true)).member("", says("cook", "soup"));
    assert_eq!(answer(&team.build().unwrap(), "hi", &RunContext::in_memory("1")).await, Reply::markdown("Soup."));
    let failed = "[\"band\", a member of your team, could not answer.]".to_owned();
    assert_eq!(said(&model.requests()[0]), ["hi".to_owned(), failed, read("cook", "soup")]);
}

#[tokio::test(start_paused = true)]
async fn nobody_takes_the_time_of_the_leader() {
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
async fn all_fail() {
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
async fn what_a_member_waits_for_goes_to_it() {
    let (bank, _) = careful("bank", [asks_to_pay(), ChatResponse::text("It is paid.")]);
    let model = ScriptedModel::new(["Shall it be?"]);
    let team = Team::broadcast(leader(&model)).member("", bank).member("", says("cook", "soup")).build().unwrap();
    let ctx = RunContext::in_memory("1");
    let tap = first_answer(&answer(&team, "pay", &ctx).await);
    assert_eq!(answer(&team, tap, &ctx).await, Reply::markdown("It is paid."));
    assert_eq!(model.requests().len(), 1);
}
