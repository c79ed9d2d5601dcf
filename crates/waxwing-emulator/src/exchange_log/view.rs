//! JSON of an exchange, in which no secret appears.

use serde_json::{Map, Value, json};

use super::body::RecordedBody;
use super::exchange::Exchange;
use super::headers::RecordedHeaders;
use super::redaction::{self, Redaction};
use crate::clock::unix_millis;
use crate::rules::Rule;

/// Returns the JSON of an exchange.
pub(crate) fn exchange(exchange: &Exchange, redaction: &Redaction) -> Value {
    let (request, outcome) = (&exchange.request, &exchange.outcome);
    let response = outcome.response.as_ref().map(|response| {
        json!({
            "status": response.status,
            "headers": headers(&response.headers, redaction),
            "body": body(&response.body, &response.headers, redaction),
        })
    });
    let token = request.has_right_token.map(|is_right| if is_right { "right" } else { "wrong" });
    json!({
        "seq": exchange.seq,
        "at": unix_millis(exchange.at),
        "kind": exchange.kind,
        "method": request.method,
        "path": redaction.apply(&request.path),
        "query": request.query.as_ref().map(|query| redaction.apply(query)),
        "url": request.url.as_ref().map(|url| redaction.apply(url)),
        "token": token,
        "request": {
            "headers": headers(&request.headers, redaction),
            "body": body(&request.body, &request.headers, redaction),
        },
        "response": response,
        "milliseconds": (outcome.duration.as_secs_f64() * 1e5).round() / 100.0,
        "endpoint": outcome.endpoint.map(crate::fault::GraphEndpoint::name),
        "rule": outcome.rule.map(Rule::name),
        "rule_text": outcome.rule.map(Rule::description),
        "rule_source": outcome.rule.map(Rule::source),
        "fault": outcome.fault.map(|fault| fault.0),
        "error": outcome.error.as_ref().map(|error| redaction.apply(error)),
        "user": outcome.user,
        "message": outcome.messages.first(),
        "messages": outcome.messages,
        "attempt": outcome.attempt,
    })
}

fn headers(headers: &RecordedHeaders, redaction: &Redaction) -> Value {
    let mut fields = Map::new();
    for (name, value) in headers.iter() {
        let value = redaction.apply(value);
        match fields.get_mut(name) {
            Some(Value::String(values)) => *values = format!("{values}, {value}"),
            _ => {
                fields.insert(name.to_owned(), value.into());
            }
        }
    }
    fields.into()
}

fn body(body: &RecordedBody, headers: &RecordedHeaders, secrets: &Redaction) -> Value {
    let kind = headers.get("content-type").unwrap_or_default();
    let bytes = match body {
        RecordedBody::Whole(bytes) => bytes,
        RecordedBody::TooLarge { bytes } => return json!({ "size": bytes, "type": kind }),
    };
    if bytes.is_empty() {
        return Value::Null;
    }
    let text = str::from_utf8(bytes).ok().filter(|_| !kind.starts_with("multipart/"));
    let Some(text) = text.map(|text| secrets.apply(text)) else {
        return json!({ "size": bytes.len(), "type": kind });
    };
    let is_json = kind.contains("json") || text.trim_start().starts_with(['{', '[']);
    let json = if is_json { serde_json::from_str::<Value>(&text).ok() } else { None };
    match json {
        Some(mut json) => {
            let text = redaction::json(&mut json, text);
            json!({ "json": json, "text": text })
        }
        None if kind.starts_with("application/x-www-form-urlencoded") => json!({ "text": redaction::query(&text) }),
        None => json!({ "text": text }),
    }
}
