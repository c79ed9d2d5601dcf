//! Archives whose bytes depend on their content only.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use flate2::{Compression, GzBuilder};

/// Entry of an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Path without a leading slash.
    path: String,
    /// Content of a file. `None` for a directory.
    content: Option<Vec<u8>>,
    mode: u32,
    /// User and group.
    owner: u64,
}

impl Entry {
    /// Creates a file of root that all users can read.
    pub(super) fn file(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), content: Some(content.into()), mode: 0o644, owner: 0 }
    }

    /// Creates a program of root that all users can run.
    pub(super) fn program(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o755, ..Self::file(path, content) }
    }

    /// Creates a directory.
    pub(super) fn directory(path: impl Into<String>, mode: u32, owner: u64) -> Self {
        Self { path: path.into(), content: None, mode, owner }
    }
}

/// Writes a tar archive. Entries are sorted by their path, and have the time `epoch` in seconds.
pub(super) fn tar(entries: &[Entry], epoch: u64) -> anyhow::Result<Vec<u8>> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut archive = tar::Builder::new(Vec::new());
    for entry in entries {
        let content = entry.content.as_deref().unwrap_or_default();
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(match entry.content {
            Some(_) => tar::EntryType::Regular,
            None => tar::EntryType::Directory,
        });
        header.set_mode(entry.mode);
        header.set_uid(entry.owner);
        header.set_gid(entry.owner);
        header.set_mtime(epoch);
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, &entry.path, content)?;
    }
    Ok(archive.into_inner()?)
}

/// Reads the files below a directory as entries.
pub(super) fn read(dir: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in dir.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file has a name that is not UTF-8")?;
        if entry.file_type()?.is_dir() {
            entries.push(Entry::directory(&name, 0o755, 0));
            let below = read(&entry.path())?.into_iter();
            entries.extend(below.map(|below| Entry { path: format!("{name}/{}", below.path), ..below }));
        } else {
            entries.push(Entry::file(name, std::fs::read(entry.path())?));
        }
    }
    Ok(entries)
}

/// Compresses data with gzip, without a name and without a time.
pub(super) fn gzip(data: &[u8]) -> anyhow::Result<Vec<u8>> {
    // 255 stands for an unknown system, so that the result is the same on each.
    let mut encoder = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    encoder.write_all(data)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_archive_has_sorted_entries_with_one_time() {
        let entries = [
            Entry::program("bin/waxwing", "program"),
            Entry::directory("bin", 0o755, 0),
            Entry::file(format!("{}LICENSE", "long-name/".repeat(20)), "licence"),
            Entry::directory("var", 0o700, 65532),
        ];
        let archive = tar(&entries, 1_700_000_000).unwrap();
        let mut read = tar::Archive::new(archive.as_slice());
        let mut seen = Vec::new();
        for entry in read.entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header();
            assert_eq!(header.mtime().unwrap(), 1_700_000_000);
            let (mode, owner) = (header.mode().unwrap(), header.uid().unwrap());
            let path = entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            seen.push((path, mode, owner, content));
        }
        let row = |path: &str, mode, owner, content: &str| (path.to_owned(), mode, owner, content.to_owned());
        assert_eq!(
            seen,
            [
                row("bin", 0o755, 0, ""),
                row("bin/waxwing", 0o755, 0, "program"),
                row(&format!("{}LICENSE", "long-name/".repeat(20)), 0o644, 0, "licence"),
                row("var", 0o700, 65532, ""),
            ]
        );
    }

    #[test]
    fn a_directory_is_read_with_its_subdirectories() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/c"), "1").unwrap();
        let expected = [Entry::directory("a", 0o755, 0), Entry::directory("a/b", 0o755, 0), Entry::file("a/b/c", "1")];
        assert_eq!(tar(&read(dir.path()).unwrap(), 0).unwrap(), tar(&expected, 0).unwrap());
    }

    #[test]
    fn the_same_content_gives_the_same_bytes() {
        let [a, b] = [Entry::file("a", "1"), Entry::file("b", "2")];
        let packed = |entries: &[Entry]| gzip(&tar(entries, 5).unwrap()).unwrap();
        assert_eq!(packed(&[a.clone(), b.clone()]), packed(&[b.clone(), a.clone()]));
        assert_ne!(packed(&[a]), packed(&[b]));
        let mut text = String::new();
        let compressed = gzip(b"text").unwrap();
        flate2::read::GzDecoder::new(compressed.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
    }
}
