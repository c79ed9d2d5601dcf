//! Attacks with webhooks that nobody signed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::AttackScale;
use super::report::AttackReport;
use super::target::Target;

/// Length of each body of a flood in bytes.
const BODY: usize = 150_000;

/// Memory that the server may keep after a flood, in bytes.
const KEPT: u64 = 64_000_000;

/// Sends many bodies up to their last byte, and holds the connections.
pub(super) async fn flood(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("flood of unsigned bodies");
    let target = Target::start(&[], |_| None).await;
    // The first answer fills the caches.
    target.probe(&mut report, 1).await;
    let before = target.server.memory();
    let count = scale.choose(600, 4_000);
    let sent = Arc::new(AtomicUsize::new(0));
    let mut connections = JoinSet::new();
    for _ in 0..count {
        let (address, sent) = (target.address, sent.clone());
        connections.spawn(async move {
            let stream = send_body(address, BODY, BODY - 1).await;
            sent.fetch_add(1, Ordering::Relaxed);
            // The connection stays open until the attack ends.
            std::future::pending::<()>().await;
            drop(stream);
        });
    }
    let mut longest = Duration::ZERO;
    while sent.load(Ordering::Relaxed) < count {
        longest = longest.max(target.probe(&mut report, 1).await);
    }
    longest = longest.max(target.probe(&mut report, 10).await);
    report.figures.push(format!("{count} bodies of {} KB", BODY / 1_000));
    report.figures.push(format!("longest wait {:.2} s", longest.as_secs_f64()));
    connections.shutdown().await;
    if let Some(before) = before {
        let after = target.memory_after(before + KEPT).await;
        report.count(after <= before + KEPT);
        report.figures.push(format!("RSS {} MB before it, {} MB after it", before / 1_000_000, after / 1_000_000));
    }
    target.finish(&mut report).await;
    report
}

/// Sends bodies at a few bytes a second, enough of them to fill every place for a body.
pub(super) async fn slow(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("slow unsigned bodies");
    let target = Target::start(&[], |_| None).await;
    let (count, probes) = scale.choose((64, 20), (400, 200));
    let mut connections = JoinSet::new();
    for _ in 0..count {
        let address = target.address;
        connections.spawn(async move {
            loop {
                let Some(mut stream) = send_body(address, 3_000_000, 1).await else { continue };
                while stream.write_all(b" ").await.is_ok() {
                    // tidy: allow sleep - the pace of the attack
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
    }
    let longest = target.probe(&mut report, probes).await;
    report.figures.push(format!("{count} connections"));
    report.figures.push(format!("longest wait {:.2} s", longest.as_secs_f64()));
    connections.shutdown().await;
    target.finish(&mut report).await;
    report
}

/// Sends the head of a webhook and a part of its body. Returns the connection, if the server has not closed it.
async fn send_body(address: SocketAddr, len: usize, part: usize) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!(
        "POST /whatsapp/webhook HTTP/1.1\r\nhost: w\r\nx-hub-signature-256: sha256={}\r\ncontent-length: {len}\r\n\r\n",
        "0".repeat(64)
    );
    let body = vec![b' '; part];
    let sending = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await
    };
    // A server that does not read on stops the sender.
    match tokio::time::timeout(Duration::from_secs(2), sending).await {
        Ok(Err(_)) => None,
        Ok(Ok(())) | Err(_) => Some(stream),
    }
}
