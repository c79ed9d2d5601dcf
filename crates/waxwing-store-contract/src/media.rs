//! Media that are not uploaded yet.

use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{Draft, Error, Retention, SendAttempt, StatusKind, TurnCommit, Upload};
use waxwing_types::{MediaId, MediaSource, OutboundContent, PhoneNumberId};

use crate::fixture::{Fixture, accepted, answer, dead, in_doubt, message, picture, retry, status};

async fn queue(b: &Fixture, draft: Draft) -> SendAttempt {
    let claim = b.turn(message("a")).await;
    let commit = TurnCommit { reply: vec![draft], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.send().await
}

/// Returns the medium of an attempt, if the attempt has one.
async fn upload(b: &Fixture, send: &SendAttempt) -> Option<Upload> {
    let bytes = send.upload_bytes?;
    let upload = b.store.upload(send).await.unwrap();
    assert_eq!(bytes, upload.bytes.len() as u64);
    Some(upload)
}

fn id(send: &SendAttempt) -> &str {
    match send.content.media() {
        Some(MediaSource::Id(id)) => id.as_str(),
        other => panic!("expected a media id, found {other:?}"),
    }
}

/// Each attempt has the medium until an upload is recorded.
pub async fn a_medium_is_handed_out_until_it_is_uploaded(b: Fixture) {
    let first = queue(&b, picture("look")).await;
    assert_eq!((upload(&b, &first).await, id(&first)), (picture("").upload, ""));
    b.record(&first, retry(0)).await;
    let second = b.send().await;
    assert_eq!((upload(&b, &second).await, id(&second)), (picture("").upload, ""));

    b.store.record_upload(&second, &MediaId::new("77"), &[7; 32]).await.unwrap();
    b.record(&second, in_doubt()).await;
    b.pass(10);
    let third = b.send().await;
    assert_eq!((upload(&b, &third).await, id(&third)), (None, "77"));
    assert!(matches!(&third.content, OutboundContent::Image(image) if image.caption.as_deref() == Some("look")));
    assert_eq!(b.rows().await[0].media_id, Some(MediaId::new("77")));
}

/// A large medium is stored unchanged.
pub async fn a_large_medium_is_stored(b: Fixture) {
    let bytes: Bytes = (0..3_000_001_u32).map(|n| n.to_le_bytes()[1]).collect::<Vec<_>>().into();
    let large = Upload { mime_type: "application/pdf".into(), filename: "a.pdf".into(), bytes };
    let send = queue(&b, Draft { upload: Some(large.clone()), ..picture("look") }).await;
    assert!(upload(&b, &send).await == Some(large), "the bytes differ");
}

/// A row that lost its medium has nothing to upload.
pub async fn a_removed_medium_is_not_found(b: Fixture) {
    let send = queue(&b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new("77"), &[7; 32]).await.unwrap();
    b.record(&send, accepted("wamid.1")).await;
    assert!(matches!(b.store.upload(&send).await, Err(Error::NotFound)));
}

/// A failed row whose medium was removed is sent again by its media id.
pub async fn a_requeued_row_without_a_medium_uses_the_media_id(b: Fixture) {
    let send = queue(&b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new("77"), &[7; 32]).await.unwrap();
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((upload(&b, &again).await, id(&again)), (None, "77"));
}

/// The earlier upload may be the cause of the failure.
pub async fn a_requeued_row_with_a_medium_is_uploaded_again(b: Fixture) {
    let send = queue(&b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new("77"), &[7; 32]).await.unwrap();
    b.record(&send, dead()).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((upload(&b, &again).await, id(&again)), (picture("").upload, ""));
}

const DIGEST: [u8; 32] = [7; 32];
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Uploads the medium of a new message, and returns the attempt.
async fn uploaded(b: &Fixture, media: &str) -> SendAttempt {
    let send = queue(b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new(media), &DIGEST).await.unwrap();
    send
}

/// Returns Meta's id of the medium for the number of an attempt.
async fn known(b: &Fixture, send: &SendAttempt, max_age: Duration) -> Option<MediaId> {
    b.store.find_upload(&send.number, &DIGEST, max_age).await.unwrap()
}

/// Meta keeps a medium for one number and a time.
pub async fn an_uploaded_medium_is_known_for_its_number(b: Fixture) {
    let send = uploaded(&b, "77").await;
    assert_eq!(known(&b, &send, MONTH).await, Some(MediaId::new("77")));
    let find = |number: &str, digest| {
        let number = PhoneNumberId::new(number);
        let store = &b.store;
        async move { store.find_upload(&number, &digest, MONTH).await.unwrap() }
    };
    assert_eq!(find("another", DIGEST).await, None);
    assert_eq!(find(send.number.as_str(), [8; 32]).await, None);
    b.pass(100);
    assert_eq!(known(&b, &send, Duration::from_secs(99)).await, None);
    // The time of the upload counts, not the time of the last use.
    b.store.record_upload(&send, &MediaId::new("77"), &DIGEST).await.unwrap();
    assert_eq!(known(&b, &send, Duration::from_secs(99)).await, None);
    b.store.record_upload(&send, &MediaId::new("78"), &DIGEST).await.unwrap();
    assert_eq!(known(&b, &send, Duration::from_secs(99)).await, Some(MediaId::new("78")));
    b.store.forget_upload(&MediaId::new("78")).await.unwrap();
    assert_eq!(known(&b, &send, MONTH).await, None);
}

/// The medium may be the reason of the failure.
pub async fn the_medium_of_a_message_that_failed_is_forgotten(b: Fixture) {
    let send = uploaded(&b, "77").await;
    b.record(&send, accepted("wamid.1")).await;
    assert_eq!(known(&b, &send, MONTH).await, Some(MediaId::new("77")));
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    assert_eq!(known(&b, &send, MONTH).await, None);
}

/// A dead letter is a failure, too.
pub async fn the_medium_of_a_dead_letter_is_forgotten(b: Fixture) {
    let send = uploaded(&b, "77").await;
    b.record(&send, dead()).await;
    assert_eq!(known(&b, &send, MONTH).await, None);
}

/// Retention removes the ids that Meta does not know any more.
pub async fn old_uploads_are_removed(b: Fixture) {
    let send = uploaded(&b, "77").await;
    let retention = Retention {
        outbox: None,
        inbox: None,
        sessions: None,
        media: None,
        quarantine: None,
        deduplication: None,
        usage: None,
    };
    b.pass(29 * 24 * 60 * 60);
    assert_eq!(b.store.apply_retention(&retention, 100).await.unwrap().uploads, 0);
    b.pass(2 * 24 * 60 * 60);
    assert_eq!(b.store.apply_retention(&retention, 100).await.unwrap().uploads, 1);
    assert_eq!(known(&b, &send, 2 * MONTH).await, None);
}
