//! Credentials of AWS.

use std::fmt;

use secrecy::SecretString;

/// An access key of AWS, for [`Provider::bedrock_sigv4`](crate::Provider::bedrock_sigv4).
///
/// ```
/// use waxwing_llm::{AwsCredentials, Provider};
///
/// let key = AwsCredentials::new("AKIDEXAMPLE", "a-secret").session_token("a-token");
/// assert_eq!(format!("{key:?}"), "AwsCredentials { .. }");
/// let model = Provider::bedrock_sigv4(key, "eu-west-1").model("amazon.nova-pro-v1:0")?;
/// # Ok::<(), waxwing_llm::InvalidProvider>(())
/// ```
#[derive(Clone)]
pub struct AwsCredentials {
    pub(super) access_key_id: SecretString,
    pub(super) secret_access_key: SecretString,
    pub(super) session_token: Option<SecretString>,
}

impl AwsCredentials {
    /// Creates the credentials of an access key.
    pub fn new(access_key_id: impl Into<SecretString>, secret_access_key: impl Into<SecretString>) -> Self {
        Self { access_key_id: access_key_id.into(), secret_access_key: secret_access_key.into(), session_token: None }
    }

    /// Sets the token of a temporary access key. AWS refuses the key after some hours, so the program needs a new provider before that.
    pub fn session_token(mut self, token: impl Into<SecretString>) -> Self {
        self.session_token = Some(token.into());
        self
    }
}

/// Prints nothing of the key.
impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials").finish_non_exhaustive()
    }
}
