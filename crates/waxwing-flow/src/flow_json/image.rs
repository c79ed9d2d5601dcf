//! Pictures on a screen.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::checks::{Checks, FlowJsonError};
use super::limits;

/// First bytes of a PNG file and of a JPEG file.
const MAGIC: [&[u8]; 2] = [b"\x89PNG", b"\xff\xd8\xff"];

/// Picture on a screen: a JPEG or PNG file of at most 700 KiB. Meta recommends at most 300 kB. `Debug` shows the size only.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/reference/components#img>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// Bytes of the file.
    pub bytes: Vec<u8>,
    /// Description for users who cannot see it.
    pub alt_text: Option<String>,
    /// Height in pixels. `None` for the full height of the picture.
    pub height: Option<u32>,
}

impl Image {
    /// Creates a picture from the bytes of a file.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), alt_text: None, height: None }
    }

    /// Sets the description for users who cannot see the picture.
    pub fn alt_text(mut self, text: impl Into<String>) -> Self {
        self.alt_text = Some(text.into());
        self
    }

    /// Sets the height in pixels.
    pub fn height(mut self, height: u32) -> Self {
        self.height = Some(height);
        self
    }

    pub(super) fn check(&self, checks: &Checks) -> Result<(), FlowJsonError> {
        let is_picture = MAGIC.iter().any(|magic| self.bytes.starts_with(magic));
        checks.require(is_picture, "the image is no JPEG or PNG file")?;
        checks.at_most("bytes in an image", self.bytes.len(), limits::IMAGE_BYTES)
    }

    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({ "type": "Image", "src": STANDARD.encode(&self.bytes), "scale-type": "contain" });
        if let Some(text) = &self.alt_text {
            json["alt-text"] = text.as_str().into();
        }
        if let Some(height) = self.height {
            json["height"] = height.into();
        }
        json
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Image").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
