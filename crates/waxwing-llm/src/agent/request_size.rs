//! Size of requests to models: estimated tokens, or bytes.

use crate::{Blob, ChatMessage, ChatRequest, ContentPart, ToolSpec};

/// Unit in which a request is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Estimated tokens. The tokenizers of models differ, so a count is about right for English and too high for other languages.
    Tokens,
    /// Bytes of the body, with media in Base64.
    Bytes,
}

/// Tokens of a message or of a tool in addition to its texts.
const OVERHEAD: u64 = 5;

/// Tokens of an image. The largest images of the common providers have about this number.
const IMAGE: u64 = 1600;

/// Bytes of a recording per token: about 20 tokens per second of a voice note.
const AUDIO_BYTES: u64 = 100;

/// Bytes of a document per token: about 2,000 tokens per page.
const DOCUMENT_BYTES: u64 = 25;

impl Unit {
    /// Returns the size of a whole request.
    pub(super) fn request(self, request: &ChatRequest) -> u64 {
        self.fixed(&request.system, &request.tools) + self.messages(&request.messages)
    }

    /// Returns the size of what every request of an agent holds: the system prompt and the tools.
    pub(super) fn fixed(self, system: &str, tools: &[ToolSpec]) -> u64 {
        let tool = |tool: &ToolSpec| {
            let schema = self.text(&tool.parameters.to_string());
            OVERHEAD + self.text(&tool.name) + self.text(&tool.description) + schema
        };
        self.text(system) + tools.iter().map(tool).sum::<u64>()
    }

    pub(super) fn messages(self, messages: &[ChatMessage]) -> u64 {
        messages.iter().map(|message| self.message(message)).sum()
    }

    fn message(self, message: &ChatMessage) -> u64 {
        OVERHEAD
            + match message {
                ChatMessage::User(parts) => self.parts(parts),
                ChatMessage::Assistant { text, tool_calls, .. } => {
                    let call = |call: &crate::ToolCall| {
                        OVERHEAD + self.text(&call.name) + self.text(&call.arguments.to_string())
                    };
                    self.text(text) + tool_calls.iter().map(call).sum::<u64>()
                }
                ChatMessage::Tools(results) => {
                    results.iter().map(|result| OVERHEAD + self.text(&result.name) + self.text(&result.text)).sum()
                }
            }
    }

    pub(super) fn parts(self, parts: &[ContentPart]) -> u64 {
        parts.iter().map(|part| self.part(part)).sum()
    }

    pub(super) fn part(self, part: &ContentPart) -> u64 {
        let blob = |blob: &Blob, tokens: u64| match self {
            Self::Tokens => tokens,
            Self::Bytes => (blob.bytes.len() as u64).div_ceil(3) * 4,
        };
        match part {
            ContentPart::Text(text) => self.text(text),
            ContentPart::Image(image) => blob(image, IMAGE),
            ContentPart::Audio(audio) => blob(audio, audio.bytes.len() as u64 / AUDIO_BYTES),
            ContentPart::Document(file) => blob(file, file.bytes.len() as u64 / DOCUMENT_BYTES),
        }
    }

    /// Returns the size of a text. A token is estimated as four ASCII characters, two characters of a small alphabet, or one other character.
    pub(super) fn text(self, text: &str) -> u64 {
        match self {
            Self::Bytes => text.len() as u64,
            Self::Tokens => text.chars().map(|c| [0, 1, 2, 4, 4][c.len_utf8()]).sum::<u64>().div_ceil(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_estimated_and_bytes_are_counted() {
        assert_eq!(Unit::Tokens.text("four ascii letters!!"), 5);
        assert_eq!((Unit::Tokens.text("привет"), Unit::Tokens.text("日本")), (3, 2));
        assert_eq!(Unit::Bytes.text("日本"), 6);
        let picture = ContentPart::Image(Blob::new("image/png", vec![0; 3000]));
        assert_eq!((Unit::Tokens.part(&picture), Unit::Bytes.part(&picture)), (IMAGE, 4000));
        let mut request = ChatRequest::new([ChatMessage::user("12345678")]).with_system("1234");
        assert_eq!(Unit::Tokens.request(&request), 1 + OVERHEAD + 2);
        request.tools.push(ToolSpec::new("name", "", serde_json::json!({})));
        assert_eq!(Unit::Tokens.request(&request), 1 + OVERHEAD + 2 + OVERHEAD + 1 + 1);
    }
}
