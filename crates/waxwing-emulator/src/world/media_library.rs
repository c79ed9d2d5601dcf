//! Media files by media id.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::clock::unix_seconds;
use crate::rules::media::{INBOUND_LIFE, UPLOAD_LIFE, URL_LIFE};
use crate::{file_bytes, ids, unix_time};

/// Total size of the files, in bytes. More files remove the oldest ones.
const CAPACITY: usize = 512 * 1024 * 1024;

/// Media file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredMedia {
    pub(crate) id: String,
    #[serde(with = "file_bytes", rename = "base64")]
    pub(crate) bytes: Bytes,
    pub(crate) mime_type: String,
    #[serde(skip)]
    pub(crate) sha256: [u8; 32],
    origin: MediaOrigin,
    /// `phone_number_id` of the number for which the file was uploaded or to which it was sent.
    owner: String,
    #[serde(with = "unix_time")]
    added: SystemTime,
    is_deleted: bool,
}

impl StoredMedia {
    /// Returns whether the file was uploaded for this number, or sent to it.
    pub(crate) fn belongs_to(&self, phone_number_id: &str) -> bool {
        self.owner == phone_number_id
    }

    /// Returns whether a user sent the file.
    pub(crate) fn is_inbound(&self) -> bool {
        self.origin == MediaOrigin::User
    }
}

/// Origin of a file, which determines its lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaOrigin {
    /// Uploaded by the business.
    Upload,
    /// Sent by a user.
    User,
    /// Downloaded from a link in a message of the business. The business does not know the media id.
    Link,
}

/// New media file.
#[derive(Debug)]
pub(crate) struct NewMedia<'a> {
    pub(crate) id: String,
    pub(crate) bytes: Bytes,
    pub(crate) mime_type: &'a str,
    pub(crate) origin: MediaOrigin,
    /// `phone_number_id` of the owner. Empty for [`MediaOrigin::Link`].
    pub(crate) owner: &'a str,
}

/// All media files.
#[derive(Debug, Deserialize)]
#[serde(from = "MediaLibraryForm")]
pub(crate) struct MediaLibrary {
    seed: u64,
    files: HashMap<String, StoredMedia>,
    order: VecDeque<String>,
    size: usize,
}

/// Written form of the library: the files in the order in which they were added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MediaLibraryForm {
    seed: u64,
    files: Vec<StoredMedia>,
}

impl Serialize for MediaLibrary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            seed: u64,
            files: Vec<&'a StoredMedia>,
        }
        let files = self.order.iter().filter_map(|id| self.files.get(id));
        Form { seed: self.seed, files: files.collect() }.serialize(serializer)
    }
}

impl From<MediaLibraryForm> for MediaLibrary {
    fn from(form: MediaLibraryForm) -> Self {
        let mut library = Self::new(form.seed);
        for mut file in form.files {
            file.sha256 = Sha256::digest(&file.bytes).into();
            library.insert(file);
        }
        library
    }
}

