//! Reports of campaigns.

use std::time::Duration;

use waxwing_store::{
    CampaignChange, CampaignId, CampaignVisits, Error, NewRecipient, PauseReason, RecipientMessage, RecipientQuery,
    RecipientState, Retention, RetentionStats, SendError, SendOutcome, SendResult, StatusKind, UserKey,
};
use waxwing_types::{Bsuid, WaId};

use crate::campaigns::{feed, feed_with, listed, named, recipients, scheduled, start, states, to_queue, visit};
use crate::fixture::{Fixture, accepted, dead, from, phone, status, status_of};

const ANA: &str = "34600000001";
const BEN: &str = "34600000002";
const EVA: &str = "34600000003";

/// A campaign that annoys users can be recognized. A resumption begins a new count.
pub async fn the_last_results_are_known(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    b.pass(1);
    feed(&b, id, 1).await;
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    b.pass(1);
    feed(&b, id, 2).await;
    let send = b.send().await;
    let refusal = SendError { code: Some(131_049), message: "held back".into() };
    b.record(&send, SendOutcome::Refused { error: refusal, use_fallback: false }).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    let results = visit(&b).await;
    assert_eq!(results.finished, [id]);
    let id = start(&b, &[ANA, BEN, EVA]).await;
    for (place, outcome) in [(1, accepted("wamid.2")), (2, dead())] {
        b.pass(1);
        feed(&b, id, place).await;
        let send = b.send().await;
        b.record(&send, outcome).await;
    }
    let results = |visits: CampaignVisits| visits.visits[0].results.clone();
    assert_eq!(results(visit(&b).await), [SendResult::Failed(Some(131_000)), SendResult::Sent]);
    b.pass(1);
    b.store.change_campaign(id, CampaignChange::Pause(PauseReason::Refusals)).await.unwrap();
    b.store.change_campaign(id, CampaignChange::Resume).await.unwrap();
    assert_eq!(results(visit(&b).await), []);
}

/// Meta limits the users to whom a business writes first.
pub async fn recipients_outside_the_window_are_counted(b: Fixture) {
    let claim = b.turn(from(phone(BEN), "hi")).await;
    b.answer(&claim, "run", &[]).await;
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    feed(&b, id, 2).await;
    let again = start(&b, &[ANA]).await;
    feed_with(&b, again, 1, RecipientMessage { busy: None, ..to_queue("more") }).await;
    let day = Duration::from_hours(24);
    assert_eq!(b.store.recipients_outside_window(day).await.unwrap(), 1);
    b.clock.advance(day);
    assert_eq!(b.store.recipients_outside_window(day).await.unwrap(), 0);
}

/// A message that Meta refused does not count, unless a status proves that it arrived.
pub async fn failed_recipients_outside_the_window_are_not_counted(b: Fixture) {
    let count = async || b.store.recipients_outside_window(Duration::from_hours(24)).await.unwrap();
    let id = start(&b, &[ANA]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    assert_eq!(count().await, 1);
    b.record(&send, dead()).await;
    assert_eq!((states(&b, id).await, count().await), (vec![RecipientState::Failed], 0));
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!((states(&b, id).await, count().await), (vec![RecipientState::Delivered], 1));
}

/// A long list is read in pages.
pub async fn recipients_are_listed_in_order(b: Fixture) {
    let id = start(&b, &[EVA, ANA, BEN]).await;
    let page = async |after, limit| {
        let query = RecipientQuery { state: Some(RecipientState::Waiting), after, limit };
        let found = b.store.campaign_recipients(id, query).await.unwrap();
        found.into_iter().map(|recipient| (recipient.place, recipient.address)).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2).await, [(1, EVA.to_owned()), (2, ANA.to_owned())]);
    assert_eq!(page(2, 2).await, [(3, BEN.to_owned())]);
    let query = RecipientQuery { state: None, after: 0, limit: 1 };
    let unknown = b.store.campaign_recipients(CampaignId(77), query).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// An erased user is in no list, known to the store or not.
pub async fn an_erasure_removes_the_places_in_campaigns(b: Fixture) {
    let id = b.store.create_campaign(named("spring")).await.unwrap();
    let mut list = recipients(&[ANA, BEN, EVA]);
    list.push(NewRecipient { user: Bsuid::new("ES.1").into(), data: bytes::Bytes::new() });
    b.store.add_recipients(id, list).await.unwrap();
    b.store.change_campaign(id, CampaignChange::Start(Duration::ZERO)).await.unwrap();
    feed(&b, id, 1).await;
    let reminder = b.store.schedule_message(scheduled(ANA, 60)).await.unwrap().campaign;
    let erased = b.store.erase_user(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    assert_eq!((erased.recipients, erased.sent), (2, 1));
    let gone = b.store.campaign(reminder).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    for key in [UserKey::Phone(WaId::new(BEN)), UserKey::Bsuid(Bsuid::new("ES.1"))] {
        assert_eq!(b.store.erase_user(&key).await.unwrap().recipients, 1);
    }
    let left: Vec<_> = listed(&b, id).await.into_iter().map(|recipient| recipient.address).collect();
    assert_eq!(left, [EVA]);
    let nobody = b.store.erase_user(&UserKey::Phone(WaId::new(BEN))).await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
}

/// Campaigns that are over go with the messages. Others stay.
pub async fn old_campaigns_are_removed(b: Fixture) {
    let over = start(&b, &[ANA, BEN]).await;
    b.store.change_campaign(over, CampaignChange::Cancel).await.unwrap();
    let running = start(&b, &[EVA]).await;
    let draft = b.store.create_campaign(named("draft")).await.unwrap();
    b.store.add_recipients(draft, recipients(&[ANA, BEN])).await.unwrap();
    b.clock.advance(Duration::from_hours(31 * 24));
    let mut removed = RetentionStats::default();
    while !removed.is_complete {
        removed += b.store.apply_retention(&Retention::default(), 3).await.unwrap();
    }
    assert_eq!((removed.campaigns, removed.recipients), (1, 2));
    assert_eq!(states(&b, running).await, [RecipientState::Waiting]);
    assert_eq!(states(&b, draft).await, [RecipientState::Waiting; 2]);
}
