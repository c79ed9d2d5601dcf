//! Queries for the analytics of an account, which are fields with parameters: `analytics.start(1).end(2).granularity(DAY)`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>

use std::collections::HashMap;
use std::time::Duration;

use super::GraphError;
use super::request_object::Keys;

/// Parameters of each kind of analytics besides the kind's own filters.
const COMMON: Keys = &["start", "end", "granularity", "phone_numbers", "country_codes"];

/// Kind of analytics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnalyticsKind {
    /// Messages that were sent and delivered.
    Messaging,
    /// Conversations.
    Conversation,
    /// Delivered messages by their prices.
    Pricing,
}

/// Query for analytics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnalyticsQuery {
    pub(crate) kind: AnalyticsKind,
    /// Unix time in seconds, from which on messages count.
    pub(crate) start: u64,
    /// Unix time in seconds, up to which messages count.
    pub(crate) end: u64,
    /// Meta's name of the time that a data point covers.
    pub(crate) granularity: String,
    /// Lists by their names. An empty list selects everything.
    lists: HashMap<String, Vec<String>>,
}

impl AnalyticsKind {
    const ALL: [Self; 3] = [Self::Messaging, Self::Conversation, Self::Pricing];

    /// Returns the name of the field.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Messaging => "analytics",
            Self::Conversation => "conversation_analytics",
            Self::Pricing => "pricing_analytics",
        }
    }

    fn granularities(self) -> [&'static str; 3] {
        match self {
            Self::Messaging => ["HALF_HOUR", "DAY", "MONTH"],
            Self::Conversation | Self::Pricing => ["HALF_HOUR", "DAILY", "MONTHLY"],
        }
    }

    /// Returns the lists that only this kind has, each with the values that it may have. Any value is allowed if there are none.
    fn lists(self) -> &'static [(&'static str, Keys)] {
        match self {
            Self::Messaging => &[("product_types", &["0", "2", "100"])],
            Self::Conversation => &[
                ("metric_types", &["COST", "CONVERSATION"]),
                ("conversation_categories", &[]),
                ("conversation_types", &["FREE_ENTRY_POINT", "FREE_TIER", "REGULAR"]),
                ("conversation_directions", &["BUSINESS_INITIATED", "USER_INITIATED", "UNKNOWN"]),
                (
                    "dimensions",
                    &["CONVERSATION_CATEGORY", "CONVERSATION_DIRECTION", "CONVERSATION_TYPE", "COUNTRY", "PHONE"],
                ),
            ],
            Self::Pricing => &[
                ("metric_types", &["COST", "VOLUME"]),
                ("pricing_categories", &[]),
                ("pricing_types", &["FREE_CUSTOMER_SERVICE", "FREE_ENTRY_POINT", "REGULAR"]),
                ("dimensions", &["COUNTRY", "PHONE", "PRICING_CATEGORY", "PRICING_TYPE", "TIER"]),
            ],
        }
    }
}

impl AnalyticsQuery {
    /// Reads a field with its parameters. `None` if the field is not one of analytics.
    pub(crate) fn read(field: &str) -> Option<Result<Self, GraphError>> {
        let (name, parameters) = field.trim().split_once('.').unwrap_or((field.trim(), ""));
        let kind = AnalyticsKind::ALL.into_iter().find(|kind| kind.field() == name)?;
        Some(Self::check(kind, parameters))
    }

    /// Returns whether a value is selected by a list.
    pub(crate) fn selects(&self, list: &str, value: &str) -> bool {
        self.lists.get(list).is_none_or(|values| values.is_empty() || values.iter().any(|known| known == value))
    }

    /// Returns whether the query names a value in a list.
    pub(crate) fn names(&self, list: &str, value: &str) -> bool {
        self.lists.get(list).is_some_and(|values| values.iter().any(|known| known == value))
    }

    /// Returns the time that a data point covers.
    pub(crate) fn period(&self) -> Duration {
        match self.granularity.as_str() {
            "HALF_HOUR" => Duration::from_mins(30),
            "DAY" | "DAILY" => Duration::from_hours(24),
            _ => Duration::from_hours(30 * 24),
        }
    }

