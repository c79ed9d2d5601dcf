//! Campaigns from their creation to their results.

use std::time::Duration;

use crate::fixture::{
    Fixture, REQUEST, accepted, body, dead, entry, from, hidden, in_doubt, message, number, other_number, phone, secs,
    status, status_of, text,
};
use waxwing_store::{
    AddedRecipients, BusyPolicy, CampaignChange, CampaignId, CampaignKind, CampaignState, CampaignVisits,
    ConversationFilter, ConversationTarget, Error, FeedDecision, FeedOutcome, MAX_CAMPAIGNS, MAX_RECIPIENTS,
    MAX_RECIPIENTS_PER_CALL, MarketingChoice, MarketingPreference, NewCampaign, NewRecipient, NewScheduledMessage,
    PauseReason, RecipientMessage, RecipientQuery, RecipientRecord, RecipientState, ResponderChange, SendError,
    SendLimits, SendOutcome, SkipReason, StatusKind, TurnCommit, VisitRequest, WebhookItem,
};

const ANA: &str = "34600000001";
const BEN: &str = "34600000002";
const EVA: &str = "34600000003";

pub(crate) fn recipients(phones: &[&str]) -> Vec<NewRecipient> {
    phones.iter().map(|id| NewRecipient { user: phone(id), data: format!("data of {id}").into() }).collect()
}

pub(crate) fn named(name: &str) -> NewCampaign {
    NewCampaign { number: number(), name: name.into(), plan: "the plan".into() }
}

/// Creates a campaign for these users and starts it.
pub(crate) async fn start(b: &Fixture, phones: &[&str]) -> CampaignId {
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    b.store.add_recipients(id, recipients(phones)).await.unwrap();
    b.store.change_campaign(id, CampaignChange::Start(Duration::ZERO)).await.unwrap();
    id
}

pub(crate) async fn visit(b: &Fixture) -> CampaignVisits {
    let request = VisitRequest { campaigns: 10, ahead: 10, next_visit: secs(1) };
    b.store.visit_campaigns(&[number()], request).await.unwrap()
}

/// Returns the places that the only due campaign has to move.
async fn due_places(b: &Fixture) -> Vec<u32> {
    let visits = visit(b).await.visits;
    visits.iter().flat_map(|visit| visit.waiting.iter().map(|recipient| recipient.place)).collect()
}

pub(crate) fn to_queue(text_body: &str) -> RecipientMessage {
    RecipientMessage {
        content: text(text_body).content,
        is_marketing: false,
        needs_window: false,
        busy: Some(BusyPolicy { retry_after: secs(60), give_up_after: secs(600) }),
        log: entry(text_body),
    }
}

pub(crate) async fn feed(b: &Fixture, id: CampaignId, place: u32) -> FeedOutcome {
    feed_with(b, id, place, to_queue("news")).await
}

pub(crate) async fn feed_with(b: &Fixture, id: CampaignId, place: u32, message: RecipientMessage) -> FeedOutcome {
    b.store.feed_recipient(id, place, FeedDecision::Queue(Box::new(message))).await.unwrap()
}

pub(crate) async fn listed(b: &Fixture, id: CampaignId) -> Vec<RecipientRecord> {
    let query = RecipientQuery { state: None, after: 0, limit: 100 };
    b.store.campaign_recipients(id, query).await.unwrap()
}

pub(crate) async fn states(b: &Fixture, id: CampaignId) -> Vec<RecipientState> {
    listed(b, id).await.into_iter().map(|recipient| recipient.state).collect()
}

async fn state(b: &Fixture, id: CampaignId) -> CampaignState {
    b.store.campaign(id).await.unwrap().state
}

