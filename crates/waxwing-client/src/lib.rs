#![doc = include_str!("../README.md")]

pub mod client;
pub mod error;
pub mod request;

mod download;
mod hosts;
mod mark_read;
mod media;
mod messages;
mod phone_number;
mod retry;
mod transport;
mod upload;

pub use client::{Client, ClientBuilder};
pub use download::Download;
pub use error::{ApiError, Error, ErrorKind};
pub use media::MediaInfo;
pub use messages::Sent;
pub use phone_number::PhoneNumber;
pub use request::Request;
pub use reqwest::Method;
pub use retry::{Retry, Scope};
pub use secrecy::SecretString;
pub use upload::Upload;
pub use waxwing_types as types;
