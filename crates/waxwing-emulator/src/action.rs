//! Actions in the emulated world.

mod identity;
mod outcome;
mod parts;
mod person;
mod template_review;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::account_status::FlowStatus;
use crate::account_status::TemplateStatus;
use crate::behavior::BehaviorChange;
use crate::fault::Fault;

pub use identity::{NewUser, Rotation, RotationSignal};
pub use outcome::{ActionError, ActionOutcome};
pub use parts::{NewFile, OrderItem};
pub use person::{Album, FileMessage, Reaction, SharedContact, SharedLocation, SharedNumber, Sticker, Tap, VoiceNote};
pub use template_review::TemplateReview;

/// Action in the emulated world, which takes effect at once.
///
/// A user is named by a phone number, a BSUID or a profile name. A phone number without a user creates one. A message is named by
/// its id; without an id, the action applies to the latest message.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use waxwing_emulator::{Action, Emulator};
///
/// let emulator = Emulator::builder().start().await?;
/// let subject = "Tea".to_owned();
/// let participants = vec!["+34600000000".to_owned(), "+34600000001".to_owned()];
/// let group = emulator.perform(Action::CreateGroup { id: None, subject, participants })?.id;
/// assert!(group.is_some());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// Creates a user.
    Join(NewUser),
    /// A user sends a text message.
    Says {
        /// Sender.
        user: String,
        /// Text of the message.
        text: String,
        /// Id of the group.
        group: Option<String>,
        /// Id of the quoted message.
        quotes: Option<String>,
        /// `phone_number_id` of the business number. Default: the first number.
        number: Option<String>,
    },
    /// A user sends a message of any type, known or unknown.
    Sends {
        /// Sender.
        user: String,
        /// Meta's name of the message type, or an unknown name.
        #[serde(rename = "type")]
        kind: String,
        /// JSON object under that name. Without a body, the message has no such object.
        body: Option<Value>,
        /// Additional fields of the message, such as `context`, `referral` or `errors`.
        #[serde(default)]
        with: Map<String, Value>,
        /// Id of the group.
        group: Option<String>,
        /// Id of the quoted message.
        quotes: Option<String>,
        /// `phone_number_id` of the business number. Default: the first number.
        number: Option<String>,
    },
    /// A user sends a message that the Cloud API cannot represent (type `unsupported`).
    Unsupported {
        /// Sender.
        user: String,
        /// Original type of the message, such as `poll`.
        kind: Option<String>,
    },
    /// A user edits a text, or the caption of a file. Meta reports edits for coexistence numbers.
    Edits {
        /// Sender of the message.
        user: String,
        /// Id of the message.
        message: Option<String>,
        /// New text or caption.
        text: String,
    },
    /// A user deletes a message. Meta reports deletions for coexistence numbers.
    Revokes {
        /// Sender of the message.
        user: String,
        /// Id of the message.
        message: Option<String>,
    },
    /// Posts the webhook of a user's message again, byte for byte.
    Redeliver {
        /// Sender of the message.
        user: String,
        /// Id of the message.
        message: Option<String>,
    },
    /// A user sends a file: a picture, a video, an audio file, a sticker or a document.
    SendsFile(FileMessage),
    /// A user sends a voice note.
    SendsVoiceNote(VoiceNote),
    /// A user sends a sticker.
    SendsSticker(Sticker),
    /// A user sends several pictures, one message each. Only the first has the caption.
    SendsAlbum(Album),
    /// A user sends a long text in pieces, one message each, without a pause.
    SaysInPieces {
        /// Sender.
        user: String,
        /// Texts of the messages.
        pieces: Vec<String>,
    },
    /// A user taps a button, a list row or a quick reply.
    Taps(Tap),
    /// A user reacts to a message. The reaction replaces an earlier one.
    Reacts(Reaction),
    /// A user removes the reaction to a message.
    Unreacts {
        /// User.
        user: String,
        /// Id of the message. Default: the latest message of the business.
        message: Option<String>,
    },
    /// A user shares a location, of their own accord or in answer to a request.
    SharesLocation(SharedLocation),
    /// A user shares a contact.
    SharesContact(SharedContact),
    /// A user shares the own phone number in answer to a request (an interactive message of type `request_contact_info`).
    SharesOwnNumber(SharedNumber),
    /// A user switches the phone off. Messages of the business stay `sent`, and the user sends none.
    GoesOffline {
        /// User.
        user: String,
    },
    /// A user switches the phone on. The messages that have waited are delivered in order.
    ComesOnline {
        /// User.
        user: String,
    },
    /// A user opens the chat and reads the messages up to one of them.
    Reads {
        /// Reader.
        user: String,
        /// Id of the last message to read. Default: the latest one.
        message: Option<String>,
    },
    /// A user deletes a chat on the phone. The business learns nothing of it.
    DeletesChat {
        /// User.
        user: String,
        /// Id of the group. Default: the chat with the business number.
        group: Option<String>,
        /// `phone_number_id` of the business number. Default: the first number.
        number: Option<String>,
    },
    /// A user plays a voice note of the business.
    Plays {
        /// Listener.
        user: String,
        /// Id of the voice note.
        message: Option<String>,
    },
    /// Changes the identity of a user.
    Rotate(Rotation),
    /// Assigns a phone number to a new user with another BSUID (a recycled number).
    Recycle {
        /// Phone number.
        phone: String,
        /// Name of the new user.
        name: Option<String>,
        /// BSUID of the new user. Default: a new one.
        bsuid: Option<String>,
    },
    /// A user adopts or drops a username.
    Username {
        /// User.
        user: String,
        /// New username. Without one, the user drops the username.
        username: Option<String>,
        /// Whether the business loses its knowledge of the phone number.
        #[serde(default)]
        forget_phone: bool,
    },
    /// Creates a group.
    CreateGroup {
        /// Id of the group. Default: a new one.
        id: Option<String>,
        /// Name of the group.
        subject: String,
        /// One to eight users.
        participants: Vec<String>,
    },
    /// A user follows the invite link of a group: joins it, or requests to join it if the group needs approval.
    JoinsGroup {
        /// User.
        user: String,
        /// Invite link or id of the group.
        group: String,
    },
    /// A user leaves a group, or withdraws the request to join it.
    LeavesGroup {
        /// User.
        user: String,
        /// Id of the group.
        group: String,
    },
    /// Meta suspends a group, or ends its suspension.
    SuspendGroup {
        /// Id of the group.
        group: String,
        /// Whether the group is suspended.
        suspended: bool,
    },
    /// Posts a webhook of any field, known or unknown.
    Notify {
        /// Field, such as `message_template_status_update`.
        field: String,
        /// Value of the field. Default: a sample.
        value: Option<Value>,
    },
    /// Posts a value of the field `messages` with these keys, such as `errors` or `user_actions`.
    Value {
        /// Keys of the value. The emulator adds `metadata`.
        parts: Map<String, Value>,
    },
    /// Posts a status of any name for a message of the business.
    Status {
        /// Recipient of the message.
        user: String,
        /// Id of the message.
        message: Option<String>,
        /// Name of the status.
        status: String,
        /// Additional fields of the status. They override the usual fields.
        #[serde(default)]
        with: Map<String, Value>,
    },
    /// The business sends a message in the WhatsApp Business app. Meta reports it as a message echo (`smb_message_echoes`).
    MessageEcho {
        /// Recipient.
        user: String,
        /// Text of the message, or caption of its file.
        text: Option<String>,
        /// File of the message.
        file: Option<NewFile>,
    },
    /// A user or the owner of the conversation writes a text while another responder, such as Meta's own agent, owns the conversation
    /// (`standby`).
    Standby {
        /// User of the conversation.
        user: String,
        /// Text of the message.
        text: String,
        /// Whether the owner of the conversation writes, not the user.
        #[serde(default)]
        is_echo: bool,
    },
    /// The business gets or loses a conversation (`messaging_handovers`). It also loses one by a call of `thread_control`, and gets one
    /// back by a message. The messages of a lost conversation arrive in `standby`.
    Handover {
        /// User of the conversation.
        user: String,
        /// `control_passed` if the business gets the conversation, `control_taken` if it loses it.
        event: String,
    },
    /// A user sends an order: the cart of a catalog.
    Orders {
        /// Buyer.
        user: String,
        /// Id of the catalog.
        catalog: String,
        /// Products in the cart.
        items: Vec<OrderItem>,
        /// Text of the order.
        text: Option<String>,
    },
    /// A user completes a flow (`nfm_reply`).
    CompletesFlow {
        /// User.
        user: String,
        /// Id of the message that opened the flow.
        message: Option<String>,
        /// Answers of the flow. The emulator adds the `flow_token` of the message.
        #[serde(default)]
        response: Map<String, Value>,
    },
    /// A user opens the flow of a message. The endpoint of the flow chooses the first screen, if the message says so.
    OpensFlow {
        /// User.
        user: String,
        /// Id of the message.
        message: Option<String>,
    },
    /// A user submits the screen of the flow that is open, and its endpoint answers with the next screen, or ends the flow.
    SubmitsFlowScreen {
        /// User.
        user: String,
        /// Data of the screen.
        #[serde(default)]
        data: Map<String, Value>,
        /// Whether the user goes back to the screen before.
        #[serde(default)]
        back: bool,
    },
    /// A user asks about a product of a catalog, or shares it without a text.
    AsksAboutProduct {
        /// User.
        user: String,
        /// Id of the catalog.
        catalog: String,
        /// `product_retailer_id`.
        product: String,
        /// Text of the question.
        text: Option<String>,
    },
    /// A user opens the chat by an ad, and sends the first message. For 72 hours, messages to the user are free.
    ClicksAd {
        /// User.
        user: String,
        /// Text of the message.
        text: String,
        /// Fields of the referral that differ from the sample.
        #[serde(default)]
        referral: Map<String, Value>,
    },
    /// A user opts out of marketing messages, or in again (`user_preferences`).
    ///
    /// After an opt-out, marketing templates to the user are refused with 131050.
    Preference {
        /// User.
        user: String,
        /// `stop` or `resume`.
        value: String,
    },
    /// A user calls the business (`calls`).
    Calls {
        /// Caller.
        user: String,
        /// `connect` or `terminate`.
        event: String,
    },
    /// A user accepts or rejects the call of the business that is ringing.
    AnswersCall {
        /// Callee.
        user: String,
        /// Whether the user accepts the call.
        accept: bool,
    },
    /// A user answers a request for the permission to call (`call_permission_reply`).
    AnswersCallRequest {
        /// User.
        user: String,
        /// Id of the request.
        message: Option<String>,
        /// Whether the user permits calls.
        accept: bool,
        /// Whether the permission lasts for good, not for 7 days.
        #[serde(default)]
        permanent: bool,
    },
    /// Reports the status of a call by the business (`calls`).
    CallStatus {
        /// Callee.
        user: String,
        /// `RINGING`, `ACCEPTED` or `REJECTED`.
        status: String,
    },
    /// Adds an approved message template, or one with another status.
    CreateTemplate {
        /// Body of the API call that creates a template.
        template: Value,
        /// Status of the template. Default: approved.
        status: Option<TemplateStatus>,
    },
    /// Decides about a message template, and reports the decision to the webhook.
    ReviewTemplate(TemplateReview),
    /// Adds a flow, or changes the flow with this id.
    SetFlow {
        /// Id of the flow. Default: a new one.
        id: Option<String>,
        /// Name of the flow.
        name: String,
        /// Status of the flow.
        status: FlowStatus,
    },
    /// Adds products to a catalog, which is created if it does not exist.
    AddProducts {
        /// Id of the catalog.
        catalog: String,
        /// `product_retailer_id` of each product.
        products: Vec<String>,
    },
    /// Adds a media file as if the first business number had uploaded it.
    AddMedia {
        /// Media id. Default: a new one.
        id: Option<String>,
        /// MIME type.
        mime_type: String,
        /// Content of the file, in Base64.
        base64: String,
    },
    /// Injects a fault.
    Inject(Fault),
    /// Removes all faults.
    ClearFaults,
    /// Changes the behavior of the emulated platform.
    Behavior(BehaviorChange),
}
