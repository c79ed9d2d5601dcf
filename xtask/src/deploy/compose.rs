//! Check of the compose file.
//!
//! The reference is <https://github.com/compose-spec/compose-spec/blob/main/spec.md>.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Map, Value};

use super::environment::{self, KnownVariables};
use super::yaml;

/// Keys of a service that the file may use. Compose refuses an unknown key.
const KEYS: [&str; 17] = [
    "cap_drop",
    "command",
    "depends_on",
    "env_file",
    "environment",
    "expose",
    "healthcheck",
    "image",
    "network_mode",
    "ports",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "tmpfs",
    "user",
    "volumes",
];

/// Checks a compose file in a directory. Returns the names of its services.
pub(super) fn check(dir: &Path, text: &str, known: &KnownVariables) -> anyhow::Result<Vec<String>> {
    let documents = yaml::parse(text)?;
    let [file] = documents.as_slice() else { bail!("the file has {} documents", documents.len()) };
    let services = object(&file["services"]).context("services")?;
    ensure!(services.contains_key("waxwing"), "the file has no service waxwing");
    let no_volumes = Map::new();
    let volumes = file["volumes"].as_object().unwrap_or(&no_volumes);
    let mut used = Vec::new();
    for (name, service) in services {
        let check = Service { dir, services, volumes, content: service };
        used.extend(check.run().with_context(|| format!("service {name}"))?);
        if name == "waxwing" {
            waxwing(dir, service, known)?;
        }
    }
    for volume in volumes.keys() {
        ensure!(used.contains(volume), "no service uses the volume {volume}");
    }
    Ok(services.keys().cloned().collect())
}

fn object(value: &Value) -> anyhow::Result<&Map<String, Value>> {
    value.as_object().context("a mapping is missing")
}

fn texts(value: &Value) -> anyhow::Result<Vec<&str>> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|item| item.as_str().context("an item is no text; quote it")).collect()
}

/// Checks that the service sets settings of the program, and asks the program for its health.
fn waxwing(dir: &Path, service: &Value, known: &KnownVariables) -> anyhow::Result<()> {
    known.check("service waxwing", object(&service["environment"])?.keys().map(String::as_str))?;
    let file = service["env_file"].as_str().context("service waxwing has no env_file")?;
    let example = dir.join(format!("{file}.example"));
    let example = std::fs::read_to_string(&example).with_context(|| example.display().to_string())?;
    let variables = environment::names(&example).into_iter().filter(|name| *name != "WAXWING_DOMAIN");
    known.check(".env.example", variables)?;
    let test = texts(&service["healthcheck"]["test"])?;
    ensure!(test.first() == Some(&"CMD") && test.last() == Some(&"health"), "the health check is not `waxwing health`");
    ensure!(service["read_only"] == true, "service waxwing can write to its image");
    Ok(())
}

struct Service<'a> {
    dir: &'a Path,
    services: &'a Map<String, Value>,
    volumes: &'a Map<String, Value>,
    content: &'a Value,
}

impl Service<'_> {
    /// Checks the service, and returns the volumes that it mounts.
    fn run(&self) -> anyhow::Result<Vec<String>> {
        for key in object(self.content)?.keys() {
            ensure!(KEYS.contains(&key.as_str()), "the key {key} is not known to this check");
        }
        let image = self.content["image"].as_str().context("no image")?;
        let (_, tag) = image.rsplit_once(':').with_context(|| format!("the image {image} has no tag"))?;
        ensure!(tag != "latest", "the image {image} changes without notice; name a version");
        for other in self.content["depends_on"].as_object().into_iter().flat_map(Map::keys) {
            ensure!(self.services.contains_key(other), "depends on the service {other}, which does not exist");
        }
        for port in texts(&self.content["ports"])?.into_iter().chain(texts(&self.content["expose"])?) {
            for number in port.rsplit(':').take(2) {
                number.parse::<u16>().ok().filter(|port| *port > 0).with_context(|| format!("the port {port}"))?;
            }
        }
        texts(&self.content["command"])?;
        let mut used = Vec::new();
        for mount in texts(&self.content["volumes"])? {
            used.extend(self.mount(mount).with_context(|| format!("the mount {mount}"))?);
        }
        Ok(used)
    }

    /// Checks a mount `SOURCE:TARGET[:ro]`. Returns the volume, if the source is one.
    fn mount(&self, mount: &str) -> anyhow::Result<Option<String>> {
        let parts: Vec<_> = mount.split(':').collect();
        let (source, target) = match parts.as_slice() {
            [source, target] | [source, target, "ro"] => (*source, *target),
            _ => bail!("is not SOURCE:TARGET or SOURCE:TARGET:ro"),
        };
        ensure!(target.starts_with('/'), "the target is no absolute path");
        if source.starts_with('.') {
            ensure!(self.dir.join(source).exists(), "the source is not in the repository");
            return Ok(None);
        }
        ensure!(self.volumes.contains_key(source), "the source is no volume of the file");
        Ok(Some(source.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
services:
  waxwing:
    image: waxwing:0.1.0
    env_file: .env
    environment: { PORT: \"7777\" }
    volumes: [\"data:/data\", \"./a.toml:/a.toml:ro\"]
    expose: [\"7777\"]
    healthcheck: { test: [CMD, /waxwing, health] }
    read_only: true
  proxy:
    image: proxy:2
    ports: [\"80:80\", \"127.0.0.1:9090:9090\"]
    depends_on: { waxwing: { condition: service_healthy } }
volumes:
  data:
";

    fn check_text(text: &str) -> anyhow::Result<Vec<String>> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.toml"), "").unwrap();
        std::fs::write(dir.path().join(".env.example"), "PORT=\nWAXWING_DOMAIN=\n").unwrap();
        check(dir.path(), text, &KnownVariables::parse("| `PORT` |"))
    }

    #[test]
    fn a_good_file_names_its_services() {
        let mut services = check_text(GOOD).unwrap();
        services.sort();
        assert_eq!(services, ["proxy", "waxwing"]);
    }

    #[test]
    fn each_fault_is_found() {
        for (good, bad, error) in [
            ("waxwing:0.1.0", "waxwing", "has no tag"),
            ("proxy:2", "proxy:latest", "changes without notice"),
            ("PORT:", "PROT:", "PROT is no setting"),
            ("./a.toml:", "./b.toml:", "not in the repository"),
            ("data:/data", "date:/data", "no volume"),
            ("data:/data", "data:data", "no absolute path"),
            ("\"data:/data\", ", "", "no service uses the volume data"),
            ("80:80", "80:http", "the port 80:http"),
            ("{ waxwing: {", "{ server: {", "does not exist"),
            ("/waxwing, health", "/waxwing, --version", "health check"),
            ("read_only: true", "read_only: false", "can write"),
            ("read_only: true", "readonly: true", "readonly"),
            (".env\n", ".environment\n", ".environment.example"),
            ("  waxwing:\n", "  server:\n", "no service waxwing"),
        ] {
            assert!(GOOD.contains(good), "{good}");
            let found = format!("{:#}", check_text(&GOOD.replacen(good, bad, 1)).unwrap_err());
            assert!(found.contains(error), "{bad}: {found}");
        }
    }
}
