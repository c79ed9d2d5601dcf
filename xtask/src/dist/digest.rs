//! SHA-256 digests of artifacts.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

/// Name of the file with the checksums.
const FILE: &str = "SHA256SUMS";

/// Returns the SHA-256 digest of data, in lower-case hexadecimal digits.
pub(super) fn sha256(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

/// Creates an empty directory for artifacts. Removes those of an earlier run, which a file with checksums marks, and nothing else.
pub(super) fn clear(dir: &Path) -> anyhow::Result<()> {
    if dir.exists() {
        let is_empty = dir.read_dir()?.next().is_none();
        ensure!(is_empty || dir.join(FILE).is_file(), "{} has other files; name another directory", dir.display());
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    // Also the artifacts of a run that fails can be removed.
    Ok(std::fs::write(dir.join(FILE), "")?)
}

/// Writes the checksums of all files of a directory, in the format of `sha256sum`. Directories are left out.
pub(super) fn write_checksums(dir: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for entry in dir.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("an artifact has a name that is not UTF-8")?;
        if entry.file_type()?.is_file() && name != FILE {
            names.push(name);
        }
    }
    names.sort();
    let mut text = String::new();
    for name in names {
        let digest = sha256(&std::fs::read(dir.join(&name))?);
        writeln!(text, "{digest}  {name}")?;
    }
    Ok(std::fs::write(dir.join(FILE), text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_artifacts_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("new");
        clear(&dir).unwrap();
        std::fs::write(dir.join("artifact"), "").unwrap();
        clear(&dir).unwrap();
        assert!(!dir.join("artifact").exists());
        std::fs::remove_file(dir.join(FILE)).unwrap();
        std::fs::write(dir.join("thesis"), "").unwrap();
        assert!(clear(&dir).is_err() && dir.join("thesis").exists());
    }

    #[test]
    fn checksums_are_sorted_and_leave_out_directories() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("b"), "").unwrap();
        std::fs::write(dir.path().join("a"), "abc").unwrap();
        std::fs::create_dir(dir.path().join("c")).unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
                        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n";
        for _ in 0..2 {
            write_checksums(dir.path()).unwrap();
            assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), expected);
        }
    }
}
