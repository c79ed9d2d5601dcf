//! Who is who.

use super::bench::{Bench, both, from, hidden, phone};
use crate::{Peer, Person, Sender};

fn person(peer: &Peer) -> (Option<&str>, Option<&str>) {
    match peer {
        Peer::User(Person { wa_id, bsuid, .. }) => {
            (wa_id.as_ref().map(waxwing_types::WaId::as_str), bsuid.as_ref().map(waxwing_types::Bsuid::as_str))
        }
        Peer::Group(_) => panic!("a user, not a group"),
    }
}

/// The BSUID decides, whether or not the number is shown.
pub async fn a_bsuid_is_enough(b: Bench) {
    let conversation = b.say(from(hidden("ES.1"), "a")).await;
    assert_eq!(b.say(from(both("34600000001", "ES.1"), "b")).await, conversation);
    assert_eq!(b.say(from(hidden("ES.1"), "c")).await, conversation);
    let claim = b.claim().await;
    assert_eq!(person(&claim.conversation.peer), (Some("34600000001"), Some("ES.1")));
}

/// Somebody known by the number alone is the same person under their first BSUID.
pub async fn a_number_adopts_its_first_bsuid(b: Bench) {
    let conversation = b.say(from(phone("34600000001"), "a")).await;
    assert_eq!(b.say(from(both("34600000001", "ES.1"), "b")).await, conversation);
    assert_eq!(b.say(from(hidden("ES.1"), "c")).await, conversation);
    assert_eq!(b.say(from(phone("34600000001"), "d")).await, conversation);
    let claim = b.claim().await;
    assert_eq!(person(&claim.conversation.peer), (Some("34600000001"), Some("ES.1")));
}

/// A number under another BSUID has a new owner, who must not see what the old one wrote.
pub async fn a_recycled_number_is_a_new_person(b: Bench) {
    let old = b.say(from(both("34600000001", "ES.1"), "a")).await;
    let new = b.say(from(both("34600000001", "ES.2"), "b")).await;
    assert_ne!(old, new);
    // What names the number alone is the new owner's.
    assert_eq!(b.say(from(phone("34600000001"), "c")).await, new);
    assert_eq!(b.say(from(hidden("ES.1"), "d")).await, old);
    let claims = b.claims(10).await;
    let who = |id| person(&claims.iter().find(|claim| claim.conversation.id == id).unwrap().conversation.peer);
    assert_eq!(who(old), (None, Some("ES.1")));
    assert_eq!(who(new), (Some("34600000001"), Some("ES.2")));
}

/// The BSUID stays when the number changes.
pub async fn a_changed_number_is_the_same_person(b: Bench) {
    let conversation = b.say(from(both("34600000001", "ES.1"), "a")).await;
    assert_eq!(b.say(from(both("34600000002", "ES.1"), "b")).await, conversation);
    // The number that was given up is free for somebody else.
    assert_ne!(b.say(from(phone("34600000001"), "c")).await, conversation);
    assert_eq!(b.say(from(phone("34600000002"), "d")).await, conversation);
}

/// A number that moves between two known people moves the label and nothing else.
pub async fn a_number_may_move_to_a_known_person(b: Bench) {
    let ana = b.say(from(both("34600000001", "ES.1"), "a")).await;
    let bea = b.say(from(hidden("ES.2"), "b")).await;
    assert_eq!(b.say(from(both("34600000001", "ES.2"), "c")).await, bea);
    assert_eq!(b.say(from(phone("34600000001"), "d")).await, bea);
    assert_eq!(b.say(from(hidden("ES.1"), "e")).await, ana);
}

/// Who wrote before their BSUID was known, and is overtaken by it, still gets an answer.
pub async fn who_lost_the_number_can_still_be_answered(b: Bench) {
    let known = b.say(from(hidden("ES.1"), "a")).await;
    let overtaken = b.say(from(phone("34600000001"), "b")).await;
    assert_eq!(b.say(from(both("34600000001", "ES.1"), "c")).await, known);
    for claim in b.claims(10).await {
        assert!(claim.conversation.peer.address().is_some(), "{:?}", claim.conversation.id == overtaken);
    }
}

/// Names are kept as they were last seen.
pub async fn a_profile_is_the_last_one_seen(b: Bench) {
    let named = |name: Option<&str>, username: Option<&str>| Sender {
        name: name.map(Into::into),
        username: username.map(Into::into),
        ..hidden("ES.1")
    };
    b.say(from(named(Some("Ana"), Some("ana")), "a")).await;
    b.say(from(named(Some("Ana B."), None), "b")).await;
    b.say(from(named(None, None), "c")).await;
    let sender = b.claim().await.pending[0].sender.clone();
    assert_eq!((sender.name.as_deref(), sender.username.as_deref()), (Some("Ana B."), Some("ana")));
}
