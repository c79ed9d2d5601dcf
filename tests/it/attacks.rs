//! A server under attack.

use tokio::net::TcpStream;
use waxwing_tests::{AttackReport, AttackScale, TestEnv, attack};

#[tokio::test]
async fn idle_connections_leave_files_for_everything_else() {
    let env = TestEnv::new().await;
    let (server, origin) = env.serve("echo").open_files(128).start().await;
    let address = origin.trim_start_matches("http://");
    let mut idle = Vec::new();
    for _ in 0..150 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let log = server.terminate().await.stderr;
    for line in ["limit of open files is low", "connection limit reached; closing waiting connections"] {
        assert!(log.contains(line), "{log}");
    }
    assert!(!log.contains("could not be accepted"), "{log}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_cannot_be_accepted_is_logged_and_accepted_later() {
    let env = TestEnv::new().await;
    let (mut server, _) = env.serve("echo").start().await;
    server.limit_open_files(5).await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    let line = server.wait_for_log("connection could not be accepted; accepting again").await;
    assert_eq!((&line["level"], &line["failed"]), (&"ERROR".into(), &1.into()));
    server.limit_open_files(1024).await;
    ana.expect_text("echo hi").await;
    server.terminate().await;
}

/// `cargo xtask attack` sets the variable, for attacks in full size.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attack_is_survived() {
    let is_full = std::env::var("WAXWING_ATTACK_SCALE").is_ok_and(|scale| scale == "full");
    let scale = if is_full { AttackScale::Full } else { AttackScale::Quick };
    println!("{}", AttackReport::HEADING);
    let reports = attack(scale, |report| println!("{report}")).await;
    let lost: Vec<_> = reports.iter().filter(|report| !report.is_survived()).map(AttackReport::to_string).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
