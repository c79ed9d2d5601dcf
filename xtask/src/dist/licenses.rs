//! Licences of the packages that are compiled into the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::packages::Package;
use super::toolchain::Toolchain;

/// Starts of the names of files with a licence or a notice, in upper case.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// Largest file that counts as a licence, in bytes.
const MAX_TEXT: u64 = 256 * 1024;

/// Directories in packages with C code of other projects, in upper case.
const FOREIGN: [&str; 2] = ["AWS-LC", "THIRD_PARTY"];

/// Extensions of sources, whose names may begin like those of licences.
const SOURCES: [&str; 4] = ["c", "h", "rs", "toml"];

const HEAD: &str = "\
The program waxwing contains the following packages of other projects. Their licences follow the list.

The program is linked with the GNU C library where the list names glibc. Its licence, LGPL-2.1-or-later, lets you replace
the library: the sources of Waxwing, and `cargo xtask dist`, build the program with another version.
";

const RULER: &str = "--------------------------------------------------------------------------------";

/// Returns the list of packages with the texts of their licences. Equal texts appear once.
pub(super) fn third_party(packages: &[Package], toolchain: &Toolchain) -> anyhow::Result<String> {
    let mut list = format!("{HEAD}\n");
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for library in toolchain.libraries() {
        writeln!(list, "{} {}: {} <{}>", library.name, library.version, library.license, library.sources)?;
    }
    for package in packages.iter().filter(|package| package.is_third_party()) {
        let name = format!("{} {}", package.name, package.version);
        let license = package.license.as_deref().unwrap_or("see below");
        let repository = package.repository.as_deref().unwrap_or("https://crates.io");
        let found = texts_in(&package.dir, false)?;
        let note = if found.is_empty() { " (the package has no text of its licence)" } else { "" };
        writeln!(list, "{name}: {license} <{repository}>{note}")?;
        for text in found {
            let users = texts.entry(text).or_default();
            if users.last() != Some(&name) {
                users.push(name.clone());
            }
        }
    }
    // In the order of the list.
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(a, of_a), (b, of_b)| (of_a, a).cmp(&(of_b, b)));
    for (text, users) in texts {
        write!(list, "\n{RULER}\n{}\n{RULER}\n\n{text}\n", users.join(", "))?;
    }
    Ok(list)
}

/// Returns the licences and notices in a directory. `is_nested` is true in a directory of C code, whose subdirectories have their own.
fn texts_in(dir: &Path, is_nested: bool) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    let mut entries = dir.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_uppercase());
        let is_source = path.extension().is_some_and(|own| SOURCES.iter().any(|source| own == *source));
        let is_license = NAMES.iter().any(|start| name.starts_with(start)) && !is_source;
        let metadata = entry.metadata()?;
        if metadata.is_file() && is_license && metadata.len() <= MAX_TEXT {
            texts.push(String::from_utf8_lossy(&std::fs::read(&path)?).replace('\r', "").trim().to_owned());
        } else if metadata.is_dir() && (is_nested || is_license || FOREIGN.contains(&name.as_str())) {
            texts.extend(texts_in(&path, is_nested || FOREIGN.contains(&name.as_str()))?);
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::super::packages::tests::package;
    use super::*;

    #[test]
    fn each_text_appears_once_with_all_its_packages() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        at("a/LICENSE-MIT", "MIT text\r\n");
        at("a/license.rs", "fn license() {}");
        at("b/Licence.txt", "MIT text");
        at("b/third_party/c/README", "unrelated");
        at("b/third_party/c/NOTICE", "Notice of C code");
        at("c/src/lib.rs", "");
        let package = |name: &str| package(name, "MIT", &dir.path().join(name));
        let own = Package { checksum: None, ..package("absent") };
        let toolchain = Toolchain { rust: "1.95.0".to_owned(), glibc: Some("2.36".to_owned()) };
        let list = third_party(&[package("a"), package("b"), package("c"), own], &toolchain).unwrap();
        assert!(list.contains("a 1.2.3: MIT <https://crates.io>\n"), "{list}");
        assert!(list.contains("c 1.2.3: MIT <https://crates.io> (the package has no text of its licence)"), "{list}");
        assert!(list.contains("glibc 2.36: LGPL-2.1-or-later") && list.contains("rust-std 1.95.0"), "{list}");
        assert_eq!(list.matches("MIT text").count(), 1, "{list}");
        assert!(list.contains(&format!("\na 1.2.3, b 1.2.3\n{RULER}\n\nMIT text\n")), "{list}");
        assert!(
            list.contains("Notice of C code") && !list.contains("unrelated") && !list.contains("fn license"),
            "{list}"
        );
        assert!(!list.contains("absent"), "{list}");
    }
}
