//! `waxwing setup`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use secrecy::ExposeSecret as _;
use waxwing::client::types::{OutboundMessage, TemplateMessage, WaId};

use super::webhook::subscribe_app;
use crate::doctor::{Level, callback, print};
use crate::number_flags::explained;
use crate::output::{print_line, print_text};
use crate::setup::{Credentials, Questions, write_environment, write_settings_file};

/// Set up a number: check its credentials with Meta, write `waxwing.toml` and `.env`, subscribe to its webhooks, and send a first message.
///
/// Values come from the environment. The command asks for those that are missing. It never overwrites a file, so it can be run again: the second
/// time with --url, when the server runs and has a public address. docs/setup.md has the steps at Meta.
#[derive(Debug, Args)]
pub(crate) struct Setup {
    /// Directory of the files.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// Public address of the webhook, such as `https://bot.example.com/whatsapp/webhook`. The server must run, because Meta calls the address at once.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Phone number that gets a first message, in digits with the country code. A test number writes to its list of recipients only.
    #[arg(long, value_name = "PHONE")]
    to: Option<String>,

    /// Template of the first message. Each test number has `hello_world`.
    #[arg(long, value_name = "NAME", default_value = "hello_world", requires = "to")]
    template: String,

    /// Language of the template.
    #[arg(long, value_name = "CODE", default_value = "en_US", requires = "to")]
    language: String,
}

impl Setup {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let recipient = self.to.as_deref().map(phone).transpose()?;
        let credentials = Credentials::collect(&Questions::new()).await?;
        self.write_files(&credentials)?;
        let client = credentials.client()?;
        client.waba(credentials.account.clone()).subscribe().await.map_err(|error| explained(&error))?;
        print_line!("ok       app {} gets the webhooks of the account", credentials.app);
        if let Some(url) = &self.url {
            connect(&credentials, url).await?;
        }
        if let Some(recipient) = recipient {
            let template = TemplateMessage::new(self.template, self.language.as_str());
            let sent = client.send(&OutboundMessage::new(recipient, template)).await;
            let sent = sent.map_err(|error| explained(&error)).context("the first message was not sent")?;
            print_line!("ok       first message sent: {}", sent.id.as_str());
        }
        print_text!("{}", next_steps(self.url.is_some()));
        Ok(())
    }

    fn write_files(&self, credentials: &Credentials) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.dir).with_context(|| format!("cannot create {}", self.dir.display()))?;
        let (environment, settings) = (self.dir.join(".env"), self.dir.join("waxwing.toml"));
        let written = write_environment(&environment, &credentials.variables())?;
        print_line!("{} {}", if written { "written " } else { "kept    " }, environment.display());
        let written = write_settings_file(&settings)?;
        print_line!("{} {}", if written { "written " } else { "kept    " }, settings.display());
        Ok(())
    }
}

/// Tries the address, and tells Meta to call it.
async fn connect(credentials: &Credentials, url: &str) -> anyhow::Result<()> {
    let findings = callback::check(&credentials.settings()?, url).await;
    findings.iter().for_each(print);
    if findings.iter().any(|finding| finding.level == Level::Error) {
        bail!(
            "Meta was not told the address, because it does not work. Start the server with the values of .env first"
        );
    }
    let client = credentials.client()?;
    let token = credentials.verify_token.expose_secret();
    subscribe_app(&client, &credentials.app, &credentials.app_secret, url, token).await?;
    print_line!("ok       Meta sends webhooks to {url}");
    Ok(())
}

/// Reads a phone number.
fn phone(text: &str) -> anyhow::Result<WaId> {
    WaId::of_phone(text)
        .context("--to is no phone number; write it in digits with the country code, such as 34600000000")
}

fn next_steps(is_connected: bool) -> &'static str {
    if is_connected {
        "\nWrite to the number on WhatsApp. If no answer arrives, run `waxwing doctor`."
    } else {
        "\nNext:\n  1. Start the server:\n       set -a; . ./.env; set +a; waxwing serve\n  \
         2. Give it a public address with HTTPS: docs/setup.md, step 7.\n  \
         3. In another terminal, with the same environment, tell Meta the address:\n       \
         waxwing setup --url https://NAME/whatsapp/webhook\n  \
         4. Write to the number. If no answer arrives, run `waxwing doctor`."
    }
}
