//! Container images as OCI image layouts.
//!
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::archive::{Entry, gzip, tar};
use super::digest::sha256;
use super::release::Release;

/// User and group of the process. No other image or system gives this number to a user, and Kubernetes accepts only numbers as not root.
pub(super) const USER: u64 = 65532;

/// Directory of the database.
const DATA: &str = "/var/lib/waxwing";

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Content of an image.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) release: &'a Release,
    /// Architecture in the terms of OCI, such as `amd64`.
    pub(super) architecture: &'a str,
    /// The static program.
    pub(super) program: Vec<u8>,
    /// Certificates of the CAs in the format PEM.
    pub(super) certificates: Vec<u8>,
    /// Licences of the packages.
    pub(super) licenses: String,
}

impl Image<'_> {
    /// Writes the layout into a directory, which must not exist. Returns the digest of the manifest.
    pub(super) fn write(&self, dir: &Path) -> anyhow::Result<String> {
        let blobs = Blobs::create(dir)?;
        let layer = tar(&self.entries(), self.release.epoch)?;
        let packed = blobs.write(LAYER, &gzip(&layer)?)?;
        let config = blobs.write(CONFIG, &bytes(&self.config(&sha256(&layer))?)?)?;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [packed], "annotations": self.labels()?,
        });
        let mut manifest = blobs.write(MANIFEST, &bytes(&manifest)?)?;
        let digest = manifest["digest"].as_str().unwrap_or_default().to_owned();
        manifest["platform"] = json!({ "architecture": self.architecture, "os": "linux" });
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": self.release.version });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest] });
        std::fs::write(dir.join("index.json"), bytes(&index)?)?;
        std::fs::write(dir.join("oci-layout"), bytes(&json!({ "imageLayoutVersion": "1.0.0" }))?)?;
        Ok(digest)
    }

    /// Returns the files of the image: there is no shell and no other program.
    fn entries(&self) -> Vec<Entry> {
        let data = DATA.trim_start_matches('/');
        let user = format!("root:x:0:0::/:/sbin/nologin\nwaxwing:x:{USER}:{USER}::{DATA}:/sbin/nologin\n");
        let group = format!("root:x:0:\nwaxwing:x:{USER}:\n");
        let directories =
            ["etc", "etc/ssl", "etc/ssl/certs", "usr", "usr/local", "usr/local/bin", "usr/share", "usr/share/doc"];
        let mut entries: Vec<_> = directories.iter().map(|path| Entry::directory(*path, 0o755, 0)).collect();
        entries.extend([
            Entry::directory("usr/share/doc/waxwing", 0o755, 0),
            Entry::directory("tmp", 0o1777, 0),
            Entry::directory("var", 0o755, 0),
            Entry::directory("var/lib", 0o755, 0),
            Entry::directory(data, 0o700, USER),
            Entry::file("etc/passwd", user),
            Entry::file("etc/group", group),
            // Without this file, the C library asks DNS before the hosts of the container.
            Entry::file("etc/nsswitch.conf", "hosts: files dns\n"),
            Entry::file("etc/ssl/certs/ca-certificates.crt", self.certificates.clone()),
            Entry::file("usr/share/doc/waxwing/THIRD-PARTY.txt", self.licenses.clone()),
            Entry::program("usr/local/bin/waxwing", self.program.clone()),
        ]);
        entries
    }

    fn config(&self, layer: &str) -> anyhow::Result<Value> {
        let created = self.release.time()?;
        let seconds = |seconds: u64| seconds * 1_000_000_000;
        Ok(json!({
            "created": created,
            "architecture": self.architecture,
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "ExposedPorts": { "7777/tcp": {} },
                "Env": [
                    "PATH=/usr/local/bin",
                    format!("DATABASE_URL=sqlite://{DATA}/waxwing.db"),
                    "WAXWING_LOG_FORMAT=json",
                ],
                "Entrypoint": ["/usr/local/bin/waxwing"],
                "Cmd": ["serve"],
                "WorkingDir": DATA,
                "Volumes": { DATA: {} },
                "StopSignal": "SIGTERM",
                "Labels": self.labels()?,
                // The OCI specification has no health check, and lets readers ignore what they do not know. Docker knows this field.
                "Healthcheck": {
                    "Test": ["CMD", "/usr/local/bin/waxwing", "health"],
                    "Interval": seconds(30), "Timeout": seconds(10), "StartPeriod": seconds(30), "Retries": 3,
                },
            },
            "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer}")] },
            "history": [{ "created": created, "created_by": "cargo xtask dist" }],
        }))
    }

    /// Returns the labels: <https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md>.
    fn labels(&self) -> anyhow::Result<Value> {
        let mut labels = json!({
            "org.opencontainers.image.title": "waxwing",
            "org.opencontainers.image.description": "Serve AI agents, and teams of agents, on WhatsApp",
            "org.opencontainers.image.version": self.release.version,
            "org.opencontainers.image.created": self.release.time()?,
            "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
        });
        if let Some(commit) = &self.release.commit {
            labels["org.opencontainers.image.revision"] = commit.as_str().into();
        }
        Ok(labels)
    }
}

