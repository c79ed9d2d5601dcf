//! Agents without code: what `waxwing.toml` describes is served, and taken over when it changes.

mod outside;

use std::time::Duration;

use serde_json::Value;
use waxwing_emulator::{Emulator, Pace};
use waxwing_tests::{Answer, Dialect, ModelServer, Scene};

/// A scene with two numbers.
async fn two_numbers() -> Scene {
    let pace = Pace { pair_interval: Duration::ZERO, ..Pace::default() };
    Scene::with(Emulator::builder().seed(7).pace(pace).number("1000002", "15550002222")).await
}

/// Two agents with a model each, on a number each.
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

[texts]
apology = "sorry"

[texts.es]
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

/// What the models were told first, and what was said to them last.
fn heard(model: &ModelServer) -> Vec<(String, String)> {
    let request = |said: Vec<String>| (said[0].clone(), said.last().unwrap().clone());
    model.requests().iter().map(|asked| request(asked.said())).collect()
}

#[tokio::test]
async fn two_numbers_have_an_agent_each_and_share_a_webhook() {
    let (scene, model) = (two_numbers().await, ModelServer::start(Dialect::OpenAi).await);
    model.will(["Hola de Vigo.", "Hola de Lugo."].map(Answer::says));
    scene.describe(&file(&model, "You guide."));
    let launch = scene.serve_described().unset("WHATSAPP_PHONE_NUMBER_ID").set("STUB_KEY", "sk-stub");
    let (_server, _) = launch.set("LUGO_TOKEN", scene.sim.access_token()).start().await;
    let ana = scene.sim.user("+34600000000");
    ana.says("vigo").await;
    ana.expect_text("Hola de Vigo.").await;
    ana.to_number("1000002").says("lugo").await;
    assert_eq!(ana.expect_text("Hola de Lugo.").await.number, "1000002");
    let told = |system: &str, user: &str| (format!("system: {system}"), format!("user: {user}"));
    assert_eq!(heard(&model), [told("You guide.", "vigo"), told("You cook.", "lugo")]);
    assert_eq!(model.requests()[0].headers["authorization"], "Bearer sk-stub");
    // Without an agent, in the language of the user.
    ana.says("/Hours").await;
    ana.expect_text("de 9 a 17").await;
    let bob = scene.sim.user("+44700000000");
    bob.says("/hours").await;
    bob.expect_text("9 to 5").await;
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_hang_up_takes_over_what_can_change_and_names_what_cannot() {
    let (scene, model) = (two_numbers().await, ModelServer::start(Dialect::OpenAi).await);
    model.will(["one", "two", "three"].map(Answer::says));
    scene.describe(&file(&model, "You guide."));
    let launch = scene.serve_described().set("STUB_KEY", "sk-stub").set("LUGO_TOKEN", scene.sim.access_token());
    let (mut server, _) = launch.start().await;
    let ana = scene.sim.user("+34600000000");
    ana.says("1").await;
    ana.expect_text("one").await;

    let changed = file(&model, "You guide gently.").replace("de 9 a 17", "cerrado");
    scene.describe(&format!("{changed}\n[server]\nport = 1\n"));
    server.hang_up().await;
    let line = server.logged("the settings file was read again").await;
    assert_eq!(line["changed"], "agents.guide.instructions, commands.hours.es.reply");
    let line = server.logged("some settings have changed that count when the server starts again").await;
    assert_eq!(line["keys"], "server.port");
    ana.says("2").await;
    ana.expect_text("two").await;
    ana.says("/hours").await;
    ana.expect_text("cerrado").await;

    // A file that is wrong changes nothing.
    scene.describe(&file(&model, "You shout.").replace("agent = \"cook\"", "agent = \"cok\""));
    server.hang_up().await;
    let line = server.logged("the settings file is wrong; everything stays as it is").await;
    let error = "waxwing.toml:23:9: numbers.lugo.agent: agent `cok` is not described; did you mean `cook`?";
    assert_eq!(line["error"], Value::from(error));
    ana.says("3").await;
    ana.expect_text("three").await;
    let systems: Vec<_> = heard(&model).into_iter().map(|(system, _)| system).collect();
    assert_eq!(systems, ["system: You guide.", "system: You guide gently.", "system: You guide gently."]);
    let last = model.requests().pop().unwrap().said().len();
    assert_eq!(last, 6, "the session goes on: the instructions, four entries and the message");
}

#[tokio::test]
async fn a_file_that_is_wrong_is_refused_with_its_lines() {
    let scene = Scene::new().await;
    let refused = async |toml: &str, expected: &[&str]| {
        scene.describe(toml);
        for launch in [scene.serve_described(), scene.run(&["config", "check"])] {
            let ended = launch.output().await;
            assert_eq!(ended.code, Some(2), "{}", ended.stderr);
            assert_eq!(ended.stderr.lines().collect::<Vec<_>>(), expected);
        }
    };
    let key = "waxwing: waxwing.toml:4:11: models.m.api_key: the environment has no variable `KEY`, or it is empty";
    let model = "[models.m]\nprovider = 'openai'\nmodel = 'x'\napi_key = '${KEY}'\n";
    refused(model, &[key]).await;
    let agent = "waxwing.toml:6:1: agents.a.instrutions: unknown key `instrutions`; did you mean `instructions`?";
    refused(&format!("{model}[agents.a]\ninstrutions = ''\nmodel = 'm'"), &[key, agent]).await;
    let who = "waxwing: who answers? Set `agent`, in [whatsapp] or for each of [numbers]; there are `a` and `b`";
    refused("agents.a.kind = 'echo'\nagents.b.kind = 'echo'\n", &[who]).await;
}

#[tokio::test]
async fn a_file_can_be_checked_and_its_schema_printed() {
    let scene = Scene::new().await;
    scene.describe("agents.a.kind = 'echo'\nnumbers.n.phone_number_id = '1'\nmodels.m = { provider = 'openai', model = 'x', api_key = 'k' }");
    let checked = scene.run(&["config", "check"]).output().await;
    let said =
        "waxwing.toml:3:8: models.m: no agent uses this model\nwaxwing.toml is right: 1 number, 1 agent, 1 model";
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(0), said));
    let missing = scene.run(&["config", "check", "nowhere.toml"]).output().await;
    assert!(missing.code == Some(2) && missing.stderr.contains("nowhere.toml"), "{}", missing.stderr);
    let schema = scene.run(&["config", "schema"]).output().await;
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["properties"]["server"]["properties"]["port"].is_object(), "{schema}");
}

