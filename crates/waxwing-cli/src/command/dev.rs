//! `waxwing dev`.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use clap::Args;
use waxwing_config::{ConfigPurpose, ServedNumber};
use waxwing_emulator::Emulator;

use super::serving::Serving;
use crate::sources::SettingFlags;

/// A database that no real message has ever been in.
const DATABASE: &str = "sqlite://waxwing-dev.db";

/// Try it on this machine: an emulated WhatsApp with a phone in the browser, a server and an agent. Needs nothing.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Port of the phone page; 0 takes a free one.
    #[arg(long, default_value_t = 7778)]
    phone_port: u16,

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
        let emulator = emulator.bind(address).start().await.with_context(|| {
            format!("the phone page cannot be served on {address}: stop the other program or say --phone-port 0")
        })?;
        // Everything that could reach a real number is overridden, whatever the environment or a file says.
        let flags = self
            .flags
            .preset("DATABASE_URL", DATABASE)
            .force("WHATSAPP_GRAPH_URL", emulator.url())
            .force("WHATSAPP_ACCESS_TOKEN", emulator.access_token())
            .force("WHATSAPP_PHONE_NUMBER_ID", emulator.phone_number_id())
            .force("WHATSAPP_APP_SECRET", emulator.app_secret().unwrap_or_default())
            .force("WHATSAPP_VERIFY_TOKEN", emulator.verify_token())
            .force("APP_ENV", "production")
            .preset("HOST", "127.0.0.1");
        let serving = Serving::new(config, flags, ConfigPurpose::Emulator, Some("demo"))?;
        let (os, listener) = serving.prepare().await?;
        let prefix = &serving.numbers()[0].settings.prefix;
        let webhook = format!("http://{}{prefix}/webhook", reachable(listener.local_addr()?));
        let phone = emulator.url();
        let name = |number: &ServedNumber| {
            let id = number.settings.phone_number_id.as_str();
            format!("{} ({id})", number.name.as_deref().unwrap_or_default())
        };
        let names: Vec<_> = serving.numbers().iter().map(name).collect();
        let announce = || {
            emulator.set_webhook(webhook);
            println!("\n  Waxwing is ready. Open the phone:\n\n    {phone}/\n");
            if let Some((first, others)) = names.split_first().filter(|(_, others)| !others.is_empty()) {
                let others = others.join(", ");
                println!("  It writes to {first}. The control API, {phone}/control, writes to {others} as well.\n");
            }
            println!("  Stop with Ctrl-C.\n");
        };
        let served = serving.serve(os, listener, announce).await;
        emulator.shutdown().await;
        served
    }
}

/// An address by which a server can be reached that listens on `address`, which may be that of any interface.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}
