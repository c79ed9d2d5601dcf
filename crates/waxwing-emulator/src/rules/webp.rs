//! Recognition of animated `WebP` files.

/// Returns whether a `WebP` file has the animation flag in its extended header.
///
/// <https://developers.google.com/speed/webp/docs/riff_container#extended_file_format>
pub(crate) fn is_animated(bytes: &[u8]) -> bool {
    const ANIMATION: u8 = 0b10;
    bytes.starts_with(b"RIFF")
        && bytes.get(8..16) == Some(b"WEBPVP8X")
        && bytes.get(20).is_some_and(|flags| flags & ANIMATION != 0)
}
