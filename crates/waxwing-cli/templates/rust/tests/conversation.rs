//! A conversation with the bot in one process, without ports and without an account.

use std::error::Error;
use std::time::Duration;

use waxwing::{AgentOs, Database, WhatsApp, engine};
use waxwing_emulator::Emulator;

#[tokio::test]
async fn messages_are_repeated_and_counted() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().without_port().start().await?;
    let service = emulator.service();
    let interface = WhatsApp::builder({{crate}}::assistant())
        .access_token(emulator.access_token())
        .phone_number_id(emulator.phone_number_id())
        .app_secret(emulator.app_secret().expect("the emulator signs"))
        .graph_url(emulator.url())
        .client(|client| client.service(service))
        .build()?;
    let dir = tempfile::tempdir()?;
    let mut settings = engine::EngineSettings::default();
    // Each message is a turn of its own.
    settings.debounce = engine::Debounce::Fixed(Duration::ZERO);
    let os = AgentOs::new().database(Database::sqlite(dir.path().join("test.db"))).engine(settings);
    let os = os.interface(interface).start().await?;
    emulator.set_webhook_service(os.router(), "/whatsapp/webhook");

    let ana = emulator.user("+34600000000");
    ana.says("hello").await;
    ana.expect("1: you said hello").await;
    ana.says("bye").await;
    ana.expect("2: you said bye").await;
    ana.expect_nothing().await;
    os.shutdown().await;
    Ok(())
}
