//! Resumable upload: `POST /{app_id}/uploads`.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, MediaUpload};

impl Client {
    /// Uploads a file for the management of an account. Returns its handle, for
    /// [`NewTemplate::media_header`](crate::NewTemplate::media_header) and
    /// [`BusinessProfile::picture_handle`](crate::BusinessProfile::picture_handle). A message needs [`upload`](Self::upload) instead.
    ///
    /// The file is a PDF, JPEG, PNG or MP4 file. `app_id` is the id of the Meta app: see [`TokenInfo::app_id`](crate::TokenInfo::app_id).
    ///
    /// <https://developers.facebook.com/docs/graph-api/guides/upload>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the file.
    ///
    /// ```no_run
    /// use waxwing_client::{BusinessProfile, Client, Error, MediaUpload};
    ///
    /// async fn set_picture(client: &Client, jpeg: Vec<u8>) -> Result<(), Error> {
    ///     let handle = client.upload_handle("670843887433847", MediaUpload::new("image/jpeg", jpeg)).await?;
    ///     let number = client.number(client.phone_number_id().clone());
    ///     number.set_profile(&BusinessProfile::default().picture_handle(handle)).await
    /// }
    /// ```
    pub async fn upload_handle(&self, app_id: &str, file: MediaUpload) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Session {
            id: String,
        }

        #[derive(Deserialize)]
        struct Uploaded {
            h: String,
        }

        let MediaUpload { mime_type, filename, bytes } = file;
        let body = json!({ "file_name": filename, "file_length": bytes.len(), "file_type": mime_type });
        let Session { id } = self.endpoint(Method::POST, &[app_id, "uploads"]).json(&body).send().await?;
        // The id has a query, so it is a path and not a segment. It names the session, and cannot name a path of its own.
        if !id.starts_with("upload:") {
            return Err(Error::decode(200, None));
        }
        Ok(self.request(Method::POST, &id).file(bytes).send::<Uploaded>().await?.h)
    }
}
