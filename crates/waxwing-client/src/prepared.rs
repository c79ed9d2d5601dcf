//! Messages that are written in one expression: `client.to(user).text("hi").send()`.

use std::fmt;

use waxwing_types::{
    Address, Audio, ContactCard, DirectSend, Document, Image, Interactive, ListMenu, LocationMessage, MarketingOptions,
    MediaSource, MessageId, OutboundContent, OutboundMessage, Reaction, ReplyButton, Sticker, TemplateMessage, Text,
    Video,
};

use crate::file_type::MediaKind;
use crate::media_file::MediaFile;
use crate::send::check;
use crate::{Client, Error, SentMessage};

/// Recipient of a message: see [`Client::to`].
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct Recipient<'a> {
    client: &'a Client,
    to: Address,
}

/// Message that is ready to be sent: see [`Client::to`]. `Debug` hides the recipient and the content.
#[derive(Debug)]
#[must_use = "nothing is sent before `send`"]
pub struct PreparedMessage<'a> {
    client: &'a Client,
    message: OutboundMessage,
}

/// Message with a file, which is uploaded if Meta does not have it: see [`Client::to`]. `Debug` hides the recipient and the caption.
#[must_use = "nothing is sent before `send`"]
pub struct MediaMessage<'a> {
    kind: MediaKind,
    file: MediaFile,
    /// Has the final options, and an empty text in place of the content.
    prepared: PreparedMessage<'a>,
    caption: Option<String>,
    filename: Option<String>,
}

impl Client {
    /// Begins a message to a user or a group.
    ///
    /// ```no_run
    /// use std::path::Path;
    ///
    /// use waxwing_client::types::{ReplyButton, WaId};
    /// use waxwing_client::{Client, Error};
    ///
    /// async fn greet(client: &Client) -> Result<(), Error> {
    ///     let ana = WaId::new("34600000000");
    ///     client.to(ana.clone()).text("Good evening!").send().await?;
    ///     client.to(ana.clone()).image(Path::new("menu.png")).caption("Our menu").send().await?;
    ///     let sent = client.to(ana).buttons("Tea?", [ReplyButton::new("yes", "Yes")]).callback_data("tea").send().await?;
    ///     println!("accepted as {}", sent.id.as_str());
    ///     Ok(())
    /// }
    /// ```
    pub fn to(&self, recipient: impl Into<Address>) -> Recipient<'_> {
        Recipient { client: self, to: recipient.into() }
    }
}

impl<'a> Recipient<'a> {
    /// Writes a text, at most 4,096 UTF-16 units.
    pub fn text(self, body: impl Into<String>) -> PreparedMessage<'a> {
        self.content(Text::new(body))
    }

    /// Writes a text with a preview of its first link.
    pub fn text_with_preview(self, body: impl Into<String>) -> PreparedMessage<'a> {
        self.content(Text::new(body).preview_url(true))
    }

    /// Shows a picture, JPEG or PNG, at most 5 MiB.
    pub fn image(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Image, file.into())
    }

    /// Shows a video, MP4 or 3GPP, at most 16 MiB.
    pub fn video(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Video, file.into())
    }

    /// Plays audio: AAC, AMR, MP3, M4A or Ogg Opus, at most 16 MiB.
    pub fn audio(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Audio, file.into())
    }

    /// Plays a voice note, an Ogg file with Opus audio, at most 16 MiB.
    pub fn voice_note(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Voice, file.into())
    }

    /// Shows a document of any type, at most 100 MiB.
    pub fn document(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Document, file.into())
    }

    /// Shows a sticker, WebP, at most 500 KiB if it is animated and 100 KiB otherwise.
    pub fn sticker(self, file: impl Into<MediaFile>) -> MediaMessage<'a> {
        self.media(MediaKind::Sticker, file.into())
    }

    /// Shows a place on a map.
    pub fn location(self, location: LocationMessage) -> PreparedMessage<'a> {
        self.content(location)
    }

    /// Shows a contact card.
    pub fn contact(self, card: ContactCard) -> PreparedMessage<'a> {
        self.content(card)
    }

    /// Reacts to an earlier message with an emoji. An empty emoji removes the reaction.
    pub fn reaction(self, message: MessageId, emoji: impl Into<String>) -> PreparedMessage<'a> {
        self.content(Reaction::new(message, emoji))
    }

    /// Asks a question with buttons, at most three.
    pub fn buttons(
        self,
        body: impl Into<String>,
        buttons: impl IntoIterator<Item = ReplyButton>,
    ) -> PreparedMessage<'a> {
        self.content(Interactive::buttons(body, buttons))
    }

    /// Asks a question with a list of choices.
    pub fn list(self, body: impl Into<String>, list: ListMenu) -> PreparedMessage<'a> {
        self.content(Interactive::list(body, list))
    }

    /// Writes a template.
    pub fn template(self, template: TemplateMessage) -> PreparedMessage<'a> {
        self.content(template)
    }

    /// Sends content of any type.
    pub fn content(self, content: impl Into<OutboundContent>) -> PreparedMessage<'a> {
        PreparedMessage { client: self.client, message: OutboundMessage::new(self.to, content) }
    }

    fn media(self, kind: MediaKind, file: MediaFile) -> MediaMessage<'a> {
        MediaMessage { kind, file, prepared: self.content(Text::new("")), caption: None, filename: None }
    }
}

