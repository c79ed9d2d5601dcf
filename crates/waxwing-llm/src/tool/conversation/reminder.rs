//! Tool `remind_user`.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::AgentError;

use super::validate::{MAX_TEXT, required};
use crate::{Tool, ToolContext, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Date and time with the offset, such as 2026-11-01T09:00:00+01:00, or a delay in ISO 8601 from now on, such as PT30M, PT2H or P1D.
    when: String,
    /// Message to the user at that time, at most 1000 characters. It must be understandable without the conversation.
    text: String,
}

/// Creates the tool `remind_user`: a message to the user of this conversation at a later time.
///
/// Times without an offset are times of `time_zone`, an IANA name. An unknown name counts as UTC.
///
/// ```
/// use waxwing_agent::{Agent as _, AgentError, Reply, RunContext};
/// use waxwing_llm::{ChatResponse, LlmAgent, ScriptedModel, ToolCall, conversation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), AgentError> {
/// let arguments = serde_json::json!({ "when": "PT2H", "text": "Your table is reserved for 20:00." });
/// let call = ToolCall::new("1", "remind_user", arguments);
/// let model = ScriptedModel::new([ChatResponse::tool_calls([call]), ChatResponse::text("I cannot remind you here.")]);
/// let agent = LlmAgent::builder("hotel", model).tool(conversation::remind_user("Europe/Madrid")).build()?;
/// let reply = agent.run("Remind me in two hours.".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("I cannot remind you here."));
/// # Ok(())
/// # }
/// ```
pub fn remind_user(time_zone: &str) -> impl Tool + use<> {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let description = "Sends the user a message in this chat at a later time, at most a year ahead. Use this tool when the user asks to be reminded of something.";
    tool("remind_user", description, move |Arguments { when, text }, ctx: ToolContext| {
        let zone = zone.clone();
        async move {
            required("text", &text, MAX_TEXT)?;
            let at = time(&when, &zone, SystemTime::now())?;
            // A call that is made again has the same key, so it finds the message.
            ctx.run().scoped(ctx.idempotency_key().as_str()).remind_user(at, text).await?;
            let at = Timestamp::try_from(at).map(|at| at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
            Ok(format!("The message is scheduled for {}.", at.unwrap_or_default()))
        }
    })
}

/// Reads a time, or a delay after `now`.
fn time(when: &str, zone: &TimeZone, now: SystemTime) -> Result<SystemTime, AgentError> {
    let when = when.trim();
    let expected =
        || AgentError::new("when must be a date and time such as 2026-11-01T09:00:00+01:00, or a delay such as PT2H");
    if when.starts_with(['P', 'p']) {
        let delay: jiff::Span = when.parse().map_err(|_| expected())?;
        let now = Timestamp::try_from(now).map_err(|_| expected())?.to_zoned(zone.clone());
        let at = now.checked_add(delay).map_err(|_| expected())?;
        return Ok(at.timestamp().into());
    }
    if let Ok(at) = when.parse::<Timestamp>() {
        return Ok(at.into());
    }
    let at: DateTime = when.parse().map_err(|_| expected())?;
    at.to_zoned(zone.clone()).map(|at| at.timestamp().into()).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_absolute_or_a_delay() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_200);
        let seconds = |when: &str| {
            let at = time(when, &zone, now).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            at.as_secs() - 1_793_520_000
        };
        assert_eq!(seconds("2026-11-01T09:00:00+01:00"), 0);
        assert_eq!(seconds("2026-11-01T09:00:01"), 1);
        assert_eq!(seconds("2026-11-01T08:00:02Z"), 2);
        assert_eq!((seconds("PT2H"), seconds("P1D")), (7200, 86_400));
        for when in ["tomorrow", "", "P", "2026-13-01T09:00:00Z"] {
            assert!(time(when, &zone, now).is_err(), "{when}");
        }
    }
}
