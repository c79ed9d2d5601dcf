//! Test of the example with an agent in Python.

use std::path::Path;

use tokio::process::Command;
use waxwing_emulator::matcher::buttons;
use waxwing_tests::ServerProcess;

use crate::stage::Stage;

const SECRET: &str = "between-these-two-only";

#[tokio::test]
async fn http_agent_is_answered_by_a_program_in_python() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("http-agent/agent.py");
    let mut command = Command::new("python3");
    command.arg(script).env("WAXWING_AGENT_SECRET", SECRET).env_remove("PORT");
    let mut agent = ServerProcess::spawn(command);
    let line = agent.wait_for_line("listening on ").await;
    let url = line.rsplit(' ').next().unwrap();

    let stage = Stage::new().await;
    let launch = stage.example("http_agent").set("AGENT_URL", url).set("WAXWING_AGENT_SECRET", SECRET);
    let _server = stage.start(launch).await;
    stage.ana.says("hi").await;
    stage.ana.expect("_1_: you said “hi”.").await;
    stage.ana.says("slow").await;
    stage.ana.expect("One moment, please.").await;
    stage.ana.expect("_2_: you said “slow”.").await;
    stage.ana.says("menu").await;
    stage.ana.expect(buttons(["Soup", "Salad"])).await;
}
