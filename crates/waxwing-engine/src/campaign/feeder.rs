//! Moves recipients of running campaigns into the outbox.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::{
    BusyPolicy, CampaignId, CampaignKind, CampaignVisit, CampaignVisits, Error, FeedDecision, FeedOutcome, PauseReason,
    RecipientMessage, SkipReason, VisitRequest, WaitingRecipient,
};
use waxwing_types::OutboundContent;

use super::managed::is_of_template;
use super::messaging_limit::MessagingLimits;
use super::pace::Paces;
use super::plan::Plan;
use super::recipient::RecipientData;
use super::scheduled::StoredScheduledMessage;
use super::stop;
use crate::budget::{BudgetDecision, BudgetPurpose};
use crate::history;
use crate::shared::{Route, Shared};
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Time between two visits of a campaign that has work.
const INTERVAL: Duration = Duration::from_millis(500);

/// Longest and shortest time between two steps.
const IDLE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(15));

/// Wait after the store failed.
const STORE_BACKOFF: Duration = Duration::from_secs(1);

/// Largest number of campaigns that one step visits for each number.
const MAX_VISITS: usize = 32;

/// Time by which messages of campaigns may be ahead of the rate of their number.
const AHEAD: u32 = 2;

/// Largest number of messages of a campaign on their way.
const MAX_AHEAD: u32 = 1400;

/// Handling of a conversation that has something else to do.
const BUSY: BusyPolicy = BusyPolicy { retry_after: Duration::from_mins(1), give_up_after: Duration::from_hours(24) };

