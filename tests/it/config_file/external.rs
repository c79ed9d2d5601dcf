//! Agents and MCP servers of `waxwing.toml` that run in other processes.

use std::io::{BufRead as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;
use waxwing_emulator::matcher::any;
use waxwing_tests::{ModelReply, ModelRequest, ModelServer, ProviderProtocol, ServerProcess, TestEnv};

/// Environment variable that makes this program an MCP server.
const MARK: &str = "WAXWING_TEST_MCP";

/// MCP server with one tool, which returns the id of its process. Without the environment variable, the test does nothing.
#[test]
fn serve() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let result = match asked["method"].as_str().unwrap() {
            "initialize" => json!({
                "protocolVersion": asked["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "desk", "version": "1"},
            }),
            "tools/list" => json!({"tools": [{"name": "who", "inputSchema": {"type": "object"}}]}),
            "tools/call" => json!({"content": [{"type": "text", "text": format!("process {}", std::process::id())}]}),
            // A notification needs no response.
            _ => continue,
        };
        writeln!(stdout, "{}", json!({"jsonrpc": "2.0", "id": asked["id"], "result": result})).unwrap();
    }
    std::process::exit(0);
}

/// Returns a file with an agent that uses the MCP server.
fn with_tools(model: &ModelServer, instructions: &str) -> String {
    let (url, program) = (model.url(), std::env::current_exe().unwrap());
    let program = program.display();
    format!(
        r#"
models.stub = {{ provider = "openai-compatible", base_url = "{url}", model = "m" }}

[agents.guide]
model = "stub"
instructions = "{instructions}"
tools = ["mcp:desk"]

[mcp.desk]
command = ['{program}', "config_file::external::serve", "--exact", "--quiet", "--nocapture"]
env = {{ {MARK} = "1" }}
"#
    )
}

#[tokio::test]
async fn a_server_of_tools_is_used_and_outlives_new_instructions() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    for answer in ["one", "two"] {
        model.reply_with([ModelReply::tool_call("desk_who", json!({})), ModelReply::text(answer)]);
    }
    env.write_config(&with_tools(&model, "You guide."));
    let (mut server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("who?").await;
    ana.expect_text("one").await;

    env.write_config(&with_tools(&model, "You guide gently."));
    server.send_sighup().await;
    let line = server.wait_for_log("configuration reloaded").await;
    assert_eq!(line["changed"], "agents.guide.instructions");
    ana.says("and now?").await;
    ana.expect_text("two").await;

    let read: Vec<_> = model.requests().iter().map(ModelRequest::transcript).collect();
    let ends: Vec<_> = read.iter().map(|said| (said[0].as_str(), said.last().unwrap().as_str())).collect();
    let process = ends[1].1;
    assert!(process.starts_with("tool: process "), "the model reads what the tool says, not {process:?}");
    let (old, new) = ("system: You guide.", "system: You guide gently.");
    assert_eq!(ends, [(old, "user: who?"), (old, process), (new, "user: and now?"), (new, process)]);
}

#[tokio::test]
async fn a_model_sends_a_sticker_of_the_file() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    let picture = include_bytes!("../../foreign/media/sticker.webp");
    std::fs::write(env.path("thanks.webp"), picture).unwrap();
    model
        .reply_with([ModelReply::tool_call("send_sticker", json!({"sticker": "thanks"})), ModelReply::text("Gladly!")]);
    env.write_config(&format!(
        "models.stub = {{ provider = 'openai-compatible', base_url = '{}', model = 'm' }}\n\
         [agents.guide]\nmodel = 'stub'\nstickers = {{ thanks = 'thanks.webp' }}\n",
        model.url()
    ));
    let (_server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("thank you").await;
    let mut got = [ana.expect(any()).await, ana.expect(any()).await];
    got.sort_by_key(|message| message.media().is_none());
    assert_eq!((&got[0].media().unwrap().bytes[..], got[1].text()), (&picture[..], Some("Gladly!")));
}

#[tokio::test]
async fn an_agent_in_another_language_answers() {
    const SECRET: &str = "a secret between these two";
    let mut python = Command::new("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/http-agent/agent.py"));
    python.env("WAXWING_AGENT_SECRET", SECRET).env_remove("PORT");
    let mut program = ServerProcess::spawn(python);
    let line = program.wait_for_line("listening on ").await;
    let url = line.trim().trim_start_matches("listening on ");

    let env = TestEnv::new().await;
    env.write_config(&format!("[agents.clerk]\nkind = 'http'\nurl = '{url}'\nsecret = '${{CLERK_SECRET}}'\n"));
    let (server, _) = env.serve_config().set("CLERK_SECRET", SECRET).start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hello").await;
    ana.expect_text("_1_: you said “hello”.").await;
    // The server stores the session state of the HTTP agent, so the state outlives a restart.
    server.terminate().await;
    let (_server, _) = env.serve_config().set("CLERK_SECRET", SECRET).start().await;
    ana.says("slow").await;
    ana.expect_text("One moment, please.").await;
    ana.expect_text("_2_: you said “slow”.").await;
}
