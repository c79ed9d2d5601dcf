//! From an update to a webhook: faults on the way, and updates that travel together.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::agenda::Task;
use super::mail::{Lane, Letter, Update};
use super::{Effect, World};
use crate::escape::{self, LONE_SURROGATE};
use crate::fault::{WebhookFault, chance};
use crate::timeline::WebhookSubject;
use crate::webhook::{future, payload};
use crate::{BatchLayout, Batching};

/// How long an update waits for the one that shall overtake it.
const PATIENCE: Duration = Duration::from_secs(1);
/// UpdateFilter that are remembered for webhooks that bring them again.
const RECENT: usize = 16;
/// Most repetitions of one update.
const COPIES: u32 = 16;
/// Most updates in one webhook.
const MOST: usize = 1_000;

/// What faults make of an update's way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Route {
    copies: u32,
    /// How many of the latest updates come again in one webhook.
    regroup: usize,
    dropped: u32,
    unheard: u32,
}

/// UpdateFilter that are not in the post yet, and those that were last.
#[derive(Debug, Default)]
pub(crate) struct Sorter {
    /// Waits to be overtaken.
    held: HashMap<Lane, (Update, Route)>,
    /// Waits for others to travel with.
    gathered: Vec<Update>,
    /// What faults make of the next webhook of gathered updates.
    route: Route,
    recent: VecDeque<Update>,
    /// Webhooks of several updates so far.
    batches: u64,
    /// Answers of the Graph API so far that may bear unknown keys.
    answers: u64,
}

impl World {
    /// Tells the webhook, by the way that the faults in force leave open; nothing, if the app has not subscribed to the field.
    pub(super) fn publish(&mut self, mut update: Update) {
        if !self.account.hears(&update.field) {
            return;
        }
        let mut route = Route::default();
        let (mut lost, mut reorder, mut delay) = (false, false, None);
        for fault in self.strikes(&update) {
            match fault {
                WebhookFault::Lose => lost = true,
                WebhookFault::Drop { attempts } => route.dropped += attempts,
                WebhookFault::LoseResponse { attempts } => route.unheard += attempts,
                WebhookFault::Duplicate { copies } => route.copies += copies.min(COPIES),
                WebhookFault::Delay(by) => delay = Some(by),
                WebhookFault::Reorder => reorder = true,
                WebhookFault::Regroup { last } => route.regroup = last.clamp(2, RECENT),
                WebhookFault::Anonymous => payload::make_anonymous(&mut update.value),
                WebhookFault::UnknownFields => update.future = true,
                WebhookFault::LoneSurrogate => payload::cut_emoji(&mut update.value, LONE_SURROGATE),
            }
        }
        if lost {
            self.gave_up(update.about);
        } else if let Some(delay) = delay {
            self.plan_in(delay, Task::Dispatch { update: Box::new(update), route });
        } else if reorder && !self.sorter.held.contains_key(&update.lane) {
            let lane = update.lane.clone();
            self.sorter.held.insert(lane.clone(), (update, route));
            self.plan_in(PATIENCE, Task::Release(lane));
        } else {
            let lane = update.lane.clone();
            self.dispatch(update, route);
            self.release(&lane);
        }
    }

    fn strikes(&mut self, update: &Update) -> Vec<WebhookFault> {
        let Some(about) = update.about.first() else { return Vec::new() };
        let kind = match about {
            WebhookSubject::Message { message, .. } => {
                self.message(message).map(|(_, entry)| entry.message.content.kind().to_owned())
            }
            WebhookSubject::Status { state, .. } => Some(state.name().to_owned()),
            WebhookSubject::Field { field, .. } => Some(field.clone()),
        };
        self.faults.webhook(about, kind.as_deref().unwrap_or_default())
    }

    /// Puts an update into the post, or to the others that travel together.
    pub(super) fn dispatch(&mut self, update: Update, route: Route) {
        if let [WebhookSubject::Message { message, .. }] = update.about.as_slice() {
            let (message, body) = (message.clone(), self.body(std::slice::from_ref(&update), BatchLayout::Value));
            if let Some(entry) = self.message_mut(&message) {
                entry.webhook = Some(body);
            }
        }
        if self.sorter.recent.len() == RECENT {
            self.sorter.recent.pop_front();
        }
        self.sorter.recent.push_back(update.clone());
        if let Some(batching) = self.behavior.batching {
            self.gather(&update, route, batching);
        } else {
            let lane = update.lane.clone();
            self.mail_together(lane, &[update], BatchLayout::Value, route);
        }
    }

