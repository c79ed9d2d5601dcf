//! Reader of the metrics of a server.

use std::time::Duration;

use reqwest::Client;
use waxwing_tests::{Launch, ServerProcess};

/// Token of the metrics.
pub(crate) const METRICS_TOKEN: &str = "00112233445566778899aabbccddeeff";

/// Deadline of a wait for a page.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reader of the metrics of a server.
pub(crate) struct Scraper {
    pub(crate) url: String,
    pub(crate) client: Client,
}

/// One page of metrics.
pub(crate) struct MetricsPage(pub(crate) String);

impl Scraper {
    /// Starts a server with metrics.
    pub(crate) async fn start(launch: Launch<'_>) -> (Self, ServerProcess) {
        let launch = launch.set("WAXWING_METRICS_TOKEN", METRICS_TOKEN).set("WAXWING_METRICS_LISTEN", "127.0.0.1:0");
        let (mut server, _) = launch.start().await;
        let ready = server.wait_for_log("metrics ready").await;
        let url = format!("http://{}/metrics", ready["address"].as_str().unwrap());
        (Self { url, client: Client::builder().no_proxy().build().unwrap() }, server)
    }

    pub(crate) async fn page(&self) -> MetricsPage {
        let response = self.client.get(&self.url).bearer_auth(METRICS_TOKEN).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        MetricsPage(response.text().await.unwrap())
    }

    /// Reads pages until the condition is true for one.
    pub(crate) async fn page_with(&self, condition: impl Fn(&MetricsPage) -> bool) -> MetricsPage {
        let mut last = self.page().await;
        let found = async {
            while !condition(&last) {
                last = self.page().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        assert!(found.is_ok(), "no page meets the condition: {}", last.0);
        last
    }
}

impl MetricsPage {
    /// Returns the value of a series; none if it does not exist.
    pub(crate) fn get(&self, series: &str) -> Option<f64> {
        let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
        self.0.lines().find_map(value)
    }

    #[track_caller]
    pub(crate) fn check(&self, series: &str, expected: f64) {
        let found = self.get(series);
        assert!(found.is_some_and(|value| (value - expected).abs() < 1e-9), "{series}: {found:?} in {}", self.0);
    }

    #[track_caller]
    pub(crate) fn check_positive(&self, series: &str) {
        assert!(self.get(series).is_some_and(|value| value > 0.0), "{series} in {}", self.0);
    }
}
