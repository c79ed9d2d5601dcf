//! Reload of the configuration while the engine runs.

use std::sync::Arc;

use waxwing_engine::{CustomCommand, Debounce, MessageCatalog, ReloadableConfig, SystemMessages};
use waxwing_store::MessageOutcome;
use waxwing_types::PhoneNumberId;

use crate::support::{ANA, NUMBER, Scene, named_puppet, puppet};

fn texts(apology: &str) -> SystemMessages {
    let mut texts = SystemMessages::default();
    texts.apology = apology.into();
    texts.help = format!("{apology}, help:");
    let hours = |word: &str| CustomCommand {
        word: word.into(),
        reply: format!("{apology}, 9 to 5"),
        description: "opening hours".into(),
    };
    texts.commands = vec![hours("/hours"), hours("/horas")];
    texts
}

#[tokio::test]
async fn commands_are_answered_in_the_language_of_the_user() {
    let mut scene = Scene::new().await;
    let mut book = MessageCatalog::from(texts("en"));
    book.languages.insert("es".into(), texts("es"));
    book.users.insert("3460000".into(), "es".into());
    scene.settings.system_messages = book;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let hours = live.hears(ANA, "/Hours").await;
    live.hears("44700000001", " /help ").await;
    let mut sent = scene.graph.taken(2).await;
    sent.sort();
    let help = "44700000001: en, help:\n/hours – opening hours\n/horas – opening hours";
    assert_eq!(sent, ["34600000001: es, 9 to 5", help]);
    assert_eq!(scene.store.outcome(&hours).await, MessageOutcome::Command);
    runs.none();
    live.shutdown().await;
}

#[tokio::test]
async fn system_messages_are_in_the_language_of_the_last_message() {
    let mut scene = Scene::new().await;
    let mut book = MessageCatalog::from(texts("sorry"));
    book.languages.insert("es".into(), texts("perdón"));
    book.numbers.insert(PhoneNumberId::new(NUMBER), "es".into());
    scene.settings.system_messages = book;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (user, text) in
        [("34600000001", "where is my order?"), ("44700000001", "¿dónde está mi pedido?"), ("44700000002", "ok")]
    {
        live.hears(user, text).await;
        runs.next().await.fail(waxwing_agent::AgentError::new("no"));
    }
    let mut sent = scene.graph.taken(3).await;
    sent.sort();
    assert_eq!(sent, ["34600000001: sorry", "44700000001: perdón", "44700000002: perdón"]);
    live.shutdown().await;
}

#[tokio::test]
async fn all_messages_of_a_burst_and_no_commands_decide_the_language() {
    let mut scene = Scene::new().await;
    let mut book = MessageCatalog::from(texts("sorry"));
    book.languages.insert("es".into(), texts("perdón"));
    book.numbers.insert(PhoneNumberId::new(NUMBER), "es".into());
    for messages in [&mut book.standard, book.languages.get_mut("es").unwrap()] {
        messages.commands[0].word = "/opening_hours_today".into();
    }
    scene.settings.system_messages = book;
    scene.settings.debounce = Debounce::Fixed(std::time::Duration::from_secs(3));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "Hi").await;
    live.hears(ANA, "where is my order? I need help").await;
    runs.next().await.fail(waxwing_agent::AgentError::new("no"));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: sorry"]);
    live.hears("44700000001", "/opening_hours_today").await;
    assert_eq!(scene.graph.taken(2).await[1], "44700000001: perdón, 9 to 5");
    live.shutdown().await;
}

#[tokio::test]
async fn a_turn_ends_with_what_it_began_with() {
    let scene = Scene::new().await;
    let (agent, mut runs) = named_puppet("puppet");
    let (other, mut others) = named_puppet("puppet");
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let run = runs.next().await;
    let config = ReloadableConfig::new(texts("pardon")).with_agent(PhoneNumberId::new(NUMBER), Arc::new(other));
    live.engine.reload(config);
    run.fail(waxwing_agent::AgentError::new("no"));
    assert_eq!(scene.graph.taken(1).await, ["34600000001: sorry"]);
    scene.clock.advance(std::time::Duration::from_hours(1));
    live.hears(ANA, "two").await;
    others.next().await.fail(waxwing_agent::AgentError::new("no"));
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: pardon");
    runs.none();
    // A number without a reloaded agent uses the agent from the start.
    live.engine.reload(ReloadableConfig::default());
    live.hears(ANA, "three").await;
    runs.next().await.reply("back");
    assert_eq!(scene.graph.taken(3).await[2], "34600000001: back");
    live.shutdown().await;
}
