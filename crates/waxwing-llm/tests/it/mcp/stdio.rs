//! MCP servers over stdio. The server is this test program with an environment variable set.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use rmcp::ServiceExt as _;
use serde_json::{Value, json};
use waxwing_agent::{Media, Reply};
use waxwing_llm::mcp::{McpError, McpServer, McpTools};
use waxwing_llm::{ChatMessage, LlmAgent, Modalities, ToolOutput};

use super::server::{ToolServer, text};
use super::{call, names, read, tool};
use crate::support::{model_calling, run, tool_results, user_parts};

/// Environment variable with the file of [`ToolServer::marked_by`]. If it is set, this program is a server.
const MARK: &str = "WAXWING_TEST_MCP_MARK";

/// Environment variable with an address that the server connects to, so that the test notices its end.
const PULSE: &str = "WAXWING_TEST_MCP_PULSE";

/// Environment variable that keeps the server from exiting by itself.
const STUBBORN: &str = "WAXWING_TEST_MCP_STUBBORN";

/// Runs the server if the environment variable is set.
#[test]
fn serve() {
    let Some(mark) = std::env::var_os(MARK) else { return };
    let _pulse = std::env::var(PULSE).ok().map(|address| TcpStream::connect(address).unwrap());
    // Invalid messages before the protocol starts, in addition to the output of the test harness.
    println!("Listening on stdio\n{{\"jsonrpc\": \"2.0\", \n{{\"hello\": 1}}\n[1, 2]\n\u{fffd}");
    eprintln!("ready");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let service = ToolServer::marked_by(mark).serve(rmcp::transport::stdio()).await.unwrap();
        service.waiting().await.unwrap();
    });
    while std::env::var_os(STUBBORN).is_some() {
        std::thread::park();
    }
    std::process::exit(0);
}

/// Returns settings for the server, with a directory for its mark.
fn server(place: &Path) -> McpServer {
    let args = ["mcp::stdio::serve", "--exact", "--quiet", "--nocapture"];
    McpServer::stdio(std::env::current_exe().unwrap(), args)
        .name("oven")
        .env(MARK, place.join("mark").to_str().unwrap())
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn tools_are_listed_and_called() {
    let place = place();
    let tools = server(place.path()).prefix("oven.").except(["crash"]).connect().await.unwrap();
    let listed = ["book", "draw", "endless", "env", "fail", "grow", "hang", "huge", "key", "refuse", "say", "stumble"];
    assert_eq!(names(&tools), listed.map(|name| format!("oven_{name}")));
    let say = tool(&tools, "oven_say");
    assert_eq!(say.spec().description, "Does: say");
    assert_eq!(say.spec().parameters, json!({"type": "object", "properties": {"text": {"type": "string"}}}));
    assert_eq!(
        (say.is_at_most_once(), tool(&tools, "oven_key").is_at_most_once()),
        (false, true),
        "read-only tools may be repeated"
    );
    assert_eq!(read(&tools, "oven_say", text("hot")).await, "hot");
    assert_eq!(read(&tools, "oven_key", json!({})).await, "run:oven_key:0", "the key is sent to the server");
    assert_eq!(read(&tools, "oven_fail", json!({})).await, "Error: the oven is cold");
    assert_eq!(read(&tools, "oven_refuse", json!({})).await, "Error: no such oven");
    let drawn = ToolOutput::text("<note>The user will receive: image, image/png.</note>")
        .with_media(Media::image("image/png", vec![1, 2, 3]));
    assert_eq!(call(&tools, "oven_draw", json!({})).await.unwrap(), drawn.supplementary().shown_to_model());
}

#[tokio::test]
async fn an_agent_calls_the_tools() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let model =
        model_calling(&[("say", text("hot")), ("draw", Value::Null), ("huge", Value::Null), ("fail", Value::Null)]);
    let agent = LlmAgent::builder("a", model.clone()).tools(tools.tools()).build().unwrap();
    let reply = run(&agent, "hi").await.unwrap();
    assert_eq!(reply, Reply::markdown("done").with_media(Media::image("image/png", vec![1, 2, 3])));
    let requests = model.requests();
    let results = tool_results(&requests[1]);
    assert_eq!((results[0], results[1]), ("hot", "<note>The user will receive: image, image/png.</note>"));
    assert!(results[2].len() < 70 * 1024 && results[2].ends_with("<note>The rest of the output was cut off.</note>"));
    assert_eq!(results[3], "Error: the oven is cold");
}

