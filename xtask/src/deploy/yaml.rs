//! YAML files as JSON values.

use anyhow::{Context as _, bail};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::Value;

/// Parses the documents of a YAML file.
pub(super) fn parse(text: &str) -> anyhow::Result<Vec<Value>> {
    Yaml::load_from_str(text)?.iter().map(value).collect()
}

fn value(yaml: &Yaml<'_>) -> anyhow::Result<Value> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.into_inner().into(),
        Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(value).collect::<anyhow::Result<_>>()?,
        Yaml::Mapping(entries) => {
            let mut object = serde_json::Map::new();
            for (key, entry) in entries {
                let key = key.as_str().context("a key is no text")?;
                object.insert(key.to_owned(), value(entry)?);
            }
            object.into()
        }
        other => bail!("`{other:?}` is not used in these files"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_of_a_file() {
        let text = "a: 1\nb: [x, \"2\", true, 0.5, ~]\n---\nc: |\n  two\n  lines\n";
        let expected = [json!({ "a": 1, "b": ["x", "2", true, 0.5, null] }), json!({ "c": "two\nlines\n" })];
        assert_eq!(parse(text).unwrap(), expected);
    }

    #[test]
    fn files_that_are_no_such_yaml() {
        for text in ["a: [", "a: 1\na: 2", "1: a", "a: &b 1\nc: *d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
