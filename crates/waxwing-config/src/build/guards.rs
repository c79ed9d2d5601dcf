//! Guards around agents.

use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_agent::guard::{CostLimit, Guarded, MaxLength, RateLimit, Senders};

use crate::file::Entries;
use crate::sections::Guard;

/// An agent with guards around it, the first of them outermost.
pub(crate) fn guarded(agent: Arc<dyn Agent>, names: &[impl AsRef<str>], guards: &Entries<Guard>) -> Arc<dyn Agent> {
    let described: Vec<_> = names.iter().filter_map(|name| guards.get(name.as_ref())).collect();
    if described.is_empty() {
        return agent;
    }
    Arc::new(described.into_iter().fold(Guarded::new(agent), add))
}

fn add(mut agent: Guarded, it: &Guard) -> Guarded {
    for senders in [it.allow.as_ref().map(Senders::allow), it.deny.as_ref().map(Senders::deny)].into_iter().flatten() {
        agent = agent.guard(match &it.refusal {
            Some(refusal) => senders.refusal(refusal.as_str()),
            None => senders,
        });
    }
    if let Some(length) = &it.length {
        let characters = usize::try_from(length.characters).unwrap_or(usize::MAX);
        let limit = if length.cut { MaxLength::cut(characters) } else { MaxLength::new(characters) };
        agent = agent.guard(match &length.notice {
            Some(notice) => limit.refusal(notice.as_str()),
            None => limit,
        });
    }
    if let Some(rate) = &it.rate {
        let limit = RateLimit::new(rate.messages, rate.per.0);
        agent = agent.guard(match &rate.notice {
            Some(notice) => limit.notice(notice.as_str()),
            None => limit,
        });
    }
    if let Some(cost) = &it.cost {
        let limit = CostLimit::per_day(cost.per_day);
        agent = agent.guard(match &cost.notice {
            Some(notice) => limit.notice(notice.as_str()),
            None => limit,
        });
    }
    agent
}
