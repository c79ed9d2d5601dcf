//! Typed answers to forms.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Number, Value};

use crate::message_content::FormAnswer;

impl FormAnswer {
    /// Deserializes the data of the form.
    ///
    /// The app of the user sends numbers as texts, and fields that the user leaves empty as empty texts. A text becomes a number or a boolean
    /// where the type wants one, and an empty text becomes `None` where the type has an option.
    ///
    /// # Errors
    ///
    /// Names the first value that is missing or does not fit. The error contains no data of the user.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use waxwing_agent::FormAnswer;
    ///
    /// #[derive(Debug, Deserialize, PartialEq)]
    /// struct Booking {
    ///     guests: u8,
    ///     note: Option<String>,
    /// }
    ///
    /// let answer = FormAnswer::new(serde_json::json!({"guests": "4", "note": ""}));
    /// assert_eq!(answer.parse::<Booking>()?, Booking { guests: 4, note: None });
    ///
    /// let answer = FormAnswer::new(serde_json::json!({"guests": "many"}));
    /// let error = answer.parse::<Booking>().unwrap_err();
    /// assert_eq!(error.to_string(), "the value `guests` of the form does not fit: expected u8");
    /// # Ok::<(), waxwing_agent::FormAnswerError>(())
    /// ```
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FormAnswerError> {
        serde_path_to_error::deserialize(Lenient(&self.answer)).map_err(|error| {
            let path = error.path().to_string();
            FormAnswerError::new(&path, &error.into_inner().to_string())
        })
    }
}

/// Answer to a form that does not fit a type. The message contains no data of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormAnswerError {
    field: String,
    problem: String,
}

