//! Metrics of a server, as Prometheus reads them.

use reqwest::StatusCode;
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint};
use waxwing_tests::{ModelReply, ModelServer, ProviderProtocol, TestEnv};

use crate::support::Scraper;

#[tokio::test]
async fn webhooks_turns_and_sends_are_counted_without_personal_data() {
    let env = TestEnv::new().await;
    let (scraper, server) = Scraper::start(env.serve("echo")).await;
    let number = env.emulator.phone_number_id().to_owned();
    let ana = env.emulator.user("+34600000000");
    ana.says("a secret wish").await;
    ana.expect_text("echo a secret wish").await;
    env.emulator.next_send(FaultEffect::Error { code: 131_026, http: 400 });
    ana.says("another one").await;
    let forged = env.emulator.post_raw(b"{}".to_vec(), &[("X-Hub-Signature-256", "sha256=00")]).await.unwrap();
    assert_eq!(forged.status, 403);
    let signature = env.emulator.signature(b"no JSON");
    let unusable = env.emulator.post_raw(b"no JSON".to_vec(), &[("X-Hub-Signature-256", &signature)]).await.unwrap();
    assert_eq!(unusable.status, 400);
    let refused = format!(r#"waxwing_sends_total{{number="{number}",outcome="refused",code="131026"}}"#);
    let failed = format!(r#"waxwing_outbox_messages{{number="{number}",state="failed"}}"#);
    let committed = r#"waxwing_turns_total{agent="echo",outcome="committed"}"#;
    let page = scraper.page_with(|page| page.get(&failed) == Some(1.0) && page.get(committed) == Some(2.0)).await;

    page.check(&refused, 1.0);
    page.check(&format!(r#"waxwing_sends_total{{number="{number}",outcome="accepted",code="none"}}"#), 1.0);
    page.check(&format!(r#"waxwing_send_request_seconds_count{{number="{number}"}}"#), 2.0);
    page.check(&format!(r#"waxwing_rate_limit_wait_seconds_count{{number="{number}"}}"#), 2.0);
    page.check(r#"waxwing_webhooks_total{result="bad_signature"}"#, 1.0);
    page.check(r#"waxwing_webhooks_total{result="unusable"}"#, 1.0);
    page.check(r#"waxwing_webhooks_total{result="store_failure"}"#, 0.0);
    page.check_positive(r#"waxwing_webhooks_total{result="accepted"}"#);
    page.check_positive("waxwing_webhook_accept_seconds_count");
    page.check("waxwing_messages_received_total", 2.0);
    page.check(r#"waxwing_runs_total{agent="echo",outcome="replied"}"#, 2.0);
    page.check(r#"waxwing_run_seconds_count{agent="echo"}"#, 2.0);
    page.check(r#"waxwing_turn_seconds_count{agent="echo"}"#, 2.0);
    page.check(&format!(r#"waxwing_inbox_messages{{number="{number}"}}"#), 0.0);
    page.check(&format!(r#"waxwing_circuit_open{{kind="number",name="{number}"}}"#), 0.0);
    page.check("waxwing_ready", 1.0);
    page.check(r#"waxwing_ready_reason{reason="token"}"#, 0.0);
    page.check(&format!(r#"waxwing_build_info{{version="{}"}}"#, env!("CARGO_PKG_VERSION")), 1.0);
    for operation in ["read", "write", "commit"] {
        page.check_positive(&format!(r#"waxwing_database_seconds_count{{operation="{operation}"}}"#));
    }
    for gauge in ["waxwing_database_bytes", "waxwing_disk_free_bytes", "waxwing_database_wal_bytes"] {
        page.check_positive(gauge);
    }
    for gauge in ["process_open_fds", "process_max_fds", "process_resident_memory_bytes"] {
        page.check_positive(gauge);
    }
    for personal in ["34600000000", "secret wish", "another one", "wamid."] {
        assert!(!page.0.contains(personal), "{personal} is personal: {}", page.0);
    }
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn the_metrics_need_their_token() {
    let env = TestEnv::new().await;
    let (scraper, server) = Scraper::start(env.serve("echo").set("WAXWING_API_TOKEN", "fedcba9876543210")).await;
    for token in [None, Some(""), Some("wrong"), Some("fedcba9876543210")] {
        let request = scraper.client.get(&scraper.url);
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{token:?}");
        assert!(!response.text().await.unwrap().contains("waxwing_"), "{token:?}");
    }
    env.drain(server).await;

    let (server, origin) = env.serve("echo").start().await;
    let response = scraper.client.get(format!("{origin}/metrics")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "the public listener has no metrics");
    assert!(!server.log().contains("metrics ready"), "without a token there is no listener: {}", server.log());
    env.drain(server).await;

    let ended = env.serve("echo").set("WAXWING_METRICS_LISTEN", "127.0.0.1:0").output().await;
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("WAXWING_METRICS_TOKEN (server.metrics_token)"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_refused_token_of_meta_is_a_reason_of_the_readiness() {
    let env = TestEnv::new().await;
    let (scraper, server) = Scraper::start(env.serve("echo")).await;
    let ana = env.emulator.user("+34600000000");
    env.emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 190, http: 401 }));
    ana.says("hi").await;
    let number = env.emulator.phone_number_id();
    let page = scraper.page_with(|page| page.get("waxwing_ready") == Some(0.0)).await;
    page.check(r#"waxwing_ready_reason{reason="token"}"#, 1.0);
    page.check(r#"waxwing_ready_reason{reason="disk"}"#, 0.0);
    page.check("waxwing_degraded", 0.0);
    page.check(&format!(r#"waxwing_circuit_open{{kind="number",name="{number}"}}"#), 1.0);
    page.check_positive(&format!(r#"waxwing_sends_total{{number="{number}",outcome="retry",code="190"}}"#));
    server.kill().await;
}

#[tokio::test]
async fn calls_of_models_are_counted_with_tokens_and_cost() {
    let (env, model) = (TestEnv::new().await, ModelServer::start(ProviderProtocol::OpenAi).await);
    model.reply_with([ModelReply::Status(400), ModelReply::text("Hola.")]);
    env.write_config(&format!(
        "[models.stub]\nprovider = 'openai-compatible'\nbase_url = '{}'\nmodel = 'm'\n\
         price = {{ input = 1000.0, output = 2000.0 }}\n\n[agents.guide]\nmodel = 'stub'\n",
        model.url()
    ));
    let launch = env.serve_config().set("WAXWING_RUN_ATTEMPTS", "1").set("WAXWING_MESSAGE_APOLOGY", "Sorry.");
    let (scraper, server) = Scraper::start(launch).await;
    let ana = env.emulator.user("+34600000000");
    ana.says("one").await;
    ana.expect_text("Sorry.").await;
    ana.says("two").await;
    ana.expect_text("Hola.").await;
    let replied = r#"waxwing_turns_total{agent="guide",outcome="committed"}"#;
    let page = scraper.page_with(|page| page.get(replied) == Some(2.0)).await;
    let model = r#"provider="openai_compatible",model="m""#;
    page.check(&format!(r#"waxwing_model_calls_total{{{model},outcome="ok"}}"#), 1.0);
    page.check(&format!(r#"waxwing_model_calls_total{{{model},outcome="error"}}"#), 1.0);
    page.check(&format!("waxwing_model_call_seconds_count{{{model}}}"), 2.0);
    page.check(&format!(r#"waxwing_model_tokens_total{{{model},type="input"}}"#), 20.0);
    page.check(&format!(r#"waxwing_model_tokens_total{{{model},type="output"}}"#), 8.0);
    page.check(&format!("waxwing_model_cost_total{{{model}}}"), 0.036);
    page.check(r#"waxwing_runs_total{agent="guide",outcome="failed"}"#, 1.0);
    page.check(r#"waxwing_turns_given_up_total{agent="guide"}"#, 1.0);
    env.drain(server).await;
}
