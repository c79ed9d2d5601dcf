//! `waxwing webhook`.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use waxwing::client::Client;

use crate::doctor::{Level, USED_FIELDS, callback, print};
use crate::number_flags::{AccountFlags, NumberFlags, explained};
use crate::output::print_line;

/// Show and change where Meta sends the webhooks of a number.
#[derive(Debug, Args)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the addresses that Meta has, and the apps that get the webhooks of the account.
    Show {
        #[command(flatten)]
        flags: AccountFlags,
    },
    /// Subscribe the app of the access token to the webhooks of the account, and to the fields that the server uses.
    Subscribe {
        #[command(flatten)]
        flags: AccountFlags,

        /// Address that gets the webhooks of the app. Meta verifies it at once, so the server must run.
        #[arg(long, value_name = "URL")]
        url: Option<String>,

        /// Use the address for this account only. It precedes the address of the app.
        #[arg(long, requires = "url")]
        account_only: bool,
    },
    /// Try a public address with requests as Meta sends them.
    Verify {
        /// Address, such as `https://bot.example.com/whatsapp/webhook`.
        url: String,

        #[command(flatten)]
        flags: NumberFlags,
    },
}

impl Webhook {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Show { flags } => show(flags).await,
            Command::Subscribe { flags, url, account_only } => subscribe(flags, url, account_only).await,
            Command::Verify { url, flags } => verify(flags, &url).await,
        }
    }
}

async fn show(flags: AccountFlags) -> anyhow::Result<()> {
    let (number, account) = flags.open().await?;
    let configuration = number.number().webhook().await.map_err(|error| explained(&error))?;
    let apps = number.client.waba(account).subscribed_apps().await.map_err(|error| explained(&error))?;
    let apps: Vec<_> = apps.iter().map(|app| json!({ "id": app.id, "name": app.name })).collect();
    let report = json!({
        "number": configuration.of_number, "account": configuration.of_account, "app": configuration.of_app, "apps": apps,
    });
    number.output.print(&report, |report| {
        let used = ["number", "account", "app"].into_iter().find(|of| report[of].is_string());
        for of in ["number", "account", "app"] {
            let mark = if used == Some(of) { "  (used)" } else { "" };
            print_line!("address of the {of}: {}{mark}", report[of].as_str().unwrap_or("none"));
        }
        for app in report["apps"].as_array().into_iter().flatten() {
            print_line!(
                "subscribed app: {} {}",
                app["id"].as_str().unwrap_or_default(),
                app["name"].as_str().unwrap_or_default()
            );
        }
        if report["apps"].as_array().is_none_or(Vec::is_empty) {
            print_line!("no app is subscribed to the account; run `waxwing webhook subscribe`");
        }
    })
}

async fn subscribe(flags: AccountFlags, url: Option<String>, account_only: bool) -> anyhow::Result<()> {
    let (number, account) = flags.open().await?;
    let waba = number.client.waba(account);
    let secrets = &number.settings.webhook_secrets;
    let token = || {
        let token = secrets.verify_token.as_ref().map(ExposeSecret::expose_secret);
        token.context("WHATSAPP_VERIFY_TOKEN is not set, and Meta verifies the address with it")
    };
    match &url {
        Some(url) if account_only => {
            waba.subscribe_to(url, token()?).await.map_err(|error| explained(&error))?;
            print_line!("Meta sends the webhooks of this account to {url}");
        }
        Some(url) => {
            let info = number.client.debug_token().await.map_err(|error| explained(&error))?;
            let app = info.app_id.context("Meta does not name the app of the access token")?;
            let secret = secrets.app_secret.as_ref().context("WHATSAPP_APP_SECRET is not set")?;
            subscribe_app(&number.client, &app, secret, url, token()?).await?;
            waba.subscribe().await.map_err(|error| explained(&error))?;
            print_line!("Meta sends the webhooks of the app to {url}, and the app is subscribed to the account");
        }
        None => {
            waba.subscribe().await.map_err(|error| explained(&error))?;
            print_line!("subscribed to the webhooks of the account");
        }
    }
    Ok(())
}

/// Sets the address and the fields of an app.
pub(super) async fn subscribe_app(
    client: &Client,
    app: &str,
    secret: &SecretString,
    url: &str,
    verify_token: &str,
) -> anyhow::Result<()> {
    let app = client.app(app, secret).map_err(|error| explained(&error))?;
    app.subscribe(url, verify_token, &USED_FIELDS).await.map_err(|error| explained(&error))
}

async fn verify(flags: NumberFlags, url: &str) -> anyhow::Result<()> {
    let number = flags.open()?;
    let findings = callback::check(&number.settings, url).await;
    number.output.print_all(&findings, |findings| findings.iter().for_each(print))?;
    if findings.iter().any(|finding| finding.level == Level::Error) {
        bail!("the address does not work");
    }
    Ok(())
}
