//! Exact decimal number.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Maximum number of digits behind the decimal point.
const MAX_SCALE: u32 = 18;

/// Maximum number of digits, as written.
const MAX_DIGITS: usize = 36;

/// An exact decimal number, such as a price. It keeps the digits behind the point as they were written.
///
/// Two numbers are equal if they have the same digits: `7.5` and `7.50` are not.
///
/// ```
/// use waxwing_types::Decimal;
///
/// let price: Decimal = "7.50".parse()?;
/// let total = price.checked_mul(3).and_then(|three| three.checked_add("0.1".parse().ok()?));
/// assert_eq!(total.map(|total| total.to_string()).as_deref(), Some("22.60"));
/// assert_eq!("1.5e2".parse::<Decimal>()?.to_string(), "150");
/// # Ok::<(), waxwing_types::ParseDecimalError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    digits: i128,
    /// Number of digits behind the point.
    scale: u32,
}

/// The text is not a decimal number with at most 36 digits, 18 of them behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseDecimalError;

impl Decimal {
    /// The number 0.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    /// Returns a number of billionths, such as 0.25 for 250,000,000.
    ///
    /// ```
    /// use waxwing_types::Decimal;
    ///
    /// assert_eq!(Decimal::from_billionths(1_250_000_000).to_string(), "1.25");
    /// ```
    pub fn from_billionths(billionths: i64) -> Self {
        Self { digits: i128::from(billionths), scale: 9 }.trimmed()
    }

    /// Compares the values of two numbers, so that 7.5 and 7.50 are equal.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use waxwing_types::Decimal;
    ///
    /// let number = |text: &str| text.parse::<Decimal>();
    /// assert_eq!(number("7.5")?.compare(number("7.50")?), Ordering::Equal);
    /// assert_eq!(number("-1")?.compare(Decimal::ZERO), Ordering::Less);
    /// # Ok::<(), waxwing_types::ParseDecimalError>(())
    /// ```
    pub fn compare(self, other: Self) -> Ordering {
        self.whole_and_fraction().cmp(&other.whole_and_fraction())
    }

    /// Returns the same value without zeros at the end of the digits behind the point.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let Self { mut digits, mut scale } = self;
        while scale > 0 && digits % 10 == 0 {
            (digits, scale) = (digits / 10, scale - 1);
        }
        Self { digits, scale }
    }

    /// Returns the whole part, rounded down, and the rest in units of the last possible digit.
    fn whole_and_fraction(self) -> (i128, i128) {
        let one = 10_i128.pow(self.scale);
        (self.digits.div_euclid(one), self.digits.rem_euclid(one) * 10_i128.pow(MAX_SCALE - self.scale))
    }

    /// Adds two numbers. Returns `None` if the sum has too many digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let digits = self.digits_at(scale)?.checked_add(other.digits_at(scale)?)?;
        Some(Self { digits, scale })
    }

    /// Multiplies the number. Returns `None` if the product has too many digits.
    pub fn checked_mul(self, factor: u64) -> Option<Self> {
        Some(Self { digits: self.digits.checked_mul(i128::from(factor))?, scale: self.scale })
    }

    fn digits_at(self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    /// Reads a number as JSON writes it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| ParseDecimalError)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let unsigned = whole.strip_prefix('-').unwrap_or(whole);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_fraction = mantissa.contains('.');
        if unsigned.is_empty() || has_fraction && fraction.is_empty() || !is_number(unsigned) || !is_number(fraction) {
            return Err(ParseDecimalError);
        }
        if unsigned.len() + fraction.len() > MAX_DIGITS {
            return Err(ParseDecimalError);
        }
        let digits = format!("{whole}{fraction}").parse::<i128>().map_err(|_| ParseDecimalError)?;
        let scale = i32::try_from(fraction.len()).unwrap_or(i32::MAX).saturating_sub(exponent);
        match u32::try_from(scale) {
            Ok(scale) if scale <= MAX_SCALE => Ok(Self { digits, scale }),
            Ok(_) => Err(ParseDecimalError),
            Err(_) => {
                let factor = 10_i128.checked_pow(scale.unsigned_abs()).ok_or(ParseDecimalError)?;
                Ok(Self { digits: digits.checked_mul(factor).ok_or(ParseDecimalError)?, scale: 0 })
            }
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl fmt::Display for ParseDecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number with at most 36 digits, 18 of them behind the point")
    }
}

impl std::error::Error for ParseDecimalError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let number = text.parse::<Decimal>().ok().map(|number| number.to_string());
        assert_eq!(number.as_deref(), expected, "{text}");
    }

    #[test]
    fn numbers_are_read_as_json_writes_them() {
        check("7", Some("7"));
        check("7.50", Some("7.50"));
        check("-0.05", Some("-0.05"));
        check("0.1e1", Some("1"));
        check("15E-1", Some("1.5"));
        check("2e3", Some("2000"));
        check("123456789012345678.123456789012345678", Some("123456789012345678.123456789012345678"));
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in ["", "-", ".5", "5.", "1,5", "+1", "1e", "NaN", "1e99", "1e-99", "--1", " 1"] {
            check(text, None);
        }
        check(&"9".repeat(37), None);
    }

    #[test]
    fn numbers_are_compared_by_their_values() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        for (a, b, expected) in [
            ("0.8", "0.80", Ordering::Equal),
            ("0.79999", "0.8", Ordering::Less),
            ("-0.5", "-0.25", Ordering::Less),
            ("10", "9.999999999999999999", Ordering::Greater),
            (&*"9".repeat(36), "0.000000000000000001", Ordering::Greater),
        ] {
            assert_eq!(number(a).compare(number(b)), expected, "{a} {b}");
            assert_eq!(number(b).compare(number(a)), expected.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn billionths_are_exact() {
        for (billionths, expected) in [(0, "0"), (1, "0.000000001"), (-2_500_000_000, "-2.5"), (7_000_000_000, "7")] {
            assert_eq!(Decimal::from_billionths(billionths).to_string(), expected);
        }
    }

    #[test]
    fn sums_and_products_are_exact_or_none() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(number("0.1").checked_add(number("0.20")), Some(number("0.30")));
        assert_eq!(number("7.50").checked_mul(2), Some(number("15.00")));
        assert_eq!(number(&"9".repeat(36)).checked_mul(u64::MAX), None);
        assert_eq!(number(&"9".repeat(36)).checked_add(number("0.123456789012345678")), None);
    }
}
