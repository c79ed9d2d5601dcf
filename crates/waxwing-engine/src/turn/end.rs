//! How a turn ends: what becomes of each message, what the user reads, what the session keeps.

use std::io;

use serde::Serialize;
use waxwing_agent::{Entry, Part, Reply, Role, RunContext, Turn};
use waxwing_store::{InboxSeq, NewSession, Outcome, RunId, SendRequest, SessionWrite, Timestamp, TurnCommit};
use waxwing_types::Address;

use super::batch::Unreadable;
use crate::compile::compile;
use crate::media::MediaFiles;
use crate::settings::Texts;

/// The end of a turn, before it is committed.
#[derive(Debug, Default)]
pub(super) struct End {
    outcomes: Vec<(InboxSeq, Outcome)>,
    reply: Reply,
    session: Option<SessionWrite>,
    begin_session: Option<NewSession>,
    /// What the reply may refer to.
    files: Option<MediaFiles>,
}

impl End {
    /// A new session begins.
    pub(super) fn new_session(command: InboxSeq, agent: &str, label: String, texts: &Texts) -> Self {
        Self {
            outcomes: vec![(command, Outcome::Commanded)],
            reply: Reply::text(texts.new_session.clone()),
            begin_session: Some(NewSession { agent: agent.to_owned(), label }),
            ..Self::default()
        }
    }

    /// There was nothing that an agent could take.
    pub(super) fn unreadable(unreadable: Vec<Unreadable>, texts: &Texts) -> Self {
        Self { reply: Reply::text(texts.unsupported.clone()), ..Self::default() }.and_unreadable(unreadable)
    }

    /// No run answered, and none will be tried.
    pub(super) fn given_up(messages: &[InboxSeq], reason: &str, texts: &Texts) -> Self {
        let outcome = |seq: &InboxSeq| (*seq, Outcome::DeadLettered(reason.to_owned()));
        Self {
            outcomes: messages.iter().map(outcome).collect(),
            reply: Reply::text(texts.apology.clone()),
            ..Self::default()
        }
    }

    /// The agent answered.
    pub(super) fn answered(messages: &[InboxSeq], reply: Reply, session: SessionWrite) -> Self {
        Self {
            outcomes: messages.iter().map(|seq| (*seq, Outcome::Answered)).collect(),
            reply,
            session: Some(session),
            ..Self::default()
        }
    }

    /// Passes over messages that no agent can take.
    pub(super) fn and_unreadable(mut self, unreadable: Vec<Unreadable>) -> Self {
        let outcome =
            |message: Unreadable| (message.seq, Outcome::Ignored(format!("type not supported: {}", message.kind)));
        self.outcomes.extend(unreadable.into_iter().map(outcome));
        self
    }

    /// Keeps the files that the reply may refer to until it is compiled.
    pub(super) fn holding(mut self, files: MediaFiles) -> Self {
        self.files = Some(files);
        self
    }

    /// The transaction that ends the turn.
    pub(super) async fn commit(
        self,
        run: RunId,
        to: &Address,
        texts: &Texts,
        send: Option<SendRequest>,
    ) -> io::Result<TurnCommit> {
        let reply = compile(self.reply, to, &texts.too_large).await?;
        Ok(TurnCommit {
            run,
            outcomes: self.outcomes,
            reply,
            session: self.session,
            begin_session: self.begin_session,
            send,
        })
    }
}

/// What a session keeps of an answered turn.
pub(super) fn session_write(
    session: waxwing_store::SessionId,
    turn: Vec<Entry>,
    reply: &Reply,
    ctx: &RunContext,
    now: Timestamp,
) -> SessionWrite {
    let entries = turn.into_iter().chain(entry_of_agent(reply, now));
    SessionWrite {
        id: session,
        append: entries.map(|entry| json(&entry)).collect(),
        state: ctx.session().changed_state().map(|state| json(&state)),
    }
}

/// What the user said, as a session keeps it.
pub(super) fn entries_of_user(turn: &Turn) -> Vec<Entry> {
    let entry = |message: &waxwing_agent::Message| Entry {
        role: Role::User,
        text: message.text.clone(),
        media: message.media.iter().map(|media| media.kind().as_str().to_owned()).collect(),
        at: Timestamp::from(message.sent_at).as_millis(),
    };
    turn.messages.iter().map(entry).collect()
}

fn entry_of_agent(reply: &Reply, now: Timestamp) -> Option<Entry> {
    let mut entry = Entry { role: Role::Agent, text: String::new(), media: Vec::new(), at: now.as_millis() };
    for part in reply.parts() {
        match part {
            Part::Text(text) | Part::Markdown(text) => {
                if !entry.text.is_empty() {
                    entry.text.push('\n');
                }
                entry.text.push_str(text);
            }
            Part::Media(media) => entry.media.push(media.kind().as_str().to_owned()),
            _ => {}
        }
    }
    (!reply.parts().is_empty()).then_some(entry)
}

fn json(value: &impl Serialize) -> bytes::Bytes {
    serde_json::to_vec(value).expect("entries and states have string keys and no failing serializers").into()
}
