//! What came of a call: words for the model, media for the user.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use waxwing_agent::{AgentError, Media, MediaKind};

use crate::ToolOutput;

/// The largest media of one call together, in bytes.
const MAX_MEDIA: u64 = 15 * 1024 * 1024;

/// The most media that the user gets of one call.
const MAX_COUNT: usize = 10;

/// What the model reads of what the protocol has learned since.
const UNKNOWN: &str = "[Something of a kind that is not known here was left out.]";

/// The output of a call.
///
/// # Errors
///
/// What the server calls an error. Its words are the error's source, which the model reads.
pub(super) fn output(result: CallToolResult) -> Result<ToolOutput, AgentError> {
    let mut output = Output::default();
    let has_text = result.content.iter().any(|block| matches!(block, ContentBlock::Text(_)));
    for block in result.content {
        output.add(block);
    }
    // Servers should say the same in words; not all do.
    if let Some(structured) = result.structured_content.filter(|_| !has_text) {
        output.say(&structured.to_string());
    }
    if result.is_error == Some(true) {
        let words = if output.text.is_empty() { "the tool failed and does not say why".into() } else { output.text };
        return Err(AgentError::new("a tool of an MCP server failed").with_source(words));
    }
    // What a server shows is seldom the whole answer: the model's words belong to it.
    let text = ToolOutput::text(output.text).supplementary();
    Ok(output.media.into_iter().fold(text, ToolOutput::with_media))
}

#[derive(Default)]
struct Output {
    text: String,
    media: Vec<Media>,
}

impl Output {
    fn say(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(words);
    }

    fn add(&mut self, block: ContentBlock) {
        match block {
            ContentBlock::Text(text) => self.say(&text.text),
            ContentBlock::Image(image) => self.show(MediaKind::Image, &image.mime_type, None, &image.data),
            ContentBlock::Audio(audio) => self.show(MediaKind::Audio, &audio.mime_type, None, &audio.data),
            ContentBlock::Resource(resource) => match resource.resource {
                ResourceContents::TextResourceContents { uri, text, .. } => self.say(&format!("{uri}:\n{text}")),
                ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                    let mime_type = mime_type.as_deref().unwrap_or("application/octet-stream");
                    self.show(kind(mime_type), mime_type, filename(&uri), &blob);
                }
                _ => self.say(UNKNOWN),
            },
            ContentBlock::ResourceLink(link) => {
                let description = link.description.map(|words| format!(" ({words})")).unwrap_or_default();
                self.say(&format!("{}: {}{description}", link.name, link.uri));
            }
            _ => self.say(UNKNOWN),
        }
    }

    /// Adds a medium, and words about it for the model, which does not see it.
    fn show(&mut self, kind: MediaKind, mime_type: &str, filename: Option<&str>, base64: &str) {
        let name = kind.as_str();
        let Ok(bytes) = BASE64_STANDARD.decode(base64) else {
            return self.say(&format!("[Left out, as it is broken: {name}.]"));
        };
        let total = self.media.iter().map(Media::len).sum::<u64>() + bytes.len() as u64;
        if total > MAX_MEDIA || self.media.len() == MAX_COUNT {
            return self.say(&format!("[Left out, as it is too much to send: {name}.]"));
        }
        let media = Media::new(kind, mime_type, bytes);
        self.media.push(match filename {
            Some(filename) => media.with_filename(filename),
            None => media,
        });
        self.say(&format!("[The user gets: {name}, {mime_type}.]"));
    }
}

fn kind(mime_type: &str) -> MediaKind {
    match mime_type.split_once('/') {
        Some(("image", _)) => MediaKind::Image,
        Some(("audio", _)) => MediaKind::Audio,
        Some(("video", _)) => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// The last part of an address, without what is asked of it.
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
        let expected = media.iter().cloned().fold(ToolOutput::text(text).supplementary(), ToolOutput::with_media);
        assert_eq!(output_of(&json!({ "content": content })).unwrap(), expected);
    }

    #[test]
    fn blocks_of_every_kind() {
        let data = BASE64_STANDARD.encode([1, 2, 3]);
        check(&json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]), "a\nb", &[]);
        check(
            &json!([{"type": "image", "mimeType": "image/png", "data": data}]),
            "[The user gets: image, image/png.]",
            &[Media::image("image/png", vec![1, 2, 3])],
        );
        check(
            &json!([{"type": "audio", "mimeType": "audio/wav", "data": data}]),
            "[The user gets: audio, audio/wav.]",
            &[Media::new(MediaKind::Audio, "audio/wav", vec![1, 2, 3])],
        );
        let text = json!({"uri": "file:///a.txt", "text": "hello"});
        check(&json!([{"type": "resource", "resource": text}]), "file:///a.txt:\nhello", &[]);
        let blob = json!({"uri": "https://x/menu.pdf?v=1", "mimeType": "application/pdf", "blob": data});
        check(
            &json!([{"type": "resource", "resource": blob}]),
            "[The user gets: document, application/pdf.]",
            &[Media::document("menu.pdf", "application/pdf", vec![1, 2, 3])],
        );
        let link = json!({"type": "resource_link", "uri": "https://x/", "name": "X", "description": "a page"});
        check(&json!([link]), "X: https://x/ (a page)", &[]);
        let broken = json!([{"type": "image", "mimeType": "image/png", "data": "%"}]);
        check(&broken, "[Left out, as it is broken: image.]", &[]);
    }

    #[test]
    fn what_is_structured_is_said_where_nothing_else_is() {
        let structured = json!({"content": [], "structuredContent": {"n": 1}});
        assert_eq!(output_of(&structured).unwrap().text, r#"{"n":1}"#);
        let both = json!({"content": [{"type": "text", "text": "one"}], "structuredContent": {"n": 1}});
        assert_eq!(output_of(&both).unwrap().text, "one");
    }

    #[test]
    fn errors_are_for_the_model_and_not_for_the_log() {
        let failed = json!({"content": [{"type": "text", "text": "no such table: 34600000000"}], "isError": true});
        let error = output_of(&failed).unwrap_err();
        assert_eq!(error.to_string(), "a tool of an MCP server failed");
        assert_eq!(error.source().unwrap().to_string(), "no such table: 34600000000");
        let silent = output_of(&json!({"content": [], "isError": true})).unwrap_err();
        assert_eq!(silent.source().unwrap().to_string(), "the tool failed and does not say why");
    }

    #[test]
    fn media_are_bounded() {
        let image = json!({"type": "image", "mimeType": "image/png", "data": "AAAA"});
        let many = output_of(&json!({"content": vec![image; MAX_COUNT + 1]})).unwrap();
        let lines: Vec<_> = many.text.lines().collect();
        assert_eq!(lines.len(), MAX_COUNT + 1);
        assert_eq!(
            lines[MAX_COUNT - 1..],
            ["[The user gets: image, image/png.]", "[Left out, as it is too much to send: image.]"]
        );
    }
}