impl MediaLibrary {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, files: HashMap::new(), order: VecDeque::new(), size: 0 }
    }

    /// Adds a file.
    pub(crate) fn add(&mut self, media: NewMedia<'_>, now: SystemTime) {
        let sha256 = Sha256::digest(&media.bytes).into();
        let file = StoredMedia {
            id: media.id.clone(),
            bytes: media.bytes,
            mime_type: media.mime_type.to_owned(),
            sha256,
            origin: media.origin,
            owner: media.owner.to_owned(),
            added: now,
            is_deleted: false,
        };
        self.insert(file);
    }

    /// Adds a file, which replaces a file with the same id.
    fn insert(&mut self, file: StoredMedia) {
        if let Some(replaced) = self.files.remove(&file.id) {
            self.size -= replaced.bytes.len();
            self.order.retain(|id| *id != file.id);
        }
        self.size += file.bytes.len();
        while self.size > CAPACITY {
            let Some(oldest) = self.order.pop_front() else { break };
            self.size -= self.files.remove(&oldest).map_or(0, |file| file.bytes.len());
        }
        self.order.push_back(file.id.clone());
        self.files.insert(file.id.clone(), file);
    }

    /// Returns a file on the phone, which keeps files that have expired at Meta.
    pub(crate) fn on_phone(&self, id: &str) -> Option<&StoredMedia> {
        self.files.get(id)
    }

    /// Returns a file at Meta that is neither deleted nor expired.
    pub(crate) fn at_meta(&self, id: &str, now: SystemTime) -> Option<&StoredMedia> {
        let file = self.files.get(id)?;
        let life = match file.origin {
            MediaOrigin::Upload => UPLOAD_LIFE,
            MediaOrigin::User => INBOUND_LIFE,
            MediaOrigin::Link => return None,
        };
        (!file.is_deleted && now.duration_since(file.added).unwrap_or_default() < life).then_some(file)
    }

    /// Deletes a file at Meta. Returns false if there is no such file.
    pub(crate) fn delete(&mut self, id: &str, now: SystemTime) -> bool {
        let exists = self.at_meta(id, now).is_some();
        if let Some(file) = self.files.get_mut(id).filter(|_| exists) {
            file.is_deleted = true;
        }
        exists
    }

    /// Returns path and query of a URL that serves the file for five minutes.
    pub(crate) fn url_path(&self, id: &str, now: SystemTime) -> String {
        let expires = unix_seconds(now + URL_LIFE);
        format!("/whatsapp_business/attachments/{id}?ext={expires}&hash={}", self.url_hash(id, expires))
    }

    /// Returns the file of a media URL, if the hash is valid and the URL has not expired.
    pub(crate) fn open_url(&self, id: &str, expires: u64, hash: &str, now: SystemTime) -> Option<&StoredMedia> {
        let is_valid = hash == self.url_hash(id, expires) && unix_seconds(now) < expires;
        if is_valid { self.at_meta(id, now) } else { None }
    }

    fn url_hash(&self, id: &str, expires: u64) -> String {
        hex::encode(&ids::digest(&[b"url", &self.seed.to_be_bytes(), id.as_bytes(), &expires.to_be_bytes()])[..16])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn library(origin: MediaOrigin) -> MediaLibrary {
        let mut library = MediaLibrary::new(1);
        let bytes = Bytes::from_static(b"png");
        library.add(NewMedia { id: "1".into(), bytes, mime_type: "image/png", origin, owner: "1000001" }, START);
        library
    }

    /// Meta: media.
    #[test]
    fn media_ids_expire() {
        let day = |days: u64| START + Duration::from_hours(24 * days);
        let upload = library(MediaOrigin::Upload);
        assert!(upload.at_meta("1", day(29)).is_some() && upload.at_meta("1", day(30)).is_none());
        let user = library(MediaOrigin::User);
        assert!(user.at_meta("1", day(6)).is_some() && user.at_meta("1", day(7)).is_none());
        assert!(user.on_phone("1").is_some());
        assert!(library(MediaOrigin::Link).at_meta("1", START).is_none());
    }

    #[test]
    fn deleting_a_file_keeps_it_on_the_phone() {
        let mut library = library(MediaOrigin::Upload);
        assert!(library.delete("1", START) && !library.delete("1", START) && !library.delete("2", START));
        assert!(library.at_meta("1", START).is_none() && library.on_phone("1").is_some());
    }

    /// Meta: media.
    #[test]
    fn media_urls_expire_after_five_minutes() {
        let library = library(MediaOrigin::Upload);
        let path = library.url_path("1", START);
        let (_, hash) = path.split_once("&hash=").unwrap();
        let open = |expires, hash: &str, seconds| {
            library.open_url("1", expires, hash, START + Duration::from_secs(seconds)).is_some()
        };
        assert!(open(300, hash, 0) && open(300, hash, 299));
        assert!(!open(300, hash, 300));
        assert!(!open(301, hash, 0) && !open(300, "0", 0));
    }
}
