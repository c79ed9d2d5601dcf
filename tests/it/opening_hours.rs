//! Opening hours and first-contact texts of `waxwing.toml`. The schedules are open always or never, so the time of the test does not matter.

use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";

/// Writes a file with one number, and these keys of the number and of the file.
fn config(env: &TestEnv, number: &str, rest: &str) {
    let id = env.emulator.phone_number_id();
    let agents = "[agents.parrot]\nkind = 'echo'\n";
    env.write_config(&format!("{agents}{rest}\n[numbers.vigo]\nphone_number_id = '{id}'\n{number}\n"));
}

#[tokio::test]
async fn a_number_that_is_never_open_says_so_once_in_the_language_of_the_user() {
    let env = TestEnv::new().await;
    let hours = "hours = { open = [] }\nmessages = { away = 'The kitchen is closed.', es = { away = 'La cocina está cerrada.' } }";
    config(&env, hours, "[hours]\nopen = ['daily 00:00-24:00']\ntime_zone = 'Europe/Madrid'");
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user(ANA);
    ana.says("¿dónde está mi pedido de ayer?").await;
    ana.expect_text("La cocina está cerrada.").await;
    ana.says("hello?").await;
    let bea = env.emulator.user("+34600000001");
    bea.says("hi").await;
    bea.expect_text("The kitchen is closed.").await;
    bea.says("/stop").await;
    bea.expect_text("All right, I have stopped.").await;
    env.drain(server).await;
    ana.expect_nothing().await;
    bea.expect_nothing().await;
    let shown = env.run(&["conversations", "show", "2"]).output().await;
    assert!(shown.stdout.contains("The kitchen is closed."), "{} {}", shown.stdout, shown.stderr);
}

#[tokio::test]
async fn the_first_answer_within_the_hours_begins_with_the_first_contact_text() {
    let env = TestEnv::new().await;
    let rest = "[hours]\nopen = ['daily 00:00-24:00']\ntime_zone = 'UTC'\n[messages]\nfirst_contact = 'An AI answers.'";
    config(&env, "", rest);
    let (server, _) = env.serve_config().start().await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("An AI answers.").await;
    ana.expect_text("echo hi").await;
    env.drain(server).await;
    config(&env, "first_contact_version = '2'\nmessages = { first_contact = 'Another AI answers.' }", rest);
    let (server, _) = env.serve_config().start().await;
    for (said, expected) in [("a", &["Another AI answers.", "echo a"][..]), ("b", &["echo b"])] {
        ana.says(said).await;
        for text in expected {
            ana.expect_text(text).await;
        }
    }
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn wrong_hours_are_named_at_the_start() {
    let env = TestEnv::new().await;
    config(&env, "hours = { open = ['mon 9-17'] }", "[hours]\ntime_zone = 'UTC'\nopen = []");
    let output = env.serve_config().output().await;
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert!(output.stderr.contains("number `vigo`") && output.stderr.contains("`9-17`"), "{}", output.stderr);
}
