//! Users whose phone number or business-scoped user id changes.

use std::time::Duration;

use waxwing::agent::{Reply, agent_fn};
use waxwing::{AgentOs, Database, Server, WhatsApp, engine};
use waxwing_emulator::matcher::text;
use waxwing_emulator::{Action, Emulator, Persona, Rotation, RotationSignal};
use waxwing_tests::TestEnv;

/// Starts a server with an agent that replies with the number of the session's earlier turns and history entries.
async fn start(env: &TestEnv) -> Server {
    let emulator = &env.emulator;
    let agent = agent_fn("counter", |_turn, ctx| async move {
        let said: u32 = ctx.session().get("said").unwrap_or(0);
        ctx.session().set("said", said + 1)?;
        Ok(Reply::text(format!("{said} before, {} entries", ctx.session().history().len())))
    });
    let service = emulator.service();
    let interface = WhatsApp::builder(agent)
        .access_token(emulator.access_token())
        .phone_number_id(emulator.phone_number_id())
        .app_secret(emulator.app_secret().unwrap())
        .graph_url(emulator.url())
        .client(|client| client.service(service))
        .build()
        .unwrap();
    let mut settings = engine::EngineSettings::default();
    settings.debounce = engine::Debounce::Fixed(Duration::ZERO);
    let host = AgentOs::new().database(Database::sqlite(env.path("test.db"))).engine(settings);
    let running = host.interface(interface).start().await.unwrap();
    emulator.set_webhook_service(running.router(), "/whatsapp/webhook");
    running
}

/// Checks whether the session of a user continues after a change of identity with this signal.
async fn check(signal: RotationSignal, overtaken: bool, expected: &[&str]) {
    let env = TestEnv::with(Emulator::builder().seed(7).without_port()).await;
    let running = start(&env).await;
    let ana = env.emulator.user(Persona::phone("+34600000000").with_bsuid("ES.1").name("Ana"));
    ana.says("hi").await;
    ana.expect(text().saying("0 before, 0 entries")).await;
    let mut change = Rotation::new("Ana", signal);
    change.after_next_message = overtaken;
    change.bsuid = Some("ES.2".to_owned());
    if signal == RotationSignal::UserChangedNumber {
        change.phone = Some("+34600000009".to_owned());
    }
    env.emulator.perform(Action::Rotate(change)).unwrap();
    for part in expected {
        ana.says("me again").await;
        ana.expect(text().containing(*part)).await;
        env.emulator.expect_idle().await;
    }
    running.shutdown().await;
}

#[tokio::test]
async fn a_signal_joins_old_and_new() {
    for signal in [RotationSignal::UserChangedNumber, RotationSignal::UserChangedUserId, RotationSignal::UserIdUpdate] {
        check(signal, false, &["1 before, 2 entries"]).await;
    }
}

#[tokio::test]
async fn a_message_may_overtake_its_signal() {
    for signal in [RotationSignal::UserChangedUserId, RotationSignal::UserIdUpdate] {
        // The first reply can precede or follow the signal.
        check(signal, true, &["entries", "4 entries"]).await;
    }
}

#[tokio::test]
async fn without_a_signal_a_new_id_is_a_new_person() {
    for signal in [RotationSignal::Silent, RotationSignal::UserChangedUserIdBare] {
        check(signal, false, &["0 before, 0 entries", "1 before, 2 entries"]).await;
    }
}
