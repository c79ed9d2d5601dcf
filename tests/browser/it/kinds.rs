//! Messages of each kind, in both directions.

use std::time::Duration;

use image::RgbImage;
use serde_json::json;
use waxwing_browser_tests::Phone;
use waxwing_emulator::{Action, ChatContent, ChatMessage, Emulator};
use waxwing_tests::TestEnv;

use crate::support::{Bot, NONE, bubble, buttons, list, says, shown};

async fn start() -> (TestEnv, Phone, Bot) {
    let env = TestEnv::new().await;
    let phone = Phone::open(&env.emulator.url()).await;
    let bot = Bot::new(&env.emulator);
    phone.type_text("hi").await;
    phone.press_enter().await;
    phone.until(&shown("out", "hi")).await;
    (env, phone, bot)
}

/// Returns the messages of Ana, as the test kit prints them.
fn sent(emulator: &Emulator) -> String {
    emulator.user("+34600000000").transcript()
}

#[tokio::test]
async fn a_person_sends_each_kind() {
    let (env, mut phone, _bot) = start().await;
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<_> = ["one.png", "two.png"].iter().map(|name| dir.path().join(name)).collect();
    for file in &files {
        RgbImage::new(8, 8).save(file).unwrap();
    }
    phone.attach(&[&files[0], &files[1]]).await;
    phone.until("document.querySelector('#attachment-name').textContent === '2 files'").await;
    phone.type_text("album").await;
    phone.press_enter().await;
    phone.until("document.querySelectorAll('.bubble.out[data-type=image] img').length === 2").await;
    phone.attach_documents(&[&files[0]]).await;
    phone.click("#send").await;
    phone.until("document.querySelector('.bubble.out[data-type=document]')").await;

    let attach = async |label: &str| {
        phone.click("#attach").await;
        phone.click_on(label).await;
    };
    attach("Sticker").await;
    phone.click_on("Send the sticker 🐦").await;
    phone.until("document.querySelector('.bubble.out img.sticker')?.naturalWidth === 512").await;
    attach("Location").await;
    phone.click_on("Send location").await;
    phone.until("document.querySelector('.bubble.out .place')?.textContent.includes('Puerta del Sol')").await;
    attach("Contact").await;
    phone.type_here("Bea Vega").await;
    phone.click_on("Send contact").await;
    phone.until("document.querySelector('.bubble.out[data-type=contacts]')?.textContent.includes('Bea Vega')").await;

    phone.click("#voice").await;
    // A busy browser records less than the time that passes.
    phone.until("document.querySelector('#recording-time').textContent === '0:03'").await;
    phone.click("#recording-send").await;
    // The length is known only if the browser can read the Ogg file that the page has written.
    phone.until("document.querySelector('.bubble.out .player audio')?.duration > 0.5").await;

    let transcript = sent(&env.emulator);
    for part in [
        "image (image/png, ",
        "caption \"album\"",
        "document (image/png, ",
        "sticker (image/webp, ",
        "location {",
        "contacts [{",
        "audio (audio/ogg; codecs=opus, ",
    ] {
        assert!(transcript.contains(part), "{part} in {transcript}");
    }
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_list_opens_as_a_sheet() {
    let (env, mut phone, bot) = start().await;
    bot.sends("interactive", list()).await;
    phone.until(&bubble("in", "Hungry?", "bubble.querySelector('.footer').textContent === 'Until ten'")).await;
    assert_eq!(
        phone.value("document.querySelectorAll('.bubble.in .option').length").await,
        1,
        "the rows are in the sheet"
    );
    phone.click_on("See the menu").await;
    phone.until(&format!("{} && {}", says("Starters"), says("For two"))).await;
    assert_eq!(phone.value("document.querySelector('dialog .primary').disabled").await, true);
    phone.press("ArrowDown").await;
    phone.until("document.querySelector('dialog input:checked')").await;
    phone.click_on("Send").await;
    phone.until("!document.querySelector('dialog')").await;
    phone.until(&shown("out", "Paella")).await;
    assert!(sent(&env.emulator).contains(r#""id":"p""#), "{}", sent(&env.emulator));
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn a_person_answers_requests_and_flows() {
    let (env, mut phone, bot) = start().await;
    let flow = Action::SetFlow {
        id: Some("77".to_owned()),
        name: "booking".to_owned(),
        status: waxwing_emulator::FlowStatus::Published,
    };
    env.emulator.perform(flow).unwrap();
    let products = Action::AddProducts { catalog: "900".to_owned(), products: vec!["mug".to_owned()] };
    env.emulator.perform(products).unwrap();
    let request =
        |kind: &str, action: serde_json::Value| json!({ "type": kind, "body": { "text": kind }, "action": action });
    bot.sends("interactive", request("location_request_message", json!({ "name": "send_location" }))).await;
    phone.until(&says("location_request_message")).await;
    phone.click_on("Send location").await;
    phone.until("document.querySelector('dialog')").await;
    phone.click_on("Send location").await;
    phone.until("document.querySelector('.bubble.out .place') && !document.querySelector('dialog')").await;

    bot.sends("interactive", request("request_contact_info", json!({ "name": "request_contact_info" }))).await;
    phone.until(&says("Share contact info")).await;
    phone.click_on("Share contact info").await;
    phone.until("document.querySelector('.bubble.out[data-type=contacts]')").await;

    let parameters = json!({
        "flow_message_version": "3", "flow_id": "77", "flow_cta": "Book now", "flow_token": "t1",
        "flow_action": "navigate", "flow_action_payload": { "screen": "A", "data": { "guests": "2" } },
    });
    bot.sends("interactive", request("flow", json!({ "name": "flow", "parameters": parameters }))).await;
    phone.until(&says("Book now")).await;
    phone.click_on("Book now").await;
    phone.until("document.querySelector('dialog')").await;
    phone.click_on("Complete").await;
    phone.until("document.querySelector('.bubble.out .details')?.textContent === 'guests2'").await;

    let product = json!({ "catalog_id": "900", "product_retailer_id": "mug" });
    bot.sends("interactive", request("product", product)).await;
    phone.until(&says("View")).await;
    phone.click_on("View").await;
    phone.until("document.activeElement.type === 'number'").await;
    phone.press("ArrowUp").await;
    phone.click_on("Send").await;
    phone.until("document.querySelector('.bubble.out[data-type=order]')?.textContent.includes('1 item')").await;

    let transcript = sent(&env.emulator);
    for part in ["location {", r#""origin":"contact_request""#, r#"\"flow_token\":\"t1\""#, "order {"] {
        assert!(transcript.contains(part), "{part} in {transcript}");
    }
    assert_eq!(phone.problems().await, NONE);
}

#[tokio::test]
async fn received_kinds_look_as_in_whatsapp() {
    let (_env, mut phone, bot) = start().await;
    let url = json!({
        "type": "cta_url", "body": { "text": "Shop" },
        "action": { "name": "cta_url", "parameters": { "display_text": "Visit", "url": "https://example.com/shop" } },
    });
    bot.sends("interactive", url).await;
    phone.until("document.querySelector('a.option')?.href === 'https://example.com/shop'").await;
    assert_eq!(
        phone.value("document.querySelector('a.option .address').textContent").await,
        "https://example.com/shop"
    );
    bot.says(&"Long text. ".repeat(200)).await;
    phone.until("document.querySelector('.read-more')").await;
    let length = "[...document.querySelectorAll('.bubble.in .text')].at(-1).textContent.length";
    assert!(phone.value(length).await.as_u64() < Some(900));
    phone.click_on("Read more").await;
    phone.until(&format!("{length} > 2_000")).await;
    bot.sends("location", json!({ "latitude": 1.5, "longitude": 2.5, "name": "Here", "address": "Road 1" })).await;
    phone.until("document.querySelector('.bubble.in .place')?.textContent.includes('Road 1')").await;
    bot.sends(
        "contacts",
        json!([{ "name": { "formatted_name": "Bea", "first_name": "Bea" }, "phones": [{ "phone": "+1" }] }]),
    )
    .await;
    phone.until("document.querySelector('.bubble.in .contact')?.textContent === 'Bea+1'").await;
    bot.sends("interactive", buttons("Tea?", &["Yes"])).await;
    phone.until(&says("Tea?")).await;
    phone.click_on("Yes").await;
    phone.until(&bubble("out", "Yes", "bubble.querySelector('.quoted').textContent.includes('Tea?')")).await;
    assert_eq!(phone.problems().await, NONE);
}

/// A person who uses the keyboard alone reacts, replies, edits and deletes.
#[tokio::test]
async fn messages_are_handled_by_keyboard() {
    let (env, mut phone, bot) = start().await;
    let answer = bot.says("How are you?").await;
    bot.sends("reaction", json!({ "message_id": first(&env.emulator), "emoji": "👋" })).await;
    phone.until("document.querySelector('.bubble.out .reactions')?.textContent === '👋'").await;

    // The newest message: the question. Its menu opens with the reactions.
    let menu = async |keys: &[&str]| {
        phone.value("document.querySelector('#composer').focus()").await;
        phone.press("ArrowUp").await;
        phone.until("document.activeElement.matches('.menu-button')").await;
        phone.press("Enter").await;
        phone.until("document.activeElement.closest('.menu')").await;
        for key in keys {
            phone.press(key).await;
        }
        phone.press("Enter").await;
    };
    menu(&[]).await;
    phone.until("document.querySelector('.bubble.in .reactions')?.textContent === '👍'").await;
    menu(&["ArrowDown"; 6]).await; // after the six emoji
    phone.until("!document.querySelector('#quoting').hidden && document.activeElement.id === 'composer'").await;
    phone.type_here("Fine").await;
    phone.press("Enter").await;
    phone.until(&bubble("out", "Fine", "bubble.querySelector('.quoted').textContent.includes('How are you?')")).await;
    assert!(sent(&env.emulator).contains(&format!("quoting {answer}")), "{}", sent(&env.emulator));

    menu(&["ArrowUp"; 2]).await; // the end of the menu: delete, and edit before it
    phone
        .until("!document.querySelector('#quoting').hidden && document.querySelector('#composer').value === 'Fine'")
        .await;
    phone.type_here(", thanks").await;
    phone.press("Enter").await;
    phone.until(&bubble("out", "Fine, thanks", "bubble.querySelector('.edited')")).await;
    menu(&["ArrowUp"]).await;
    phone.until("document.querySelector('dialog')").await;
    phone.tab_to("dialog .primary").await;
    phone.press("Enter").await;
    phone.until(&says("You deleted this message")).await;
    assert_eq!(phone.problems().await, NONE);
}

/// Returns the id of Ana's first message.
fn first(emulator: &Emulator) -> String {
    let events = emulator.timeline();
    let sent = events.into_iter().find_map(|event| match event.kind {
        waxwing_emulator::TimelineEventKind::UserMessage { message, .. } => Some(message),
        _ => None,
    });
    sent.expect("Ana has written")
}

#[tokio::test]
async fn a_voice_note_of_the_business_is_played() {
    let (env, mut phone, _bot) = start().await;
    // A note that the person records is a valid Ogg file.
    phone.click("#voice").await;
    phone.until("document.querySelector('#recording-time').textContent === '0:01'").await;
    phone.click("#recording-send").await;
    phone.until("document.querySelector('.bubble.out audio')?.duration > 0").await;
    let script = "fetch(document.querySelector('.bubble.out audio').src).then((file) => file.arrayBuffer())
        .then((bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))))";
    let base64 = phone.value(script).await.as_str().unwrap().to_owned();
    let media = Action::AddMedia { id: Some("555".to_owned()), mime_type: "audio/ogg".to_owned(), base64 };
    env.emulator.perform(media).unwrap();
    let bot = Bot::new(&env.emulator);
    bot.sends("audio", json!({ "id": "555", "voice": true })).await;
    phone.until("document.querySelector('.bubble.in .player')").await;
    phone.click(".bubble.in .player button").await;
    let ana = env.emulator.user("+34600000000");
    let is_played = |message: &ChatMessage| {
        matches!(message.content, ChatContent::Media(_)) && message.state == waxwing_emulator::DeliveryState::Played
    };
    phone.until("document.querySelector('.bubble.in .player audio').currentTime > 0").await;
    let played = async {
        while !ana.messages().iter().any(is_played) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), played).await.expect("the business learns that the note was played");
    assert_eq!(phone.problems().await, NONE);
}
