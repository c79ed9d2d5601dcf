//! Details of replies, as WhatsApp shows them.

use std::time::Duration;

use waxwing::agent::{AgentError, Link, Media, MediaKind, Question, Reply, Turn, agent_fn};
use waxwing_emulator::ChatMessage;
use waxwing_emulator::matcher::{buttons, image, other, reaction, sticker, text};
use waxwing_tests::TestEnv;

const STICKER: &[u8] = include_bytes!("../foreign/media/sticker.webp");
const PICTURE: &[u8] = include_bytes!("../foreign/media/picture.png");

/// Returns the reply that a message asks for.
fn reply(turn: &Turn) -> Reply {
    let message = &turn.messages[0];
    let size = || Question::new("Which size?").choice("s", "Small").choice("l", "Large");
    match &*message.text {
        "header" => Reply::none().with_question(size().with_header("Pizza").with_footer("Prices include tax")),
        "picture" => Reply::media(Media::image("image/png", PICTURE)).with_question(size()),
        "picture alone" => Reply::media(Media::image("image/png", PICTURE)).with_text("There it is."),
        "link" => {
            let link = Link::new("https://pizza.example/menu").with_text("Our menu").with_label("Open");
            Reply::none().with_link(link.with_header("Menu").with_footer("Updated daily"))
        }
        "preview" => Reply::text("See https://pizza.example/menu").with_link_preview(),
        "no preview" => Reply::text("See https://pizza.example/menu"),
        "quote" => Reply::text("This one.").with_quote(&message.id),
        "sticker" => Reply::media(Media::new(MediaKind::Sticker, "image/webp", STICKER)),
        emoji => Reply::none().with_reaction(&message.id, emoji),
    }
}

fn request(message: &ChatMessage) -> &serde_json::Value {
    message.request.as_ref().unwrap()
}

#[tokio::test]
async fn each_field_of_a_reply_reaches_the_user() {
    let env = TestEnv::new().await;
    let agent = agent_fn("fields", |turn: Turn, _ctx| async move { Ok::<_, AgentError>(reply(&turn)) });
    let server = env.serve("fields").start_in_process(agent, Duration::from_secs(5)).await;
    let ana = env.emulator.user("+34600000000");

    ana.says("header").await;
    let question = ana.expect(buttons(["Small", "Large"]).saying("Which size?")).await;
    let interactive = &request(&question)["interactive"];
    assert_eq!(
        (&interactive["header"]["text"], &interactive["footer"]["text"]),
        (&"Pizza".into(), &"Prices include tax".into())
    );

    ana.says("picture").await;
    let question = ana.expect(buttons(["Small", "Large"]).saying("Which size?")).await;
    assert_eq!(request(&question)["interactive"]["header"]["type"], "image");

    ana.says("picture alone").await;
    ana.expect(image().captioned("There it is.")).await;

    ana.says("link").await;
    let link = ana.expect(other("interactive").saying("Our menu")).await;
    let interactive = &request(&link)["interactive"];
    assert_eq!(
        (&interactive["header"]["text"], &interactive["footer"]["text"]),
        (&"Menu".into(), &"Updated daily".into())
    );

    for (word, expected) in [("preview", true), ("no preview", false)] {
        ana.says(word).await;
        let got = ana.expect(text().starting_with("See")).await;
        assert_eq!(request(&got)["text"]["preview_url"].as_bool().unwrap_or_default(), expected, "{word}");
    }

    let quoted = ana.says("quote").await;
    ana.expect(text().saying("This one.").quoting(&quoted)).await;

    ana.says("sticker").await;
    assert_eq!(&ana.expect(sticker()).await.media().unwrap().bytes[..], STICKER);

    for emoji in ["👍", "ℹ️", "Ⓜ️", "🅰️", "👨‍👩‍👧‍👦", "🏳️‍🌈", "1️⃣", "🇪🇸"]
    {
        let message = ana.says(emoji).await;
        ana.expect(reaction(&message, emoji)).await;
    }
    env.drain_in_process(server).await;
    ana.expect_nothing().await;
}
