//! Responses to requests.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request};
use futures_util::{StreamExt, stream};
use serde_json::json;
use waxwing_axum::{Prefix, Verification, Webhook};
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::support::{DEADLINE, Fixture, TOKEN, deliver, get, method, processing, send, signed, text};

const HOOK: &str = "/whatsapp/webhook";
const LIMIT: usize = 3 * 1024 * 1024;

#[tokio::test]
async fn the_status_is_available() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    let answer = get(&router, "/whatsapp/status").await;
    answer.is(200, &json!({ "status": "available" }));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(method(&router, Method::HEAD, "/whatsapp/status").await.body, "");
}

#[tokio::test]
async fn the_challenge_is_checked_in_order() {
    let fixture = Fixture::new().await;
    let with = fixture.router("s");
    let without = Webhook::new(fixture.engine(DEADLINE), signed("s"), None).router(&Prefix::default());
    let empty =
        Webhook::new(fixture.engine(DEADLINE), signed("s"), Some(VerifyToken::new(""))).router(&Prefix::default());
    let good = "hub.mode=subscribe&hub.verify_token=a%20token&hub.challenge=0123";
    let answer = get(&with, &format!("{HOOK}?{good}")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "0123"));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let odd =
        get(&with, &format!("{HOOK}?hub.mode=subscribe&hub.verify_token=a+token&hub.challenge=%3Cb%3E%C3%A9")).await;
    assert_eq!((odd.status, odd.body.as_str()), (200, "<b>é"));

    for query in [good, "", "hub.mode=other", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "%zz=%"] {
        get(&without, &format!("{HOOK}?{query}"))
            .await
            .is_error(500, "no verify token is configured; set the token that was entered in the app dashboard");
    }
    for query in [
        "",
        "%zz=%",
        "hub.challenge=1",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=another&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=a%20token&hub.challenge=1",
        "hub.verify_token=a%20token&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=another",
        "hub.mode=subscribe&hub.mode=subscribe&hub.verify_token=a%20token&hub.challenge=1",
    ] {
        get(&with, &format!("{HOOK}?{query}"))
            .await
            .is_error(403, "mode or verify token is wrong; enter the same token here and in the app dashboard");
    }
    for query in ["", "&hub.challenge="] {
        let query = format!("{HOOK}?hub.mode=subscribe&hub.verify_token=a%20token{query}");
        get(&with, &query).await.is_error(400, "parameter hub.challenge is missing");
    }
    let nothing = format!("{HOOK}?hub.mode=subscribe&hub.verify_token=&hub.challenge=1");
    get(&empty, &nothing)
        .await
        .is_error(403, "mode or verify token is wrong; enter the same token here and in the app dashboard");
}

