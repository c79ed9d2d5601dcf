//! Media that are not uploaded yet.

use waxwing_store::{SendAttempt, StatusKind, TurnCommit};
use waxwing_types::{MediaId, MediaSource, OutboundContent};

use crate::fixture::{Fixture, accepted, answer, dead, in_doubt, message, picture, retry, status};

async fn queue(b: &Fixture) -> SendAttempt {
    let claim = b.turn(message("a")).await;
    let commit = TurnCommit { reply: vec![picture("look")], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.send().await
}

fn id(send: &SendAttempt) -> &str {
    match send.content.media() {
        Some(MediaSource::Id(id)) => id.as_str(),
        other => panic!("expected a media id, found {other:?}"),
    }
}

/// Each attempt contains the medium until an upload is recorded.
pub async fn a_medium_is_handed_out_until_it_is_uploaded(b: Fixture) {
    let first = queue(&b).await;
    assert_eq!((first.upload.clone(), id(&first)), (picture("").upload, ""));
    b.record(&first, retry(0)).await;
    let second = b.send().await;
    assert_eq!((second.upload.clone(), id(&second)), (picture("").upload, ""));

    b.store.record_upload(&second, &MediaId::new("77")).await.unwrap();
    b.record(&second, in_doubt()).await;
    b.pass(10);
    let third = b.send().await;
    assert_eq!((third.upload.clone(), id(&third)), (None, "77"));
    assert!(matches!(&third.content, OutboundContent::Image(image) if image.caption.as_deref() == Some("look")));
    assert_eq!(b.rows().await[0].media_id, Some(MediaId::new("77")));
}

/// A failed row whose medium was removed is sent again by its media id.
pub async fn a_requeued_row_without_a_medium_uses_the_media_id(b: Fixture) {
    let send = queue(&b).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((again.upload.clone(), id(&again)), (None, "77"));
}

/// The earlier upload may be the cause of the failure.
pub async fn a_requeued_row_with_a_medium_is_uploaded_again(b: Fixture) {
    let send = queue(&b).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.record(&send, dead()).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((again.upload.clone(), id(&again)), (picture("").upload, ""));
}
