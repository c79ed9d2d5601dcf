//! Message of a provider about a failed request, for the log.

use std::collections::HashSet;

use serde_json::Value;

use super::error_body::error_of;
use crate::{ChatMessage, ChatRequest, ContentPart};

/// Maximum length of a message, in characters.
const MAX_LENGTH: usize = 300;

/// Sign for a part that is left out.
const LEFT_OUT: &str = "…";

/// Words of providers' messages, which are kept although the conversation may contain them.
const VOCABULARY: &str = "a access account allow allowed an and api are argument array assistant at audio available be billing body budget but \
    call can cannot check choose code completion completions config content context contact could credit current default deployment deprecated details \
    did does empty enable enabled error exceed exceeded exceeds exist expected failed field file for format found from function functions \
    generation get greater has have http id ids if image images in input insufficient integer invalid is it json key least length less limit \
    list max maximum message messages method minimum missing mode model models more must name new no not null number object of on one only \
    or organization output parameter parameters parse payload permission please plan policy project prompt property provide provided quota \
    range rate reached reasoning received refused region request requests require required resource response responses retry role roles \
    schema seed send server service set should size stop string support supported system temperature than that the there this thinking tier \
    to token tokens tool tools too type unable unknown unrecognized unsupported url usage use used user using valid value values version \
    was when with you your";

/// Returns the message of an error response, cut, and without anything of the conversation or a secret.
///
/// A message may quote the request. Words that the conversation contains are left out, except for the vocabulary of such messages. Words with
/// seven and more digits, keys, addresses, words of more than 64 bytes and words that are not ASCII are left out, too.
pub(super) fn for_operators(body: &str, request: &ChatRequest) -> Option<String> {
    let json: Value = serde_json::from_str(body).ok()?;
    let message = error_of(&json).and_then(|error| error.get("message").unwrap_or(error).as_str());
    let message = message.or_else(|| json.get("message")?.as_str()).or_else(|| json.get("detail")?.as_str())?;
    let (said, vocabulary) = (words_of(request), VOCABULARY.split_whitespace().collect::<HashSet<_>>());
    let mut shown: Vec<&str> = Vec::new();
    for word in message.split_whitespace().take(MAX_LENGTH) {
        let is_safe = is_plain(word) && parts(word).all(|part| vocabulary.contains(&*part) || !said.contains(&part));
        let word = if is_safe { word } else { LEFT_OUT };
        if word != LEFT_OUT || shown.last() != Some(&LEFT_OUT) {
            shown.push(word);
        }
    }
    let shown = shown.join(" ");
    (!shown.is_empty()).then(|| shown.chars().take(MAX_LENGTH).collect())
}

/// Returns false for a word that may be a key, an identifier, an address or personal data.
fn is_plain(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_key = ["sk-", "sk_", "AIza", "Bearer"].iter().any(|start| word.contains(start));
    word.is_ascii() && word.len() <= 64 && digits < 7 && !word.contains('@') && !is_key
}

/// Returns the parts of a word in lower case. A name such as `max_tokens` is one part.
fn parts(word: &str) -> impl Iterator<Item = String> {
    word.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| part.len() > 1).map(str::to_lowercase)
}

/// Returns the words of the conversation and of the system prompt.
fn words_of(request: &ChatRequest) -> HashSet<String> {
    let mut texts = vec![request.system.clone()];
    for message in &request.messages {
        match message {
            ChatMessage::User(content) => texts.extend(content.iter().filter_map(|part| match part {
                ContentPart::Text(text) => Some(text.clone()),
                _ => None,
            })),
            ChatMessage::Assistant { text, tool_calls, .. } => {
                texts.push(text.clone());
                texts.extend(tool_calls.iter().map(|call| call.arguments.to_string()));
            }
            ChatMessage::Tools(results) => texts.extend(results.iter().map(|result| result.text.clone())),
        }
    }
    texts.iter().flat_map(|text| text.split_whitespace()).flat_map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(message: &str, said: &str, expected: &str) {
        let body = json!({ "error": { "message": message } }).to_string();
        let request = ChatRequest::new([ChatMessage::user(said)]);
        assert_eq!(for_operators(&body, &request).as_deref(), Some(expected));
    }

    #[test]
    fn the_message_is_kept_without_the_conversation() {
        let refusal = "Unsupported value: 'temperature' does not support 0.3 with this model.";
        check(refusal, "I do not support this temperature", refusal);
        check("Invalid text: 'Maria Lopez lives here'", "I am Maria Lopez, who lives here", "Invalid text: …");
        check(
            "Incorrect API key provided: sk-proj-123. See the page.",
            "hi",
            "Incorrect API key provided: … See the page.",
        );
        check("number 34600000001 and a@b.example are wrong", "hi", "number … and … are wrong");
        check("¡Señor!", "hi", "…");
        check(&"long ".repeat(200), "hi", &"long ".repeat(60));
        assert_eq!(for_operators("<html>", &ChatRequest::default()), None);
        let google = json!([{ "error": { "code": 400, "message": "API key not valid." } }]).to_string();
        assert_eq!(for_operators(&google, &ChatRequest::default()).as_deref(), Some("API key not valid."));
    }
}
