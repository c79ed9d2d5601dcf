//! Media file that arrives as a stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt as _};
use reqwest::Body;
use reqwest::multipart::Part;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use waxwing_media::HEAD;
use waxwing_types::MediaId;

use crate::file_type::{AcceptedType, FileType, MediaKind};
use crate::open_file::NO_NAME;
use crate::{Client, Error};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// Size of the parts that are read from a reader, in bytes.
const CHUNK: usize = 64 * 1024;

/// Media file that arrives as a stream, for example from another server. It is uploaded while it arrives, without being held in memory.
///
/// The first bytes decide about the type of the file, as for other files. The largest size for its type is enforced while the file is
/// uploaded: a file that is too large ends the upload. `Debug` hides the filename and the content.
///
/// ```no_run
/// use waxwing_client::types::WaId;
/// use waxwing_client::{Client, Error, MediaStream};
///
/// async fn forward(client: &Client, picture: reqwest::Response) -> Result<(), Error> {
///     let length = picture.content_length();
///     let stream = MediaStream::new(picture.bytes_stream());
///     let stream = length.into_iter().fold(stream, MediaStream::length);
///     client.to(WaId::new("34600000000")).image(stream).caption("Our menu").send().await?;
///     Ok(())
/// }
/// ```
pub struct MediaStream {
    chunks: Chunks,
    filename: Option<String>,
    mime_type: Option<String>,
    length: Option<u64>,
}

/// Reason why a stream ended early, which the error of the request does not tell.
type Failure = Arc<Mutex<Option<Error>>>;

impl MediaStream {
    /// Creates a file from a stream of bytes. An error of the stream ends the upload.
    pub fn new<S, B, E>(stream: S) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let chunks = stream.map(|chunk| chunk.map(B::into).map_err(E::into)).boxed();
        Self { chunks, filename: None, mime_type: None, length: None }
    }

    /// Creates a file from a reader, such as a file of another file system or the output of a program.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        let chunks = stream::try_unfold(Box::pin(reader), async |mut reader| {
            let mut chunk = BytesMut::with_capacity(CHUNK);
            let read = reader.read_buf(&mut chunk).await?;
            Ok::<_, std::io::Error>((read > 0).then(|| (chunk.freeze(), reader)))
        });
        Self::new(chunks)
    }

    /// Sets the filename, whose extension tells the type if the content does not. A document shows it to the user.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Sets the MIME type that the sender of the file states. The content decides if it tells another type.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the exact number of bytes. A file that is too large is then refused before the upload. A stream with more or fewer bytes
    /// ends the upload.
    pub fn length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Returns the filename, if there is one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.filename.as_deref()
    }

    /// Uploads the file for a message of a kind, or for any message.
    pub(crate) async fn upload(self, client: &Client, kind: Option<MediaKind>) -> Result<MediaId, Error> {
        let Self { mut chunks, filename, mime_type, length } = self;
        let (first, head) = head(&mut chunks).await?;
        if head.is_empty() {
            return Err(Error::empty_file());
        }
        let filename = filename.unwrap_or_else(|| NO_NAME.to_owned());
        let stated = mime_type.as_deref().or_else(|| waxwing_media::type_of_name(&filename));
        let found = FileType::of_head(&head, stated, length.unwrap_or(head.len() as u64));
        let AcceptedType { mime_type, limit } = match kind {
            Some(kind) => found.for_message(kind)?,
            None => found.for_document()?,
        };
        let failure = Failure::default();
        let chunks = stream::iter(first.into_iter().map(Ok)).chain(chunks);
        let body = Body::wrap_stream(bounded(chunks.boxed(), limit, length, Arc::clone(&failure)));
        let part = match length {
            Some(length) => Part::stream_with_length(body, length),
            None => Part::stream(body),
        };
        let uploaded = client.upload_part(part, filename, mime_type).await;
        let failure = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(uploaded, Err)
    }
}

