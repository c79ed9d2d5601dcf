//! Attack with an agent that never answers.

use futures_util::{StreamExt as _, stream};
use tokio::net::TcpListener;
use waxwing_emulator::Emulator;

use super::AttackScale;
use super::report::AttackReport;
use super::target::Target;
use crate::test_env::TestEnv;

/// The number whose agent answers.
const HEALTHY: &str = "1000002";

/// Webhooks that are delivered at the same time.
const AT_ONCE: usize = 16;

/// Many users write to a number whose agent accepts requests and never answers them. Users of another number are answered meanwhile.
pub(super) async fn attack(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("stuck agents");
    let black_hole = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", black_hole.local_addr().unwrap());
    tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok(connection) = black_hole.accept().await {
            connections.push(connection);
        }
    });
    let env = TestEnv::with(Emulator::builder().number(HEALTHY, "15550002222")).await;
    let stuck = env.emulator.phone_number_id().to_owned();
    env.write_config(&format!(
        r#"
[agents.stuck]
kind = "http"
url = "{url}"
secret = "${{AGENT_SECRET}}"

[agents.healthy]
kind = "echo"

[numbers.stuck]
phone_number_id = "{stuck}"
agent = "stuck"

[numbers.healthy]
phone_number_id = "{HEALTHY}"
agent = "healthy"
"#
    ));
    let max_runs = scale.choose("32", "512");
    let secret = "0123456789abcdef0123456789abcdef";
    let settings = [("WAXWING_MAX_RUNS", max_runs), ("AGENT_SECRET", secret), ("WAXWING_RUN_TIMEOUT", "10s")];
    let target = Target::start_with_config(env, &settings, |_| None).await;
    let users: Vec<_> = (0..scale.choose(200, 3000)).map(|_| target.new_user()).collect();
    let target = target.at(stuck);
    let accepted = stream::iter(&users).map(|user| target.write(user, "hello")).buffer_unordered(AT_ONCE);
    for is_accepted in accepted.collect::<Vec<_>>().await {
        report.count(is_accepted);
    }
    let target = target.at(HEALTHY.to_owned());
    let longest = target.probe(&mut report, scale.choose(20, 200)).await;
    report.figures.push(format!("longest wait of a user of another agent {:.2} s", longest.as_secs_f64()));
    target.finish(&mut report).await;
    report
}