#[tokio::test]
async fn agents_of_the_file_can_be_named_on_the_command_line() {
    let scene = Scene::new().await;
    scene.describe("agents.parrot.kind = 'echo'\nagents.guide.kind = 'demo'\n");
    let (server, _) = scene.serve("parrot").start().await;
    let ana = scene.sim.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    server.terminate().await;
    let nobody = scene.serve("parot").output().await;
    assert_eq!(nobody.code, Some(2));
    assert!(nobody.stderr.ends_with("agent `parot` is not described; did you mean `parrot`?"), "{}", nobody.stderr);
}

#[tokio::test]
async fn routers_teams_and_guards_work_as_they_are_described() {
    let (scene, model) = (Scene::new().await, ModelServer::start(Dialect::OpenAi).await);
    model.will([Answer::says("Both say hi.")]);
    scene.describe(&format!(
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
    let (_server, _) = scene.serve_described().start().await;
    let ana = scene.sim.user("+34600000000");
    ana.says("My invoice!").await;
    ana.expect_text("echo My invoice!").await;
    ana.says("Hello").await;
    ana.expect_text("Both say hi.").await;
    ana.says("a word and another, and then some more").await;
    ana.expect_text("shorter, please").await;
    let bob = scene.sim.user("+44700000000");
    bob.says("invoice").await;
    bob.expect_nothing().await;
    let asked = model.requests();
    assert!(asked.len() == 1 && asked[0].body.to_string().contains("echo Hello"), "the leader reads what both said");
}

#[tokio::test]
async fn numbers_with_paths_of_their_own_have_secrets_of_their_own() {
    let scene = two_numbers().await;
    let file = |prefix: &str| {
        format!(
            "agents.a.kind = 'echo'\n[numbers.vigo]\nphone_number_id = '1000001'\n[numbers.lugo]\nphone_number_id = '1000002'\nverify_token = 'lugo'\nprefix = '{prefix}'\n"
        )
    };
    scene.describe(&file("/whatsapp"));
    let refused = scene.serve_described().output().await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("not the same app secret and verify token"), "{}", refused.stderr);
    scene.describe(&file("/lugo"));
    let (_server, origin) = scene.serve_described().start().await;
    let challenge = async |path: &str, word: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={word}&hub.challenge=1");
        reqwest::get(format!("{origin}{path}/webhook?{query}")).await.unwrap().status().as_u16()
    };
    assert_eq!(challenge("/lugo", "lugo").await, 200);
    assert_eq!(challenge("/lugo", scene.sim.verify_token()).await, 403);
    assert_eq!(challenge("/whatsapp", scene.sim.verify_token()).await, 200);
    let ana = scene.sim.user("+34600000000").to_number("1000002");
    ana.says("hi").await;
    assert_eq!(ana.expect_text("echo hi").await.number, "1000002");
}

#[tokio::test]
async fn dev_plays_the_numbers_that_are_described_and_needs_none_of_their_secrets() {
    let scene = Scene::new().await;
    scene.describe(
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
    let mut server = scene.run(&["dev", "--phone-port", "0", "--port", "0"]).unset("DATABASE_URL").spawn();
    let phone = server.printed("http://").await.trim().trim_end_matches('/').to_owned();
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
