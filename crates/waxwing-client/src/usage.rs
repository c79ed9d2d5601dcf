//! Use of Meta's limits for calls, which headers of responses report.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Header with the use of the limits of the app.
const APP: &str = "x-app-usage";
/// Header with the use of the limits of each business.
const BUSINESS: &str = "x-business-use-case-usage";

/// Use of Meta's limits for calls, as a response reports it: see [`ClientBuilder::on_usage`](crate::ClientBuilder::on_usage).
///
/// Meta reports the use after enough calls only, and not in each response. Sends of messages do not count.
///
/// <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>
///
/// ```
/// use waxwing_client::Client;
/// use waxwing_client::types::PhoneNumberId;
///
/// let client = Client::builder("EAAG...", PhoneNumberId::new("1000001"))
///     .on_usage(|usage| {
///         if usage.highest() > 80 {
///             eprintln!("80 % of the calls of this hour are used");
///         }
///     })
///     .build()?;
/// # Ok::<(), waxwing_client::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiUsage {
    /// Use of the limits of the app.
    pub app: Option<LimitUsage>,
    /// Use of the limits of each business and use case.
    pub business: Vec<BusinessUsage>,
}

/// Use of one set of limits, in percent. A limit is reached at 100.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitUsage {
    /// Number of calls.
    pub call_count: u32,
    /// Time of processors.
    pub total_cputime: u32,
    /// Time of calls.
    pub total_time: u32,
}

/// Use of the limits of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusinessUsage {
    /// Id of the object whose calls are limited, such as a WhatsApp Business Account.
    pub id: String,
    /// Use case, such as `whatsapp`.
    pub kind: String,
    /// Use of the limits.
    pub usage: LimitUsage,
    /// Time until calls are accepted again. Zero if no limit is reached.
    pub regain_access_in: Duration,
}

/// Function that is called with the use of limits.
#[derive(Clone)]
pub(crate) struct UsageObserver(pub(crate) Arc<dyn Fn(&ApiUsage) + Send + Sync>);

#[derive(Deserialize)]
struct Counters {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    call_count: f64,
    #[serde(default)]
    total_cputime: f64,
    #[serde(default)]
    total_time: f64,
    /// In minutes.
    #[serde(default)]
    estimated_time_to_regain_access: f64,
}

impl ApiUsage {
    /// Returns the highest use of a limit, in percent.
    pub fn highest(&self) -> u32 {
        let business = self.business.iter().map(|business| business.usage);
        business.chain(self.app).map(LimitUsage::highest).max().unwrap_or(0)
    }

    /// Returns the time until calls are accepted again. Zero if no limit is reached.
    pub fn regain_access_in(&self) -> Duration {
        self.business.iter().map(|business| business.regain_access_in).max().unwrap_or_default()
    }

    /// Reads the headers of a response. A header of another form is ignored.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let app = header::<Counters>(headers, APP).map(|counters| counters.usage());
        let business = header::<BTreeMap<String, Vec<Counters>>>(headers, BUSINESS).unwrap_or_default();
        let business = business.into_iter().flat_map(|(id, counters)| {
            counters.into_iter().map(move |counters| BusinessUsage {
                id: id.clone(),
                usage: counters.usage(),
                regain_access_in: minutes(counters.estimated_time_to_regain_access),
                kind: counters.kind,
            })
        });
        Self { app, business: business.collect() }
    }

    /// Returns whether the response reported nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.app.is_none() && self.business.is_empty()
    }
}

impl LimitUsage {
    fn highest(self) -> u32 {
        self.call_count.max(self.total_cputime).max(self.total_time)
    }
}

impl Counters {
    fn usage(&self) -> LimitUsage {
        LimitUsage {
            call_count: percent(self.call_count),
            total_cputime: percent(self.total_cputime),
            total_time: percent(self.total_time),
        }
    }
}

impl fmt::Debug for UsageObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UsageObserver")
    }
}

fn header<T: DeserializeOwned>(headers: &HeaderMap, name: &str) -> Option<T> {
    serde_json::from_slice(headers.get(name)?.as_bytes()).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is in the range before the cast"
)]
fn percent(value: f64) -> u32 {
    value.round().clamp(0.0, f64::from(u32::MAX)) as u32
}

fn minutes(value: f64) -> Duration {
    Duration::try_from_secs_f64(value * 60.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(app: Option<&str>, business: Option<&str>) -> ApiUsage {
        let headers = [(APP, app), (BUSINESS, business)].into_iter();
        let headers = headers.filter_map(|(name, value)| Some((name.parse().ok()?, value?.parse().ok()?)));
        ApiUsage::read(&headers.collect())
    }

    #[test]
    fn headers_are_read() {
        let business = r#"{"102290129340398":[{"type":"whatsapp","call_count":97,"total_cputime":1,"total_time":2,
            "estimated_time_to_regain_access":3}],"2":[{"type":"pages","call_count":1}]}"#;
        let usage =
            read(Some(r#"{"call_count":28,"total_time":25,"total_cputime":26}"#), Some(&business.replace('\n', "")));
        assert_eq!(usage.app, Some(LimitUsage { call_count: 28, total_cputime: 26, total_time: 25 }));
        let (first, second) = (&usage.business[0], &usage.business[1]);
        assert_eq!(
            (first.id.as_str(), first.kind.as_str(), first.usage.call_count),
            ("102290129340398", "whatsapp", 97)
        );
        assert_eq!((second.usage.total_time, second.regain_access_in), (0, Duration::ZERO));
        assert_eq!((usage.highest(), usage.regain_access_in()), (97, Duration::from_mins(3)));
    }

    #[test]
    fn headers_of_another_form_are_ignored() {
        for wrong in ["", "97", "[]", r#"{"1":{"call_count":1}}"#, r#"{"1":[{"call_count":"many"}]}"#] {
            let usage = read(None, Some(wrong));
            assert!(usage.is_empty(), "{wrong}: {usage:?}");
        }
        assert!(read(Some("many"), None).is_empty());
        let extreme = read(Some(r#"{"call_count":1e300,"total_time":-1}"#), None).app.unwrap();
        assert_eq!((extreme.call_count, extreme.total_time), (u32::MAX, 0));
        let never = read(None, Some(r#"{"1":[{"estimated_time_to_regain_access":1e300}]}"#));
        assert_eq!(never.regain_access_in(), Duration::ZERO);
    }
}
