//! Validation of messages whose medium has no id yet.

use waxwing_types::{MediaId, MediaSource, OutboundContent, ValidationError};

/// Checks content as [`OutboundContent::validate`] does, although its medium has an empty id before the upload.
pub(crate) fn validate_before_upload(content: &OutboundContent) -> Result<(), ValidationError> {
    let is_unsent =
        content.media().is_some_and(|source| matches!(source, MediaSource::Id(id) if id.as_str().is_empty()));
    if !is_unsent {
        return content.validate();
    }
    let mut content = content.clone();
    if let Some(source) = content.media_mut() {
        *source = MediaSource::Id(MediaId::new("0"));
    }
    content.validate()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::{Image, Text};

    #[test]
    fn only_the_missing_id_is_overlooked() {
        let image = || Image::new(MediaId::new(""));
        assert!(OutboundContent::from(image()).validate().is_err());
        assert_eq!(validate_before_upload(&image().caption("Look").into()), Ok(()));
        assert!(validate_before_upload(&image().caption("x".repeat(2_000)).into()).is_err());
        assert!(validate_before_upload(&Text::new("").into()).is_err());
    }
}
