//! The request with which Meta checks, once per setting, that a callback URL is ours.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// The token that was entered beside the callback URL.
///
/// Only a digest of it is kept, and comparison takes a time that depends on neither the token nor its length. An empty token
/// matches nothing. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyToken {
    digest: Option<[u8; 32]>,
}

impl VerifyToken {
    /// Takes the token as it was entered at Meta.
    pub fn new(token: impl AsRef<str>) -> Self {
        let token = token.as_ref();
        Self { digest: (!token.is_empty()).then(|| digester(token).finalize().into_bytes().into()) }
    }

    /// True if `token` is this one.
    pub fn matches(&self, token: &str) -> bool {
        self.digest.is_some_and(|digest| digester(token).verify_slice(&digest).is_ok())
    }
}

impl fmt::Debug for VerifyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyToken([hidden])")
    }
}

/// Tokens are data here and the key is fixed: HMAC pads keys with zeros, so as keys `a` and `a\0` would be one token.
fn digester(token: &str) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(b"verify token").expect("HMAC takes a key of any length").chain_update(token)
}

/// The query of the request.
///
/// `Debug` shows which parts are there, not what they are.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ChallengeQuery {
    /// `subscribe`, the only mode there is.
    #[serde(rename = "hub.mode")]
    pub mode: Option<String>,
    /// The token that Meta was given.
    #[serde(rename = "hub.verify_token")]
    pub verify_token: Option<String>,
    /// What Meta wants to read back; an opaque string.
    #[serde(rename = "hub.challenge")]
    pub challenge: Option<String>,
}

impl ChallengeQuery {
    /// The body of the answer: the challenge, to be sent as plain text.
    ///
    /// # Errors
    ///
    /// Checked in this order: there is no token to compare with, mode or token are wrong, there is no challenge.
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

/// Why the challenge is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// There is no verify token to compare with.
    #[error("no verify token is configured")]
    NotConfigured,
    /// The mode is not `subscribe`, or the token is not ours.
    #[error("wrong mode or verify token")]
    Refused,
    /// There is no challenge to give back.
    #[error("the challenge is missing")]
    Missing,
}

impl ChallengeError {
    /// The HTTP status to answer with.
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
    fn the_challenge_comes_back_as_it_was() {
        let query = r#"{"hub.mode":"subscribe","hub.verify_token":"t","hub.challenge":"01é","hub.else":"x"}"#;
        check(query, Some("t"), Ok("01é"));
    }

    #[test]
    fn a_missing_token_of_ours_comes_before_all_else() {
        check("{}", None, Err(500));
        check(r#"{"hub.mode":"subscribe","hub.verify_token":"t","hub.challenge":"1"}"#, None, Err(500));
    }

    #[test]
    fn mode_and_token_come_before_the_challenge() {
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
