//! References from messages to kept media.

use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{IdentityChange, KeptMedium, MediaHash, MediaMessage, Retention, TurnClaim, UserKey, WebhookItem};
use waxwing_types::{Bsuid, WaId};

use crate::fixture::{Fixture, answer, from, hidden, in_group, lost, phone};

const ANA: &str = "34600000001";
const HOUR: u64 = 60 * 60;

fn medium(content: &str) -> KeptMedium {
    KeptMedium { hash: MediaHash::of(content.as_bytes()), mime_type: "image/png".into() }
}

/// Records the medium of the first message of a turn.
async fn record(b: &Fixture, claim: &TurnClaim, content: &str) {
    let media = vec![(MediaMessage::Pending(claim.pending[0].seq), medium(content))];
    b.store.record_media(&claim.lease, media).await.unwrap();
}

/// Returns the media of the history, oldest first.
async fn history(b: &Fixture, claim: &TurnClaim) -> Vec<Option<KeptMedium>> {
    let entries = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap().entries;
    entries.into_iter().map(|entry| entry.medium).collect()
}

/// Returns which of these contents are unused.
async fn unused<'a>(b: &Fixture, contents: &[&'a str]) -> Vec<&'a str> {
    let hashes = contents.iter().map(|content| MediaHash::of(content.as_bytes())).collect();
    let unused = b.store.unused_media(hashes).await.unwrap();
    contents.iter().copied().filter(|content| unused.contains(&MediaHash::of(content.as_bytes()))).collect()
}

/// The history has the medium of a message, whether it was recorded in the turn of the message or later.
pub async fn a_message_has_its_medium(b: Fixture) {
    let claim = b.turn(from(phone(ANA), "a")).await;
    record(&b, &claim, "first").await;
    b.answer(&claim, "run 1", &[]).await;
    let claim = b.turn(from(phone(ANA), "b")).await;
    assert_eq!(history(&b, &claim).await, [Some(medium("first"))]);
    b.answer(&claim, "run 2", &[]).await;

    let claim = b.turn(from(phone(ANA), "c")).await;
    let entries = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap().entries;
    let late = vec![
        (MediaMessage::Logged(entries[1].seq), medium("second")),
        (MediaMessage::Logged(entries[0].seq), medium("changed")),
        (MediaMessage::Logged(7), medium("of no message")),
    ];
    b.store.record_media(&claim.lease, late).await.unwrap();
    assert_eq!(history(&b, &claim).await, [Some(medium("changed")), Some(medium("second"))]);
    assert_eq!(unused(&b, &["first", "changed", "second", "of no message"]).await, ["first", "of no message"]);
}

/// A turn without its lease records nothing.
pub async fn media_are_recorded_under_the_lease(b: Fixture) {
    let claim = b.turn(from(phone(ANA), "a")).await;
    b.answer(&claim, "run", &[]).await;
    let media = vec![(MediaMessage::Pending(claim.pending[0].seq), medium("late"))];
    lost(&b.store.record_media(&claim.lease, media).await);
    assert_eq!(unused(&b, &["late"]).await, ["late"]);
}

/// Content that another message has as well is still used.
pub async fn media_of_an_erased_user_are_unused(b: Fixture) {
    for (user, contents) in [(ANA, ["shared", "own"]), ("34600000002", ["shared", "other"])] {
        for (nth, content) in contents.into_iter().enumerate() {
            let claim = b.turn(from(phone(user), &format!("{user} {nth}"))).await;
            record(&b, &claim, content).await;
            b.answer(&claim, &format!("run {user} {nth}"), &[]).await;
        }
    }
    let claim = b.turn(in_group("g", from(phone(ANA), "in the group"))).await;
    record(&b, &claim, "grouped").await;
    b.answer(&claim, "group run", &[]).await;
    assert_eq!(unused(&b, &["shared", "own", "other", "grouped"]).await, [""; 0]);
    b.store.erase_user(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    assert_eq!(unused(&b, &["shared", "own", "other", "grouped"]).await, ["own", "grouped"]);
}

/// Media are kept for a week, and never longer than their messages.
pub async fn old_media_are_unused(b: Fixture) {
    let kept = |sessions, media| {
        let hours = |hours: u64| Some(Duration::from_secs(hours * HOUR));
        Retention { sessions: hours(sessions), media: hours(media), ..Retention::default() }
    };
    for (nth, (keep, hours)) in
        [(Retention::default(), 7 * 24), (kept(48, 24), 24), (kept(24, 48), 24)].into_iter().enumerate()
    {
        let content = format!("content {nth}");
        let claim = b.turn(from(phone(ANA), &content)).await;
        record(&b, &claim, &content).await;
        b.answer(&claim, &content, &[]).await;
        for (seconds, expected) in [(hours * HOUR - 1, 0), (2, 1)] {
            b.pass(seconds);
            let mut removed = 0;
            loop {
                let step = b.store.apply_retention(&keep, 3).await.unwrap();
                removed += step.media;
                if step.is_complete {
                    break;
                }
            }
            assert_eq!(removed, expected, "case {nth} after {seconds} s");
            assert_eq!(unused(&b, &[&content]).await.len(), expected);
        }
    }
}

/// Conversations that are joined keep the media of their messages.
pub async fn media_follow_an_identity_change(b: Fixture) {
    for (user, id) in [("ES.0", "a"), ("ES.1", "b")] {
        let claim = b.turn(from(hidden(user), id)).await;
        record(&b, &claim, id).await;
        b.store.commit_turn(&claim.lease, answer(&claim, id, &[])).await.unwrap();
    }
    let change = IdentityChange { old: hidden("ES.0"), new: hidden("ES.1"), at: 4_000_000_000, body: Bytes::new() };
    b.store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    let claim = b.turn(from(hidden("ES.1"), "c")).await;
    let media: Vec<_> = history(&b, &claim).await;
    assert_eq!(media.len(), 2);
    assert!(media.contains(&Some(medium("a"))) && media.contains(&Some(medium("b"))), "{media:?}");
    b.store.erase_user(&UserKey::Bsuid(Bsuid::new("ES.1"))).await.unwrap();
    assert_eq!(unused(&b, &["a", "b"]).await, ["a", "b"]);
}
