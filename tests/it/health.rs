//! `waxwing health`, the health check of containers.

use std::net::TcpListener;

use tokio::net::TcpSocket;
use waxwing_tests::{Launch, TestEnv};

/// Asks a server that is not alive, and returns the error.
async fn not_alive(launch: Launch<'_>) -> String {
    let ended = launch.output().await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr
}

#[tokio::test]
async fn a_server_is_asked_by_its_url_or_at_the_configured_port() {
    let env = TestEnv::new().await;
    let (server, origin) = env.serve("echo").start().await;
    let port = origin.rsplit(':').next().unwrap();
    let line = format!("http://127.0.0.1:{port}/health/live answered 200 OK {{\"status\":\"alive\"}}");
    std::fs::write(env.path("other.toml"), format!("[server]\nport = {port}\n")).unwrap();
    for launch in [
        env.run(&["health", "--url", &origin]),
        env.run(&["health"]).set("PORT", port),
        env.run(&["health"]).set("PORT", port).set("HOST", "0.0.0.0").set("HTTP_PROXY", "http://127.0.0.1:1"),
        env.run(&["health", "--config", "other.toml"]),
    ] {
        let ended = launch.output().await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), line.as_str()), "{}", ended.stderr);
    }
    let ready = env.run(&["health", "--url", &format!("{origin}/health/ready")]).output().await;
    assert!(ready.code == Some(0) && ready.stdout.contains("/health/ready answered 200 OK"), "{}", ready.stdout);
    let page = not_alive(env.run(&["health", "--url", &format!("{origin}/health/nothing")])).await;
    assert!(page.contains("/health/nothing answered 404"), "{page}");
    server.terminate().await;
    let gone = not_alive(env.run(&["health", "--url", &origin])).await;
    assert!(gone.contains("/health/live did not answer"), "{gone}");
}

#[tokio::test]
async fn a_server_that_is_silent_or_absent_is_not_alive() {
    let env = TestEnv::new().await;
    // The system accepts the connection, and the program never reads from it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let error = not_alive(env.run(&["health", "--timeout", "200ms", "--url", &url])).await;
    assert!(error.contains("did not answer") && error.contains("timed out"), "{error}");
    // A bound port without a listener belongs to no other test.
    let absent = TcpSocket::new_v4().unwrap();
    absent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", absent.local_addr().unwrap());
    let error = not_alive(env.run(&["health", "--url", &url])).await;
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn wrong_settings_lead_to_exit_code_one_too() {
    let env = TestEnv::new().await;
    let error = not_alive(env.run(&["health"]).set("PORT", "http")).await;
    assert!(error.contains("PORT"), "{error}");
    for url in ["localhost", "ftp://localhost"] {
        let error = not_alive(env.run(&["health", "--url", url])).await;
        assert!(error.contains("http://HOST:PORT"), "{error}");
    }
}
