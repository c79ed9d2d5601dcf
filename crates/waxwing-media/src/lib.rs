#![doc = include_str!("../README.md")]

#[cfg(feature = "voice")]
mod audio;
mod conversion;
mod converted;
mod document;
mod error;
mod file_name;
mod limits;
mod media_type;
#[cfg(feature = "office")]
mod office;
#[cfg(feature = "pictures")]
mod picture;
mod sniff;
mod text;
mod true_type;
mod zip_names;

pub use conversion::{audio_file, needs_conversion, picture, voice_note, wav};
pub use converted::Converted;
pub use document::document_text;
pub use error::MediaError;
pub use file_name::{extension, file_name, type_of_name};
pub use limits::Limits;
pub use media_type::{OGG_OPUS, canonical_type, essence};
pub use sniff::{is_animated_webp, sniff};
pub use text::Text;
pub use true_type::{AUDIO_TYPES, HEAD, UNKNOWN_TYPE, true_type};
