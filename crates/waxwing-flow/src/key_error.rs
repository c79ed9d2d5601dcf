//! Problems of keys.

/// Reason why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowKeyError {
    /// The text is no PEM block of a private key.
    #[error("the private key is not in PEM form; it must begin with -----BEGIN PRIVATE KEY-----")]
    NotPem,
    /// The text is a public key.
    #[error("the key is a public key; the endpoint of a flow needs the private key")]
    NotPrivate,
    /// The text is no PEM block of a public key.
    #[error("the public key is not in PEM form; it must begin with -----BEGIN PUBLIC KEY-----")]
    NotPublic,
    /// The key is encrypted with a password.
    #[error(
        "the private key is encrypted with a password; decrypt it with `openssl pkcs8 -topk8 -nocrypt -in KEY.pem -out DECRYPTED.pem`"
    )]
    Encrypted,
    /// The bytes are no usable RSA key.
    #[error("the key is no RSA key of 2,048 to 8,192 bits")]
    Rejected,
    /// No key could be generated.
    #[error("no key could be generated, because the operating system has no random bytes")]
    NotGenerated,
}
