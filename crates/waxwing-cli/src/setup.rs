//! Steps of `waxwing setup`, from the access token to the first message.

mod credentials;
mod files;
mod questions;

pub(crate) use credentials::Credentials;
pub(crate) use files::{write_environment, write_settings_file};
pub(crate) use questions::{Question, Questions};
