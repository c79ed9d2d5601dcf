//! Conversion of the result of an MCP call into a [`ToolOutput`].

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use waxwing_agent::{AgentError, Media, MediaKind};

use crate::ToolOutput;
use crate::tag::note;

/// Maximum total size of the media of a result, in bytes.
const MAX_MEDIA: u64 = 15 * 1024 * 1024;

/// Maximum number of media files of a result.
const MAX_FILES: usize = 10;

/// Note for the model about content of a kind that this version does not know.
const UNKNOWN: &str = "Content of an unknown kind was left out.";

/// Converts a result.
///
/// # Errors
///
/// Returns an error if the server marks the result as an error. The text of the result is the source of the error, which the model reads.
pub(super) fn output(result: CallToolResult) -> Result<ToolOutput, AgentError> {
    let mut output = OutputBuilder::default();
    let has_text = result.content.iter().any(|block| matches!(block, ContentBlock::Text(_)));
    for block in result.content {
        output.add(block);
    }
    // Servers should repeat structured content as text, but not all do.
    if let Some(structured) = result.structured_content.filter(|_| !has_text) {
        output.add_text(&structured.to_string());
    }
    if result.is_error == Some(true) {
        let text = if output.text.is_empty() { "the tool failed without a message".into() } else { output.text };
        return Err(AgentError::new("mcp tool failed").with_source(text));
    }
    // Media of a server are rarely the complete answer, so the model's text is sent as well. The model needs to see what it talks about.
    let text = ToolOutput::text(output.text).supplementary().shown_to_model();
    Ok(output.media.into_iter().fold(text, ToolOutput::with_media))
}

#[derive(Default)]
struct OutputBuilder {
    text: String,
    media: Vec<Media>,
}

impl OutputBuilder {
    fn add_text(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    fn add_note(&mut self, text: &str) {
        self.add_text(&note(text).to_string());
    }

    fn add(&mut self, block: ContentBlock) {
        match block {
            ContentBlock::Text(text) => self.add_text(&text.text),
            ContentBlock::Image(image) => self.add_media(MediaKind::Image, &image.mime_type, None, &image.data),
            ContentBlock::Audio(audio) => self.add_media(MediaKind::Audio, &audio.mime_type, None, &audio.data),
            ContentBlock::Resource(resource) => match resource.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => self.add_text(&format!("{uri}:\n{text}")),
                ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                    let mime_type = mime_type.as_deref().unwrap_or("application/octet-stream");
                    self.add_media(media_kind(mime_type), mime_type, filename(&uri), &blob);
                }
                _ => self.add_note(UNKNOWN),
            },
            ContentBlock::ResourceLink(link) => {
                let description = link.description.map(|text| format!(" ({text})")).unwrap_or_default();
                self.add_text(&format!("{}: {}{description}", link.name, link.uri));
            }
            _ => self.add_note(UNKNOWN),
        }
    }

    /// Adds a media file for the user, and a note for the model.
    fn add_media(&mut self, kind: MediaKind, mime_type: &str, filename: Option<&str>, base64: &str) {
        let name = kind.as_str();
        let Ok(bytes) = BASE64_STANDARD.decode(base64) else {
            return self.add_note(&format!("A file was left out because it is damaged: {name}."));
        };
        let total = self.media.iter().map(Media::len).sum::<u64>() + bytes.len() as u64;
        if total > MAX_MEDIA || self.media.len() == MAX_FILES {
            return self.add_note(&format!("A file was left out because the result is too large to send: {name}."));
        }
        let media = Media::new(kind, mime_type, bytes);
        self.media.push(match filename {
            Some(filename) => media.with_filename(filename),
            None => media,
        });
        self.add_note(&format!("The user will receive: {name}, {mime_type}."));
    }
}

