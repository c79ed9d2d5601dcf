//! Usage: charged messages, costs of models.

use std::time::Duration;

use waxwing_store::{
    MessageCharge, MessageCount, ReleaseReason, Retention, RunId, RunRef, SendAttempt, SendError, SendOutcome,
    StatusKind, StatusUpdate, TurnCommit, TurnCost, TurnRelease, UsageKey, UsageQuery, UserKey, WebhookItem,
};
use waxwing_types::{Market, TemplateMessage, WaId};

use crate::fixture::{
    Fixture, accepted, answer, from, in_doubt, message, messages, number, other_number, phone, secs, status, status_of,
    text,
};

use StatusKind::{Delivered, Failed, Played, Read, Sent};

/// The day of the statuses of the cases, which is the day of the clock, too.
const TODAY: i64 = 20_454;

const DAY: u64 = 24 * 60 * 60;

/// Returns a price in Spain.
fn price(category: &str) -> MessageCharge {
    let market = Market::of_calling_code("34");
    MessageCharge { category: category.into(), kind: "regular".into(), market, is_billable: true }
}

fn priced(update: StatusUpdate) -> StatusUpdate {
    StatusUpdate { charge: Some(price("service")), ..update }
}

/// Returns the sums of all days by a key.
async fn counts(b: &Fixture, by: UsageKey) -> Vec<MessageCount> {
    b.store.message_counts(UsageQuery { by, since: 0, until: i64::MAX }, 1000).await.unwrap()
}

/// Returns the number of charged and of free messages.
async fn total(b: &Fixture) -> (u64, u64) {
    let counts = counts(b, UsageKey::Number).await;
    counts.iter().fold((0, 0), |(billable, free), count| (billable + count.billable, free + count.free))
}

/// Accepts a status. Returns the number of messages that it made count.
async fn counted(b: &Fixture, update: StatusUpdate) -> usize {
    b.store.accept(vec![WebhookItem::Status(update)]).await.unwrap().counted.len()
}

