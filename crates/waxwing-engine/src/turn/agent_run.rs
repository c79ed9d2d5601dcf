//! Runs the agent on the messages of a turn.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use waxwing_agent::{
    AgentError, BusinessNumber, ConversationInfo, HistoryEntry, HumanHandoff, Reply, RunContext, Turn, Undelivered,
    UserMessage,
};
use waxwing_backoff::{equal_jitter, random_fraction};
use waxwing_client::ErrorCode;
use waxwing_metrics::Metric;
use waxwing_store::{InboxSeq, LogEntry, NewLogEntry, Peer, RunId, StoredSession, UndeliveredMessage};
use waxwing_types::{Address, MessageId};

use super::arrivals::{self, ArrivalCursor, CancelReason, Execution};
use super::context::{TurnContext, TurnError, TurnState};
use super::earlier_media::EarlierMedia;
use super::quotes;
use super::report;
use super::run_conversation::{RunConversation, RunRecord};
use super::turn_spans;
use crate::agent_circuits::AdmittedRun;
use crate::events::EngineEventKind;
use crate::history::{self, session_user};
use crate::inbound::classify::ReceivedMessage;
use crate::inbound::media::MediaFiles;
use crate::isolation::RunPermit;
use crate::run_trace::RunTrace;
use crate::settings::QuoteReplies;

/// How long a cancelled run may take to clean up before it is dropped.
const CLEANUP_TIMEOUT: Duration = Duration::from_millis(100);

/// Shortest wait of a turn that finds no place.
const MIN_DELAY: Duration = Duration::from_secs(1);

/// Longest such wait.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// A turn whose runs may have crashed the process this often runs in isolation.
const ISOLATE_AFTER_CRASHES: u32 = 2;

/// A turn is given up after this many crashes in isolation.
const MAX_ISOLATED_CRASHES: u32 = 3;

/// The messages of a run, with the place to which it replies.
pub(super) struct RunInput<'a> {
    pub(super) messages: Vec<ReceivedMessage>,
    /// Changes of messages of earlier turns.
    pub(super) changes: Vec<LogEntry>,
    pub(super) address: Address,
    pub(super) session_label: String,
    /// Position up to which the run knows the messages.
    pub(super) cursor: ArrivalCursor,
    /// Records whether the agent works.
    pub(super) admitted: AdmittedRun<'a>,
}

/// The result of a run.
pub(super) enum RunResult {
    /// The run is over.
    Finished(Box<FinishedRun>),
    /// Newer messages superseded the run. A new run handles all messages.
    Superseded,
}

/// A run that is over, with everything that the outcome of its turn needs.
pub(super) struct FinishedRun {
    pub(super) end: RunEnd,
    /// The messages that the run handled.
    pub(super) messages: Vec<InboxSeq>,
    /// The message that the reply quotes.
    pub(super) quote: Option<MessageId>,
    /// New entries of the conversation log, without the reply.
    pub(super) log: Vec<NewLogEntry>,
    /// The handoff that an interim message asked for.
    pub(super) handoff: Option<HumanHandoff>,
    pub(super) session: StoredSession,
    pub(super) context: RunContext,
    /// The files of the messages. They exist until the reply is compiled, since the reply may refer to them.
    pub(super) _files: MediaFiles,
}

/// How a run ended.
pub(super) enum RunEnd {
    Replied(Reply),
    Failed(AgentError),
    /// The user sent the stop command.
    Stopped {
        command: InboxSeq,
        /// Messages before the command that the run did not handle.
        before: Vec<InboxSeq>,
    },
    /// An operator took part in the conversation.
    HumanTookOver,
}

/// Returns why the turn gets no further run.
pub(super) fn give_up_reason(context: &TurnContext) -> Option<&'static str> {
    let claim = context.claim();
    if claim.isolated_crash_count >= MAX_ISOLATED_CRASHES {
        return Some("the process crashed in every isolated run");
    }
    (claim.failures >= context.shared.settings.run_attempts).then_some("every run failed")
}

