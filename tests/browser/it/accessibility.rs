//! Accessibility of the page, checked by axe-core in both themes.

use serde_json::json;
use waxwing_browser_tests::Phone;
use waxwing_emulator::FaultEffect;
use waxwing_tests::TestEnv;

use crate::support::{Bot, NONE, buttons, list, says};

#[tokio::test]
async fn the_page_has_no_violations_in_both_themes() {
    let emulator = TestEnv::new().await.emulator;
    let phone = Phone::open(&emulator.url()).await;
    phone.type_text("*hi*").await;
    phone.press_enter().await;
    phone.until("document.querySelector('.bubble.out')").await;
    let bot = Bot::new(&emulator);
    let answer = bot.says("Hello, see https://example.com and `code`\n> a quote").await;
    bot.sends("interactive", buttons("Tea?", &["Yes", "No"])).await;
    bot.sends("interactive", list()).await;
    bot.sends("location", json!({ "latitude": 1.5, "longitude": 2.5, "name": "Here", "address": "Road 1" })).await;
    bot.sends("contacts", json!([{ "name": { "formatted_name": "Bea", "first_name": "Bea" } }])).await;
    bot.sends("reaction", json!({ "message_id": answer, "emoji": "" })).await;
    for code in [131_026, 131_056] {
        emulator.next_send(FaultEffect::Error { code, http: 400 });
        bot.tries(json!({ "to": "34600000000", "text": { "body": "x" } })).await;
    }
    phone.until(&says("Error 131056")).await;
    for scheme in ["light", "dark"] {
        let check = async |what: &str| {
            assert_eq!(phone.accessibility_violations().await, NONE, "{what}, {scheme}");
        };
        phone.look(1280, scheme).await;
        check("a chat").await;
        phone.click_on("See the menu").await;
        check("a list").await;
        phone.press("Escape").await;
        phone.click("#attach").await;
        check("a menu").await;
        phone.press("Escape").await;
        phone.click("#new-chat").await;
        check("a form").await;
        phone.press("Escape").await;
        phone.look(390, scheme).await;
        check("a narrow chat").await;
        phone.click("#back").await;
        check("a narrow list").await;
        phone.click("#chats button").await;
    }
}
