//! `waxwing emulator`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use waxwing::ConfigError;
use waxwing::shutdown_signal;
use waxwing_emulator::{Emulator, Rule, Rules, Scenario};

/// Play WhatsApp for any server, this one or another: a fake of the Cloud API with a phone in the browser.
///
/// Nothing leaves this machine. The token and the secrets are made up and may be known to anybody.
#[derive(Debug, Args)]
pub(crate) struct EmulatorCommand {
    /// Where the server takes webhooks.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7777/whatsapp/webhook")]
    webhook: String,

    /// Port of the Graph API and the phone page; 0 takes a free one.
    #[arg(long, default_value_t = 7778)]
    port: u16,

    /// Id of the business phone number.
    #[arg(long, value_name = "ID", default_value = "1000001")]
    phone_number_id: String,

    /// One more business number of the same account, by its id and its digits. Can be given several times.
    #[arg(long, value_name = "ID=DIGITS", value_parser = further_number)]
    number: Vec<(String, String)>,

    /// Token that the server must send.
    #[arg(long, value_name = "TOKEN", default_value = "emulated-token")]
    access_token: String,

    /// Secret that signs the webhooks.
    #[arg(long, value_name = "SECRET", default_value = "emulated-secret")]
    app_secret: String,

    /// Word of the webhook's verification.
    #[arg(long, value_name = "WORD", default_value = "emulated-word")]
    verify_token: String,

    /// Read a rule leniently that Meta's documentation leaves open, by its name; `all` for all of them. Can be given several times.
    #[arg(long, value_name = "RULE", value_parser = lenient)]
    lenient: Vec<Lenient>,

    /// What happens and what goes wrong: a scenario in TOML.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
}

/// What is read leniently.
#[derive(Debug, Clone, Copy)]
enum Lenient {
    All,
    One(Rule),
}

fn further_number(text: &str) -> Result<(String, String), String> {
    let parted = text
        .split_once('=')
        .filter(|(id, digits)| !id.is_empty() && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()));
    let (id, digits) = parted.ok_or("an id, `=` and digits, such as 1000002=15550002222")?;
    Ok((id.to_owned(), digits.to_owned()))
}

fn lenient(name: &str) -> Result<Lenient, String> {
    if name == "all" {
        return Ok(Lenient::All);
    }
    let rule = name.parse::<Rule>().ok().filter(|rule| rule.has_lenient_reading());
    rule.map(Lenient::One).ok_or_else(|| {
        let names = Rule::ALL.iter().filter(|rule| rule.has_lenient_reading()).map(|rule| rule.name());
        format!("there is no such rule; there are: all, {}", names.collect::<Vec<_>>().join(", "))
    })
}

impl EmulatorCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let stop = shutdown_signal();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let rules = self.lenient.iter().fold(Rules::strict(), |rules, lenient| match lenient {
            Lenient::All => Rules::lenient(),
            Lenient::One(rule) => rules.with_lenient(*rule),
        });
        let mut builder = Emulator::builder().rules(rules);
        for (id, digits) in &self.number {
            builder = builder.number(id, digits);
        }
        if let Some(file) = &self.scenario {
            builder = builder.scenario(read_scenario(file)?);
        }
        let emulator = builder
            .bind(address)
            .phone_number_id(&self.phone_number_id)
            .access_token(&self.access_token)
            .app_secret(Some(self.app_secret.clone()))
            .verify_token(&self.verify_token)
            .webhook(&self.webhook)
            .start()
            .await
            .with_context(|| {
                format!("the emulator cannot listen on {address}: stop the other program or say --port 0")
            })?;
        let Self { phone_number_id, access_token, app_secret, verify_token, webhook, .. } = self;
        let url = emulator.url();
        println!(
            "\n  The phone: {url}/\n  The control API: {url}/control\n  Webhooks go to {webhook}\n\n  A Waxwing server finds it with\n\n    \
             export WHATSAPP_GRAPH_URL={url}\n    \
             export WHATSAPP_PHONE_NUMBER_ID={phone_number_id}\n    \
             export WHATSAPP_ACCESS_TOKEN={access_token}\n    \
             export WHATSAPP_VERIFY_TOKEN={verify_token}\n    \
             export WHATSAPP_APP_SECRET={app_secret}\n    \
             export APP_ENV=production HOST=127.0.0.1\n\n  Stop with Ctrl-C.\n"
        );
        stop.await;
        emulator.shutdown().await;
        Ok(())
    }
}

/// Reads a scenario; what is wrong with it is said with file, line and key.
fn read_scenario(file: &Path) -> anyhow::Result<Scenario> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError::new(format!("the scenario {name} cannot be read: {error}")))?;
    let scenario = text.parse::<Scenario>().map_err(|error| {
        // The parser draws the place over several lines; the first says where it is, the last what is wrong.
        let drawing = error.to_string();
        let (first, last) = (drawing.lines().next().unwrap_or_default(), drawing.lines().last().unwrap_or_default());
        let told = if first == last { first.to_owned() } else { format!("{first}: {last}") };
        ConfigError::new(format!("the scenario {name} is wrong: {told}"))
    })?;
    Ok(scenario)
}