#[tokio::test]
async fn any_json_is_accepted() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    let account = |entry: &str| format!(r#"{{"object":"whatsapp_business_account","entry":{entry}}}"#);
    for (body, status) in [
        (text("wamid.1"), "processing"),
        (account("[]"), "processing"),
        (account("null"), "processing"),
        (r#"{"object":"whatsapp_business_account"}"#.into(), "processing"),
        (
            account(r#"[{"id":"1","changes":[{"field":"messages","value":{"messages":[null,{},{"id":1}]}}]}]"#),
            "processing",
        ),
        (account(r#"[{"id":"1","changes":[{"field":"weather","value":{"sky":"blue"}}]}]"#), "processing"),
        (r#"{"object":"page","entry":[]}"#.into(), "ignored"),
        (r#"{"object":7}"#.into(), "ignored"),
        ("{}".into(), "ignored"),
        ("[1]".into(), "ignored"),
        (" null ".into(), "ignored"),
    ] {
        for _ in 0..2 {
            let answer = deliver(&router, HOOK, "s", body.clone()).await;
            answer.is(200, &json!({ "status": status }));
            assert_eq!(answer.header("content-type"), "application/json");
        }
    }
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test]
async fn the_signature_is_checked_before_the_content() {
    let fixture = Fixture::new().await;
    let router = fixture.router("new, old");
    let body = text("wamid.1");
    let good = AppSecrets::parse("new").unwrap().sign(body.as_bytes());
    let refused: [Option<&[u8]>; 10] = [
        None,
        Some(b""),
        Some(b"sha256="),
        Some(b"sha256=zz"),
        Some(b"sha256=\xff\xfe\xfd"),
        Some("ünsinn".as_bytes()),
        Some(&good.as_bytes()["sha256=".len()..]),
        Some(&good.as_bytes()[..good.len() - 2]),
        Some(b"sha1=0000000000000000000000000000000000000000"),
        Some(b"sha256=0000000000000000000000000000000000000000000000000000000000000000"),
    ];
    for body in [body.as_str(), "not JSON", ""] {
        for header in refused {
            let mut request = Request::post(HOOK);
            if let Some(header) = header {
                request = request.header("x-hub-signature-256", HeaderValue::from_bytes(header).unwrap());
            }
            let answer = send(&router, request.body(body.to_owned().into()).unwrap()).await;
            answer.is_error(403, "the signature is missing or wrong");
        }
        deliver(&router, HOOK, "another", body).await.is_error(403, "the signature is missing or wrong");
    }
    // The signature belongs to other bytes.
    let request = Request::post(HOOK).header("x-hub-signature-256", &good);
    let answer = send(&router, request.body(body.replace("hi", "ho").into()).unwrap()).await;
    answer.is_error(403, "the signature is missing or wrong");
    assert!(fixture.waiting().await.is_empty());
    for secret in ["new", "old"] {
        deliver(&router, HOOK, secret, body.clone()).await.is(200, &processing());
    }
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_rejected() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    for body in [&b""[..], b"{", b"{} {}", b"\xff", b"\xef\xbb\xbf{}", b"{\"a\":\"\xc3\"}"] {
        for _ in 0..2 {
            deliver(&router, HOOK, "s", body).await.is_error(400, "the body is not JSON");
        }
    }
}

#[tokio::test]
async fn a_body_may_have_three_mebibytes_and_no_more() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    let mut body = text("wamid.1").into_bytes();
    body.resize(LIMIT, b' ');
    deliver(&router, HOOK, "s", body.clone()).await.is(200, &processing());
    body.push(b' ');
    deliver(&router, HOOK, "s", body.clone()).await.is_error(413, "the body is larger than 3 MiB");
    // The size is checked before the signature, whatever the content-length says.
    let lies = Request::post(HOOK).header("content-length", "2").body(body.clone().into()).unwrap();
    send(&router, lies).await.is_error(413, "the body is larger than 3 MiB");
    body.resize(40 * 1024 * 1024, b' ');
    deliver(&router, HOOK, "s", body).await.is_error(413, "the body is larger than 3 MiB");
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test]
async fn a_body_may_arrive_in_several_frames() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    for (nth, size) in [1, 7, 100_000].into_iter().enumerate() {
        let mut body = text(&format!("wamid.{nth}")).into_bytes();
        body.resize(body.len().max(3 * size), b' ');
        let signature = AppSecrets::parse("s").unwrap().sign(&body);
        let pieces: Vec<_> = body.chunks(size).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let request = Request::post(HOOK).header("x-hub-signature-256", signature);
        let answer = send(&router, request.body(Body::from_stream(stream::iter(pieces))).unwrap()).await;
        answer.is(200, &processing());
    }
    let mut waiting = fixture.waiting().await;
    waiting.sort_unstable();
    assert_eq!(waiting, ["wamid.0", "wamid.1", "wamid.2"]);
    let large = stream::repeat(0).take(LIMIT / 1024 + 1).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024]));
    let answer = send(&router, Request::post(HOOK).body(Body::from_stream(large)).unwrap()).await;
    answer.is_error(413, "the body is larger than 3 MiB");
}

#[tokio::test]
async fn an_incomplete_body_gets_400_and_a_panic_gets_500() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    let broken = stream::iter([Ok(b"{".to_vec()), Err(std::io::Error::other("gone"))]);
    let answer = send(&router, Request::post(HOOK).body(Body::from_stream(broken)).unwrap()).await;
    answer.is_error(400, "the body is incomplete");
    let bomb = stream::iter([b'{']).map(|byte| {
        assert_ne!(byte, b'{', "this panic is part of the test");
        Ok::<_, std::io::Error>(vec![byte])
    });
    let answer = send(&router, Request::post(HOOK).body(Body::from_stream(bomb)).unwrap()).await;
    answer.is_error(500, "internal error");
}

#[tokio::test]
async fn other_methods_get_405_and_other_paths_404() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    for verb in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = method(&router, verb.clone(), HOOK).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD,POST"), "{verb}");
    }
    assert_eq!(method(&router, Method::POST, "/whatsapp/status").await.status, 405);
    // HEAD is GET without a body.
    let head = method(&router, Method::HEAD, HOOK).await;
    assert_eq!((head.status, head.body.as_str()), (403, ""));
    for path in
        ["/", "/whatsapp", "/whatsapp/webhook/", "/whatsapp/webhook/x", "/Whatsapp/webhook", "/webhook", "/health"]
    {
        assert_eq!(get(&router, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn development_mode_checks_no_signature() {
    let fixture = Fixture::new().await;
    let webhook = Webhook::new(fixture.engine(DEADLINE), Verification::Unsigned, Some(VerifyToken::new(TOKEN)));
    assert!(!webhook.is_signed());
    let router = webhook.router(&Prefix::default());
    for (nth, header) in [None, Some("sha256=zz"), Some("nonsense")].into_iter().enumerate() {
        let mut request = Request::post(HOOK);
        if let Some(header) = header {
            request = request.header("x-hub-signature-256", header);
        }
        let answer = send(&router, request.body(text(&nth.to_string()).into()).unwrap()).await;
        answer.is(200, &processing());
    }
    deliver(&router, HOOK, "any", text("3")).await.is(200, &processing());
    assert_eq!(fixture.waiting().await, ["0", "1", "2", "3"]);
    let answer = send(&router, Request::post(HOOK).body("{".into()).unwrap()).await;
    answer.is_error(400, "the body is not JSON");
}
