//! Sessions of agents.

use bytes::Bytes;
use waxwing_store::{
    Error, MAX_HISTORY_BYTES, NewSession, NewSessionEntry, SessionWrite, StoredSession, TurnClaim, TurnCommit,
};

use crate::fixture::{Fixture, answer, in_group, message};

async fn session(b: &Fixture, claim: &TurnClaim, agent: &str, label: &str) -> StoredSession {
    b.store.session(&claim.lease, agent, label, 100).await.unwrap()
}

fn write(session: &StoredSession, entries: &[&'static str], state: Option<&'static str>) -> SessionWrite {
    let append = entries.iter().map(|entry| Bytes::from_static(entry.as_bytes()).into()).collect();
    let state = state.map(|state| Bytes::from_static(state.as_bytes()));
    SessionWrite { id: session.id, append, state, memory: None }
}

/// Returns the texts of the entries, whose positions rise.
#[track_caller]
fn words(session: &StoredSession) -> Vec<&str> {
    assert!(session.entries.is_sorted_by_key(|entry| entry.seq));
    session.entries.iter().map(|entry| std::str::from_utf8(&entry.body).unwrap()).collect()
}

/// Commits the turn with this write and claims the next turn.
async fn commit(b: &Fixture, claim: TurnClaim, write: SessionWrite, new: Option<NewSession>) -> TurnClaim {
    let run = format!("run {}", claim.lease.epoch);
    let commit = TurnCommit { session: Some(write), begin_session: new, ..answer(&claim, &run, &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.turn(message(&format!("after {run}"))).await
}

/// The first turn creates a session, and the next turn continues it.
pub async fn a_session_is_created_once(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "first").await;
    assert_eq!((begun.label.as_str(), begun.entries.len(), begun.state.clone()), ("first", 0, None));
    let claim = commit(&b, claim, write(&begun, &["q1", "a1"], Some("s1")), None).await;
    let again = session(&b, &claim, "agent", "second").await;
    assert_eq!((again.id, again.label.as_str()), (begun.id, "first"));
    assert_eq!(words(&again), ["q1", "a1"]);
    assert_eq!(again.state.as_deref(), Some(&b"s1"[..]));
    // A write without a state keeps the state.
    let claim = commit(&b, claim, write(&again, &["q2"], None), None).await;
    let last = session(&b, &claim, "agent", "third").await;
    assert_eq!(words(&last), ["q1", "a1", "q2"]);
    assert_eq!(last.state.as_deref(), Some(&b"s1"[..]));
}

/// A limited history contains the newest entries.
pub async fn the_newest_entries_are_returned_oldest_first(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "label").await;
    let claim = commit(&b, claim, write(&begun, &["1", "2", "3", "4"], None), None).await;
    for (history, expected) in [(2, &["3", "4"][..]), (0, &[]), (9, &["1", "2", "3", "4"])] {
        assert_eq!(words(&b.store.session(&claim.lease, "agent", "", history).await.unwrap()), expected);
    }
}

/// The newest entries have priority if not all fit.
pub async fn a_history_has_a_limited_size(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "label").await;
    let entry = |size: usize| NewSessionEntry::from(Bytes::from(vec![b'x'; size]));
    let append =
        vec![entry(1), entry(MAX_HISTORY_BYTES / 2 + 1), entry(MAX_HISTORY_BYTES / 4), entry(MAX_HISTORY_BYTES / 4)];
    let write = SessionWrite { append, ..write(&begun, &[], None) };
    let claim = commit(&b, claim, write, None).await;
    let sizes: Vec<_> = session(&b, &claim, "agent", "").await.entries.iter().map(|entry| entry.body.len()).collect();
    assert_eq!(sizes, [MAX_HISTORY_BYTES / 4; 2]);
}

/// Agents and conversations share no session.
pub async fn sessions_are_separate(b: Fixture) {
    b.accept([message("a"), in_group("g", message("b"))]).await;
    let claims = b.claims(10).await;
    let mine = session(&b, &claims[0], "agent", "label").await;
    let of_another_agent = session(&b, &claims[0], "team", "label").await;
    let of_another_conversation = session(&b, &claims[1], "agent", "label").await;
    assert_ne!(mine.id, of_another_agent.id);
    assert_ne!(mine.id, of_another_conversation.id);
    // A turn can write to sessions of its own conversation only.
    let foreign = write(&of_another_conversation, &["x"], None);
    let refused = TurnCommit { session: Some(foreign), ..answer(&claims[0], "run", &[]) };
    assert!(matches!(b.store.commit_turn(&claims[0].lease, refused).await, Err(Error::NotFound)));
    assert!(session(&b, &claims[1], "agent", "label").await.entries.is_empty());
}

/// The previous session keeps the writes of the turn.
pub async fn a_new_session_follows_the_turn(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let old = session(&b, &claim, "agent", "first").await;
    let other_agent = session(&b, &claim, "team", "first").await;
    let new = NewSession { agent: "agent".into(), label: "first:2".into() };
    let claim = commit(&b, claim, write(&old, &["bye"], Some("s")), Some(new)).await;
    let current = session(&b, &claim, "agent", "unused").await;
    assert_ne!(current.id, old.id);
    assert_eq!((current.label.as_str(), current.entries.len(), current.state.clone()), ("first:2", 0, None));
    assert_eq!(session(&b, &claim, "team", "unused").await.id, other_agent.id);
    // A write to the previous session does not affect the current one.
    let claim = commit(&b, claim, write(&old, &["late"], None), None).await;
    assert!(session(&b, &claim, "agent", "unused").await.entries.is_empty());
}

/// A memory belongs to one agent in one conversation.
pub async fn a_memory_survives_its_session(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "label").await;
    assert_eq!(begun.memory, None);
    let new = NewSession { agent: "agent".into(), label: "label:2".into() };
    let memory = |memory| Some(Bytes::from_static(memory));
    let kept = SessionWrite { memory: memory(b"likes tea"), ..write(&begun, &[], None) };
    let claim = commit(&b, claim, kept, Some(new)).await;
    let second = session(&b, &claim, "agent", "unused").await;
    assert_eq!((second.label.as_str(), second.memory.clone()), ("label:2", memory(b"likes tea")));
    assert_eq!(session(&b, &claim, "team", "label").await.memory, None);
    // A write without a memory keeps the memory, and a changed memory is visible in the current session.
    let claim = commit(&b, claim, write(&second, &["q"], None), None).await;
    assert_eq!(session(&b, &claim, "agent", "unused").await.memory, memory(b"likes tea"));
    let changed = SessionWrite { memory: memory(b"likes mate"), ..write(&second, &[], None) };
    let claim = commit(&b, claim, changed, None).await;
    assert_eq!(session(&b, &claim, "agent", "unused").await.memory, memory(b"likes mate"));
    // Other conversations have no access to the memory.
    b.accept([in_group("g", message("b"))]).await;
    let elsewhere = b.claim().await;
    assert_eq!(session(&b, &elsewhere, "agent", "label").await.memory, None);
}
