//! Stage of CI that checks the files of `deploy/`.

mod compose;
mod environment;
mod kubernetes;
mod proxy;
mod schemas;
mod systemd;
mod yaml;

use anyhow::Context as _;
use xshell::Shell;

use crate::{debian, dist};
use environment::KnownVariables;
use kubernetes::Program;

/// Page that lists all settings.
const SETTINGS: &str = "docs/settings.md";

/// Manifests for Kubernetes.
const MANIFESTS: &str = "deploy/kubernetes/waxwing.yaml";

/// Programs that check files, with their Debian packages. A check whose program is missing is left out, and the output says so.
const PROGRAMS: [(&str, &str); 3] = [("caddy", "caddy"), ("skopeo", "skopeo"), ("systemd-analyze", "systemd")];

/// Checks the systemd units, the proxy, the compose file, the Kubernetes manifests, and the form of a container image.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    debian::provide(sh, &PROGRAMS)?;
    let settings = sh.read_file(SETTINGS)?;
    let variables = KnownVariables::parse(&settings);
    if !systemd::check(sh, &sh.current_dir().join("deploy/systemd"), &variables)? {
        println!("systemd units: not checked, because systemd-analyze is missing");
    }
    println!("Caddyfile: {}", if proxy::check(sh)? { "valid" } else { "not checked, because caddy is missing" });
    let dir = sh.current_dir().join("deploy");
    let services = compose::check(&dir, &sh.read_file("deploy/compose.yaml")?, &variables).context("compose.yaml")?;
    println!("compose.yaml: the services {}", services.join(", "));
    let program = Program { shutdown_timeout: shutdown_timeout(&settings)?, variables };
    let manifests = kubernetes::check(&sh.read_file(MANIFESTS)?, &program).context(MANIFESTS)?;
    let schemas = match schemas::check(sh, MANIFESTS)? {
        None => "fit the schemas".to_owned(),
        Some(reason) => format!("not compared with the schemas: {reason}"),
    };
    println!("{MANIFESTS}: {manifests} manifests, {schemas}");
    println!("{}", dist::try_image(sh)?);
    Ok(())
}

/// Returns the default shutdown timeout in seconds, from the page of the settings.
fn shutdown_timeout(settings: &str) -> anyhow::Result<u64> {
    let row = settings.lines().find(|line| line.starts_with("| `WAXWING_SHUTDOWN_TIMEOUT`"));
    let default = row.and_then(|row| row.split("[default: ").nth(1)?.split("s]").next());
    default.and_then(|seconds| seconds.parse().ok()).with_context(|| format!("{SETTINGS} has no shutdown timeout"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shutdown_timeout_of_the_page() {
        assert_eq!(shutdown_timeout(include_str!("../../docs/settings.md")).unwrap(), 20);
        assert!(shutdown_timeout("").is_err());
    }

    /// Programs that are missing are not installed by a test; the stage of CI installs them.
    #[test]
    fn the_files_are_good() {
        let sh = Shell::new().unwrap();
        sh.change_dir(crate::root(&sh).unwrap());
        let dir = sh.current_dir().join("deploy");
        let variables = KnownVariables::parse(&sh.read_file(SETTINGS).unwrap());
        let services = compose::check(&dir, &sh.read_file("deploy/compose.yaml").unwrap(), &variables).unwrap();
        assert_eq!(services.len(), 3, "{services:?}");
        systemd::check(&sh, &dir.join("systemd"), &variables).unwrap();
        proxy::check(&sh).unwrap();
    }
}
