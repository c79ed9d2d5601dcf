//! Attacks with connections that do nothing.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::report::AttackReport;
use super::target::Target;
use super::{AttackScale, graph_server};

/// Connections that are opened between two probes.
const STEP: usize = 100;

/// Opens connections and sends nothing.
pub(super) async fn idle(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("idle connections");
    let target = Target::start(&[], |_| None).await;
    let count = scale.choose(1_100, 5_000);
    let (mut idle, mut longest) = (Vec::new(), Duration::ZERO);
    for _ in 0..count / STEP {
        for _ in 0..STEP {
            // A refusal of the connection is one of the answers to this attack.
            idle.extend(TcpStream::connect(target.address).await);
        }
        longest = longest.max(target.probe(&mut report, 1).await);
    }
    report.figures.push(format!("{count} connections"));
    report.figures.push(format!("longest wait {:.2} s", longest.as_secs_f64()));
    drop(idle);
    target.finish(&mut report).await;
    report
}

/// Opens connections whose requests never end: each gets one byte of a header between two probes.
pub(super) async fn slow_heads(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("slow request heads");
    let target = Target::start(&[], |_| None).await;
    let (count, rounds) = scale.choose((500, 5), (2_000, 40));
    let mut slow = Vec::new();
    for _ in 0..count {
        if let Ok(mut stream) = TcpStream::connect(target.address).await {
            // The server may have closed the connection.
            let _ = stream.write_all(b"POST /whatsapp/webhook HTTP/1.1\r\nhost: w\r\nx: ").await;
            slow.push(stream);
        }
    }
    let start = tokio::time::Instant::now();
    let mut longest = Duration::ZERO;
    for _ in 0..rounds {
        for stream in &mut slow {
            let _ = stream.write_all(b"x").await;
        }
        longest = longest.max(target.probe(&mut report, 1).await);
        // tidy: allow sleep - the pace of the attack
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    report.figures.push(format!("{count} connections for {}", graph_server::elapsed(start)));
    report.figures.push(format!("longest wait {:.2} s", longest.as_secs_f64()));
    target.finish(&mut report).await;
    report
}
