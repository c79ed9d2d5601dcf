//! Discards of unsent messages, such as after `/stop`.

use waxwing_store::OutboxState::{DeadLetter, Parked, Queued};
use waxwing_store::{NewFirstContact, NewNotices, RecipientMessage, SendError, SendOutcome, TurnCommit};

use crate::campaigns::{feed_with, start, to_queue};
use crate::fixture::{Fixture, answer, message, notice, phone};
use crate::proactive::to;

const ANA: &str = "34600000001";

/// Queues a message of another system and a message of a campaign.
async fn queue_others(b: &Fixture) {
    b.store.queue_message(to(phone(ANA), "m-1", "Your order is ready.")).await.unwrap();
    let id = start(b, &[ANA]).await;
    feed_with(b, id, 1, RecipientMessage { busy: None, ..to_queue("news") }).await;
}

async fn stop(b: &Fixture) {
    let claim = b.turn(message("/stop")).await;
    let commit = TurnCommit { discard_unsent: Some("stopped"), ..answer(&claim, "stop", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// The messages of others are not sent again, and the law can demand the first-contact text.
pub async fn a_discard_concerns_the_messages_of_turns(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.store.queue_first_contact(&claim.lease, "1", notice("I am a machine.")).await.unwrap();
    b.answer(&claim, "run", &["answer"]).await;
    queue_others(&b).await;
    stop(&b).await;
    assert_eq!(b.states().await, [Queued, DeadLetter, Queued, Queued]);
}

/// A reply can begin with the first-contact text.
pub async fn a_discard_leaves_the_first_contact_text_of_a_reply(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let first_contact = Some(NewFirstContact { version: "1".into(), messages: 2 });
    let notices = NewNotices { first_contact, ..NewNotices::default() };
    let commit = TurnCommit { notices, ..answer(&claim, "run", &["I am a", "machine.", "answer"]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    stop(&b).await;
    assert_eq!(b.states().await, [Queued, Queued, DeadLetter]);
}

/// The same is true of messages that wait until the user writes.
pub async fn a_discard_leaves_the_parked_messages_of_others(b: Fixture) {
    b.queue("run", &["answer"]).await;
    queue_others(&b).await;
    let mut next = Some(b.send().await);
    while let Some(send) = next {
        let error = SendError { code: None, message: "the window is closed".into() };
        next = b.record(&send, SendOutcome::Park { error, replacement: None, was_attempted: false }).await;
    }
    assert_eq!(b.states().await, [Parked; 3]);
    stop(&b).await;
    assert_eq!(b.states().await, [DeadLetter, Parked, Parked]);
}
