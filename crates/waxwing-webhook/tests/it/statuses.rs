//! Delivery statuses.

use waxwing_types::{Bsuid, MessageId, PhoneNumberId, WaId};
use waxwing_webhook::{DeliveryStatus, PricingModel, PricingType, StatusError};

use crate::fixture;

#[test]
fn each_status_of_a_webhook_is_an_event() {
    let statuses = fixture::statuses("statuses");
    let expected = [
        (900, DeliveryStatus::Sent, Some("n.7.1")),
        (900, DeliveryStatus::Delivered, Some("n.7.1")),
        (900, DeliveryStatus::Read, None),
        (901, DeliveryStatus::Played, None),
        (902, DeliveryStatus::Other("deleted".into()), None),
    ]
    .map(|(number, status, data)| {
        (MessageId::new(format!("wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUFFRTAz0{number}")), status, data)
    });
    let found: Vec<_> = statuses
        .iter()
        .map(|status| (status.id.clone(), status.status.clone(), status.callback_data.as_deref()))
        .collect();
    assert_eq!(found, expected);
    for status in &statuses {
        assert_eq!(status.phone_number_id, PhoneNumberId::new("106540352242922"));
        assert_eq!(status.timestamp, 1_767_225_601);
        assert_eq!((&status.participant, status.errors.len()), (&None, 0));
    }
}

#[test]
fn a_failure_is_read_without_contacts() {
    let [status] = <[_; 1]>::try_from(fixture::statuses("status_failed_without_contacts")).unwrap();
    assert_eq!(status.status, DeliveryStatus::Failed);
    assert_eq!(status.callback_data.as_deref(), Some("n.8.1"));
    let details = "More than 24 hours have passed since 34600000000 last wrote.";
    assert_eq!(parts(&status.errors), [(131_047, "Re-engagement message", Some(details))]);
}

/// Returns code, title and details of each error.
fn parts(errors: &[StatusError]) -> Vec<(i64, &str, Option<&str>)> {
    errors.iter().map(|error| (error.code, &*error.title, error.details.as_deref())).collect()
}

#[test]
fn errors_are_read_in_every_known_form() {
    let [status] = <[_; 1]>::try_from(fixture::statuses("status_failed_odd_errors")).unwrap();
    let expected = [(131_026, "Message undeliverable", Some("see the log")), (0, "No code", None)];
    assert_eq!(parts(&status.errors), expected);
}

#[test]
fn a_group_has_one_status_per_participant() {
    let participants: Vec<_> =
        fixture::statuses("status_group").into_iter().map(|status| status.participant.unwrap()).collect();
    assert_eq!(participants, ["ES.1", "34611111111", "ES.ENT.3"]);
}

#[test]
fn the_price_of_a_message_is_read_where_meta_states_it() {
    let statuses = fixture::statuses("statuses");
    let pricing = statuses[0].pricing.clone().unwrap();
    assert_eq!((pricing.billable, pricing.is_billable()), (Some(true), true));
    assert_eq!(pricing.model, Some(PricingModel::PerMessage));
    assert_eq!(pricing.kind, Some(PricingType::Regular));
    assert_eq!(pricing.category.as_deref(), Some("service"));
    assert!(statuses[1..].iter().all(|status| status.pricing.is_none()));
}

/// The recipient of a group message is the participant, not the group.
#[test]
fn the_recipient_of_a_status_is_a_user() {
    let recipients = |name| {
        let statuses = fixture::statuses(name).into_iter();
        statuses.map(|status| (status.recipient, status.recipient_bsuid)).collect::<Vec<_>>()
    };
    let ana = (Some(WaId::new("34600000000")), Some(Bsuid::new("ES.13491208655302741918")));
    assert_eq!(recipients("statuses")[0], ana);
    let expected = [
        (Some(WaId::new("34600000000")), Some(Bsuid::new("ES.1"))),
        (Some(WaId::new("34611111111")), None),
        (None, None),
    ];
    assert_eq!(recipients("status_group"), expected);
}
