//! Identity of users.

use bytes::Bytes;
use waxwing_store::{
    ClosedRelease, ConversationId, ConversationTarget, EventSubject, EventType, IdentityChange, NewEvent, NewNotices,
    NewSession, OutageRelease, Peer, ReleaseReason, Responder, ResponderChange, SendError, SendOutcome, SessionWrite,
    TurnCommit, TurnRelease, UserIdentity, WebhookItem,
};
use waxwing_types::{UserProfile, WaId};

use crate::events::{events, subscribe};
use crate::fixture::{
    Fixture, accepted, answer, body, both, dead, entry, from, hidden, in_group, notice, phone, refused, secs,
};

fn person(peer: &Peer) -> (Option<&str>, Option<&str>) {
    match peer {
        Peer::User(UserIdentity { wa_id, bsuid, .. }) => {
            (wa_id.as_ref().map(waxwing_types::WaId::as_str), bsuid.as_ref().map(waxwing_types::Bsuid::as_str))
        }
        Peer::Group(_) => panic!("expected a user, found a group"),
    }
}

/// The BSUID identifies a user with and without a phone number.
pub async fn a_bsuid_identifies_a_user(b: Fixture) {
    let conversation = b.receive(from(hidden("ES.1"), "a")).await;
    assert_eq!(b.receive(from(both("34600000001", "ES.1"), "b")).await, conversation);
    assert_eq!(b.receive(from(hidden("ES.1"), "c")).await, conversation);
    let claim = b.claim().await;
    assert_eq!(person(&claim.conversation.peer), (Some("34600000001"), Some("ES.1")));
}

/// A user who was known by phone number only is the same user under the first BSUID.
pub async fn a_phone_number_adopts_its_first_bsuid(b: Fixture) {
    let conversation = b.receive(from(phone("34600000001"), "a")).await;
    assert_eq!(b.receive(from(both("34600000001", "ES.1"), "b")).await, conversation);
    assert_eq!(b.receive(from(hidden("ES.1"), "c")).await, conversation);
    assert_eq!(b.receive(from(phone("34600000001"), "d")).await, conversation);
    let claim = b.claim().await;
    assert_eq!(person(&claim.conversation.peer), (Some("34600000001"), Some("ES.1")));
}

/// A phone number with another BSUID has a new owner, who must not see data of the previous owner.
pub async fn a_recycled_phone_number_is_a_new_user(b: Fixture) {
    let old = b.receive(from(both("34600000001", "ES.1"), "a")).await;
    let new = b.receive(from(both("34600000001", "ES.2"), "b")).await;
    assert_ne!(old, new);
    // The phone number alone identifies the new owner.
    assert_eq!(b.receive(from(phone("34600000001"), "c")).await, new);
    assert_eq!(b.receive(from(hidden("ES.1"), "d")).await, old);
    let claims = b.claims(10).await;
    let who = |id| person(&claims.iter().find(|claim| claim.conversation.id == id).unwrap().conversation.peer);
    assert_eq!(who(old), (None, Some("ES.1")));
    assert_eq!(who(new), (Some("34600000001"), Some("ES.2")));
}

/// The BSUID stays the same when the phone number changes.
pub async fn a_changed_phone_number_is_the_same_user(b: Fixture) {
    let conversation = b.receive(from(both("34600000001", "ES.1"), "a")).await;
    assert_eq!(b.receive(from(both("34600000002", "ES.1"), "b")).await, conversation);
    // The previous phone number is free for another user.
    assert_ne!(b.receive(from(phone("34600000001"), "c")).await, conversation);
    assert_eq!(b.receive(from(phone("34600000002"), "d")).await, conversation);
}

/// A phone number that moves between two known users moves nothing else.
pub async fn a_phone_number_can_move_to_a_known_user(b: Fixture) {
    let ana = b.receive(from(both("34600000001", "ES.1"), "a")).await;
    let bea = b.receive(from(hidden("ES.2"), "b")).await;
    assert_eq!(b.receive(from(both("34600000001", "ES.2"), "c")).await, bea);
    assert_eq!(b.receive(from(phone("34600000001"), "d")).await, bea);
    assert_eq!(b.receive(from(hidden("ES.1"), "e")).await, ana);
}

/// A user without a BSUID who lost the phone number to another user still gets a reply.
pub async fn a_user_without_bsuid_keeps_a_reply_address(b: Fixture) {
    let known = b.receive(from(hidden("ES.1"), "a")).await;
    let overtaken = b.receive(from(phone("34600000001"), "b")).await;
    assert_eq!(b.receive(from(both("34600000001", "ES.1"), "c")).await, known);
    for claim in b.claims(10).await {
        assert!(claim.conversation.peer.address().is_some(), "{:?}", claim.conversation.id == overtaken);
    }
}