    fn check(kind: AnalyticsKind, parameters: &str) -> Result<Self, GraphError> {
        let field = kind.field();
        let values = parameters_of(parameters)
            .ok_or_else(|| GraphError::invalid(field, "must have parameters of the form .start(1).end(2)"))?;
        let own = kind.lists();
        let is_known = |name: &str| COMMON.contains(&name) || own.iter().any(|(known, _)| *known == name);
        if let Some(unknown) = values.keys().find(|name| !is_known(name)) {
            return Err(GraphError::invalid(field, &format!("has no parameter {unknown}")));
        }
        let required = |name: &str| values.get(name).ok_or_else(|| GraphError::missing(&format!("{field}.{name}")));
        let time = |name: &str| -> Result<u64, GraphError> {
            let why = "must be a Unix time in seconds";
            required(name)?.trim().parse().map_err(|_| GraphError::invalid(&format!("{field}.{name}"), why))
        };
        let (start, end) = (time("start")?, time("end")?);
        if end <= start {
            return Err(GraphError::invalid(&format!("{field}.end"), "must be later than start"));
        }
        let granularity = required("granularity")?.trim().to_owned();
        if !kind.granularities().contains(&granularity.as_str()) {
            let why = format!("must be {}", kind.granularities().join(" or "));
            return Err(GraphError::invalid(&format!("{field}.granularity"), &why));
        }
        let mut lists = HashMap::new();
        for (name, value) in values {
            let list = list_of(&value);
            let allowed = own.iter().find(|(known, _)| *known == name).map_or(&[] as Keys, |(_, allowed)| allowed);
            if let Some(wrong) = list.iter().find(|value| !allowed.is_empty() && !allowed.contains(&value.as_str())) {
                return Err(GraphError::invalid(&format!("{field}.{name}"), &format!("has no value {wrong}")));
            }
            lists.insert(name, list);
        }
        Ok(Self { kind, start, end, granularity, lists })
    }
}

/// Reads parameters of the form `start(1).end(2)`. `None` if the form is another one.
fn parameters_of(mut rest: &str) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('(')?;
        let (value, after) = after.split_once(')')?;
        parameters.insert(name.trim().to_owned(), value.to_owned());
        rest = if after.is_empty() { after } else { after.strip_prefix('.')? };
    }
    Some(parameters)
}

/// Reads a list of the form `["A","B"]` or `A,B`.
fn list_of(value: &str) -> Vec<String> {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    let items = inner.split(',').map(|item| item.trim().trim_matches(['"', '\'']).to_owned());
    items.filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(field: &str) -> Result<AnalyticsQuery, GraphError> {
        AnalyticsQuery::read(field).expect("the field is one of analytics")
    }

    #[test]
    fn lists_are_read_with_and_without_brackets() {
        let query = "pricing_analytics.start(10).end(20).granularity(DAILY)";
        for dimensions in ["[\"PHONE\",\"PRICING_TYPE\"]", "PHONE,PRICING_TYPE", "['PHONE', 'PRICING_TYPE']"] {
            let query = read(&format!("{query}.dimensions({dimensions}).phone_numbers([])")).unwrap();
            assert!(query.names("dimensions", "PHONE") && query.names("dimensions", "PRICING_TYPE"));
            assert!(!query.names("dimensions", "COUNTRY") && query.selects("phone_numbers", "1"));
            assert_eq!((query.kind, query.start, query.end), (AnalyticsKind::Pricing, 10, 20));
        }
        assert!(AnalyticsQuery::read("name").is_none());
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for wrong in [
            "analytics",
            "analytics.start(1).end(2)",
            "analytics.start(2).end(2).granularity(DAY)",
            "analytics.start(x).end(2).granularity(DAY)",
            "analytics.start(1).end(2).granularity(DAILY)",
            "analytics.start(1).end(2).granularity(DAY).product_types([1])",
            "analytics.start(1).end(2).granularity(DAY).dimensions([PHONE])",
            "analytics.start(1",
            "pricing_analytics.start(1).end(2).granularity(DAY)",
            "conversation_analytics.start(1).end(2).granularity(DAILY).dimensions([TIER])",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("conversation_analytics.start(1).end(2).granularity(MONTHLY)").is_ok());
    }
}
