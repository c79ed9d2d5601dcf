//! Reads request bodies within limits.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::time::Instant;

use crate::body_budget::{BodyBudget, BodyMemory, Evicted};
use crate::body_buffer::{BodyBuffer, FIRST_CAPACITY};
use crate::response::ErrorResponse;

/// Maximum size of a webhook in bytes. Meta sends at most 3 MB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
pub(crate) const MAX_BYTES: usize = 3 * 1024 * 1024;

/// A body that is too large is read and discarded up to this size in bytes. A client whose connection closes during the write may never
/// see the response.
const MAX_DISCARDED_BYTES: usize = 32 * 1024 * 1024;

/// Maximum time to receive a body.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum time to receive the first byte of a body, and time that the whole body may take beyond the time of the minimum rate.
const GRACE: Duration = Duration::from_secs(5);

/// Minimum rate of a body in bytes per second.
const MIN_RATE: usize = 128 * 1024;

/// A body whose signature is not checked yet.
#[derive(Debug)]
pub(crate) struct UnverifiedBody {
    pub(crate) bytes: Bytes,
    /// The memory of the bytes, until they count as a verified body. `None` if the bytes are in the read buffer of the connection.
    pub(crate) memory: Option<BodyMemory>,
}

/// Reads a whole body. Its sender is not authenticated, so time and memory are limited.
pub(crate) async fn read(body: Body, budget: &BodyBudget) -> Result<UnverifiedBody, ErrorResponse> {
    let mut parts = Parts { body, started: Instant::now(), received: 0 };
    let first = parts.next().await?.unwrap_or_default();
    // Most webhooks arrive in one part, which is not copied.
    if parts.received <= MAX_BYTES && parts.body.is_end_stream() {
        return Ok(UnverifiedBody { bytes: first, memory: None });
    }
    let (mut memory, mut buffer, mut next) = (budget.start(), BodyBuffer::new(), Some(first));
    while let Some(part) = next {
        if parts.received > MAX_BYTES {
            drop((buffer, memory));
            return Err(parts.discard().await);
        }
        reserve(&mut buffer, parts.received, &mut memory).await.map_err(|Evicted| exhausted())?;
        buffer.append(&part);
        next = tokio::select! {
            part = parts.next() => part?,
            Evicted = memory.evicted() => return Err(exhausted()),
        };
    }
    Ok(UnverifiedBody { bytes: buffer.into_bytes(), memory: Some(memory) })
}

/// Reserves room for `len` bytes in total, and takes the memory for it.
async fn reserve(buffer: &mut BodyBuffer, len: usize, memory: &mut BodyMemory) -> Result<(), Evicted> {
    if len > memory.bytes() {
        let wanted = len.next_power_of_two().clamp(FIRST_CAPACITY, MAX_BYTES);
        memory.grow(wanted - memory.bytes()).await?;
        buffer.reserve(wanted).map_err(|_| Evicted)?;
    }
    Ok(())
}

/// The parts of a body that is being received.
struct Parts {
    body: Body,
    started: Instant,
    /// Bytes received so far.
    received: usize,
}

impl Parts {
    /// Waits for the next part. Fails when the body is slower than allowed.
    async fn next(&mut self) -> Result<Option<Bytes>, ErrorResponse> {
        loop {
            let Ok(frame) = tokio::time::timeout_at(self.deadline(), self.body.frame()).await else {
                return Err(ErrorResponse::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"));
            };
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|_| ErrorResponse::new(StatusCode::BAD_REQUEST, "the body is incomplete"))?;
            if let Ok(data) = frame.into_data() {
                self.received += data.len();
                return Ok(Some(data));
            }
        }
    }

    fn deadline(&self) -> Instant {
        let allowed = Duration::from_millis((self.received * 1000 / MIN_RATE) as u64);
        self.started + TIMEOUT.min(GRACE + allowed)
    }

    /// Reads the rest of a body that is too large, so that the client reads the response.
    async fn discard(mut self) -> ErrorResponse {
        while self.received <= MAX_DISCARDED_BYTES {
            match self.next().await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return error,
            }
        }
        ErrorResponse::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 3 MiB")
    }
}

fn exhausted() -> ErrorResponse {
    ErrorResponse::new(StatusCode::SERVICE_UNAVAILABLE, "too many webhooks arrive at once; send it again")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    /// Reads a body of `parts` parts of `size` bytes, one every `pause`. Returns the time and the size, or the status.
    async fn read_slowly(parts: usize, size: usize, pause: Duration) -> (Duration, Result<usize, u16>) {
        let parts = stream::unfold(0, move |nth| async move {
            tokio::time::sleep(pause).await;
            (nth < parts).then(|| (Ok::<_, Infallible>(vec![b' '; size]), nth + 1))
        });
        let started = Instant::now();
        let read = read(Body::from_stream(parts), &BodyBudget::default()).await;
        (started.elapsed(), read.map(|body| body.bytes.len()).map_err(|error| error.status().as_u16()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_has_a_deadline_for_its_first_byte_and_a_minimum_rate() {
        let seconds = Duration::from_secs;
        assert_eq!(read_slowly(1, 1, seconds(3600)).await, (seconds(5), Err(408)));
        let (time, read) = read_slowly(3600, 1, seconds(1)).await;
        assert!(time < seconds(6) && read == Err(408), "{time:?} {read:?}");
        // Half the minimum rate for longer than the grace.
        let (time, read) = read_slowly(30, MIN_RATE / 2, seconds(1)).await;
        assert!(time < seconds(11) && read == Err(408), "{time:?} {read:?}");
        let (_, read) = read_slowly(20, MIN_RATE, seconds(1)).await;
        assert_eq!(read, Ok(20 * MIN_RATE));
        let (time, read) = read_slowly(40, MIN_RATE, seconds(1)).await;
        assert_eq!((time, read), (seconds(30), Err(408)));
    }

    #[tokio::test]
    async fn a_body_takes_memory_while_it_is_unverified() {
        let budget = BodyBudget::default();
        let parts = stream::iter([1, 70_000, 200_000].map(|size| Ok::<_, Infallible>(vec![b' '; size])));
        let body = read(Body::from_stream(parts), &budget).await.unwrap();
        assert_eq!((body.bytes.len(), budget.used_bytes()), (270_001, 512 * 1024));
        drop(body);
        assert_eq!(budget.used_bytes(), 0);
        let body = read(Body::from(vec![b' '; MAX_BYTES]), &budget).await.unwrap();
        assert_eq!((body.bytes.len(), budget.used_bytes()), (MAX_BYTES, 0), "one part stays where it is");
    }
}