/// Moves recipients until the engine drains.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let mut feeder = Feeder { shared: &shared, paces: Paces::default(), limits: MessagingLimits::default() };
    loop {
        let stepped = feeder.step().await;
        if stepped.is_err() {
            shared.note_fed(false);
        }
        let wait = match stepped {
            Ok(wait) => wait.clamp(IDLE.0, IDLE.1),
            Err(error) => {
                log_store_error!(error, "feeding campaigns failed");
                STORE_BACKOFF
            }
        };
        tokio::select! {
            () = shutdown.drain.cancelled() => return,
            () = shared.due.campaigns.due.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

struct Feeder<'a> {
    shared: &'a Shared,
    paces: Paces,
    limits: MessagingLimits,
}

impl Shared {
    /// Notes a step of the feeder. Until the first one, messages wait that may not be sent any more, for example in quiet hours.
    fn note_fed(&self, is_done: bool) {
        if self.due.campaigns.note_fed(is_done) {
            self.due.sends.notify_one();
        }
    }
}

impl Feeder<'_> {
    /// Visits all campaigns that are due. Returns the time until the next step.
    async fn step(&mut self) -> Result<Duration, Error> {
        let shared = self.shared;
        let rate = crate::rate_limit::campaign_rate(&shared.settings.rate_limit);
        let (mut next_due_in, mut due) = (IDLE.1, Vec::new());
        for (running, numbers) in self.paces.by_running(shared.routes.numbers(), Instant::now()) {
            // Campaigns of a number at the same time share its rate.
            let ahead = rate.saturating_mul(AHEAD).min(MAX_AHEAD) / running.max(1);
            let request = VisitRequest { campaigns: MAX_VISITS, ahead: ahead.max(1), next_visit: INTERVAL };
            let visits = shared.store.visit_campaigns(&numbers, request).await?;
            next_due_in = visits.next_due_in.map_or(next_due_in, |next| next.min(next_due_in));
            due.push(visits);
        }
        // Before requests to Meta, which can take seconds.
        for visit in due.iter().flat_map(|visits| &visits.visits) {
            self.take_back_in_quiet_hours(visit).await?;
        }
        shared.note_fed(true);
        for visits in due {
            self.visit_all(visits).await?;
        }
        Ok(next_due_in)
    }

    async fn visit_all(&mut self, CampaignVisits { visits, finished, .. }: CampaignVisits) -> Result<(), Error> {
        for finished in finished {
            tracing::info!(campaign = finished.0, "campaign finished");
        }
        for visit in visits {
            let Some(route) = self.shared.routes.get(&visit.number) else { continue };
            if visit.kind == CampaignKind::Campaign {
                self.paces.note_running(visit.id, &visit.number, Instant::now());
                self.visit(route, visit).await?;
            } else {
                self.visit_scheduled(route, &visit).await?;
            }
        }
        Ok(())
    }

    /// Sends a scheduled message.
    async fn visit_scheduled(&mut self, route: &Route, visit: &CampaignVisit) -> Result<(), Error> {
        for recipient in &visit.waiting {
            let decision = self.decide_scheduled(route, recipient).await?;
            self.feed(route, visit.id, recipient.place, decision).await?;
        }
        Ok(())
    }

    async fn decide_scheduled(&self, route: &Route, recipient: &WaitingRecipient) -> Result<FeedDecision, Error> {
        let Some(stored) = StoredScheduledMessage::from_bytes(&recipient.data) else {
            return Ok(FeedDecision::Skip(SkipReason::Content, "the stored message cannot be read".to_owned()));
        };
        if self.is_budget_used(route, BudgetPurpose::Conversation).await? {
            return Ok(FeedDecision::Skip(SkipReason::Budget, "the budget for Meta's charges is used".to_owned()));
        }
        let StoredScheduledMessage { content, by_policy, agent } = stored;
        if let OutboundContent::Template(template) = &content
            && let Err(mismatch) = self.shared.check_template(&route.number, &*route.graph, template).await
        {
            return Ok(FeedDecision::Skip(SkipReason::Content, mismatch.to_string()));
        }
        let log = match &agent {
            Some(agent) => history::agent_message(agent, &content),
            None => history::proactive(&content),
        };
        Ok(FeedDecision::Queue(Box::new(RecipientMessage {
            is_marketing: self.is_marketing(route, &content).await,
            needs_window: !by_policy && content.needs_service_window(),
            busy: None,
            content,
            log,
        })))
    }

    /// Moves the recipients of a campaign that are due, unless the campaign has to pause.
    async fn visit(&mut self, route: &Route, mut visit: CampaignVisit) -> Result<(), Error> {
        let (id, shared) = (visit.id, self.shared);
        let Some(plan) = Plan::from_bytes(&visit.plan) else {
            tracing::error!(campaign = id.0, "stored campaign cannot be read");
            shared.pause_campaign_for(id, &route.number, PauseReason::Template).await;
            return Ok(());
        };
        match stop::reason(&visit.results) {
            Some(PauseReason::SpamLimit) => {
                shared.pause_campaigns_of(&route.number, PauseReason::SpamLimit).await;
                return Ok(());
            }
            Some(reason) => {
                shared.pause_campaign_for(id, &route.number, reason).await;
                return Ok(());
            }
            None => {}
        }
        if self.is_budget_used(route, BudgetPurpose::Campaign).await? {
            shared.pause_campaign_for(id, &route.number, PauseReason::Budget).await;
            return Ok(());
        }
        if !visit.waiting.is_empty()
            && let Some(room) = self.limits.room(shared, route).await?
        {
            if room == 0 {
                shared.pause_campaign_for(id, &route.number, PauseReason::MessagingLimit).await;
                return Ok(());
            }
            visit.waiting.truncate(room as usize);
        }
        for recipient in visit.waiting {
            if !self.move_one(route, id, &plan, &recipient).await? {
                break;
            }
        }
        Ok(())
    }

    /// Takes queued messages back whose recipients have quiet hours now. The next visit puts them off.
    async fn take_back_in_quiet_hours(&self, visit: &CampaignVisit) -> Result<(), Error> {
        let plan = Some(visit).filter(|visit| visit.kind == CampaignKind::Campaign);
        let plan = plan.and_then(|visit| Plan::from_bytes(&visit.plan)).filter(|plan| plan.quiet_hours.is_some());
        let Some(plan) = plan else { return Ok(()) };
        let (id, data) = (visit.id, |recipient: &WaitingRecipient| RecipientData::from_bytes(&recipient.data));
        let unsent = self.shared.store.unsent_recipients(id).await?;
        let is_quiet = |recipient: &WaitingRecipient| self.quiet_for(&plan, &data(recipient)).is_some();
        let quiet: Vec<_> = unsent.iter().filter(|one| is_quiet(one)).map(|one| one.place).collect();
        if !quiet.is_empty() {
            self.shared.store.take_back_recipients(id, quiet).await?;
        }
        Ok(())
    }

    /// Returns the time until the quiet hours of a recipient end. `None` outside of them.
    fn quiet_for(&self, plan: &Plan, data: &RecipientData) -> Option<Duration> {
        plan.quiet_hours?.rest(self.shared.clock.now(), &plan.zone(data.time_zone.as_deref()))
    }

    /// Moves a recipient. Returns false if the campaign moves no more for now.
    async fn move_one(
        &mut self,
        route: &Route,
        id: CampaignId,
        plan: &Plan,
        recipient: &WaitingRecipient,
    ) -> Result<bool, Error> {
        let data = RecipientData::from_bytes(&recipient.data);
        if let Some(rest) = self.quiet_for(plan, &data) {
            self.feed(route, id, recipient.place, FeedDecision::Later(rest)).await?;
            return Ok(true);
        }
        if plan.per_second.is_some_and(|rate| !self.paces.take(id, rate, Instant::now())) {
            return Ok(false);
        }
        let content = data.content(&plan.content);
        if let OutboundContent::Template(template) = &content
            && let Err(mismatch) = self.shared.check_template(&route.number, &*route.graph, template).await
        {
            if mismatch.problems.iter().any(is_of_template) {
                self.shared.pause_campaign_for(id, &route.number, PauseReason::Template).await;
                return Ok(false);
            }
            let skip = FeedDecision::Skip(SkipReason::Content, mismatch.to_string());
            self.feed(route, id, recipient.place, skip).await?;
            return Ok(true);
        }
        let message = RecipientMessage {
            is_marketing: self.is_marketing(route, &content).await,
            needs_window: content.needs_service_window(),
            busy: Some(BUSY),
            log: history::proactive(&content),
            content,
        };
        let outcome = self.feed(route, id, recipient.place, FeedDecision::Queue(Box::new(message))).await?;
        Ok(outcome != FeedOutcome::NotWaiting)
    }

    async fn feed(
        &mut self,
        route: &Route,
        id: CampaignId,
        place: u32,
        decision: FeedDecision,
    ) -> Result<FeedOutcome, Error> {
        let outcome = self.shared.store.feed_recipient(id, place, decision).await?;
        if matches!(outcome, FeedOutcome::Queued(_)) {
            self.limits.note_queued();
            self.shared.due.campaigns.note_queued(&route.number);
            self.shared.due.sends.notify_one();
        }
        Ok(outcome)
    }

    async fn is_budget_used(&self, route: &Route, purpose: BudgetPurpose) -> Result<bool, Error> {
        let Shared { guards, store, clock, .. } = self.shared;
        let decision = guards.budgets.decide(&route.number, purpose, &**store, &**clock).await?;
        Ok(matches!(decision, BudgetDecision::Used(_)))
    }

    async fn is_marketing(&self, route: &Route, content: &OutboundContent) -> bool {
        match content {
            OutboundContent::Template(template) => self.shared.is_marketing(&route.number, template).await,
            _ => false,
        }
    }
}
