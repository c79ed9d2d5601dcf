//! Agents of `waxwing.toml`, and its reload.

mod external;

use std::time::Duration;

use serde_json::Value;
use waxwing_emulator::{Emulator, RateLimits};
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

/// Creates an environment with two numbers.
async fn two_numbers() -> TestEnv {
    let pace = RateLimits::default().with_pair_interval(Duration::ZERO);
    TestEnv::with(Emulator::builder().seed(7).rate_limits(pace).number("1000002", "15550002222")).await
}

/// Returns a file with two agents. Each agent has its own model and number.
fn file(model: &ModelServer, guide: &str) -> String {
    let url = model.url();
    format!(
        r#"
[models.stub]
provider = "openai-compatible"
base_url = "{url}"
model = "m"
api_key = "${{STUB_KEY}}"

[agents.guide]
model = "stub"
instructions = "{guide}"

[agents.cook]
model = "stub"
instructions = "You cook."

[numbers.vigo]
phone_number_id = "1000001"
agent = "guide"

[numbers.lugo]
phone_number_id = "1000002"
access_token = "${{LUGO_TOKEN}}"
agent = "cook"

[messages]
apology = "sorry"

[messages.es]
stopped = "vale"

[languages]
"34" = "es"

[commands.hours]
reply = "9 to 5"
description = "when we are open"

[commands.hours.es]
reply = "de 9 a 17"
"#
    )
}

/// Returns the first and the last text of each request to the models.
fn heard(model: &ModelServer) -> Vec<(String, String)> {
    let request = |said: Vec<String>| (said[0].clone(), said.last().unwrap().clone());
    model.requests().iter().map(|asked| request(asked.transcript())).collect()
}

