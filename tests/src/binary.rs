//! Path of the `waxwing` program under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the path of the program. `cargo xtask test` builds the program and sets its path in `WAXWING_BIN`. Without this variable, the
/// function builds the program.
pub fn waxwing() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("WAXWING_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--package", "waxwing-cli"]).status().unwrap();
    assert!(built.success(), "the program does not build");
    // Cargo puts a test into target/<profile>/deps and the program into target/<profile>.
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("waxwing")
}
