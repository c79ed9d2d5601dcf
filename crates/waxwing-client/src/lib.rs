#![doc = include_str!("../README.md")]

mod client;
mod download;
mod error;
mod hosts;
mod mark_read;
mod media;
mod messages;
mod phone_number;
mod request;
mod transport;
mod upload;

pub use client::{Client, ClientBuilder};
pub use download::MediaDownload;
pub use error::{ApiError, Error, ErrorKind, FailureScope, RetryAdvice};
pub use media::MediaInfo;
pub use messages::SentMessage;
pub use phone_number::BusinessPhoneNumber;
pub use request::Request;
pub use reqwest::Method;
pub use secrecy::SecretString;
pub use upload::MediaUpload;
pub use waxwing_types as types;
