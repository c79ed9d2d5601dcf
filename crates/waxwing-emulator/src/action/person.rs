//! Messages that people send by touch: files, taps, reactions, locations, contacts.

use serde::Deserialize;

use super::parts::NewFile;
use crate::message::MediaKind;

/// File that a user sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMessage {
    /// Sender.
    pub user: String,
    /// The file.
    pub file: NewFile,
    /// Kind of media. Default: the kind that WhatsApp makes of the MIME type.
    pub kind: Option<MediaKind>,
    /// Caption.
    pub caption: Option<String>,
    /// Id of the group.
    pub group: Option<String>,
    /// Id of the quoted message.
    pub quotes: Option<String>,
    /// `phone_number_id` of the business number. Default: the first number.
    pub number: Option<String>,
}

/// Voice note that a user records: Opus in an Ogg container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceNote {
    /// Sender.
    pub user: String,
    /// Content of the file, in Base64.
    pub base64: String,
}

/// WebP sticker that a user sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sticker {
    /// Sender.
    pub user: String,
    /// Content of the file, in Base64.
    pub base64: String,
}

/// Several pictures that a user sends at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Album {
    /// Sender.
    pub user: String,
    /// One or more pictures or videos.
    pub files: Vec<NewFile>,
    /// Caption of the first one.
    pub caption: Option<String>,
}

/// Tap on a button, a list row or a quick reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tap {
    /// User.
    pub user: String,
    /// Title of the button, the row or the quick reply.
    pub title: String,
    /// Id of the message. Default: the newest message that offers the title.
    pub message: Option<String>,
}

/// Reaction of a user to a message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reaction {
    /// User.
    pub user: String,
    /// Emoji.
    pub emoji: String,
    /// Id of the message. Default: the latest message of the business.
    pub message: Option<String>,
}

/// Location that a user shares.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedLocation {
    /// User.
    pub user: String,
    /// Latitude in degrees.
    pub latitude: f64,
    /// Longitude in degrees.
    pub longitude: f64,
    /// Name of the place.
    pub name: Option<String>,
    /// Address of the place.
    pub address: Option<String>,
    /// Id of the message that asked for the location.
    pub request: Option<String>,
}

/// Contact that a user shares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedContact {
    /// User.
    pub user: String,
    /// Name of the contact.
    pub name: String,
    /// Phone number of the contact.
    pub phone: String,
}

/// Own phone number that a user shares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedNumber {
    /// User.
    pub user: String,
    /// Phone number. Default: the number of the user.
    pub phone: Option<String>,
    /// Id of the message that asked for the number. Default: the latest message of the business.
    pub request: Option<String>,
}
