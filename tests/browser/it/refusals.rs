//! Lines of the system: refused, failed and held-back messages, and answers that take long.

use waxwing_browser_tests::Phone;
use waxwing_emulator::{BotEvent, FaultEffect};
use waxwing_tests::TestEnv;

use crate::support::{Bot, NONE, says, shown};

#[tokio::test]
async fn refused_messages_are_told_with_their_meaning() {
    let emulator = TestEnv::new().await.emulator;
    let mut phone = Phone::open(&emulator.url()).await;
    phone.type_text("hi").await;
    phone.press_enter().await;
    phone.until(&shown("out", "hi")).await;
    let bot = Bot::new(&emulator);
    let refuse = async |code: u32| {
        emulator.next_send(FaultEffect::Error { code, http: 400 });
        let text = serde_json::json!({ "to": "34600000000", "text": { "body": "x" } });
        assert_eq!(bot.tries(text).await.0, 400);
    };
    refuse(131_026).await;
    phone.until("document.querySelector('.line.bad a')?.textContent === 'Error 131026: Message undeliverable'").await;
    let link = "document.querySelector('.line.bad a').href";
    assert!(phone.value(link).await.as_str().unwrap().contains("support/error-codes"));
    refuse(131_056).await;
    refuse(131_056).await;
    phone.until("document.querySelector('.line.held')?.textContent.includes('holds a message to you back')").await;
    phone.until("document.querySelector('.line.held')?.textContent.includes('2 times')").await;

    let too_long = serde_json::json!({ "to": "34600000000", "text": { "body": "x".repeat(4_097) } });
    assert_eq!(bot.tries(too_long).await.0, 400);
    phone.until(&says("has 4097 characters; at most 4096 are allowed")).await;
    emulator.next_send(FaultEffect::AcceptThenFail { code: 131_049 });
    bot.says("never arrives").await;
    phone.until(&says("Error 131049")).await;
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_late_answer_is_explained() {
    let emulator = TestEnv::new().await.emulator;
    let mut phone = Phone::open(&emulator.url()).await;
    phone.type_text("hi").await;
    phone.press_enter().await;
    phone.until("document.querySelector('#waiting').checkVisibility()").await;
    assert!(phone.value(&says("Your server has not acknowledged")).await == true);
    // A bot that reports its work explains the wait.
    let queued = BotEvent::new("message.queued").conversation("7").user("34600000000");
    emulator.record_bot_event(queued).unwrap();
    let delayed = BotEvent::new("message.attempted").conversation("7").data("outcome", "delayed");
    emulator.record_bot_event(delayed).unwrap();
    phone.until(&says("holds the answer back")).await;
    Bot::new(&emulator).says("Sorry, I was busy").await;
    phone.until("!document.querySelector('#waiting').checkVisibility()").await;
    assert_eq!(phone.problems().await, NONE);
}
