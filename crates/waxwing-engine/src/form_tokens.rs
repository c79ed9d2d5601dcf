//! Tokens that bind answers to forms to their conversation.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;
use waxwing_agent::{FormAnswer, HistoryEntry, HistoryEvent, MessageContent, UserMessage};

/// Start of a token, so that tokens of other systems are left alone.
const PREFIX: &str = "waxwing.";
/// Number of hexadecimal digits of a signature.
const SIGNATURE: usize = 64;
/// Number of hexadecimal digits of a nonce.
const NONCE: usize = 32;
/// Separates signatures of tokens from those of other things that are signed with the key of a conversation.
const PURPOSE: &[u8] = b"waxwing form token";
/// Member of an answer that has the token.
const MEMBER: &str = "flow_token";

/// Issues and checks the tokens of one conversation. `Debug` does not show the key.
///
/// A token is `waxwing.SIGNATURE.NONCE.NAME`. The signature covers the nonce and the name of the form, with the key of the conversation, which
/// users do not know. So nobody can make a token, or use a token of another conversation.
#[derive(Clone)]
pub(crate) struct FormTokens {
    key: String,
}

impl FormTokens {
    /// Creates the tokens of the conversation with this key.
    pub(crate) fn new(key: impl Into<String>) -> Self {
        Self { key: key.into() }
    }

    /// Returns a token for a form. Each call returns another one.
    pub(crate) fn issue(&self, form: &str) -> String {
        let nonce = Uuid::new_v4().simple().to_string();
        let signature = hex::encode(self.signed(&nonce, form).finalize().into_bytes());
        format!("{PREFIX}{signature}.{nonce}.{form}")
    }

    /// Names the form that a message answers, and removes its token. Returns false if the token is not one of this conversation.
    pub(crate) fn bind(&self, message: &mut UserMessage) -> bool {
        let Some(MessageContent::Form(FormAnswer { answer: Value::Object(answer), form, .. })) = &mut message.content
        else {
            return true;
        };
        let Some(token) = answer.get(MEMBER).and_then(Value::as_str).filter(|token| token.starts_with(PREFIX)) else {
            return true;
        };
        *form = self.form_of(token);
        // The other members keep their order.
        answer.retain(|name, _| name != MEMBER);
        form.is_some()
    }

    /// Names the forms that the messages of a history answer, and removes their tokens.
    pub(crate) fn bind_history(&self, history: &mut [HistoryEntry]) {
        for entry in history {
            if let HistoryEvent::Message(message) = &mut entry.event {
                self.bind(message);
            }
        }
    }

    /// Returns the form of a token of this conversation.
    fn form_of(&self, token: &str) -> Option<String> {
        let rest = token.strip_prefix(PREFIX)?;
        let (signature, rest) = rest.split_at_checked(SIGNATURE)?;
        let (nonce, form) = rest.strip_prefix('.')?.split_at_checked(NONCE)?;
        let form = form.strip_prefix('.')?;
        let signature = hex::decode(signature).ok()?;
        // The comparison takes constant time.
        self.signed(nonce, form).verify_slice(&signature).ok()?;
        Some(form.to_owned())
    }

    fn signed(&self, nonce: &str, form: &str) -> Hmac<Sha256> {
        let keyed = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("HMAC accepts a key of any length");
        keyed.chain_update(PURPOSE).chain_update(nonce).chain_update(form)
    }
}

impl fmt::Debug for FormTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormTokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns whether an answer with this token is accepted, its form, and the rest of its data.
    fn bound(tokens: &FormTokens, token: impl Into<Value>) -> (bool, Option<String>, Value) {
        let token = token.into();
        let mut message =
            UserMessage::text("").with_content(FormAnswer::new(json!({"guests": "4", "flow_token": token})));
        let is_accepted = tokens.bind(&mut message);
        let answer = message.form_answer().unwrap().clone();
        (is_accepted, answer.form, answer.answer)
    }

    #[test]
    fn a_token_names_its_form_in_its_conversation_only() {
        let (ana, bea) = (FormTokens::new("ana"), FormTokens::new("bea"));
        let token = ana.issue("book.ing é");
        assert_ne!(token, ana.issue("book.ing é"));
        let rest = json!({"guests": "4"});
        assert_eq!(bound(&ana, token.clone()), (true, Some("book.ing é".to_owned()), rest.clone()));
        assert_eq!(bound(&bea, token.clone()), (false, None, rest.clone()));
        assert_eq!(bound(&ana, token.replace("book", "look")), (false, None, rest.clone()));
        for broken in ["waxwing.", "waxwing.é", &token[..token.len() / 2], &token.replace('.', "-")] {
            if broken.starts_with(PREFIX) {
                assert_eq!(bound(&ana, broken), (false, None, rest.clone()), "{broken}");
            }
        }
    }

    #[test]
    fn other_tokens_and_other_messages_stay_as_they_are() {
        let tokens = FormTokens::new("ana");
        for token in [json!("t-1"), json!(7), json!(null)] {
            assert_eq!(bound(&tokens, token.clone()), (true, None, json!({"guests": "4", "flow_token": token})));
        }
        for content in [FormAnswer::new(json!("no JSON")), FormAnswer::new(json!({}))] {
            let mut message = UserMessage::text("").with_content(content.clone());
            assert!(tokens.bind(&mut message));
            assert_eq!(message.form_answer(), Some(&content));
        }
        assert!(tokens.bind(&mut UserMessage::text("hi")));
    }

    #[test]
    fn debug_output_has_no_key() {
        assert_eq!(format!("{:?}", FormTokens::new("secret")), "FormTokens { .. }");
    }
}
