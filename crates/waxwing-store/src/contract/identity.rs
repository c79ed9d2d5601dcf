//! Who is who.

use bytes::Bytes;
use waxwing_types::UserProfile;

use super::bench::{Bench, answer, both, from, hidden, phone, secs};
use crate::{
    ConversationId, IdentityChange, NewSession, Peer, Responder, ResponderChange, SessionWrite, TurnCommit,
    UserIdentity, WebhookItem,
};

fn person(peer: &Peer) -> (Option<&str>, Option<&str>) {
    match peer {
        Peer::User(UserIdentity { wa_id, bsuid, .. }) => {
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
    let named = |name: Option<&str>, username: Option<&str>| {
        let mut user = hidden("ES.1");
        user.name = name.map(Into::into);
        user.username = username.map(Into::into);
        user
    };
    b.say(from(named(Some("Ana"), Some("ana")), "a")).await;
    b.say(from(named(Some("Ana B."), None), "b")).await;
    b.say(from(named(None, None), "c")).await;
    let sender = b.claim().await.pending[0].sender.clone();
    assert_eq!((sender.name.as_deref(), sender.username.as_deref()), (Some("Ana B."), Some("ana")));
}

/// Tells that one became the other, long after both could have been seen.
async fn becomes(b: &Bench, old: UserProfile, new: UserProfile) -> Vec<ConversationId> {
    becomes_at(b, old, new, 4_000_000_000).await
}

async fn becomes_at(b: &Bench, old: UserProfile, new: UserProfile, at: i64) -> Vec<ConversationId> {
    let phones = [&old, &new].map(|side| side.wa_id.as_ref().map(waxwing_types::WaId::as_str));
    let bsuids = [&old, &new].map(|side| side.bsuid.as_ref().map(waxwing_types::Bsuid::as_str));
    let body = Bytes::from(format!("{phones:?} {bsuids:?}"));
    let change =
        || WebhookItem::IdentityChange(IdentityChange { old: old.clone(), new: new.clone(), at, body: body.clone() });
    let accepted = b.store.accept(vec![change()]).await.unwrap();
    assert_eq!(b.store.accept(vec![change()]).await.unwrap().duplicates, 1);
    accepted.conversations
}

/// Whoever tells of a change before writing is known under the new ids, by whichever of them, and the old ones are free.
pub async fn a_signal_joins_what_comes_after_it(b: Bench) {
    let nobody = becomes(&b, hidden("ES.0"), hidden("ES.00")).await;
    assert_eq!(nobody, []);
    for nth in 0..5 {
        let (number, bsuid) = (format!("3460000000{nth}"), format!("ES.{nth}1"));
        let (other_number, other_bsuid) = (format!("3460000001{nth}"), format!("ES.{nth}2"));
        let (old, new) = match nth {
            0 => (phone(&number), both(&other_number, &other_bsuid)),
            1 => (phone(&number), phone(&other_number)),
            2 => (phone(&number), hidden(&other_bsuid)),
            3 => (hidden(&bsuid), hidden(&other_bsuid)),
            _ => (hidden(&bsuid), both(&number, &other_bsuid)),
        };
        let ana = b.say(from(both(&number, &bsuid), &format!("a{nth}"))).await;
        assert_eq!(becomes(&b, old, new.clone()).await, []);
        assert_eq!(b.say(from(new, &format!("b{nth}"))).await, ana, "case {nth}");
        let owner = b.say(from(both(&number, &format!("ES.{nth}3")), &format!("c{nth}"))).await;
        assert_ne!(owner, ana, "case {nth}: a new owner of the number");
        let nobody = b.say(from(hidden(&bsuid), &format!("d{nth}"))).await;
        assert_ne!(nobody, ana, "case {nth}: the old id names nobody");
    }
}

/// A change of the number alone leaves it to the first message to tell the BSUID.
pub async fn a_changed_number_adopts_its_next_bsuid(b: Bench) {
    let ana = b.say(from(both("34600000001", "ES.1"), "a")).await;
    becomes(&b, phone("34600000001"), phone("34600000002")).await;
    assert_eq!(b.say(from(both("34600000002", "ES.2"), "b")).await, ana);
    assert_eq!(b.say(from(hidden("ES.2"), "c")).await, ana);
}

/// A message may overtake the signal: what was said, kept and still waits is found where the new one is.
pub async fn a_signal_joins_what_came_before_it(b: Bench) {
    let claim = b.turn(from(both("34600000001", "ES.1"), "a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let blob = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let append = vec![Bytes::from_static(b"said before").into()];
    let write = SessionWrite { id: session.id, append, state: blob("old state"), memory: blob("old memory") };
    let elsewhere = NewSession { agent: "other".into(), label: "label".into() };
    let until = b.in_secs(3600);
    let handoff = Some(ResponderChange::HumanFor(secs(3600)));
    let commit = TurnCommit {
        session: Some(write),
        begin_session: Some(elsewhere),
        responder: handoff,
        ..answer(&claim, "1", &[])
    };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();

    let old = b.say(from(both("34600000001", "ES.1"), "waits")).await;
    let waiting = b.claim().await;
    b.pass(10);
    let at = b.now().as_millis() / 1000;
    b.pass(10);
    let new = b.say(from(both("34600000001", "ES.2"), "overtakes")).await;
    assert_ne!(old, new);
    let claim = b.claim().await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    assert!(session.entries.is_empty());
    let append = vec![Bytes::from_static(b"said since").into()];
    let write = SessionWrite { id: session.id, append, state: None, memory: blob("new memory") };
    b.store.commit_turn(&claim.lease, TurnCommit { session: Some(write), ..answer(&claim, "2", &[]) }).await.unwrap();
    b.say(from(both("34600000001", "ES.2"), "goes on")).await;
    let claim = b.claim().await;

    assert_eq!(becomes_at(&b, phone("34600000001"), both("34600000001", "ES.2"), at).await, [new]);
    // The turns of both are done again: neither knows of the other.
    for (claim, run) in [(&claim, "3"), (&waiting, "4")] {
        assert!(b.store.commit_turn(&claim.lease, answer(claim, run, &["twice"])).await.is_err());
    }
    let claim = b.claim().await;
    assert_eq!((claim.conversation.id, claim.crash_count, claim.responder), (new, 0, Responder::Human { until }));
    assert_eq!(claim.pending.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["waits", "goes on"]);
    assert_eq!(claim.pending[0].sender.bsuid.as_ref().map(waxwing_types::Bsuid::as_str), Some("ES.2"));
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let said: Vec<_> = session.entries.iter().map(|entry| &entry.body[..]).collect();
    assert_eq!(said, [&b"said before"[..], b"said since"]);
    assert_eq!((session.state, session.memory), (blob("old state"), blob("old memory")));
    assert_eq!(b.store.session(&claim.lease, "other", "unused", 9).await.unwrap().label, "label");
    assert_ne!(b.say(from(hidden("ES.1"), "b")).await, new);
}

/// A signal is about whoever had the number at its time, however late it comes, and not about who has it now.
pub async fn a_late_signal_is_about_its_time(b: Bench) {
    let ana = b.say(from(both("34600000001", "ES.1"), "a")).await;
    b.pass(10);
    let at = b.now().as_millis() / 1000;
    b.pass(10);
    let bea = b.say(from(both("34600000001", "ES.2"), "b")).await;
    assert_eq!(becomes_at(&b, phone("34600000001"), both("34600000002", "ES.9"), 1).await, []);
    assert!(![ana, bea].contains(&b.say(from(hidden("ES.9"), "c")).await), "nobody had the number then");
    becomes_at(&b, phone("34600000001"), both("34600000003", "ES.3"), at).await;
    assert_eq!(b.say(from(hidden("ES.3"), "d")).await, ana);
    assert_eq!(b.say(from(phone("34600000001"), "e")).await, bea);
    // Who had the new number long before is somebody else.
    let carl = b.say(from(phone("34600000004"), "f")).await;
    becomes(&b, hidden("ES.3"), phone("34600000004")).await;
    assert_eq!(b.say(from(phone("34600000004"), "g")).await, ana);
    assert_ne!(carl, ana);
}