/// Names are stored as they were seen last.
pub async fn a_profile_is_the_one_seen_last(b: Fixture) {
    let named = |name: Option<&str>, username: Option<&str>| {
        let mut user = hidden("ES.1");
        user.name = name.map(Into::into);
        user.username = username.map(Into::into);
        user
    };
    b.receive(from(named(Some("Ana"), Some("ana")), "a")).await;
    b.receive(from(named(Some("Ana B."), None), "b")).await;
    b.receive(from(named(None, None), "c")).await;
    let sender = b.claim().await.pending[0].sender.clone();
    assert_eq!((sender.name.as_deref(), sender.username.as_deref()), (Some("Ana B."), Some("ana")));
}

/// Accepts an identity change that is later than all messages.
async fn becomes(b: &Fixture, old: UserProfile, new: UserProfile) -> Vec<ConversationId> {
    becomes_at(b, old, new, 4_000_000_000).await
}

async fn becomes_at(b: &Fixture, old: UserProfile, new: UserProfile, at: i64) -> Vec<ConversationId> {
    let phones = [&old, &new].map(|side| side.wa_id.as_ref().map(waxwing_types::WaId::as_str));
    let bsuids = [&old, &new].map(|side| side.bsuid.as_ref().map(waxwing_types::Bsuid::as_str));
    let body = Bytes::from(format!("{phones:?} {bsuids:?}"));
    let change =
        || WebhookItem::IdentityChange(IdentityChange { old: old.clone(), new: new.clone(), at, body: body.clone() });
    let accepted = b.store.accept(vec![change()]).await.unwrap();
    assert_eq!(b.store.accept(vec![change()]).await.unwrap().duplicates, 1);
    accepted.conversations
}

