//! Compiles the replies of turns.
//!
//! Interim messages are compiled while the run goes on, by the conversation of the run.

use waxwing_agent::Reply;
use waxwing_store::{Draft, NewLogEntry, QueuedNotice};

use super::context::TurnContext;
use crate::history;
use crate::outbound::compile::compile;

/// A reply as messages, with its entry of the conversation log.
#[derive(Debug, Default)]
pub(super) struct CompiledReply {
    pub(super) drafts: Vec<Draft>,
    pub(super) entry: Option<NewLogEntry>,
}

/// Compiles one system message. An empty text compiles to no message, and so does every text of a turn that a used budget stops.
pub(super) async fn compile_text(context: &TurnContext, text: &str) -> CompiledReply {
    if text.is_empty() || context.over_budget().is_some() {
        return CompiledReply::default();
    }
    let drafts = compile_reply(context, Reply::text(text)).await;
    let entry = (!drafts.is_empty()).then(|| history::system_text(text));
    CompiledReply { drafts, entry }
}

pub(super) async fn compile_reply(context: &TurnContext, reply: Reply) -> Vec<Draft> {
    match context.address() {
        Some(address) => compile(reply, &address, &context.reply_rules()).await,
        None => Vec::new(),
    }
}

/// Returns a system message to queue before the turn ends. Returns none for an empty text.
pub(super) async fn notice(context: &TurnContext, text: &str) -> Option<QueuedNotice> {
    let CompiledReply { drafts, entry } = compile_text(context, text).await;
    Some(QueuedNotice { draft: drafts.into_iter().next()?, entry: entry? })
}
