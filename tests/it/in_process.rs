//! The same conversation over sockets and without ports.

use std::time::Duration;

use waxwing::agent::Demo;
use waxwing::{AgentOs, Database, Server, WhatsApp, engine};
use waxwing_emulator::matcher::{document, text};
use waxwing_emulator::{Emulator, FaultEffect};
use waxwing_tests::TestEnv;

/// Connection between the server and the emulator.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Sockets,
    InProcess,
}

/// Starts the demo agent on the emulated number.
async fn start(env: &TestEnv, mode: Mode) -> Server {
    let emulator = &env.emulator;
    let mut interface = WhatsApp::builder(Demo)
        .access_token(emulator.access_token())
        .phone_number_id(emulator.phone_number_id())
        .app_secret(emulator.app_secret().unwrap())
        .verify_token(emulator.verify_token())
        .graph_url(emulator.url());
    if let Mode::InProcess = mode {
        let service = emulator.service();
        interface = interface.client(|client| client.service(service));
    }
    let mut settings = engine::EngineSettings::default();
    settings.debounce = engine::Debounce::Fixed(Duration::ZERO);
    settings.retry.base = Duration::from_millis(20);
    settings.retry.in_doubt_window = Duration::from_millis(200);
    settings.retry.in_doubt_max = Duration::ZERO;
    let host = AgentOs::new().database(Database::sqlite(env.path("test.db"))).engine(settings);
    let server = host.interface(interface.build().unwrap()).start().await.unwrap();
    let router = server.router();
    match mode {
        Mode::InProcess => emulator.set_webhook_service(router, "/whatsapp/webhook"),
        Mode::Sockets => {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            emulator.set_webhook(format!("http://{}/whatsapp/webhook", listener.local_addr().unwrap()));
            tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        }
    }
    server
}

/// Runs a conversation with texts, media in both directions, redelivery, refusals, and lost responses.
async fn conversation(mode: Mode) {
    let builder = Emulator::builder().seed(7);
    let env = TestEnv::with(match mode {
        Mode::Sockets => builder,
        Mode::InProcess => builder.without_port(),
    });
    let env = env.await;
    let server = start(&env, mode).await;
    assert!(env.emulator.verify_webhook().await.unwrap().is_accepted());

    let ana = env.emulator.user("+34600000000");
    let count = ana.says("count").await;
    ana.expect_read(&count).await;
    ana.expect("You made me count *1* time.").await;
    ana.redeliver(&count).await;
    ana.sends_document("%PDF", "application/pdf", "a.pdf", None).await;
    ana.expect(text().containing("4 bytes, application/pdf")).await;
    ana.says("file").await;
    let file = ana.expect(document().named("waxwing.txt")).await;
    assert_eq!(&file.media().unwrap().bytes[..], b"A waxwing is a bird.\n");

    env.emulator.next_send(FaultEffect::Error { code: 131_016, http: 500 });
    ana.says("count").await;
    ana.expect("You made me count *2* times.").await;
    env.emulator.next_send(FaultEffect::DropConnection);
    ana.says("count").await;
    ana.expect("You made me count *3* times.").await;
    env.emulator.next_send(FaultEffect::AcceptThenDropConnection);
    ana.says("count").await;
    ana.expect("You made me count *4* times.").await;
    env.emulator.expect_idle().await;
    server.shutdown().await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_conversation_over_sockets() {
    conversation(Mode::Sockets).await;
}

#[tokio::test]
async fn the_same_conversation_without_any_port() {
    conversation(Mode::InProcess).await;
}
