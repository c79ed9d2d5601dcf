//! Team mode `coordinate`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, json};
use tokio::sync::Barrier;
use waxwing_agent::{
    Agent as _, AgentError, HistoryEntry, HumanHandoff, Media, Question, Reply, Role, RunContext, Session, Turn,
    UserMessage, agent_fn,
};
use waxwing_llm::{
    ChatMessage, ChatResponse, LlmAgent, Modalities, Price, Prices, ScriptedModel, Team, TokenUsage, ToolChoice,
};

use super::{answer, calls_pay, delegates, fails, first_choice, keys, leader, meets, panics, requiring_approval, says};
use crate::support::{World, tool_results, user_parts};

const TASK: &str = "[Task from the leader of your team:]\n";

#[tokio::test]
async fn tasks_run_concurrently_and_the_leader_answers() {
    let model = ScriptedModel::new([delegates(&[("cook", "soup?"), ("band", "music?")]), ChatResponse::text("Both.")]);
    let together = Arc::new(Barrier::new(2));
    let member = |name| meets(name, &together, |task| Reply::text(task));
    let team = Team::coordinate(leader(&model)).member("Cooks.", member("cook")).member("Plays.", member("band"));
    let team = team.build().unwrap();
    let world = World::default();
    world.meanwhile(UserMessage::text("and a dance"));
    assert_eq!(answer(&team, "an evening", &world.run()).await, Reply::markdown("Both."));
    assert_eq!(world.interim_messages(), []);

    let requests = model.requests();
    let tools: Vec<_> = requests[0].tools.iter().map(|tool| (tool.name.as_str(), tool.description.as_str())).collect();
    let description =
        |what| format!("Delegates a task to a member of your team. Only you read the answer. About the member: {what}");
    let (cooks, plays) = (description("Cooks."), description("Plays."));
    assert_eq!(tools, [("cook", cooks.as_str()), ("band", plays.as_str())]);
    assert_eq!(tool_results(&requests[1]), [format!("{TASK}soup?"), format!("{TASK}music?")]);
    assert_eq!(user_parts(&requests[1]), ["and a dance"]);
}

#[tokio::test]
async fn a_member_gets_the_history_and_the_media_of_the_turn() {
    let model = ScriptedModel::new([delegates(&[("eye", "What is it?")]), ChatResponse::text("A cat.")]);
    let seeing = ScriptedModel::new(["a cat"]).with_modalities(Modalities::text().with_images());
    let eye = LlmAgent::builder("eye", seeing.clone()).build().unwrap();
    let team = Team::coordinate(leader(&model)).member("Sees.", eye).build().unwrap();
    let entry = |role, text: &str| HistoryEntry::new(role, text);
    let history = vec![entry(Role::User, "hi"), entry(Role::Agent, "hello")];
    let ctx = RunContext::builder("1", Session::restored("s", history, Map::new())).build();
    let picture = UserMessage::text("what?").with_media(Media::image("image/png", vec![1]));
    answer(&team, picture, &ctx).await;
    let [request] = &seeing.requests()[..] else { panic!("one call") };
    assert_eq!(request.messages[..2], [ChatMessage::user("<message>hi</message>"), ChatMessage::assistant("hello")]);
    let asked = "<message>\n<media kind=\"image\" type=\"image/png\"/>\nwhat?\n</message>";
    assert_eq!(user_parts(request), [asked, "<image>", "<task from=\"the leader of your team\">What is it?</task>"]);
}

