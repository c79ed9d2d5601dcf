//! Software bill of materials in the format CycloneDX 1.5.
//!
//! <https://cyclonedx.org/docs/1.5/json/>

use anyhow::Context as _;
use serde_json::{Value, json};

use super::digest::sha256;
use super::packages::{PROGRAM, Package};
use super::release::Release;
use super::toolchain::Toolchain;

/// Returns the bill of materials of the program.
pub(super) fn cyclonedx(release: &Release, packages: &[Package], toolchain: &Toolchain) -> anyhow::Result<String> {
    let program = packages.iter().find(|package| package.name == PROGRAM).context("the program has no package")?;
    let others = packages.iter().filter(|package| package.name != PROGRAM);
    let mut components: Vec<_> = others.map(component).collect();
    components.extend(toolchain.libraries().iter().map(|library| {
        json!({
            "type": "library", "bom-ref": library.url(), "purl": library.url(), "scope": "required",
            "name": library.name, "version": library.version, "licenses": [{ "expression": library.license }],
        })
    }));
    let mut dependencies: Vec<_> =
        packages.iter().map(|package| json!({ "ref": package.url(), "dependsOn": package.uses })).collect();
    dependencies.extend(toolchain.libraries().iter().map(|library| json!({ "ref": library.url(), "dependsOn": [] })));
    let mut root = component(program);
    root["type"] = "application".into();
    root["name"] = "waxwing".into();
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": release.time()?,
            "tools": { "components": [{ "type": "application", "name": "cargo xtask dist", "version": release.version }] },
            "component": root,
        },
        "components": components,
        "dependencies": dependencies,
    });
    let serial = serial_number(&bom);
    let Value::Object(mut bom) = bom else { unreachable!("the macro made an object") };
    bom.insert("serialNumber".to_owned(), serial.into());
    Ok(serde_json::to_string_pretty(&bom)? + "\n")
}

fn component(package: &Package) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": package.url(),
        "purl": package.url(),
        "name": package.name,
        "version": package.version.to_string(),
        "scope": "required",
    });
    if let Some(license) = &package.license {
        component["licenses"] = json!([{ "expression": license }]);
    }
    if let Some(description) = &package.description {
        component["description"] = description.trim().into();
    }
    if let Some(checksum) = &package.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

/// Returns a UUID that the content determines, so that the same sources give the same file. The version 8 of RFC 9562 is free to use.
fn serial_number(bom: &Value) -> String {
    let digest = sha256(bom.to_string().as_bytes());
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        &digest[..8],
        &digest[8..12],
        &digest[12..15],
        &digest[15..18],
        &digest[18..30]
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::packages::tests::package;
    use super::*;

    fn bill(packages: &[Package]) -> Value {
        let release = Release { version: "0.1.0".to_owned(), commit: None, epoch: 1_700_000_000 };
        let toolchain = Toolchain { rust: "1.95.0".to_owned(), glibc: Some("2.36".to_owned()) };
        serde_json::from_str(&cyclonedx(&release, packages, &toolchain).unwrap()).unwrap()
    }

    #[test]
    fn a_bill_names_each_package_with_its_licence_and_digest() {
        let mut program = package(PROGRAM, "MIT OR Apache-2.0", Path::new("/"));
        (program.checksum, program.uses) = (None, vec!["pkg:cargo/serde@1.2.3".to_owned()]);
        let bom = bill(&[package("serde", "MIT", Path::new("/")), program.clone()]);
        assert_eq!((bom["bomFormat"].as_str(), bom["specVersion"].as_str()), (Some("CycloneDX"), Some("1.5")));
        assert_eq!(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
        assert_eq!(bom["metadata"]["component"]["name"], "waxwing");
        let serde = &bom["components"][0];
        assert_eq!(serde["purl"], "pkg:cargo/serde@1.2.3");
        assert_eq!(serde["licenses"], json!([{ "expression": "MIT" }]));
        assert_eq!(serde["hashes"], json!([{ "alg": "SHA-256", "content": "abc" }]));
        let names: Vec<_> =
            bom["components"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["serde", "rust-std", "glibc"]);
        // Each reference names a component, and each component is referred to once.
        let mut refs: Vec<_> = bom["dependencies"].as_array().unwrap().iter().map(|one| one["ref"].clone()).collect();
        refs.sort_by_key(ToString::to_string);
        let mut own: Vec<_> = bom["components"].as_array().unwrap().iter().map(|one| one["bom-ref"].clone()).collect();
        own.push(bom["metadata"]["component"]["bom-ref"].clone());
        own.sort_by_key(ToString::to_string);
        assert_eq!(refs, own);
        assert!(
            cyclonedx(&Release { version: String::new(), commit: None, epoch: 0 }, &[], &Toolchain::default()).is_err()
        );
    }

    #[test]
    fn the_content_determines_the_serial_number() {
        let program = package(PROGRAM, "MIT", Path::new("/"));
        let serial = |packages: &[Package]| bill(packages)["serialNumber"].as_str().unwrap().to_owned();
        let alone = [program];
        let one = serial(&alone);
        assert_eq!(one, serial(&alone));
        let [program] = alone;
        assert_ne!(one, serial(&[package("serde", "MIT", Path::new("/")), program]));
        let groups: Vec<_> = one.strip_prefix("urn:uuid:").unwrap().split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
    }
}