fn media_kind(mime_type: &str) -> MediaKind {
    match mime_type.split_once('/') {
        Some(("image", _)) => MediaKind::Image,
        Some(("audio", _)) => MediaKind::Audio,
        Some(("video", _)) => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// Returns the last segment of the path of a URI.
fn filename(uri: &str) -> Option<&str> {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().filter(|name| !name.is_empty() && name.len() <= 240)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn output_of(content: &Value) -> Result<ToolOutput, AgentError> {
        output(serde_json::from_value(content.clone()).unwrap())
    }

    #[track_caller]
    fn check(content: &Value, text: &str, media: &[Media]) {
        let expected = ToolOutput::text(text).supplementary().shown_to_model();
        let expected = media.iter().cloned().fold(expected, ToolOutput::with_media);
        assert_eq!(output_of(&json!({ "content": content })).unwrap(), expected);
    }

    #[test]
    fn content_of_every_kind_is_converted() {
        let data = BASE64_STANDARD.encode([1, 2, 3]);
        check(&json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "a\nb", &[]);
        check(
            &json!([{"type": "image", "mimeType": "image/png", "data": data}]),
            "<note>The user will receive: image, image/png.</note>",
            &[Media::image("image/png", vec![1, 2, 3])],
        );
        check(
            &json!([{"type": "audio", "mimeType": "audio/wav", "data": data}]),
            "<note>The user will receive: audio, audio/wav.</note>",
            &[Media::new(MediaKind::Audio, "audio/wav", vec![1, 2, 3])],
        );
        let text = json!({"uri": "file:///a.txt", "text": "hello"});
        check(&json!([{"type": "resource", "resource": text}]), "file:///a.txt:\nhello", &[]);
        let blob = json!({"uri": "https://x/menu.pdf?v=1", "mimeType": "application/pdf", "blob": data});
        check(
            &json!([{"type": "resource", "resource": blob}]),
            "<note>The user will receive: document, application/pdf.</note>",
            &[Media::document("menu.pdf", "application/pdf", vec![1, 2, 3])],
        );
        let link = json!({"type": "resource_link", "uri": "https://x/", "name": "X", "description": "a page"});
        check(&json!([link]), "X: https://x/ (a page)", &[]);
        let broken = json!([{"type": "image", "mimeType": "image/png", "data": "%"}]);
        check(&broken, "<note>A file was left out because it is damaged: image.</note>", &[]);
    }

    #[test]
    fn structured_content_is_used_if_there_is_no_text() {
        let structured = json!({"content": [], "structuredContent": {"n": 1}});
        assert_eq!(output_of(&structured).unwrap().text, r#"{"n":1}"#);
        let both = json!({"content": [{"type": "text", "text": "one"}], "structuredContent": {"n": 1}});
        assert_eq!(output_of(&both).unwrap().text, "one");
    }

    #[test]
    fn error_texts_are_for_the_model_and_not_for_the_log() {
        let failed = json!({"content": [{"type": "text", "text": "no such table: 34600000000"}], "isError": true});
        let error = output_of(&failed).unwrap_err();
        assert_eq!(error.to_string(), "mcp tool failed");
        assert_eq!(error.source().unwrap().to_string(), "no such table: 34600000000");
        let silent = output_of(&json!({"content": [], "isError": true})).unwrap_err();
        assert_eq!(silent.source().unwrap().to_string(), "the tool failed without a message");
    }

    #[test]
    fn the_number_of_files_is_limited() {
        let image = json!({"type": "image", "mimeType": "image/png", "data": "AAAA"});
        let many = output_of(&json!({"content": vec![image; MAX_FILES + 1]})).unwrap();
        let lines: Vec<_> = many.text.lines().collect();
        assert_eq!(lines.len(), MAX_FILES + 1);
        assert_eq!(
            lines[MAX_FILES - 1..],
            [
                "<note>The user will receive: image, image/png.</note>",
                "<note>A file was left out because the result is too large to send: image.</note>"
            ]
        );
    }
}
