//! Fuzz target of signatures.

use waxwing_webhook::{AppSecrets, VerifyToken};

/// Checks the signature of a body. The input is the setting with the secrets, a line feed, the header, a line feed, and the body.
///
/// # Panics
///
/// If a header is accepted that is not the signature of the body, or the signature of the body is refused.
pub fn run(input: &[u8]) {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let (Some(setting), Some(header), Some(body)) = (parts.next(), parts.next(), parts.next()) else { return };
    let setting = String::from_utf8_lossy(setting);
    let _ = VerifyToken::new(&*setting).matches(&String::from_utf8_lossy(header));
    let Ok(secrets) = AppSecrets::parse(&setting) else { return };
    let signature = secrets.sign(body);
    assert!(secrets.verify(body.to_vec(), Some(signature.as_bytes())).is_ok(), "the own signature is refused");
    assert!(secrets.verify(body.to_vec(), None).is_err(), "a body without a signature is accepted");
    if secrets.verify(body.to_vec(), Some(header)).is_ok() {
        let is_signature = |secret: &str| {
            let secrets = AppSecrets::new([secret.trim()]);
            secrets.is_ok_and(|secrets| secrets.sign(body).as_bytes().eq_ignore_ascii_case(header))
        };
        assert!(setting.split(',').any(is_signature), "another signature is accepted");
    }
}
