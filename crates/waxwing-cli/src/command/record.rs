//! `waxwing record`.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use url::Url;
use waxwing::shutdown_signal;
use waxwing_recorder::{CaptureSummary, Recorder, RecorderSettings, Recording, import_webhook_log};

use crate::http_url::http_url;
use crate::output::print_text;

/// How often a recording in progress is written to its file.
const SAVE_INTERVAL: Duration = Duration::from_secs(5);

/// Record the messages between users and a bot, for `waxwing replay` and for the emulator.
///
/// A proxy stands between the bot and Meta, or between the bot and an emulator, and forwards every request as it came. The recording has no
/// secrets. Stand-ins replace phone numbers, ids, names and files; the words of texts stay, so read a recording before you share it.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// File for the recording, in TOML. It must not exist.
    file: PathBuf,

    /// URL of the bot's webhook. The recorder receives webhooks at the same path.
    #[arg(long, value_name = "URL", value_parser = http_url, default_value = "http://127.0.0.1:7777/whatsapp/webhook")]
    webhook: Url,

    /// Base URL of the Graph API, or of an emulator.
    #[arg(long, value_name = "URL", value_parser = http_url, default_value = "https://graph.facebook.com")]
    graph: Url,

    /// Listening address of the recorder.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Port of the recorder; 0 takes a free one.
    #[arg(long, default_value_t = 7779)]
    port: u16,

    /// Import a log with one webhook body per line, as JSON, in place of recording.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["graph", "host", "port", "webhook"])]
    import: Option<PathBuf>,
}

impl Record {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let name = self.file.display();
        ensure!(!self.file.exists(), "{name} exists: choose another file, or remove it");
        let (recording, summary) = match &self.import {
            Some(log) => import(log)?,
            None => self.record().await?,
        };
        save(&self.file, &recording)?;
        let (steps, sent) = (recording.steps(), recording.sent());
        print_text!("\n  {name} has {steps} steps of users and {sent} messages of the bot.\n");
        print_left_out(summary);
        Ok(())
    }

    /// Records until the shutdown signal. The file is written from time to time, so a crash loses little.
    async fn record(&self) -> anyhow::Result<(Recording, CaptureSummary)> {
        let mut settings = RecorderSettings::new(self.webhook.clone());
        settings.graph = self.graph.clone();
        settings.bind = SocketAddr::new(self.host, self.port);
        let mut stop = std::pin::pin!(shutdown_signal());
        let recorder = Recorder::start(settings).await?;
        let (url, webhook_url) = (recorder.url(), recorder.webhook_url());
        print_text!(
            "\n  Recording. The bot uses {url} as the base URL of the Graph API:\n\n    \
             export WHATSAPP_GRAPH_URL={url}\n\n  Webhooks go to {webhook_url}\n\n  Stop with Ctrl-C.\n"
        );
        let mut saved = 0;
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(SAVE_INTERVAL) => {}
            }
            let progress = recorder.progress();
            if progress > saved {
                // The recording goes on if the disk is full for a moment.
                if let Err(error) = tokio::task::block_in_place(|| save(&self.file, &recorder.recording())) {
                    tracing::warn!("{error:#}");
                }
                saved = progress;
            }
        }
        let summary = recorder.summary();
        Ok((recorder.stop().await, summary))
    }
}

fn import(log: &Path) -> anyhow::Result<(Recording, CaptureSummary)> {
    let name = log.display();
    let file = File::open(log).with_context(|| format!("{name} cannot be read"))?;
    import_webhook_log(BufReader::new(file)).with_context(|| format!("{name} cannot be imported"))
}

/// Writes a recording. The file is readable for its owner only, and is complete at any time.
fn save(path: &Path, recording: &Recording) -> anyhow::Result<()> {
    let write = || {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(recording.to_toml()?.as_bytes())?;
        file.persist(path)?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

/// Prints what a recording leaves out.
fn print_left_out(summary: CaptureSummary) {
    let counts = [
        (summary.statuses, "statuses: the emulator has its own"),
        (summary.repeated, "repeated webhooks and messages"),
        (summary.refused, "messages of the bot that were refused"),
        (summary.other_numbers, "messages from and to other business numbers"),
        (summary.unreadable, "requests and webhooks that could not be read"),
        (summary.dropped, "steps and messages after the recording was full"),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        print_text!("  Left out: {count} {what}");
    }
}