/// A recipient gets one message, however often the feeder tries.
pub async fn a_recipient_is_moved_once(b: Fixture) {
    let id = start(&b, &[ANA]).await;
    let visits = visit(&b).await.visits;
    assert_eq!((visits[0].id, &visits[0].plan[..], &visits[0].number), (id, &b"the plan"[..], &number()));
    assert_eq!(&visits[0].waiting[0].data[..], b"data of 34600000001");
    let moved = feed(&b, id, 1).await;
    let send = b.send().await;
    assert_eq!((moved, body(&send)), (FeedOutcome::Queued(send.id), "news"));
    assert!(send.source.is_campaign);
    assert_eq!(feed(&b, id, 1).await, FeedOutcome::NotWaiting);
    b.record(&send, accepted("wamid.1")).await;
    assert_eq!(states(&b, id).await, [RecipientState::Sent]);
    b.pass(2);
    assert_eq!(visit(&b).await.finished, [id]);
    assert_eq!(state(&b, id).await, CampaignState::Finished);
    let claim = b.turn(message("thanks")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert_eq!(session.entries.iter().map(|entry| &entry.content[..]).collect::<Vec<_>>(), [b"news"]);
}

/// Nothing is sent before the start, and nothing is added after the start.
pub async fn a_campaign_starts_when_its_recipients_are_complete(b: Fixture) {
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    let empty = b.store.change_campaign(id, CampaignChange::Start(Duration::ZERO)).await;
    assert!(matches!(empty, Err(Error::WrongState { state: "draft without recipients" })), "{empty:?}");
    b.store.add_recipients(id, recipients(&[ANA])).await.unwrap();
    assert!(visit(&b).await.visits.is_empty());
    assert_eq!(feed(&b, id, 1).await, FeedOutcome::NotWaiting);
    b.store.change_campaign(id, CampaignChange::Start(secs(60))).await.unwrap();
    assert_eq!(visit(&b).await.next_due_in, Some(secs(60)));
    let late = b.store.add_recipients(id, recipients(&[BEN])).await;
    assert!(matches!(late, Err(Error::WrongState { state: "running" })), "{late:?}");
    b.pass(60);
    assert_eq!(due_places(&b).await, [1]);
    let unknown = b.store.add_recipients(CampaignId(77), recipients(&[ANA])).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// A repeated chunk adds nothing.
pub async fn an_address_is_added_once(b: Fixture) {
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    let first = b.store.add_recipients(id, recipients(&[ANA, BEN, ANA])).await.unwrap();
    assert_eq!(first, AddedRecipients { added: 2, total: 2, duplicates: vec![2] });
    let again = b.store.add_recipients(id, recipients(&[BEN, EVA])).await.unwrap();
    assert_eq!(again, AddedRecipients { added: 1, total: 3, duplicates: vec![0] });
    assert_eq!(b.store.campaign(id).await.unwrap().counts.of(RecipientState::Waiting), 3);
}

/// Neither campaigns nor calls grow without limit.
pub async fn the_numbers_of_campaigns_and_recipients_are_limited(b: Fixture) {
    let mut last = CampaignId(0);
    for n in 0..MAX_CAMPAIGNS {
        last = b.store.create_campaign(named(&n.to_string())).await.unwrap();
    }
    let refused = b.store.create_campaign(named("one more")).await;
    assert!(matches!(refused, Err(Error::LimitReached { .. })), "{refused:?}");
    let many = vec![recipients(&[ANA]).remove(0); MAX_RECIPIENTS_PER_CALL + 1];
    let refused = b.store.add_recipients(last, many).await;
    assert!(matches!(refused, Err(Error::LimitReached { .. })), "{refused:?}");
    b.store.change_campaign(last, CampaignChange::Cancel).await.unwrap();
    b.store.create_campaign(named("another")).await.unwrap();
    assert_eq!(b.store.campaigns(CampaignKind::Campaign, Some(last), 2).await.unwrap().len(), 2);
}

/// The last chunk is repeated after a lost response.
pub async fn a_full_campaign_accepts_a_repeated_chunk(b: Fixture) {
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    let chunk = |first: u32| {
        let user = |n| NewRecipient { user: phone(&format!("346{n:08}")), data: bytes::Bytes::new() };
        (first..first + 1000).map(user).collect::<Vec<_>>()
    };
    for first in (0..MAX_RECIPIENTS).step_by(1000) {
        assert_eq!(b.store.add_recipients(id, chunk(first)).await.unwrap().added, 1000);
    }
    let again = b.store.add_recipients(id, chunk(MAX_RECIPIENTS - 1000)).await.unwrap();
    assert_eq!((again.added, again.total, again.duplicates.len()), (0, MAX_RECIPIENTS, 1000));
    let refused = b.store.add_recipients(id, chunk(MAX_RECIPIENTS - 999)).await;
    assert!(matches!(refused, Err(Error::LimitReached { .. })), "{refused:?}");
    assert_eq!(b.store.campaign(id).await.unwrap().counts.of(RecipientState::Waiting), MAX_RECIPIENTS);
}

/// Refusals, statuses and failures arrive at the recipient.
pub async fn the_result_follows_the_message(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    assert_eq!(states(&b, id).await[0], RecipientState::Delivered);
    b.status(status(StatusKind::Read, "wamid.1")).await;
    feed(&b, id, 2).await;
    let refusal = SendError { code: Some(131_026), message: "undeliverable".into() };
    let send = b.send().await;
    b.record(&send, SendOutcome::Refused { error: refusal.clone(), use_fallback: true }).await;
    let found = listed(&b, id).await;
    assert_eq!((found[0].state, found[1].state), (RecipientState::Read, RecipientState::Failed));
    assert_eq!((found[1].error.as_ref(), found[1].message), (Some(&refusal), Some(send.id)));
}

/// The outcome is unknown, so the message is not sent again, whatever the settings say about other messages.
pub async fn a_message_in_doubt_is_given_up(b: Fixture) {
    let id = start(&b, &[ANA]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    assert_eq!(states(&b, id).await, [RecipientState::Queued]);
    b.pass(60);
    assert_eq!(b.no_send().await, None);
    assert_eq!(states(&b, id).await, [RecipientState::Unknown]);
    assert_eq!(visit(&b).await.finished, [id]);
    let unknown = RecipientQuery { state: Some(RecipientState::Unknown), after: 0, limit: 10 };
    assert_eq!(b.store.campaign_recipients(id, unknown).await.unwrap().len(), 1);
}

/// Meta accepted the message after all.
pub async fn a_late_status_resolves_an_unknown_outcome(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    for place in [1, 2] {
        feed(&b, id, place).await;
        let send = b.send().await;
        b.record(&send, in_doubt()).await;
        if place == 1 {
            b.pass(60);
            b.no_send().await;
            b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
        } else {
            b.store.discard(send.id).await.unwrap();
        }
    }
    assert_eq!(states(&b, id).await, [RecipientState::Delivered, RecipientState::Unknown]);
}

/// The process that made the attempt is gone.
pub async fn a_crash_between_attempt_and_outcome_sends_nothing_twice(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    feed(&b, id, 2).await;
    let sends = b.sends(REQUEST).await;
    assert_eq!(sends.len(), 2);
    b.clock.advance(REQUEST.lease);
    assert!(b.no_send().await.is_some(), "a status may still arrive");
    b.store.discard(sends[1].id).await.unwrap();
    b.pass(60);
    assert_eq!(b.no_send().await, None);
    assert_eq!(states(&b, id).await, [RecipientState::Unknown; 2]);
}

/// A queue with an answer is no queue of a campaign, also if a message of the campaign is its first.
pub async fn messages_of_conversations_are_claimed_first(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    feed(&b, id, 2).await;
    let claim = b.turn(message("hi")).await;
    b.answer(&claim, "run", &["hello"]).await;
    let only = |healthy, campaign| SendLimits { healthy, failing: 10, campaign };
    let claims = |limits| b.store.claim_sends(&[], limits, REQUEST);
    assert!(claims(only(10, 10)).await.unwrap().claimed.is_empty());
    let first = b.store.claim_sends(&[number()], only(10, 0), REQUEST).await.unwrap().claimed;
    let first: Vec<_> = first.iter().map(|send| (body(send), send.source.is_campaign)).collect();
    assert_eq!(first, [("news", false)]);
    let rest = b.store.claim_sends(&[number()], only(0, 10), REQUEST).await.unwrap().claimed;
    let rest: Vec<_> = rest.iter().map(|send| (body(send), send.source.is_campaign)).collect();
    assert_eq!(rest, [("news", true)]);
}

/// A campaign does not talk into a conversation.
pub async fn a_busy_conversation_is_tried_later(b: Fixture) {
    let id = start(&b, &[ANA, BEN, EVA]).await;
    let handed_over = b.turn(from(phone(BEN), "help")).await;
    let change = Some(ResponderChange::HumanUntilResumed);
    let commit = TurnCommit { responder: change, ..crate::fixture::answer(&handed_over, "run", &[]) };
    b.store.commit_turn(&handed_over.lease, commit).await.unwrap();
    let queued = b.turn(from(phone(EVA), "hi")).await;
    b.store.commit_turn(&queued.lease, crate::fixture::answer(&queued, "run 2", &["hello"])).await.unwrap();
    b.receive(message("a question")).await;
    for place in 1..=3 {
        assert_eq!(feed(&b, id, place).await, FeedOutcome::Later, "{place}");
    }
    assert!(due_places(&b).await.is_empty());
    b.pass(60);
    assert_eq!(due_places(&b).await, [1, 2, 3]);
    let patient = RecipientMessage { busy: None, ..to_queue("a reminder") };
    assert!(matches!(feed_with(&b, id, 3, patient).await, FeedOutcome::Queued(_)), "a scheduled message does not wait");
    b.pass(600);
    assert_eq!(feed(&b, id, 2).await, FeedOutcome::Skipped(SkipReason::Busy));
    assert_eq!(listed(&b, id).await[1].reason, Some(SkipReason::Busy));
}

/// The report says why a user gets nothing.
pub async fn a_recipient_can_be_skipped(b: Fixture) {
    let id = start(&b, &[ANA, BEN, EVA]).await;
    let stop = MarketingPreference {
        number: number(),
        user: phone(ANA),
        choice: MarketingChoice::Stop,
        at: b.now().as_millis() / 1000,
        body: bytes::Bytes::new(),
    };
    b.store.accept(vec![WebhookItem::MarketingPreference(stop)]).await.unwrap();
    let marketing = RecipientMessage { is_marketing: true, ..to_queue("sale") };
    let skipped = FeedOutcome::Skipped(SkipReason::MarketingStopped);
    assert_eq!(feed_with(&b, id, 1, marketing).await, skipped);
    let late = RecipientMessage { needs_window: true, ..to_queue("hi") };
    assert_eq!(feed_with(&b, id, 2, late).await, FeedOutcome::Skipped(SkipReason::NoWindow));
    let known = b.store.conversations(&ConversationFilter::All, 9).await.unwrap();
    assert_eq!(known.len(), 1, "a user without a message has no row");
    let decided = FeedDecision::Skip(SkipReason::Content, "a value is missing".into());
    let skipped = b.store.feed_recipient(id, 3, decided).await.unwrap();
    assert_eq!(skipped, FeedOutcome::Skipped(SkipReason::Content));
    let reasons: Vec<_> = listed(&b, id).await.into_iter().map(|found| (found.state, found.reason)).collect();
    let expected = [SkipReason::MarketingStopped, SkipReason::NoWindow, SkipReason::Content];
    assert_eq!(reasons, expected.map(|reason| (RecipientState::Skipped, Some(reason))));
    assert!(b.rows().await.is_empty());
}

/// A phone number and a BSUID can belong to one user.
pub async fn two_recipients_can_be_the_same_user(b: Fixture) {
    b.turn(from(crate::fixture::both(ANA, "ES.1"), "hi")).await;
    b.pass(120);
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    let mut twice = recipients(&[ANA]);
    twice.push(NewRecipient { user: hidden("ES.1"), data: bytes::Bytes::new() });
    assert_eq!(b.store.add_recipients(id, twice).await.unwrap().added, 2);
    b.store.change_campaign(id, CampaignChange::Start(Duration::ZERO)).await.unwrap();
    let anyway = || RecipientMessage { busy: None, ..to_queue("news") };
    assert!(matches!(feed_with(&b, id, 1, anyway()).await, FeedOutcome::Queued(_)));
    assert_eq!(feed_with(&b, id, 2, anyway()).await, FeedOutcome::Skipped(SkipReason::Duplicate));
}

/// A paused campaign has nothing in the outbox but what may have been sent.
pub async fn a_pause_takes_back_what_was_not_sent(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    feed(&b, id, 2).await;
    b.store.change_campaign(id, CampaignChange::Pause(PauseReason::Operator)).await.unwrap();
    assert_eq!(states(&b, id).await, [RecipientState::Queued, RecipientState::Waiting]);
    assert_eq!(b.rows().await.len(), 1);
    assert!(b.no_send().await.is_some(), "only the lease of the running attempt is left");
    b.record(&send, accepted("wamid.1")).await;
    let paused = b.store.campaign(id).await.unwrap();
    assert_eq!((paused.state, paused.reason), (CampaignState::Paused, Some(PauseReason::Operator)));
    assert_eq!(feed(&b, id, 2).await, FeedOutcome::NotWaiting);
    let claim = b.turn(from(phone(BEN), "hi")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert!(session.entries.is_empty(), "the history has no message that was taken back");
    b.answer(&claim, "run", &[]).await;
    b.store.change_campaign(id, CampaignChange::Resume).await.unwrap();
    assert_eq!(b.store.campaign(id).await.unwrap().reason, None);
    assert_eq!(due_places(&b).await, [2]);
    assert!(matches!(feed(&b, id, 2).await, FeedOutcome::Queued(_)));
}

/// Recipients without a message are cancelled with the campaign.
pub async fn a_cancelled_campaign_sends_nothing(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    b.store.change_campaign(id, CampaignChange::Cancel).await.unwrap();
    assert_eq!(states(&b, id).await, [RecipientState::Cancelled; 2]);
    assert_eq!(b.store.campaign(id).await.unwrap().counts.of(RecipientState::Cancelled), 2);
    for (wanted, expected) in [(RecipientState::Cancelled, 2), (RecipientState::Waiting, 0)] {
        let query = RecipientQuery { state: Some(wanted), after: 0, limit: 10 };
        assert_eq!(b.store.campaign_recipients(id, query).await.unwrap().len(), expected);
    }
    assert_eq!(b.no_send().await, None);
    assert!(visit(&b).await.visits.is_empty());
    let changes = [CampaignChange::Resume, CampaignChange::Pause(PauseReason::Operator), CampaignChange::Cancel];
    for change in changes {
        let refused = b.store.change_campaign(id, change).await;
        assert!(matches!(refused, Err(Error::WrongState { state: "cancelled" })), "{refused:?}");
    }
}

/// A problem of the number concerns each of its campaigns, and no scheduled message.
pub async fn all_campaigns_of_a_number_are_paused(b: Fixture) {
    let first = start(&b, &[ANA]).await;
    let second = start(&b, &[BEN]).await;
    let other = NewCampaign { number: other_number(), ..named("other") };
    let other = b.store.create_campaign(other).await.unwrap();
    b.store.add_recipients(other, recipients(&[ANA])).await.unwrap();
    b.store.change_campaign(other, CampaignChange::Start(Duration::ZERO)).await.unwrap();
    let later = b.store.schedule_message(scheduled(EVA, 60)).await.unwrap().campaign;
    feed(&b, first, 1).await;
    let paused = b.store.pause_campaigns(&number(), PauseReason::SpamLimit).await.unwrap();
    assert_eq!(paused, [first, second]);
    assert_eq!(b.store.campaign(second).await.unwrap().reason, Some(PauseReason::SpamLimit));
    assert_eq!((state(&b, other).await, state(&b, later).await), (CampaignState::Running, CampaignState::Running));
    assert_eq!(b.no_send().await, None);
}

/// An operator cannot break the promise by a requeue.
pub async fn a_campaign_message_is_not_requeued(b: Fixture) {
    let id = start(&b, &[ANA]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    b.record(&send, dead()).await;
    let refused = b.store.requeue(send.id).await;
    assert!(matches!(refused, Err(Error::AtMostOnce)), "{refused:?}");
}

/// Returns a message to a user.
pub(crate) fn scheduled(to: &str, seconds: u64) -> NewScheduledMessage {
    NewScheduledMessage {
        target: ConversationTarget::User(number(), phone(to)),
        data: "see you".into(),
        send_in: secs(seconds),
        idempotency: None,
    }
}
