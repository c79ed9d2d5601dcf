//! Trial of the public address of the webhook, with requests as Meta sends them.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret as _;
use url::Url;
use waxwing::Settings;
use waxwing::webhook::AppSecrets;

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "public address";

/// Timeout of a request. Meta expects an answer within seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Largest part of an answer that is read.
const MAX_ANSWER: usize = 1024;

/// Challenge of the trial.
const CHALLENGE: &str = "waxwing-0123456789";

/// Notification without an event, with the escapes that Meta uses. A proxy that writes the JSON anew breaks its signature.
const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[],"note":"\u00e9 \/"}"#;

/// Tries the address: the verification with the right and a wrong token, and a notification with the right and a wrong signature.
pub(crate) async fn check(settings: &Settings, url: &str) -> Vec<Finding> {
    let address = match parse(url) {
        Ok(address) => address,
        Err(finding) => return vec![finding],
    };
    let client = match reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT).build() {
        Ok(client) => client,
        Err(error) => return vec![unreachable(&error)],
    };
    let probe = Probe { client, address, settings };
    let mut findings = Vec::new();
    match probe.verification().await {
        Ok(of_verification) => findings.extend(of_verification),
        // A server that cannot be reached would fail each further request.
        Err(finding) => return vec![finding],
    }
    match probe.notifications().await {
        Ok(of_notifications) => findings.extend(of_notifications),
        Err(finding) => findings.push(finding),
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "accepts Meta's verification and signed webhooks, and refuses others"));
    }
    findings
}

struct Probe<'a> {
    client: reqwest::Client,
    address: Url,
    settings: &'a Settings,
}

impl Probe<'_> {
    /// Tries the verification. The error is a fault because of which nothing else can be tried.
    async fn verification(&self) -> Result<Vec<Finding>, Finding> {
        let mut findings = Vec::new();
        let Some(token) = &self.settings.webhook_secrets.verify_token else { return Ok(findings) };
        let (status, answer) = self.verify(token.expose_secret()).await?;
        if status != StatusCode::OK || answer != CHALLENGE {
            findings.push(refused_verification(status));
        }
        let (status, _) = self.verify("a wrong token").await?;
        if status == StatusCode::OK {
            let fix = "let the address lead to the server itself, not to a page that answers every request";
            findings.push(Finding::error(CHECK, "accepts a wrong verify token", fix));
        }
        Ok(findings)
    }

    async fn verify(&self, token: &str) -> Result<(StatusCode, String), Finding> {
        let mut address = self.address.clone();
        let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", CHALLENGE)];
        address.query_pairs_mut().extend_pairs(query);
        let response = self.client.get(address).send().await.map_err(|error| unreachable(&error))?;
        redirected(&response)?;
        Ok((response.status(), text(response).await))
    }

    /// Tries notifications.
    async fn notifications(&self) -> Result<Vec<Finding>, Finding> {
        let mut findings = Vec::new();
        let Some(secrets) = &self.settings.app_secrets else { return Ok(findings) };
        let status = self.notify(&secrets.sign(BODY.as_bytes())).await?;
        if status != StatusCode::OK {
            findings.push(refused_notification(status));
        }
        let stranger = AppSecrets::new(["not the secret of the app"]).map(|secrets| secrets.sign(BODY.as_bytes()));
        if let Ok(signature) = stranger
            && self.notify(&signature).await?.is_success()
        {
            let fix = "set WHATSAPP_APP_SECRET for the server, and remove APP_ENV=development";
            findings.push(Finding::error(CHECK, "accepts a webhook with a wrong signature", fix));
        }
        Ok(findings)
    }

    async fn notify(&self, signature: &str) -> Result<StatusCode, Finding> {
        let request = self
            .client
            .post(self.address.clone())
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(BODY);
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        redirected(&response)?;
        Ok(response.status())
    }
}

fn parse(url: &str) -> Result<Url, Finding> {
    let fix = "write the address as Meta calls it, such as https://bot.example.com/whatsapp/webhook";
    let address = Url::parse(url).ok().filter(|address| matches!(address.scheme(), "http" | "https"));
    address.ok_or_else(|| Finding::error(CHECK, format!("{url} is no address of a webhook"), fix))
}

fn redirected(response: &Response) -> Result<(), Finding> {
    if !response.status().is_redirection() {
        return Ok(());
    }
    let found = format!("answers with a redirect (status {})", response.status().as_u16());
    Err(Finding::error(CHECK, found, "enter the address to which it leads at Meta, which follows no redirects"))
}

fn unreachable(error: &reqwest::Error) -> Finding {
    let mut causes = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let fix = "start the server and its tunnel or proxy; the name must lead to them, with a certificate of a public authority";
    Finding::error(CHECK, causes.join(": "), fix)
}

fn refused_verification(status: StatusCode) -> Finding {
    let (found, fix) = match status {
        StatusCode::FORBIDDEN => (
            "refuses the verify token (status 403)",
            "start the server with the same WHATSAPP_VERIFY_TOKEN; let no filter of the proxy answer",
        ),
        StatusCode::NOT_FOUND => (
            "has no webhook at this path (status 404)",
            "compare the path with the line `webhook` in the log of the server, and with the prefix of [server]",
        ),
        StatusCode::OK => ("answers with another text than the challenge", "let the address lead to the server itself"),
        _ => return unusual(status),
    };
    Finding::error(CHECK, found, fix)
}

fn refused_notification(status: StatusCode) -> Finding {
    let found = "refuses a signed webhook (status 403)";
    let fix = "start the server with the secret of this app; let the proxy pass the body on byte for byte";
    if status == StatusCode::FORBIDDEN { Finding::error(CHECK, found, fix) } else { unusual(status) }
}

fn unusual(status: StatusCode) -> Finding {
    let fix = "read the log of the server and of the proxy; a status from 502 to 504 means that the proxy does not reach the server";
    Finding::error(CHECK, format!("answers with status {}", status.as_u16()), fix)
}

/// Reads the beginning of an answer.
async fn text(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
