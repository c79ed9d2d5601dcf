//! Runner for effects outside the emulated world.
//!
//! The runner receives effects through a channel. The code that changes the world therefore knows nothing of HTTP.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::operations::{arrival, flow_session};
use crate::rules::media::LARGEST;
use crate::shared::Shared;
use crate::world::accepted_message::AcceptedMessage;
use crate::world::effect::{Effect, RequestedEffect};
use crate::{flow_endpoint, webhook_delivery};

/// Timeout of a media download.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Meta's error code of a failed media download.
const DOWNLOAD_FAILED: u32 = 131_052;

/// Spawns a task for each effect until the emulator stops.
pub(crate) async fn run(shared: Arc<Shared>, mut effects: mpsc::UnboundedReceiver<RequestedEffect>) {
    while let Some(RequestedEffect { effect, replaced }) = effects.recv().await {
        let task = Arc::clone(&shared);
        shared.spawn(async move {
            let work = async {
                match effect {
                    Effect::DeliverQueue(queue) => webhook_delivery::deliver_queue(&task, &queue, &replaced).await,
                    Effect::Download { message, link } => download(&task, *message, &link, &replaced).await,
                    Effect::ExchangeFlow { user, exchange, request } => {
                        let answer = flow_endpoint::exchange(&task, &request).await;
                        task.change_unless(&replaced, |world| flow_session::answered(world, user, exchange, answer));
                    }
                }
            };
            replaced.run_until_cancelled(work).await;
        });
    }
}

/// Downloads the media file of a message, and lets the message arrive or fail.
async fn download(shared: &Shared, message: AcceptedMessage, link: &str, replaced: &CancellationToken) {
    let file = fetch(&shared.http, link).await;
    shared.change_unless(replaced, |world| match file {
        Some((mime_type, bytes)) => arrival::downloaded(world, message, &mime_type, bytes),
        None => arrival::download_failed(world, &message, DOWNLOAD_FAILED),
    });
}

/// Downloads a file of limited size. Returns its MIME type and its content.
pub(crate) async fn fetch(http: &reqwest::Client, link: &str) -> Option<(String, Bytes)> {
    let mut response = http.get(link).timeout(DOWNLOAD_TIMEOUT).send().await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    let mime_type = response.headers().get(CONTENT_TYPE)?.to_str().ok()?.to_owned();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > LARGEST {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some((mime_type, bytes.freeze()))
}