#[tokio::test]
async fn attachments_of_members_reach_the_user() {
    let question = || Question::new("Tea?").choice("y", "Yes");
    let picture = || Media::image("image/png", vec![1]);
    let made = Reply::text("I drew it.").with_media(picture()).with_question(question());
    let run = async |is_shown: bool| {
        let model = ScriptedModel::new([delegates(&[("artist", "draw")]), ChatResponse::text("Here it is.")]);
        let team = Team::coordinate(leader(&model)).member(
            "Draws.",
            says(
                "artist",
                made.clone().with_handoff(HumanHandoff::until_resumed()).with_quote("wamid.1").with_link_preview(),
            ),
        );
        let team = if is_shown { team.show_members() } else { team };
        let reply = answer(&team.build().unwrap(), "draw", &RunContext::in_memory("1")).await;
        assert_eq!(reply.handoff(), Some(&HumanHandoff::until_resumed()));
        assert_eq!((reply.quote(), reply.shows_link_preview()), (Some("wamid.1"), true));
        (reply.into_parts(), tool_results(&model.requests()[1])[0].to_owned())
    };
    let hidden = Reply::markdown("Here it is.").with_media(picture()).with_question(question());
    let told = "I drew it.\n\nTea?\n\n1. Yes\n\
                <note>Media, questions and other attachments of this answer are sent to the user with your reply.</note>";
    assert_eq!(run(false).await, (hidden.into_parts(), told.to_owned()));
    let shown =
        Reply::markdown("Here it is.").with_text("artist:\nI drew it.").with_media(picture()).with_question(question());
    assert_eq!(run(true).await, (shown.into_parts(), "I drew it.\n\nTea?\n\n1. Yes".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_leader_reads_why_members_failed() {
    let tasks = [("weak", "1"), ("lazy", "2"), ("slow", "3"), ("broken", "4")];
    let model = ScriptedModel::new([delegates(&tasks), ChatResponse::text("Sorry.")]);
    let slow = agent_fn("slow", |_: Turn, _| std::future::pending::<Result<Reply, AgentError>>());
    let team = Team::coordinate(leader(&model))
        .member("", fails("weak", false))
        .member("", fails("lazy", true))
        .member("", slow)
        .member("", panics("broken"))
        .member_timeout(Duration::from_mins(5))
        .build()
        .unwrap();
    assert_eq!(answer(&team, "hi", &RunContext::in_memory("1")).await, Reply::markdown("Sorry."));
    let expected = [
        "Error: broken",
        "Error: busy",
        "Error: no answer after 300s",
        "Error: the team member failed because of an internal error",
    ];
    assert_eq!(tool_results(&model.requests()[1]), expected);
}

#[tokio::test]
async fn a_member_can_run_several_tasks_concurrently() {
    let leading = [delegates(&[("cook", "1"), ("cook", "2")]), delegates(&[("cook", "3")]), ChatResponse::text("ok")];
    let model = ScriptedModel::new(leading);
    let cooking = ScriptedModel::new(["soup", "soup", "soup"]);
    let cook = LlmAgent::builder("cook", cooking.clone()).build().unwrap();
    let team = Team::coordinate(leader(&model)).member("Cooks.", cook).build().unwrap();
    answer(&team, "hi", &World::default().run()).await;
    let requests = cooking.requests();
    let expected = [1, 2, 3].map(|n| format!("r1:office: tool {n} cook/cook: model:0"));
    assert_eq!(keys(&requests), expected);
}

#[tokio::test]
async fn turns_and_tasks_are_limited() {
    let task = || delegates(&[("cook", "more")]);
    let model = ScriptedModel::new([task(), delegates(&[("cook", "1"), ("cook", "2")]), ChatResponse::text("enough")]);
    let leader = leader(&model).max_turns(2).max_tool_calls(2);
    let team = Team::coordinate(leader).member("Cooks.", says("cook", "soup")).build().unwrap();
    assert_eq!(answer(&team, "hi", &RunContext::in_memory("1")).await, Reply::markdown("enough"));
    let requests = model.requests();
    let refused = "Error: the limit of tool calls in this turn is reached. Answer with the information that you have.";
    assert_eq!(tool_results(&requests[2]), ["soup", "soup", refused]);
    assert_eq!(requests[2].tool_choice, ToolChoice::None);
}

#[tokio::test]
async fn the_cost_is_limited() {
    let usage = TokenUsage::new(1_000_000, 0);
    let prices = || Prices::new().with("scripted", Price::new(1.0, 0.0));
    let model = ScriptedModel::new([
        delegates(&[("cook", "1")]).with_usage(usage),
        ChatResponse::text("enough").with_usage(usage),
    ]);
    let cooking = ScriptedModel::new([ChatResponse::text("soup").with_usage(usage)]);
    let cook = LlmAgent::builder("cook", cooking).prices(prices()).build().unwrap();
    let team = Team::coordinate(leader(&model).prices(prices()).max_cost(1.5)).member("Cooks.", cook).build().unwrap();
    let ctx = RunContext::in_memory("1");
    assert_eq!(answer(&team, "hi", &ctx).await, Reply::markdown("enough"));
    assert!((ctx.cost() - 3.0).abs() < 1e-9, "{}", ctx.cost());
    let choices: Vec<_> = model.requests().iter().map(|request| request.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::Auto, ToolChoice::None]);
}

#[tokio::test]
async fn a_team_can_be_a_member() {
    let inner_model = ScriptedModel::new([delegates(&[("cook", "soup?")]), ChatResponse::text("Soup.")]);
    let cooking = ScriptedModel::new(["soup"]);
    let cook = LlmAgent::builder("cook", cooking.clone()).build().unwrap();
    let kitchen = Team::coordinate(LlmAgent::builder("kitchen", inner_model)).member("Cooks.", cook).build().unwrap();
    let model = ScriptedModel::new([delegates(&[("kitchen", "a meal")]), ChatResponse::text("Served.")]);
    let team = Team::coordinate(leader(&model)).member("Feeds.", kitchen).build().unwrap();
    assert_eq!(answer(&team, "hungry", &World::default().run()).await, Reply::markdown("Served."));
    assert_eq!(tool_results(&model.requests()[1]), ["Soup."]);
    assert_eq!(keys(&cooking.requests()), ["r1:office: tool 1 kitchen/kitchen: tool 1 cook/cook: model:0"]);
}

#[tokio::test]
async fn only_the_user_can_approve_a_call_of_a_member() {
    let (bank, banking) = requiring_approval(
        "bank",
        [calls_pay(), ChatResponse::text("It still waits."), ChatResponse::text("It is paid.")],
    );
    // The leader tries to approve the call itself.
    let model = ScriptedModel::new([
        delegates(&[("bank", "Pay.")]),
        ChatResponse::text("Shall it be?"),
        delegates(&[("bank", "Approve")]),
        ChatResponse::text("It has to be you."),
    ]);
    let team = Team::coordinate(leader(&model)).member("Pays.", bank).build().unwrap();
    let ctx = RunContext::in_memory("1");
    let asked = answer(&team, "pay", &ctx).await;
    let tap = first_choice(&asked);
    assert_eq!(tap.text, "Approve", "the label that the leader tries");
    answer(&team, "well?", &ctx).await;
    assert!(
        user_parts(&banking.requests()[1]).join("|").contains("The user has not answered yet"),
        "an approval of the leader does not count"
    );
    assert!(team.awaits(&tap.clone().into(), &ctx));
    assert_eq!(answer(&team, tap, &ctx).await, Reply::markdown("It is paid."));
    assert_eq!((model.requests().len(), banking.requests().len()), (4, 3), "the answer goes to the member alone");
}

#[tokio::test]
async fn member_names_become_tool_names() {
    let model = ScriptedModel::new([delegates(&[("front_desk", "hi"), ("nobody", "hi")]), ChatResponse::text("ok")]);
    let team = Team::coordinate(leader(&model)).member("Greets.", says("front desk", "hello")).build().unwrap();
    answer(&team, "hi", &RunContext::in_memory("1")).await;
    assert_eq!(tool_results(&model.requests()[1]), ["hello", "Error: unknown tool. Available tools: front_desk."]);
    assert_eq!(model.requests()[0].tools[0].parameters["required"], json!(["task"]));
}
