//! Ad or post from which a user came.

use std::fmt;

use crate::json::JsonObject;

/// Ad or post that opened the chat in which a user wrote. `Debug` hides all of it.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdReferral {
    /// `ad` or `post`.
    pub source_type: Option<String>,
    /// Meta's id of the ad or post.
    pub source_id: Option<String>,
    /// Address of the ad or post.
    pub source_url: Option<String>,
    /// Headline.
    pub headline: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// `image` or `video`.
    pub media_type: Option<String>,
    /// Address of the image or video.
    pub media_url: Option<String>,
    /// Address of a small image of the video.
    pub thumbnail_url: Option<String>,
    /// Meta's id of the click (`ctwa_clid`), for conversion reports.
    pub click_id: Option<String>,
    /// Text with which the chat greeted the user.
    pub welcome_message: Option<String>,
}

impl AdReferral {
    pub(super) fn read(referral: &JsonObject<'_>) -> Self {
        Self {
            source_type: referral.keyword("source_type"),
            source_id: referral.string("source_id"),
            source_url: referral.string("source_url"),
            headline: referral.string("headline"),
            body: referral.string("body"),
            media_type: referral.keyword("media_type"),
            media_url: referral.string("image_url").or_else(|| referral.string("video_url")),
            thumbnail_url: referral.string("thumbnail_url"),
            click_id: referral.string("ctwa_clid"),
            welcome_message: referral.object("welcome_message").and_then(|message| message.string("text")),
        }
    }
}

impl fmt::Debug for AdReferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdReferral").field("source_type", &self.source_type).finish_non_exhaustive()
    }
}
