//! Small files that stand in for the files of users.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// File that stands in for the file of a user.
pub(crate) struct Sample {
    pub(crate) mime_type: &'static str,
    pub(crate) extension: &'static str,
    pub(crate) bytes: &'static [u8],
}

const SAMPLES: [Sample; 9] = [
    Sample { mime_type: "image/jpeg", extension: "jpg", bytes: include_bytes!("../samples/sample.jpg") },
    Sample { mime_type: "image/png", extension: "png", bytes: include_bytes!("../samples/sample.png") },
    Sample { mime_type: "image/webp", extension: "webp", bytes: include_bytes!("../samples/sample.webp") },
    Sample { mime_type: "audio/ogg; codecs=opus", extension: "ogg", bytes: include_bytes!("../samples/sample.ogg") },
    Sample { mime_type: "audio/mpeg", extension: "mp3", bytes: include_bytes!("../samples/sample.mp3") },
    Sample { mime_type: "audio/mp4", extension: "m4a", bytes: include_bytes!("../samples/sample.m4a") },
    Sample { mime_type: "video/mp4", extension: "mp4", bytes: include_bytes!("../samples/sample.mp4") },
    Sample { mime_type: "application/pdf", extension: "pdf", bytes: include_bytes!("../samples/sample.pdf") },
    Sample { mime_type: "text/plain", extension: "txt", bytes: include_bytes!("../samples/sample.txt") },
];

/// Returns the sample for a MIME type: of the same type, else of the same kind. `None` if the text is no MIME type.
pub(crate) fn for_mime_type(mime_type: &str) -> Option<&'static Sample> {
    let essence = |mime_type: &str| mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let wanted = essence(mime_type);
    let (kind, _) = wanted.split_once('/')?;
    let same_kind = |sample: &&Sample| sample.mime_type.starts_with(kind);
    let same_type = SAMPLES.iter().find(|sample| essence(sample.mime_type) == wanted);
    same_type.or_else(|| SAMPLES.iter().find(same_kind)).or(SAMPLES.last())
}

/// Returns the digest of a file as a webhook states it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_type_or_at_least_the_kind() {
        let mime_type = |wanted| for_mime_type(wanted).map(|sample| sample.mime_type);
        assert_eq!(mime_type("IMAGE/PNG"), Some("image/png"));
        assert_eq!(mime_type("audio/ogg;codecs=opus"), Some("audio/ogg; codecs=opus"));
        assert_eq!(mime_type("audio/amr"), Some("audio/ogg; codecs=opus"));
        assert_eq!(mime_type("application/vnd.ms-excel"), Some("application/pdf"));
        assert_eq!(mime_type("font/woff"), Some("text/plain"));
        assert_eq!(mime_type("none"), None);
    }
}
