//! A server with the API for other systems.

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use waxwing_tests::{Launch, ServerProcess, TestEnv};

use crate::json_schema;

/// Token of the API.
pub(crate) const API_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The API of a server, and what the API documents.
pub(crate) struct Api {
    pub(crate) origin: String,
    pub(crate) client: Client,
    /// Id of the business number.
    pub(crate) number: String,
    document: Value,
}

impl Api {
    /// Starts a server with the API.
    pub(crate) async fn start(env: &TestEnv, launch: Launch<'_>) -> (Self, ServerProcess) {
        let launch = launch.set("WAXWING_API_TOKEN", API_TOKEN).set("WAXWING_API_LISTEN", "127.0.0.1:0");
        let mut server = launch.spawn();
        let ready = server.wait_for_log("api ready").await;
        let origin = format!("http://{}", ready["address"].as_str().unwrap());
        let listening = server.wait_for_log("listening").await;
        env.emulator.set_webhook(format!("http://{}/whatsapp/webhook", listening["address"].as_str().unwrap()));
        let client = Client::builder().no_proxy().build().unwrap();
        let number = env.emulator.phone_number_id().to_owned();
        let mut api = Self { origin, client, number, document: Value::Null };
        let document = api.request(Method::GET, "/v1/openapi.json").send().await.unwrap();
        api.document = document.json().await.unwrap();
        (api, server)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin)).bearer_auth(API_TOKEN)
    }

    /// Returns the documented operations: paths and methods.
    pub(crate) fn operations(&self) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for (path, methods) in self.document["paths"].as_object().unwrap() {
            found.extend(methods.as_object().unwrap().keys().map(|method| (path.as_str(), method.as_str())));
        }
        found
    }

    /// Sends a request, and checks that its response is documented for this operation: a path and a method.
    pub(crate) async fn call(&self, request: RequestBuilder, operation: (&str, &str)) -> (StatusCode, Value) {
        let response = request.send().await.unwrap();
        let status = response.status();
        let (path, method) = operation;
        let documented = &self.document["paths"][path][method]["responses"][status.as_str()];
        assert!(documented.is_object(), "{method} {path}: status {status} is not documented");
        let body = response.text().await.unwrap();
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        if let Some(content) = documented.get("content") {
            let schema = &content["application/json"]["schema"];
            json_schema::check(&self.document, schema, &body, &format!("{status} of {method} {path}"));
        }
        (status, body)
    }
}
