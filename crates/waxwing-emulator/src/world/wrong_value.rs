//! Wrong value in the written form of a world.

/// Wrong value in the written form of a world.
#[derive(Debug)]
pub(crate) struct WrongValue {
    /// Place of the value, such as `users.all[2].id`.
    pub(crate) path: String,
    pub(crate) reason: &'static str,
}

impl WrongValue {
    pub(crate) fn new(path: impl Into<String>, reason: &'static str) -> Self {
        Self { path: path.into(), reason }
    }
}
