//! Stickers of an agent.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use waxwing::types::limits;
use waxwing_agent::{Media, MediaKind};
use waxwing_llm::{Tool, conversation};

use crate::description::Description;
use crate::key_path::child;
use crate::report::ProblemReport;
use crate::sections::LlmAgentSection;

/// Returns the tool that sends the stickers of an agent, if the agent has stickers. Reports files that are no stickers.
pub(super) fn tool(
    section: &LlmAgentSection,
    path: &str,
    description: &Description,
    report: &mut ProblemReport<'_>,
) -> Option<Arc<dyn Tool>> {
    let path = child(path, "stickers");
    let mut stickers = Vec::new();
    for (name, file) in &section.stickers {
        match sticker(&description.dir.join(file)) {
            Ok(bytes) => stickers.push((name.clone(), Media::new(MediaKind::Sticker, "image/webp", bytes))),
            Err(error) => report.error(&child(&path, name), format!("cannot use `{file}`: {error}")),
        }
    }
    (!stickers.is_empty()).then(|| Arc::new(conversation::send_sticker(stickers)) as Arc<dyn Tool>)
}

/// Reads a sticker.
fn sticker(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limits::ANIMATED_STICKER_BYTES + 1).read_to_end(&mut bytes)?;
    let is_animated = waxwing_media::is_animated_webp(&bytes);
    let max = if is_animated { limits::ANIMATED_STICKER_BYTES } else { limits::STICKER_BYTES };
    if waxwing_media::sniff(&bytes) != Some("image/webp") {
        return Err(io::Error::other("it is no WebP file; convert the picture to WebP"));
    }
    if bytes.len() as u64 > max {
        return Err(io::Error::other(format!("it is larger than {} KiB; make the picture smaller", max / 1024)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the start of a WebP file of `len` bytes.
    fn webp(is_animated: bool, len: usize) -> Vec<u8> {
        let mut bytes = b"RIFF....WEBPVP8X....".to_vec();
        bytes.push(if is_animated { 2 } else { 0 });
        bytes.resize(len, 0);
        bytes
    }

    #[test]
    fn only_small_webp_files_are_stickers() {
        let dir = tempfile::tempdir().unwrap();
        let check = |bytes: &[u8], expected: Option<&str>| {
            let path = dir.path().join("s.webp");
            std::fs::write(&path, bytes).unwrap();
            let error = sticker(&path).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), expected.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()));
        };
        check(&webp(false, 100 * 1024), None);
        check(&webp(false, 100 * 1024 + 1), Some("larger than 100 KiB"));
        check(&webp(true, 500 * 1024), None);
        check(&webp(true, 500 * 1024 + 1), Some("larger than 500 KiB"));
        check(b"\x89PNG\r\n", Some("no WebP file"));
        check(b"", Some("no WebP file"));
        assert!(sticker(&dir.path().join("missing.webp")).is_err());
    }
}
