//! Handoff of conversations to operators.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use waxwing::agent::{AgentError, HumanHandoff, Reply, agent_fn};
use waxwing_emulator::matcher::{any, template};
use waxwing_tests::TestEnv;

const ANA: &str = "+34600000000";
const BACK: &str = "Here I am again.";

/// Runs a command that must succeed, and returns its output.
async fn run(env: &TestEnv, arguments: &[&str]) -> String {
    let ended = env.run(arguments).output().await;
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    ended.stdout
}

/// Returns the conversations that `waxwing conversations list` prints with these arguments.
async fn conversations(env: &TestEnv, arguments: &[&str]) -> Vec<Value> {
    let listed = run(env, &[&["conversations", "list", "--json"], arguments].concat()).await;
    listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the conversations that an operator answers.
async fn paused(env: &TestEnv) -> Vec<Value> {
    conversations(env, &["--paused"]).await
}

/// Waits until an operator answers this number of conversations.
async fn until_paused(env: &TestEnv, count: usize) {
    let asking = async { while paused(env).await.len() != count {} };
    tokio::time::timeout(Duration::from_secs(20), asking).await.expect("who answers changes");
}

#[tokio::test]
async fn what_the_owner_types_calls_off_an_answer_that_is_being_written() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let begun = Arc::new(Notify::new());
    let agent = {
        let begun = begun.clone();
        agent_fn("slow", move |turn, ctx| {
            let begun = begun.clone();
            async move {
                if turn.messages[0].text != "wait for it" {
                    let said: Vec<_> = ctx.session().history().iter().map(|entry| entry.text().into_owned()).collect();
                    let said: Vec<_> = said.into_iter().filter(|text| !text.is_empty()).collect();
                    return Ok::<_, AgentError>(Reply::text(said.join("; ")));
                }
                begun.notify_one();
                std::future::pending().await
            }
        })
    };
    let server = env.serve("slow").start_in_process(agent, Duration::from_secs(5)).await;
    ana.says("wait for it").await;
    begun.notified().await;
    ana.business_app_says("I have it").await;
    ana.expect_text("I have it").await;
    ana.says("thank you").await;
    ana.says("/bot").await;
    ana.expect_text(BACK).await;
    ana.says("what was that?").await;
    ana.expect_text(&format!("wait for it; I have it; thank you; /bot; {BACK}")).await;
    let log = server.stop().await;
    assert!(!log.contains("I have it") && !log.contains("34600000000"), "{log}");
}

#[tokio::test]
async fn an_agent_hands_over_and_the_user_comes_back() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let agent = agent_fn("porter", |turn, _ctx| async move {
        let text = turn.messages[0].text.clone();
        let reply = Reply::text(format!("heard {text}"));
        Ok::<_, AgentError>(if text == "a person" { reply.with_handoff(HumanHandoff::until_resumed()) } else { reply })
    });
    let server = env.serve("porter").start_in_process(agent, Duration::from_secs(5)).await;
    ana.says("a person").await;
    ana.expect_text("heard a person").await;
    ana.says("hello?").await;
    ana.says("/Bot").await;
    ana.expect_text(BACK).await;
    ana.says("hello").await;
    ana.expect_text("heard hello").await;
    server.stop().await;
}

#[tokio::test]
async fn the_agent_answers_again_when_the_time_is_over() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (_server, _) = env.serve("echo").set("WAXWING_HANDOFF_DURATION", "5s").start().await;
    // An operator can write first.
    ana.business_app_says("Good morning").await;
    ana.expect_text("Good morning").await;
    ana.says("hello").await;
    env.emulator.expect_idle().await;
    let dealt_with = async { while conversations(&env, &[]).await[0]["waiting"] != 0 {} };
    tokio::time::timeout(Duration::from_secs(20), dealt_with).await.expect("nothing waits any more");
    until_paused(&env, 0).await;
    ana.says("anybody?").await;
    ana.expect_text("echo anybody?").await;
    ana.says("/human").await;
    ana.expect_text("All right, a person will answer you here. Write /bot to talk to me again.").await;
}

#[tokio::test]
async fn a_person_speaks_through_the_server() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    let said = run(&env, &["messages", "send", ANA, "A person here"]).await;
    assert!(said.contains("queued in conversation 1"), "{said}");
    ana.expect_text("A person here").await;
    until_paused(&env, 1).await;
    ana.says("two").await;
    run(&env, &["conversations", "resume", "1"]).await;
    until_paused(&env, 0).await;
    ana.says("three").await;
    ana.expect_text("echo three").await;
    run(&env, &["messages", "send", "34600000000", "--keep-agent", "By the way"]).await;
    ana.expect_text("By the way").await;
    ana.says("four").await;
    ana.expect_text("echo four").await;
    run(&env, &["conversations", "pause", ANA, "--for", "1h"]).await;
    until_paused(&env, 1).await;
    let row = paused(&env).await.remove(0);
    assert_eq!(
        (&row["user"]["phone"], &row["number"]),
        (&"34600000000".into(), &env.emulator.phone_number_id().into())
    );
    let table = run(&env, &["conversations", "list"]).await;
    assert!(table.contains("a person, until 2"), "{table}");

    for (arguments, why) in [
        (vec!["messages", "send", ANA, " "], "the text cannot be sent"),
        (vec!["messages", "send", ANA, "-"], "the text cannot be sent"),
        (vec!["messages", "send", "+34999999999", "hi"], "--number to start one"),
        (vec!["conversations", "pause", "77"], "there is no conversation 77"),
    ] {
        let refused = env.run(&arguments).output().await;
        assert!(refused.code == Some(1) && refused.stderr.contains(why), "{arguments:?}: {}", refused.stderr);
    }
    let odd = env.run(&["messages", "send", "Ana", "hi"]).output().await;
    assert!(odd.code == Some(2) && odd.stderr.contains("write a phone number"), "{}", odd.stderr);
    assert_eq!(server.terminate().await.code, Some(0));
}

