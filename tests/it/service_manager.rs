//! A server under a service manager, which it tells its state by `sd_notify`.
#![cfg(unix)]

use std::time::Duration;

use rusqlite::Connection;
use tokio::net::{TcpStream, UnixDatagram};
use waxwing_tests::{Launch, TestEnv};

/// Deadline of each wait.
const DEADLINE: Duration = Duration::from_secs(20);

/// Socket of a service manager.
struct NotifySocket(UnixDatagram);

impl NotifySocket {
    fn bind(env: &TestEnv) -> Self {
        Self(UnixDatagram::bind(env.path("notify.sock")).unwrap())
    }

    /// Configures a server that reports to this socket.
    fn serve(env: &TestEnv) -> Launch<'_> {
        env.serve("echo").set("NOTIFY_SOCKET", env.path("notify.sock").to_str().unwrap())
    }

    /// Waits for the next message, and returns its assignments.
    async fn next(&self) -> Vec<String> {
        let mut message = [0; 1024];
        let received = tokio::time::timeout(DEADLINE, self.0.recv(&mut message)).await;
        let length = received.expect("the server reports its state").unwrap();
        std::str::from_utf8(&message[..length]).unwrap().lines().map(str::to_owned).collect()
    }

    /// Drops the messages that have arrived.
    fn drain(&self) {
        while self.0.try_recv(&mut [0; 1024]).is_ok() {}
    }
}

#[tokio::test]
async fn a_server_tells_its_service_manager_when_it_is_ready_reloads_and_stops() {
    let env = TestEnv::new().await;
    let socket = NotifySocket::bind(&env);
    let mut server = NotifySocket::serve(&env).spawn();
    let ready = socket.next().await;
    let address = ready[1].strip_prefix("STATUS=listening on ").unwrap();
    assert_eq!(ready[0], "READY=1");
    // The listener accepts connections as soon as the server says that it is ready.
    drop(TcpStream::connect(address).await.unwrap());

    server.send_sighup().await;
    let reloading = socket.next().await;
    assert_eq!(reloading[0], "RELOADING=1");
    assert!(reloading[1].strip_prefix("MONOTONIC_USEC=").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(socket.next().await, ["READY=1"]);
    server.wait_for_log("configuration reloaded").await;

    // A file with an error changes nothing, and the reload has ended all the same.
    env.write_config("[server]\nprot = 1\n");
    server.send_sighup().await;
    assert_eq!(socket.next().await[0], "RELOADING=1");
    assert_eq!(socket.next().await, ["READY=1"]);

    server.send_sigterm().await;
    assert_eq!(socket.next().await, ["STOPPING=1"]);
    assert_eq!(server.wait().await.code, Some(0));
}

#[tokio::test]
async fn the_watchdog_is_fed_for_as_long_as_the_store_answers() {
    let env = TestEnv::new().await;
    let socket = NotifySocket::bind(&env);
    let (server, origin) = NotifySocket::serve(&env).set("WATCHDOG_USEC", "400000").start().await;
    assert_eq!(socket.next().await[0], "READY=1");
    for _ in 0..3 {
        assert_eq!(socket.next().await, ["WATCHDOG=1"]);
    }

    // Another connection holds the lock of the database, so the writer of the store hangs.
    let database = Connection::open(env.path("test.db")).unwrap();
    database.busy_timeout(DEADLINE).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ready = env.run(&["health", "--url", &format!("{origin}/health/ready")]).output().await;
    assert!(ready.code == Some(1) && ready.stderr.contains("503"), "{} {}", ready.stdout, ready.stderr);
    socket.drain();
    let silence = tokio::time::timeout(Duration::from_secs(1), socket.0.recv(&mut [0; 1024])).await;
    silence.expect_err("a server whose store hangs is not alive");
    let live = env.run(&["health", "--url", &origin]).output().await;
    assert_eq!(live.code, Some(0), "the process itself responds: {}", live.stderr);

    database.execute_batch("COMMIT").unwrap();
    assert_eq!(socket.next().await, ["WATCHDOG=1"]);
    server.terminate().await;
}

#[tokio::test]
async fn a_watchdog_of_another_process_is_not_fed() {
    let env = TestEnv::new().await;
    let socket = NotifySocket::bind(&env);
    let launch = NotifySocket::serve(&env).set("WATCHDOG_USEC", "1000").set("WATCHDOG_PID", "1");
    let (server, _) = launch.start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.terminate().await;
    assert_eq!(socket.next().await[0], "READY=1");
    assert_eq!(socket.next().await, ["STOPPING=1"]);
}
