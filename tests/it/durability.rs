//! What survives a crash.

use std::time::Duration;

use waxwing_emulator::Outcome;
use waxwing_tests::Scene;

/// Longer than any test: what would happen after it does not happen.
const NEVER: &str = "1h";

#[tokio::test]
async fn a_message_that_was_acknowledged_is_answered_after_a_kill() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (server, _) = scene.serve("echo").set("WAXWING_SETTLE", NEVER).set("WAXWING_SETTLE_CAP", NEVER).start().await;
    let messages = [ana.says("one").await, ana.says("two").await];
    for message in &messages {
        ana.expect_acknowledged(message).await;
    }
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (_server, _) = scene.serve("echo").start().await;
    ana.expect_text("echo one").await;
    ana.expect_text("echo two").await;
    ana.says_again(&messages[0]).await;
    ana.says("three").await;
    ana.expect_text("echo three").await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_whose_answer_was_lost_in_a_kill_is_settled_by_its_status() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (server, _) = scene.serve("echo").start().await;
    scene.sim.hold_statuses();
    scene.sim.next_send(Outcome::Delay(Duration::from_hours(1)));
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.kill().await;

    let (_server, _) = scene.serve("echo").set("WAXWING_DOUBT", NEVER).start().await;
    ana.says("next").await;
    scene.sim.release_statuses();
    ana.expect_text("echo next").await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_whose_fate_stays_unknown_goes_out_again_and_keeps_its_place() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (_server, _) = scene.serve("echo").set("WAXWING_DOUBT", "200ms").start().await;
    scene.sim.next_send(Outcome::DropConnection);
    ana.says("first").await;
    ana.says("second").await;
    ana.expect_text("echo first").await;
    ana.expect_text("echo second").await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_in_doubt_that_did_arrive_is_not_repeated() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (_server, _) = scene.serve("echo").set("WAXWING_DOUBT", NEVER).start().await;
    scene.sim.next_send(Outcome::AcceptThenDropConnection);
    ana.says("first").await;
    ana.expect_text("echo first").await;
    ana.says("second").await;
    ana.expect_text("echo second").await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_hands_its_turns_back() {
    let scene = Scene::new().await;
    let ana = scene.sim.user("+34600000000");
    let (server, _) = scene
        .serve("echo")
        .set("WAXWING_SETTLE", NEVER)
        .set("WAXWING_SETTLE_CAP", NEVER)
        .set("WAXWING_GRACE", "50ms")
        .start()
        .await;
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    let ended = server.terminate().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let (_server, _) = scene.serve("echo").start().await;
    ana.expect_text("echo hi").await;
}
