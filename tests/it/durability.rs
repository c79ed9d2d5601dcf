//! Data that survives a crash.

use std::time::Duration;

use waxwing_emulator::FaultEffect;
use waxwing_tests::TestEnv;

/// Duration that is longer than any test.
const NEVER: &str = "1h";

#[tokio::test]
async fn a_message_that_was_acknowledged_is_answered_after_a_kill() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").set("WAXWING_DEBOUNCE", NEVER).set("WAXWING_DEBOUNCE_MAX", NEVER).start().await;
    let messages = [ana.says("one").await, ana.says("two").await];
    for message in &messages {
        ana.expect_acknowledged(message).await;
    }
    server.kill().await;
    ana.expect_nothing_more_than(0);

    let (server, _) = env.serve("echo").start().await;
    ana.expect_text("echo one").await;
    ana.expect_text("echo two").await;
    ana.redeliver(&messages[0]).await;
    ana.says("three").await;
    ana.expect_text("echo three").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_whose_answer_was_lost_in_a_kill_is_settled_by_its_status() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").start().await;
    env.emulator.hold_statuses();
    env.emulator.next_send(FaultEffect::Delay(Duration::from_hours(1)));
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.kill().await;

    let (server, _) = env.serve("echo").set("WAXWING_IN_DOUBT_WINDOW", NEVER).start().await;
    ana.says("next").await;
    env.emulator.release_statuses();
    ana.expect_text("echo next").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_whose_fate_stays_unknown_goes_out_again_and_keeps_its_place() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").set("WAXWING_IN_DOUBT_WINDOW", "200ms").start().await;
    env.emulator.next_send(FaultEffect::DropConnection);
    ana.says("first").await;
    ana.says("second").await;
    ana.expect_text("echo first").await;
    ana.expect_text("echo second").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_send_in_doubt_that_did_arrive_is_not_repeated() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").set("WAXWING_IN_DOUBT_WINDOW", NEVER).start().await;
    env.emulator.next_send(FaultEffect::AcceptThenDropConnection);
    ana.says("first").await;
    ana.expect_text("echo first").await;
    ana.says("second").await;
    ana.expect_text("echo second").await;
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_hands_its_turns_back() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env
        .serve("echo")
        .set("WAXWING_DEBOUNCE", NEVER)
        .set("WAXWING_DEBOUNCE_MAX", NEVER)
        .set("WAXWING_SHUTDOWN_TIMEOUT", "50ms")
        .start()
        .await;
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    let ended = server.terminate().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let (_server, _) = env.serve("echo").start().await;
    ana.expect_text("echo hi").await;
}
