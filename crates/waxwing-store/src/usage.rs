//! Usage: charged messages, costs of models.

use std::fmt;

use async_trait::async_trait;
use waxwing_types::{Market, PhoneNumberId};

use crate::{ConversationId, Error};

/// Reports how many messages Meta charged, and what models cost.
///
/// Counts and costs contain no data of users, so an erasure does not change them.
#[async_trait]
pub trait UsageStore: Send + Sync + fmt::Debug {
    /// Returns the delivered messages that Meta has priced, as up to `limit` sums in the order of their keys.
    ///
    /// A message counts once for each recipient, as soon as a status has reported its arrival (delivered, read or played) and a status has stated
    /// its price. The day is that of the status that completes both facts. Statuses can be repeated, and can arrive in any order.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn message_counts(&self, query: UsageQuery, limit: usize) -> Result<Vec<MessageCount>, Error>;

    /// Returns the committed costs of turns, as up to `limit` sums in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn model_costs(&self, query: UsageQuery, limit: usize) -> Result<Vec<ModelCost>, Error>;

    /// Returns the latest known price of the messages that this store sent in a conversation. `None` if no status has stated a price.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn last_charge(&self, conversation: ConversationId) -> Result<Option<MessageCharge>, Error>;
}

/// Selection of usage.
///
/// ```
/// use waxwing_store::{UsageKey, UsageQuery};
///
/// let query = UsageQuery { by: UsageKey::Number, since: 20_000, until: 20_030 };
/// assert_eq!(query.until - query.since, 30);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageQuery {
    /// Key of the sums.
    pub by: UsageKey,
    /// First day in UTC, in days since the Unix epoch.
    pub since: i64,
    /// Last day in UTC, in days since the Unix epoch.
    pub until: i64,
}

/// Key of sums of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsageKey {
    /// Day in UTC, as a number of days since the Unix epoch.
    Day,
    /// Id of the business number.
    Number,
    /// Name of the agent of the turn. Empty if no agent wrote: messages of operators, and messages that another program sent.
    Agent,
    /// Rate category of Meta. Models have no category, so their costs have an empty key.
    Category,
}

impl UsageKey {
    /// All keys.
    pub const ALL: [Self; 4] = [Self::Day, Self::Number, Self::Agent, Self::Category];

    /// Returns the name of the key: `day`, `number`, `agent` or `category`.
    ///
    /// ```
    /// use waxwing_store::UsageKey;
    ///
    /// assert!(UsageKey::ALL.into_iter().all(|key| UsageKey::parse(key.as_str()) == Some(key)));
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Number => "number",
            Self::Agent => "agent",
            Self::Category => "category",
        }
    }

    /// Returns the key with a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }
}

/// Price of a message as Meta states it, without its amount.
///
/// ```
/// use waxwing_store::MessageCharge;
/// use waxwing_types::Market;
///
/// let charge = MessageCharge {
///     category: "service".into(),
///     kind: "regular".into(),
///     market: Market::of_phone("34600000000"),
///     is_billable: true,
/// };
/// assert_eq!(charge.market.map(Market::calling_code), Some("34"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageCharge {
    /// Rate category with Meta's name, such as `service`. Empty if unknown.
    pub category: String,
    /// Meta's name of the reason, such as `regular` or `free_entry_point`. Empty if unknown.
    pub kind: String,
    /// Market of the recipient, if it is known.
    pub market: Option<Market>,
    /// Whether Meta charges the message.
    pub is_billable: bool,
}

/// A message that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedMessage {
    /// Business number that sent the message.
    pub number: PhoneNumberId,
    /// Day in UTC, in days since the Unix epoch.
    pub day: i64,
    /// Price of the message.
    pub charge: MessageCharge,
}

/// Number of messages with one key, category, reason and market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageCount {
    /// Value of the [`UsageKey`].
    pub key: String,
    /// Rate category with Meta's name. Empty if unknown.
    pub category: String,
    /// Meta's name of the reason, such as `regular`. Empty if unknown.
    pub kind: String,
    /// Market of the recipients, if it is known.
    pub market: Option<Market>,
    /// Messages that Meta charges.
    pub billable: u64,
    /// Messages that are free.
    pub free: u64,
}

/// Cost of models with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelCost {
    /// Value of the [`UsageKey`].
    pub key: String,
    /// Cost in billionths of the currency of the models' prices.
    pub billionths: i64,
}
