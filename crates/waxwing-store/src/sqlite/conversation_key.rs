//! Keys of conversations for other systems.

use sha2::{Digest, Sha256};

use crate::ConversationId;

/// Number of rounds of the cipher. Four make it a strong pseudorandom permutation.
///
/// <https://en.wikipedia.org/wiki/Feistel_cipher#Theoretical_work>
const ROUNDS: u8 = 4;

/// Returns the key of a conversation: its id, encrypted under the random namespace of the database, in 16 hexadecimal digits.
///
/// The key says nothing about the number of conversations, and two conversations never have the same key. The key needs no column: it stays
/// the same as long as the conversation exists.
pub(super) fn conversation_key(namespace: &str, id: ConversationId) -> String {
    let bytes = id.0.to_be_bytes();
    let half = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let (mut left, mut right) = (half(0), half(4));
    for round in 0..ROUNDS {
        (left, right) = (right, left ^ mix(namespace, round, right));
    }
    format!("{left:08x}{right:08x}")
}

/// Returns the conversation with this key, if the text is a key. The conversation need not exist.
pub(super) fn conversation_id(namespace: &str, key: &str) -> Option<ConversationId> {
    let is_hex = key.len() == 16 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let bits = u64::from_str_radix(key, 16).ok().filter(|_| is_hex)?.to_be_bytes();
    let half = |at: usize| u32::from_be_bytes([bits[at], bits[at + 1], bits[at + 2], bits[at + 3]]);
    let (mut left, mut right) = (half(0), half(4));
    for round in (0..ROUNDS).rev() {
        (left, right) = (right ^ mix(namespace, round, left), left);
    }
    let id = i64::from_be_bytes((u64::from(left) << 32 | u64::from(right)).to_be_bytes());
    (id > 0).then_some(ConversationId(id))
}

fn mix(namespace: &str, round: u8, half: u32) -> u32 {
    let digest = Sha256::new()
        .chain_update(b"waxwing conversation key")
        .chain_update(namespace)
        .chain_update([round])
        .chain_update(half.to_be_bytes())
        .finalize();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_key_leads_back_to_its_conversation() {
        for id in [1, 7, 123_456_789_012, i64::MAX].map(ConversationId) {
            assert_eq!(conversation_id("a", &conversation_key("a", id)), Some(id));
        }
        for text in ["", "7", "000000000000000g", "0000000000000000\0", "+000000000000007", "AAAAAAAAAAAAAAAA"] {
            assert_eq!(conversation_id("a", text), None, "{text}");
        }
    }

    #[test]
    fn keys_are_distinct_and_depend_on_the_database() {
        let keys: HashSet<_> = (0..1000).map(|id| conversation_key("a", ConversationId(id))).collect();
        assert_eq!(keys.len(), 1000);
        assert!(keys.iter().all(|key| key.len() == 16));
        assert_eq!(conversation_key("a", ConversationId(7)), conversation_key("a", ConversationId(7)));
        assert_ne!(conversation_key("a", ConversationId(7)), conversation_key("b", ConversationId(7)));
    }
}
