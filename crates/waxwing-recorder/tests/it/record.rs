//! Recording of a conversation.

use waxwing_emulator::{Emulator, matcher};
use waxwing_recorder::{Recorder, RecorderSettings, Recording};

use crate::bot::Bot;

const JPEG: &[u8] = include_bytes!("../../samples/sample.jpg");

/// Starts a recorder between an emulator and the bot.
async fn start(bot: &Bot) -> (Emulator, Recorder) {
    let emulator = Emulator::builder().start().await.unwrap();
    let mut settings = RecorderSettings::new(bot.webhook.parse().unwrap());
    settings.graph = emulator.url().parse().unwrap();
    let recorder = Recorder::start(settings).await.unwrap();
    bot.uses(recorder.url(), &emulator);
    emulator.set_webhook(recorder.webhook_url());
    (emulator, recorder)
}

/// Records a conversation of Ana with the bot.
pub(crate) async fn record(bot: &Bot) -> Recording {
    let (emulator, recorder) = start(bot).await;
    let ana = emulator.user(waxwing_emulator::Persona::phone("+34600123456").name("Ana López"));
    ana.says("hello, I am Ana, 34600123456, ana@example.org").await;
    ana.expect(matcher::buttons(["Yes"]).saying("Hi Ana López. Tea?")).await;
    ana.taps("Yes").await;
    ana.expect("One tea, coming.").await;
    ana.sends_image(JPEG, "image/jpeg", None).await;
    ana.expect(matcher::image().captioned("Nice")).await;
    emulator.expect_idle().await;
    recorder.stop().await
}

#[tokio::test]
async fn a_recording_has_the_conversation_without_secrets_and_personal_data() {
    let bot = Bot::start("Hi").await;
    let recording = record(&bot).await;
    // The user, two messages, a file and its message.
    assert_eq!((recording.steps(), recording.sent()), (5, 3));
    let text = recording.to_toml().unwrap();
    for private in ["34600123456", "Ana", "López", "ana@example.org", "Bearer", "wamid", "sha256=", "access_token"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    for kept in ["hello, I am Person1, 15550100001, person@example.com", "Hi Person1 Sample. Tea?", "sent-1", "step-2"]
    {
        assert!(text.contains(kept), "{kept} not in {text}");
    }
    let read: Recording = text.parse().unwrap();
    assert_eq!((read.steps(), read.sent()), (5, 3));
}

#[tokio::test]
async fn repeated_webhooks_and_refused_messages_are_counted_and_left_out() {
    let bot = Bot::start("Hi").await;
    let (emulator, recorder) = start(&bot).await;
    emulator.next_send(waxwing_emulator::FaultEffect::Error { code: 131_000, http: 500 });
    let ana = emulator.user("+34600123456");
    let hi = ana.says("hi").await;
    // The bot returns an error, and the webhook is posted again.
    ana.expect(matcher::buttons(["Yes"])).await;
    ana.redeliver(&hi).await;
    emulator.expect_idle().await;
    let summary = recorder.summary();
    assert_eq!((summary.refused, summary.unreadable, summary.dropped), (1, 0, 0));
    assert!(summary.repeated >= 2 && summary.statuses >= 1, "{summary:?}");
    let recording = recorder.stop().await;
    // The bot has no memory, so it answers the repeated webhook again.
    assert_eq!((recording.steps(), recording.sent()), (2, 2));
}

/// Sends raw bytes, because HTTP clients do not send such requests, and returns the response.
async fn raw(recorder: &Recorder, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = recorder.url().trim_start_matches("http://").to_owned();
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    socket
        .write_all(format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn a_recorder_is_no_open_proxy() {
    let bot = Bot::start("Hi").await;
    let (emulator, recorder) = start(&bot).await;
    let other = Emulator::builder().start().await.unwrap();
    assert!(raw(&recorder, "GET /recorded-media/1").await.starts_with("HTTP/1.1 404"));
    let other_host = other.url().replace("http://", "");
    for target in
        [format!("http://{other_host}/v25.0/me"), format!("//{other_host}/v25.0/me"), format!("/@{other_host}/me")]
    {
        raw(&recorder, &format!("GET {target}")).await;
    }
    assert!(other.requests().is_empty());
    assert_eq!(emulator.requests().len(), 3);
}

#[tokio::test]
async fn an_unreachable_bot_is_reported_to_meta() {
    let webhook = format!("{}/webhook?code=1", crate::bot::unreachable());
    let recorder = Recorder::start(RecorderSettings::new(webhook.parse().unwrap())).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http.post(recorder.webhook_url()).body("{}").send().await.unwrap();
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().contains("no response"));
}
