//! Access to the agent's program.

use std::fmt;

use url::Url;

use crate::limits::CallLimits;
use crate::signature::SharedSecret;

/// The URL of the agent's program, with everything that a call needs.
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) secret: SharedSecret,
    pub(crate) client: reqwest::Client,
    pub(crate) limits: CallLimits,
}

/// Shows the host only: the URL may contain a secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}
