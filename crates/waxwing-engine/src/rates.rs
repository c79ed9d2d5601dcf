//! Rates of Meta, from a file that the operator supplies.

use std::collections::HashMap;

use waxwing_types::{Decimal, Market};

/// First line of a rate table.
const HEADER: [&str; 4] = ["market", "category", "price", "currency"];

/// Largest number of rows. Meta has some 250 markets and ten categories.
const MAX_ROWS: usize = 50_000;

/// Prices of messages by market and category, in one currency.
///
/// Meta publishes its rates as files for download, and has no API for them, so the operator supplies them as a CSV file with the columns
/// `market,category,price,currency`:
///
/// - `market`: a calling code such as `34` or `+34`, a country of ISO 3166-1 such as `ES`, or `*` for all markets without a row.
/// - `category`: Meta's name of the category, as statuses state it: `marketing`, `utility`, `authentication`, `service` and others.
/// - `price`: price of one message, as a decimal number with a point.
/// - `currency`: a code of ISO 4217 such as `EUR`. All rows have the same currency, because Meta bills an account in one currency.
///
/// Empty lines, and lines that start with `#`, are ignored. A message whose market and category have no row has no rate: it is never counted as
/// free.
///
/// <https://developers.facebook.com/docs/whatsapp/pricing>
///
/// ```
/// use waxwing_engine::RateTable;
/// use waxwing_types::Market;
///
/// let rates = RateTable::parse("market,category,price,currency\nES,service,0.0200,EUR\n*,service,0.03,EUR\n")?;
/// let price = |phone| rates.price(Market::of_phone(phone), "service").map(|price| price.to_string());
/// assert_eq!(price("34600000000").as_deref(), Some("0.0200"));
/// assert_eq!(price("351910000000").as_deref(), Some("0.03"));
/// assert_eq!(rates.price(Market::of_phone("34600000000"), "marketing"), None);
/// # Ok::<(), waxwing_engine::RateTableError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTable {
    currency: String,
    /// Prices by market and category. The market is `None` for all markets without a row.
    prices: HashMap<(Option<Market>, String), Decimal>,
}

/// Why a text is not a rate table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {problem}")]
pub struct RateTableError {
    /// Number of the line, counted from 1.
    pub line: usize,
    /// Mistake in the line, with its fix.
    pub problem: String,
}

impl RateTable {
    /// Parses a rate table.
    ///
    /// # Errors
    ///
    /// Names the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, RateTableError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = (1..).zip(text.lines().map(str::trim));
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let header = lines.next();
        if header.is_none_or(|(_, line)| fields(line) != HEADER) {
            let problem = format!("has to be `{}`, the header of a rate table", HEADER.join(","));
            return Err(RateTableError { line: header.map_or(1, |(line, _)| line), problem });
        }
        let mut reader = TableReader::default();
        for (line, text) in lines {
            reader.row(line, text).map_err(|problem| RateTableError { line, problem })?;
        }
        let no_rows = RateTableError { line: 1, problem: "is followed by no row; add a row for each rate".to_owned() };
        let (_, currency) = reader.currency.ok_or(no_rows)?;
        let prices = reader.prices.into_iter().map(|(key, (_, price))| (key, price)).collect();
        Ok(Self { currency, prices })
    }

    /// Returns the currency, as a code of ISO 4217.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Returns the price of one message. `None` if there is no rate for its market and category.
    pub fn price(&self, market: Option<Market>, category: &str) -> Option<Decimal> {
        let of = |market| self.prices.get(&(market, category.to_ascii_lowercase())).copied();
        market.and_then(|market| of(Some(market))).or_else(|| of(None))
    }
}

/// Reads the rows of a table.
#[derive(Default)]
struct TableReader {
    /// The currency, with the line that set it.
    currency: Option<(usize, String)>,
    /// The prices, each with its line.
    prices: HashMap<(Option<Market>, String), (usize, Decimal)>,
}