impl PreparedMessage<'_> {
    /// Quotes an earlier message of the same chat.
    pub fn reply_to(mut self, message: MessageId) -> Self {
        self.message.reply_to = Some(message);
        self
    }

    /// Sets the data that Meta returns in every status of the message, at most 512 UTF-16 units.
    pub fn callback_data(mut self, data: impl Into<String>) -> Self {
        self.message.callback_data = Some(data.into());
        self
    }

    /// Sets the hash of the user's key. If the key has changed, Meta does not deliver the message.
    pub fn identity_key_hash(mut self, hash: impl Into<String>) -> Self {
        self.message.identity_key_hash = Some(hash.into());
        self
    }

    /// Sends the message without a template, also outside the customer service window.
    pub fn direct_send(mut self, direct_send: DirectSend) -> Self {
        self.message.direct_send = Some(direct_send);
        self
    }

    /// Sends the message over the API for marketing messages.
    pub fn marketing(mut self, options: MarketingOptions) -> Self {
        self.message.marketing = Some(options);
        self
    }

    /// Returns the message, for a later [`Client::send`].
    pub fn into_message(self) -> OutboundMessage {
        self.message
    }

    /// Sends the message.
    ///
    /// # Errors
    ///
    /// Those of [`Client::send`].
    pub async fn send(self) -> Result<SentMessage, Error> {
        self.client.send(&self.message).await
    }
}

impl MediaMessage<'_> {
    /// Sets the text under the file, at most 1,024 UTF-16 units. Audio and stickers have none.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Sets the name of a document that the user sees. The name of the file if not set. Other files have none.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Quotes an earlier message of the same chat.
    pub fn reply_to(mut self, message: MessageId) -> Self {
        self.prepared = self.prepared.reply_to(message);
        self
    }

    /// Sets the data that Meta returns in every status of the message, at most 512 UTF-16 units.
    pub fn callback_data(mut self, data: impl Into<String>) -> Self {
        self.prepared = self.prepared.callback_data(data);
        self
    }

    /// Sets the hash of the user's key. If the key has changed, Meta does not deliver the message.
    pub fn identity_key_hash(mut self, hash: impl Into<String>) -> Self {
        self.prepared = self.prepared.identity_key_hash(hash);
        self
    }

    /// Uploads the file if Meta does not have it, and sends the message. The type of the file is found by its content.
    ///
    /// # Errors
    ///
    /// Those of [`Client::upload_path`] and [`Client::send`]. An error if the file is too large, or if its type does not fit the message, or
    /// if audio or a sticker has a caption.
    pub async fn send(self) -> Result<SentMessage, Error> {
        let Self { kind, file, mut prepared, caption, filename } = self;
        if caption.is_some() && matches!(kind, MediaKind::Audio | MediaKind::Voice | MediaKind::Sticker) {
            return Err(Error::invalid("audio and stickers have no caption; send the text as a message of its own"));
        }
        if filename.is_some() && kind != MediaKind::Document {
            return Err(Error::invalid("only documents have a filename; leave it out, or send the file as a document"));
        }
        let filename = filename.or_else(|| file.name());
        prepared.message.content = content(kind, file.expected_source(), caption, filename);
        // A message that would be refused costs no upload.
        check(&prepared.message)?;
        let source = file.into_source(prepared.client, kind).await?;
        if let Some(expected) = prepared.message.content.media_mut() {
            *expected = source;
        }
        prepared.send().await
    }
}

impl fmt::Debug for MediaMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaMessage").field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn content(kind: MediaKind, source: MediaSource, caption: Option<String>, filename: Option<String>) -> OutboundContent {
    let caption = caption.into_iter();
    match kind {
        MediaKind::Image => caption.fold(Image::new(source), Image::caption).into(),
        MediaKind::Video => caption.fold(Video::new(source), Video::caption).into(),
        MediaKind::Audio => Audio::new(source).into(),
        MediaKind::Voice => Audio::new(source).voice(true).into(),
        MediaKind::Document => {
            let document = caption.fold(Document::new(source), Document::caption);
            filename.into_iter().fold(document, Document::filename).into()
        }
        MediaKind::Sticker => Sticker::new(source).into(),
    }
}
