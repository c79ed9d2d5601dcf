//! QR codes of a business number.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ids::Ids;
use crate::rules::qr_code::QrCodeRequest;
use crate::rules::{GraphError, Rule, Rules};

/// QR codes, in order of their creation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct QrCodes(Vec<QrCode>);

/// QR code, which opens a chat with a prepared text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QrCode {
    code: String,
    message: String,
}

impl QrCodes {
    /// Creates or changes a QR code. Returns it as the API describes it.
    pub(crate) fn set(
        &mut self,
        request: QrCodeRequest,
        ids: &mut Ids,
        rules: &Rules,
    ) -> Result<Map<String, Value>, GraphError> {
        let QrCodeRequest { code, message, image } = request;
        let changed = match code {
            Some(code) => {
                let changed = self.0.iter_mut().find(|it| it.code == code).ok_or_else(GraphError::unknown_object)?;
                changed.message = message;
                changed.clone()
            }
            None if self.0.len() >= rules.limit(Rule::QrCodes) => return Err(GraphError::violates(Rule::QrCodes)),
            None => {
                let created = QrCode { code: ids.qr_code(), message };
                self.0.push(created.clone());
                created
            }
        };
        let mut described = changed.describe("SVG");
        match image {
            Some(format) => drop(described.insert("qr_image_url".to_owned(), changed.image(&format).into())),
            None => drop(described.remove("qr_image_url")),
        }
        Ok(described)
    }

    /// Returns the QR codes as the API describes them, with images of a format: all, or the one with a code.
    pub(crate) fn describe(&self, code: Option<&str>, format: &str) -> Vec<Map<String, Value>> {
        let wanted = self.0.iter().filter(|it| code.is_none_or(|code| it.code == code));
        wanted.map(|it| it.describe(format)).collect()
    }

    /// Deletes a QR code.
    pub(crate) fn delete(&mut self, code: &str) -> Result<(), GraphError> {
        let at = self.0.iter().position(|it| it.code == code).ok_or_else(GraphError::unknown_object)?;
        self.0.remove(at);
        Ok(())
    }
}

impl QrCode {
    fn describe(&self, format: &str) -> Map<String, Value> {
        let described = json!({
            "code": self.code,
            "prefilled_message": self.message,
            "deep_link_url": format!("https://wa.me/message/{}", self.code),
            "qr_image_url": self.image(format),
        });
        described.as_object().cloned().unwrap_or_default()
    }

    /// Returns the URL of the image. The host does not exist.
    fn image(&self, format: &str) -> String {
        format!("https://scontent.example/qr/{}.{}", self.code, format.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_limited_number_of_codes() {
        let (mut codes, mut ids, rules) = (QrCodes::default(), Ids::new(1), Rules::strict());
        let request = || QrCodeRequest { code: None, message: "hi".to_owned(), image: None };
        let limit = rules.limit(Rule::QrCodes);
        let created: Vec<_> = (0..limit).map(|_| codes.set(request(), &mut ids, &rules).unwrap()).collect();
        assert_eq!(codes.set(request(), &mut ids, &rules).unwrap_err().rule, Some(Rule::QrCodes));
        codes.delete(created[7]["code"].as_str().unwrap()).unwrap();
        assert!(codes.set(request(), &mut ids, &rules).is_ok());
        assert_eq!(codes.describe(None, "PNG").len(), limit);
    }
}
