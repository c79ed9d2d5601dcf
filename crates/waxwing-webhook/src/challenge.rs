//! Verification request of a callback URL.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// Verify token that was entered next to the callback URL in Meta's app dashboard.
///
/// Only a digest of the token is kept. The time of a comparison depends on neither the token nor its length. An empty token
/// matches nothing. `Debug` hides the token.
///
/// ```
/// let token = waxwing_webhook::VerifyToken::new("hunter2");
/// assert!(token.matches("hunter2") && !token.matches("hunter3"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyToken {
    digest: Option<[u8; 32]>,
}

impl VerifyToken {
    /// Creates a token from the string that was entered in the app dashboard.
    pub fn new(token: impl AsRef<str>) -> Self {
        let token = token.as_ref();
        Self { digest: (!token.is_empty()).then(|| digester(token).finalize().into_bytes().into()) }
    }

    /// Returns true if `token` is the same token.
    pub fn matches(&self, token: &str) -> bool {
        self.digest.is_some_and(|digest| digester(token).verify_slice(&digest).is_ok())
    }
}

impl fmt::Debug for VerifyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyToken([hidden])")
    }
}

/// Returns an HMAC with a fixed key over the token. The token is not the key, because HMAC pads keys with zeros and `a` and `a\0`
/// would be equal.
fn digester(token: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(b"verify token").expect("HMAC takes a key of any length").chain_update(token)
}

/// Query of the verification request: `GET` of the callback URL.
///
/// `Debug` shows which parts are present, not their values.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>
///
/// ```
/// use waxwing_webhook::{ChallengeQuery, VerifyToken};
///
/// let query = ChallengeQuery {
///     mode: Some("subscribe".into()),
///     verify_token: Some("hunter2".into()),
///     challenge: Some("1158201444".into()),
/// };
/// assert_eq!(query.answer(Some(&VerifyToken::new("hunter2"))).as_deref(), Ok("1158201444"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ChallengeQuery {
    /// Mode. `subscribe` is the only one.
    #[serde(rename = "hub.mode")]
    pub mode: Option<String>,
    /// Verify token that Meta knows.
    #[serde(rename = "hub.verify_token")]
    pub verify_token: Option<String>,
    /// Opaque string that Meta expects as the response.
    #[serde(rename = "hub.challenge")]
    pub challenge: Option<String>,
}

impl ChallengeQuery {
    /// Returns the response body: the challenge, to be sent as plain text with status 200.
    ///
    /// # Errors
    ///
    /// Checks in this order that `token` is configured, that mode and token are right, and that there is a challenge.
    /// [`ChallengeError::status`] is the status of the response.
    pub fn answer(self, token: Option<&VerifyToken>) -> Result<String, ChallengeError> {
        let token = token.ok_or(ChallengeError::NotConfigured)?;
        let matches = self.verify_token.is_some_and(|sent| token.matches(&sent));
        if self.mode.as_deref() != Some("subscribe") || !matches {
            return Err(ChallengeError::Refused);
        }
        self.challenge.filter(|challenge| !challenge.is_empty()).ok_or(ChallengeError::Missing)
    }
}

impl fmt::Debug for ChallengeQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengeQuery")
            .field("mode", &self.mode.is_some())
            .field("verify_token", &self.verify_token.is_some())
            .field("challenge", &self.challenge.is_some())
            .finish()
    }
}

/// Reason to refuse a verification request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// No verify token is configured.
    #[error("no verify token is configured; set the token that was entered in the app dashboard")]
    NotConfigured,
    /// The mode is not `subscribe`, or the token is another one.
    #[error("mode or verify token is wrong; enter the same token here and in the app dashboard")]
    Refused,
    /// The request has no challenge.
    #[error("parameter hub.challenge is missing")]
    Missing,
}

impl ChallengeError {
    /// Returns the HTTP status of the response: 500, 403 or 400.
    pub fn status(self) -> u16 {
        match self {
            Self::NotConfigured => 500,
            Self::Refused => 403,
            Self::Missing => 400,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, token: Option<&str>, expected: Result<&str, u16>) {
        let query: ChallengeQuery = serde_json::from_str(query).unwrap();
        let answer = query.answer(token.map(VerifyToken::new).as_ref());
        assert_eq!(answer.as_deref().map_err(|error| error.status()), expected);
    }

    #[test]
    fn the_challenge_is_returned_unchanged() {
        let query = r#"{"hub.mode":"subscribe","hub.verify_token":"t","hub.challenge":"01é","hub.else":"x"}"#;
        check(query, Some("t"), Ok("01é"));
    }

    #[test]
    fn a_missing_configured_token_is_checked_first() {
        check("{}", None, Err(500));
        check(r#"{"hub.mode":"subscribe","hub.verify_token":"t","hub.challenge":"1"}"#, None, Err(500));
    }

    #[test]
    fn mode_and_token_are_checked_before_the_challenge() {
        check("{}", Some("t"), Err(403));
        check(r#"{"hub.mode":"subscribe"}"#, Some("t"), Err(403));
        check(r#"{"hub.mode":"unsubscribe","hub.verify_token":"t","hub.challenge":"1"}"#, Some("t"), Err(403));
        check(r#"{"hub.verify_token":"t","hub.challenge":"1"}"#, Some("t"), Err(403));
        for wrong in ["", "T", "t\0", "tt", "t "] {
            let query =
                serde_json::json!({"hub.mode":"subscribe","hub.verify_token":wrong,"hub.challenge":"1"}).to_string();
            check(&query, Some("t"), Err(403));
        }
        check(r#"{"hub.mode":"subscribe","hub.verify_token":"t"}"#, Some("t"), Err(400));
        check(r#"{"hub.mode":"subscribe","hub.verify_token":"t","hub.challenge":""}"#, Some("t"), Err(400));
    }

    #[test]
    fn an_empty_token_matches_nothing() {
        check(r#"{"hub.mode":"subscribe","hub.verify_token":"","hub.challenge":"1"}"#, Some(""), Err(403));
        check(r#"{"hub.mode":"subscribe","hub.challenge":"1"}"#, Some(""), Err(403));
    }

    #[test]
    fn debug_shows_neither_token_nor_challenge() {
        let query = ChallengeQuery { verify_token: Some("hunter2".into()), ..ChallengeQuery::default() };
        assert!(!format!("{query:?} {:?}", VerifyToken::new("hunter2")).contains("hunter2"));
    }
}
