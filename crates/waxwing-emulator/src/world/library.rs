//! Media by id.

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::clock::unix_seconds;
use crate::ids;
use crate::rules::media::{INBOUND_LIFE, UPLOAD_LIFE, URL_LIFE};

/// Most bytes that are kept; the oldest media go when there are more.
const CAPACITY: usize = 512 * 1024 * 1024;

/// A file that somebody sent or is about to send.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) bytes: Bytes,
    pub(crate) mime_type: String,
    pub(crate) sha256: [u8; 32],
    origin: Origin,
    /// The `phone_number_id` that it was uploaded for or sent to.
    owner: String,
    added: SystemTime,
    deleted: bool,
}

impl File {
    /// Whether it was uploaded for this number, or sent to it.
    pub(crate) fn belongs_to(&self, phone_number_id: &str) -> bool {
        self.owner == phone_number_id
    }
}

/// Where a file came from, which decides how long it exists at Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Uploaded by the business.
    Upload,
    /// Sent by a user.
    User,
    /// Fetched from a link in a message of the business; it has no id that the business knows.
    Link,
}

/// All files.
#[derive(Debug)]
pub(crate) struct Library {
    seed: u64,
    files: HashMap<String, File>,
    order: VecDeque<String>,
    size: usize,
}

impl Library {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, files: HashMap::new(), order: VecDeque::new(), size: 0 }
    }

    /// Adds a file under a fresh id.
    pub(crate) fn add(
        &mut self,
        id: String,
        bytes: Bytes,
        mime_type: &str,
        origin: Origin,
        owner: &str,
        now: SystemTime,
    ) -> &File {
        self.size += bytes.len();
        while self.size > CAPACITY {
            let Some(oldest) = self.order.pop_front() else { break };
            self.size -= self.files.remove(&oldest).map_or(0, |file| file.bytes.len());
        }
        let sha256 = Sha256::digest(&bytes).into();
        let file = File {
            id: id.clone(),
            bytes,
            mime_type: mime_type.to_owned(),
            sha256,
            origin,
            owner: owner.to_owned(),
            added: now,
            deleted: false,
        };
        self.order.push_back(id.clone());
        self.files.entry(id).insert_entry(file).into_mut()
    }

    /// The file as the phone has it: also after Meta has deleted it.
    pub(crate) fn on_phone(&self, id: &str) -> Option<&File> {
        self.files.get(id)
    }

    /// The file as Meta has it: neither deleted nor expired.
    pub(crate) fn at_meta(&self, id: &str, now: SystemTime) -> Option<&File> {
        let file = self.files.get(id)?;
        let life = match file.origin {
            Origin::Upload => UPLOAD_LIFE,
            Origin::User => INBOUND_LIFE,
            Origin::Link => return None,
        };
        (!file.deleted && now.duration_since(file.added).unwrap_or_default() < life).then_some(file)
    }

    /// Deletes at Meta. False if there is no such file.
    pub(crate) fn delete(&mut self, id: &str, now: SystemTime) -> bool {
        let exists = self.at_meta(id, now).is_some();
        if let Some(file) = self.files.get_mut(id).filter(|_| exists) {
            file.deleted = true;
        }
        exists
    }

    /// Path and query under which the bytes can be had for the next five minutes.
    pub(crate) fn path(&self, id: &str, now: SystemTime) -> String {
        let expires = unix_seconds(now + URL_LIFE);
        format!("/whatsapp_business/attachments/{id}?ext={expires}&hash={}", self.hash(id, expires))
    }

    /// The file behind such a path, if it is one and has not expired.
    pub(crate) fn open(&self, id: &str, expires: u64, hash: &str, now: SystemTime) -> Option<&File> {
        let valid = hash == self.hash(id, expires) && unix_seconds(now) < expires;
        if valid { self.at_meta(id, now) } else { None }
    }

    fn hash(&self, id: &str, expires: u64) -> String {
        hex::encode(&ids::digest(&[b"url", &self.seed.to_be_bytes(), id.as_bytes(), &expires.to_be_bytes()])[..16])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn library(origin: Origin) -> Library {
        let mut library = Library::new(1);
        library.add("1".into(), Bytes::from_static(b"png"), "image/png", origin, "1000001", START);
        library
    }

    /// cloud-api 5.2 (Meta: media).
    #[test]
    fn media_expire() {
        let day = |days: u64| START + Duration::from_hours(24 * days);
        let upload = library(Origin::Upload);
        assert!(upload.at_meta("1", day(29)).is_some() && upload.at_meta("1", day(30)).is_none());
        let user = library(Origin::User);
        assert!(user.at_meta("1", day(6)).is_some() && user.at_meta("1", day(7)).is_none());
        assert!(user.on_phone("1").is_some());
        assert!(library(Origin::Link).at_meta("1", START).is_none());
    }

    #[test]
    fn deleting_leaves_the_phone_alone() {
        let mut library = library(Origin::Upload);
        assert!(library.delete("1", START) && !library.delete("1", START) && !library.delete("2", START));
        assert!(library.at_meta("1", START).is_none() && library.on_phone("1").is_some());
    }

    /// cloud-api 5.2 (Meta: media).
    #[test]
    fn urls_live_five_minutes() {
        let library = library(Origin::Upload);
        let path = library.path("1", START);
        let (_, hash) = path.split_once("&hash=").unwrap();
        let open = |expires, hash: &str, seconds| {
            library.open("1", expires, hash, START + Duration::from_secs(seconds)).is_some()
        };
        assert!(open(300, hash, 0) && open(300, hash, 299));
        assert!(!open(300, hash, 300));
        assert!(!open(301, hash, 0) && !open(300, "0", 0));
    }
}
