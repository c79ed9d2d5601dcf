// Controls of the emulator.

import { make } from "./elements.js";
import { clock } from "./controls/clock.js";
import { faults } from "./controls/faults.js";
import { platform } from "./controls/platform.js";
import { scenario } from "./controls/scenario.js";
import { state } from "./controls/state.js";
import { statuses } from "./controls/statuses.js";
import { templates } from "./controls/templates.js";
import { users } from "./controls/users.js";

/** Shows the controls in a panel. Each control loads its state when the panel is shown. */
export function controls(panel) {
  const all = [clock(), platform(), faults(), statuses(), templates(), users(), scenario(), state()];
  panel.append(make("div", { class: "ins-controls" }, ...all.map(({ node }) => node)));
  const show = () => {
    for (const control of all) control.load?.();
  };
  return { show };
}
