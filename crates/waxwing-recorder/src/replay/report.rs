//! Report of a replay: the differences from its recording.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use similar::TextDiff;

/// Result of a [`Replay`](crate::Replay). `Display` shows the differences, recipient by recipient; `-` is the recording, `+` the replay.
#[derive(Clone, PartialEq)]
pub struct ReplayReport {
    pub(super) recipients: BTreeMap<String, RecipientReport>,
    pub(super) is_answering: bool,
}

/// Messages to one recipient.
#[derive(Clone, PartialEq, Default)]
pub(super) struct RecipientReport {
    pub(super) recorded: Vec<Value>,
    pub(super) replayed: Vec<Value>,
}

impl ReplayReport {
    /// Returns true if the bot acknowledged a webhook, and sent the same messages as in the recording.
    pub fn is_equal(&self) -> bool {
        self.is_answering && self.recipients.values().all(|recipient| recipient.recorded == recipient.replayed)
    }

    /// Returns the number of messages that the bot sent in the replay.
    pub fn messages(&self) -> usize {
        self.recipients.values().map(|recipient| recipient.replayed.len()).sum()
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_answering {
            writeln!(f, "The bot acknowledged no webhook. Is it running, and is the URL of its webhook right?")?;
        }
        for (to, RecipientReport { recorded, replayed }) in &self.recipients {
            if recorded == replayed {
                continue;
            }
            let (before, after) = (pretty(recorded), pretty(replayed));
            let diff = TextDiff::from_lines(&before, &after);
            write!(f, "{}", diff.unified_diff().header(&format!("{to} recorded"), &format!("{to} replayed")))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayReport")
            .field("recipients", &self.recipients.len())
            .field("is_equal", &self.is_equal())
            .finish_non_exhaustive()
    }
}

/// Returns messages as text, one key per line.
fn pretty(messages: &[Value]) -> String {
    let pretty = |message: &Value| format!("{message:#}\n");
    messages.iter().map(pretty).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_show_both_sides() {
        let text = |text: &str| json!({"type": "text", "text": {"body": text}});
        let recipient =
            RecipientReport { recorded: vec![text("hi"), text("bye")], replayed: vec![text("hi"), text("ciao")] };
        let report = ReplayReport { recipients: [("1".into(), recipient)].into(), is_answering: true };
        let shown = report.to_string();
        assert!(!report.is_equal());
        assert!(shown.contains("-    \"body\": \"bye\"") && shown.contains("+    \"body\": \"ciao\""), "{shown}");
        assert!(!shown.contains("-    \"body\": \"hi\""), "{shown}");
    }
}
