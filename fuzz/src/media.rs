//! Fuzz target of the recognition of animated stickers.

#[path = "../../crates/waxwing-emulator/src/rules/webp.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the file belongs to another crate, and needs none of the crates that one needs"
)]
mod webp;

/// Examines a file.
///
/// # Panics
///
/// If a file that is no WebP file counts as animated.
pub fn run(input: &[u8]) {
    if webp::is_animated(input) {
        assert!(input.starts_with(b"RIFF") && input.len() > 20, "no animation fits into {} bytes", input.len());
    }
}
