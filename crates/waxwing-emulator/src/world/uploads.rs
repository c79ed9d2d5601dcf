//! Resumable uploads of files.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/upload>

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::Ids;
use crate::rules::{GraphError, Rule};

/// Maximum number of sessions. The oldest gives way to a new one.
const CAPACITY: usize = 1_000;
/// Maximum length of a file name, in bytes, as file systems have it.
const LONGEST_NAME: usize = 255;
/// Maximum length of a file, in bytes.
const LONGEST: usize = 100 * 1024 * 1024;
/// MIME types that Meta accepts.
const TYPES: [&str; 5] = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

/// Session of an upload. The emulator counts the bytes, and does not keep them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadSession {
    /// Id without its signature: `upload:…`.
    pub(crate) id: String,
    pub(crate) length: usize,
    pub(crate) received: usize,
    handle: String,
}

impl UploadSession {
    /// Returns the handle of the file, if the file is complete.
    pub(crate) fn handle(&self) -> Option<&str> {
        (self.received == self.length).then_some(self.handle.as_str())
    }
}

/// All sessions, in order of their creation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Uploads {
    sessions: VecDeque<UploadSession>,
}

impl Uploads {
    /// Starts a session. Returns its id with a signature, as Meta's ids have one.
    pub(crate) fn start(
        &mut self,
        ids: &mut Ids,
        name: &str,
        length: usize,
        mime_type: &str,
    ) -> Result<String, GraphError> {
        if length == 0 || length > LONGEST {
            let why = "file_length: must be between 1 byte and 100 MiB";
            return Err(GraphError::with_details(Rule::UploadFile, why));
        }
        if name.len() > LONGEST_NAME {
            let why = "file_name: must have at most 255 bytes";
            return Err(GraphError::with_details(Rule::UploadFile, why));
        }
        if !TYPES.contains(&mime_type) {
            let why = format!("file_type: must be one of {}", TYPES.join(", "));
            return Err(GraphError::with_details(Rule::UploadFile, why));
        }
        let id = format!("upload:{}", STANDARD.encode(ids.request()).replace(['+', '/'], "x"));
        let parts = [name, mime_type].map(|part| STANDARD.encode(part)).join(":");
        let handle = format!("4:{parts}:{}", ids.request());
        if self.sessions.len() == CAPACITY {
            self.sessions.pop_front();
        }
        self.sessions.push_back(UploadSession { id: id.clone(), length, received: 0, handle });
        Ok(format!("{id}?sig={}", ids.request()))
    }

    /// Returns the session with an id, for a call.
    pub(crate) fn require(&self, id: &str) -> Result<&UploadSession, GraphError> {
        self.sessions.iter().find(|session| session.id == id).ok_or_else(GraphError::unknown_object)
    }

    /// Checks that a session continues at an offset.
    pub(crate) fn check_offset(&self, id: &str, offset: usize) -> Result<(), GraphError> {
        let session = self.require(id)?;
        if session.received == offset && offset < session.length {
            return Ok(());
        }
        let why = format!("file_offset: the upload continues at {} of {} bytes", session.received, session.length);
        Err(GraphError::with_details(Rule::UploadOffset, why))
    }

    /// Records received bytes. Bytes beyond the announced length are refused.
    pub(crate) fn receive(&mut self, id: &str, bytes: usize) -> Result<(), GraphError> {
        let session = self.sessions.iter_mut().find(|session| session.id == id);
        let session = session.ok_or_else(GraphError::unknown_object)?;
        if bytes > session.length - session.received {
            let why = format!("the file has more than the announced {} bytes", session.length);
            return Err(GraphError::with_details(Rule::UploadOffset, why));
        }
        session.received += bytes;
        Ok(())
    }

    /// Checks the handles in the examples of a template.
    pub(crate) fn check_examples(&self, template: &Value) -> Result<(), GraphError> {
        handles(template).into_iter().try_for_each(|handle| self.check_handle(handle, "header_handle"))
    }

    /// Checks that a handle belongs to a complete file. `place` names the parameter with the handle.
    pub(crate) fn check_handle(&self, handle: &str, place: &str) -> Result<(), GraphError> {
        let is_known = self.sessions.iter().any(|session| session.handle() == Some(handle));
        let why = format!("{place}: no file was uploaded with this handle; see POST /{{app_id}}/uploads");
        if is_known { Ok(()) } else { Err(GraphError::with_details(Rule::FileHandle, why)) }
    }
}

/// Returns the handles of uploaded files in the examples of a template.
fn handles(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| match value {
                Value::Array(handles) if key == "header_handle" => handles.iter().filter_map(Value::as_str).collect(),
                value => handles(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(handles).collect(),
        _ => Vec::new(),
    }
}
