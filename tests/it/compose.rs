//! The service waxwing of `deploy/compose.yaml` as a plain process, with the arguments, the environment and the mounts of the file.

use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode as _, Yaml};
use waxwing_tests::{Launch, TestEnv};

use crate::support::METRICS_TOKEN;

/// Service of the compose file.
struct Service<'a> {
    content: &'a Yaml<'a>,
    /// Paths in the container, with the paths of this machine.
    mounts: Vec<(String, PathBuf)>,
}

impl<'a> Service<'a> {
    /// Reads a service. Volumes are directories of the environment, and other sources are files of the repository.
    fn read(file: &'a Yaml<'a>, name: &str, env: &TestEnv) -> Self {
        let content = get(get(file, "services"), name);
        let mut mounts = Vec::new();
        for mount in texts(get(content, "volumes")) {
            let mut parts = mount.split(':');
            let (source, target) = (parts.next().unwrap(), parts.next().unwrap());
            let here = if source.starts_with('.') { deploy().join(source) } else { env.path(source) };
            if !source.starts_with('.') {
                std::fs::create_dir_all(&here).unwrap();
            }
            assert!(here.exists(), "{mount}");
            mounts.push((target.to_owned(), here));
        }
        Self { content, mounts }
    }

    /// Replaces the paths of the container by those of this machine.
    fn mounted(&self, value: &str) -> String {
        self.mounts.iter().fold(value.to_owned(), |value, (target, here)| value.replace(target, here.to_str().unwrap()))
    }

    /// Sets the environment of the service.
    fn environment<'e>(&self, launch: Launch<'e>) -> Launch<'e> {
        let entries = get(self.content, "environment").as_mapping().unwrap();
        entries.iter().fold(launch, |launch, (name, value)| {
            launch.set(
                name.as_str().unwrap(),
                &self.mounted(value.as_str().expect("a value of the environment is a text")),
            )
        })
    }
}

fn get<'a>(yaml: &'a Yaml<'a>, key: &str) -> &'a Yaml<'a> {
    yaml.as_mapping_get(key).unwrap_or_else(|| panic!("compose.yaml has no {key}"))
}

fn texts<'a>(yaml: &'a Yaml<'a>) -> Vec<&'a str> {
    yaml.as_sequence().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// Sets the variables of `.env.example` to the values of the emulator, as an operator fills in the values of Meta.
fn secrets<'e>(env: &TestEnv, mut launch: Launch<'e>) -> Launch<'e> {
    let example = std::fs::read_to_string(deploy().join(".env.example")).unwrap();
    for line in example.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = line.split_once('=') else { continue };
        let secret = env.emulator.app_secret();
        launch = match name {
            "WHATSAPP_ACCESS_TOKEN" => launch.set(name, env.emulator.access_token()),
            "WHATSAPP_PHONE_NUMBER_ID" => launch.set(name, env.emulator.phone_number_id()),
            "WHATSAPP_APP_SECRET" => launch.set(name, secret.unwrap()),
            "WHATSAPP_VERIFY_TOKEN" => launch.set(name, env.emulator.verify_token()),
            "WAXWING_METRICS_TOKEN" => launch.set(name, METRICS_TOKEN),
            _ => launch.set(name, value),
        };
    }
    launch
}

#[tokio::test]
async fn the_service_answers_and_its_health_check_passes() {
    let env = TestEnv::new().await;
    let text = std::fs::read_to_string(deploy().join("compose.yaml")).unwrap();
    let file = Yaml::load_from_str(&text).unwrap().remove(0);
    let service = Service::read(&file, "waxwing", &env);
    let configured = |arguments: &[&str]| secrets(&env, service.environment(env.run(arguments)));
    // The emulator plays Meta, and the ports are free ones.
    let launch = configured(&texts(get(service.content, "command"))).set("WAXWING_METRICS_LISTEN", "127.0.0.1:0");
    let (server, origin) = launch.set("PORT", "0").set("WHATSAPP_GRAPH_URL", &env.emulator.url()).start().await;
    let port = origin.rsplit(':').next().unwrap();
    env.emulator.set_webhook(format!("http://127.0.0.1:{port}/whatsapp/webhook"));
    let ana = env.emulator.user("+34600000000");
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    assert!(env.path("data/waxwing.db").is_file(), "the database is in the volume");

    let check = texts(get(get(service.content, "healthcheck"), "test"));
    let [kind, program, arguments @ ..] = check.as_slice() else { panic!("{check:?}") };
    assert!(*kind == "CMD" && program.ends_with("/waxwing"), "{check:?}");
    let health = configured(arguments).set("PORT", port).output().await;
    assert_eq!(health.code, Some(0), "{}", health.stderr);
    assert_eq!(server.terminate().await.code, Some(0));
}
