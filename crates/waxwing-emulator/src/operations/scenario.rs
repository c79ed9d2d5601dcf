//! Start of scenarios.

use crate::action::ActionError;
use crate::operations::action_targets;
use crate::scenario::Scenario;
use crate::world::World;
use crate::world::timer::Timer;

/// Starts a scenario: applies its behavior, injects its faults, and schedules its steps.
pub(crate) fn start(world: &mut World, scenario: &Scenario) -> Result<(), ActionError> {
    if let Some(seed) = scenario.seed {
        world.runtime.set_seed(seed);
    }
    scenario.behavior.apply(&mut world.runtime.behavior);
    for fault in &scenario.faults {
        world.runtime.faults.inject(fault.clone()).ok_or_else(action_targets::too_many_faults)?;
    }
    for (delay, action) in scenario.steps() {
        world.runtime.schedule(delay, Timer::ScenarioStep(Box::new(action.clone())));
    }
    Ok(())
}

/// Removes the pending steps of scenarios, and all faults.
pub(crate) fn stop(world: &mut World) {
    world.runtime.timers.clear_scenario_steps();
    world.runtime.faults.clear();
}
