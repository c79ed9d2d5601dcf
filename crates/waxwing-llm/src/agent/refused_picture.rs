//! Requests without a picture that a provider refused.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use super::prompt;
use crate::{ChatMessage, ChatRequest, ContentPart};

/// Largest number of refused pictures that are remembered.
const MAX_KNOWN: usize = 1024;

/// Pictures that the provider of a model has refused, by their hashes. Later requests have the descriptions at once.
#[derive(Debug, Default)]
pub(super) struct KnownRefusals(Mutex<HashSet<u64>>);

impl KnownRefusals {
    /// Returns a request with descriptions in place of the pictures that were refused before.
    pub(super) fn leave_out<'a>(&self, request: Cow<'a, ChatRequest>) -> Cow<'a, ChatRequest> {
        // A copy, because the lock must not be held while pictures are hashed.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_known = |part: &ContentPart| is_picture(part) && known.contains(&hash(part));
        if known.is_empty() || !request.messages.iter().flat_map(parts).any(is_known) {
            return request;
        }
        let mut request = request.into_owned();
        for part in request.messages.iter_mut().flat_map(parts_mut).filter(|part| is_known(part)) {
            *part = ContentPart::Text(prompt::refused(part));
        }
        Cow::Owned(request)
    }

    /// Remembers pictures without which a request was accepted.
    pub(super) fn remember(&self, refused: &RefusedPictures) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() + refused.pictures.len() > MAX_KNOWN {
            known.clear();
        }
        known.extend(&refused.pictures);
    }
}

/// Takes refused pictures out of a request. A provider does not tell which picture it refuses.
#[derive(Debug, Default)]
pub(super) struct RefusedPictures {
    refusals: u32,
    /// Hashes of the pictures that were taken out last.
    pictures: Vec<u64>,
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
            2 => {
                // The first ones were not the reason.
                self.pictures.clear();
                0
            }
            _ => return None,
        };
        let mut request = request.clone();
        // A server that knows the key would repeat its refusal.
        request.extend_key("without-picture");
        for part in request.messages[first..].iter_mut().flat_map(parts_mut).filter(|part| is_picture(part)) {
            self.pictures.push(hash(part));
            *part = ContentPart::Text(prompt::refused(part));
        }
        Some(request)
    }
}

fn parts(message: &ChatMessage) -> &[ContentPart] {
    match message {
        ChatMessage::User(parts) => parts,
        _ => &[],
    }
}

fn parts_mut(message: &mut ChatMessage) -> &mut [ContentPart] {
    match message {
        ChatMessage::User(parts) => parts,
        _ => &mut [],
    }
}

fn hash(picture: &ContentPart) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let ContentPart::Image(blob) = picture {
        blob.bytes.hash(&mut hasher);
    }
    hasher.finish()
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

    #[test]
    fn a_picture_that_another_one_was_refused_for_is_shown_again() {
        let message = |byte| ChatMessage::User(vec![ContentPart::Image(Blob::new("image/png", vec![byte]))]);
        let request = ChatRequest::new([message(1), message(2)]);
        let (known, mut refused) = (KnownRefusals::default(), RefusedPictures::default());
        let without_newest = refused.without(&request).unwrap();
        refused.without(&without_newest).unwrap();
        known.remember(&refused);
        assert_eq!(pictures(&known.leave_out(Cow::Borrowed(&request))), [0, 1]);
    }

    #[test]
    fn a_refused_picture_is_left_out_of_later_requests() {
        let message = |byte| ChatMessage::User(vec![ContentPart::Image(Blob::new("image/png", vec![byte]))]);
        let first = ChatRequest::new([message(1), message(2)]);
        let (known, mut refused) = (KnownRefusals::default(), RefusedPictures::default());
        let accepted = refused.without(&first).unwrap();
        assert!(matches!(known.leave_out(Cow::Borrowed(&first)), Cow::Borrowed(_)));
        known.remember(&refused);
        let later = ChatRequest::new([message(1), message(2), message(3)]);
        let later = known.leave_out(Cow::Borrowed(&later));
        assert_eq!(pictures(&later), [1, 0, 1]);
        assert_eq!(later.messages[..2], accepted.messages, "the start of the request stays the same");
    }
}
