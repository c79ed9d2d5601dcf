//! Requests of each endpoint.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_client::{MediaInfo, MediaUpload, Method, SentMessage};
use waxwing_types::{Bsuid, GroupId, Image, MediaId, MessageId, OutboundMessage, PhoneNumberId, WaId};
use wiremock::ResponseTemplate;
use wiremock::matchers::{body_json, header, query_param, query_param_is_missing};

use crate::support::{builder, call, fake};

const MESSAGES: &str = "/v26.0/1000001/messages";

fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// Returns the ids of an accepted message: message id, WhatsApp id and BSUID.
fn ids(sent: &SentMessage) -> (&str, Option<&str>, Option<&str>) {
    (sent.id.as_str(), sent.wa_id.as_ref().map(WaId::as_str), sent.bsuid.as_ref().map(Bsuid::as_str))
}

#[tokio::test]
async fn a_message_is_sent_unchanged() {
    let (fake, client) = fake().await;
    let message = OutboundMessage::new(WaId::new("34600000000"), Image::new(MediaId::new("77")).caption("look"))
        .reply_to(MessageId::new("wamid.IN"))
        .callback_data("n.1.1");
    let body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "34600000000",
        "context": { "message_id": "wamid.IN" }, "biz_opaque_callback_data": "n.1.1",
        "type": "image", "image": { "id": "77", "caption": "look" },
    });
    call("POST", MESSAGES)
        .and(header("content-type", "application/json"))
        .and(body_json(body))
        .respond_with(ok(json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": "34600000000", "wa_id": "34600000000" }],
            "messages": [{ "id": "wamid.OUT", "message_status": "accepted" }],
        })))
        .expect(1)
        .mount(&fake)
        .await;
    let sent = client.send(&message).await.unwrap();
    assert_eq!(ids(&sent), ("wamid.OUT", Some("34600000000"), None));
    assert!(!format!("{sent:?}").contains("346"));
}

#[tokio::test]
async fn text_is_sent_to_a_bsuid() {
    let (fake, client) = fake().await;
    call("POST", MESSAGES)
        .and(body_json(json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "recipient": "ES.1",
            "type": "text", "text": { "body": "hola" },
        })))
        .respond_with(ok(json!({
            "contacts": [{ "input": "ES.1", "wa_id": "", "user_id": "ES.1" }],
            "messages": [{ "id": "wamid.OUT" }],
        })))
        .expect(1)
        .mount(&fake)
        .await;
    let sent = client.send_text(Bsuid::new("ES.1"), "hola").await.unwrap();
    assert_eq!(ids(&sent), ("wamid.OUT", None, Some("ES.1")));
}

#[tokio::test]
async fn a_response_needs_only_the_message_id() {
    for contacts in [json!(null), json!([]), json!("odd"), json!([{ "input": 7, "wa_id": 34 }])] {
        let (fake, client) = fake().await;
        call("POST", MESSAGES)
            .respond_with(ok(json!({ "contacts": contacts, "messages": [{ "id": "wamid.OUT" }] })))
            .mount(&fake)
            .await;
        let sent = client.send_text(WaId::new("34600000000"), "hola").await.unwrap();
        assert_eq!(ids(&sent), ("wamid.OUT", None, None));
    }
}

#[tokio::test]
async fn read_receipts_are_sent_with_and_without_typing() {
    let (fake, client) = fake().await;
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.IN" });
    call("POST", MESSAGES)
        .and(body_json(&body))
        .respond_with(ok(json!({ "success": true })))
        .expect(1)
        .mount(&fake)
        .await;
    body["typing_indicator"] = json!({ "type": "text" });
    call("POST", MESSAGES)
        .and(body_json(&body))
        .respond_with(ok(json!({ "success": true })))
        .expect(1)
        .mount(&fake)
        .await;
    client.mark_read(&MessageId::new("wamid.IN")).await.unwrap();
    client.mark_read_with_typing(&MessageId::new("wamid.IN")).await.unwrap();
}

#[tokio::test]
async fn a_file_is_uploaded_as_a_form() {
    let (fake, client) = fake().await;
    call("POST", "/v26.0/1000001/media").respond_with(ok(json!({ "id": "77" }))).expect(1).mount(&fake).await;
    let file = MediaUpload::new("image/png", &b"\x89PNG"[..]).filename("a \"b\"\r\n.png");
    assert_eq!(client.upload(file).await.unwrap(), MediaId::new("77"));

    let request = &fake.received_requests().await.unwrap()[0];
    let kind = request.headers["content-type"].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    assert_eq!(request.headers["content-length"].to_str().unwrap(), request.body.len().to_string());
    let body = String::from_utf8_lossy(&request.body);
    let parts: Vec<_> = body.split(&format!("--{boundary}")).map(str::trim).collect();
    assert_eq!(
        parts,
        [
            "",
            "Content-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp",
            "Content-Disposition: form-data; name=\"type\"\r\n\r\nimage/png",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\"__.png\"\r\n\
             Content-Type: image/png\r\n\r\n\u{FFFD}PNG",
            "--",
        ]
    );
}