/// Runs the agent and returns how the run ended.
pub(super) async fn run(
    context: &TurnContext,
    state: &mut TurnState,
    input: RunInput<'_>,
) -> Result<RunResult, TurnError> {
    let RunInput { messages, changes, address, session_label, cursor, admitted } = input;
    let store = &context.shared.store;
    let mut steps = Vec::new();
    if state.is_resumed {
        steps = store.steps(context.lease(), &state.run).await?;
    } else {
        state.run = first_run_id(&messages, state.superseded_runs);
    }
    let agent = &context.route.agent;
    let limit = context.shared.settings.history_of(&**agent);
    let mut session = store.session(context.lease(), agent.name(), &session_label, limit).await?;
    // The agent reads the history as its user left it.
    session.entries.extend(changes);
    let user_id = user_id(context, &session).map(str::to_owned);
    let run = RunConversation::new(context, state.run.clone(), address, steps).with_user_id(user_id);
    let run = Arc::new(run.with_first_contact(context).await);
    run.note(&messages);
    let first = messages.iter().find(|received| received.is_from_user()).map(|received| received.message.id.clone());
    let (end, run_context) = execute(context, state, &run, &messages, &session, cursor, admitted).await?;
    state.cost += context.shared.guards.costs.cost_of(&run_context);
    let RunRecord { messages: handled, arrived, log, handoff, files } = run.close().await;
    let quote = quote(context, first, handled.len() + arrived);
    let end = match end {
        Ok(Ok(reply)) => RunEnd::Replied(reply),
        Ok(Err(error)) => RunEnd::Failed(error),
        Err(CancelReason::Stopped { command, before }) => RunEnd::Stopped { command, before },
        Err(CancelReason::HumanTookOver) => RunEnd::HumanTookOver,
        Err(CancelReason::Superseded) => return Ok(RunResult::Superseded),
    };
    let context = run_context;
    Ok(RunResult::Finished(Box::new(FinishedRun {
        end,
        messages: handled,
        quote,
        log,
        handoff,
        session,
        context,
        _files: files,
    })))
}

/// Returns the message that the reply quotes: the first message of the turn, if the settings say so. `messages` is the number of messages of the
/// user from this message on.
fn quote(context: &TurnContext, first: Option<String>, messages: usize) -> Option<MessageId> {
    let quotes = match context.shared.settings.quote_replies {
        QuoteReplies::Never => false,
        QuoteReplies::Always => true,
        QuoteReplies::Auto => messages > 2 || matches!(context.conversation().peer, Peer::Group(_)),
    };
    first.filter(|_| quotes).map(MessageId::new)
}

/// Prepares the run, then calls the agent, until it returns or new messages cancel the run.
async fn execute(
    context: &TurnContext,
    state: &mut TurnState,
    run: &Arc<RunConversation>,
    received: &[ReceivedMessage],
    session: &StoredSession,
    cursor: ArrivalCursor,
    admitted: AdmittedRun<'_>,
) -> Result<(Execution, RunContext), TurnError> {
    let mut cancelled = pin!(arrivals::until_cancelled(context, state.superseded_runs, run, cursor));
    let mut prepared = tokio::select! {
        biased;
        reason = &mut cancelled => Err(reason),
        prepared = prepare(context, state, run, received, session) => Ok(prepared?),
    };
    if prepared.is_ok() && state.superseded_runs == 0 && admitted.is_revoked() {
        // The circuit opened while the turn waited, perhaps among many others.
        return Err(state.put_off(context, equal_jitter(2 * MIN_DELAY, random_fraction())));
    }
    let cancellation = context.cancel.child_token();
    let deadline = Instant::now() + context.shared.settings.run_timeout;
    let (history, group_subject) = match &mut prepared {
        Ok(prepared) => (std::mem::take(&mut prepared.history), prepared.group_subject.take()),
        Err(_) => (Vec::new(), None),
    };
    let trace = RunTrace::begin(&context.shared.reports.traces, &state.run);
    let run_context = run_context(context, run, received, session, history)
        .observer(Arc::new(context.events.in_trace(trace.clone())))
        .conversation_info(conversation_info(context, group_subject))
        .run_id(state.run.0.clone())
        .cancellation(cancellation.clone())
        .deadline(deadline.into_std())
        .circuits(admitted.backends())
        .build();
    let messages = match prepared {
        Ok(Prepared { messages, .. }) => messages,
        Err(reason) => {
            run.handle(&received.iter().map(|message| message.seq).collect::<Vec<_>>());
            return Ok((Err(reason), run_context));
        }
    };
    if let Some(RunPermit::Isolated(_)) = state.run_permit {
        // As late as possible: a crash counts against this turn from here on.
        context.shared.store.isolate(context.lease()).await?;
    }
    let turn = Turn::new(messages).with_undelivered(undelivered(context)).with_service_window(context.service_window());
    let turn = context.closed_business().into_iter().fold(turn, Turn::with_closed);
    let started = Instant::now();
    context.events.publish(|| EngineEventKind::AgentStarted {
        agent: context.route.agent.name().to_owned(),
        run: state.run.0.clone(),
        messages: turn.messages.len(),
        history: run_context.session().history().len(),
    });
    let input = trace.as_ref().and_then(|trace| trace.input(&turn));
    let execution = call_agent(context, turn, &run_context, run, cancelled, admitted).await;
    report::run_finished(context, &execution, started.elapsed(), run_context.cost());
    turn_spans::agent_called(context, trace.as_ref(), &execution, input, run_context.cost());
    Ok((execution, run_context))
}

