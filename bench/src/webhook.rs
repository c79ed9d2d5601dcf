//! Makes the webhooks that a load sends.
//!
//! They are texts of about 700 bytes, as Meta writes and signs them, no two alike.

use waxwing::webhook::AppSecrets;

/// Secret that signs the webhooks.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The numbers that are written to, by their place.
pub(crate) fn number(nth: usize) -> String {
    format!("1065403522{nth:05}")
}

/// Makes webhooks, each of a message that has a number of its own.
#[derive(Debug)]
pub(crate) struct WebhookGenerator {
    secrets: AppSecrets,
    numbers: usize,
    users: usize,
    next: usize,
}

impl WebhookGenerator {
    /// Messages to this many business numbers, from this many users in turn.
    pub(crate) fn new(numbers: usize, users: usize) -> Self {
        let secrets = AppSecrets::parse(SECRET).expect("the secret is not blank");
        Self { secrets, numbers, users, next: 0 }
    }

    /// How many were made.
    pub(crate) fn made(&self) -> usize {
        self.next
    }

    /// The next webhook's body.
    pub(crate) fn body(&mut self) -> String {
        let nth = self.next;
        self.next += 1;
        let user = nth % self.users;
        body(nth, user, &number(user % self.numbers))
    }

    /// The next webhook as a request, written into `buffer`.
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

fn body(nth: usize, user: usize, number: &str) -> String {
    format!(
        r##"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550001111","phone_number_id":"{number}"}},"contacts":[{{"profile":{{"name":"Ana P\u00e9rez {user}"}},"wa_id":"346{user:08}","user_id":"ES.134912086553{user:08}"}}],"messages":[{{"from":"346{user:08}","from_user_id":"ES.134912086553{user:08}","id":"wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUOUFFRTA{nth:012}","timestamp":"1767225600","type":"text","text":{{"body":"#{nth:012} Hola, \u00bftienen mesa para dos personas esta noche, hacia las nueve y media? Si puede ser, cerca de la ventana. \ud83d\ude00"}}}}]}},"field":"messages"}}]}}]}}"##
    )
}

/// The body of a webhook that reports the status of a sent message.
pub(crate) fn status(message: &str, status: &str, number: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550001111","phone_number_id":"{number}"}},"statuses":[{{"id":"{message}","status":"{status}","timestamp":"1767225601","recipient_id":"34600000000"}}]}},"field":"messages"}}]}}]}}"#
    )
}

/// Which message an id or a text belongs to: the twelve digits behind `mark`.
pub(crate) fn nth(text: &str, mark: &str) -> Option<usize> {
    text.split_once(mark)?.1.get(..12)?.parse().ok()
}

/// Text before the number of a message in its id.
pub(crate) const ID_MARK: &str = "OUFFRTA";

/// Text before the number of a message in its text.
pub(crate) const TEXT_MARK: &str = "#";
