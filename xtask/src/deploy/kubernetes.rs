//! Check of the Kubernetes manifests.
//!
//! The check reads what this deployment relies on. Schemas find unknown keys, in another check.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::environment::KnownVariables;
use super::yaml;

/// API versions of the kinds that the file may use.
const KINDS: [(&str, &str); 5] = [
    ("ConfigMap", "v1"),
    ("Deployment", "apps/v1"),
    ("PersistentVolumeClaim", "v1"),
    ("Secret", "v1"),
    ("Service", "v1"),
];

/// Facts about the program that a manifest must fit.
#[derive(Debug)]
pub(super) struct Program {
    /// Shutdown timeout in seconds.
    pub(super) shutdown_timeout: u64,
    pub(super) variables: KnownVariables,
}

/// Checks manifests. Returns how many there are.
pub(super) fn check(text: &str, program: &Program) -> anyhow::Result<usize> {
    let documents = yaml::parse(text)?;
    let mut objects = BTreeMap::new();
    for document in &documents {
        let kind = document["kind"].as_str().context("a document has no kind")?;
        let name = document["metadata"]["name"].as_str().with_context(|| format!("a {kind} has no name"))?;
        let (_, version) =
            KINDS.iter().find(|(known, _)| *known == kind).with_context(|| format!("the kind {kind}"))?;
        ensure!(document["apiVersion"] == *version, "{kind} {name}: its apiVersion is {version}");
        ensure!(objects.insert((kind, name), document).is_none(), "{kind} {name} is there twice");
    }
    for ((kind, name), object) in &objects {
        let checked = match *kind {
            "Deployment" => Deployment { objects: &objects, object }.check(program),
            "Secret" => program.variables.check("stringData", keys(&object["stringData"])),
            "Service" => service(&objects, object),
            _ => Ok(()),
        };
        checked.with_context(|| format!("{kind} {name}"))?;
    }
    Ok(documents.len())
}

type Objects<'a> = BTreeMap<(&'a str, &'a str), &'a Value>;

fn keys(value: &Value) -> impl Iterator<Item = &str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Checks that a service selects the pods of a deployment, and names one of their ports.
fn service(objects: &Objects<'_>, service: &Value) -> anyhow::Result<()> {
    let selector = &service["spec"]["selector"];
    let deployments = objects.iter().filter(|((kind, _), _)| *kind == "Deployment").map(|(_, object)| object);
    let mut pods = deployments.map(|deployment| &deployment["spec"]["template"]);
    let pod = pods.find(|pod| pod["metadata"]["labels"] == *selector).context("the selector matches no pod")?;
    let ports: Vec<_> = items(&pod["spec"]["containers"]).flat_map(|container| items(&container["ports"])).collect();
    for port in items(&service["spec"]["ports"]) {
        let target = &port["targetPort"];
        ensure!(ports.iter().any(|port| port["name"] == *target), "no container has the port {target}");
    }
    Ok(())
}

struct Deployment<'a> {
    objects: &'a Objects<'a>,
    object: &'a Value,
}

