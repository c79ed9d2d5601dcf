//! Command `waxwing agents`, which stops all agents of a server.

use waxwing_tests::TestEnv;

#[tokio::test]
async fn messages_wait_while_agents_are_paused_also_over_a_restart() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    let paused = env.run(&["agents", "pause", "--all"]).output().await;
    assert_eq!(paused.code, Some(0), "{}", paused.stderr);
    assert!(paused.stdout.starts_with("all agents are paused since "), "{}", paused.stdout);
    // The emulator gets 200 for the webhook.
    ana.says("two").await;
    assert_eq!(server.terminate().await.code, Some(0));

    let shown = env.run(&["agents", "show"]).output().await;
    assert!(shown.stdout.starts_with("all agents are paused since "), "without a server: {}", shown.stdout);
    let (server, _) = env.serve("echo").start().await;
    ana.says("three").await;
    assert_eq!(ana.messages().len(), 1, "only the first message is answered");
    let resumed = env.run(&["agents", "resume", "--all"]).output().await;
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert!(resumed.stdout.starts_with("agents answer"), "{}", resumed.stdout);
    ana.expect_text("echo two").await;
    ana.expect_text("echo three").await;
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_pause_needs_the_flag_all() {
    let env = TestEnv::new().await;
    let refused = env.run(&["agents", "pause"]).output().await;
    assert!(refused.code == Some(2) && refused.stderr.contains("--all"), "{}", refused.stderr);
}
