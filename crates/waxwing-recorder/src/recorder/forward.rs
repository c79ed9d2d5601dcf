//! Forwarding of single requests.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING, UPGRADE};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use url::Url;

use super::Shared;

/// Maximum size of a body that is recorded, in bytes: that of Meta's webhooks.
const MAX_RECORDED: usize = 3 * 1024 * 1024;

/// Path of media files, followed by a number.
const DOWNLOADS: &str = "/recorded-media/";

/// Maximum number of media URLs that are known at the same time.
const MAX_DOWNLOADS: u64 = 1_000;

/// Headers that belong to one connection.
const HOP_BY_HOP: [HeaderName; 5] = [HOST, CONNECTION, TRANSFER_ENCODING, UPGRADE, CONTENT_LENGTH];

/// Forwards a request to the side for which it is meant.
pub(super) async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path();
    let forwarded = if path == shared.settings.webhook.path() {
        forward_webhook(&shared, request).await
    } else if let Some(number) = path.strip_prefix(DOWNLOADS) {
        let known = number.parse().ok().and_then(|number| shared.downloads().urls.get(&number).cloned());
        match known {
            Some(url) => stream(&shared.http.graph, url, request).await,
            None => return refuse(StatusCode::NOT_FOUND, "the recorder has not seen this media file"),
        }
    } else {
        forward_call(&shared, request).await
    };
    forwarded.unwrap_or_else(Failure::into_response)
}

/// Why a request was not forwarded, or has no response.
enum Failure {
    TooLarge,
    Unreachable(reqwest::Error),
}

impl Failure {
    fn into_response(self) -> Response {
        match self {
            Self::TooLarge => refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 3 MiB"),
            Self::Unreachable(error) => {
                // The URL may contain an access token.
                let error = error.without_url();
                tracing::warn!(error = &error as &dyn std::error::Error, "request not forwarded");
                refuse(StatusCode::BAD_GATEWAY, "the recorder got no response from the other side")
            }
        }
    }
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    (status, Json(json!({ "error": reason }))).into_response()
}

/// Forwards a webhook to the bot.
async fn forward_webhook(shared: &Shared, request: Request) -> Result<Response, Failure> {
    let mut url = shared.settings.webhook.clone();
    if let Some(query) = request.uri().query() {
        let query = url.query().map_or_else(|| query.to_owned(), |own| format!("{own}&{query}"));
        url.set_query(Some(&query));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_RECORDED).await.map_err(|_| Failure::TooLarge)?;
    if parts.method == Method::POST {
        // Before the bot gets the webhook, so that the reply comes after it.
        shared.capture().webhook(shared.started.elapsed(), &body);
    }
    let (client, headers) = (&shared.http.webhook, forwarded_headers(&parts.headers));
    let response = client.request(parts.method, url).headers(headers).body(body).send().await;
    response.map(respond).map_err(Failure::Unreachable)
}

/// Forwards a call of the Graph API, and records the messages that it sends.
async fn forward_call(shared: &Shared, request: Request) -> Result<Response, Failure> {
    let mut url = shared.settings.graph.clone();
    url.set_path(&format!("{}{}", shared.settings.graph.path().trim_end_matches('/'), request.uri().path()));
    url.set_query(request.uri().query());
    let sender = Some(request.uri().path()).filter(|_| *request.method() == Method::POST).and_then(sender);
    let sender = sender.map(str::to_owned);
    let is_read = *request.method() == Method::GET;
    if sender.is_none() && !is_read {
        return stream(&shared.http.graph, url, request).await;
    }
    let origin = request.headers().get(HOST).and_then(|host| host.to_str().ok()).map(|host| format!("http://{host}"));
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_RECORDED).await.map_err(|_| Failure::TooLarge)?;
    let send = sender.and_then(|number| shared.capture().begin_send(shared.started.elapsed(), &number, &body));
    let (client, headers) = (&shared.http.graph, forwarded_headers(&parts.headers));
    let call = client.request(parts.method, url).headers(headers).body(body);
    let response = call.send().await.map_err(Failure::Unreachable)?;
    if !is_json(response.headers()) {
        return Ok(respond(response));
    }
    let (status, headers) = (response.status(), forwarded_headers(response.headers()));
    let mut answer = response.bytes().await.map_err(Failure::Unreachable)?;
    if let Some(send) = send {
        shared.capture().finish_send(send, status.as_u16(), &answer);
    } else if let Some(origin) = origin.filter(|_| is_read) {
        answer = with_own_media_url(shared, &origin, answer);
    }
    Ok((status, headers, answer).into_response())
}

/// Forwards a request whose bodies are not recorded, without keeping them in memory.
async fn stream(client: &reqwest::Client, url: Url, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let headers = forwarded_headers(&parts.headers);
    let mut call = client.request(parts.method.clone(), url).headers(headers);
    if parts.method != Method::GET {
        if let Some(length) = parts.headers.get(CONTENT_LENGTH) {
            call = call.header(CONTENT_LENGTH, length);
        }
        call = call.body(reqwest::Body::wrap_stream(body.into_data_stream()));
    }
    call.send().await.map(respond).map_err(Failure::Unreachable)
}

fn respond(response: reqwest::Response) -> Response {
    let (status, headers) = (response.status(), forwarded_headers(response.headers()));
    let body = Body::from_stream(response.bytes_stream().map_err(reqwest::Error::without_url));
    (status, headers, body).into_response()
}

/// Returns the headers without those of the connection. Compressed responses could not be recorded.
fn forwarded_headers(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in HOP_BY_HOP.iter().chain([&ACCEPT_ENCODING]) {
        headers.remove(name);
    }
    headers
}

/// Returns the id of the business number from the paths that send messages: `/{version}/{number}/messages`, with or without the version.
fn sender(path: &str) -> Option<&str> {
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let endpoint = parts.next().filter(|endpoint| matches!(*endpoint, "messages" | "marketing_messages"));
    endpoint.and_then(|_| parts.next())
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.contains("json") || content_type.contains("javascript")
}

/// Replaces the URL of a media file, so that the bot downloads it through the recorder.
fn with_own_media_url(shared: &Shared, origin: &str, answer: Bytes) -> Bytes {
    let Ok(mut answer_json) = serde_json::from_slice::<Value>(&answer) else { return answer };
    let is_medium = answer_json["messaging_product"] == "whatsapp" && answer_json["mime_type"].is_string();
    let Some(url) = answer_json["url"].as_str().filter(|_| is_medium).and_then(|url| Url::parse(url).ok()) else {
        return answer;
    };
    let mut downloads = shared.downloads();
    downloads.last += 1;
    let number = downloads.last;
    downloads.urls.insert(number, url);
    downloads.urls.remove(&number.saturating_sub(MAX_DOWNLOADS));
    drop(downloads);
    answer_json["url"] = format!("{origin}{DOWNLOADS}{number}").into();
    answer_json.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_message_endpoints_send() {
        assert_eq!([sender("/v25.0/1000001/messages"), sender("/1000001/marketing_messages/")], [Some("1000001"); 2]);
        assert_eq!(
            [sender("/v25.0/1000001/media"), sender("/v25.0/messages/1"), sender("/messages")],
            [None, None, Some("")]
        );
    }
}
