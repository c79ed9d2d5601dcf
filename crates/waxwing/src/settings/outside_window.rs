//! The handling of messages outside the customer service window.

use waxwing_client::types::TemplateMessage;
use waxwing_engine::OutsideWindow;

use super::raw::{RawSettings, words};
use super::source::SettingsSource;
use crate::error::ConfigError;

/// Reads the policy.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<OutsideWindow, ConfigError> {
    let policy = raw.parse("WAXWING_OUTSIDE_WINDOW", policy)?.unwrap_or_default();
    let template = raw.parse("WAXWING_WINDOW_TEMPLATE", template)?;
    Ok(template.into_iter().fold(policy, OutsideWindow::template))
}

fn policy(value: &str) -> Result<OutsideWindow, &'static str> {
    const EXPECTED: &str = "write park, fail, direct_send park, or direct_send fail";
    let words = words(value).ok_or(EXPECTED)?;
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let (is_direct, rest) = match words.as_slice() {
        ["direct_send", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let policy = match rest {
        ["park"] | [] => OutsideWindow::default(),
        ["fail"] => OutsideWindow::fail(),
        _ => return Err(EXPECTED),
    };
    Ok(if is_direct { policy.direct_send() } else { policy })
}

/// Reads a template without values: its name and its language.
pub(super) fn template(value: &str) -> Result<TemplateMessage, &'static str> {
    match value.split_once('/') {
        Some((name, language)) if !name.is_empty() && !language.is_empty() && !language.contains('/') => {
            Ok(TemplateMessage::new(name, language))
        }
        _ => Err("write the name and the language, such as news_for_you/en"),
    }
}
