//! Commands that call Meta: templates, numbers, profile, block list, QR codes and commands.

use serde_json::{Value, json};
use waxwing_tests::{Launch, TestEnv};

/// Configures a command with the access to the emulator.
fn meta<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    env.run(arguments)
        .set("WHATSAPP_ACCESS_TOKEN", env.emulator.access_token())
        .set("WHATSAPP_PHONE_NUMBER_ID", env.emulator.phone_number_id())
        .set("WHATSAPP_GRAPH_URL", &env.emulator.url())
}

/// Runs a command, which must succeed. Returns its output.
async fn run(env: &TestEnv, arguments: &[&str]) -> String {
    let output = meta(env, arguments).output().await;
    assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
    output.stdout
}

/// Runs a command, which must fail. Returns its errors.
async fn fails(env: &TestEnv, arguments: &[&str]) -> String {
    let output = meta(env, arguments).output().await;
    assert_eq!(output.code, Some(1), "{arguments:?}: {}", output.stdout);
    output.stderr
}

#[tokio::test]
async fn templates_are_created_shown_and_deleted() {
    let env = TestEnv::new().await;
    let template = json!({
        "name": "order_ready", "language": "en", "category": "UTILITY",
        "components": [
            { "type": "BODY", "text": "Order {{1}} is ready.", "example": { "body_text": [["17"]] } },
            { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Thanks" }] },
        ],
    });
    std::fs::write(env.path("template.json"), template.to_string()).unwrap();
    let created = run(&env, &["templates", "create", "template.json"]).await;
    assert!(created.contains("created: UTILITY, PENDING"), "{created}");
    let list = run(&env, &["templates", "list", "--category", "UTILITY"]).await;
    assert!(list.contains("order_ready  en  UTILITY  PENDING"), "{list}");
    let list = run(&env, &["templates", "list", "--json", "--status", "PENDING"]).await;
    let shown: Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
    assert_eq!((list.lines().count(), &shown["name"]), (1, &json!("order_ready")));
    let preview = run(&env, &["templates", "preview", "order_ready"]).await;
    assert_eq!(preview, "Order 17 is ready.\n[Thanks]");
    let shown = run(&env, &["templates", "show", "order_ready", "--language", "en"]).await;
    assert!(shown.contains("\"text\": \"Order {{1}} is ready.\""), "{shown}");

    let again = fails(&env, &["templates", "create", "template.json"]).await;
    assert!(again.contains("Meta says"), "{again}");
    assert!(fails(&env, &["templates", "create", "nothing.json"]).await.contains("cannot be read"));
    run(&env, &["templates", "delete", "order_ready"]).await;
    assert!(fails(&env, &["templates", "show", "order_ready"]).await.contains("no template order_ready"));
}

#[tokio::test]
async fn an_account_is_found_by_the_token_or_named() {
    let env = TestEnv::new().await;
    let numbers = run(&env, &["numbers", "list"]).await;
    assert!(numbers.starts_with("1000001  +1 555-"), "{numbers}");
    assert_eq!(run(&env, &["numbers", "list", "--account", "2000002"]).await, numbers);
    assert!(fails(&env, &["templates", "list", "--account", "404"]).await.contains("Meta says"));
    let shown = run(&env, &["numbers", "show"]).await;
    assert!(shown.contains("quality: GREEN\n"), "{shown}");
    let shown: Value = serde_json::from_str(&run(&env, &["numbers", "show", "--json"]).await).unwrap();
    assert_eq!(shown["status"], "CONNECTED");
    assert!(fails(&env, &["numbers", "show", "--number", "other"]).await.contains("leave --number out"));
    let denied = meta(&env, &["numbers", "show"]).set("WHATSAPP_ACCESS_TOKEN", "wrong").output().await;
    assert!(denied.code == Some(1) && denied.stderr.contains("Code 190"), "{}", denied.stderr);
    let missing = meta(&env, &["numbers", "show"]).unset("WHATSAPP_ACCESS_TOKEN").output().await;
    assert!(missing.code == Some(2) && missing.stderr.contains("WHATSAPP_ACCESS_TOKEN"), "{}", missing.stderr);
}

#[tokio::test]
async fn one_of_several_numbers_has_to_be_named() {
    let env = TestEnv::with(TestEnv::emulator().number("1000002", "15550002222")).await;
    env.write_config(
        "[agents.parrot]\nkind = \"echo\"\n[numbers.shop]\nphone_number_id = \"1000001\"\nagent = \"parrot\"\n\
         [numbers.help]\nphone_number_id = \"1000002\"\nagent = \"parrot\"\n",
    );
    let several = meta(&env, &["numbers", "show"]).unset("WHATSAPP_PHONE_NUMBER_ID");
    let several = several.output().await;
    assert!(several.code == Some(1) && several.stderr.contains("--number"), "{}", several.stderr);
    for name in ["help", "1000002"] {
        let shown = meta(&env, &["numbers", "show", "--number", name]).unset("WHATSAPP_PHONE_NUMBER_ID").output().await;
        assert!(shown.stdout.starts_with("1000002  +1 555-000-2222"), "{name}: {} {}", shown.stdout, shown.stderr);
    }
}

#[tokio::test]
async fn profile_qr_codes_and_block_list_change() {
    let env = TestEnv::new().await;
    let set = ["profile", "set", "--about", "Pizza since 1990", "--vertical", "RESTAURANT"];
    let changed = run(&env, &[&set[..], &["--website", "https://pizza.example"]].concat()).await;
    assert!(changed.contains("about: Pizza since 1990\n") && changed.contains("websites: https://pizza.example"));
    let shown: Value = serde_json::from_str(&run(&env, &["profile", "show", "--json"]).await).unwrap();
    assert_eq!(shown["vertical"], "RESTAURANT");
    assert!(fails(&env, &["profile", "set"]).await.contains("nothing to change"));
    assert!(fails(&env, &["profile", "set", "--vertical", "PIZZA"]).await.contains("Meta says"));

    let created: Value =
        serde_json::from_str(&run(&env, &["qr", "create", "--json", "A table, please"]).await).unwrap();
    let code = created["code"].as_str().unwrap();
    assert!(
        run(&env, &["qr", "list"]).await.contains(&format!("{code}  https://wa.me/message/{code}  A table, please"))
    );
    run(&env, &["qr", "delete", code]).await;
    assert_eq!(run(&env, &["qr", "list"]).await, "");

    // The webhook of the message has no target, and the message counts nevertheless.
    env.emulator.user("+34600000000").says("hi").await;
    assert_eq!(run(&env, &["users", "block", "+34 600 000 000"]).await, "user blocked");
    assert!(run(&env, &["users", "blocked"]).await.contains("34600000000"));
    run(&env, &["users", "unblock", "+34600000000"]).await;
    assert_eq!(run(&env, &["users", "blocked"]).await, "");
    assert!(fails(&env, &["users", "block", "+34600000009"]).await.contains("Meta says"));
}

#[tokio::test]
async fn commands_of_the_file_are_published() {
    let env = TestEnv::new().await;
    assert!(fails(&env, &["commands", "publish"]).await.contains("no command with a description"));
    env.write_config(
        "[commands.hours]\ndescription = \"when we are open\"\nreply = \"From 13:00.\"\n\
         [commands.secret]\nreply = \"Not listed.\"\n",
    );
    let published = run(&env, &["commands", "publish"]).await;
    assert_eq!(published, "/hours  when we are open");
    assert_eq!(run(&env, &["commands", "show"]).await, published);
    let shown: Value = serde_json::from_str(&run(&env, &["commands", "show", "--json"]).await).unwrap();
    assert_eq!(shown["commands"][0]["command_name"], "hours");
}
