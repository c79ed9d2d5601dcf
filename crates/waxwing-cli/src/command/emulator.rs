//! `waxwing emulator`.

use std::path::{Path, PathBuf};

use crate::emulator_flags::EmulatorFlags;
use crate::http_url::http_url_text;
use crate::listen_flags::ListenFlags;
use crate::output::print_text;
use clap::Args;
use waxwing::{ConfigError, shutdown_signal};
use waxwing_emulator::{Emulator, Scenario};

/// Emulate the Cloud API for any server, with a phone in the browser.
///
/// Nothing leaves this machine. The token and the secrets are fixed examples, not confidential values.
#[derive(Debug, Args)]
pub(crate) struct EmulatorCommand {
    /// URL of the server's webhook.
    #[arg(
        long,
        value_name = "URL",
        env = "WAXWING_EMULATOR_WEBHOOK",
        value_parser = http_url_text,
        default_value = "http://127.0.0.1:7777/whatsapp/webhook"
    )]
    webhook: String,

    #[command(flatten)]
    listen: ListenFlags,

    /// Id of the business phone number.
    #[arg(long, value_name = "ID", env = "WAXWING_EMULATOR_PHONE_NUMBER_ID", default_value = "1000001")]
    phone_number_id: String,

    /// Another business number of the same account: its id and its phone number in digits. Repeat the flag for more, or separate numbers
    /// with commas.
    #[arg(
        long,
        value_name = "ID=DIGITS",
        env = "WAXWING_EMULATOR_NUMBER",
        value_delimiter = ',',
        value_parser = additional_number
    )]
    number: Vec<(String, String)>,

    /// Access token that the server must send.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WAXWING_EMULATOR_ACCESS_TOKEN",
        hide_env_values = true,
        default_value = "emulated-token"
    )]
    access_token: String,

    /// App secret that signs the webhooks.
    #[arg(
        long,
        value_name = "SECRET",
        env = "WAXWING_EMULATOR_APP_SECRET",
        hide_env_values = true,
        default_value = "emulated-secret"
    )]
    app_secret: String,

    /// Verify token of the webhook.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WAXWING_EMULATOR_VERIFY_TOKEN",
        hide_env_values = true,
        default_value = "emulated-verify-token"
    )]
    verify_token: String,

    /// Scenario in TOML: actions of users, and faults.
    #[arg(long, value_name = "FILE", env = "WAXWING_EMULATOR_SCENARIO")]
    scenario: Option<PathBuf>,

    #[command(flatten)]
    flags: EmulatorFlags,
}

fn additional_number(text: &str) -> Result<(String, String), String> {
    let parted = text
        .split_once('=')
        .filter(|(id, digits)| !id.is_empty() && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()));
    let (id, digits) = parted.ok_or("an id, `=` and digits, such as 1000002=15550002222")?;
    Ok((id.to_owned(), digits.to_owned()))
}

impl EmulatorCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let stop = shutdown_signal();
        let mut builder = self.listen.apply(self.flags.apply(Emulator::builder()));
        for (id, digits) in &self.number {
            builder = builder.number(id, digits);
        }
        if let Some(file) = &self.scenario {
            builder = builder.scenario(read_scenario(file)?);
        }
        let emulator = builder
            .phone_number_id(&self.phone_number_id)
            .access_token(&self.access_token)
            .app_secret(Some(self.app_secret.clone()))
            .verify_token(&self.verify_token)
            .webhook(&self.webhook)
            .start()
            .await
            .map_err(|error| self.listen.explain(error))?;
        self.listen.write_ca_file(&emulator)?;
        self.announce(&emulator);
        stop.await;
        emulator.shutdown().await;
        Ok(())
    }

    /// Prints how to use the emulator. The last line states that it listens.
    fn announce(&self, emulator: &Emulator) {
        let Self { webhook, phone_number_id, access_token, app_secret, verify_token, .. } = self;
        let (url, seed, (waba_id, app_id)) = (emulator.url(), emulator.seed(), self.flags.account());
        print_text!(
            "\n  The phone: {url}/\n  The control API: {url}/control\n  Webhooks go to {webhook}\n\n  \
             Account (WABA) {waba_id}, app {app_id}, number {phone_number_id}, seed {seed}\n\n  \
             A Waxwing server uses it with\n\n    \
             export WHATSAPP_GRAPH_URL={url}\n    \
             export WHATSAPP_PHONE_NUMBER_ID={phone_number_id}\n    \
             export WHATSAPP_ACCESS_TOKEN={access_token}\n    \
             export WHATSAPP_VERIFY_TOKEN={verify_token}\n    \
             export WHATSAPP_APP_SECRET={app_secret}\n    \
             export APP_ENV=production HOST=127.0.0.1\n"
        );
        self.listen.announce_proxy(emulator);
        if let Some(address) = emulator.address() {
            print_text!("  Listening on {address}. Stop with Ctrl-C.\n");
        }
    }
}

/// Reads a scenario. An error names the file, the line and the key.
fn read_scenario(file: &Path) -> anyhow::Result<Scenario> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(format!("the scenario {name} cannot be read: {error}")))?;
    let scenario = text.parse::<Scenario>().map_err(|error| {
        // The parser shows the place in several lines: the first has the position, the last the message.
        let text = error.to_string();
        let (first, last) = (text.lines().next().unwrap_or_default(), text.lines().last().unwrap_or_default());
        let message = if first == last { first.to_owned() } else { format!("{first}: {last}") };
        ConfigError::new(format!("the scenario {name} is wrong: {message}"))
    })?;
    Ok(scenario)
}
