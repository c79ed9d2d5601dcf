//! Guardrails around agents: access lists, limits.

use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_agent::guardrail::{AccessList, CostLimit, GuardedAgent, LengthLimit, RateLimit};

use crate::file::ConfigFile;
use crate::sections::{AccessSection, LimitsSection};

/// Puts access lists and limits around an agent: access lists outermost, then limits, each in the order of its names.
pub(crate) fn guarded(
    agent: Arc<dyn Agent>,
    access: &[impl AsRef<str>],
    limits: &[impl AsRef<str>],
    file: &ConfigFile,
) -> Arc<dyn Agent> {
    let access: Vec<_> = access.iter().filter_map(|name| file.access.get(name.as_ref())).collect();
    let limits: Vec<_> = limits.iter().filter_map(|name| file.limits.get(name.as_ref())).collect();
    if access.is_empty() && limits.is_empty() {
        return agent;
    }
    let guarded = access.into_iter().fold(GuardedAgent::new(agent), with_access);
    Arc::new(limits.into_iter().fold(guarded, with_limits))
}

fn with_access(agent: GuardedAgent, section: &AccessSection) -> GuardedAgent {
    let lists = [section.allow.as_ref().map(AccessList::allow), section.deny.as_ref().map(AccessList::deny)];
    lists.into_iter().flatten().fold(agent, |agent, list| {
        agent.guardrail(match &section.refusal {
            Some(refusal) => list.refusal(refusal.as_str()),
            None => list,
        })
    })
}

fn with_limits(mut agent: GuardedAgent, section: &LimitsSection) -> GuardedAgent {
    if let Some(length) = &section.length {
        let characters = usize::try_from(length.characters).unwrap_or(usize::MAX);
        let limit = if length.truncate { LengthLimit::truncate(characters) } else { LengthLimit::new(characters) };
        agent = agent.guardrail(match &length.notice {
            Some(notice) => limit.refusal(notice.as_str()),
            None => limit,
        });
    }
    if let Some(rate) = &section.rate {
        let limit = RateLimit::new(rate.messages, rate.per.0);
        agent = agent.guardrail(match &rate.notice {
            Some(notice) => limit.notice(notice.as_str()),
            None => limit,
        });
    }
    if let Some(cost) = &section.cost {
        let limit = CostLimit::per_day(cost.per_day);
        agent = agent.guardrail(match &cost.notice {
            Some(notice) => limit.notice(notice.as_str()),
            None => limit,
        });
    }
    agent
}
