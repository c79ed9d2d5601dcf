//! Test of the pizza bot in one process, without ports or a Meta account.
mod bot;

use waxwing::{AgentOs, Database, WhatsApp};
use waxwing_emulator::{Emulator, matcher::text};

#[tokio::test]
async fn an_order_from_hello_to_the_oven() -> anyhow::Result<()> {
    let emulator = Emulator::builder().without_port().start().await?;
    let dir = tempfile::tempdir()?;
    let service = emulator.service();
    let interface = WhatsApp::builder(bot::pizzeria())
        .access_token(emulator.access_token())
        .phone_number_id(emulator.phone_number_id())
        .app_secret(emulator.app_secret().unwrap())
        .graph_url(emulator.url())
        .client(|client| client.service(service))
        .build()?;
    let database = Database::sqlite(dir.path().join("pizza.db"));
    let os = AgentOs::new().database(database).interface(interface).start().await?;
    emulator.set_webhook_service(os.router(), "/whatsapp/webhook");

    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect(text().containing("Hello *Ana*").containing("- Diavola, 11 €")).await;
    ana.says("a diavola, please").await;
    ana.expect("One Diavola. Where shall we bring it?").await;
    ana.says("Main street 1").await;
    ana.expect("Diavola to Main street 1, 11 €. Shall I order it?").await;
    ana.says("yes").await;
    ana.expect(text().starting_with("Ordered!")).await;
    ana.expect_nothing().await;
    Ok(())
}
