//! Team mode `route`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_llm::ScriptedReply;
use waxwing_llm::{
    ChatMessage, ChatResponse, ModelError, ModelErrorKind, ScriptedModel, Team, TeamBuilder, ToolChoice,
};

use super::{answer, calls_pay, fails, first_choice, leader, panics, picks, requiring_approval, says};
use crate::support::World;

/// Returns a team of a cook and another member, whose leader gives this response.
fn team(says_leader: impl Into<ScriptedReply>, other: impl Agent + 'static) -> (TeamBuilder, ScriptedModel) {
    let model = ScriptedModel::new([says_leader]);
    let team = Team::route(leader(&model)).member("Cooks.", says("cook", "soup")).member("Plays.", other);
    (team, model)
}

#[tokio::test]
async fn the_picked_member_answers() {
    let band = agent_fn("band", |turn: Turn, ctx: RunContext| async move {
        ctx.send_interim("One moment.").await?;
        Ok(Reply::text(format!("{}!", turn.text())))
    });
    let (team, model) = team(picks("band"), band);
    let world = World::default();
    assert_eq!(answer(&team.build().unwrap(), "play", &world.run()).await, "play!".into());
    assert_eq!(world.interim_messages(), ["One moment.".into()]);

    let [request] = &model.requests()[..] else { panic!("one request to the leader") };
    let system = "You lead a team. Do not answer the user yourself. Call the tool route_to with the name of the member who should answer.\n\
                  Members:\n- cook: Cooks.\n- band: Plays.";
    assert_eq!((request.system.as_str(), request.tool_choice), (system, ToolChoice::Required));
    assert_eq!(request.messages, [ChatMessage::user("<message>play</message>")]);
    assert_eq!(request.tools[0].parameters["properties"]["member"]["enum"], json!(["cook", "band"]));
}

#[tokio::test]
async fn the_default_member_answers_if_no_member_is_picked() {
    for silence in ["", "Hello!"] {
        let (first, _) = team(silence, says("band", "music"));
        assert_eq!(answer(&first.build().unwrap(), "hi", &RunContext::in_memory("1")).await, "soup".into());
        let (default, _) = team(silence, says("band", "music"));
        let default = default.default_member("band").build().unwrap();
        assert_eq!(answer(&default, "hi", &RunContext::in_memory("1")).await, "music".into());
    }
}

#[tokio::test]
async fn a_single_member_answers_without_a_request_to_the_leader() {
    let model = ScriptedModel::new([""]);
    let team = Team::route(leader(&model)).member("Cooks.", says("cook", "soup")).build().unwrap();
    assert_eq!(answer(&team, "hi", &RunContext::in_memory("1")).await, "soup".into());
    assert_eq!(model.requests().len(), 0);
}

#[tokio::test]
async fn the_default_member_answers_if_the_picked_member_fails() {
    for retryable in [true, false] {
        let (alone, _) = team(picks("band"), fails("band", retryable));
        let error = alone.build().unwrap().run("hi".into(), &RunContext::in_memory("1")).await.unwrap_err();
        assert_eq!(error.is_retryable(), retryable, "as the member failed");
        let (helped, _) = team(picks("band"), fails("band", retryable));
        let helped = helped.default_member("cook").build().unwrap();
        assert_eq!(answer(&helped, "hi", &RunContext::in_memory("1")).await, "soup".into());
    }
    let (broken, _) = team(picks("band"), panics("band"));
    let broken = broken.default_member("cook").build().unwrap();
    assert_eq!(answer(&broken, "hi", &RunContext::in_memory("1")).await, "soup".into());
    let runs = Arc::new(AtomicU32::new(0));
    let counter = runs.clone();
    let band = agent_fn("band", move |_: Turn, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Err(AgentError::retryable("busy")) }
    });
    let (by_default, _) = team("", band);
    let by_default = by_default.default_member("band").build().unwrap();
    assert!(by_default.run("hi".into(), &RunContext::in_memory("1")).await.unwrap_err().is_retryable());
    assert_eq!(runs.load(Ordering::SeqCst), 1, "no other member is asked");
}

#[tokio::test]
async fn the_run_fails_if_the_leader_fails() {
    let (team, _) = team(ModelError::new(ModelErrorKind::Rejected), says("band", "music"));
    let error = team.build().unwrap().run("hi".into(), &RunContext::in_memory("1")).await.unwrap_err();
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn members_are_shown_with_their_names() {
    for (reply, expected) in [
        (Reply::markdown("music"), Reply::markdown("**band**\n\nmusic")),
        (Reply::text("music"), Reply::text("band:\nmusic")),
        (Reply::none().with_location_request("Where?"), Reply::markdown("**band**").with_location_request("Where?")),
        (Reply::none(), Reply::none()),
    ] {
        let (team, _) = team(picks("band"), says("band", reply));
        assert_eq!(answer(&team.show_members().build().unwrap(), "hi", &RunContext::in_memory("1")).await, expected);
    }
}

#[tokio::test]
async fn an_awaited_turn_goes_to_the_member() {
    let (bank, model) = requiring_approval("bank", [calls_pay(), ChatResponse::text("It is paid.")]);
    let (team, leader) = team(picks("bank"), bank);
    let (team, ctx) = (team.build().unwrap(), RunContext::in_memory("1"));
    let question = answer(&team, "pay", &ctx).await;
    let tap = first_choice(&question);
    assert!(!team.awaits(&"hello".into(), &ctx) && team.awaits(&tap.clone().into(), &ctx));
    assert_eq!(answer(&team, tap, &ctx).await, Reply::markdown("It is paid."));
    assert_eq!((leader.requests().len(), model.requests().len()), (1, 2));
}
