//! Apps, tokens, webhooks and analytics, from the client to the emulator.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use serde::Deserialize;
use waxwing_client::types::{MessageId, PhoneNumberId, WabaId};
use waxwing_client::{
    AnalyticsQuery, BusinessProfile, Granularity, MediaUpload, NewTemplate, SecretString, TemplateEdit,
};
use waxwing_emulator::{Emulator, TemplateStatus};

use super::{ACCOUNT, refused, start};

/// Public RSA key of 2,048 bits, made for this test.
const PUBLIC_KEY: &str = include_str!("public_key.pem");

#[derive(Deserialize)]
struct Verification {
    #[serde(rename = "hub.verify_token")]
    token: String,
    #[serde(rename = "hub.challenge")]
    challenge: String,
}

/// Starts a server that accepts the verify token `secret`. Returns its URL, and the number of webhooks that it got.
async fn webhook_server() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let verify = async |Query(verification): Query<Verification>| {
        if verification.token == "secret" { verification.challenge } else { String::new() }
    };
    let receive = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async {}
    };
    let app = Router::new().route("/", get(verify).post(receive));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, count)
}

fn secret(emulator: &Emulator) -> SecretString {
    emulator.app_secret().unwrap().into()
}

#[tokio::test]
async fn an_app_sets_its_webhook_with_its_own_token() {
    let (emulator, client) = start().await;
    let (url, count) = webhook_server().await;
    let info = client.debug_token().await.unwrap();
    let app_id = info.app_id.clone().unwrap();
    let app = client.app(&app_id, &secret(&emulator)).unwrap();
    refused(app.subscribe(&url, "wrong", &["messages"]).await);
    app.subscribe(&url, "secret", &["messages", "calls"]).await.unwrap();
    let subscriptions = app.subscriptions().await.unwrap();
    assert_eq!(subscriptions[0].callback_url.as_deref(), Some(url.as_str()));
    let names: Vec<_> = subscriptions[0].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!((subscriptions[0].active, names.len()), (true, 2));
    assert!(names.contains(&"messages") && names.contains(&"calls"));
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let stranger = client.app(&app_id, &"wrong".into()).unwrap();
    assert!(stranger.subscriptions().await.unwrap_err().api().is_some());
    assert!(client.app(&app_id, &"".into()).is_err());
    assert!(!format!("{app:?}").contains(emulator.app_secret().unwrap()));
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_token_states_its_permissions_and_its_accounts() {
    let (emulator, client) = start().await;
    let info = client.debug_token().await.unwrap();
    assert_eq!((info.is_valid, info.expires_at), (true, Some(0)));
    assert!(info.scopes.iter().any(|scope| scope == "whatsapp_business_messaging"));
    assert_eq!(info.waba_ids().collect::<Vec<_>>(), [WabaId::new(ACCOUNT)]);
    let app = client.app(&info.app_id.unwrap(), &secret(&emulator)).unwrap();
    assert!(!app.debug_token(&"unknown".into()).await.unwrap().is_valid);
    assert!(app.debug_token(&emulator.access_token().into()).await.unwrap().is_valid);
    emulator.shutdown().await;
}

#[tokio::test]
async fn a_number_has_a_webhook_a_pin_and_a_key_of_its_own() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let (own, own_count) = webhook_server().await;
    let (other, other_count) = webhook_server().await;
    emulator.set_webhook(&other);
    let says_hi = async || {
        emulator.user("+34600000000").says("hi").await;
        emulator.expect_idle().await;
        (own_count.load(Ordering::SeqCst), other_count.load(Ordering::SeqCst))
    };
    assert_eq!(says_hi().await, (0, 1));
    refused(number.set_webhook(&own, "wrong").await);
    number.set_webhook(&own, "secret").await.unwrap();
    let configuration = number.webhook().await.unwrap();
    assert_eq!((configuration.of_number.as_deref(), configuration.of_app.as_deref()), (Some(&*own), Some(&*other)));
    assert_eq!(says_hi().await, (1, 1));
    client.waba(WabaId::new(ACCOUNT)).subscribe_to(&other, "secret").await.unwrap();
    assert_eq!(number.webhook().await.unwrap().of_account.as_deref(), Some(&*other));
    number.clear_webhook().await.unwrap();
    assert_eq!(number.webhook().await.unwrap().of_number, None);
    assert_eq!(says_hi().await, (1, 2));

    number.set_pin("123456").await.unwrap();
    refused(number.set_pin("12345").await);
    assert_eq!(number.public_key().await.unwrap(), None);
    number.set_public_key(PUBLIC_KEY).await.unwrap();
    let key = number.public_key().await.unwrap().unwrap();
    assert_eq!((key.pem.as_str(), key.signature_status.as_deref()), (PUBLIC_KEY, Some("VALID")));
    refused(number.set_public_key("-----BEGIN PUBLIC KEY-----").await);
    emulator.shutdown().await;
}

