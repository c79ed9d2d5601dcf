//! Flags about the network of `waxwing emulator`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use waxwing::ConfigError;
use waxwing_emulator::{Emulator, EmulatorBuilder};

use crate::http_url::http_url_text;
use crate::output::print_text;

/// Addresses on which the emulator listens, and names under which clients call it.
#[derive(Debug, Args)]
pub(crate) struct ListenFlags {
    /// Port of the Graph API and of the phone page; 0 takes a free one.
    #[arg(long, env = "WAXWING_EMULATOR_PORT", default_value_t = 7778)]
    port: u16,

    /// Address to listen on. In a container, 0.0.0.0; everything that can reach the port can then use the emulator.
    #[arg(long, value_name = "ADDRESS", env = "WAXWING_EMULATOR_HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Name under which other machines or containers may use the phone page and the control API. Repeat the flag for more, or separate
    /// names with commas.
    #[arg(long, value_name = "NAME", env = "WAXWING_EMULATOR_ALLOWED_HOST", value_delimiter = ',')]
    allowed_host: Vec<String>,

    /// URL by which the server under test reaches the emulator, for the URLs of media files. Default: the address.
    #[arg(long, value_name = "URL", env = "WAXWING_EMULATOR_PUBLIC_URL", value_parser = http_url_text)]
    public_url: Option<String>,

    /// Port of an HTTPS proxy for clients with a hard-coded https://graph.facebook.com; 0 takes a free one.
    #[arg(long, value_name = "PORT", env = "WAXWING_EMULATOR_HTTPS_PROXY", requires = "ca_file")]
    https_proxy: Option<u16>,

    /// File to which the certificate is written that clients of the HTTPS proxy must trust. It is valid for this run only.
    #[arg(long, value_name = "FILE", env = "WAXWING_EMULATOR_CA_FILE", requires = "https_proxy")]
    ca_file: Option<PathBuf>,
}

impl ListenFlags {
    /// Applies the flags to an emulator.
    pub(crate) fn apply(&self, builder: EmulatorBuilder) -> EmulatorBuilder {
        let builder = builder.bind(SocketAddr::new(self.host, self.port));
        let builder = self.allowed_host.iter().fold(builder, EmulatorBuilder::allow_host);
        let builder = match &self.public_url {
            Some(url) => builder.public_url(url.trim_end_matches('/')),
            None => builder,
        };
        match self.https_proxy {
            Some(port) => builder.https_proxy(SocketAddr::new(self.host, port)),
            None => builder,
        }
    }

    /// Returns the error of a start with the flags that help.
    pub(crate) fn explain(&self, error: waxwing_emulator::Error) -> anyhow::Error {
        let waxwing_emulator::Error::Bind { address, .. } = &error else { return error.into() };
        let flag = if self.https_proxy == Some(address.port()) && self.port != address.port() {
            "--https-proxy"
        } else {
            "--port"
        };
        let help = format!("the emulator cannot listen on {address}: stop the other program or pass {flag} 0");
        anyhow::Error::new(error).context(help)
    }

    /// Writes the certificate of the proxy.
    pub(crate) fn write_ca_file(&self, emulator: &Emulator) -> anyhow::Result<()> {
        let (Some(file), Some(certificate)) = (&self.ca_file, emulator.ca_certificate()) else { return Ok(()) };
        std::fs::write(file, certificate).map_err(|error| {
            ConfigError::new(format!("the certificate cannot be written to {}: {error}", file.display()))
        })?;
        Ok(())
    }

    /// Prints how a client uses the proxy.
    pub(crate) fn announce_proxy(&self, emulator: &Emulator) {
        let (Some(file), Some(url)) = (&self.ca_file, emulator.https_proxy_url()) else { return };
        let file = file.display();
        print_text!(
            "  A client that calls https://graph.facebook.com uses it with\n\n    \
             export HTTPS_PROXY={url}\n    \
             export SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file} NODE_EXTRA_CA_CERTS={file}\n"
        );
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::command::Cli;

    /// Containers and CI services configure programs by their environment.
    #[test]
    fn every_flag_of_the_emulator_is_an_environment_variable() {
        let cli = Cli::command();
        let emulator = cli.find_subcommand("emulator").unwrap();
        let flags: Vec<_> = emulator.get_arguments().filter(|flag| !flag.is_global_set()).collect();
        assert!(flags.len() > 18, "{}", flags.len());
        for flag in flags {
            let variable = format!("WAXWING_EMULATOR_{}", flag.get_id().as_str().to_uppercase());
            assert_eq!(flag.get_env().and_then(|it| it.to_str()), Some(variable.as_str()));
            let is_secret = ["access_token", "app_secret", "verify_token"].contains(&flag.get_id().as_str());
            assert_eq!(flag.is_hide_env_values_set(), is_secret, "{variable}");
        }
        let dev = cli.find_subcommand("dev").unwrap();
        for id in ["phone_port", "pace", "approve_templates", "lenient", "strict", "seed", "waba_id", "app_id", "name"]
        {
            let flag = dev.get_arguments().find(|flag| flag.get_id() == id).unwrap();
            assert!(flag.get_env().is_some_and(|it| it.to_str().unwrap().starts_with("WAXWING_EMULATOR_")), "{id}");
        }
    }
}
