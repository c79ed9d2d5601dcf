//! Trial of the public address of the webhook, with requests as Meta sends them.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret as _;
use url::{Host, Url};
use waxwing::Settings;
use waxwing::webhook::AppSecrets;

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "public address";

/// Timeout of a request. Meta expects an answer within seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// User agent of Meta's webhooks, which filters against bots may refuse.
///
/// Seen in reports of webhooks; Meta documents none.
const USER_AGENT: &str = "facebookexternalua";

/// End of the findings about requests that are refused.
const FORBIDDEN: &str = "(status 403)";

/// Largest part of an answer that is read.
const MAX_ANSWER: usize = 1024;

/// Challenge of the trial.
const CHALLENGE: &str = "waxwing-0123456789";

/// Notification without an event, with the escapes that Meta uses. A proxy that rewrites the JSON breaks its signature.
const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[],"note":"\u00e9 \/"}"#;

/// Size of the largest notification that is tried, in bytes. It is above the default limit of nginx, 1 MB, and below Meta's 3 MB.
const LARGE: usize = 2_500_000;

/// Tries the address: the verification with the right and a wrong token, and a notification with the right and a wrong signature.
pub(crate) async fn check(settings: &Settings, url: &str) -> Vec<Finding> {
    let address = match parse(url) {
        Ok(address) => address,
        Err(finding) => return vec![finding],
    };
    if let Some(finding) = unreachable_for_meta(settings, &address) {
        return vec![finding];
    }
    let client =
        match reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT).user_agent(USER_AGENT).build() {
            Ok(client) => client,
            Err(error) => return vec![unreachable(error)],
        };
    let probe = Probe { client, address, settings };
    let mut findings = Vec::new();
    match probe.verification().await {
        Ok(of_verification) => findings.extend(of_verification),
        Err(finding) => return vec![finding],
    }
    match probe.notifications().await {
        Ok(of_notifications) => findings.extend(of_notifications),
        Err(finding) => findings.push(finding),
    }
    if findings.iter().filter(|finding| finding.found.ends_with(FORBIDDEN)).count() > 1 {
        let fix = "let the filter of the proxy pass requests to the path of the webhook. If there is no filter, start the server with the \
                   same WHATSAPP_VERIFY_TOKEN and WHATSAPP_APP_SECRET";
        return vec![Finding::error(CHECK, format!("refuses every request {FORBIDDEN}"), fix)];
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "accepts Meta's verification and signed webhooks, and refuses others"));
    }
    findings
}

/// Examines whether Meta can call an address at all. The emulator calls any.
fn unreachable_for_meta(settings: &Settings, address: &Url) -> Option<Finding> {
    let graph = settings.graph.url.as_deref().and_then(|url| Url::parse(url).ok());
    if graph.is_some_and(|graph| is_local(&graph)) {
        return None;
    }
    let fix = "use the public name of the tunnel or proxy, such as https://bot.example.com/whatsapp/webhook";
    match address.scheme() {
        _ if is_local(address) => Some(Finding::error(CHECK, format!("{address} is an address of this machine"), fix)),
        "https" => None,
        _ => Some(Finding::error(CHECK, format!("{address} has no TLS, and Meta calls HTTPS addresses only"), fix)),
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => true,
    }
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
        match status {
            StatusCode::OK if answer == CHALLENGE => {}
            StatusCode::FORBIDDEN => findings.push(refused_verification(status)),
            // There is no webhook at this address.
            _ => return Err(refused_verification(status)),
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
        let response = self.client.get(address).send().await.map_err(unreachable)?;
        redirected(&response)?;
        Ok((response.status(), text(response).await))
    }

    /// Tries notifications.
    async fn notifications(&self) -> Result<Vec<Finding>, Finding> {
        let mut findings = Vec::new();
        let Some(secrets) = &self.settings.app_secrets else { return Ok(findings) };
        let status = self.notify(&secrets.sign(BODY.as_bytes()), BODY).await?;
        if status != StatusCode::OK {
            findings.push(refused_notification(status));
        }
        let large = format!(r#"{{"object":"whatsapp_business_account","entry":[],"note":"{}"}}"#, "a".repeat(LARGE));
        let status = self.notify(&secrets.sign(large.as_bytes()), large).await?;
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let fix = "let the proxy accept 3 MB, with nginx by `client_max_body_size 4m;`. Meta's webhooks can have that size";
            findings.push(Finding::error(CHECK, "refuses a large webhook (status 413)", fix));
        }
        let stranger = AppSecrets::new(["not the secret of the app"]).map(|secrets| secrets.sign(BODY.as_bytes()));
        if let Ok(signature) = stranger
            && self.notify(&signature, BODY).await?.is_success()
        {
            let fix = "let the address lead to the server itself; set WHATSAPP_APP_SECRET for the server, and remove APP_ENV=development";
            findings.push(Finding::error(CHECK, "accepts a webhook with a wrong signature", fix));
        }
        Ok(findings)
    }

    async fn notify(&self, signature: &str, body: impl Into<reqwest::Body>) -> Result<StatusCode, Finding> {
        let request = self
            .client
            .post(self.address.clone())
            .header("content-type", "application/json")
            .header("x-hub-signature-256", signature)
            .body(body);
        let response = request.send().await.map_err(unreachable)?;
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

fn unreachable(error: reqwest::Error) -> Finding {
    if error.is_timeout() {
        let found = format!("has not answered within {} seconds", TIMEOUT.as_secs());
        let fix = "look for a slow proxy or a server without time or disk; Meta expects an answer within seconds";
        return Finding::error(CHECK, found, fix);
    }
    let fix = "start the server and its tunnel or proxy; the name must lead to them, with a certificate of a public authority. If the \
               tunnel has a new name, run `waxwing setup --url URL` with the new address";
    // The query of the address has the verify token.
    let error = anyhow::Error::from(error.without_url());
    Finding::error(CHECK, format!("cannot be reached: {error:#}"), fix)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_reach(graph: Option<&str>, address: &str, expected: Option<&str>) {
        let variables = |setting: &waxwing::Setting| match setting.variable {
            "WHATSAPP_ACCESS_TOKEN" | "WHATSAPP_PHONE_NUMBER_ID" => Some("1".to_owned()),
            "WHATSAPP_GRAPH_URL" => graph.map(str::to_owned),
            _ => None,
        };
        let settings = Settings::read(&variables).unwrap();
        let found = unreachable_for_meta(&settings, &address.parse().unwrap()).map(|finding| finding.found);
        match expected {
            Some(part) => assert!(found.as_ref().is_some_and(|found| found.contains(part)), "{found:?}"),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn meta_calls_public_addresses_with_tls_only() {
        check_reach(None, "https://bot.example.com/whatsapp/webhook", None);
        check_reach(None, "http://bot.example.com/whatsapp/webhook", Some("no TLS"));
        check_reach(None, "https://localhost/whatsapp/webhook", Some("this machine"));
        check_reach(None, "http://192.168.0.7:7777/whatsapp/webhook", Some("this machine"));
        check_reach(Some("http://127.0.0.1:7778"), "http://127.0.0.1:7777/whatsapp/webhook", None);
    }
}
