//! A server that is a child. It is this program again, with a word in its environment.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use rmcp::ServiceExt as _;
use serde_json::{Value, json};
use waxwing_agent::{Media, Reply};
use waxwing_llm::{LlmAgent, McpServer, ToolOutput};

use super::server::{Server, text};
use super::{call, names, read, tool};
use crate::support::{asking, results, run};

/// Names the file of [`Server::marked_by`]; where it is set, this program is a server.
const MARK: &str = "WAXWING_TEST_MCP_MARK";

/// An address that the server connects to, so that one sees it end.
const PULSE: &str = "WAXWING_TEST_MCP_PULSE";

/// Set where the server does not end by itself.
const STUBBORN: &str = "WAXWING_TEST_MCP_STUBBORN";

/// The server; without the word in its environment, nothing.
#[test]
fn serve() {
    let Some(mark) = std::env::var_os(MARK) else { return };
    let _pulse = std::env::var(PULSE).ok().map(|address| TcpStream::connect(address).unwrap());
    // What begins with the harness's own greeting is full of garbage anyway.
    println!("Listening on stdio\n{{\"jsonrpc\": \"2.0\", \n{{\"hello\": 1}}\n[1, 2]\n\u{fffd}");
    eprintln!("ready");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let service = Server::marked_by(mark).serve(rmcp::transport::stdio()).await.unwrap();
        service.waiting().await.unwrap();
    });
    while std::env::var_os(STUBBORN).is_some() {
        std::thread::park();
    }
    std::process::exit(0);
}

/// How the server is started, with a place for its mark.
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
    let listed = ["draw", "endless", "env", "fail", "grow", "hang", "huge", "key", "refuse", "say", "stumble"];
    assert_eq!(names(&tools), listed.map(|name| format!("oven_{name}")));
    let say = tool(&tools, "oven_say");
    assert_eq!(say.spec().description, "Does: say");
    assert_eq!(say.spec().parameters, json!({"type": "object", "properties": {"text": {"type": "string"}}}));
    assert_eq!(
        (say.is_at_most_once(), tool(&tools, "oven_key").is_at_most_once()),
        (false, true),
        "what only reads may be repeated"
    );
    assert_eq!(read(&tools, "oven_say", text("hot")).await, "hot");
    assert_eq!(read(&tools, "oven_key", json!({})).await, "run:oven_key:0", "the key travels");
    assert_eq!(read(&tools, "oven_fail", json!({})).await, "Error: the oven is cold");
    assert_eq!(read(&tools, "oven_refuse", json!({})).await, "Error: no such oven");
    let drawn =
        ToolOutput::text("[The user gets: image, image/png.]").with_media(Media::image("image/png", vec![1, 2, 3]));
    assert_eq!(call(&tools, "oven_draw", json!({})).await.unwrap(), drawn.supplementary());
}

#[tokio::test]
async fn an_agent_uses_them() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let model = asking(&[("say", text("hot")), ("draw", Value::Null), ("huge", Value::Null), ("fail", Value::Null)]);
    let agent = LlmAgent::builder("a", model.clone()).tools(tools.tools()).build().unwrap();
    let reply = run(&agent, "hi").await.unwrap();
    assert_eq!(reply, Reply::markdown("done").with_media(Media::image("image/png", vec![1, 2, 3])));
    let requests = model.requests();
    let results = results(&requests[1]);
    assert_eq!((results[0], results[1]), ("hot", "[The user gets: image, image/png.]"));
    assert!(results[2].len() < 70 * 1024 && results[2].ends_with("[The rest was left out.]"));
    assert_eq!(results[3], "Error: the oven is cold");
}

#[tokio::test]
async fn a_child_sees_no_secret_of_its_parent() {
    let place = place();
    let tools = server(place.path()).env("GIVEN", "token").connect().await.unwrap();
    let seen = read(&tools, "env", json!({})).await;
    let seen: Vec<_> = seen.split(' ').collect();
    assert!(["GIVEN", "PATH", MARK].iter().all(|name| seen.contains(name)), "{seen:?}");
    // What cargo sets for the tests stands for what an operator sets for the program.
    assert!(!seen.iter().any(|name| name.starts_with("CARGO")), "{seen:?}");
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up() {
    let place = place();
    let tools = server(place.path()).call_timeout(Duration::from_millis(300)).connect().await.unwrap();
    let given_up = "Error: no result after 300ms; nobody knows whether the call took effect";
    assert_eq!(read(&tools, "hang", json!({})).await, given_up);
    assert_eq!(read(&tools, "say", text("still there")).await, "still there");
}

#[tokio::test]
async fn a_message_beyond_all_bounds_is_as_good_as_none() {
    let place = place();
    let tools = server(place.path()).call_timeout(Duration::from_secs(1)).connect().await.unwrap();
    let given_up = "Error: no result after 1s; nobody knows whether the call took effect";
    assert_eq!(read(&tools, "endless", json!({})).await, given_up);
    // It may take the server a while to get rid of it.
    while read(&tools, "say", text("still there")).await != "still there" {}
}

#[tokio::test]
async fn a_server_that_dies_is_started_again() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let broke = "Error: the connection to the server broke; nobody knows whether the call took effect";
    assert_eq!(read(&tools, "crash", json!({})).await, broke, "what may have taken effect is not called twice");
    assert_eq!(read(&tools, "say", text("back")).await, "back");
    assert_eq!(read(&tools, "stumble", json!({})).await, "up again", "what only reads is called again");
    assert!(names(&tools).contains(&"learned".to_owned()), "what it lists now is taken up");
}

#[tokio::test]
async fn a_server_that_learns_is_listed_again() {
    let place = place();
    let tools = server(place.path()).connect().await.unwrap();
    let ((), grown) = tokio::join!(tools.changed(), read(&tools, "grow", json!({})));
    assert_eq!(grown, "grown");
    assert_eq!(read(&tools, "grown", json!({})).await, "grown is new");
}

#[tokio::test]
async fn it_ends_with_its_last_tool() {
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
        assert_eq!(end, 0, "the process has ended");
    }
}

#[tokio::test]
async fn it_ends_with_the_runtime() {
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
async fn a_server_that_cannot_be_had_is_named() {
    #[track_caller]
    fn check(result: Result<waxwing_llm::McpTools, waxwing_llm::McpError>, expected: &str) {
        assert_eq!(result.unwrap_err().to_string(), format!("the MCP server {expected}"));
    }
    let missing = McpServer::stdio("/nowhere/to/be/found", ["s3cret"]).connect().await;
    check(missing, "\"found\" cannot be started: entity not found");
    check(McpServer::stdio("true", [""; 0]).connect().await, "\"true\" hung up at once");
    let silent = McpServer::stdio("sleep", ["600"]).connect_timeout(Duration::from_millis(100)).connect().await;
    check(silent, "\"sleep\" was not ready after 100ms");
}
