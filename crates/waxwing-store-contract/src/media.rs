//! Media that are not uploaded yet.

use bytes::Bytes;
use waxwing_store::{Draft, Error, SendAttempt, StatusKind, TurnCommit, Upload};
use waxwing_types::{MediaId, MediaSource, OutboundContent};

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

    b.store.record_upload(&second, &MediaId::new("77")).await.unwrap();
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
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.record(&send, accepted("wamid.1")).await;
    assert!(matches!(b.store.upload(&send).await, Err(Error::NotFound)));
}

/// A failed row whose medium was removed is sent again by its media id.
pub async fn a_requeued_row_without_a_medium_uses_the_media_id(b: Fixture) {
    let send = queue(&b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((upload(&b, &again).await, id(&again)), (None, "77"));
}

/// The earlier upload may be the cause of the failure.
pub async fn a_requeued_row_with_a_medium_is_uploaded_again(b: Fixture) {
    let send = queue(&b, picture("look")).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.record(&send, dead()).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((upload(&b, &again).await, id(&again)), (picture("").upload, ""));
}
