//! Requests without a picture that a provider refused.

use super::prompt;
use crate::{ChatMessage, ChatRequest, ContentPart};

/// Takes refused pictures out of a request. A provider does not tell which picture it refuses.
#[derive(Debug, Default)]
pub(super) struct RefusedPictures {
    refusals: u32,
}

impl RefusedPictures {
    /// Returns the request to send after a refusal: without the pictures of the newest message that has some, and after a second refusal without
    /// all pictures. Descriptions take their places. Returns none if there is nothing left to take out.
    pub(super) fn without(&mut self, request: &ChatRequest) -> Option<ChatRequest> {
        let has_picture =
            |message: &ChatMessage| matches!(message, ChatMessage::User(parts) if parts.iter().any(is_picture));
        let newest = request.messages.iter().rposition(has_picture)?;
        self.refusals += 1;
        let first = match self.refusals {
            1 => newest,
            2 => 0,
            _ => return None,
        };
        let mut request = request.clone();
        // A server that knows the key would repeat its refusal.
        request.extend_key("without-picture");
        for message in &mut request.messages[first..] {
            let ChatMessage::User(parts) = message else { continue };
            for part in parts.iter_mut().filter(|part| is_picture(part)) {
                *part = ContentPart::Text(prompt::refused(part));
            }
        }
        Some(request)
    }
}

fn is_picture(part: &ContentPart) -> bool {
    matches!(part, ContentPart::Image(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blob;

    fn pictures(request: &ChatRequest) -> Vec<usize> {
        let count = |message: &ChatMessage| match message {
            ChatMessage::User(parts) => parts.iter().filter(|part| is_picture(part)).count(),
            _ => 0,
        };
        request.messages.iter().map(count).collect()
    }

    #[test]
    fn the_newest_picture_goes_first_and_then_all() {
        let picture = || ContentPart::Image(Blob::new("image/png", vec![1]));
        let messages = vec![
            ChatMessage::User(vec![picture()]),
            ChatMessage::assistant("a"),
            ChatMessage::User(vec![picture(), picture()]),
            ChatMessage::user("well?"),
        ];
        let request = ChatRequest { messages, ..ChatRequest::default() };
        let mut refused = RefusedPictures::default();
        let request = refused.without(&request).unwrap();
        assert_eq!(pictures(&request), [1, 0, 0, 0]);
        let request = refused.without(&request).unwrap();
        assert_eq!(pictures(&request), [0, 0, 0, 0]);
        let ChatMessage::User(parts) = &request.messages[2] else { unreachable!() };
        let told =
            matches!(&parts[0], ContentPart::Text(text) if text.contains("problem=\"the model provider refused it\""));
        assert!(told, "{parts:?}");
        assert!(refused.without(&request).is_none());
    }
}
