//! Server that uses an emulated WhatsApp.

use std::net::{Ipv4Addr, SocketAddr};

use waxwing_config::Config;
use waxwing_emulator::{Emulator, EmulatorBuilder};

use crate::setting_flags::SettingFlags;

/// Adds the numbers of a file to an emulator.
pub(super) fn with_numbers(emulator: EmulatorBuilder, config: &Config) -> EmulatorBuilder {
    config.number_ids().enumerate().fold(emulator, |emulator, (nth, id)| match nth {
        0 => emulator.phone_number_id(id),
        _ => emulator.number(id, (15_550_001_111 + nth).to_string()),
    })
}

/// Overrides every setting that could lead to a real number.
pub(super) fn at_emulator(flags: SettingFlags, emulator: &Emulator) -> SettingFlags {
    flags
        .force("WHATSAPP_GRAPH_URL", emulator.url())
        .force("WHATSAPP_ACCESS_TOKEN", emulator.access_token())
        .force("WHATSAPP_PHONE_NUMBER_ID", emulator.phone_number_id())
        .force("WHATSAPP_APP_SECRET", emulator.app_secret().unwrap_or_default())
        .force("WHATSAPP_VERIFY_TOKEN", emulator.verify_token())
        .force("APP_ENV", "production")
        .preset("HOST", "127.0.0.1")
}

/// Returns an address of this machine at which a server on `address` can be reached.
pub(super) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}
