//! Comparison of the clock with Meta's.

use std::time::{Duration, SystemTime};

use reqwest::header::DATE;
use reqwest::redirect::Policy;
use url::Url;
use waxwing::Settings;
use waxwing::client::Client;

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "clock";

/// Timeout of the request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Difference that delays of the network explain.
const HARMLESS: Duration = Duration::from_mins(1);

/// Difference from which times of Meta are misread: customer service windows, and the age of messages.
const HARMFUL: Duration = Duration::from_mins(10);

/// Compares the clock with the time in a response of the Graph API. Nothing is found if there is no time.
pub(super) async fn check(settings: &Settings) -> Option<Finding> {
    let url = Url::parse(settings.graph.url.as_deref().unwrap_or(Client::DEFAULT_BASE_URL)).ok()?;
    let mut client = reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
    if settings.network.bypasses_proxy(&url) {
        client = client.no_proxy();
    }
    let response = client.build().ok()?.get(url).send().await.ok()?;
    let here = SystemTime::now();
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let meta = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    Some(compare(here, SystemTime::from(meta)))
}

fn compare(here: SystemTime, meta: SystemTime) -> Finding {
    let (difference, direction) = match here.duration_since(meta) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let found = format!("{} {direction} Meta's", humantime::format_duration(Duration::from_secs(difference.as_secs())));
    let fix = "set the clock of this machine, for example with `timedatectl set-ntp true`";
    match difference {
        _ if difference < HARMLESS => Finding::ok(CHECK, "agrees with Meta's"),
        _ if difference < HARMFUL => Finding::warning(CHECK, found, fix),
        _ => Finding::error(CHECK, found, fix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_wrong_clock_is_named_with_its_direction() {
        let at = |minutes| UNIX_EPOCH + Duration::from_mins(minutes);
        assert_eq!(compare(at(100), at(100)).level, Level::Ok);
        let late = compare(at(98), at(100));
        assert_eq!((late.level, late.found.as_str()), (Level::Warning, "2m behind Meta's"));
        let early = compare(at(160), at(100));
        assert_eq!((early.level, early.found.as_str()), (Level::Error, "1h ahead of Meta's"));
    }
}
