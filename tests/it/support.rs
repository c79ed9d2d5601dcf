//! Helpers that several tests share.

mod api;
mod collector;
mod compose_service;
mod dev_phone;
mod scraper;

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use waxwing_client::types::PhoneNumberId;
use waxwing_client::{Client, NetworkPolicy};
use waxwing_emulator::Emulator;

pub(crate) use api::{API_TOKEN, Api};
pub(crate) use collector::{Collector, CollectorMode, Received};
pub(crate) use compose_service::{ComposeService, deploy};
pub(crate) use dev_phone::{DevPhone, dev};
pub(crate) use scraper::{METRICS_TOKEN, Scraper};

/// Returns a red picture.
pub(crate) fn red_picture(size: u32, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(size, size, Rgb([200, 30, 30])).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Returns a client of an emulator.
pub(crate) fn client(emulator: &Emulator) -> Client {
    let number = PhoneNumberId::new(emulator.phone_number_id());
    let client = Client::builder(emulator.access_token(), number).base_url(emulator.url());
    client.network(NetworkPolicy::default()).build().unwrap()
}
