//! Storage keys of the settings.

use std::fs;

use waxwing_store::{StorageKey, StorageKeyError, StorageKeys};

use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// Reads the current storage key, from its setting or its file, and the earlier ones.
pub(super) fn read(raw: &RawSettings<'_, impl SettingsSource>) -> Result<StorageKeys, ConfigError> {
    let key = raw.parse("WAXWING_STORAGE_KEY", StorageKey::parse)?;
    let of_file = raw.parse("WAXWING_STORAGE_KEY_FILE", of_file)?;
    if key.is_some() && of_file.is_some() {
        return Err(ConfigError::of_setting(
            "storage.storage_key_file",
            "WAXWING_STORAGE_KEY (storage.storage_key) and WAXWING_STORAGE_KEY_FILE (storage.storage_key_file) are both set: remove one"
                .to_owned(),
        ));
    }
    let previous = raw.parse("WAXWING_STORAGE_PREVIOUS_KEYS", list)?;
    Ok(StorageKeys::new(key.or(of_file), previous.unwrap_or_default()))
}

fn of_file(path: &str) -> Result<StorageKey, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    StorageKey::parse(&text).map_err(|error| error.to_string())
}

fn list(keys: &str) -> Result<Vec<StorageKey>, StorageKeyError> {
    keys.split(',').map(str::trim).filter(|key| !key.is_empty()).map(StorageKey::parse).collect()
}
