//! The conversation log.

use bytes::Bytes;
use waxwing_store::{
    ConversationTarget, LogEntry, MAX_HISTORY_BYTES, MessageOutcome, NewLogEntry, NewOperatorAction, NewSession,
    Origin, RunId, RunRef, StoredMessage, TurnClaim, TurnCommit, UserIdentity,
};
use waxwing_types::MessageId;

use crate::fixture::{Fixture, accepted, answer, both, entry, from, in_group, message, number, phone, text};

/// Returns the texts of entries, whose positions rise.
#[track_caller]
fn words(entries: &[LogEntry]) -> Vec<&str> {
    assert!(entries.is_sorted_by(|a, b| a.seq < b.seq), "{entries:?}");
    entries.iter().map(|entry| std::str::from_utf8(&entry.content).unwrap()).collect()
}

async fn history(b: &Fixture, claim: &TurnClaim, limit: usize) -> Vec<LogEntry> {
    b.store.session(&claim.lease, "agent", "label", limit).await.unwrap().entries
}

async fn commit(b: &Fixture, claim: &TurnClaim, said: &[&str]) {
    let log = said.iter().map(|text| entry(text)).collect();
    let commit = TurnCommit { log, ..answer(claim, &format!("run {}", claim.lease.epoch), &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// A message enters the history when its turn is committed, in front of the entries of the turn.
pub async fn the_history_has_the_order_of_handling(b: Fixture) {
    let claim = b.turn(message("a")).await;
    assert_eq!(history(&b, &claim, 9).await, []);
    b.receive(message("b")).await;
    commit(&b, &claim, &["to a"]).await;
    let claim = b.claim().await;
    assert_eq!(words(&history(&b, &claim, 9).await), ["the body of a", "to a"]);
    commit(&b, &claim, &["to b", "more"]).await;
    let claim = b.turn(message("c")).await;
    let entries = history(&b, &claim, 9).await;
    assert_eq!(words(&entries), ["the body of a", "to a", "the body of b", "to b", "more"]);
    let [first, second, ..] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((first.origin, first.kind.as_str(), first.at.as_millis()), (Origin::User, "text", 1_767_225_600_000));
    assert_eq!(first.user.as_ref().map(UserIdentity::label), Some("34600000001"));
    assert_eq!((second.origin, second.author.as_deref(), &second.user), (Origin::Agent, Some("agent"), &None));
    assert_eq!((&first.run, &second.run), (&second.run, &Some("run 1".to_owned())));
}

/// The order in which a commit names the messages does not matter.
pub async fn the_messages_of_a_turn_keep_their_order(b: Fixture) {
    b.accept([message("a"), message("b"), message("c")]).await;
    let claim = b.claim().await;
    let mut commit = answer(&claim, "run", &[]);
    commit.outcomes.rotate_right(1);
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let claim = b.turn(message("d")).await;
    assert_eq!(words(&history(&b, &claim, 9).await), ["the body of a", "the body of b", "the body of c"]);
}

/// The limit of a history keeps the newest entries.
pub async fn a_history_has_a_limited_length(b: Fixture) {
    let claim = b.turn(message("a")).await;
    commit(&b, &claim, &["1", "2", "3"]).await;
    let claim = b.turn(message("b")).await;
    for (limit, expected) in [(2, &["2", "3"][..]), (0, &[]), (9, &["the body of a", "1", "2", "3"])] {
        assert_eq!(words(&history(&b, &claim, limit).await), expected);
    }
}

/// The newest entries have priority if not all fit.
pub async fn a_history_has_a_limited_size(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let sized = |size: usize| NewLogEntry { content: Bytes::from(vec![b'x'; size]), ..entry("") };
    let log =
        vec![sized(1), sized(MAX_HISTORY_BYTES / 2 + 1), sized(MAX_HISTORY_BYTES / 4), sized(MAX_HISTORY_BYTES / 4)];
    b.store.commit_turn(&claim.lease, TurnCommit { log, ..answer(&claim, "run", &[]) }).await.unwrap();
    let claim = b.turn(message("b")).await;
    let lengths: Vec<_> = history(&b, &claim, 9).await.iter().map(|entry| entry.content.len()).collect();
    assert_eq!(lengths, [MAX_HISTORY_BYTES / 4; 2]);
}

/// An interim message follows the messages that its run answers, also after a crash of its process.
pub async fn an_interim_message_follows_its_question(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, messages) = (RunId("run".into()), [claim.pending[0].seq]);
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
    b.store.enqueue(writes, "0", text("wait"), Some(entry("one moment"))).await.unwrap();
    b.store.enqueue(writes, "0", text("wait"), Some(entry("one moment"))).await.unwrap();
    b.pass(40);
    let again = b.claim().await;
    assert_eq!(history(&b, &again, 9).await, [], "the message is not answered");
    let commit = TurnCommit { log: vec![entry("done")], ..answer(&again, "run", &[]) };
    b.store.commit_turn(&again.lease, commit).await.unwrap();
    let claim = b.turn(message("b")).await;
    assert_eq!(words(&history(&b, &claim, 9).await), ["the body of a", "one moment", "done"]);
}

/// The messages of a turn that failed stay in the history, and so do ignored and skipped ones.
pub async fn unanswered_messages_are_in_the_history(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let outcomes = vec![(claim.pending[0].seq, MessageOutcome::DeadLettered("the agent failed".into()))];
    let commit = TurnCommit { outcomes, log: vec![entry("sorry")], ..TurnCommit::new(RunId("1".into())) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let claim = b.turn(message("b")).await;
    assert_eq!(words(&history(&b, &claim, 9).await), ["the body of a", "sorry"]);
}

/// A message that waits behind the command for a new session belongs to the new session.
pub async fn a_new_session_starts_with_the_messages_after_it(b: Fixture) {
    b.receive(message("new")).await;
    let claim = b.claim().await;
    b.receive(message("after")).await;
    let new = NewSession { agent: "agent".into(), label: "2".into() };
    let begin = TurnCommit { begin_session: Some(new), log: vec![entry("begun")], ..answer(&claim, "1", &[]) };
    b.store.commit_turn(&claim.lease, begin).await.unwrap();
    let claim = b.claim().await;
    assert_eq!(history(&b, &claim, 9).await, []);
    commit(&b, &claim, &["to after"]).await;
    let claim = b.turn(message("c")).await;
    assert_eq!(words(&history(&b, &claim, 9).await), ["the body of after", "to after"]);
}

/// An operator's action is in the history after its turn, also if the conversation begins with it.
pub async fn an_action_of_an_operator_is_in_the_history(b: Fixture) {
    let action = NewOperatorAction {
        target: ConversationTarget::User(number(), phone("34600000001")),
        id: "operator-1".into(),
        content: None,
        needs_window: false,
        body: Bytes::from_static(b"hello"),
    };
    b.store.record_operator_action(action).await.unwrap();
    let claim = b.claim().await;
    assert_eq!((claim.pending[0].origin, &claim.pending[0].body[..]), (Origin::Operator, &b"hello"[..]));
    commit(&b, &claim, &[]).await;
    let claim = b.turn(message("a")).await;
    let entries = history(&b, &claim, 9).await;
    assert_eq!((words(&entries), entries[0].origin), (vec!["hello"], Origin::Operator));
}

/// Messages in a group name their senders.
pub async fn a_group_history_names_the_senders(b: Fixture) {
    let ana = both("34600000001", "ES.1").name("Ana");
    b.accept([in_group("g", from(ana, "a")), in_group("g", from(phone("2"), "b"))]).await;
    let claim = b.claim().await;
    commit(&b, &claim, &["to both"]).await;
    let claim = b.turn(in_group("g", from(phone("3"), "c"))).await;
    let entries = history(&b, &claim, 9).await;
    let senders: Vec<_> = entries.iter().map(|entry| entry.user.as_ref().map(|user| user.label().to_owned())).collect();
    assert_eq!(senders, [Some("34600000001".into()), Some("2".into()), None]);
    assert_eq!(entries[0].user.as_ref().and_then(|user| user.name.as_deref()), Some("Ana"));
}

/// Received messages are found by Meta's id, and sent messages by the id of any attempt.
pub async fn messages_are_found_by_their_ids(b: Fixture) {
    let body = |id: &str, quoted: &str| Bytes::from(format!(r#"{{"id":"{id}","context":{{"id":"{quoted}"}}}}"#));
    let quoting = waxwing_store::InboxMessage { body: body("wamid.b", "wamid.a"), ..message("wamid.b") };
    let quoted = waxwing_store::InboxMessage { body: body("wamid.a", "wamid.x"), ..message("wamid.a") };
    b.accept([quoted, quoting]).await;
    let claim = b.claim().await;
    b.answer(&claim, "run", &["an answer"]).await;
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    let claim = b.turn(message("c")).await;
    let ids = ["wamid.a", "wamid.1", "wamid.x", "wamid.unknown"].map(MessageId::new);
    let found = b.store.find_messages(&claim.lease, &ids).await.unwrap();
    let [first, second] = &found[..] else { panic!("{found:?}") };
    let StoredMessage::Received(entry) = &first.message else { panic!("{first:?}") };
    assert_eq!((first.id.as_str(), &entry.content[..]), ("wamid.a", &body("wamid.a", "wamid.x")[..]));
    let StoredMessage::Sent(answer) = &second.message else { panic!("{second:?}") };
    assert_eq!((second.id.as_str(), answer.content.kind(), answer.from_operator), ("wamid.1", "text", false));
    let id = claim.conversation.id;
    let same = b.store.conversation_messages(id, &ids).await.unwrap();
    assert_eq!(same.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["wamid.a", "wamid.1"]);
    // Messages of other conversations are not found.
    let elsewhere = b.turn(from(phone("2"), "d")).await;
    assert!(b.store.find_messages(&elsewhere.lease, &ids).await.unwrap().is_empty());
    assert!(b.store.conversation_messages(elsewhere.conversation.id, &ids).await.unwrap().is_empty());
    let unknown = b.store.conversation_messages(waxwing_store::ConversationId(99), &ids).await;
    assert!(matches!(unknown, Err(waxwing_store::Error::NotFound)), "{unknown:?}");
}

/// The log of a user has the user's conversations, and in groups only the user's messages.
pub async fn the_log_of_a_user_is_complete(b: Fixture) {
    let claim = b.turn(message("a")).await;
    commit(&b, &claim, &["1"]).await;
    b.accept([in_group("g", message("b")), in_group("g", from(phone("2"), "c")), from(phone("2"), "d")]).await;
    let key = waxwing_store::UserKey::Phone(waxwing_types::WaId::new("34600000001"));
    let mut found = b.store.user_log(&key, None, 2).await.unwrap();
    let last = found.last().map(|entry| entry.key);
    found.extend(b.store.user_log(&key, last, 2).await.unwrap());
    let texts: Vec<_> = found.iter().map(|found| std::str::from_utf8(&found.entry.content).unwrap()).collect();
    assert_eq!(texts, ["the body of a", "1", "the body of b"]);
    let unknown = waxwing_store::UserKey::Phone(waxwing_types::WaId::new("3"));
    assert!(matches!(b.store.user_log(&unknown, None, 2).await, Err(waxwing_store::Error::NotFound)));
}

/// An operator sees waiting messages as well, page by page.
pub async fn an_operator_reads_the_log(b: Fixture) {
    let claim = b.turn(message("a")).await;
    commit(&b, &claim, &["1", "2"]).await;
    b.receive(message("waits")).await;
    let id = claim.conversation.id;
    let newest = b.store.conversation_log(id, None, 2).await.unwrap();
    assert_eq!(words(&newest), ["2", "the body of waits"]);
    assert_eq!(newest.iter().map(|entry| entry.is_handled).collect::<Vec<_>>(), [true, false]);
    let older = b.store.conversation_log(id, Some(newest[0].seq), 9).await.unwrap();
    assert_eq!(words(&older), ["the body of a", "1"]);
    let unknown = b.store.conversation_log(waxwing_store::ConversationId(99), None, 9).await;
    assert!(matches!(unknown, Err(waxwing_store::Error::NotFound)), "{unknown:?}");
}
