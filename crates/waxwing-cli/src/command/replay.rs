//! `waxwing replay`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::oneshot;
use waxwing::engine::Engine;
use waxwing::{ConfigError, shutdown_signal};
use waxwing_config::ConfigPurpose;
use waxwing_emulator::{Emulator, Pace};
use waxwing_recorder::{Recording, Replay, ReplayReport};

use super::deployment::Deployment;
use super::emulated::{at_emulator, reachable, with_numbers};
use crate::http_url::http_url_text;
use crate::output::print_text;
use crate::setting_flags::{SettingFlags, file_help};

/// Replay a recording against a bot, and show how its messages differ from the recorded ones.
///
/// An emulator plays the users of the recording. The bot has to run, and to use the emulator as its Graph API; with --serve, this command runs
/// the agents of waxwing.toml itself. The exit code is 1 if the bot sends other messages.
#[derive(Debug, Args)]
pub(crate) struct ReplayCommand {
    /// Recording, in TOML.
    file: PathBuf,

    /// URL of the bot's webhook.
    #[arg(
        long,
        value_name = "URL",
        value_parser = http_url_text,
        default_value = "http://127.0.0.1:7777/whatsapp/webhook"
    )]
    webhook: String,

    /// Serve the agents of waxwing.toml in this process, at a free port and with an empty database, and replay the recording against them.
    #[arg(long, conflicts_with_all = ["webhook", "port", "phone_number_id", "access_token", "app_secret"])]
    serve: bool,

    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG", help = file_help())]
    config: Option<PathBuf>,

    /// Port of the emulator; 0 takes a free one.
    #[arg(long, default_value_t = 7778)]
    port: u16,

    /// Id of the business phone number.
    #[arg(long, value_name = "ID", default_value = "1000001")]
    phone_number_id: String,

    /// Access token that the bot sends.
    #[arg(long, value_name = "TOKEN", default_value = "emulated-token")]
    access_token: String,

    /// App secret that signs the webhooks.
    #[arg(long, value_name = "SECRET", default_value = "emulated-secret")]
    app_secret: String,

    /// Compare only the types of messages, for bots whose texts differ from run to run.
    #[arg(long)]
    types_only: bool,

    /// How long a step waits for the messages that the bot had sent before it.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    patience: Duration,
}

impl ReplayCommand {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let name = self.file.display();
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| ConfigError::new(format!("the recording {name} cannot be read: {error}")))?;
        let recording: Recording =
            text.parse().map_err(|error| ConfigError::new(format!("the recording {name} is wrong: {error}")))?;
        let (steps, sent) = (recording.steps(), recording.sent());
        let replay = Replay::new(recording).patience(self.patience).compare_types_only(self.types_only);
        if self.serve {
            let report = Box::pin(serve_and_replay(&replay, steps, SettingFlags::with_file(self.config))).await?;
            return conclude(&report, sent);
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let emulator = replay
            .prepare(Emulator::builder())
            .bind(address)
            .pace(Pace::Off)
            .phone_number_id(&self.phone_number_id)
            .access_token(&self.access_token)
            .app_secret(Some(self.app_secret.clone()))
            .webhook(&self.webhook)
            .start()
            .await
            .with_context(|| {
                format!("the emulator cannot listen on {address}: stop the other program or pass --port 0")
            })?;
        print_text!("  Replaying {steps} steps against {}. The Graph API is {}", self.webhook, emulator.url());
        let report = tokio::select! {
            report = replay.run(&emulator) => report?,
            () = shutdown_signal() => anyhow::bail!("the replay was stopped"),
        };
        emulator.shutdown().await;
        conclude(&report, sent)
    }
}

/// Prints the result of a replay of `sent` messages. Fails if the bot sent others.
fn conclude(report: &ReplayReport, sent: usize) -> anyhow::Result<()> {
    if !report.is_equal() {
        print_text!("{report}");
        anyhow::bail!("the bot sent {} messages, which differ from the {sent} recorded ones", report.messages());
    }
    print_text!("  The bot sent the same {sent} messages.");
    Ok(())
}

/// Replays against the agents of the settings file, which are served in this process with a temporary database.
async fn serve_and_replay(replay: &Replay, steps: usize, flags: SettingFlags) -> anyhow::Result<ReplayReport> {
    let file = flags.file().display().to_string();
    let config = flags.config(ConfigPurpose::Emulator)?;
    let emulator = replay.prepare(with_numbers(Emulator::builder(), &config));
    let emulator = emulator.bind((Ipv4Addr::LOCALHOST, 0).into()).pace(Pace::Off).start().await?;
    let directory = tempfile::tempdir()?;
    let database = format!("sqlite://{}", directory.path().join("replay.db").display());
    let flags = at_emulator(flags.force("DATABASE_URL", database), &emulator)
        .force("PORT", "0")
        .force("WAXWING_PAIR_INTERVAL", "0");
    let deployment = Deployment::new(config, flags, ConfigPurpose::Emulator, Some("demo"))?;
    let prefix = deployment.numbers()[0].settings.prefix.clone();
    let (is_ready, ready) = oneshot::channel();
    let announce = |address, _: &Engine| {
        emulator.set_webhook(format!("http://{}{prefix}/webhook", reachable(address)));
        // The receiver lives as long as this closure.
        let _ = is_ready.send(());
    };
    let replaying = async {
        ready.await.context("the server did not start")?;
        print_text!("  Replaying {steps} steps against {file}");
        Ok(replay.run(&emulator).await?)
    };
    let report = tokio::select! {
        served = deployment.serve(announce) => {
            served?;
            Err(anyhow::anyhow!("the replay was stopped"))
        }
        report = replaying => report,
    };
    emulator.shutdown().await;
    report
}