fn run_context(
    context: &TurnContext,
    run: &Arc<RunConversation>,
    received: &[ReceivedMessage],
    session: &StoredSession,
    history: Vec<HistoryEntry>,
) -> waxwing_agent::RunContextBuilder {
    let mut user = received.last().map(|received| received.message.sender.clone()).unwrap_or_default();
    if let Some(id) = user_id(context, session) {
        id.clone_into(&mut user.id);
    }
    RunContext::builder("", history::restore(session, history))
        .user(user)
        .in_group(matches!(context.conversation().peer, Peer::Group(_)))
        .memory(history::memory(session))
        .conversation(run.clone())
        .journal(run.clone())
}

/// Returns the id of the user in this session: the label under which the session began. Returns none in a group.
fn user_id<'a>(context: &TurnContext, session: &'a StoredSession) -> Option<&'a str> {
    let is_group = matches!(context.conversation().peer, Peer::Group(_));
    session_user(&session.label).filter(|_| !is_group)
}

fn conversation_info(context: &TurnContext, group_subject: Option<String>) -> ConversationInfo {
    let conversation = context.conversation();
    let mut info = ConversationInfo::new(conversation.key.clone());
    info.number = BusinessNumber::new(conversation.number.as_str());
    info.number.phone = context.shared.routes.phone(&conversation.number);
    info.group_id = match &conversation.peer {
        Peer::Group(id) => Some(id.as_str().to_owned()),
        Peer::User(_) => None,
    };
    info.group_subject = group_subject;
    info
}

/// The messages of a run and its history, with their media and with the messages that they refer to.
struct Prepared {
    messages: Vec<UserMessage>,
    history: Vec<HistoryEntry>,
    group_subject: Option<String>,
}

/// Fetches the media of the messages and of the history, and waits for the right to run.
///
/// # Errors
///
/// Puts the turn off if too many turns download media.
async fn prepare(
    context: &TurnContext,
    state: &mut TurnState,
    run: &RunConversation,
    received: &[ReceivedMessage],
    session: &StoredSession,
) -> Result<Prepared, TurnError> {
    let (downloads, number) = (&context.shared.slots.downloads, &context.route.number);
    let isolated = match context.claim().crash_count {
        0..ISOLATE_AFTER_CRASHES => None,
        _ => Some(wait_for_isolation(context, state).await?),
    };
    let mut history = history::entries(&session.entries);
    context.form_tokens().bind_history(&mut history);
    let mut earlier = EarlierMedia::find(context, run, session, &history).await;
    let has_media = received.iter().any(|received| received.medium.is_some());
    let mut download_slot = None;
    // The one run in isolation needs no slot.
    if isolated.is_none() && (has_media || earlier.has_missing()) {
        download_slot = match downloads.try_take(number) {
            // A newer message cancelled the earlier run, and the user waits for the answer to both.
            None if state.superseded_runs > 0 => Some(downloads.take(number).await),
            slot => slot,
        };
        match &download_slot {
            // A slow download must not keep other turns from running.
            Some(_) => state.run_slot = None,
            None if has_media => return Err(state.put_off(context, delay_by_age(received))),
            None => earlier.forgo_missing(),
        }
    }
    let mut messages = run.take_up(received).await;
    let ((), group_subject) = tokio::join!(earlier.download(run), context.group_subject());
    history::attach(&mut history, earlier.files);
    let permit = if let Some(permit) = isolated {
        permit
    } else {
        if state.run_slot.is_none() {
            state.run_slot = Some(context.shared.slots.runs.take(number).await);
        }
        context.shared.slots.isolation.shared().await
    };
    state.run_permit = Some(permit);
    drop(download_slot);
    quotes::add(context, run, session, &mut history, &mut messages).await?;
    Ok(Prepared { messages, history, group_subject })
}

