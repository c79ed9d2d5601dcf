//! Task that builds the artifacts of a release.

mod archive;
mod digest;
mod empty_root;
mod licenses;
mod oci;
mod packages;
mod release;
mod sbom;
mod targets;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

use crate::debian;
use archive::Entry;
use oci::Image;
use release::Release;
use targets::Target;
use toolchain::Toolchain;

/// Directory of the artifacts by default.
const DIR: &str = "target/dist";

/// Profile of the build.
const PROFILE: &str = "dist";

/// Features of the program that a dev build does not have.
const FEATURES: &str = "otlp";

/// Certificates of CAs, from Debian's package `ca-certificates`.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Files of the repository that an archive contains.
const FILES: [&str; 8] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "waxwing.example.toml",
    "deploy/README.md",
    "deploy/systemd/waxwing.service",
    "deploy/systemd/waxwing.socket",
];

/// Runs the command `dist`. Prints for each target what was built, and for each other target how to add it.
pub(crate) fn run(sh: &Shell, args: &[String]) -> anyhow::Result<ExitCode> {
    let Options { target, program, dir } = Options::parse(args)?;
    let dir = sh.current_dir().join(dir);
    let (mut installed, missing) = targets::by_installation(sh)?;
    if let Some(name) = &target {
        let names = || installed.iter().chain(&missing).map(|target| target.triple).collect::<Vec<_>>().join(", ");
        ensure!(names().split(", ").any(|known| known == name), "unknown target {name}; the targets are {}", names());
        installed.retain(|target| target.triple == name);
        ensure!(!installed.is_empty(), "{}", addition(name));
    }
    let release = Release::read(sh)?;
    digest::clear(&dir)?;
    for target in &installed {
        let name = release.name(target.triple);
        let program = match &program {
            Some(program) => sh.current_dir().join(program),
            None => compile(sh, &release, target)?,
        };
        pack(sh, &release, target, &program, &dir.join(name))?;
    }
    digest::write_checksums(&dir)?;
    println!("{}: artifacts of {} with SHA256SUMS", dir.display(), release.version);
    for other in missing.iter().filter(|_| target.is_none()) {
        println!("{}: not built; {}", other.triple, addition(other.triple));
    }
    Ok(ExitCode::SUCCESS)
}

fn addition(triple: &str) -> String {
    format!("its standard library is missing: `rustup target add {triple}` adds it, and a linker for it is needed, too")
}

/// Options of the command.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    target: Option<String>,
    /// Program that was compiled elsewhere.
    program: Option<PathBuf>,
    dir: PathBuf,
}

impl Options {
    fn parse(args: &[String]) -> anyhow::Result<Self> {
        let mut options = Self { target: None, program: None, dir: DIR.into() };
        let mut args = args.iter();
        while let Some(option) = args.next() {
            let value = args.next().with_context(|| format!("{option} needs a value"))?;
            match option.as_str() {
                "--target" => options.target = Some(value.clone()),
                "--program" => options.program = Some(value.into()),
                "--dir" => options.dir = value.into(),
                _ => bail!("`dist` knows the options --target TARGET, --program FILE and --dir DIRECTORY only"),
            }
        }
        ensure!(options.program.is_none() || options.target.is_some(), "--program needs --target");
        Ok(options)
    }
}

/// Packs the program for a target into artifacts, whose paths start with `path`.
fn pack(sh: &Shell, release: &Release, target: &Target, program: &Path, path: &Path) -> anyhow::Result<()> {
    let name = release.name(target.triple);
    let artifact = |extension: &str| path.with_added_extension(extension);
    let content = sh.read_binary_file(program)?;
    println!("{name}: the program has {} bytes", content.len());

    let packages = packages::read(sh, target.triple)?;
    let toolchain = Toolchain::read(sh, target)?;
    let licenses = licenses::third_party(&packages, &toolchain)?;
    sh.write_file(artifact("cdx.json"), sbom::cyclonedx(release, &packages, &toolchain)?)?;
    let mut entries = vec![
        Entry::program(format!("{name}/{}", target.program()), content.clone()),
        Entry::file(format!("{name}/THIRD-PARTY.txt"), licenses.clone()),
    ];
    for file in FILES {
        entries.push(Entry::file(format!("{name}/{file}"), sh.read_binary_file(file)?));
    }
    sh.write_file(artifact("tar.gz"), archive::gzip(&archive::tar(&entries, release.epoch)?)?)?;
    println!("{name}: archive, and an SBOM with {} packages", packages.len());

    let Some(architecture) = target.image_architecture else { return Ok(()) };
    let certificates = sh.read_binary_file(CERTIFICATES).context("Debian's package ca-certificates has this file")?;
    if target.is_host() {
        println!("{name}: {}", empty_root::run(sh, program, &certificates)?);
    } else {
        println!("{name}: not run in an empty root: it is for another machine");
    }
    let image = Image { release, architecture, program: content, certificates, licenses };
    let layout = artifact("oci");
    let digest = image.write(&layout)?;
    sh.write_file(artifact("oci.tar"), archive::tar(&archive::read(&layout)?, release.epoch)?)?;
    println!("{name}: OCI image {digest}");
    println!("{name}: {}", inspect(sh, &layout)?);
    Ok(())
}

