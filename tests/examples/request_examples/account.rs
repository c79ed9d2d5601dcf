//! Objects that the examples name, created through the control API.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use waxwing_emulator::Emulator;

use crate::placeholders::{self, FLOWS, Values};

/// Kinds of media, with the MIME type and the content of a file.
const MEDIA: [(&str, &str, &[u8]); 5] = [
    ("audio", "audio/ogg", b"OggS"),
    ("document", "application/pdf", b"%PDF-1.7"),
    ("image", "image/png", b"\x89PNG\r\n\x1a\n"),
    ("sticker", "image/webp", b"RIFF\0\0\0\0WEBPVP8 "),
    ("video", "video/mp4", b"\0\0\0\x18ftypmp42"),
];
/// Catalog of products that an example names without a catalog.
const CATALOG: &str = "example-catalog";

/// Account of the emulator, with everything that the examples so far have named.
pub(crate) struct Account {
    pub(crate) http: reqwest::Client,
    control: String,
    values: Values,
    templates: BTreeSet<(String, String)>,
    examples: usize,
}

impl Account {
    pub(crate) async fn new(emulator: &Emulator) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let values = Values {
            recipient: "+16505551234",
            messages: HashMap::new(),
            links: serve_media().await?,
            template: String::new(),
        };
        let control = format!("{}/control/actions", emulator.url());
        let templates = BTreeSet::from([("hello_world".to_owned(), "en_US".to_owned())]);
        let account = Self { http, control, values, templates, examples: 0 };
        for (kind, mime_type, bytes) in MEDIA {
            let file =
                json!({ "id": placeholders::media_id(kind), "mime_type": mime_type, "base64": STANDARD.encode(bytes) });
            account.perform(json!({ "add_media": file })).await?;
        }
        for (id, name, status) in FLOWS {
            account.perform(json!({ "set_flow": { "id": id, "name": name, "status": status } })).await?;
        }
        Ok(account)
    }

    /// Fills the placeholders of an example, and creates what it names. Returns the body.
    pub(crate) async fn prepare(&mut self, call: &str, body: &Value) -> anyhow::Result<Value> {
        self.examples += 1;
        self.values.template = format!("example_{}", self.examples);
        let recipient = placeholders::recipient(body, &self.values);
        if !self.values.messages.contains_key(&recipient) {
            let said = self.perform(json!({ "says": { "user": format!("+{recipient}"), "text": "hi" } })).await?;
            let id = said["id"].as_str().context("the message has no id")?.to_owned();
            self.values.messages.insert(recipient, id);
        }
        let body = placeholders::fill(body, &self.values);
        self.create_products(&body).await?;
        self.create_template(call, &body["template"]).await?;
        Ok(body)
    }

    async fn create_products(&self, body: &Value) -> anyhow::Result<()> {
        let (mut catalogs, mut products) = (Vec::new(), Vec::new());
        strings(body, "catalog_id", &mut catalogs);
        strings(body, "product_retailer_id", &mut products);
        strings(body, "thumbnail_product_retailer_id", &mut products);
        let catalog = catalogs.pop().unwrap_or_else(|| CATALOG.to_owned());
        if !products.is_empty() {
            self.perform(json!({ "add_products": { "catalog": catalog, "products": products } })).await?;
        }
        Ok(())
    }

    async fn create_template(&mut self, call: &str, template: &Value) -> anyhow::Result<()> {
        let (Some(name), Some(language)) = (template["name"].as_str(), template["language"]["code"].as_str()) else {
            return Ok(());
        };
        if !self.templates.insert((name.to_owned(), language.to_owned())) {
            return Ok(());
        }
        let category = if call == "marketing_messages" { "MARKETING" } else { "UTILITY" };
        let components = definition(&template["components"]);
        let template = json!({ "name": name, "language": language, "category": category, "components": components });
        self.perform(json!({ "create_template": { "template": template } })).await.map(drop)
    }

    async fn perform(&self, action: Value) -> anyhow::Result<Value> {
        let response = self.http.post(&self.control).json(&action).send().await?;
        let (status, outcome) = (response.status(), response.json::<Value>().await?);
        if !status.is_success() {
            bail!("the control API refuses {action}: {outcome}");
        }
        Ok(outcome)
    }
}

/// Serves a media file of each kind on a free port. Returns the base of their URLs.
async fn serve_media() -> anyhow::Result<String> {
    let files = MEDIA.into_iter().fold(Router::new(), |router, (kind, mime_type, bytes)| {
        router.route(&format!("/{kind}"), get(move || async move { ([(CONTENT_TYPE, mime_type)], bytes) }))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, files).await });
    Ok(base)
}

/// Collects the strings under a key, at any depth.
fn strings(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key).and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| strings(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, found)),
        _ => {}
    }
}

/// Returns the components of a template that takes the parameters of a message.
fn definition(components: &Value) -> Value {
    let (mut parts, mut buttons) = (Vec::new(), Vec::new());
    let mut body = json!({ "type": "BODY", "text": "Hello" });
    for component in components.as_array().map_or(&[][..], Vec::as_slice) {
        let parameters = component["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        match component["type"].as_str() {
            Some("header") => {
                let format = parameters[0]["type"].as_str().unwrap_or_default().to_ascii_uppercase();
                parts.push(json!({ "type": "HEADER", "format": format }));
            }
            Some("body") => {
                let places: Vec<_> = (1..=parameters.len()).map(|n| format!("{{{{{n}}}}}")).collect();
                let words = vec!["word"; parameters.len()];
                body["text"] = format!("Hello {}", places.join(" ")).into();
                body["example"] = json!({ "body_text": [words] });
            }
            _ => {
                let kind = component["sub_type"].as_str().unwrap_or_default().to_ascii_uppercase();
                buttons.push(json!({ "type": kind, "text": format!("Button {}", buttons.len()) }));
            }
        }
    }
    parts.push(body);
    if !buttons.is_empty() {
        parts.push(json!({ "type": "BUTTONS", "buttons": buttons }));
    }
    parts.into()
}