/// Other systems know a conversation by its key, and a message waits for the user.
pub async fn a_joined_conversation_keeps_its_key_and_its_parked_messages(b: Fixture) {
    let ana = b.turn(from(phone("34600000001"), "a")).await;
    b.answer(&ana, "run", &["1"]).await;
    let send = b.send().await;
    let error = SendError { code: None, message: "the window is closed".into() };
    b.record(&send, SendOutcome::Park { error, replacement: None, was_attempted: false }).await;
    let new = b.receive(from(hidden("ES.2"), "b")).await;
    becomes(&b, phone("34600000001"), both("34600000002", "ES.2")).await;
    let claim = b.claim().await;
    assert_eq!(claim.conversation.id, new);
    assert_eq!(claim.undelivered.iter().map(|lost| lost.content.text()).collect::<Vec<_>>(), [Some("1")]);
    let parked: Vec<_> = claim.undelivered.iter().map(|lost| lost.id).collect();
    let commit = TurnCommit { reported_undelivered: parked, sends_parked: true, ..answer(&claim, "run 2", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let again = b.send().await;
    assert_eq!((again.lease.conversation, body(&again)), (new, "1"));
    assert_ne!(again.to, send.to, "the old address belongs to nobody");
    let key = ConversationTarget::Key(ana.conversation.key.clone());
    for target in [key, ConversationTarget::Conversation(ana.conversation.id)] {
        let event = NewEvent { id: format!("{target:?}"), target, body: Bytes::new(), idempotency: None };
        assert_eq!(b.store.record_event(event).await.unwrap().conversation, new);
    }
}

/// Notices of both conversations were queued under the same epoch.
pub async fn notices_of_joined_conversations_do_not_collide(b: Fixture) {
    for (nth, kind) in ["away", "outage", "first contact"].into_iter().enumerate() {
        let (old, bsuid) = (phone(&format!("3460000000{nth}")), format!("ES.{nth}"));
        let mut last = ConversationId(0);
        for (user, text) in [(old.clone(), "lost"), (hidden(&bsuid), "kept")] {
            let claim = b.turn(from(user, &format!("{kind} {text}"))).await;
            let interim = Some(notice(text));
            let reason = match kind {
                "away" => ReleaseReason::Closed(Box::new(ClosedRelease { seen: claim.pending[0].seq, away: interim })),
                "outage" => ReleaseReason::Outage(Box::new(OutageRelease { has_run: true, interim })),
                _ => {
                    b.store.queue_first_contact(&claim.lease, "1", notice(text)).await.unwrap();
                    ReleaseReason::PutOff
                }
            };
            b.store.release(&claim.lease, TurnRelease::new(secs(3600), reason)).await.unwrap();
            let outcome = if text == "lost" { refused() } else { accepted(&format!("wamid.{kind}")) };
            b.record(&b.send().await, outcome).await;
            last = claim.conversation.id;
        }
        assert_eq!(becomes(&b, old, both(&format!("3460000001{nth}"), &bsuid)).await, [last], "{kind}");
        b.pass(3600);
        let claim = b.claim().await;
        let undelivered: Vec<_> = claim.undelivered.iter().map(|lost| lost.content.text()).collect();
        assert_eq!((claim.pending.len(), &undelivered[..]), (2, &[Some("lost")][..]), "{kind}");
        b.answer(&claim, kind, &[]).await;
    }
}

/// The user kept the conversation and changed the number alone.
pub async fn a_requeued_message_goes_to_the_new_number(b: Fixture) {
    let claim = b.turn(from(phone("34600000001"), "a")).await;
    b.answer(&claim, "run", &["parked", "dead"]).await;
    let error = SendError { code: None, message: "the window is closed".into() };
    let park = SendOutcome::Park { error, replacement: None, was_attempted: false };
    let second = b.record(&b.send().await, park).await.unwrap();
    b.record(&second, dead()).await;
    becomes(&b, phone("34600000001"), phone("34600000002")).await;
    let claim = b.turn(from(phone("34600000002"), "b")).await;
    let parked: Vec<_> = claim.undelivered.iter().map(|lost| lost.id).collect();
    assert_eq!(parked.len(), 2);
    let commit = TurnCommit { reported_undelivered: parked, sends_parked: true, ..answer(&claim, "run 2", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.store.requeue(second.id).await.unwrap();
    let send = b.send().await;
    assert_eq!((body(&send), &send.to), ("parked", &WaId::new("34600000002").into()));
    let send = b.record(&send, accepted("wamid.1")).await.unwrap();
    assert_eq!((body(&send), &send.to), ("dead", &WaId::new("34600000002").into()));
}

/// After an identity change the user is known by each of the new ids, and the old ids are free.
pub async fn an_identity_change_applies_to_later_messages(b: Fixture) {
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
        let ana = b.receive(from(both(&number, &bsuid), &format!("a{nth}"))).await;
        assert_eq!(becomes(&b, old, new.clone()).await, []);
        assert_eq!(b.receive(from(new, &format!("b{nth}"))).await, ana, "case {nth}");
        let owner = b.receive(from(both(&number, &format!("ES.{nth}3")), &format!("c{nth}"))).await;
        assert_ne!(owner, ana, "case {nth}: a new owner of the number");
        let nobody = b.receive(from(hidden(&bsuid), &format!("d{nth}"))).await;
        assert_ne!(nobody, ana, "case {nth}: the old id identifies no user");
    }
}

/// After a change of the phone number alone, the first message brings the BSUID.
pub async fn a_changed_phone_number_adopts_its_next_bsuid(b: Fixture) {
    let ana = b.receive(from(both("34600000001", "ES.1"), "a")).await;
    becomes(&b, phone("34600000001"), phone("34600000002")).await;
    assert_eq!(b.receive(from(both("34600000002", "ES.2"), "b")).await, ana);
    assert_eq!(b.receive(from(hidden("ES.2"), "c")).await, ana);
}

/// A message may arrive before the identity change. History, memory, handoff and pending messages move to the new conversation.
pub async fn an_identity_change_applies_to_earlier_messages(b: Fixture) {
    let claim = b.turn(from(both("34600000001", "ES.1"), "a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let blob = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let write = SessionWrite { id: session.id, state: blob("old state"), memory: blob("old memory") };
    let elsewhere = NewSession { agent: "other".into(), label: "label".into() };
    let handoff = Some(ResponderChange::HumanFor(secs(3600)));
    let commit = TurnCommit {
        session: Some(write),
        log: vec![entry("said before")],
        begin_session: Some(elsewhere),
        responder: handoff,
        ..answer(&claim, "1", &[])
    };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();

    let old = b.receive(from(both("34600000001", "ES.1"), "waits")).await;
    let waiting = b.claim().await;
    b.pass(10);
    let at = b.now().as_millis() / 1000;
    b.pass(10);
    let new = b.receive(from(both("34600000001", "ES.2"), "overtakes")).await;
    assert_ne!(old, new);
    let claim = b.claim().await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    assert!(session.entries.is_empty());
    let write = SessionWrite { id: session.id, state: None, memory: blob("new memory") };
    let commit = TurnCommit { session: Some(write), log: vec![entry("said since")], ..answer(&claim, "2", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.receive(from(both("34600000001", "ES.2"), "goes on")).await;
    let claim = b.claim().await;

    assert_eq!(becomes_at(&b, phone("34600000001"), both("34600000001", "ES.2"), at).await, [new]);
    // The turns of both conversations are repeated with the merged data.
    for (claim, run) in [(&claim, "3"), (&waiting, "4")] {
        assert!(b.store.commit_turn(&claim.lease, answer(claim, run, &["twice"])).await.is_err());
    }
    let claim = b.claim().await;
    assert_eq!(
        (claim.conversation.id, claim.crash_count, claim.responder),
        (new, 0, Responder::Human { rest: Some(secs(3580)) })
    );
    assert_eq!(claim.pending.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["waits", "goes on"]);
    assert_eq!(claim.pending[0].sender.bsuid.as_ref().map(waxwing_types::Bsuid::as_str), Some("ES.2"));
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let said: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!(said, [&b"the body of a"[..], b"said before", b"the body of overtakes", b"said since"]);
    assert_eq!((session.state, session.memory), (blob("old state"), blob("old memory")));
    assert_eq!(b.store.session(&claim.lease, "other", "unused", 9).await.unwrap().label, "label");
    assert_ne!(b.receive(from(hidden("ES.1"), "b")).await, new);
}

/// The history of a group names a member by the ids of today, after one change and after a second one.
pub async fn a_group_history_follows_identity_changes(b: Fixture) {
    b.accept([in_group("g", from(both("34600000001", "ES.1").name("Ana"), "a"))]).await;
    let claim = b.claim().await;
    b.answer(&claim, "1", &[]).await;
    // Each new id writes before its change is known, so it belongs to a user of its own, who takes over the earlier one.
    for (old, new, message) in [("ES.1", "ES.2", "b"), ("ES.2", "ES.3", "c")] {
        let claim = b.turn(from(both("34600000001", new), message)).await;
        b.answer(&claim, message, &[]).await;
        becomes(&b, hidden(old), both("34600000001", new)).await;
    }
    let claim = b.turn(in_group("g", from(phone("3"), "d"))).await;
    let entries = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap().entries;
    let bsuids = entries.iter().map(|entry| entry.user.as_ref()?.bsuid.as_ref().map(waxwing_types::Bsuid::as_str));
    assert_eq!(bsuids.collect::<Vec<_>>(), [Some("ES.3")]);
}

/// A user who got an apology under the old ids gets no second one under the new ids.
pub async fn an_identity_change_keeps_the_time_of_an_apology(b: Fixture) {
    let claim = b.turn(from(both("34600000001", "ES.1"), "a")).await;
    let apology = NewNotices { is_apology: true, ..NewNotices::default() };
    let commit = TurnCommit { notices: apology, ..answer(&claim, "1", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.pass(60);
    b.receive(from(both("34600000001", "ES.2"), "b")).await;
    becomes(&b, hidden("ES.1"), both("34600000001", "ES.2")).await;
    assert_eq!(b.claim().await.notices.apology, Some(secs(60)));
}

/// An identity change applies to the user who had the phone number at its time, not to a later owner.
pub async fn a_late_identity_change_applies_to_its_time(b: Fixture) {
    let ana = b.receive(from(both("34600000001", "ES.1"), "a")).await;
    b.pass(10);
    let at = b.now().as_millis() / 1000;
    b.pass(10);
    let bea = b.receive(from(both("34600000001", "ES.2"), "b")).await;
    assert_eq!(becomes_at(&b, phone("34600000001"), both("34600000002", "ES.9"), 1).await, []);
    assert!(![ana, bea].contains(&b.receive(from(hidden("ES.9"), "c")).await), "no user had the number at that time");
    becomes_at(&b, phone("34600000001"), both("34600000003", "ES.3"), at).await;
    assert_eq!(b.receive(from(hidden("ES.3"), "d")).await, ana);
    assert_eq!(b.receive(from(phone("34600000001"), "e")).await, bea);
    // A user who had the new number long before is another user.
    let carl = b.receive(from(phone("34600000004"), "f")).await;
    becomes(&b, hidden("ES.3"), phone("34600000004")).await;
    assert_eq!(b.receive(from(phone("34600000004"), "g")).await, ana);
    assert_ne!(carl, ana);
}

/// The message was answered before its user turned out to be another one, and its event is delivered late. Both messages came at the same time.
pub async fn an_event_of_a_joined_conversation_has_its_message(b: Fixture) {
    subscribe(&b, "all", &[EventType::MessageReceived]).await;
    for (user, id) in [(phone("34600000001"), "old"), (hidden("ES.2"), "new")] {
        let claim = b.turn(from(user, id)).await;
        b.answer(&claim, id, &[]).await;
    }
    b.receive(from(phone("34600000001"), "waits")).await;
    becomes(&b, phone("34600000001"), both("34600000002", "ES.2")).await;
    let bodies = events(&b, "all").await.into_iter().map(|event| match event.subject {
        EventSubject::Received { body, .. } => body,
        other => panic!("a received message, not {other:?}"),
    });
    assert_eq!(bodies.collect::<Vec<_>>(), ["the body of old", "the body of new", "the body of waits"]);
}
