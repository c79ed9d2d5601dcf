//! A user who writes to the server of `waxwing dev`.

use reqwest::Client;
use serde_json::{Value, json};
use waxwing_tests::{Launch, ServerProcess, TestEnv};

/// A running `waxwing dev`, and a chat with it on its phone page.
pub(crate) struct DevPhone {
    pub(crate) server: ServerProcess,
    client: Client,
    url: String,
    /// Id of the last message of the business.
    last: Option<String>,
}

/// Configures `waxwing dev` on free ports, with its own database.
pub(crate) fn dev<'a>(env: &'a TestEnv, arguments: &[&str]) -> Launch<'a> {
    let fixed = ["--log-format", "json", "dev", "--phone-port", "0", "--port", "0"];
    env.run(&[&fixed, arguments].concat()).unset("DATABASE_URL")
}

impl DevPhone {
    /// Starts the server, and waits until it is ready.
    pub(crate) async fn start(launch: Launch<'_>) -> Self {
        let mut server = launch.spawn();
        let url = server.wait_for_line("http://").await.trim().trim_end_matches('/').to_owned();
        server.wait_for_line("Stop with Ctrl-C").await;
        Self { server, client: Client::builder().no_proxy().build().unwrap(), url, last: None }
    }

    /// Sends a text, and returns the text of the answer.
    pub(crate) async fn ask(&mut self, text: &str) -> String {
        let says = json!({"says": {"user": "+34600000000", "text": text}});
        let said = self.client.post(format!("{}/control/actions", self.url)).json(&says).send().await.unwrap();
        let said: Value = said.error_for_status().unwrap().json().await.unwrap();
        let mut query = vec![("wait", "20")];
        query.extend(self.last.as_deref().map(|last| ("after", last)));
        let url = format!("{}/phone/chats/{}/messages", self.url, said["user"]);
        let url = reqwest::Url::parse_with_params(&url, query).unwrap();
        let messages: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        let answer = &messages["messages"][0];
        self.last =
            Some(answer["id"].as_str().unwrap_or_else(|| panic!("no answer: {}", self.server.log())).to_owned());
        answer["text"].as_str().unwrap().to_owned()
    }
}
