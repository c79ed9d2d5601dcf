//! Text form of keys (PEM).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key_error::FlowKeyError;

/// Label of a private key in the format PKCS#8.
const PKCS8: &str = "PRIVATE KEY";
/// Label of a private RSA key in the format PKCS#1.
const PKCS1: &str = "RSA PRIVATE KEY";
/// Label of a private key that is encrypted with a password.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// Label of a public key.
const PUBLIC: &str = "PUBLIC KEY";
/// Number of Base64 digits in a line.
const LINE: usize = 64;
/// Start of a PKCS#8 key after its length: version 0, and the algorithm RSA without parameters.
const RSA_HEADER: [u8; 18] =
    [0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Reads a private key. Returns its bytes in the format PKCS#8 (DER).
pub(crate) fn read_private(text: &str) -> Result<Vec<u8>, FlowKeyError> {
    let (label, inner) = block(text).ok_or(FlowKeyError::NotPem)?;
    match label {
        ENCRYPTED => Err(FlowKeyError::Encrypted),
        // OpenSSL writes the parameters of the encryption in front of the digits.
        PKCS1 if inner.contains("ENCRYPTED") => Err(FlowKeyError::Encrypted),
        PKCS8 => decode(inner),
        PKCS1 => Ok(wrap_pkcs1(&decode(inner)?)),
        label if label.contains(PUBLIC) => Err(FlowKeyError::NotPrivate),
        _ => Err(FlowKeyError::NotPem),
    }
}

/// Reads a public key. Returns its bytes (DER).
pub(crate) fn read_public(text: &str) -> Result<Vec<u8>, FlowKeyError> {
    match block(text) {
        Some((PUBLIC, inner)) => decode(inner),
        _ => Err(FlowKeyError::NotPublic),
    }
}

/// Returns the text form of a private key in the format PKCS#8.
pub(crate) fn write_private(der: &[u8]) -> String {
    write(PKCS8, der)
}

/// Returns the text form of a public key.
pub(crate) fn write_public(der: &[u8]) -> String {
    write(PUBLIC, der)
}

/// Returns the label and the text of the first block. Environment variables often have `\n` in place of line breaks, which are accepted.
fn block(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (inner, rest) = rest.split_once("-----END ")?;
    rest.strip_prefix(label)?.starts_with("-----").then_some((label, inner))
}

fn decode(inner: &str) -> Result<Vec<u8>, FlowKeyError> {
    let digits: String = inner.replace("\\n", "").split_whitespace().collect();
    STANDARD.decode(digits).map_err(|_| FlowKeyError::NotPem)
}

fn write(label: &str, der: &[u8]) -> String {
    let digits = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = digits.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// Returns a PKCS#1 key in the format PKCS#8, which contains it.
fn wrap_pkcs1(key: &[u8]) -> Vec<u8> {
    let content = [&RSA_HEADER[..], &element(0x04, key)].concat();
    element(0x30, &content)
}

/// Returns an element of DER: a tag, a length and content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count().min(length.len() - 1)..];
    let mut element = vec![tag];
    match *significant {
        [short] if short < 0x80 => element.push(short),
        // A length has at most 8 bytes.
        ref long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_der_have_a_short_and_a_long_form() {
        #[track_caller]
        fn check(length: usize, expected: &[u8]) {
            let element = element(0x04, &vec![0; length]);
            assert_eq!(element[..element.len() - length], *expected);
        }
        check(0, &[0x04, 0x00]);
        check(0x7f, &[0x04, 0x7f]);
        check(0x80, &[0x04, 0x81, 0x80]);
        check(0x1234, &[0x04, 0x82, 0x12, 0x34]);
    }

    #[test]
    fn text_is_read_with_any_line_breaks() {
        let text = write_public(&[7; 100]);
        assert!(text.lines().all(|line| line.len() <= LINE), "{text}");
        for variant in [text.clone(), text.replace('\n', "\\n"), text.replace('\n', "\r\n"), format!("note\n{text}")] {
            assert_eq!(read_public(&variant).unwrap(), [7; 100]);
        }
    }

    #[test]
    fn problems_of_a_text_are_named() {
        let digits = "AAAA";
        let text = |label: &str| format!("-----BEGIN {label}-----\n{digits}\n-----END {label}-----");
        assert_eq!(read_private("no key"), Err(FlowKeyError::NotPem));
        assert_eq!(read_private(&text("CERTIFICATE")), Err(FlowKeyError::NotPem));
        assert_eq!(read_private(&text(PKCS8).replace("AAAA", "A!")), Err(FlowKeyError::NotPem));
        assert_eq!(read_private("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END KEY-----"), Err(FlowKeyError::NotPem));
        assert_eq!(read_private(&text(PUBLIC)), Err(FlowKeyError::NotPrivate));
        assert_eq!(read_private(&text(ENCRYPTED)), Err(FlowKeyError::Encrypted));
        let encrypted = text(PKCS1).replace("AAAA", "Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\nAAAA");
        assert_eq!(read_private(&encrypted), Err(FlowKeyError::Encrypted));
        assert_eq!(read_public(&text(PKCS8)), Err(FlowKeyError::NotPublic));
    }
}