/// Returns how long a turn waits for a download slot. Turns that have waited longer try more seldom, and there may be many of them.
fn delay_by_age(received: &[ReceivedMessage]) -> Duration {
    let age = received.iter().map(|received| received.age).max().unwrap_or_default();
    equal_jitter((age / 2).clamp(2 * MIN_DELAY, MAX_DELAY), random_fraction())
}

/// Waits for the right to run in isolation, after crashes.
///
/// # Errors
///
/// Puts the turn off if another one waits, so that the number of waiting turns is bounded.
async fn wait_for_isolation(context: &TurnContext, state: &mut TurnState) -> Result<RunPermit, TurnError> {
    let (shared, claim) = (&context.shared, context.claim());
    let (conversation, crash_count) = (context.log_id(), claim.crash_count);
    // A turn that waits for isolation must not delay others.
    state.run_slot = None;
    let Some(place) = shared.slots.isolation.queue() else {
        return Err(state.put_off(context, equal_jitter(shared.settings.isolation_backoff, random_fraction())));
    };
    tracing::warn!(conversation, crash_count, "run may have crashed the process; isolating it");
    tokio::time::sleep(shared.settings.isolation_backoff * claim.isolated_crash_count).await;
    Ok(shared.slots.isolation.isolated(place).await)
}

/// Returns the id of the first run on these messages. The id follows from the ids of the messages, so a run that is repeated after a crash has the
/// same id, and its requests have the same idempotency keys, even if the first run recorded nothing.
fn first_run_id(messages: &[ReceivedMessage], superseded_runs: u32) -> RunId {
    let mut digest = Sha256::new();
    for received in messages {
        digest.update(received.message.id.as_bytes());
        digest.update([0]);
    }
    // The interim messages of a superseded run are sent, so the next run needs another id.
    digest.update(superseded_runs.to_be_bytes());
    RunId(hex::encode(&digest.finalize()[..16]))
}

/// Returns the undelivered messages of the conversation as the agent gets them.
fn undelivered(context: &TurnContext) -> Vec<Undelivered> {
    let for_agent = |lost: &UndeliveredMessage| {
        let text = lost.content.text().unwrap_or_default();
        let known = lost.error.code.and_then(ErrorCode::find);
        let mut reason = known.map_or_else(|| lost.error.message.clone(), |entry| entry.for_agent.to_owned());
        if lost.is_replaced {
            reason.push_str(" The user got the text of the message without the rest.");
        }
        let told = Undelivered::new(text, reason, lost.error.code);
        if lost.is_parked { told.parked() } else { told }
    };
    context.claim().undelivered.iter().map(for_agent).collect()
}

/// Calls the agent. Ends at a panic, at the deadline, or when the run is cancelled.
async fn call_agent(
    context: &TurnContext,
    turn: Turn,
    run_context: &RunContext,
    run: &RunConversation,
    cancelled: Pin<&mut impl Future<Output = CancelReason>>,
    admitted: AdmittedRun<'_>,
) -> Execution {
    let out_of_time = async {
        match run_context.deadline() {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    let call = AssertUnwindSafe(async { context.route.agent.run(turn, run_context).await }).catch_unwind();
    let mut call = pin!(call);
    let execution = tokio::select! {
        biased;
        reply = &mut call => {
            let reply = reply.unwrap_or_else(|_panic| {
                context.shared.reports.metrics.increment(Metric::AgentPanics, [context.route.agent.name()]);
                Err(AgentError::new("the agent panicked"))
            });
            match &reply {
                Ok(_) => admitted.record_success(),
                Err(error) if is_shared(error) => admitted.record_error(error),
                // The messages may be the cause.
                Err(_) => drop(admitted),
            }
            return Ok(reply);
        }
        reason = cancelled => Err(reason),
        () = out_of_time => {
            admitted.record_failure();
            Ok(Err(AgentError::new("the agent took too long")))
        }
    };
    run.seal();
    run_context.cancellation().cancel();
    // A reply that comes now is too late.
    let _ = tokio::time::timeout(CLEANUP_TIMEOUT, call).await;
    execution
}

/// Returns true if other conversations of the agent may fail for the same reason. A failure of the store says nothing about the agent.
fn is_shared(error: &AgentError) -> bool {
    let store_error = error.source().and_then(|source| source.downcast_ref::<waxwing_store::Error>());
    error.is_retryable() && store_error.is_none()
}
