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
    fn keys_are_distinct_and_depend_on_the_database() {
        let keys: HashSet<_> = (0..1000).map(|id| conversation_key("a", ConversationId(id))).collect();
        assert_eq!(keys.len(), 1000);
        assert!(keys.iter().all(|key| key.len() == 16));
        assert_eq!(conversation_key("a", ConversationId(7)), conversation_key("a", ConversationId(7)));
        assert_ne!(conversation_key("a", ConversationId(7)), conversation_key("b", ConversationId(7)));
    }
}
