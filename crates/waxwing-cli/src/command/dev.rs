//! `waxwing dev`.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use clap::Args;
use tokio::sync::oneshot;
use waxwing::engine::{Engine, EngineEvent, EngineEvents};
use waxwing_config::{ConfigPurpose, ServedNumber};
use waxwing_emulator::{BotEvent, Emulator};

use super::deployment::Deployment;
use crate::emulator_flags::EmulatorFlags;
use crate::output::print_text;
use crate::setting_flags::SettingFlags;

/// The database of the emulated WhatsApp. It never contains real messages.
const DATABASE: &str = "sqlite://waxwing-dev.db";

/// Try an agent on this machine with an emulated WhatsApp and a phone in the browser. It needs no account and no API key.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Port of the phone page; 0 takes a free one.
    #[arg(long, env = "WAXWING_EMULATOR_PORT", default_value_t = 7778)]
    phone_port: u16,

    #[command(flatten)]
    emulator: EmulatorFlags,

    #[command(flatten)]
    flags: SettingFlags,
}

impl Dev {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = self.flags.config(ConfigPurpose::Emulator)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.phone_port));
        let emulator = config.number_ids().enumerate().fold(Emulator::builder(), |emulator, (nth, id)| match nth {
            0 => emulator.phone_number_id(id),
            _ => emulator.number(id, (15_550_001_111 + nth).to_string()),
        });
        let emulator = self.emulator.apply(emulator).bind(address).start().await.with_context(|| {
            format!("the phone page cannot be served on {address}: stop the other program or pass --phone-port 0")
        })?;
        // Every setting that could lead to a real number is overridden.
        let flags = self
            .flags
            .preset("DATABASE_URL", DATABASE)
            // A server that paces itself for Meta would hold answers back without need.
            .preset("WAXWING_PAIR_INTERVAL", self.emulator.pair_interval())
            .force("WHATSAPP_GRAPH_URL", emulator.url())
            .force("WHATSAPP_ACCESS_TOKEN", emulator.access_token())
            .force("WHATSAPP_PHONE_NUMBER_ID", emulator.phone_number_id())
            .force("WHATSAPP_APP_SECRET", emulator.app_secret().unwrap_or_default())
            .force("WHATSAPP_VERIFY_TOKEN", emulator.verify_token())
            .force("APP_ENV", "production")
            .preset("HOST", "127.0.0.1");
        let deployment = Deployment::new(config, flags, ConfigPurpose::Emulator, Some("demo"))?;
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
            print_text!("\n  Waxwing is ready. Open the phone:\n\n    {phone}/\n");
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

/// Returns an address of this machine at which a server on `address` can be reached.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}