/// Compiles the program, and returns its path. The paths of this machine are left out of the program.
fn compile(sh: &Shell, release: &Release, target: &Target) -> anyhow::Result<PathBuf> {
    let triple = target.triple;
    let home = std::env::home_dir().context("this user has no home directory")?;
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let (cargo, root) = (cargo.display(), sh.current_dir());
    let root = root.display();
    let flags = format!("{} --remap-path-prefix={cargo}=/cargo --remap-path-prefix={root}=/waxwing", target.flags);
    let c_flags = format!("-ffile-prefix-map={cargo}=/cargo -ffile-prefix-map={root}=/waxwing");
    let variable = format!("CARGO_TARGET_{}_RUSTFLAGS", triple.to_uppercase().replace('-', "_"));
    let build = cmd!(
        sh,
        "cargo build --locked --package waxwing-cli --features {FEATURES} --profile {PROFILE} --target {triple}"
    );
    let build = build.env(variable, flags.trim()).env("CARGO_INCREMENTAL", "0");
    let build =
        if target.has_glibc { build.env(format!("CFLAGS_{}", triple.replace('-', "_")), c_flags) } else { build };
    let started = Instant::now();
    build.env("SOURCE_DATE_EPOCH", release.epoch.to_string()).run()?;
    println!("{triple}: compiled in {} s", started.elapsed().as_secs());
    let targets = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| sh.current_dir().join("target"), PathBuf::from);
    Ok(targets.join(triple).join(PROFILE).join(target.program()))
}

/// Writes an image with a stand-in for the program, and reads it with skopeo. Returns the result.
pub(crate) fn try_image(sh: &Shell) -> anyhow::Result<String> {
    let dir = tempfile::tempdir()?;
    let layout = dir.path().join("image");
    let release = Release::read(sh)?;
    let [program, certificates] = [b"stand-in for the program".to_vec(), Vec::new()];
    let image = Image { release: &release, architecture: "amd64", program, certificates, licenses: String::new() };
    image.write(&layout)?;
    inspect(sh, &layout)
}

/// Reads an image with Debian's skopeo, which is installed if possible. Returns the result.
fn inspect(sh: &Shell, layout: &Path) -> anyhow::Result<String> {
    if !debian::provide(sh, &[("skopeo", "skopeo")])? {
        return Ok("image not read, because skopeo is missing".to_owned());
    }
    let image = format!("oci:{}", layout.display());
    let inspected = cmd!(sh, "skopeo inspect {image}").quiet().read().context("skopeo cannot read the image")?;
    let inspected: serde_json::Value = serde_json::from_str(&inspected)?;
    Ok(format!("image read by skopeo: {} {}", inspected["Architecture"], inspected["Digest"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_command() {
        let parse = |args: &[&str]| Options::parse(&args.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(parse(&[]).unwrap(), Options { target: None, program: None, dir: DIR.into() });
        let options = parse(&["--dir", "d", "--target", "t", "--program", "p"]).unwrap();
        assert_eq!(options, Options { target: Some("t".to_owned()), program: Some("p".into()), dir: "d".into() });
        for wrong in [&["--dir"][..], &["--profile", "dev"], &["--program", "p"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_archive_contains_files_that_exist() {
        let sh = Shell::new().unwrap();
        let root = crate::root(&sh).unwrap();
        for file in FILES {
            assert!(root.join(file).is_file(), "{file}");
        }
    }
}
