//! Attacks on a server on loopback, with a count of the promises that the server keeps meanwhile.

mod connections;
mod graph_answers;
mod graph_server;
mod media;
mod recipients;
mod report;
mod storage;
mod stuck_agents;
mod target;
mod unsigned_bodies;

pub use report::AttackReport;

/// Size of the attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttackScale {
    /// Enough to see a fault. All attacks together take less than two minutes.
    Quick,
    /// As large as an attack from one machine.
    Full,
}

impl AttackScale {
    fn choose<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// Runs all attacks, one after another, each on a server of its own. `observe` sees each report as soon as it is complete.
///
/// # Panics
///
/// If a server does not start.
pub async fn attack(scale: AttackScale, observe: impl Fn(&AttackReport)) -> Vec<AttackReport> {
    let mut reports = Vec::new();
    let mut add = |report: AttackReport| {
        observe(&report);
        reports.push(report);
    };
    add(connections::idle(scale).await);
    add(connections::slow_heads(scale).await);
    add(unsigned_bodies::flood(scale).await);
    add(unsigned_bodies::slow(scale).await);
    add(recipients::attack(scale).await);
    add(stuck_agents::attack(scale).await);
    add(storage::attack(scale).await);
    add(graph_answers::attack(scale).await);
    add(media::attack(scale).await);
    reports
}
