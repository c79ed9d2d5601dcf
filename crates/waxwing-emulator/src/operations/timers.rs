//! Execution of timers.

use crate::operations::{actions, calls, group_status, status, template_review};
use crate::world::World;
use crate::world::timer::Timer;

/// Executes the timers that are due.
pub(crate) fn run_due(world: &mut World) {
    let now = world.runtime.clock_time();
    while let Some((due, timer)) = world.runtime.timers.pop(now) {
        world.runtime.set_timer_due(Some(due));
        run(world, timer);
    }
    world.runtime.set_timer_due(None);
}

fn run(world: &mut World, timer: Timer) {
    match timer {
        Timer::Advance { message, state } => status::advance(world, &message, state),
        Timer::AdvanceInGroup { group, message, state } => group_status::advance(world, &group, &message, state),
        Timer::PostStatus { message, state } => status::post_undelivered(world, &message, state),
        Timer::Dispatch { update, faults } => world.webhooks.dispatch(&mut world.runtime, *update, faults),
        Timer::Release(queue) => world.webhooks.release(&mut world.runtime, &queue),
        Timer::FlushBatch => world.webhooks.flush_batch(&mut world.runtime),
        Timer::ApproveTemplate { name, language } => template_review::approve(world, &name, &language),
        Timer::EndCall { id } => calls::end_unanswered(world, &id),
        Timer::ScenarioStep(action) => {
            if let Err(error) = actions::perform(world, *action) {
                tracing::warn!(%error, "scenario step failed");
            }
        }
    }
}
