//! Headers in the exchange log.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// Headers in one text, which costs one allocation for each request. Each line is `name: value`.
///
/// The values of a [`HeaderMap`] share the read buffer of their connection, so a clone of the map would keep that buffer.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordedHeaders(Box<str>);

impl RecordedHeaders {
    /// Records headers. The credentials of `Authorization` are not recorded, only their scheme.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut text = String::with_capacity(headers.len() * 40);
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            if name == AUTHORIZATION {
                let scheme = value.split_once(' ').map_or("", |(scheme, _)| scheme);
                push(&mut text, name.as_str(), scheme, " …");
            } else {
                push(&mut text, name.as_str(), &value, "");
            }
        }
        Self(text.into())
    }

    /// Records headers that contain no credentials. The names become lower case.
    pub(crate) fn of_pairs(headers: &[(&str, &str)]) -> Self {
        let mut text = String::new();
        for (name, value) in headers {
            push(&mut text, &name.to_ascii_lowercase(), value, "");
        }
        Self(text.into())
    }

    /// Returns names and values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| line.split_once(": "))
    }

    /// Returns the first value of a header. `name` is in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Returns the size in bytes.
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }
}

fn push(text: &mut String, name: &str, value: &str, end: &str) {
    text.push_str(name);
    text.push_str(": ");
    // A header has no line breaks. A value that `post_raw` was given could have some.
    text.extend(value.chars().map(|char| if matches!(char, '\n' | '\r') { ' ' } else { char }));
    text.push_str(end);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_recorded() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "bearer very-secret".parse().unwrap());
        headers.append("x-a", "1".parse().unwrap());
        headers.append("x-a", "".parse().unwrap());
        let recorded = RecordedHeaders::of(&headers);
        assert_eq!(recorded.iter().collect::<Vec<_>>(), [("authorization", "bearer …"), ("x-a", "1"), ("x-a", "")]);
        headers.insert("authorization", "very-secret".parse().unwrap());
        assert_eq!(RecordedHeaders::of(&headers).get("authorization"), Some(" …"));
        assert_eq!(RecordedHeaders::of_pairs(&[("X-B", "1\n2")]).get("x-b"), Some("1 2"));
    }
}