#[tokio::test]
async fn a_conversation_is_shown_with_its_responder_and_sessions() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    env.emulator.expect_idle().await;
    let show = async |target: &str| {
        let shown = run(&env, &["conversations", "show", target, "--json"]).await;
        serde_json::from_str::<Value>(&shown).unwrap()
    };
    let shown = show(ANA).await;
    assert_eq!((&shown["id"], &shown["received"], &shown["sent"]), (&1.into(), &1.into(), &1.into()), "{shown}");
    assert_eq!((&shown["user"]["phone"], &shown["paused_until"]), (&"34600000000".into(), &Value::Null), "{shown}");
    assert_eq!((&shown["sessions"][0]["agent"], &shown["entries"]), (&"echo".into(), &2.into()));
    assert_eq!(show("1").await, shown);
    run(&env, &["conversations", "pause", "1"]).await;
    until_paused(&env, 1).await;
    let text = run(&env, &["conversations", "show", "1"]).await;
    assert!(text.starts_with("with 34600000000, answered by a person, until the agent is resumed"), "{text}");
    assert_eq!(server.terminate().await.code, Some(0));
    assert_eq!(run(&env, &["conversations", "show", "1"]).await, text);
    for (target, reason) in [("77", "there is no conversation 77"), ("+34999999999", "there is no conversation with")] {
        let refused = env.run(&["conversations", "show", target]).output().await;
        assert!(refused.code == Some(1) && refused.stderr.contains(reason), "{target}: {}", refused.stderr);
    }
}

#[tokio::test]
async fn what_is_said_while_no_server_runs_waits_for_it() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user(ANA);
    let (server, _) = env.serve("echo").start().await;
    ana.says("one").await;
    ana.expect_text("echo one").await;
    assert_eq!(server.terminate().await.code, Some(0));
    run(&env, &["messages", "send", ANA, "--for", "1h", "Closed today"]).await;
    // Bea has not written yet, so WhatsApp would refuse the message.
    let number = env.emulator.phone_number_id();
    let send = ["messages", "send", "+34600000009", "--number", number, "--keep-agent", "Hello Bea"];
    let refused = env.run(&send).output().await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("the customer service window is closed"), "{}", refused.stderr);
    assert_eq!(run(&env, &["outbox", "list", "--json"]).await.lines().count(), 2);
    let (_server, _) = env.serve("echo").start().await;
    ana.expect_text("Closed today").await;
    until_paused(&env, 1).await;
}

/// Meta refuses texts to an employee who has not written for a day, so the notices are templates.
#[tokio::test]
async fn an_employee_is_told_that_a_user_waits_and_reminded() {
    let env = TestEnv::new().await;
    let body = json!({ "type": "BODY", "text": "Somebody waits: {{1}}", "example": { "body_text": [["Ana"]] } });
    env.emulator.add_template(&json!({
        "name": "needs_a_person", "language": "en", "category": "UTILITY", "components": [body],
    }));
    let (ana, bea) = (env.emulator.user(ANA), env.emulator.user("+34600000001"));
    let settings = [
        ("WAXWING_HANDOFF_STAFF", "+34 600 000 001"),
        ("WAXWING_HANDOFF_TEMPLATE", "needs_a_person/en"),
        ("WAXWING_HANDOFF_REMINDER", "1s"),
    ];
    let (server, _) =
        settings.iter().fold(env.serve("echo"), |server, (name, value)| server.set(name, value)).start().await;
    ana.says("my order is lost").await;
    ana.expect_text("echo my order is lost").await;
    ana.says("/human").await;
    for mark in ["🙋", "⏰"] {
        let notice = template("needs_a_person").starting_with(format!("Somebody waits: {mark} Ana +34600000000 (#"));
        bea.expect(notice.containing("👤 my order is lost")).await;
    }
    run(&env, &["messages", "send", ANA, "I am on it."]).await;
    ana.expect(any()).await;
    ana.expect_text("I am on it.").await;
    env.emulator.expect_idle().await;
    bea.expect_nothing().await;
    let log = server.kill().await;
    assert!(!log.contains("34600000001"), "{log}");
}
