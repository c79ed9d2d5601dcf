//! Users who want no marketing messages.

use waxwing_store::MarketingChoice::{Resume, Stop};
use waxwing_store::{
    ConversationFilter, MarketingChoice, MarketingPreference, SendError, SendOutcome, StatusKind, StatusUpdate,
    TurnCommit, WebhookItem,
};

use crate::fixture::{Fixture, answer, message, number, phone, status_of};

fn preference(b: &Fixture, choice: MarketingChoice, at: u64) -> WebhookItem {
    WebhookItem::MarketingPreference(MarketingPreference {
        number: number(),
        user: phone("34600000001"),
        choice,
        at: b.in_secs(at).as_millis() / 1000,
        body: format!("{choice:?} {at}").into(),
    })
}

/// Returns whether the user of the only conversation wants no marketing messages.
async fn is_stopped(b: &Fixture) -> bool {
    let listed = b.store.conversations(&ConversationFilter::MarketingStopped, 10).await.unwrap();
    let all = b.store.conversations(&ConversationFilter::All, 10).await.unwrap();
    assert_eq!(all.iter().filter(|row| row.has_stopped_marketing).count(), listed.len());
    !listed.is_empty()
}

/// Webhooks come in any order, and again.
pub async fn the_latest_choice_counts(b: Fixture) {
    let choices = [(Stop, 10, true), (Resume, 20, false), (Stop, 15, false), (Stop, 30, true), (Resume, 20, true)];
    let items: Vec<_> = choices.map(|(choice, at, _)| preference(&b, choice, at)).into();
    b.pass(1000);
    for ((choice, at, expected), item) in choices.into_iter().zip(items) {
        b.store.accept(vec![item]).await.unwrap();
        assert_eq!(is_stopped(&b).await, expected, "{choice:?} at {at}");
    }
}

/// The sender learns of the choice with each claim.
pub async fn a_send_knows_the_choice(b: Fixture) {
    b.queue("run", &["1"]).await;
    b.store.accept(vec![preference(&b, Stop, 0)]).await.unwrap();
    assert!(b.send().await.has_stopped_marketing);
    assert!(b.turn(message("hi")).await.marketing.is_stopped);
}

/// Meta knows the choice although no webhook came.
pub async fn a_refusal_is_a_choice(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    let error = SendError { code: Some(131_050), message: "the user stopped marketing messages".into() };
    b.record(&send, SendOutcome::Refused { error, use_fallback: false }).await;
    assert!(is_stopped(&b).await);
}

/// The message was on its way when the user chose.
pub async fn a_choice_during_a_send_counts_more_than_its_refusal(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.pass(1);
    b.store.accept(vec![preference(&b, Resume, 0)]).await.unwrap();
    let error = SendError { code: Some(131_050), message: "the user stopped marketing messages".into() };
    b.record(&send, SendOutcome::Refused { error, use_fallback: false }).await;
    assert!(!is_stopped(&b).await);
}

/// Most refusals come by a status.
pub async fn a_late_refusal_is_a_choice(b: Fixture) {
    let send = b.send_accepted().await;
    let failed = StatusUpdate {
        error: Some((131_050, "stopped".into())),
        allows_fallback: false,
        ..status_of(StatusKind::Failed, "wamid.1", &send)
    };
    b.status(failed).await;
    assert!(is_stopped(&b).await);
}

/// The user writes what they want.
pub async fn a_turn_can_record_a_choice(b: Fixture) {
    for (choice, expected) in [(Stop, true), (Resume, false)] {
        b.pass(1);
        let claim = b.turn(message(&format!("{choice:?}"))).await;
        let commit = TurnCommit { marketing: Some(choice), ..answer(&claim, &format!("{choice:?}"), &[]) };
        b.store.commit_turn(&claim.lease, commit).await.unwrap();
        assert_eq!(is_stopped(&b).await, expected);
    }
}

/// Other systems read the list in pages.
pub async fn opt_outs_are_listed_in_pages(b: Fixture) {
    b.pass(1000);
    for n in 1..=5 {
        let user = phone(&format!("3460000000{n}"));
        let choice = if n == 3 { Resume } else { Stop };
        let body = format!("{n}").into();
        let at = b.now().as_millis() / 1000;
        let item = MarketingPreference { number: number(), user, choice, at, body };
        b.store.accept(vec![WebhookItem::MarketingPreference(item)]).await.unwrap();
    }
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = b.store.opt_outs(after.as_deref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(
            page.len() <= 2 && page.iter().all(|row| row.number == number() && row.at == Some(b.now())),
            "{page:?}"
        );
        after = Some(last.conversation_key.clone());
        found.extend(page.into_iter().map(|row| row.user.wa_id.unwrap().as_str().to_owned()));
    }
    assert_eq!(found, ["34600000001", "34600000002", "34600000004", "34600000005"]);
    let unknown = b.store.opt_outs(Some("no key"), 2).await;
    assert!(matches!(unknown, Err(waxwing_store::Error::NotFound)), "{unknown:?}");
}