impl TableReader {
    fn row(&mut self, line: usize, text: &str) -> Result<(), String> {
        let row = fields(text);
        let [market, category, price, currency] = row[..] else {
            return Err(format!("has {} fields instead of {}: {}", row.len(), HEADER.len(), HEADER.join(",")));
        };
        let is_name = |text: &str| !text.is_empty() && text.len() <= 64;
        if !is_name(category) {
            return Err("has no category, such as `service`".to_owned());
        }
        let amount: Decimal =
            price.parse().map_err(|_| format!("has the price `{price}`; write a number like 0.0123"))?;
        if amount.compare(Decimal::ZERO).is_lt() {
            return Err(format!("has the price `{price}`, which is below 0"));
        }
        self.set_currency(line, currency)?;
        for market in markets(market)? {
            let key = (market, category.to_ascii_lowercase());
            if let Some((first, _)) = self.prices.insert(key, (line, amount)).filter(|(_, known)| *known != amount) {
                return Err(format!(
                    "sets another price for the market and category of line {first}; remove one of them"
                ));
            }
        }
        if self.prices.len() > MAX_ROWS {
            return Err(format!("is beyond the limit of {MAX_ROWS} rates"));
        }
        Ok(())
    }

    fn set_currency(&mut self, line: usize, currency: &str) -> Result<(), String> {
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("has the currency `{currency}`; write a code of ISO 4217 like EUR"));
        }
        let (first, known) = self.currency.get_or_insert_with(|| (line, currency.to_owned()));
        if known != currency {
            return Err(format!("has the currency {currency}, and line {first} has {known}; use one currency"));
        }
        Ok(())
    }
}

fn fields(line: &str) -> Vec<&str> {
    line.split(',').map(|field| field.trim().trim_matches('"')).collect()
}

/// Returns the markets that a field names, `None` for all markets without a row.
fn markets(field: &str) -> Result<Vec<Option<Market>>, String> {
    if field == "*" {
        return Ok(vec![None]);
    }
    let code = field.strip_prefix('+').unwrap_or(field);
    let found: Vec<_> = if code.bytes().all(|byte| byte.is_ascii_digit()) {
        Market::of_calling_code(code).into_iter().map(Some).collect()
    } else {
        Market::all_of_country(&field.to_ascii_uppercase()).map(Some).collect()
    };
    if found.is_empty() {
        return Err(format!(
            "has the market `{field}`; write a calling code like 34, a country like ES, or * for the rest"
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rows: &str) -> Result<RateTable, String> {
        let text = format!("market,category,price,currency\n{rows}");
        RateTable::parse(&text).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(rows: &str, phone: &str, category: &str, expected: Option<&str>) {
        let price = parse(rows).unwrap().price(Market::of_phone(phone), category);
        assert_eq!(price.map(|price| price.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_market_has_several_names() {
        for market in ["34", "+34", "ES", "es", "\"ES\""] {
            check(&format!("{market},Service,0.02,EUR"), "34600000000", "service", Some("0.02"));
        }
        check("DO,utility,0.01,USD", "18295550100", "utility", Some("0.01"));
        check("US,utility,0.01,USD", "18295550100", "utility", None);
    }

    #[test]
    fn a_market_without_a_row_has_the_price_of_the_rest() {
        let rows = "# comment\n\n*,service,0.03,EUR\nES,service,0,EUR";
        check(rows, "351910000000", "service", Some("0.03"));
        check(rows, "unknown", "service", Some("0.03"));
        check(rows, "34600000000", "service", Some("0"));
        check(rows, "34600000000", "utility", None);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (rows, line, word) in [
            ("", 1, "no row"),
            ("ES,service,0.02", 2, "3 fields"),
            ("ES,,0.02,EUR", 2, "no category"),
            ("\nES,service,\"0,02\",EUR", 3, "5 fields"),
            ("ES,service,free,EUR", 2, "`free`"),
            ("ES,service,-1,EUR", 2, "below 0"),
            ("ES,service,1,euro", 2, "`euro`"),
            ("ES,service,1,EUR\nFR,service,1,USD", 3, "line 2 has EUR"),
            ("ES,service,1,EUR\n# again\n34,service,2,EUR", 4, "line 2"),
            ("Spain,service,1,EUR", 2, "`Spain`"),
            ("999,service,1,EUR", 2, "`999`"),
            (",service,1,EUR", 2, "``"),
        ] {
            let error = parse(rows).unwrap_err();
            assert!(error.starts_with(&format!("line {line} ")) && error.contains(word), "{rows}: {error}");
        }
        assert!(RateTable::parse("").unwrap_err().to_string().contains("market,category,price,currency"));
        // Two countries of one calling code can have a row each.
        assert!(parse("US,service,1,EUR\nCA,service,1,EUR").is_ok());
        assert!(parse("US,service,1,EUR\nCA,service,2,EUR").unwrap_err().contains("line 2"));
    }
}