#[tokio::test]
async fn two_numbers_have_an_agent_each_and_share_a_webhook() {
    let (env, model) = (two_numbers().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with(["Hola de Vigo.", "Hola de Lugo."].map(ModelReply::text));
    env.write_config(&file(&model, "You guide."));
    let launch = env.serve_config().unset("WHATSAPP_PHONE_NUMBER_ID").set("STUB_KEY", "sk-stub");
    let (_server, _) = launch.set("LUGO_TOKEN", env.emulator.access_token()).start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("vigo").await;
    ana.expect_text("Hola de Vigo.").await;
    ana.to_number("1000002").says("lugo").await;
    assert_eq!(ana.expect_text("Hola de Lugo.").await.number, "1000002");
    let told = |system: &str, user: &str| (format!("system: {system}"), format!("user: {user}"));
    assert_eq!(heard(&model), [told("You guide.", "vigo"), told("You cook.", "lugo")]);
    assert_eq!(model.requests()[0].headers["authorization"], "Bearer sk-stub");
    // A canned reply in the language of the user does not need an agent.
    ana.says("/Hours").await;
    ana.expect_text("de 9 a 17").await;
    let bob = env.emulator.user("+44700000000");
    bob.says("/hours").await;
    bob.expect_text("9 to 5").await;
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_hang_up_takes_over_what_can_change_and_names_what_cannot() {
    let (env, model) = (two_numbers().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with(["one", "two", "three"].map(ModelReply::text));
    env.write_config(&file(&model, "You guide."));
    let launch = env.serve_config().set("STUB_KEY", "sk-stub").set("LUGO_TOKEN", env.emulator.access_token());
    let (mut server, _) = launch.start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("1").await;
    ana.expect_text("one").await;

    let changed = file(&model, "You guide gently.").replace("de 9 a 17", "cerrado");
    env.write_config(&format!("{changed}\n[server]\nport = 1\n"));
    server.send_sighup().await;
    let line = server.wait_for_log("configuration reloaded").await;
    assert_eq!(line["changed"], "agents.guide.instructions, commands.hours.es.reply");
    let line = server.wait_for_log("changed settings need a restart").await;
    assert_eq!(line["keys"], "server.port");
    ana.says("2").await;
    ana.expect_text("two").await;
    ana.says("/hours").await;
    ana.expect_text("cerrado").await;

    // An invalid file does not change the running configuration.
    env.write_config(&file(&model, "You shout.").replace("agent = \"cook\"", "agent = \"cok\""));
    server.send_sighup().await;
    let line = server.wait_for_log("configuration not reloaded; the running configuration stays").await;
    let error = "waxwing.toml:23:9: numbers.lugo.agent: unknown agent `cok`; did you mean `cook`?";
    assert_eq!(line["error"], Value::from(error));
    ana.says("3").await;
    ana.expect_text("three").await;
    let systems: Vec<_> = heard(&model).into_iter().map(|(system, _)| system).collect();
    assert_eq!(systems, ["system: You guide.", "system: You guide gently.", "system: You guide gently."]);
    let last = model.requests().pop().unwrap().transcript().len();
    assert_eq!(last, 6, "the session goes on: the instructions, four entries and the message");
}

#[tokio::test]
async fn a_file_that_is_wrong_is_refused_with_its_lines() {
    let env = TestEnv::new().await;
    let refused = async |toml: &str, expected: &[&str]| {
        env.write_config(toml);
        for launch in [env.serve_config(), env.run(&["config", "check"])] {
            let ended = launch.output().await;
            assert_eq!(ended.code, Some(2), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().collect::<Vec<_>>(), expected);
        }
    };
    let key = "waxwing: waxwing.toml:4:11: models.m.api_key: environment variable `KEY` is missing or empty; set it";
    let model = "[models.m]\nprovider = 'openai'\nmodel = 'x'\napi_key = '${KEY}'\n";
    refused(model, &[key]).await;
    let agent = "waxwing.toml:6:1: agents.a.instrutions: unknown key `instrutions`; did you mean `instructions`?";
    refused(&format!("{model}[agents.a]\ninstrutions = ''\nmodel = 'm'"), &[key, agent]).await;
    let who = "waxwing: it is not clear which agent answers; set `agent` in [whatsapp] or in each number to `a` or `b`";
    refused("agents.a.kind = 'echo'\nagents.b.kind = 'echo'\n", &[who]).await;
}

#[tokio::test]
async fn a_file_can_be_checked_and_its_schema_printed() {
    let env = TestEnv::new().await;
    env.write_config("agents.a.kind = 'echo'\nnumbers.n.phone_number_id = '1'\nmodels.m = { provider = 'openai', model = 'x', api_key = 'k' }");
    let checked = env.run(&["config", "check"]).output().await;
    let said = "waxwing.toml:3:8: models.m: no agent uses this model; name it in an agent, or remove it\nwaxwing.toml is valid: 1 number, 1 agent, 1 model\nworst case of memory, without that of agents: ";
    assert!(checked.code == Some(0) && checked.stdout.starts_with(said), "{}", checked.stdout);
    let worst = async |runs: &str| {
        let checked = env.run(&["config", "check", "--json"]).set("WAXWING_MAX_RUNS", runs).output().await;
        let checked: Value = serde_json::from_str(&checked.stdout).unwrap();
        checked["memory_ceiling_bytes"].as_u64().unwrap()
    };
    assert!(worst("32").await < worst("64").await);
    let missing = env.run(&["config", "check", "nowhere.toml"]).output().await;
    assert!(missing.code == Some(2) && missing.stderr.contains("nowhere.toml"), "{}", missing.stderr);
    let schema = env.run(&["config", "schema"]).output().await;
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["server"]["properties"]["port"].is_object(), "{schema}");
}

#[tokio::test]
async fn agents_of_the_file_can_be_named_on_the_command_line() {
    let env = TestEnv::new().await;
    env.write_config("agents.parrot.kind = 'echo'\nagents.guide.kind = 'demo'\n");
    let (server, _) = env.serve("parrot").start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.terminate().await;
    let nobody = env.serve("parot").output().await;
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.ends_with("unknown agent `parot`; did you mean `parrot`?"), "{}", nobody.stderr);
}

#[tokio::test]
async fn routers_teams_and_guards_work_as_they_are_described() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with([ModelReply::text("Both say hi.")]);
    env.write_config(&format!(
        r#"
models.stub = {{ provider = "openai-compatible", base_url = "{}", model = "m" }}
agents.one.kind = "echo"
agents.two.kind = "echo"

[teams.front]
mode = "broadcast"
model = "stub"
members = ["one", "two"]

[agents.desk]
kind = "router"
default = "front"
rules = [{{ word = "invoice", to = "two" }}]

[limits.default]
length = {{ characters = 30, notice = "shorter, please" }}

[access.default]
deny = ["+44 700 000 000"]
"#,
        model.url()
    ));
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("My invoice!").await;
    ana.expect_text("echo My invoice!").await;
    ana.says("Hello").await;
    ana.expect_text("Both say hi.").await;
    ana.says("a word and another, and then some more").await;
    ana.expect_text("shorter, please").await;
    let bob = env.emulator.user("+44700000000");
    bob.says("invoice").await;
    env.drain(server).await;
    bob.expect_nothing().await;
    let asked = model.requests();
    assert!(asked.len() == 1 && asked[0].body.to_string().contains("echo Hello"), "the leader reads what both said");
}

