#![doc = include_str!("../README.md")]

mod allowed_hosts;
mod business_phone_number;
mod client;
mod download;
mod error;
mod group;
mod mark_read;
mod media;
mod media_file;
mod number;
mod paging;
mod prepared;
mod request;
mod send;
mod transport;
mod upload;
mod waba;

pub use business_phone_number::BusinessPhoneNumber;
pub use client::{Client, ClientBuilder};
pub use download::MediaDownload;
pub use error::{ApiError, Error, ErrorCode, ErrorKind, FailureScope, RetryAdvice};
pub use group::Group;
pub use media::MediaInfo;
pub use media_file::MediaFile;
pub use number::{BusinessProfile, ChatCommand, CodeMethod, Number, QrCode};
pub use paging::Paged;
pub use prepared::{MediaMessage, PreparedMessage, Recipient};
pub use request::Request;
pub use reqwest::Method;
pub use secrecy::SecretString;
pub use send::SentMessage;
pub use upload::MediaUpload;
pub use waba::{CreatedTemplate, NewTemplate, SubscribedApp, Template, TemplateFilter, Waba};
pub use waxwing_network::NetworkPolicy;
pub use waxwing_types as types;
