//! The agents of `examples/http-agent`, in processes of their own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use waxwing_agent::{Agent as _, Choice, Media, Question, Reply, RunContext, Session, Turn, UserMessage};
use waxwing_http_agent::HttpAgent;

use crate::test_run::TestRun;

const SECRET: &str = "a secret of the examples";

/// A running agent.
struct Example {
    child: Child,
    url: String,
}

impl Example {
    /// Starts the script and waits until it prints its address.
    fn start(interpreter: &str, script: &str) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/http-agent").join(script);
        let child = Command::new(interpreter)
            .arg(script)
            .env("WAXWING_AGENT_SECRET", SECRET)
            .env_remove("PORT")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("this test needs {interpreter} on the PATH: {error}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("{interpreter} cannot run the example; it printed {line:?}")).to_owned();
        Self { child, url }
    }

    fn agent(&self, secret: &str) -> HttpAgent {
        HttpAgent::builder("example").url(&self.url).secret(secret).timeout(Duration::from_secs(30)).build().unwrap()
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
    let ask = async |turn: Turn, run: &str| {
        let state = serde_json::from_str(r#"{"count": 6}"#).unwrap();
        let ctx = RunContext::builder("1", Session::restored("1", Vec::new(), state)).run_id(run).build();
        let reply = agent.run(turn, &ctx).await.unwrap();
        assert_eq!(ctx.session().get("count"), Some(7), "the agent sets the count");
        reply
    };
    assert_eq!(ask("héllo".into(), "1").await, Reply::markdown("*7*: you said “héllo”."));
    assert_eq!(
        ask("other words".into(), "1").await,
        Reply::markdown("*7*: you said “héllo”."),
        "the key and the answer are the same"
    );
    let question = Question::new("What would you like?")
        .with_choice(Choice::new("soup", "Soup"))
        .with_choice(Choice::new("salad", "Salad"));
    assert_eq!(ask("menu".into(), "2").await, Reply::from(question));
    let picture = UserMessage::text("look").with_media(Media::image("image/png", vec![0; 100_000]));
    assert_eq!(ask(picture.into(), "3").await, Reply::text("That is image/png of 100000 bytes."));

    let run = TestRun::default();
    assert_eq!(agent.run("slow".into(), &run.ctx()).await.unwrap(), Reply::markdown("*1*: you said “slow”."));
    let sent: Vec<_> = run.sent().into_iter().map(|(_, reply)| reply).collect();
    assert_eq!(sent, [Reply::text("One moment, please.")]);

    let other = example.agent("another secret of the tests");
    let error = other.run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    assert_eq!(error.to_string(), "the HTTP agent answered with HTTP 401");
}

#[tokio::test]
async fn the_python_agent_follows_the_contract() {
    check("python3", "agent.py").await;
}

#[tokio::test]
async fn the_node_agent_follows_the_contract() {
    check("node", "agent.mjs").await;
}
