//! Sessions of agents.

use bytes::Bytes;
use waxwing_store::{Error, LogEntry, NewSession, SessionWrite, StoredSession, TurnClaim, TurnCommit};

use crate::fixture::{Fixture, answer, entry, in_group, message};

async fn session(b: &Fixture, claim: &TurnClaim, agent: &str, label: &str) -> StoredSession {
    b.store.session(&claim.lease, agent, label, 100).await.unwrap()
}

fn write(session: &StoredSession, state: Option<&'static str>) -> SessionWrite {
    let state = state.map(|state| Bytes::from_static(state.as_bytes()));
    SessionWrite { id: session.id, state, memory: None }
}

fn words(session: &StoredSession) -> Vec<&str> {
    said(&session.entries)
}

/// Returns the texts of the entries that are no messages of users.
fn said(entries: &[LogEntry]) -> Vec<&str> {
    let texts = entries.iter().map(|entry| std::str::from_utf8(&entry.content).unwrap());
    texts.filter(|text| !text.starts_with("the body of")).collect()
}

/// Commits the turn with this write and claims the next turn.
async fn commit(
    b: &Fixture,
    claim: TurnClaim,
    write: SessionWrite,
    said: &[&str],
    new: Option<NewSession>,
) -> TurnClaim {
    let run = format!("run {}", claim.lease.epoch);
    let log = said.iter().map(|text| entry(text)).collect();
    let commit = TurnCommit { session: Some(write), log, begin_session: new, ..answer(&claim, &run, &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.turn(message(&format!("after {run}"))).await
}

/// The first turn creates a session, and the next turn continues it.
pub async fn a_session_is_created_once(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "first").await;
    assert_eq!((begun.label.as_str(), begun.entries.len(), begun.state.clone()), ("first", 0, None));
    let claim = commit(&b, claim, write(&begun, Some("s1")), &["q1", "a1"], None).await;
    let again = session(&b, &claim, "agent", "second").await;
    assert_eq!((again.id, again.label.as_str()), (begun.id, "first"));
    assert_eq!(words(&again), ["q1", "a1"]);
    assert_eq!(again.state.as_deref(), Some(&b"s1"[..]));
    // A write without a state keeps the state.
    let claim = commit(&b, claim, write(&again, None), &["q2"], None).await;
    let last = session(&b, &claim, "agent", "third").await;
    assert_eq!(words(&last), ["q1", "a1", "q2"]);
    assert_eq!(last.state.as_deref(), Some(&b"s1"[..]));
}

/// Agents and conversations share no session state.
pub async fn sessions_are_separate(b: Fixture) {
    b.accept([message("a"), in_group("g", message("b"))]).await;
    let claims = b.claims(10).await;
    let mine = session(&b, &claims[0], "agent", "label").await;
    let of_another_agent = session(&b, &claims[0], "team", "label").await;
    let of_another_conversation = session(&b, &claims[1], "agent", "label").await;
    assert_ne!(mine.id, of_another_agent.id);
    assert_ne!(mine.id, of_another_conversation.id);
    // A turn can write to sessions of its own conversation only.
    let foreign = write(&of_another_conversation, Some("x"));
    let refused = TurnCommit { session: Some(foreign), ..answer(&claims[0], "run", &[]) };
    assert!(matches!(b.store.commit_turn(&claims[0].lease, refused).await, Err(Error::NotFound)));
    assert_eq!(session(&b, &claims[1], "agent", "label").await.state, None);
}

/// The previous session keeps the writes of the turn.
pub async fn a_new_session_follows_the_turn(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let old = session(&b, &claim, "agent", "first").await;
    let other_agent = session(&b, &claim, "team", "first").await;
    let new = NewSession { agent: "agent".into(), label: "first:2".into() };
    let claim = commit(&b, claim, write(&old, Some("s")), &["bye"], Some(new)).await;
    let current = session(&b, &claim, "agent", "unused").await;
    assert_ne!(current.id, old.id);
    assert_eq!((current.label.as_str(), current.entries.len(), current.state.clone()), ("first:2", 0, None));
    assert_eq!(session(&b, &claim, "team", "unused").await.id, other_agent.id);
    // The other agent still has the history from before.
    assert_eq!(words(&session(&b, &claim, "team", "unused").await), ["bye"]);
    // A write to the previous session does not affect the current one.
    let claim = commit(&b, claim, write(&old, Some("late")), &["hi"], None).await;
    let current = session(&b, &claim, "agent", "unused").await;
    assert_eq!((words(&current), current.state.clone()), (vec!["hi"], None));
    // A further agent starts where the newest session starts. An operator sees the same, and creates no session.
    let id = claim.conversation.id;
    for (agent, expected) in [("agent", &["hi"][..]), ("team", &["bye", "hi"]), ("further", &["hi"])] {
        let history = b.store.agent_history(id, agent, 9).await.unwrap();
        assert_eq!(said(&history), expected, "{agent}");
        assert_eq!(b.store.agent_history(id, agent, 1).await.unwrap().len(), 1, "{agent}");
        assert_eq!(session(&b, &claim, agent, "label").await.entries, history, "{agent}");
    }
    let unknown = b.store.agent_history(waxwing_store::ConversationId(99), "agent", 9).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// A memory belongs to one agent in one conversation.
pub async fn a_memory_survives_its_session(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let begun = session(&b, &claim, "agent", "label").await;
    assert_eq!(begun.memory, None);
    let new = NewSession { agent: "agent".into(), label: "label:2".into() };
    let memory = |memory| Some(Bytes::from_static(memory));
    let kept = SessionWrite { memory: memory(b"likes tea"), ..write(&begun, None) };
    let claim = commit(&b, claim, kept, &[], Some(new)).await;
    let second = session(&b, &claim, "agent", "unused").await;
    assert_eq!((second.label.as_str(), second.memory.clone()), ("label:2", memory(b"likes tea")));
    assert_eq!(session(&b, &claim, "team", "label").await.memory, None);
    // A write without a memory keeps the memory, and a changed memory is visible in the current session.
    let claim = commit(&b, claim, write(&second, None), &["q"], None).await;
    assert_eq!(session(&b, &claim, "agent", "unused").await.memory, memory(b"likes tea"));
    let changed = SessionWrite { memory: memory(b"likes mate"), ..write(&second, None) };
    let claim = commit(&b, claim, changed, &[], None).await;
    assert_eq!(session(&b, &claim, "agent", "unused").await.memory, memory(b"likes mate"));
    // Other conversations have no access to the memory.
    b.accept([in_group("g", message("b"))]).await;
    let elsewhere = b.claim().await;
    assert_eq!(session(&b, &elsewhere, "agent", "label").await.memory, None);
}
