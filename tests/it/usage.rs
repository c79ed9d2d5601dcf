//! Command `waxwing usage`, budgets for Meta's charges.

use std::collections::HashSet;

use rusqlite::Connection;
use serde_json::{Value, json};
use waxwing_emulator::Emulator;
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

/// Rates with a price for Spain only.
const RATES: &str = "# Rates of a test.\nmarket,category,price,currency\nES,service,0.02,EUR\n";

/// Returns a file whose agent repeats messages.
fn file(budget: &str) -> String {
    format!("[agents.parrot]\nkind = \"echo\"\n\n[budget]\nrates = \"rates.csv\"\n{budget}\n")
}

/// Returns the ids of the delivered messages for whose delivery the emulator charged, or did not charge.
fn billed(emulator: &Emulator, is_billable: bool) -> HashSet<String> {
    let mut statuses = Vec::new();
    for exchange in emulator.webhooks() {
        let body: Value = serde_json::from_slice(exchange.request_body()).unwrap();
        let value = &body["entry"][0]["changes"][0]["value"]["statuses"];
        statuses.extend(value.as_array().cloned().unwrap_or_default());
    }
    let is_charged = |status: &&Value| status["status"] == "delivered" && status["pricing"]["billable"] == is_billable;
    statuses.iter().filter(is_charged).map(|status| status["id"].as_str().unwrap().to_owned()).collect()
}

/// Returns what `waxwing usage show --json` prints with these arguments.
async fn usage(env: &TestEnv, arguments: &[&str]) -> Value {
    let shown = env.run(&[&["usage", "show", "--json"], arguments].concat()).output().await;
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    serde_json::from_str(&shown.stdout).unwrap()
}

/// Lets a user come from an ad and write a message.
fn comes_from_an_ad(env: &TestEnv, user: &str, text: &str) {
    let click = json!({ "clicks_ad": { "user": user, "text": text, "referral": { "source_type": "ad" } } });
    env.emulator.perform(serde_json::from_value(click).unwrap()).unwrap();
}

#[tokio::test]
async fn the_usage_is_what_meta_billed() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("rates.csv"), RATES).unwrap();
    env.write_config(&file(""));
    let (server, _) = env.serve_config().start().await;
    let (ana, bob) = (env.emulator.user("+34600000000"), env.emulator.user("+44700000000"));
    for (user, text) in [(&ana, "one"), (&bob, "two"), (&ana, "three")] {
        user.says(text).await;
        user.expect_text(&format!("echo {text}")).await;
    }
    let eva = env.emulator.user("+34611111111");
    comes_from_an_ad(&env, "+34611111111", "hello");
    eva.expect_text("echo hello").await;
    env.emulator.expect_idle().await;
    // A user who reads a message causes a further status with its price.
    ana.reads_all();
    env.emulator.expect_idle().await;

    let (charged, free) = (billed(&env.emulator, true), billed(&env.emulator, false));
    assert_eq!((charged.len(), free.len()), (3, 1));
    let by_category = usage(&env, &["--by", "category"]).await;
    let row = |key, billable, free, without_rate, charges| {
        json!({
            "key": key, "billable": billable, "free": free, "without_rate": without_rate, "charges": charges, "model_cost": "0",
        })
    };
    let rows = [row("referral_conversion", 0, 1, 0, "0"), row("service", 3, 0, 1, "0.04")];
    assert_eq!(by_category["rows"], json!(rows));
    assert_eq!(by_category["total"], row("", 3, 1, 1, "0.04"));
    assert_eq!(by_category["currency"], "EUR");
    let by_agent = usage(&env, &["--by", "agent"]).await;
    assert_eq!(by_agent["rows"], json!([row("parrot", 3, 1, 1, "0.04")]));
    let by_number = usage(&env, &["--by", "number"]).await;
    assert_eq!(by_number["rows"][0]["key"], env.emulator.phone_number_id());
    let by_day = usage(&env, &[]).await;
    assert_eq!(by_day["rows"].as_array().map(Vec::len), Some(1), "{by_day}");
    assert_eq!(by_day["rows"][0]["key"], by_day["until"]);

    // The same without a server, and as a table.
    assert_eq!(server.terminate().await.code, Some(0));
    assert_eq!(usage(&env, &["--by", "category"]).await, by_category);
    let shown = env.run(&["usage", "show", "--by", "category"]).output().await;
    for part in ["charges EUR", "0.04 + 1 no rate", "1 charged messages have no rate"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    std::fs::write(env.path("other.toml"), "").unwrap();
    let none = env.run(&["usage", "show", "--by", "agent", "--config", "other.toml"]).output().await;
    assert!(none.stdout.contains("no rate"), "without rates, no price is known: {}", none.stdout);
    let wrong = env.run(&["usage", "show", "--since", "30.11.2026"]).output().await;
    assert!(wrong.code == Some(2) && wrong.stderr.contains("2026-11-30"), "{}", wrong.stderr);
}

