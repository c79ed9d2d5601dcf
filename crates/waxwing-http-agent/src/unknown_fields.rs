//! Search for the fields of a document that a type does not have.

use serde_json::Value;

/// Largest number of fields that are named.
const MAX_FIELDS: usize = 8;

/// Longest name of a field in the result, in characters.
const MAX_NAME: usize = 40;

/// Returns the paths of the fields that are in `document` and not in `known`, its form after it was read and written again. A field without a value
/// (null, false, an empty list or an empty object) is not reported, because a known one may be left out.
pub(crate) fn find(document: &Value, known: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(document, known, "", &mut found);
    found
}

fn collect(document: &Value, known: &Value, path: &str, found: &mut Vec<String>) {
    match (document, known) {
        (Value::Object(document), Value::Object(known)) => {
            for (name, value) in document {
                let shown: String = name.chars().take(MAX_NAME).collect();
                let path = if path.is_empty() { shown } else { format!("{path}.{shown}") };
                match known.get(name) {
                    Some(known) => collect(value, known, &path, found),
                    None if has_value(value) && found.len() < MAX_FIELDS => found.push(path),
                    None => {}
                }
            }
        }
        (Value::Array(document), Value::Array(known)) => {
            for (nth, (value, known)) in document.iter().zip(known).enumerate() {
                collect(value, known, &format!("{path}[{nth}]"), found);
            }
        }
        _ => {}
    }
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WireAnswer;
    use serde_json::json;

    #[track_caller]
    fn check(document: &Value, expected: &[&str]) {
        let parsed: WireAnswer = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(find(document, &serde_json::to_value(&parsed).unwrap()), expected);
    }

    #[test]
    fn unknown_fields_are_found_at_every_depth() {
        check(&json!({"parts": []}), &[]);
        check(&json!({"parts": [], "handover": {"seconds": 1}}), &["handover"]);
        check(&json!({"parts": [{"type": "text", "text": "a", "markdown": true}]}), &["parts[0].markdown"]);
        let place = json!({"type": "location", "latitude": 1, "longitude": 2, "adress": "a"});
        check(&json!({"parts": [{"type": "text", "text": "a"}, place]}), &["parts[1].adress"]);
        let choice = json!({"id": "1", "label": "a", "emoji": "b"});
        check(
            &json!({"parts": [{"type": "question", "text": "a", "choices": [choice]}]}),
            &["parts[0].choices[0].emoji"],
        );
    }

    #[test]
    fn known_fields_without_a_value_are_no_finding() {
        let template = json!({"type": "template", "name": "a", "language": "en", "values": []});
        let question = json!({"type": "question", "text": "a", "choices": [], "menu": null});
        check(&json!({"parts": [template, question], "quote": null, "link_preview": false, "state": null}), &[]);
        check(&json!({"parts": [], "state": {"set": {"a": {"b": 1}}}}), &[]);
    }

    #[test]
    fn the_number_of_findings_is_limited() {
        let fields = (0..100).map(|n| (format!("field{n}"), json!(1)));
        let document: serde_json::Map<_, _> = fields.chain([("parts".to_owned(), json!([]))]).collect();
        let parsed = json!({"parts": []});
        assert_eq!(find(&document.into(), &parsed).len(), MAX_FIELDS);
    }
}
