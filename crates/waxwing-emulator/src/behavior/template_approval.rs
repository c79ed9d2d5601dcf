//! Automatic approval of message templates.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::duration_text;

/// Automatic approval of the message templates that the API creates or edits.
///
/// The written form is `never`, or `after=` and a duration.
///
/// ```
/// use std::time::Duration;
/// use waxwing_emulator::TemplateApproval;
///
/// assert_eq!("after=2s".parse(), Ok(TemplateApproval::After(Duration::from_secs(2))));
/// assert_eq!("never".parse(), Ok(TemplateApproval::Never));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateApproval {
    /// Templates wait for a [`TemplateReview`](crate::TemplateReview).
    Never,
    /// Templates are approved after a delay, by the emulator's clock.
    After(Duration),
}

/// Error for a text that is not a [`TemplateApproval`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the approval of templates is `never`, or `after=` and a duration, such as after=2s")]
pub struct InvalidTemplateApproval;

impl FromStr for TemplateApproval {
    type Err = InvalidTemplateApproval;

    fn from_str(text: &str) -> Result<Self, InvalidTemplateApproval> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let delay = text.strip_prefix("after=").and_then(|delay| duration_text::parse(delay).ok());
        delay.map(Self::After).ok_or(InvalidTemplateApproval)
    }
}

impl fmt::Display for TemplateApproval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::After(delay) => write!(f, "after={}", humantime::format_duration(*delay)),
        }
    }
}

impl Serialize for TemplateApproval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TemplateApproval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_read() {
        for text in ["never", "after=2s", "after=1m 30s"] {
            assert_eq!(text.parse::<TemplateApproval>().unwrap().to_string(), text);
        }
        for text in ["", "2s", "after=", "after=soon"] {
            assert_eq!(text.parse::<TemplateApproval>(), Err(InvalidTemplateApproval));
        }
    }
}