#[tokio::test]
async fn numbers_with_paths_of_their_own_have_secrets_of_their_own() {
    let env = two_numbers().await;
    let file = |prefix: &str| {
        format!(
            "agents.a.kind = 'echo'\n[numbers.vigo]\nphone_number_id = '1000001'\n[numbers.lugo]\nphone_number_id = '1000002'\nverify_token = 'lugo'\nprefix = '{prefix}'\n"
        )
    };
    env.write_config(&file("/whatsapp"));
    let refused = env.serve_config().output().await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("not the same app secret and verify token"), "{}", refused.stderr);
    env.write_config(&file("/lugo"));
    let (_server, origin) = env.serve_config().start().await;
    let challenge = async |path: &str, word: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={word}&hub.challenge=1");
        reqwest::get(format!("{origin}{path}/webhook?{query}")).await.unwrap().status().as_u16()
    };
    assert_eq!(challenge("/lugo", "lugo").await, 200);
    assert_eq!(challenge("/lugo", env.emulator.verify_token()).await, 403);
    assert_eq!(challenge("/whatsapp", env.emulator.verify_token()).await, 200);
    let ana = env.emulator.user("+34600000000").to_number("1000002");
    ana.says("hi").await;
    assert_eq!(ana.expect_text("echo hi").await.number, "1000002");
}

#[tokio::test]
async fn dev_plays_the_numbers_that_are_described_and_needs_none_of_their_secrets() {
    let env = TestEnv::new().await;
    env.write_config(
        r#"
[agents]
guide.kind = "demo"
parrot.kind = "echo"

[numbers.vigo]
phone_number_id = "${VIGO_ID}"
access_token = "${VIGO_TOKEN}"
agent = "guide"

[numbers.lugo]
phone_number_id = "${LUGO_ID}"
access_token = "${LUGO_TOKEN}"
app_secret = "${LUGO_SECRET}"
agent = "parrot"
"#,
    );
    let mut server = env.run(&["dev", "--phone-port", "0", "--port", "0"]).unset("DATABASE_URL").spawn();
    let phone = server.wait_for_line("http://").await.trim().trim_end_matches('/').to_owned();
    let says = serde_json::json!({ "says": { "user": "+34600000000", "text": "hi", "number": "1000002" } });
    let said = reqwest::Client::new().post(format!("{phone}/control/actions")).json(&says).send().await.unwrap();
    let said: Value = said.json().await.unwrap();
    let messages = format!("{phone}/phone/chats/{}/messages", said["user"]);
    let answered = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            if reqwest::get(&messages).await.unwrap().text().await.unwrap().contains("echo hi") {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answered).await.expect("the parrot answers");
}

#[tokio::test]
async fn a_check_shows_no_value_of_a_variable() {
    const SECRET: &str = "hun ter\"2";
    let env = TestEnv::new().await;
    for (key, toml) in [
        ("WAXWING_DEBOUNCE", "[engine]\ndebounce = \"${SECRET}\"\n"),
        ("WAXWING_PREFIX", "[server]\nprefix = \"/${SECRET}\"\n"),
        ("HOST", "[server]\nhost = \"${SECRET}\"\n"),
        ("unknown agent", "[whatsapp]\nagent = \"${SECRET}\"\n"),
    ] {
        env.write_config(toml);
        let checked =
            env.run(&["config", "check"]).set("SECRET", SECRET).set("WHATSAPP_APP_SECRET", "s").output().await;
        assert_eq!(checked.code, Some(2), "{toml}{}", checked.stderr);
        assert!(checked.stderr.contains(key) && checked.stderr.contains("${SECRET}"), "{toml}{}", checked.stderr);
        let shown = checked.stdout + &checked.stderr;
        assert!(!shown.contains("hun") && !shown.contains("ter\\\"2"), "{toml}{shown}");
    }
}
