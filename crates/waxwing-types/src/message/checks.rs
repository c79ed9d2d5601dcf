//! Checks that the tests of all content types share.

use serde_json::json;

use super::{OutboundContent, OutboundMessage};
use crate::WaId;
use crate::validation::ValidationError;

/// Checks the JSON of valid content, in a message as well as on its own.
#[track_caller]
pub(super) fn check_content(content: impl Into<OutboundContent>, expected: &serde_json::Value) {
    let content = content.into();
    let message = serde_json::to_value(OutboundMessage::new(WaId::new("1"), content.clone())).unwrap();
    assert_eq!(&message[content.kind()], expected);
    let stored = serde_json::to_value(&content).unwrap();
    assert_eq!(stored, json!({ content.kind(): expected }));
    assert_eq!(serde_json::from_value::<OutboundContent>(stored).unwrap(), content);
    assert_eq!(content.validate(), Ok(()));
}

/// Checks the error of content that Meta would refuse.
#[track_caller]
pub(super) fn check_invalid(content: impl Into<OutboundContent>, expected: &ValidationError) {
    assert_eq!(content.into().validate().as_ref(), Err(expected));
}

/// Checks that `Debug` of the content contains none of the values.
#[track_caller]
pub(super) fn check_debug(content: impl Into<OutboundContent>, hidden: &[&str]) {
    let shown = format!("{:?}", content.into());
    for value in hidden {
        assert!(!shown.contains(value), "{value} in {shown}");
    }
}