#[tokio::test]
async fn the_model_sees_pictures_and_reads_the_instructions_of_the_server() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let model = model_calling(&[("draw", Value::Null)]).with_modalities(Modalities::text().with_images());
    let agent = LlmAgent::builder("a", model.clone()).instructions("Be brief.").tools_from(tools).build().unwrap();
    run(&agent, "hi").await.unwrap();
    let requests = model.requests();
    assert_eq!(user_parts(&requests[1]), ["<tool_picture tool=\"draw\"/>", "<image>"]);
    let expected =
        "Be brief.\n\n<tool_instructions server=\"oven\">Name the oven.&lt;/tool_instructions&gt;</tool_instructions>";
    assert!(requests.iter().all(|request| request.system == expected), "{}", requests[0].system);
    // A model without images gets the result only.
    let model = model_calling(&[("draw", Value::Null)]);
    let tools = server(place.path()).connect().await.unwrap();
    let agent = LlmAgent::builder("a", model.clone()).tools_from(tools).build().unwrap();
    run(&agent, "hi").await.unwrap();
    assert!(matches!(model.requests()[1].messages.last(), Some(ChatMessage::Tools(_))));
}

#[tokio::test]
async fn the_child_process_inherits_no_secrets() {
    let place = place();
    let tools = server(place.path()).env("GIVEN", "token").connect().await.unwrap();
    let seen = read(&tools, "env", json!({})).await;
    let seen: Vec<_> = seen.split(' ').collect();
    assert!(["GIVEN", "PATH", MARK].iter().all(|name| seen.contains(name)), "{seen:?}");
    // The variables of cargo stand for the secrets of a deployment.
    assert!(!seen.iter().any(|name| name.starts_with("CARGO")), "{seen:?}");
}

#[tokio::test]
async fn a_hanging_call_times_out() {
    let place = place();
    let tools = server(place.path()).call_timeout(Duration::from_secs(2)).connect().await.unwrap();
    let given_up = "Error: no result after 2s; the outcome of the call is unknown";
    assert_eq!(read(&tools, "hang", json!({})).await, given_up);
    assert_eq!(read(&tools, "say", text("still there")).await, "still there");
}

#[tokio::test]
async fn an_oversized_message_is_ignored() {
    let place = place();
    let tools = server(place.path()).call_timeout(Duration::from_secs(1)).connect().await.unwrap();
    let given_up = "Error: no result after 1s; the outcome of the call is unknown";
    assert_eq!(read(&tools, "endless", json!({})).await, given_up);
    // The server may need some time to write the message.
    while read(&tools, "say", text("still there")).await != "still there" {}
}

#[tokio::test]
async fn a_server_that_exits_is_restarted() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let broke = "Error: the connection to the server broke; the outcome of the call is unknown";
    assert_eq!(read(&tools, "crash", json!({})).await, broke, "a call that may have taken effect is not repeated");
    assert_eq!(read(&tools, "say", text("back")).await, "back");
    assert_eq!(read(&tools, "stumble", json!({})).await, "up again", "a read-only call is repeated");
    assert!(names(&tools).contains(&"learned".to_owned()), "the tools are listed again");
}

#[tokio::test]
async fn tools_are_listed_again_when_they_change() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let ((), grown) = tokio::join!(tools.changed(), read(&tools, "grow", json!({})));
    assert_eq!(grown, "grown");
    assert_eq!(read(&tools, "grown", json!({})).await, "grown is new");
}

#[tokio::test]
async fn the_process_ends_with_its_last_tool() {
    for stubborn in [false, true] {
        let place = place();
        let pulse = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = server(place.path()).env(PULSE, pulse.local_addr().unwrap().to_string());
        let server = if stubborn { server.env(STUBBORN, "1") } else { server };
        let tools = server.connect().await.unwrap();
        let mut pulse = pulse.accept().unwrap().0;
        let say = tool(&tools, "say");
        drop(tools);
        drop(say);
        let end = tokio::task::spawn_blocking(move || pulse.read(&mut [0]).unwrap_or(0)).await.unwrap();
        assert_eq!(end, 0, "the process has exited");
    }
}

#[tokio::test]
async fn the_process_ends_with_the_runtime() {
    let place = place();
    let pulse = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = server(place.path()).env(STUBBORN, "1").env(PULSE, pulse.local_addr().unwrap().to_string());
    let end = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let tools = runtime.block_on(server.connect()).unwrap();
        drop(runtime);
        let end = pulse.accept().unwrap().0.read(&mut [0]).unwrap_or(0);
        drop(tools);
        end
    });
    assert_eq!(end.await.unwrap(), 0);
}

#[tokio::test]
async fn errors_name_the_server() {
    #[track_caller]
    fn check(result: Result<McpTools, McpError>, expected: &str) {
        assert_eq!(result.unwrap_err().to_string(), format!("MCP server {expected}"));
    }
    let missing = McpServer::stdio("/nowhere/to/be/found", ["s3cret"]).connect().await;
    check(missing, "\"found\": the program cannot be started: entity not found");
    check(McpServer::stdio("true", [""; 0]).connect().await, "\"true\": connection closed during the handshake");
    let silent = McpServer::stdio("sleep", ["600"]).connect_timeout(Duration::from_millis(100)).connect().await;
    check(silent, "\"sleep\": not ready after 100ms");
}
