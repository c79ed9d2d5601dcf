//! Every fuzz target is run on the inputs that are kept: seeds, fixtures, and the corpus of a fuzzer if there is one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking, and prints its last input")]

use std::path::{Path, PathBuf};

/// Runs a target on all files of its directories. Fails if a directory of seeds has no file.
#[track_caller]
fn replay(name: &str, target: fn(&[u8]), fixtures: &[&str]) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = [here.join("corpus").join(name), here.join("artifacts").join(name)];
    let seeds = std::iter::once(here.join("seeds").join(name));
    for directory in seeds.chain(fixtures.iter().map(|fixtures| here.join("..").join(fixtures))) {
        let files = files(&directory);
        assert!(!files.is_empty(), "{} has no seeds", directory.display());
        run(target, &files);
    }
    for directory in corpus {
        run(target, &files(&directory));
    }
}

fn run(target: fn(&[u8]), files: &[PathBuf]) {
    for file in files {
        println!("{}", file.display());
        target(&std::fs::read(file).unwrap());
    }
}

/// Files of a directory; none if there is no such directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn config() {
    replay("config", waxwing_fuzz::config::run, &[]);
}

#[test]
fn event_stream() {
    replay("event_stream", waxwing_fuzz::event_stream::run, &[]);
}

#[test]
fn markdown() {
    replay("markdown", waxwing_fuzz::markdown::run, &["docs"]);
}

#[test]
fn media() {
    replay("media", waxwing_fuzz::media::run, &[]);
}

#[test]
fn message() {
    replay("message", waxwing_fuzz::message::run, &[]);
}

#[test]
fn notification() {
    replay("notification", waxwing_fuzz::notification::run, &["crates/waxwing-webhook/tests/fixtures"]);
}

#[test]
fn signature() {
    replay("signature", waxwing_fuzz::signature::run, &[]);
}

#[test]
fn split() {
    replay("split", waxwing_fuzz::split::run, &["docs"]);
}

#[test]
fn store() {
    replay("store", waxwing_fuzz::store::run, &[]);
}

#[test]
fn template() {
    replay("template", waxwing_fuzz::template::run, &[]);
}