impl Deployment<'_> {
    fn check(&self, program: &Program) -> anyhow::Result<()> {
        let spec = &self.object["spec"];
        ensure!(spec["replicas"] == 1, "one process uses the database, so there is one replica");
        ensure!(
            spec["strategy"]["type"] == "Recreate",
            "the strategy must be Recreate: the next process waits for the lock"
        );
        let labels = &spec["template"]["metadata"]["labels"];
        ensure!(
            labels.is_object() && spec["selector"]["matchLabels"] == *labels,
            "the selector does not match the labels"
        );
        let pod = &spec["template"]["spec"];
        ensure!(pod["securityContext"]["runAsNonRoot"] == true, "the pod runs as root");
        let containers: Vec<_> = items(&pod["containers"]).collect();
        ensure!(!containers.is_empty(), "there is no container");
        for container in containers {
            self.container(pod, container, program)?;
        }
        for volume in items(&pod["volumes"]) {
            self.exists("PersistentVolumeClaim", &volume["persistentVolumeClaim"]["claimName"])?;
            self.exists("ConfigMap", &volume["configMap"]["name"])?;
        }
        Ok(())
    }

    fn container(&self, pod: &Value, container: &Value, program: &Program) -> anyhow::Result<()> {
        let names = items(&container["env"]).filter_map(|variable| variable["name"].as_str());
        program.variables.check("env", names)?;
        let is_text = |variable: &Value| variable["value"].is_string() || variable["valueFrom"].is_object();
        ensure!(items(&container["env"]).all(is_text), "a variable is no text; quote it");
        for source in items(&container["envFrom"]) {
            self.exists("Secret", &source["secretRef"]["name"])?;
        }
        for (probe, path) in
            [("startupProbe", "/health/live"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready")]
        {
            let get = &container[probe]["httpGet"];
            ensure!(get["path"] == path, "{probe} does not ask {path}");
            let mut ports = items(&container["ports"]);
            ensure!(ports.any(|port| port["name"] == get["port"]), "{probe} asks a port that does not exist");
        }
        let context = &container["securityContext"];
        ensure!(context["allowPrivilegeEscalation"] == false, "the container may get more rights");
        ensure!(context["readOnlyRootFilesystem"] == true, "the container can write to its image");
        for mount in items(&container["volumeMounts"]) {
            let mut volumes = items(&pod["volumes"]);
            ensure!(volumes.any(|volume| volume["name"] == mount["name"]), "there is no volume {}", mount["name"]);
        }
        let sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().context("preStop does not sleep")?;
        let grace =
            pod["terminationGracePeriodSeconds"].as_u64().context("there is no terminationGracePeriodSeconds")?;
        let needed = sleep + program.shutdown_timeout;
        ensure!(grace > needed, "the program needs {needed} s to stop, and gets {grace} s");
        Ok(())
    }

    /// Checks that an object is part of the file, if `name` is a name.
    fn exists(&self, kind: &str, name: &Value) -> anyhow::Result<()> {
        let Some(name) = name.as_str() else { return Ok(()) };
        ensure!(self.objects.contains_key(&(kind, name)), "there is no {kind} {name}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that is checked; each fault is a change of it.
    const FILE: &str = include_str!("../../../deploy/kubernetes/waxwing.yaml");

    fn check_text(text: &str) -> anyhow::Result<usize> {
        let variables = KnownVariables::parse(include_str!("../../../docs/settings.md"));
        check(text, &Program { shutdown_timeout: 20, variables })
    }

    #[test]
    fn the_manifests_are_good() {
        assert_eq!(check_text(FILE).unwrap(), 5);
    }

    #[test]
    fn each_fault_is_found() {
        for (good, bad, error) in [
            ("replicas: 1", "replicas: 2", "one replica"),
            ("type: Recreate", "type: RollingUpdate", "Recreate"),
            ("apiVersion: apps/v1", "apiVersion: extensions/v1beta1", "apps/v1"),
            ("kind: Service\n", "kind: Servise\n", "Servise"),
            ("name: PORT\n", "name: PROT\n", "PROT"),
            ("WHATSAPP_APP_SECRET:", "WHATSAP_APP_SECRET:", "WHATSAP_APP_SECRET"),
            ("value: \"7777\"", "value: 7777", "quote it"),
            ("targetPort: http", "targetPort: web", "the port"),
            ("path: /health/ready", "path: /ready", "readinessProbe"),
            ("port: http\n            periodSeconds: 2\n", "port: web\n            periodSeconds: 2\n", "startupProbe"),
            ("claimName: waxwing", "claimName: data", "PersistentVolumeClaim data"),
            (
                "secretRef:\n                name: waxwing",
                "secretRef:\n                name: secrets",
                "Secret secrets",
            ),
            ("- name: tmp\n          emptyDir", "- name: temporary\n          emptyDir", "no volume \"tmp\""),
            ("terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 25", "25 s to stop, and gets 25 s"),
            ("runAsNonRoot: true", "runAsNonRoot: false", "root"),
            ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "can write"),
            ("kind: ConfigMap", "kind: Secret", "there twice"),
        ] {
            assert!(FILE.contains(good), "{good}");
            let found = format!("{:#}", check_text(&FILE.replacen(good, bad, 1)).unwrap_err());
            assert!(found.contains(error), "{bad}: {found}");
        }
    }
}
