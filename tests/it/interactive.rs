//! Interactive messages: questions, lists, links, locations, contact cards, reactions.

use std::time::Duration;

use waxwing::agent::{AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_emulator::Action;
use waxwing_emulator::matcher::{Matcher, buttons, list, other, reaction, text};
use waxwing_tests::TestEnv;

/// Matches the question of the demo agent.
fn drinks() -> Matcher {
    buttons(["Water", "Tea", "Coffee"]).saying("What would you like to *drink*?")
}

fn pizzas() -> Matcher {
    list(["Marinara", "Margherita", "Funghi", "Quattro formaggi"]).saying("Which *pizza* shall it be?")
}

#[tokio::test]
async fn a_tap_on_a_button_is_answered_however_old_the_button() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("ask").await;
    let question = ana.expect(drinks()).await;
    ana.taps("Tea").await;
    ana.expect_text("*Tea*, coming up.").await;
    ana.says("menu").await;
    ana.expect(pizzas()).await;
    ana.taps("Quattro formaggi").await;
    ana.expect_text("*Quattro formaggi*, coming up.").await;
    ana.taps_on(&question, "Water").await;
    ana.expect_text("*Water*, coming up.").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn in_a_group_a_question_is_numbered_and_a_number_answers_it() {
    let env = TestEnv::new().await;
    let (_server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    let participants = vec!["+34600000000".to_owned()];
    let create = Action::CreateGroup { id: None, subject: "Tea".to_owned(), participants };
    let group = env.emulator.perform(create).unwrap().id;
    let user = ana.phone().unwrap();
    let say = |text: &str| {
        let (user, text) = (user.clone(), text.to_owned());
        env.emulator.perform(Action::Says { user, text, group: group.clone(), quotes: None, number: None }).unwrap();
    };
    say("ask");
    ana.expect_text("What would you like to *drink*?\n\n1. Water\n2. Tea\n3. Coffee").await;
    say("2");
    ana.expect_text("*Tea*, coming up.").await;
    say("card");
    ana.expect_text("Waxwing (Waxwing): waxwing@example.com").await;
}

#[tokio::test]
async fn links_places_cards_and_reactions_go_both_ways() {
    let env = TestEnv::new().await;
    let (server, _) = env.serve("demo").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("link").await;
    ana.expect(other("interactive").saying("Where I come from:")).await;
    ana.says("where").await;
    let request = ana.expect(other("interactive").saying("Where are you?")).await;
    ana.quoting(&request).shares_location(40.4168, -3.7038).await;
    ana.expect_text("There you are:").await;
    ana.expect(other("location")).await;
    ana.says("card").await;
    ana.expect(other("contacts")).await;
    ana.shares_contact("Bea", "+34622222222").await;
    ana.expect(text().starting_with("Thank you for the card of Bea: ")).await;
    let like = ana.says("like").await;
    ana.expect(reaction(&like, "👍")).await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn an_agent_knows_the_subject_of_a_group() {
    let env = TestEnv::new().await;
    let agent = agent_fn("clerk", |_: Turn, ctx: RunContext| async move {
        let subject = ctx.conversation_info().group_subject.clone();
        Ok::<_, AgentError>(Reply::text(subject.unwrap_or_else(|| "unknown".into())))
    });
    let server = env.serve("clerk").start_in_process(agent, Duration::from_secs(5)).await;
    let ana = env.emulator.user("+34600000000");
    let participants = vec!["+34600000000".to_owned()];
    let create = Action::CreateGroup { id: None, subject: "Tea & cake".to_owned(), participants };
    let group = env.emulator.perform(create).unwrap().id;
    let user = ana.phone().unwrap();
    let says = Action::Says { user, text: "Where are we?".to_owned(), group, quotes: None, number: None };
    env.emulator.perform(says).unwrap();
    ana.expect_text("Tea & cake").await;
    ana.says("And here?").await;
    ana.expect_text("unknown").await;
    server.stop().await;
}
