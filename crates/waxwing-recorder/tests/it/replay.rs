//! Replay of a recording.

use std::time::Duration;

use waxwing_emulator::{Emulator, Pace};
use waxwing_recorder::{Recording, Replay, ReplayReport};

use crate::bot::Bot;
use crate::record::record;

async fn replay(recording: Recording, bot: &Bot, set: impl FnOnce(Replay) -> Replay) -> ReplayReport {
    let replay = set(Replay::new(recording).final_wait(Duration::from_millis(100)));
    let emulator = replay.prepare(Emulator::builder()).pace(Pace::Off).start().await.unwrap();
    bot.uses(&emulator.url(), &emulator);
    emulator.set_webhook(&bot.webhook);
    replay.run(&emulator).await.unwrap()
}

#[tokio::test]
async fn the_same_bot_sends_the_same() {
    let bot = Bot::start("Hi").await;
    let recording: Recording = record(&bot).await.to_toml().unwrap().parse().unwrap();
    let report = replay(recording, &bot, |replay| replay).await;
    assert!(report.is_equal(), "{report}");
    assert_eq!((report.messages(), report.to_string()), (3, String::new()));
}

#[tokio::test]
async fn a_changed_text_is_shown_unless_only_types_count() {
    let recording = record(&Bot::start("Hi").await).await;
    let changed = Bot::start("Good evening").await;
    let report = replay(recording.clone(), &changed, |replay| replay).await;
    let shown = report.to_string();
    assert!(!report.is_equal());
    assert!(shown.contains(r#"-      "text": "Hi Person1 Sample. Tea?""#), "{shown}");
    assert!(shown.contains(r#"+      "text": "Good evening Person1 Sample. Tea?""#), "{shown}");
    let report = replay(recording, &changed, |replay| replay.compare_types_only(true)).await;
    assert!(report.is_equal(), "{report}");
}

/// A bot that answered one message with a text that the bot of the tests never sends.
const NEVER_SENT: &str = r#"
    [[step]]
    do.says = { user = "+15550100001", text = "hi" }
    [[sent]]
    to = "+15550100001"
    after_step = 1
    message = { type = "text", text = { body = "never sent" } }
"#;

#[tokio::test]
async fn a_missing_message_does_not_stop_the_replay() {
    const LATER: &str = r#"
        [[step]]
        after = "2h"
        do.says = { user = "+15550100001", text = "still there?" }
    "#;
    let recording: Recording = [NEVER_SENT, LATER].concat().parse().unwrap();
    let bot = Bot::start("Hi").await;
    let patience = Duration::from_millis(300);
    let report = replay(recording, &bot, |replay| replay.patience(patience)).await;
    assert!(!report.is_equal());
    assert_eq!(report.messages(), 2);
    assert!(report.to_string().contains("never sent"), "{report}");
}

#[tokio::test]
async fn a_bot_that_does_not_run_is_named_as_the_reason() {
    let recording: Recording = NEVER_SENT.parse().unwrap();
    let replay = Replay::new(recording).final_wait(Duration::ZERO).patience(Duration::ZERO);
    let emulator = Emulator::builder().start().await.unwrap();
    emulator.set_webhook(format!("{}/webhook", crate::bot::unreachable()));
    let report = replay.run(&emulator).await.unwrap();
    assert!(!report.is_equal() && report.to_string().contains("acknowledged no webhook"), "{report}");
}

#[tokio::test]
async fn a_recording_without_messages_of_the_bot_compares_nothing() {
    let recording: Recording = "[[step]]\ndo.says = { user = \"+15550100001\", text = \"hi\" }\n".parse().unwrap();
    let emulator = Emulator::builder().start().await.unwrap();
    let error = Replay::new(recording).run(&emulator).await.unwrap_err();
    assert!(error.to_string().contains("no messages of the bot"), "{error}");
}

/// A user with a hidden phone number in the recording, whom the bot addresses by BSUID or by phone number.
#[tokio::test]
async fn a_user_is_known_by_each_address() {
    let recording: Recording = r#"
        [[step]]
        do.join = { phone = "+15550100001", bsuid = "US.0000000000000001", name = "Person1 Sample" }
        [[step]]
        do.says = { user = "US.0000000000000001", text = "hi" }
        [[sent]]
        to = "US.0000000000000001"
        after_step = 2
        message = { type = "interactive", context = { message_id = "step-2" }, interactive = { type = "button", body = { text = "Hi Person1 Sample. Tea?" }, action = { buttons = [{ type = "reply", reply = { id = "yes", title = "Yes" } }] } } }
    "#
    .parse()
    .unwrap();
    let report = replay(recording, &Bot::start("Hi").await, |replay| replay).await;
    assert!(report.is_equal(), "{report}");
}