#[tokio::test]
async fn sent_messages_stand_in_the_history_and_in_the_analytics() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let account = client.waba(WabaId::new(ACCOUNT));
    let (url, _) = webhook_server().await;
    emulator.set_webhook(url);
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let sent = client.send_text(waxwing_client::types::WaId::new("34600000000"), "hola").await.unwrap();
    ana.expect_text("hola").await;
    emulator.expect_idle().await;

    let history = number.message_history(Some(&sent.id)).all().await.unwrap();
    assert_eq!((history.len(), &history[0].message), (1, &sent.id));
    assert_eq!(history[0].events[0].delivery_status.as_deref(), Some("SENT"));
    assert!(number.message_history(Some(&MessageId::new("wamid.404"))).all().await.unwrap().is_empty());

    let now = SystemTime::now();
    let query = AnalyticsQuery::new(now - Duration::from_hours(1), now + Duration::from_hours(1), Granularity::Day);
    let messages = account.messaging_analytics(&query).await.unwrap();
    assert_eq!((messages.phone_numbers.len(), messages.data_points.len()), (1, 1));
    assert_eq!((messages.data_points[0].sent, messages.data_points[0].delivered), (1, 1));
    let templates = query.clone().filter("product_types", ["0"]);
    assert!(account.messaging_analytics(&templates).await.unwrap().data_points.is_empty());
    let by_country = query.clone().dimensions(["COUNTRY", "PRICING_CATEGORY", "PRICING_TYPE"]);
    let prices = account.pricing_analytics(&by_country).await.unwrap();
    assert_eq!((prices.len(), prices[0].volume, prices[0].cost), (1, Some(1), None));
    assert_eq!((prices[0].country.as_deref(), prices[0].number.as_deref()), (Some("ES"), None));
    assert_eq!(prices[0].pricing_category.as_deref(), Some("SERVICE"));
    assert!(account.pricing_analytics(&query.clone().countries(["FR"])).await.unwrap().is_empty());
    let conversations = account.conversation_analytics(&query.clone().dimensions(["PHONE"])).await.unwrap();
    assert_eq!((conversations[0].conversation, conversations[0].number.is_some()), (Some(1), true));
    assert!(account.messaging_analytics(&by_country).await.unwrap_err().api().is_some());
    emulator.shutdown().await;
}

#[tokio::test]
async fn uploads_give_handles_and_templates_change() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let account = client.waba(WabaId::new(ACCOUNT));
    let app_id = client.debug_token().await.unwrap().app_id.unwrap();
    let picture = MediaUpload::new("image/jpeg", &b"\xff\xd8\xff\xe0"[..]).filename("logo.jpg");
    let handle = client.upload_handle(&app_id, picture.clone()).await.unwrap();
    number.set_profile(&BusinessProfile::default().picture_handle(handle.clone())).await.unwrap();
    assert!(number.profile().await.unwrap().profile_picture_url.is_some());
    refused(number.set_profile(&BusinessProfile::default().picture_handle("unknown")).await);
    assert!(client.upload_handle(&app_id, MediaUpload::new("text/plain", "a")).await.unwrap_err().api().is_some());

    let template = NewTemplate::marketing("spring", "en").media_header("IMAGE", &handle);
    let template = template.body::<String>("Pizza for everyone.", []);
    let id = account.create_template(&template).await.unwrap().id;
    // A template in review cannot change.
    refused(account.edit_template(&id, &TemplateEdit::default().category("UTILITY")).await);
    emulator.set_template_status("spring", "en", TemplateStatus::Approved);
    let changed = NewTemplate::marketing("spring", "en").body::<String>("Pasta for everyone.", []);
    account.edit_template(&id, &TemplateEdit::components(&changed)).await.unwrap();
    let found = account.templates(&waxwing_client::TemplateFilter::default().name("spring")).all().await.unwrap();
    assert_eq!((found[0].components.len(), found[0].components[0]["text"].as_str()), (1, Some("Pasta for everyone.")));
    refused(account.edit_template("404", &TemplateEdit::components(&changed)).await);
    emulator.shutdown().await;
}