/// Directory of blobs, which are named after their digests.
struct Blobs(PathBuf);

impl Blobs {
    fn create(layout: &Path) -> anyhow::Result<Self> {
        let blobs = layout.join("blobs/sha256");
        std::fs::create_dir_all(&blobs)?;
        Ok(Self(blobs))
    }

    /// Writes a blob, and returns its descriptor.
    fn write(&self, media_type: &str, content: &[u8]) -> anyhow::Result<Value> {
        let digest = sha256(content);
        std::fs::write(self.0.join(&digest), content)?;
        Ok(json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": content.len() }))
    }
}

fn bytes(value: &Value) -> anyhow::Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flate2::read::GzDecoder;

    use super::*;

    /// Reads the blob of a descriptor, and checks its digest and its size.
    fn blob(dir: &Path, descriptor: &Value) -> Vec<u8> {
        let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let content = std::fs::read(dir.join("blobs/sha256").join(digest)).unwrap();
        assert_eq!((sha256(&content).as_str(), Some(content.len() as u64)), (digest, descriptor["size"].as_u64()));
        content
    }

    fn json_of(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    fn write(dir: &Path) -> String {
        let release = Release { version: "0.1.0".to_owned(), commit: Some("abc".to_owned()), epoch: 1_700_000_000 };
        let image = Image {
            release: &release,
            architecture: "amd64",
            program: b"program".to_vec(),
            certificates: b"certificates".to_vec(),
            licenses: "licences".to_owned(),
        };
        image.write(dir).unwrap()
    }

    #[test]
    fn a_layout_leads_from_the_index_to_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("layout");
        let digest = write(&dir);
        assert_eq!(json_of(&std::fs::read(dir.join("oci-layout")).unwrap()), json!({ "imageLayoutVersion": "1.0.0" }));
        let index = json_of(&std::fs::read(dir.join("index.json")).unwrap());
        let descriptor = &index["manifests"][0];
        assert_eq!(descriptor["digest"].as_str(), Some(digest.as_str()));
        assert_eq!(descriptor["platform"], json!({ "architecture": "amd64", "os": "linux" }));
        let manifest = json_of(&blob(&dir, descriptor));
        let config = json_of(&blob(&dir, &manifest["config"]));
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Entrypoint"], json!(["/usr/local/bin/waxwing"]));
        assert_eq!(config["config"]["Labels"]["org.opencontainers.image.revision"], "abc");
        assert_eq!(config["config"]["Healthcheck"]["Test"][2], "health");
        let layer = blob(&dir, &manifest["layers"][0]);
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut GzDecoder::new(layer.as_slice()), &mut unpacked).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"], json!([format!("sha256:{}", sha256(&unpacked))]));
        let mut modes = BTreeMap::new();
        for entry in tar::Archive::new(unpacked.as_slice()).entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            let path = entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
            modes.insert(path, (header.mode().unwrap(), header.uid().unwrap()));
        }
        assert_eq!(modes["usr/local/bin/waxwing"], (0o755, 0));
        assert_eq!(modes["var/lib/waxwing"], (0o700, USER));
        assert_eq!(modes["etc/ssl/certs/ca-certificates.crt"], (0o644, 0));
    }

    #[test]
    fn the_same_content_gives_the_same_image() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(write(&dir.path().join("a")), write(&dir.path().join("b")));
    }
}
