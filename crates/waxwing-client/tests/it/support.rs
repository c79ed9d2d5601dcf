//! Fake of the Graph API.

use std::error::Error as StdError;
use std::time::Duration;

use waxwing_client::{Client, ClientBuilder, Error};
use waxwing_types::PhoneNumberId;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer};

pub(crate) const TOKEN: &str = "EAAtoken";

/// Returns a builder for a Graph API at `base_url`.
pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder(TOKEN, PhoneNumberId::new("1000001")).base_url(base_url).timeout(Duration::from_millis(300))
}

/// Starts a fake, and returns it with a client.
pub(crate) async fn fake() -> (MockServer, Client) {
    let fake = MockServer::start().await;
    // A long timeout, because the fake is slow on a busy machine.
    let client = builder(fake.uri()).timeout(Duration::from_secs(20)).build().unwrap();
    (fake, client)
}

/// Returns a mock that matches method, path, token and User-Agent.
pub(crate) fn call(verb: &str, to: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(to))
        .and(header("authorization", "Bearer EAAtoken"))
        .and(header("user-agent", concat!("waxwing/", env!("CARGO_PKG_VERSION"))))
}

/// Returns `Display` and `Debug` of an error and of all its sources.
pub(crate) fn shown(error: &Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn StdError), |&error| error.source());
    chain.map(|error| format!("{error} {error:?}")).collect::<Vec<_>>().join("\n")
}

/// Checks that an error contains no token, no phone number, no text and no query.
#[track_caller]
pub(crate) fn assert_discreet(error: &Error) {
    let shown = shown(error);
    for secret in [TOKEN, "34600000000", "secret words", "phone_number_id=", "hash=", "fields="] {
        assert!(!shown.contains(secret), "shows {secret}: {shown}");
    }
}
