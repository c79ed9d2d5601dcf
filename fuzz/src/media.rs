//! Fuzz target of the recognition of media by their bytes.

#[path = "../../crates/waxwing-emulator/src/rules/media_bytes.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the file belongs to another crate, and needs none of the crates that one needs"
)]
mod media_bytes;
#[path = "../../crates/waxwing-emulator/src/rules/webp.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the file belongs to another crate, and needs none of the crates that one needs"
)]
mod webp;

/// A type of each signature.
const TYPES: [&str; 11] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "audio/ogg",
    "audio/amr",
    "audio/aac",
    "audio/mpeg",
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
];

/// Examines a file.
///
/// # Panics
///
/// If a file that is no WebP file counts as animated, or if a file has several types. Only the signature of MP4 does not exclude others.
pub fn run(input: &[u8]) {
    let is_webp = media_bytes::fit("image/webp", input);
    assert!(is_webp || !webp::is_animated(input), "a file of {} bytes is an animation and no WebP file", input.len());
    let fitting: Vec<_> = TYPES.into_iter().filter(|essence| media_bytes::fit(essence, input)).collect();
    let is_mp4 = fitting.contains(&"video/mp4");
    assert!(fitting.len() <= 1 + usize::from(is_mp4), "{fitting:?}");
    assert_eq!(media_bytes::fit("text/plain", input), std::str::from_utf8(input).is_ok());
}