impl fmt::Debug for MediaStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStream")
            .field("mime_type", &self.mime_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Reads the first parts of a stream. Returns them, and the first bytes of the file.
async fn head(chunks: &mut Chunks) -> Result<(VecDeque<Bytes>, Vec<u8>), Error> {
    let (mut first, mut head) = (VecDeque::new(), Vec::new());
    while head.len() < HEAD {
        let Some(chunk) = chunks.next().await else { break };
        let chunk = chunk.map_err(Error::broken_stream)?;
        head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
        first.push_back(chunk);
    }
    Ok((first, head))
}

/// Ends a stream with an error at its limit, at another length than the stated one, and at its own errors.
fn bounded(
    chunks: Chunks,
    limit: u64,
    length: Option<u64>,
    failure: Failure,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    let check = move |chunk: Option<Result<Bytes, BoxError>>, sent: &mut u64| {
        let fail = |error: Error| {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            Some(Err(BoxError::from("the media file cannot be uploaded")))
        };
        let chunk = match chunk.transpose() {
            Ok(chunk) => chunk,
            Err(error) => return fail(Error::broken_stream(error)),
        };
        *sent += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if *sent > limit {
            return fail(Error::too_large(limit));
        }
        if length.is_some_and(|length| *sent > length || (chunk.is_none() && *sent < length)) {
            return fail(Error::invalid("the stream has another length than stated; state the exact length, or none"));
        }
        chunk.map(Ok)
    };
    let state = Some((chunks, 0_u64));
    stream::unfold((state, check), async |(state, check)| {
        let (mut chunks, mut sent) = state?;
        let chunk = check(chunks.next().await, &mut sent)?;
        let state = chunk.is_ok().then_some((chunks, sent));
        Some((chunk, (state, check)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a bounded stream of three parts of four bytes each. Returns the number of parts, and the failure.
    async fn read(
        limit: u64,
        length: Option<u64>,
        last: Result<&'static [u8], &'static str>,
    ) -> (usize, Option<String>) {
        let parts = [Ok(&b"1234"[..]), Ok(&b"5678"[..]), last];
        let chunks = MediaStream::new(stream::iter(parts)).chunks;
        let failure = Failure::default();
        let read: Vec<_> = bounded(chunks, limit, length, Arc::clone(&failure)).collect().await;
        let failure = failure.lock().unwrap().take();
        (read.iter().filter(|chunk| chunk.is_ok()).count(), failure.map(|error| error.to_string()))
    }

    #[tokio::test]
    async fn a_stream_ends_at_its_limit() {
        assert_eq!(read(12, None, Ok(b"90ab")).await, (3, None));
        assert_eq!(read(12, Some(12), Ok(b"90ab")).await, (3, None));
        let (parts, failure) = read(11, None, Ok(b"90ab")).await;
        assert_eq!((parts, failure.as_deref()), (2, Some("media file is larger than 11 bytes; use a smaller file")));
        for length in [11, 13] {
            let failure = read(100, Some(length), Ok(b"90ab")).await.1.unwrap();
            assert!(failure.starts_with("the stream has another length"), "{length}: {failure}");
        }
        let (parts, failure) = read(100, None, Err("the disk is gone")).await;
        assert_eq!((parts, failure.is_some()), (2, true));
    }

    #[tokio::test]
    async fn a_reader_is_read_to_its_end() {
        let content = vec![7; 3 * CHUNK + 1];
        let mut chunks = MediaStream::from_reader(std::io::Cursor::new(content.clone())).chunks;
        let (first, head) = head(&mut chunks).await.unwrap();
        assert_eq!((head.len(), first.len()), (HEAD, 1));
        let rest: Vec<_> = chunks.map(Result::unwrap).collect().await;
        assert_eq!(first.into_iter().chain(rest).flatten().collect::<Vec<_>>(), content);
    }

    #[test]
    fn debug_hides_the_filename() {
        let stream = MediaStream::from_reader(std::io::Cursor::new(b"secret")).filename("secret.txt").length(6);
        let shown = format!("{stream:?}");
        assert!(shown.contains('6') && !shown.contains("secret"), "{shown}");
    }
}
