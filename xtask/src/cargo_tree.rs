//! Output of `cargo tree`.

use semver::Version;

/// Parses a line of `cargo tree --prefix none`: `name v1.2.3 (..)`. None for a line that names no package, such as a feature.
pub(crate) fn name_and_version(line: &str) -> Option<(&str, Version)> {
    let (name, rest) = line.split_once(" v")?;
    Some((name, rest.split(' ').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_packages_and_of_features() {
        assert_eq!(name_and_version("serde v1.0.2 (*)"), Some(("serde", Version::new(1, 0, 2))));
        assert_eq!(name_and_version("ours v0.1.0 (/ours)"), Some(("ours", Version::new(0, 1, 0))));
        assert_eq!(name_and_version("serde feature \"std\""), None);
    }
}
