//! `waxwing dev`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use clap::Args;
use tokio::sync::oneshot;
use waxwing::ConfigError;
use waxwing::engine::{Engine, EngineEvent, EngineEvents};
use waxwing_config::{ConfigPurpose, ServedNumber};
use waxwing_emulator::{BotEvent, Emulator};

use super::deployment::Deployment;
use super::emulated::{at_emulator, reachable, with_numbers};
use crate::dev_database::{self, DEV_DATABASE};
use crate::emulator_flags::EmulatorFlags;
use crate::file_watch::FileWatch;
use crate::output::print_text;
use crate::setting_flags::SettingFlags;

/// Try an agent on this machine with an emulated WhatsApp and a phone in the browser. It needs no account and no API key.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Port of the phone page; 0 takes a free one.
    #[arg(long, env = "WAXWING_EMULATOR_PORT", default_value_t = 7778)]
    phone_port: u16,

    /// Start with an empty database: remove waxwing-dev.db, which an earlier run made. Another database is never removed.
    #[arg(long)]
    fresh: bool,

    #[command(flatten)]
    emulator: EmulatorFlags,

    #[command(flatten)]
    flags: SettingFlags,
}

impl Dev {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        if self.fresh && self.flags.has_flag("DATABASE_URL") {
            return Err(
                ConfigError::new("--fresh removes waxwing-dev.db only; remove --database-url, or --fresh").into()
            );
        }
        let mut watch = FileWatch::new(self.flags.file());
        let config = self.flags.config(ConfigPurpose::Emulator)?;
        watch.add(config.files().map(Path::to_owned));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.phone_port));
        let emulator = with_numbers(Emulator::builder(), &config);
        let emulator = self.emulator.apply(emulator).bind(address).start().await.with_context(|| {
            format!("the phone page cannot be served on {address}: stop the other program or pass --phone-port 0")
        })?;
        // A server that paces itself for Meta would hold answers back without need.
        let flags = self.flags.preset("WAXWING_PAIR_INTERVAL", self.emulator.pair_interval());
        let flags = at_emulator(flags.preset("DATABASE_URL", DEV_DATABASE), &emulator);
        let deployment = Deployment::new(config, flags, ConfigPurpose::Emulator, Some("demo"))?.watching(watch);
        for warning in deployment.warnings() {
            tracing::warn!("{warning}");
        }
        // Nothing that can fail stands between this and the start, except the address of the webhook.
        if self.fresh {
            dev_database::remove().await?;
        }
        let facts = facts(deployment.numbers());
        let prefix = deployment.numbers()[0].settings.prefix.clone();
        let phone = emulator.url();
        let (subscribe, subscribed) = oneshot::channel();
        let name = |number: &ServedNumber| {
            let id = number.settings.phone_number_id.as_str();
            format!("{} ({id})", number.name.as_deref().unwrap_or_default())
        };
        let names: Vec<_> = deployment.numbers().iter().map(name).collect();
        let announce = |address, engine: &Engine| {
            // The receiver lives as long as this closure.
            let _ = subscribe.send(engine.events());
            emulator.set_webhook(format!("http://{}{prefix}/webhook", reachable(address)));
            print_text!("\n  Waxwing is ready. Open the phone:\n\n    {phone}/\n\n{facts}\n");
            if let Some((first, others)) = names.split_first().filter(|(_, others)| !others.is_empty()) {
                let others = others.join(", ");
                print_text!("  It writes to {first}. Use the control API, {phone}/control, to write to {others}.\n");
            }
            print_text!("  Stop with Ctrl-C.\n");
        };
        let served = tokio::select! {
            served = deployment.serve(announce) => served,
            never = show_events(subscribed, &emulator) => never,
        };
        emulator.shutdown().await;
        served
    }
}

/// Passes the events of the engine to the inspector. Never returns.
async fn show_events<T>(subscribed: oneshot::Receiver<EngineEvents>, emulator: &Emulator) -> T {
    if let Ok(mut events) = subscribed.await {
        while let Some(event) = events.next().await {
            if let Err(error) = bot_event(&event).and_then(|event| Ok(emulator.record_bot_event(event)?)) {
                tracing::debug!(%error, "event not shown in the inspector");
            }
        }
    }
    std::future::pending().await
}

/// Returns an event in the form of the emulator, which has a clock of its own, and states the time of arrival.
fn bot_event(event: &EngineEvent) -> anyhow::Result<BotEvent> {
    let mut event = serde_json::to_value(event)?;
    if let Some(event) = event.as_object_mut() {
        event.remove("at");
    }
    Ok(serde_json::from_value(event)?)
}

/// Returns lines with the agents, the database and the process.
fn facts(numbers: &[ServedNumber]) -> String {
    let agent = |number: &ServedNumber| match &number.name {
        Some(name) => format!("{} on {name}", number.agent),
        None => number.agent.clone(),
    };
    let agents: Vec<_> = numbers.iter().map(agent).collect();
    let database = &numbers[0].settings.database;
    let pid = std::process::id();
    format!("  Agent     {}\n  Database  {database}\n  Process   {pid}", agents.join(", "))
}
