//! The pizza bot as Ana sees it: in this process, without ports, without an account at Meta.
mod bot;

use waxwing::{AgentOs, Database, WhatsApp, types::PhoneNumberId, webhook::AppSecrets};
use waxwing_emulator::{Emulator, matcher::text};

#[tokio::test]
async fn an_order_from_hello_to_the_oven() -> anyhow::Result<()> {
    let emulator = Emulator::builder().without_port().start().await?;
    let (number, secrets) =
        (PhoneNumberId::new(emulator.phone_number_id()), AppSecrets::parse(emulator.app_secret().unwrap())?);
    let interface = WhatsApp::new(bot::pizzeria(), emulator.access_token(), number, secrets).graph_url(emulator.url());
    let (interface, dir) = (interface.client(|client| client.service(emulator.service())), tempfile::tempdir()?);
    let database = Database::Sqlite(dir.path().join("pizza.db"));
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