    /// The update that waited in this lane has been overtaken, or has waited long enough.
    pub(super) fn release(&mut self, lane: &Lane) {
        if let Some((update, route)) = self.sorter.held.remove(lane) {
            self.dispatch(update, route);
        }
    }

    fn gather(&mut self, update: &Update, route: Route, batching: Batching) {
        let all = &mut self.sorter.route;
        all.dropped = all.dropped.max(route.dropped);
        all.unheard = all.unheard.max(route.unheard);
        all.regroup = all.regroup.max(route.regroup);
        if self.sorter.gathered.is_empty() {
            self.plan_in(batching.max_wait, Task::Flush);
        }
        // A repetition may well travel with what it repeats.
        for _ in 0..=route.copies {
            self.sorter.gathered.push(update.clone());
        }
        if self.sorter.gathered.len() >= batching.max_updates.min(MOST) {
            self.flush();
        }
    }

    /// Posts what was gathered.
    pub(super) fn flush(&mut self) {
        let updates = std::mem::take(&mut self.sorter.gathered);
        let route = std::mem::take(&mut self.sorter.route);
        let layout = self.behavior.batching.map_or(BatchLayout::Value, |batching| batching.layout);
        if !updates.is_empty() {
            self.mail_together(Lane::Batches, &updates, layout, route);
        }
    }

    fn mail_together(&mut self, lane: Lane, updates: &[Update], layout: BatchLayout, route: Route) {
        let Route { copies, regroup, dropped, unheard } = route;
        let letter = self.letter(updates, layout);
        self.post(lane.clone(), Letter { dropped, unheard, ..letter.clone() });
        for _ in 0..copies {
            self.post(lane.clone(), letter.clone());
        }
        if regroup > 0 {
            let first = self.sorter.recent.len().saturating_sub(regroup);
            let again: Vec<_> = self.sorter.recent.iter().skip(first).cloned().collect();
            let letter = self.letter(&again, BatchLayout::Mixed);
            self.post(lane, letter);
        }
    }

    fn letter(&mut self, updates: &[Update], layout: BatchLayout) -> Letter {
        let body = self.body(updates, layout);
        let about = updates.iter().flat_map(|update| update.about.iter().cloned()).collect();
        Letter { about, body, since: self.now(), dropped: 0, unheard: 0 }
    }

    /// The body of a webhook that tells all of this.
    fn body(&mut self, updates: &[Update], layout: BatchLayout) -> Bytes {
        let (seed, now) = (self.seed, self.now());
        let mut entries = payload::Entries::new(&self.business, now);
        if updates.len() > 1 {
            self.sorter.batches += 1;
        }
        let batch = self.sorter.batches;
        for (index, update) in updates.iter().enumerate() {
            let layout = match layout {
                BatchLayout::Mixed => {
                    let draw = chance(seed, &[b"layout", &batch.to_be_bytes(), &index.to_be_bytes()]);
                    [BatchLayout::Value, BatchLayout::Changes, BatchLayout::Entries]
                        [if draw < 0.5 { 0 } else { 1 + usize::from(draw < 0.75) }]
                }
                layout => layout,
            };
            let mut value = update.value.clone();
            if update.future {
                future::sprinkle(&mut value, 1.0, seed, &update.field);
            }
            entries.push(&update.field, value, layout);
        }
        let mut body = entries.finish();
        if self.behavior.unknown_fields > 0.0 {
            let key =
                updates.first().and_then(|update| update.about.first()).map(WebhookSubject::key).unwrap_or_default();
            future::sprinkle(&mut body, self.behavior.unknown_fields, seed, &key);
        }
        Bytes::from(escape::to_bytes(&body))
    }

    /// Gives an answer of the Graph API its share of unknown keys.
    pub(crate) fn sprinkle_answer(&mut self, body: &mut Value) {
        if self.behavior.unknown_fields > 0.0 {
            self.sorter.answers += 1;
            future::sprinkle(body, self.behavior.unknown_fields, self.seed, &format!("answer {}", self.sorter.answers));
        }
    }

    /// Puts a letter into the post.
    pub(super) fn post(&mut self, lane: Lane, letter: Letter) {
        if self.mail.push(lane.clone(), letter) {
            self.effects.push(Effect::Carry(lane));
        }
    }

    /// Nothing waits to be put into the post.
    pub(super) fn is_sorted(&self) -> bool {
        self.sorter.held.is_empty() && self.sorter.gathered.is_empty()
    }

    /// Whether the statuses of a message that are in the post have been acknowledged.
    pub(crate) fn is_told(&self, message: &str) -> bool {
        let lane = Lane::Message(message.to_owned());
        self.mail.is_idle(&lane) && (self.behavior.batching.is_none() || self.mail.is_idle(&Lane::Batches))
    }
}
