//! Executes the commands of users.

use waxwing_agent::HumanHandoff;
use waxwing_store::{MarketingChoice, NewSession, ResponderChange};

use super::context::TurnContext;
use crate::inbound::classify::Command;

/// The effect of a command.
pub(super) struct CommandEffect {
    /// Text for the user; empty for none.
    pub(super) text: String,
    /// The session that begins.
    pub(super) new_session: Option<NewSession>,
    /// New responder, if the command changes the responder.
    pub(super) responder: Option<ResponderChange>,
    /// Choice of the user about marketing messages.
    pub(super) marketing: Option<MarketingChoice>,
    /// True if messages that are not sent yet are discarded.
    pub(super) is_stop: bool,
}

/// Returns the effect of `command`.
pub(super) fn execute(context: &TurnContext, command: &Command, session_label: &str) -> CommandEffect {
    let messages = context.system_messages();
    let text = match command {
        Command::NewSession => &messages.new_session,
        Command::Stop => &messages.stopped,
        Command::Handoff => &messages.handed_off,
        Command::Resume => &messages.resumed,
        Command::Marketing(MarketingChoice::Stop) => &messages.marketing_stopped,
        Command::Marketing(MarketingChoice::Resume) => &messages.marketing_resumed,
        Command::Say(text) => text,
    };
    let text = text.clone();
    let (mut new_session, mut responder) = (None, None);
    match command {
        Command::NewSession => {
            let label = format!("{session_label}:{}", uuid::Uuid::now_v7().simple());
            new_session = Some(NewSession { agent: context.route.agent.name().to_owned(), label });
        }
        Command::Handoff => {
            let duration = Some(context.shared.settings.handoff_duration).filter(|duration| !duration.is_zero());
            let handoff = duration.map_or_else(HumanHandoff::until_resumed, HumanHandoff::for_duration);
            responder = Some(context.hand_off(&handoff));
        }
        Command::Resume => responder = Some(ResponderChange::Agent),
        Command::Stop | Command::Marketing(_) | Command::Say(_) => {}
    }
    let marketing = match command {
        Command::Marketing(choice) => Some(*choice),
        _ => None,
    };
    CommandEffect { text, new_session, responder, marketing, is_stop: matches!(command, Command::Stop) }
}