#[tokio::test]
async fn uploads_and_downloads_have_their_own_timeout() {
    let (fake, _) = fake().await;
    let client = builder(fake.uri()).timeout(Duration::ZERO).build().unwrap();
    call("POST", "/v26.0/1000001/media").respond_with(ok(json!({ "id": "77" }))).mount(&fake).await;
    call("GET", "/media/77").respond_with(ResponseTemplate::new(200)).mount(&fake).await;
    let url = format!("{}/media/77", fake.uri());
    let medium = MediaInfo::new(MediaId::new("77"), url);
    client.upload(MediaUpload::new("image/png", vec![1]).filename("a.png")).await.unwrap();
    client.download(&medium, 100).await.unwrap();
    client.media(&MediaId::new("77")).await.unwrap_err();
}

#[tokio::test]
async fn media_are_looked_up_and_deleted_by_their_id() {
    let (fake, client) = fake().await;
    call("GET", "/v26.0/77")
        // Meta refuses the number in the query for the media of users.
        .and(query_param_is_missing("phone_number_id"))
        .respond_with(ok(json!({
            "messaging_product": "whatsapp", "url": "https://lookaside.fbsbx.com/?hash=x", "mime_type": "image/jpeg",
            "sha256": "ab", "file_size": "1234", "id": "77",
        })))
        .expect(1)
        .mount(&fake)
        .await;
    let mut expected = MediaInfo::new(MediaId::new("77"), "https://lookaside.fbsbx.com/?hash=x");
    expected.mime_type = Some("image/jpeg".into());
    expected.sha256 = Some("ab".into());
    expected.file_size = Some(1234);
    let found = client.media(&MediaId::new("77")).await.unwrap();
    assert!(!format!("{found:?}").contains("hash="));
    assert_eq!(found, expected);

    call("GET", "/v26.0/78")
        .respond_with(ok(json!({ "url": "https://x", "file_size": 1234, "id": 78 })))
        .mount(&fake)
        .await;
    assert_eq!(client.media(&MediaId::new("78")).await.unwrap().file_size, Some(1234));

    call("DELETE", "/v26.0/77")
        // Meta refuses the number in the query for the media of users.
        .and(query_param_is_missing("phone_number_id"))
        .respond_with(ok(json!({ "success": true })))
        .expect(1)
        .mount(&fake)
        .await;
    client.delete_media(&MediaId::new("77")).await.unwrap();
}

#[tokio::test]
async fn the_subject_of_a_group_is_returned() {
    const FIELDS: &str = "subject,description,join_approval_mode,suspended,creation_timestamp,total_participant_count";
    let (fake, client) = fake().await;
    call("GET", "/v26.0/Y2Fw%2FZ3I=")
        .and(query_param("fields", FIELDS))
        .respond_with(ok(json!({ "messaging_product": "whatsapp", "id": "Y2Fw/Z3I=", "subject": "Tea" })))
        .expect(1)
        .mount(&fake)
        .await;
    // An id of a payload is one segment of the path.
    let group = client.group(GroupId::new("Y2Fw/Z3I=")).info().await.unwrap();
    assert_eq!(group.subject.as_deref(), Some("Tea"));
    assert!(!format!("{group:?}").contains("Tea"));
}

#[tokio::test]
async fn the_data_of_a_number_is_returned() {
    let (fake, client) = fake().await;
    call("GET", "/v26.0/1000001")
        .and(query_param(
            "fields",
            "id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,platform_type,status,whatsapp_business_manager_messaging_limit",
        ))
        .respond_with(ok(json!({
            "display_phone_number": "+1 555-000-1111", "verified_name": "Casa Ana", "quality_rating": "GREEN", "id": "1000001",
        })))
        .expect(1)
        .mount(&fake)
        .await;
    let number = client.phone_number().await.unwrap();
    assert_eq!(number.display_phone_number.as_deref(), Some("+1 555-000-1111"));
    assert_eq!(number.verified_name.as_deref(), Some("Casa Ana"));
    assert_eq!(number.quality_rating.as_deref(), Some("GREEN"));
    assert_eq!(number.status, None);
    assert!(!format!("{number:?}").contains("555"));
}

#[tokio::test]
async fn other_endpoints_are_called_with_the_access_token() {
    let (fake, client) = fake().await;
    call("POST", "/v26.0/1000001/block_users")
        .and(query_param("a", "1"))
        .and(query_param("b", "x&y"))
        .and(body_json(json!({ "block_users": [] })))
        .respond_with(ok(json!({ "done": 7 })))
        .expect(1)
        .mount(&fake)
        .await;
    let request = client.request(Method::POST, "1000001/block_users?a=1").query("b", "x&y");
    let answer: Value = request.json(&json!({ "block_users": [] })).send().await.unwrap();
    assert_eq!(answer, json!({ "done": 7 }));
}

#[tokio::test]
async fn the_url_has_the_version_and_escaped_ids() {
    let (fake, _) = fake().await;
    let client = builder(format!("{}/graph/", fake.uri())).api_version("v25.0").user_agent("shop/1").build().unwrap();
    wiremock::Mock::given(wiremock::matchers::path("/graph/v25.0/a%2F..%2Fb"))
        .and(header("user-agent", "shop/1"))
        .and(query_param_is_missing("access_token"))
        .respond_with(ok(json!({ "success": true })))
        .expect(1)
        .mount(&fake)
        .await;
    client.for_number(PhoneNumberId::new("222")).delete_media(&MediaId::new("a/../b")).await.unwrap();
    assert_eq!(client.phone_number_id(), &PhoneNumberId::new("1000001"));
}
