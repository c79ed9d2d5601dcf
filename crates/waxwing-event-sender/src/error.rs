//! Errors in the definition of a receiver.

/// The definition of a receiver is wrong. The message contains neither the URL nor a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventSenderError {
    /// The secret has another form.
    #[error(
        "a webhook secret is `whsec_` and 24 to 64 random bytes in Base64; create one with `echo whsec_$(openssl rand -base64 32)`"
    )]
    InvalidSecret,
    /// There is no secret.
    #[error("the webhook has no secret")]
    NoSecret,
    /// The URL is not an absolute URL with `http` or `https`.
    #[error("the URL of the webhook is not an http or https URL with a host")]
    InvalidUrl,
    /// The URL contains a user name or a password.
    #[error("the URL of the webhook contains credentials; the signature proves the sender")]
    Credentials,
    /// The address belongs to a private network.
    #[error(
        "the webhook has an address of this machine or of a private network; allow it with allow_private_addresses = true"
    )]
    PrivateAddress,
    /// Events would cross the network unencrypted.
    #[error(transparent)]
    PlainHttp(#[from] waxwing_network::PlainHttpRefused),
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client(#[source] reqwest::Error),
}
