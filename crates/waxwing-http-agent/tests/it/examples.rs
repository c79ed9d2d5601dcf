//! The agents of `examples/http-agent`, run for real.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use waxwing_agent::{Agent as _, Choice, Media, Question, Reply, RunContext, Session, Turn, UserMessage};
use waxwing_http_agent::HttpAgent;

use crate::world::World;

const SECRET: &str = "a secret of the examples";

/// An agent in a process of its own.
struct Example {
    child: Child,
    url: String,
}

impl Example {
    /// Starts it with its interpreter, and waits until it says where it listens.
    fn start(interpreter: &str, script: &str) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/http-agent").join(script);
        let child = Command::new(interpreter)
            .arg(script)
            .env("WAXWING_AGENT_SECRET", SECRET)
            .env_remove("PORT")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child =
            child.unwrap_or_else(|error| panic!("install {interpreter}, which this test needs on the PATH: {error}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("{interpreter} cannot run the example, it said {line:?}")).to_owned();
        Self { child, url }
    }

    fn agent(&self, secret: &str) -> HttpAgent {
        HttpAgent::builder("example", &self.url, secret).timeout(Duration::from_secs(30)).build().unwrap()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn check(interpreter: &str, script: &str) {
    let example = Example::start(interpreter, script);
    let agent = example.agent(SECRET);
    let ask = async |said: Turn, run: &str| {
        let state = serde_json::from_str(r#"{"count": 6}"#).unwrap();
        let ctx = RunContext::builder("1", Session::restored("1", Vec::new(), state)).run_id(run).build();
        let reply = agent.run(said, &ctx).await.unwrap();
        assert_eq!(ctx.session().get("count"), Some(7), "what it sets in the state");
        reply
    };
    assert_eq!(ask("héllo".into(), "1").await, Reply::markdown("*7*: you said “héllo”."));
    assert_eq!(ask("other words".into(), "1").await, Reply::markdown("*7*: you said “héllo”."), "the key is the same");
    let question = Question::new("What would you like?")
        .with_choice(Choice::new("soup", "Soup"))
        .with_choice(Choice::new("salad", "Salad"));
    assert_eq!(ask("menu".into(), "2").await, Reply::from(question));
    let picture = UserMessage::text("look").with_media(Media::image("image/png", vec![0; 100_000]));
    assert_eq!(ask(picture.into(), "3").await, Reply::text("That is image/png of 100000 bytes."));

    let world = World::default();
    assert_eq!(agent.run("slow".into(), &world.run()).await.unwrap(), Reply::markdown("*1*: you said “slow”."));
    let said: Vec<_> = world.said().into_iter().map(|(_, reply)| reply).collect();
    assert_eq!(said, [Reply::text("One moment, please.")]);

    let stranger = example.agent("a secret of somebody else");
    let error = stranger.run("hi".into(), &World::default().run()).await.unwrap_err();
    assert_eq!(error.to_string(), "the HTTP agent answered with HTTP 401");
}

#[tokio::test]
async fn in_python() {
    check("python3", "agent.py").await;
}

#[tokio::test]
async fn in_node() {
    check("node", "agent.mjs").await;
}
