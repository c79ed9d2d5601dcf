//! State of the world outside the timeline, as the page shows it.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::clock::unix_millis;
use crate::world::World;

/// Difference between the clocks that counts as a change, in milliseconds.
const CLOCK_TOLERANCE: u64 = 1_000;

/// State that a page has.
#[derive(Debug, Default)]
pub(in crate::phone) struct Surroundings {
    /// Clock of the emulator at a time of the system.
    clock: Option<(u64, u64)>,
    groups: Value,
}

impl Surroundings {
    /// Returns the views of the parts that have changed.
    pub(in crate::phone) fn update(&mut self, world: &World) -> Vec<Value> {
        let mut changed = Vec::new();
        let (now, real) = (unix_millis(world.runtime.clock_time()), unix_millis(SystemTime::now()));
        let runs = world.runtime.is_clock_running();
        let is_expected = self.clock.is_some_and(|(then, real_then)| {
            let passed = if runs { real.saturating_sub(real_then) } else { 0 };
            now.abs_diff(then + passed) < CLOCK_TOLERANCE
        });
        if !is_expected {
            changed.push(json!({ "kind": "clock", "now": now, "runs": runs }));
            self.clock = Some((now, real));
        }
        let groups = super::groups(world);
        if groups != self.groups {
            changed.push(json!({ "kind": "groups", "groups": groups }));
            self.groups = groups;
        }
        changed
    }
}
