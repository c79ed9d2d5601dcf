//! Services of `deploy/compose.yaml` as plain processes.

use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};
use waxwing_tests::{Launch, TestEnv};

/// Service of the compose file: its arguments, its environment and its mounts.
pub(crate) struct ComposeService {
    pub(crate) command: Vec<String>,
    pub(crate) health_check: Vec<String>,
    environment: Vec<(String, String)>,
    /// Paths in the container, with the paths of this machine.
    mounts: Vec<(String, PathBuf)>,
}

impl ComposeService {
    /// Reads a service. Volumes become directories of the environment, and mounted files are copied into it.
    ///
    /// `changes` are texts of the environment and of the mounted files with their replacements, such as the address of another service in the
    /// network of the containers.
    pub(crate) fn read(name: &str, env: &TestEnv, changes: &[(&str, &str)]) -> Self {
        let text = fs::read_to_string(deploy().join("compose.yaml")).unwrap();
        let file = Yaml::load_from_str(&text).unwrap().remove(0);
        let content = file.as_mapping_get("services").and_then(|services| services.as_mapping_get(name));
        let content = content.unwrap_or_else(|| panic!("compose.yaml has no {name}"));
        let rewrite = |value: String| changes.iter().fold(value, |value, (from, to)| value.replace(from, to));
        let mounts = texts(content, "volumes").into_iter().map(|mount| {
            let mut parts = mount.split(':');
            let (source, target) = (parts.next().unwrap(), parts.next().unwrap());
            let path = env.path(&format!("{name}-{}", source.trim_start_matches("./")));
            if source.starts_with('.') {
                copy(&deploy().join(source), &path, &rewrite);
            } else {
                fs::create_dir_all(&path).unwrap();
            }
            (target.to_owned(), path)
        });
        let mounts = mounts.collect();
        let variables = content.as_mapping_get("environment").and_then(Yaml::as_mapping);
        let environment = variables.into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().expect("a value of the environment is a text");
            (name.as_str().unwrap().to_owned(), rewrite(value.to_owned()))
        });
        let environment = environment.collect();
        let health_check = content.as_mapping_get("healthcheck").map(|check| texts(check, "test")).unwrap_or_default();
        Self { command: texts(content, "command"), health_check, environment, mounts }
    }

    /// Replaces a path of the container by that of this machine. A value has one path at most.
    pub(crate) fn mounted(&self, value: &str) -> String {
        // The text of a mount can be a part of that of a longer one.
        let mount =
            self.mounts.iter().filter(|(target, _)| value.contains(target)).max_by_key(|(target, _)| target.len());
        mount.map_or_else(|| value.to_owned(), |(target, here)| value.replacen(target, here.to_str().unwrap(), 1))
    }

    /// Returns the arguments with the paths of this machine.
    pub(crate) fn arguments(&self) -> Vec<String> {
        self.command.iter().map(|argument| self.mounted(argument)).collect()
    }

    /// Sets the environment of the service.
    pub(crate) fn environment<'e>(&self, launch: Launch<'e>) -> Launch<'e> {
        self.environment.iter().fold(launch, |launch, (name, value)| launch.set(name, &self.mounted(value)))
    }
}

fn texts(content: &Yaml<'_>, key: &str) -> Vec<String> {
    let list = content.as_mapping_get(key).and_then(Yaml::as_sequence);
    list.into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Copies a text file, or a directory of text files, and changes the texts.
fn copy(from: &Path, to: &Path, change: &impl Fn(String) -> String) {
    if from.is_file() {
        return fs::write(to, change(fs::read_to_string(from).unwrap())).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()), change);
    }
}

/// Directory of the compose file.
pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}
