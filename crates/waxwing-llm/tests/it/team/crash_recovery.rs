//! Runs of teams that are repeated after a crash.

use std::sync::Arc;

use waxwing_agent::{Agent as _, Reply, Session};
use waxwing_llm::{
    ChatResponse, LlmAgent, LlmAgentBuilder, Price, Prices, ScriptedModel, Team, TeamBuilder, TokenUsage,
};

use super::{answer, delegates, picks};
use crate::support::{CrashingJournal, World};

struct Kitchen {
    team: Team,
    models: Vec<ScriptedModel>,
}

/// Returns an agent whose model costs 1 per response.
fn agent(name: &str, model: &ScriptedModel) -> LlmAgentBuilder {
    LlmAgent::builder(name, model.clone()).prices(Prices::new().with("scripted", Price::new(1.0, 0.0)))
}

fn priced(response: ChatResponse) -> ChatResponse {
    response.with_usage(TokenUsage::new(1_000_000, 0))
}

impl Kitchen {
    fn new(kind: fn(LlmAgentBuilder) -> TeamBuilder, leading: Vec<ChatResponse>) -> Self {
        let said = |text: &str| ScriptedModel::new([text, text].map(|text| priced(ChatResponse::text(text))));
        let models = vec![ScriptedModel::new(leading.into_iter().map(priced)), said("soup"), said("salad")];
        let member = |name: &str, nth: usize| agent(name, &models[nth]).build().unwrap();
        let team = kind(agent("office", &models[0])).member("", member("cook", 1)).member("", member("chef", 2));
        Self { team: team.build().unwrap(), models }
    }

    /// Runs until a crash before a step is recorded, and runs again. Returns the number of requests to each model. Checks that the second
    /// run reports the cost of a complete run.
    async fn crash_before(&self, step: &'static str, cost: f64, expected: Reply) -> Vec<usize> {
        let world = World::default();
        let dying = Arc::new(CrashingJournal::new(&world.journal, step));
        let died = self.team.run("hi".into(), &world.run_in(Session::new("s"), dying)).await;
        assert_eq!(died.unwrap_err().to_string(), "simulated crash");
        let again = world.run();
        assert_eq!(answer(&self.team, "hi", &again).await, expected);
        assert!((again.cost() - cost).abs() < 1e-9, "{}", again.cost());
        let calls = self.models.iter().map(|model| model.requests().len()).collect();
        // A third run finds all steps in the journal.
        assert_eq!(answer(&self.team, "hi", &world.run()).await, expected);
        assert_eq!(calls, self.models.iter().map(|model| model.requests().len()).collect::<Vec<_>>());
        calls
    }
}

#[tokio::test]
async fn a_recorded_pick_is_not_repeated() {
    let kitchen = Kitchen::new(Team::route, vec![picks("chef")]);
    assert_eq!(kitchen.crash_before("chef/", 2.0, Reply::markdown("salad")).await, [1, 0, 2]);
}

#[tokio::test]
async fn recorded_tasks_are_not_repeated() {
    let leading = || {
        let done = || ChatResponse::text("both");
        vec![delegates(&[("cook", "1"), ("chef", "2")]), done(), done()]
    };
    let kitchen = Kitchen::new(Team::coordinate, leading());
    assert_eq!(kitchen.crash_before("chef/", 4.0, Reply::markdown("both")).await, [3, 1, 2]);
    let kitchen = Kitchen::new(Team::coordinate, leading());
    assert_eq!(kitchen.crash_before("cook/", 4.0, Reply::markdown("both")).await, [3, 2, 2]);
}

#[tokio::test]
async fn recorded_answers_are_not_repeated() {
    let kitchen = || Kitchen::new(Team::broadcast, ["both", "both"].map(ChatResponse::text).into());
    assert_eq!(kitchen().crash_before("chef/", 3.0, Reply::markdown("both")).await, [2, 1, 2]);
    assert_eq!(kitchen().crash_before("office: model", 3.0, Reply::markdown("both")).await, [2, 1, 1]);
}