#[tokio::test]
async fn the_cost_of_models_is_shown_with_the_charges() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with(["Hola."].map(ModelReply::text));
    std::fs::write(env.path("rates.csv"), RATES).unwrap();
    let url = model.url();
    env.write_config(&format!(
        "[models.stub]\nprovider = \"openai-compatible\"\nbase_url = \"{url}\"\nmodel = \"m\"\n\
         price = {{ input = 1000.0, output = 2000.0 }}\n\n[agents.guide]\nmodel = \"stub\"\n\n\
         [budget]\nrates = \"rates.csv\"\n"
    ));
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("Hola.").await;
    env.emulator.expect_idle().await;
    let shown = usage(&env, &["--by", "agent"]).await;
    // 20 tokens of input and 8 of output.
    let expected = json!([{
        "key": "guide", "billable": 1, "free": 0, "without_rate": 0, "charges": "0.02", "model_cost": "0.036",
    }]);
    assert_eq!(shown["rows"], expected);
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_soft_budget_warns_once_and_users_are_answered() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("rates.csv"), RATES).unwrap();
    env.write_config(&file("per_day = 0.05\n"));
    let (mut server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    let says = async |text: &str| {
        ana.says(text).await;
        ana.expect_text(&format!("echo {text}")).await;
        env.emulator.expect_idle().await;
    };
    says("one").await;
    says("two").await;
    let line = server.wait_for_log("80 % of the budget for meta's charges used").await;
    assert_eq!((&line["charged"], &line["budget"], &line["period"]), (&json!("0.04"), &json!("0.05"), &json!("day")));
    assert_eq!(line["level"], "WARN");
    says("three").await;
    let line = server.wait_for_log("budget for meta's charges used; campaigns stop, users are answered").await;
    assert_eq!((&line["charged"], &line["number"]), (&json!("0.06"), &json!(env.emulator.phone_number_id())));
    says("four").await;
    let log = server.terminate().await.stderr;
    assert_eq!(log.matches("budget for meta's charges used; campaigns stop").count(), 1, "{log}");
    assert_eq!(log.matches("80 % of the budget").count(), 1, "{log}");
}

#[tokio::test]
async fn a_hard_budget_of_a_number_stops_what_costs_something() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("rates.csv"), RATES).unwrap();
    let number = format!(
        "[numbers.vigo]\nphone_number_id = \"{}\"\nbudget = {{ per_month = 0.02, hard = true }}\n",
        env.emulator.phone_number_id()
    );
    env.write_config(&format!("{}\n{number}", file("per_month = 1000\n")));
    let (mut server, _) = env.serve_config().unset("WHATSAPP_PHONE_NUMBER_ID").start().await;
    let (ana, bob) = (env.emulator.user("+34600000000"), env.emulator.user("+34611111111"));
    ana.says("one").await;
    ana.expect_text("echo one").await;
    env.emulator.expect_idle().await;
    let used = "budget for meta's charges used; messages that cost something are not answered";
    assert_eq!(server.wait_for_log(used).await["period"], "month");
    for text in ["two", "/help"] {
        ana.says(text).await;
        let line = server.wait_for_log("budget for meta's charges used; messages not answered").await;
        assert_eq!(line["period"], "month");
    }
    // Answers to a user who comes from an ad are free, the following ones too.
    comes_from_an_ad(&env, "+34611111111", "from an ad");
    bob.expect_text("echo from an ad").await;
    env.emulator.expect_idle().await;
    bob.says("again").await;
    bob.expect_text("echo again").await;
    env.emulator.expect_idle().await;
    assert_eq!(ana.messages().len(), 1, "{}", ana.transcript());
    let billed = usage(&env, &["--by", "number"]).await;
    assert_eq!((&billed["total"]["billable"], &billed["total"]["free"]), (&json!(1), &json!(2)));
    assert_eq!(server.terminate().await.code, Some(0));
    let database = Connection::open(env.path("test.db")).unwrap();
    let mut reasons = database.prepare("SELECT reason FROM inbox WHERE reason IS NOT NULL ORDER BY seq").unwrap();
    let reasons: Vec<String> = reasons.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(reasons, ["the budget of the month for Meta's charges is used"], "the command is recorded as a command");
}

#[tokio::test]
async fn a_queued_message_can_be_repeated_after_it_used_a_hard_budget() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("rates.csv"), RATES).unwrap();
    env.write_config(&file("per_day = 0.04\nhard = true\n"));
    let (mut server, _) = env.serve_config().start().await;
    let ana = env.emulator.user("+34600000000");
    ana.says("one").await;
    ana.expect_text("echo one").await;
    let number = env.emulator.phone_number_id();
    let queue = async |key: &str| {
        let arguments = ["messages", "queue", "+34600000000", "Your order is ready.", "--number", number, "--key", key];
        env.run(&arguments).output().await
    };
    assert_eq!(queue("order-17").await.code, Some(0));
    ana.expect_text("Your order is ready.").await;
    server.wait_for_log("budget for meta's charges used; messages that cost something are not answered").await;
    let repeated = queue("order-17").await;
    assert_eq!(repeated.code, Some(0), "{}", repeated.stderr);
    assert!(repeated.stdout.contains("already queued"), "{}", repeated.stdout);
    let refused = queue("order-18").await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("the budget of the day for Meta's charges is used"), "{}", refused.stderr);
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_wrong_rate_table_is_named_with_its_line() {
    let env = TestEnv::new().await;
    std::fs::write(env.path("rates.csv"), format!("{RATES}FR,service,cheap,EUR\n")).unwrap();
    env.write_config(&file("per_day = 1\n"));
    let ended = env.serve_config().output().await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    for part in ["budget.rates", "line 4", "`cheap`"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}
