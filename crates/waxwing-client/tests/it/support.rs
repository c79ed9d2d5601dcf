//! Fixtures that the tests share.

use std::error::Error as StdError;
use std::time::Duration;

use waxwing_client::{Client, ClientBuilder, Error};
use waxwing_types::PhoneNumberId;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer};

pub(crate) const TOKEN: &str = "EAAtoken";

/// Settings for a Graph API at `base_url`.
pub(crate) fn builder(base_url: impl Into<String>) -> ClientBuilder {
    Client::builder(TOKEN, PhoneNumberId::new("1000001")).base_url(base_url).timeout(Duration::from_millis(300))
}

/// A fake and a client of it.
pub(crate) async fn fake() -> (MockServer, Client) {
    let fake = MockServer::start().await;
    // The fake is slow when the machine is busy; what is tested with it is not time.
    let client = builder(fake.uri()).timeout(Duration::from_secs(20)).build().unwrap();
    (fake, client)
}

/// A call as every one of them must look.
pub(crate) fn call(verb: &str, to: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(to))
        .and(header("authorization", "Bearer EAAtoken"))
        .and(header("user-agent", concat!("waxwing/", env!("CARGO_PKG_VERSION"))))
}

/// All that an error shows of itself and of its sources.
pub(crate) fn shown(error: &Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn StdError), |&error| error.source());
    chain.map(|error| format!("{error} {error:?}")).collect::<Vec<_>>().join("\n")
}

/// Checks that an error shows nothing of what it must not show.
#[track_caller]
pub(crate) fn assert_discreet(error: &Error) {
    let shown = shown(error);
    for secret in [TOKEN, "34600000000", "secret words", "phone_number_id=", "hash=", "fields="] {
        assert!(!shown.contains(secret), "shows {secret}: {shown}");
    }
}