/// Starts of messages of `serde` whose last part names the expected type.
const KNOWN_MESSAGES: [&str; 5] =
    ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `", "unknown choice, "];

impl FormAnswerError {
    /// Creates an error from the message of `serde`, which may quote the value: only the part about the type is kept.
    fn new(path: &str, message: &str) -> Self {
        if let Some(missing) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
            // The path leads to the object that lacks the field. `.` is the whole answer.
            let field = if path == "." { missing.to_owned() } else { format!("{path}.{missing}") };
            return Self { field, problem: "is missing".to_owned() };
        }
        // Another message is the work of the type, and may contain data in any place.
        let is_known = KNOWN_MESSAGES.iter().any(|prefix| message.starts_with(prefix));
        let expected = message.rsplit_once(", expected ").filter(|_| is_known).map(|(_, expected)| expected);
        let problem =
            expected.map_or("does not fit".to_owned(), |expected| format!("does not fit: expected {expected}"));
        Self { field: path.to_owned(), problem }
    }

    /// Returns the name of the value, or the path to it. `.` is the whole answer.
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for FormAnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, problem } = self;
        write!(f, "the value `{field}` of the form {problem}")
    }
}

impl std::error::Error for FormAnswerError {}

/// Deserializer that reads texts as numbers and booleans where a type wants them.
#[derive(Clone, Copy)]
struct Lenient<'a>(&'a Value);

impl<'a> Lenient<'a> {
    /// Returns the text, if the value is one.
    fn text(self) -> Option<&'a str> {
        self.0.as_str().map(str::trim)
    }
}

/// Reads a number, which may be a text.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
                match self.text().and_then(|text| text.parse::<Number>().ok()) {
                    Some(number) => number.$method(visitor),
                    None => self.0.$method(visitor),
                }
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Error;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        char str bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(entries) => {
                let mut entries = SeqDeserializer::new(entries.iter().map(Lenient));
                let read = visitor.visit_seq(&mut entries)?;
                entries.end()?;
                Ok(read)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), Lenient(value)));
                visitor.visit_map(MapDeserializer::new(members))
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            // A field for a telephone number may arrive as a number.
            Value::Number(number) => visitor.visit_string(number.to_string()),
            other => other.deserialize_string(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text() {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => self.0.deserialize_bool(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() || self.text() == Some("") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0.as_str() {
            Some(text) if variants.contains(&text) => {
                let text: StrDeserializer<'de, Error> = text.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
            // The error of `serde` would quote the text.
            Some(_) => Err(Error::custom(format!("unknown choice, expected one of {}", variants.join(", ")))),
            None => self.0.deserialize_enum(name, variants, visitor),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for Lenient<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Place {
        Inside,
        Terrace,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Guests(u8);

    #[derive(Debug, Deserialize, PartialEq)]
    struct Booking {
        name: String,
        guests: Guests,
        price: f64,
        place: Place,
        #[serde(default)]
        extras: Vec<String>,
        is_regular: bool,
        note: Option<String>,
        table: Option<i32>,
    }

    fn answer() -> Value {
        json!({
            "name": 7, "guests": " 4 ", "price": "7.50", "place": "terrace", "extras": ["olives"], "is_regular": "true",
            "note": "", "table": "-3", "flow_token": "t",
        })
    }

    #[test]
    fn texts_become_the_types_of_the_struct() {
        let expected = Booking {
            name: "7".to_owned(),
            guests: Guests(4),
            price: 7.5,
            place: Place::Terrace,
            extras: vec!["olives".to_owned()],
            is_regular: true,
            note: None,
            table: Some(-3),
        };
        assert_eq!(FormAnswer::new(answer()).parse::<Booking>().unwrap(), expected);
        let all: BTreeMap<String, Value> = FormAnswer::new(answer()).parse().unwrap();
        assert_eq!(all["guests"], " 4 ", "a value of any type stays as it is");
    }

    #[test]
    fn errors_name_the_value_and_contain_no_data() {
        #[track_caller]
        fn check(name: &str, value: &Value, expected: &str) {
            let mut data = answer();
            data[name] = value.clone();
            if value.is_null() {
                data.as_object_mut().unwrap().remove(name);
            }
            let error = FormAnswer::new(data).parse::<Booking>().unwrap_err();
            assert_eq!(error.to_string(), format!("the value `{name}` of the form {expected}"));
            assert_eq!(error.field(), name);
        }
        check("name", &json!(null), "is missing");
        check("guests", &json!("secret"), "does not fit: expected u8");
        check("guests", &json!("300"), "does not fit: expected u8");
        check("guests", &json!({"secret": 1}), "does not fit: expected u8");
        check("place", &json!("secret, expected 1"), "does not fit: expected one of inside, terrace");
        check("is_regular", &json!("secret"), "does not fit: expected a boolean");
        check("extras", &json!("secret"), "does not fit: expected a sequence");
        let error = FormAnswer::new(json!("secret, expected 1")).parse::<Booking>().unwrap_err();
        assert_eq!(error.to_string(), "the value `.` of the form does not fit: expected struct Booking");
    }

    #[test]
    fn a_missing_value_within_a_value_has_its_path() {
        #[derive(Debug, Deserialize)]
        struct Delivery {
            #[expect(dead_code, reason = "its type is tested")]
            to: BTreeMap<String, Booking>,
        }

        let error = FormAnswer::new(json!({"to": {"a": {}}})).parse::<Delivery>().unwrap_err();
        assert_eq!(error.to_string(), "the value `to.a.name` of the form is missing");
    }

    #[test]
    fn the_message_of_a_type_is_not_shown() {
        #[derive(Debug)]
        struct Code;

        #[derive(Debug, Deserialize)]
        struct Login {
            #[expect(dead_code, reason = "its type is tested")]
            code: Code,
        }

        impl<'de> Deserialize<'de> for Code {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Err(D::Error::custom(format!("wrong code, expected {text}")))
            }
        }

        let error = FormAnswer::new(json!({"code": "secret"})).parse::<Login>().unwrap_err();
        assert_eq!(error.to_string(), "the value `code` of the form does not fit");
    }

    #[test]
    fn any_answer_is_parsed_or_refused() {
        for data in [json!(null), json!([[[]]]), json!({"a": {"a": []}}), json!(1e300), json!("\u{0}")] {
            let answer = FormAnswer::new(data.clone());
            assert!(answer.parse::<Booking>().is_err());
            assert_eq!(answer.parse::<Value>().unwrap(), data);
        }
    }
}
