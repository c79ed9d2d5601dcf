//! Generator of webhooks.
//!
//! Each webhook has a different text message, has about 700 bytes, and is signed like Meta's webhooks.

use std::time::{SystemTime, UNIX_EPOCH};

use waxwing::webhook::AppSecrets;

/// App secret that signs the webhooks.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Returns the id of the `nth` business number.
pub(crate) fn number(nth: usize) -> String {
    format!("1065403522{nth:05}")
}

/// Generator of webhooks with numbered messages.
#[derive(Debug)]
pub(crate) struct WebhookGenerator {
    secrets: AppSecrets,
    numbers: usize,
    users: usize,
    next: usize,
}

impl WebhookGenerator {
    /// Creates a generator of messages to this number of business numbers, from this number of users in turn.
    pub(crate) fn new(numbers: usize, users: usize) -> Self {
        let secrets = AppSecrets::parse(SECRET).expect("the secret is not blank");
        Self { secrets, numbers, users, next: 0 }
    }

    /// Returns the number of webhooks so far.
    pub(crate) fn made(&self) -> usize {
        self.next
    }

    /// Returns the body of the next webhook.
    pub(crate) fn body(&mut self) -> String {
        let nth = self.next;
        self.next += 1;
        let user = nth % self.users;
        body(nth, user, &number(user % self.numbers))
    }

    /// Writes the request of the next webhook into `buffer`.
    pub(crate) fn request(&mut self, host: &str, buffer: &mut Vec<u8>) {
        let body = self.body();
        let signature = self.secrets.sign(body.as_bytes());
        buffer.clear();
        buffer.extend_from_slice(
            format!(
                "POST /whatsapp/webhook HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\nuser-agent: facebookexternalua\r\n\
                 content-type: application/json\r\nx-hub-signature-256: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
    }
}

/// Returns the time in seconds since 1970. The server takes an old webhook for a replay.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn body(nth: usize, user: usize, number: &str) -> String {
    let sent_at = now();
    format!(
        r##"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550001111","phone_number_id":"{number}"}},"contacts":[{{"profile":{{"name":"Ana P\u00e9rez {user}"}},"wa_id":"346{user:08}","user_id":"ES.134912086553{user:08}"}}],"messages":[{{"from":"346{user:08}","from_user_id":"ES.134912086553{user:08}","id":"wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUOUFFRTA{nth:012}","timestamp":"{sent_at}","type":"text","text":{{"body":"#{nth:012} Hola, \u00bftienen mesa para dos personas esta noche, hacia las nueve y media? Si puede ser, cerca de la ventana. \ud83d\ude00"}}}}]}},"field":"messages"}}]}}]}}"##
    )
}

/// Returns the body of a webhook with a status of a sent message.
pub(crate) fn status(message: &str, status: &str, number: &str) -> String {
    let sent_at = now();
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550001111","phone_number_id":"{number}"}},"statuses":[{{"id":"{message}","status":"{status}","timestamp":"{sent_at}","recipient_id":"34600000000"}}]}},"field":"messages"}}]}}]}}"#
    )
}

/// Returns the number of the message that an id or a text belongs to: the twelve digits after `mark`.
pub(crate) fn nth(text: &str, mark: &str) -> Option<usize> {
    text.split_once(mark)?.1.get(..12)?.parse().ok()
}

/// Text before the number of a message in its id.
pub(crate) const ID_MARK: &str = "OUFFRTA";

/// Text before the number of a message in its text.
pub(crate) const TEXT_MARK: &str = "#";
