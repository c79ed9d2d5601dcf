//! Media that Meta does not have yet.

use waxwing_types::{MediaId, MediaSource, OutboundContent};

use super::bench::{Bench, accepted, answer, dead, in_doubt, message, picture, retry, status};
use crate::{SendAttempt, StatusKind, TurnCommit};

async fn queue(b: &Bench) -> SendAttempt {
    let claim = b.turn(message("a")).await;
    let commit = TurnCommit { reply: vec![picture("look")], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.send().await
}

fn id(send: &SendAttempt) -> &str {
    match send.content.media() {
        Some(MediaSource::Id(id)) => id.as_str(),
        other => panic!("a medium by its id, not {other:?}"),
    }
}

/// The file is handed out with the message, and again until it is uploaded.
pub async fn a_file_waits_until_it_is_uploaded(b: Bench) {
    let first = queue(&b).await;
    assert_eq!((first.upload.clone(), id(&first)), (picture("").upload, ""));
    b.settle(&first, retry(0)).await;
    let second = b.send().await;
    assert_eq!((second.upload.clone(), id(&second)), (picture("").upload, ""));

    b.store.record_upload(&second, &MediaId::new("77")).await.unwrap();
    b.settle(&second, in_doubt()).await;
    b.pass(10);
    let third = b.send().await;
    assert_eq!((third.upload.clone(), id(&third)), (None, "77"));
    assert!(matches!(&third.content, OutboundContent::Image(image) if image.caption.as_deref() == Some("look")));
    assert_eq!(b.rows().await[0].media_id, Some(MediaId::new("77")));
}

/// A failed row whose file is gone is sent again by its id.
pub async fn a_requeued_row_without_a_file_uses_the_id(b: Bench) {
    let send = queue(&b).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.settle(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((again.upload.clone(), id(&again)), (None, "77"));
}

/// A dead row whose file is still there is uploaded anew: the old upload may be what was wrong.
pub async fn a_requeued_row_with_a_file_is_uploaded_anew(b: Bench) {
    let send = queue(&b).await;
    b.store.record_upload(&send, &MediaId::new("77")).await.unwrap();
    b.settle(&send, dead()).await;
    b.store.requeue(send.id).await.unwrap();
    let again = b.send().await;
    assert_eq!((again.upload.clone(), id(&again)), (picture("").upload, ""));
}