/// Sends one message in a run of the agent `shop`.
async fn send(b: &Fixture, run: &str) -> SendAttempt {
    let claim = b.turn(message(run)).await;
    let commit = TurnCommit { agent: Some("shop".into()), ..answer(&claim, run, &["hello"]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let send = b.send().await;
    b.record(&send, accepted(&format!("wamid.{run}"))).await;
    send
}

/// The parts of an interim message, and what is sent in place of a parked one, are messages of the agent.
pub async fn all_messages_of_a_run_count_for_its_agent(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    for key in ["0", "1"] {
        b.store.enqueue(writes, key, text("wait"), None).await.unwrap();
    }
    let first = b.send().await;
    let second = b.record(&first, accepted("wamid.1")).await.unwrap();
    let replacement = Some(TemplateMessage::new("news", "en").into());
    let error = SendError { code: None, message: "the window is closed".into() };
    let park = SendOutcome::Park { error, replacement, was_attempted: false };
    let third = b.record(&second, park).await.unwrap();
    b.record(&third, accepted("wamid.3")).await;
    for (send, id) in [(&first, "wamid.1"), (&third, "wamid.3")] {
        b.status(priced(status_of(Delivered, id, send))).await;
    }
    let counts = counts(&b, UsageKey::Agent).await;
    assert_eq!(counts.iter().map(|count| (&*count.key, count.billable)).collect::<Vec<_>>(), [("shop", 2)]);
}

/// Each status states the price, and Meta repeats webhooks.
pub async fn a_message_counts_once(b: Fixture) {
    let send = send(&b, "1").await;
    assert_eq!(counted(&b, priced(status_of(Sent, "wamid.1", &send))).await, 0, "not delivered yet");
    assert_eq!(counted(&b, priced(status_of(Delivered, "wamid.1", &send))).await, 1);
    for kind in [Delivered, Read, Sent, Read, Played] {
        assert_eq!(counted(&b, priced(status_of(kind, "wamid.1", &send))).await, 0, "{kind:?}");
    }
    assert_eq!(total(&b).await, (1, 0));
}

/// Meta states the price with some of the statuses only, and a user can read a message without a status `delivered`.
pub async fn the_order_of_statuses_does_not_matter(b: Fixture) {
    let orders: [&[(StatusKind, bool)]; 8] = [
        &[(Sent, true), (Delivered, false), (Read, false)],
        &[(Delivered, false), (Read, false), (Sent, true)],
        &[(Read, false), (Sent, true), (Delivered, false)],
        &[(Read, true), (Delivered, true), (Sent, true)],
        &[(Sent, true), (Read, false)],
        &[(Delivered, true)],
        &[(Delivered, false), (Read, true)],
        &[(Played, false), (Sent, true), (Delivered, true), (Read, true)],
    ];
    for (nth, order) in (1..).zip(orders) {
        let (run, id) = (format!("{nth}"), format!("wamid.{nth}"));
        send(&b, &run).await;
        let mut times = 0;
        for (kind, has_price) in order {
            let update = status(*kind, &id);
            times += counted(&b, if *has_price { priced(update) } else { update }).await;
        }
        assert_eq!((times, total(&b).await), (1, (nth, 0)), "{order:?}");
    }
}

/// Meta charges delivered messages only. A delivered message without a price is not counted.
pub async fn an_undelivered_message_does_not_count(b: Fixture) {
    for (nth, update) in [priced(status(Sent, "wamid.1")), priced(status(Failed, "wamid.2")), status(Read, "wamid.3")]
        .into_iter()
        .enumerate()
    {
        send(&b, &format!("{}", nth + 1)).await;
        assert_eq!(counted(&b, update).await, 0);
    }
    assert_eq!(counts(&b, UsageKey::Number).await, []);
}

/// Meta charges each participant of a group, and each of two copies.
pub async fn each_recipient_and_each_copy_counts(b: Fixture) {
    let of = |kind, who: &str| StatusUpdate { participant: Some(who.into()), ..priced(status(kind, "wamid.1")) };
    for update in [of(Delivered, "ES.1"), of(Delivered, "ES.2"), of(Read, "ES.1"), of(Delivered, "ES.1")] {
        b.status(update).await;
    }
    assert_eq!(total(&b).await, (2, 0));
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    b.record(&second, accepted("wamid.copy 2")).await;
    b.status(priced(status_of(Delivered, "wamid.copy 1", &first))).await;
    b.status(priced(status_of(Delivered, "wamid.copy 2", &second))).await;
    assert_eq!(total(&b).await, (4, 0));
}

/// A sum has one row for each key, category, reason and market.
pub async fn messages_count_by_day_number_agent_category_and_market(b: Fixture) {
    let first = send(&b, "1").await;
    b.status(priced(status_of(Delivered, "wamid.1", &first))).await;
    let second = send(&b, "2").await;
    let tomorrow = status_of(Delivered, "wamid.2", &second).at + 86_400;
    b.pass(DAY);
    b.status(StatusUpdate { at: tomorrow, ..priced(status_of(Delivered, "wamid.2", &second)) }).await;
    let free = MessageCharge { kind: "free_entry_point".into(), market: None, is_billable: false, ..price("utility") };
    let foreign = StatusUpdate { number: other_number(), charge: Some(free), ..status(Delivered, "wamid.3") };
    b.status(foreign).await;

    let row = |key: &str, category: &str, billable| MessageCount {
        key: key.into(),
        category: category.into(),
        kind: if category == "utility" { "free_entry_point".into() } else { "regular".into() },
        market: if category == "utility" { None } else { Market::of_calling_code("34") },
        billable,
        free: u64::from(billable == 0),
    };
    let (today, tomorrow) = (TODAY.to_string(), (TODAY + 1).to_string());
    let by_day = [row(&today, "service", 1), row(&today, "utility", 0), row(&tomorrow, "service", 1)];
    assert_eq!(counts(&b, UsageKey::Day).await, by_day);
    assert_eq!(counts(&b, UsageKey::Number).await, [row("1000001", "service", 2), row("1000002", "utility", 0)]);
    assert_eq!(counts(&b, UsageKey::Agent).await, [row("", "utility", 0), row("shop", "service", 2)]);
    assert_eq!(counts(&b, UsageKey::Category).await, [row("service", "service", 2), row("utility", "utility", 0)]);
    let query = UsageQuery { by: UsageKey::Number, since: TODAY + 1, until: TODAY + 1 };
    assert_eq!(b.store.message_counts(query, 10).await.unwrap(), [row("1000001", "service", 1)]);
}

/// Meta reports the messages that other programs send with the number, and charges them.
pub async fn a_message_of_another_program_counts(b: Fixture) {
    for kind in [Sent, Delivered, Read] {
        b.status(priced(status(kind, "wamid.foreign"))).await;
    }
    let counts = counts(&b, UsageKey::Agent).await;
    assert_eq!((counts.len(), &*counts[0].key, counts[0].billable), (1, "", 1));
    // A status without a time, or from the future, counts today.
    for (id, at) in [("wamid.a", 0), ("wamid.b", i64::MAX)] {
        b.status(StatusUpdate { at, ..priced(status(Delivered, id)) }).await;
    }
    let today = UsageQuery { by: UsageKey::Day, since: TODAY, until: TODAY };
    assert_eq!(b.store.message_counts(today, 10).await.unwrap()[0].billable, 3);
}

/// The messages of an erased user were charged. Their later statuses count no message a second time.
pub async fn an_erasure_leaves_the_counts(b: Fixture) {
    let first = send(&b, "1").await;
    b.status(priced(status_of(Delivered, "wamid.1", &first))).await;
    let second = send(&b, "2").await;
    b.store.erase_user(&UserKey::Phone(WaId::new("34600000001"))).await.unwrap();
    assert_eq!(total(&b).await, (1, 0));
    b.status(priced(status_of(Read, "wamid.1", &first))).await;
    assert_eq!(total(&b).await, (1, 0));
    for kind in [Delivered, Read, Delivered] {
        b.status(priced(status_of(kind, "wamid.2", &second))).await;
    }
    assert_eq!(total(&b).await, (2, 0), "it was on its way when the user was erased");
}

/// Costs of committed and of released turns count.
pub async fn costs_of_models_are_kept_by_day_number_and_agent(b: Fixture) {
    let spend = async |agent: &str, user: &str, amount| {
        let claim = b.turn(from(phone(user), &format!("{agent} {user} {amount} {}", b.now().as_millis()))).await;
        let release = TurnRelease::new(Duration::ZERO, ReleaseReason::RunFailed);
        let release = TurnRelease { cost: amount, agent: Some(agent.to_owned()), ..release };
        b.store.release(&claim.lease, release).await.unwrap();
        let claim = b.claim().await;
        let cost = TurnCost { amount, tells_limit: false };
        let commit = TurnCommit { cost, agent: Some(agent.to_owned()), ..answer(&claim, "run", &[]) };
        b.store.commit_turn(&claim.lease, commit).await.unwrap();
    };
    spend("shop", "34600000001", 0.1).await;
    spend("desk", "34600000002", 0.25).await;
    b.pass(DAY);
    spend("shop", "34600000001", 0.000_000_001).await;
    spend("shop", "34600000002", 0.0).await;
    let costs = async |by| {
        let costs = b.store.model_costs(UsageQuery { by, since: 0, until: i64::MAX }, 10).await.unwrap();
        costs.into_iter().map(|cost| (cost.key, cost.billionths)).collect::<Vec<_>>()
    };
    let expected = |rows: &[(&str, i64)]| rows.iter().map(|(key, sum)| ((*key).to_owned(), *sum)).collect::<Vec<_>>();
    assert_eq!(costs(UsageKey::Agent).await, expected(&[("desk", 500_000_000), ("shop", 200_000_002)]));
    assert_eq!(costs(UsageKey::Day).await, expected(&[("20454", 700_000_000), ("20455", 2)]));
    assert_eq!(costs(UsageKey::Number).await, expected(&[(number().as_str(), 700_000_002)]));
    assert_eq!(costs(UsageKey::Category).await, expected(&[("", 700_000_002)]));
}

/// A day is removed when its end is old enough.
pub async fn usage_is_removed_after_its_day(b: Fixture) {
    let send = send(&b, "1").await;
    b.status(priced(status_of(Delivered, "wamid.1", &send))).await;
    let claim = b.turn(message("2")).await;
    let cost = TurnCost { amount: 1.0, tells_limit: false };
    b.store.commit_turn(&claim.lease, TurnCommit { cost, ..answer(&claim, "2", &[]) }).await.unwrap();
    let keep = Retention { usage: Some(secs(10 * DAY)), ..Retention::default() };
    let removed = async || {
        let mut removed = 0;
        loop {
            let step = b.store.apply_retention(&keep, 2).await.unwrap();
            removed += step.usage;
            if step.is_complete {
                return removed;
            }
        }
    };
    // The clock stands at midnight at the start of the day.
    b.pass(11 * DAY - 1);
    assert_eq!((removed().await, total(&b).await), (0, (1, 0)));
    b.pass(1);
    assert_eq!((removed().await, total(&b).await), (2, (0, 0)));
    let ever = UsageQuery { by: UsageKey::Day, since: 0, until: i64::MAX };
    assert_eq!(b.store.model_costs(ever, 10).await.unwrap(), []);
}

/// A caller bounds what a report may take.
pub async fn a_report_is_limited(b: Fixture) {
    for n in 0..3 {
        let charge = Some(price(&format!("category {n}")));
        b.status(StatusUpdate { charge, ..status(Delivered, &format!("wamid.{n}")) }).await;
    }
    let ever = UsageQuery { by: UsageKey::Category, since: 0, until: i64::MAX };
    let first = b.store.message_counts(ever, 2).await.unwrap();
    assert_eq!(first.iter().map(|count| &*count.key).collect::<Vec<_>>(), ["category 0", "category 1"]);
}

/// The newest message decides, and of its statuses the one that arrived last.
pub async fn the_last_price_of_a_conversation_is_known(b: Fixture) {
    let last = async |conversation| b.store.last_charge(conversation).await.unwrap();
    let claim = b.turn(message("first")).await;
    let conversation = claim.conversation.id;
    b.answer(&claim, "first", &["hello"]).await;
    let first = b.send().await;
    b.record(&first, accepted("wamid.first")).await;
    assert_eq!(last(conversation).await, None);
    let free = MessageCharge { is_billable: false, kind: "free_entry_point".into(), ..price("service") };
    b.status(StatusUpdate { charge: Some(free.clone()), ..status_of(Sent, "wamid.first", &first) }).await;
    b.status(status_of(Delivered, "wamid.first", &first)).await;
    assert_eq!(last(conversation).await, Some(free));
    let second = send(&b, "2").await;
    b.status(priced(status_of(Sent, "wamid.2", &second))).await;
    b.status(StatusUpdate { charge: None, ..status_of(Read, "wamid.first", &first) }).await;
    assert_eq!(last(conversation).await, Some(price("service")));
}
