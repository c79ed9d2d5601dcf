//! Recognition of a refused picture in the response of a provider.

use serde_json::Value;

use super::error_body::error_of;

/// Returns whether a response refuses a picture of the request: its message or its code names an image.
///
/// - OpenAI: `invalid_image_format`, `image_parse_error`: <https://github.com/STranslate/STranslate/issues/277>
/// - Anthropic: `Could not process image`: <https://github.com/anthropics/claude-code/issues/1747>
/// - Gemini: `Unable to process input image`, `Provided image is not valid`: <https://github.com/google-gemini/gemini-cli/issues/5064>
/// - Models without pictures: `image_url is only supported by certain models`:
///   <https://github.com/roboflow/awesome-openai-vision-api-experiments/issues/11>
pub(super) fn recognize(status: u16, body: &Value) -> bool {
    // Amazon Bedrock and vLLM send the error without a field around it.
    let error = error_of(body).unwrap_or(body);
    let names_image = |field: &str| {
        let text = error.get(field).and_then(Value::as_str).unwrap_or_default();
        text.to_ascii_lowercase().contains("image")
    };
    matches!(status, 400 | 415 | 422) && ["message", "code"].into_iter().any(names_image)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn refusals_of_each_provider_are_recognized() {
        for error in [
            json!({ "message": "You uploaded an unsupported image.", "code": "invalid_image_format" }),
            json!({ "message": "Something is wrong.", "code": "image_parse_error" }),
            json!({ "type": "invalid_request_error", "message": "Could not process image" }),
            json!({ "code": 400, "message": "Unable to process input image.", "status": "INVALID_ARGUMENT" }),
            json!({ "code": 400, "message": "Provided image is not valid.", "status": "INVALID_ARGUMENT" }),
        ] {
            assert!(recognize(400, &json!({ "error": error })), "{error}");
            assert!(recognize(400, &json!([{ "error": error }])), "{error}");
            assert!(recognize(400, &error), "{error}");
            assert!(!recognize(500, &json!({ "error": error })), "{error}");
        }
        for error in [json!({ "message": "Unsupported parameter: 'temperature'" }), json!({}), json!("image")] {
            assert!(!recognize(400, &json!({ "error": error })), "{error}");
            assert!(!recognize(400, &error), "{error}");
        }
        assert!(!recognize(400, &json!("<html>")));
    }
}
