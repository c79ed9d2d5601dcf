//! Analytics of an account.

mod points;

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Waba;
use crate::Error;

pub use points::{ConversationPoint, MessagingAnalytics, MessagingPoint, PricingPoint};

/// Query for the analytics of an account: the messages between two times, by number, country and other dimensions.
///
/// Meta keeps a year of analytics. The numbers are approximate, and no invoice.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use waxwing_client::{AnalyticsQuery, Granularity};
///
/// let now = SystemTime::now();
/// let week = AnalyticsQuery::new(now - Duration::from_hours(7 * 24), now, Granularity::Day)
///     .countries(["ES"])
///     .dimensions(["PRICING_CATEGORY", "PHONE"]);
/// assert_eq!(week.dimensions.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnalyticsQuery {
    /// Time from which on messages count.
    pub start: SystemTime,
    /// Time up to which messages count.
    pub end: SystemTime,
    /// Time that a data point covers.
    pub granularity: Granularity,
    /// Phone numbers of the business, in digits. All numbers if empty.
    pub phone_numbers: Vec<String>,
    /// ISO codes of the countries of users. All countries if empty.
    pub country_codes: Vec<String>,
    /// Names of dimensions: `COUNTRY`, `PHONE`; `PRICING_CATEGORY`, `PRICING_TYPE` and `TIER` for prices; `CONVERSATION_CATEGORY`,
    /// `CONVERSATION_TYPE` and `CONVERSATION_DIRECTION` for conversations. Each data point has its value of each dimension.
    /// [`Waba::messaging_analytics`] has none.
    pub dimensions: Vec<String>,
    /// Other filters by Meta's names, such as `product_types`, `metric_types` or `pricing_categories`.
    pub filters: Vec<(String, Vec<String>)>,
}

/// Time that a data point of analytics covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Granularity {
    /// Half an hour.
    HalfHour,
    /// A day.
    Day,
    /// A month.
    Month,
}

#[derive(Deserialize)]
struct Blocks<T> {
    #[serde(default = "Vec::new")]
    data: Vec<Block<T>>,
}

#[derive(Deserialize)]
struct Block<T> {
    data_points: Vec<T>,
}

impl AnalyticsQuery {
    /// Creates a query for all messages between two times.
    pub fn new(start: SystemTime, end: SystemTime, granularity: Granularity) -> Self {
        Self {
            start,
            end,
            granularity,
            phone_numbers: Vec::new(),
            country_codes: Vec::new(),
            dimensions: Vec::new(),
            filters: Vec::new(),
        }
    }

    /// Selects phone numbers of the business, in digits.
    pub fn phone_numbers<S: Into<String>>(mut self, numbers: impl IntoIterator<Item = S>) -> Self {
        self.phone_numbers = numbers.into_iter().map(S::into).collect();
        self
    }

    /// Selects countries of users, by their ISO codes.
    pub fn countries<S: Into<String>>(mut self, codes: impl IntoIterator<Item = S>) -> Self {
        self.country_codes = codes.into_iter().map(S::into).collect();
        self
    }

    /// Sets the dimensions, by Meta's names.
    pub fn dimensions<S: Into<String>>(mut self, dimensions: impl IntoIterator<Item = S>) -> Self {
        self.dimensions = dimensions.into_iter().map(S::into).collect();
        self
    }

    /// Adds another filter by Meta's name.
    pub fn filter<S: Into<String>>(mut self, name: &str, values: impl IntoIterator<Item = S>) -> Self {
        self.filters.push((name.to_owned(), values.into_iter().map(S::into).collect()));
        self
    }

    /// Returns the field of a request.
    fn field(&self, name: &str) -> String {
        let is_messaging = name == "analytics";
        let granularity = match (self.granularity, is_messaging) {
            (Granularity::HalfHour, _) => "HALF_HOUR",
            (Granularity::Day, true) => "DAY",
            (Granularity::Day, false) => "DAILY",
            (Granularity::Month, true) => "MONTH",
            (Granularity::Month, false) => "MONTHLY",
        };
        let (start, end) = (unix_seconds(self.start), unix_seconds(self.end));
        let mut field = format!("{name}.start({start}).end({end}).granularity({granularity})");
        let lists = [
            ("phone_numbers", &self.phone_numbers),
            ("country_codes", &self.country_codes),
            ("dimensions", &self.dimensions),
        ];
        let filters = self.filters.iter().map(|(name, values)| (name.as_str(), values));
        for (name, values) in lists.into_iter().chain(filters).filter(|(_, values)| !values.is_empty()) {
            // Writing to a string cannot fail.
            let _ = write!(field, ".{name}({})", Value::from(values.clone()));
        }
        field
    }
}

impl Waba<'_> {
    /// Returns how many messages were sent and delivered.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the query, for example because it has dimensions.
    pub async fn messaging_analytics(&self, query: &AnalyticsQuery) -> Result<MessagingAnalytics, Error> {
        self.analytics("analytics", query).await
    }

    /// Returns how many messages were delivered and what they cost, for each combination of the dimensions.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the query.
    pub async fn pricing_analytics(&self, query: &AnalyticsQuery) -> Result<Vec<PricingPoint>, Error> {
        Ok(points(self.analytics("pricing_analytics", query).await?))
    }

    /// Returns how many conversations there were, for each combination of the dimensions. Meta has billed messages instead of
    /// conversations since July 2025: see [`pricing_analytics`](Self::pricing_analytics).
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the query.
    pub async fn conversation_analytics(&self, query: &AnalyticsQuery) -> Result<Vec<ConversationPoint>, Error> {
        Ok(points(self.analytics("conversation_analytics", query).await?))
    }

    /// Reads a field of analytics. An account without any has no such field.
    async fn analytics<T: DeserializeOwned>(&self, name: &str, query: &AnalyticsQuery) -> Result<T, Error> {
        let mut found: Map<String, Value> = self.node.get(&[], &query.field(name)).await?;
        let value = found.remove(name).unwrap_or_else(|| Map::new().into());
        serde_json::from_value(value).map_err(|_| Error::decode(200, None))
    }
}

fn points<T>(blocks: Blocks<T>) -> Vec<T> {
    blocks.data.into_iter().flat_map(|block| block.data_points).collect()
}

fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_query_is_a_field_with_parameters() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let query = AnalyticsQuery::new(at(10), at(20), Granularity::Day);
        assert_eq!(query.field("analytics"), "analytics.start(10).end(20).granularity(DAY)");
        let query = query.phone_numbers(["15550783881"]).dimensions(["PHONE", "TIER"]).filter("metric_types", ["COST"]);
        assert_eq!(
            query.field("pricing_analytics"),
            "pricing_analytics.start(10).end(20).granularity(DAILY).phone_numbers([\"15550783881\"])\
             .dimensions([\"PHONE\",\"TIER\"]).metric_types([\"COST\"])"
        );
    }
}
