//! `waxwing health`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use clap::Args;
use reqwest::redirect::Policy;
use url::Url;
use waxwing::Settings;
use waxwing_config::ConfigPurpose;

use crate::output::print_line;
use crate::setting_flags::{SettingFlags, file_help};

/// Health endpoint that is asked if the URL names none.
const ENDPOINT: &str = "/health/live";

/// Largest part of an answer that is printed, in bytes.
const MAX_ANSWER: usize = 256;

/// Ask a running server whether it is alive. The exit code is 0 if it is, and 1 if not, for containers without a shell.
#[derive(Debug, Args)]
pub(crate) struct Health {
    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG", help = file_help())]
    config: Option<PathBuf>,

    /// Address of the server, or of one of its health endpoints, such as `http://127.0.0.1:7777/health/ready`. Default: `/health/live` at
    /// the host and port of the settings.
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Time to wait for the answer.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

impl Health {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let url = self.endpoint()?;
        // The server is on this machine or in the same network, so no proxy is asked.
        let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(self.timeout).build()?;
        let sent = client.get(url.clone()).send().await.map_err(reqwest::Error::without_url);
        let mut response = sent.with_context(|| format!("{url} did not answer"))?;
        let status = response.status();
        let body = response.chunk().await.ok().flatten().unwrap_or_default();
        let body = String::from_utf8_lossy(&body[..body.len().min(MAX_ANSWER)]);
        ensure!(status.is_success(), "{url} answered {status} {body}");
        print_line!("{url} answered {status} {body}");
        Ok(())
    }

    /// Returns the endpoint to ask. An error of the settings leads to exit code 1 too, since container runtimes know no other.
    fn endpoint(&self) -> anyhow::Result<Url> {
        let url = match &self.url {
            Some(url) => url.clone(),
            None => format!("http://{}", self.configured().map_err(|error| anyhow!("{error:#}"))?),
        };
        let mut url = Url::parse(&url).with_context(|| format!("--url {url:?} is no URL; write http://HOST:PORT"))?;
        ensure!(
            url.has_host() && url.scheme().starts_with("http"),
            "--url {url} is no URL of a server; write http://HOST:PORT"
        );
        if url.path() == "/" {
            url.set_path(ENDPOINT);
        }
        Ok(url)
    }

    fn configured(&self) -> anyhow::Result<std::net::SocketAddr> {
        let flags = SettingFlags::with_file(self.config.clone());
        let config = flags.config(ConfigPurpose::Settings)?;
        Ok(Settings::local_address(&config.with(&flags))?)
    }
}
