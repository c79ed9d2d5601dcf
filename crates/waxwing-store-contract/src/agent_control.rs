//! Stops of all agents: pauses, costs of a day.

use std::time::Duration;

use waxwing_store::{ConversationCost, ReleaseReason, TurnCommit, TurnCost, TurnRelease};

use crate::Fixture;
use crate::fixture::{answer, from, phone};

const HOUR: Duration = Duration::from_hours(1);

/// A pause lasts until agents are resumed, and a repeated pause changes nothing.
pub async fn a_pause_lasts_until_agents_are_resumed(b: Fixture) {
    assert_eq!(b.store.agents_paused_since().await.unwrap(), None);
    b.store.set_agents_paused(true).await.unwrap();
    let since = b.store.agents_paused_since().await.unwrap();
    assert!(since.is_some());
    b.clock.advance(HOUR);
    b.store.set_agents_paused(true).await.unwrap();
    assert_eq!(b.store.agents_paused_since().await.unwrap(), since);
    b.store.set_agents_paused(false).await.unwrap();
    assert_eq!(b.store.agents_paused_since().await.unwrap(), None);
}

/// Costs add up for each conversation and over all, until the day ends.
pub async fn costs_add_up_until_the_day_ends(b: Fixture) {
    let cost = |amount, tells_limit| TurnCost { amount, tells_limit };
    let (ana, bea) = (phone("34600000001"), phone("34600000002"));
    for (n, user, spent) in
        [("1", &ana, cost(0.5, false)), ("2", &bea, cost(1.0, false)), ("3", &ana, cost(0.25, true))]
    {
        let claim = b.turn(from(user.clone(), n)).await;
        b.store.commit_turn(&claim.lease, TurnCommit { cost: spent, ..answer(&claim, n, &[]) }).await.unwrap();
    }
    assert!((b.store.cost_today().await.unwrap() - 1.75).abs() < f64::EPSILON);
    let claim = b.turn(from(ana.clone(), "4")).await;
    assert_eq!(claim.cost, ConversationCost { today: 0.75, is_limit_told: true });
    b.store.commit_turn(&claim.lease, answer(&claim, "4", &[])).await.unwrap();
    b.clock.advance(24 * HOUR);
    assert!(b.store.cost_today().await.unwrap().abs() < f64::EPSILON);
    let claim = b.turn(from(ana.clone(), "5")).await;
    assert_eq!(claim.cost, ConversationCost::default());
    let commit = TurnCommit { cost: cost(2.0, false), ..answer(&claim, "5", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let claim = b.turn(from(ana.clone(), "6")).await;
    assert_eq!(claim.cost, ConversationCost { today: 2.0, is_limit_told: false });
    assert!((b.store.cost_today().await.unwrap() - 2.0).abs() < f64::EPSILON);
}

/// A turn that is released costs what its runs cost.
pub async fn a_released_turn_costs_money(b: Fixture) {
    let mut claim = b.turn(from(phone("34600000001"), "1")).await;
    for (cost, expected) in [(0.0, 0.0), (0.5, 0.5), (0.25, 0.75)] {
        let release = TurnRelease { cost, ..TurnRelease::new(Duration::ZERO, ReleaseReason::RunFailed) };
        b.store.release(&claim.lease, release).await.unwrap();
        claim = b.claim().await;
        assert_eq!(claim.cost, ConversationCost { today: expected, is_limit_told: false });
    }
}
