//! OpenAPI document of the control API, with the endpoints of the phone page.
//!
//! Each file holds the paths and the schemas of one part. A test compares them with the routers, and with real responses.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// Document without paths and schemas.
const ROOT: &str = include_str!("openapi/root.json");
/// Paths and schemas.
const PARTS: [&str; 5] = [
    include_str!("openapi/world.json"),
    include_str!("openapi/platform.json"),
    include_str!("openapi/actions.json"),
    include_str!("openapi/logs.json"),
    include_str!("openapi/phone.json"),
];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document: Value = serde_json::from_str(ROOT).unwrap_or_default();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    for part in PARTS {
        let part: Value = serde_json::from_str(part).unwrap_or_default();
        copy(&part["paths"], &mut document["paths"]);
        copy(&part["schemas"], &mut document["components"]["schemas"]);
    }
    document
});

/// Returns the document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// Returns method and path of each endpoint.
pub(crate) fn endpoints() -> Value {
    let paths = document()["paths"].as_object().into_iter().flatten();
    let endpoints = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, _)| format!("{} {path}", method.to_ascii_uppercase()))
    });
    json!(endpoints.collect::<Vec<_>>())
}

fn copy(from: &Value, to: &mut Value) {
    if let (Some(from), Some(to)) = (from.as_object(), to.as_object_mut()) {
        to.extend(from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_valid_json() {
        for text in PARTS.iter().chain([&ROOT]) {
            serde_json::from_str::<Value>(text).unwrap();
        }
    }
}
