//! Order of turns: one run at a time in a conversation, one turn for a burst, concurrent conversations.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Barrier;
use waxwing_agent::{Reply, RunContext, Turn, agent_fn};
use waxwing_engine::Debounce;

use crate::support::{ANA, BEA, Op, Scene, post, puppet, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_run_at_a_time_in_a_conversation_and_conversations_side_by_side() {
    const USERS: usize = 5;
    const ROUNDS: usize = 10;
    let scene = Scene::new().await;
    let running: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
    let (most, begun) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(HashSet::new())));
    let meeting = Arc::new(Barrier::new(USERS));
    let live = Arc::new(scene.live(agent_fn("crowded", {
        let most = most.clone();
        move |turn: Turn, ctx: RunContext| {
            let (running, most, begun, meeting) = (running.clone(), most.clone(), begun.clone(), meeting.clone());
            async move {
                let user = ctx.user_id().to_owned();
                let now = {
                    let mut running = running.lock().unwrap();
                    let runs = running.entry(user.clone()).or_default();
                    *runs += 1;
                    *runs
                };
                most.fetch_max(now, Ordering::SeqCst);
                let first = begun.lock().unwrap().insert(user.clone());
                if first {
                    // The barrier opens only if the conversations run concurrently.
                    meeting.wait().await;
                }
                tokio::task::yield_now().await;
                *running.lock().unwrap().get_mut(&user).unwrap() -= 1;
                Ok(turn.messages.into_iter().fold(Reply::none(), |reply, message| reply.with_text(message.text)))
            }
        }
    })));
    let posting: Vec<_> = (0..ROUNDS)
        .map(|round| {
            let live = live.clone();
            tokio::spawn(async move {
                for user in 0..USERS {
                    live.hears(&format!("3460000010{user}"), &round.to_string()).await;
                }
            })
        })
        .collect();
    for task in posting {
        task.await.unwrap();
    }
    let mut taken = scene.graph.taken(USERS * ROUNDS).await;
    Arc::into_inner(live).unwrap().shutdown().await;
    assert_eq!(most.load(Ordering::SeqCst), 1, "two runs at a time in one conversation");
    taken.sort_unstable();
    let mut expected: Vec<_> =
        (0..USERS).flat_map(|user| (0..ROUNDS).map(move |round| format!("3460000010{user}: {round}"))).collect();
    expected.sort_unstable();
    assert_eq!(taken, expected, "each message is answered once");
    assert_eq!(scene.outbox().await, vec!["accepted"; USERS * ROUNDS]);
}

#[tokio::test]
async fn a_burst_is_one_turn_ordered_by_time_and_arrival() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [("c", 30), ("a", 10), ("b", 20), ("a too", 10)];
    post(&live.engine, &burst.map(|(body, at)| text(ANA, body).at(1_767_225_600 + at))).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["a", "a too", "b", "c"]);
    run.reply("all four");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: all four"]);
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn a_turn_waits_until_a_burst_has_settled() {
    let mut scene = Scene::new().await;
    scene.settings.debounce = Debounce::Fixed(Duration::from_millis(1));
    let (agent, mut runs) = puppet();
    let gates = [scene.store.break_at(Op::PendingMessages), scene.store.break_at(Op::PendingMessages)];
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    for (gate, body) in gates.iter().zip(["two", "three"]) {
        gate.reached().await;
        live.hears(ANA, body).await;
        gate.open();
    }
    assert_eq!(runs.next().await.heard(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_burst_that_does_not_end_is_cut() {
    let mut scene = Scene::new().await;
    scene.settings.debounce = Debounce::Adaptive;
    scene.settings.debounce_max = Duration::from_millis(1);
    let (agent, mut runs) = puppet();
    let gate = scene.store.break_at(Op::PendingMessages);
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    gate.reached().await;
    live.hears(ANA, "two").await;
    let next = scene.store.break_at(Op::PendingMessages);
    gate.open();
    let run = runs.next().await;
    assert_eq!(run.heard(), ["one", "two"]);
    live.hears(ANA, "three").await;
    run.reply(Reply::none());
    next.reached().await;
    next.open();
    assert_eq!(runs.next().await.heard(), ["three"]);
}

#[tokio::test]
async fn what_comes_during_a_run_is_the_next_turn() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let first = runs.next().await;
    live.hears(ANA, "two").await;
    // This message was sent earlier and delivered later. It is too late for the current turn.
    post(&live.engine, &[text(ANA, "zero").at(1_767_225_500)]).await;
    assert_eq!(first.heard(), ["one"]);
    first.reply("to one");
    let second = runs.next().await;
    assert_eq!(second.heard(), ["zero", "two"]);
    second.reply("to zero and two");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: to one", "34600000001: to zero and two"]);
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn a_slow_agent_blocks_its_own_conversation_only() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "slow").await;
    let slow = runs.next().await;
    live.hears(ANA, "behind").await;
    for n in 1..=3 {
        live.hears(BEA, "quick").await;
        let quick = runs.next().await;
        assert_eq!((quick.ctx.user_id(), quick.heard()), (BEA, vec!["quick"]));
        quick.reply("there");
        scene.graph.taken(n).await;
    }
    slow.reply("at last");
    assert_eq!(runs.next().await.heard(), ["behind"]);
    assert_eq!(scene.graph.taken(4).await[3], "34600000001: at last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_turns_are_run_at_once_than_are_allowed() {
    let mut scene = Scene::new().await;
    scene.settings.max_runs = 2;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // The barrier needs two runs. The test counts concurrent runs, so a third would be noticed.
    let meeting = Arc::new(Barrier::new(2));
    let live = scene.live(agent_fn("counted", {
        let most = most.clone();
        move |_, _| {
            let (running, most, meeting) = (running.clone(), most.clone(), meeting.clone());
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                meeting.wait().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(Reply::text("done"))
            }
        }
    }));
    let users = 12;
    let all: Vec<_> = (0..users).map(|user| text(&format!("346000002{user:02}"), "hi")).collect();
    post(&live.engine, &all).await;
    assert_eq!(scene.graph.taken(users).await.len(), users);
    assert_eq!(most.load(Ordering::SeqCst), 2);
}
